"""`python -m sandbox.authority --world DIR --port P`: one process that plays a world's certificate authorities."""

import argparse
import json
import logging
import signal
import socket
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from sandbox.authority.answers import Answers, KeysMissing
from sandbox.authority.faults import Buttons
from sandbox.authority.service import routes


def build(world: Path) -> FastAPI:
    """The application."""
    app = FastAPI(title="Cơ quan chứng thực (giả lập)", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(routes(Answers(world), Buttons()))
    return app


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.authority", description="Cơ quan chứng thực (giả lập) · Certificate authority"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--world", type=Path, required=True)
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        app = build(chosen.world)
    except KeysMissing as missing:
        raise SystemExit(str(missing)) from missing
    listener = socket.create_server((chosen.host, chosen.port), backlog=128)
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    )
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: None)  # uvicorn raises the signal once more when it has ended
    print(json.dumps({"ready": f"http://{chosen.host}:{listener.getsockname()[1]}"}), flush=True)
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
