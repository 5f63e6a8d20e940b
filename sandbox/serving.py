"""How a stand-in is a process: its command line, the line of JSON that says where it listens, its end by a signal."""

import argparse
import json
import logging
import signal
import socket
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp


def command_line(module: str, description: str) -> argparse.ArgumentParser:
    """What every stand-in is told: where to listen (port 0: any that is free), and its world."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--world", type=Path, required=True)
    return parser


def told_by(parser: argparse.ArgumentParser, *, level: int = logging.WARNING) -> argparse.Namespace:
    """The options as given; what is logged from now on is of this level and above."""
    chosen = parser.parse_args()
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    return chosen


def application(title: str) -> FastAPI:
    """An application that shows nothing but its own addresses."""
    return FastAPI(title=title, docs_url=None, redoc_url=None, openapi_url=None)


def listen(chosen: argparse.Namespace, *, backlog: int = 128) -> socket.socket:
    """The port, open: connections wait there until they are served."""
    return socket.create_server((chosen.host, chosen.port), backlog=backlog)


def serve(app: ASGIApp, listener: socket.socket, *, host: str, grace_seconds: int = 1) -> None:
    """Tell where it listens, in one line of JSON, and serve until a signal ends it."""
    level = logging.getLogger().level
    server = uvicorn.Server(
        uvicorn.Config(app, log_level=level, access_log=False, lifespan="off", timeout_graceful_shutdown=grace_seconds)
    )
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: None)  # uvicorn raises the signal once more when it has ended
    print(json.dumps({"ready": f"http://{host}:{listener.getsockname()[1]}"}), flush=True)
    server.run(sockets=[listener])
