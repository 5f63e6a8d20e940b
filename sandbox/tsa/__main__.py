"""`python -m sandbox.tsa --world DIR --port P`: one process that plays a timestamping authority."""

import argparse
import json
import logging
import signal
import socket
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from sandbox.tsa.certificates import FOLDER, read_stamping_keys, write_stamping_keys
from sandbox.tsa.faults import Buttons
from sandbox.tsa.service import routes


def build(world: Path) -> FastAPI:
    """The application."""
    app = FastAPI(title="Tổ chức cấp dấu thời gian (giả lập)", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(routes(read_stamping_keys(world), Buttons()))
    return app


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.tsa", description="Tổ chức cấp dấu thời gian (giả lập) · Timestamping authority"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--world", type=Path, required=True)
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.CRITICAL, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    write_stamping_keys(chosen.world)
    if not (chosen.world / FOLDER).exists():
        raise SystemExit(f"{chosen.world}: dựng lại thế giới giả lập · build the world again")
    app = build(chosen.world)
    listener = socket.create_server((chosen.host, chosen.port), backlog=128)
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    )
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: None)  # uvicorn raises the signal once more when it has ended
    print(json.dumps({"ready": f"http://{chosen.host}:{listener.getsockname()[1]}"}), flush=True)
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
