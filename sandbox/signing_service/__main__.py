"""`python -m sandbox.signing_service --world DIR --port P`: one process that holds a world's keys and asks their holders."""

import argparse
import json
import logging
import signal
import socket
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp

from sandbox.signing_service import csc, mysign, service, smartca
from sandbox.signing_service.clients import Clients
from sandbox.signing_service.desk import Desk
from sandbox.signing_service.faults import Buttons
from sandbox.signing_service.keys import Keys
from sandbox.signing_service.line import FaultyLine
from sandbox.signing_service.store import Store


def build(world: Path, data: Path) -> ASGIApp:
    """The application."""
    buttons = Buttons()
    clients = Clients(world, buttons)
    desk = Desk(Store(data / "signing.sqlite3"), Keys(world), buttons)
    app = FastAPI(title="Dịch vụ ký số từ xa (giả lập)", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(csc.Fault, _in_its_words)
    for speaking in (csc, smartca, mysign, service):
        app.include_router(speaking.routes(desk, clients))
    return FaultyLine(app, buttons)


async def _in_its_words(_: Request, fault: Exception) -> JSONResponse:
    assert isinstance(fault, csc.Fault)
    return JSONResponse({"error": fault.error, "error_description": fault.description}, fault.status)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.signing_service",
        description="Dịch vụ ký số từ xa (giả lập) · Remote signing service",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--world", type=Path, required=True)
    parser.add_argument("--data", type=Path, help="sổ của dịch vụ; để trống: trong thế giới · its ledger; in the world")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    if not (chosen.world / "signing-credentials.json").exists():
        raise SystemExit(f"{chosen.world}: dựng lại thế giới giả lập · build the world again")
    app = build(chosen.world, chosen.data or chosen.world / "signing-service")
    listener = socket.create_server((chosen.host, chosen.port), backlog=512)
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    )
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: None)  # uvicorn raises the signal once more when it has ended
    print(json.dumps({"ready": f"http://{chosen.host}:{listener.getsockname()[1]}"}), flush=True)
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
