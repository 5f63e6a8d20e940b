"""`python -m sandbox.city --port P --data DIR --world DIR`: one portal process."""

import argparse
import asyncio
import json
import logging
import signal
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.city import admin, portal
from sandbox.city.faults import Buttons
from sandbox.city.judge import Judge
from sandbox.city.portal import Portal
from sandbox.city.store import Store


class FaultyLine:
    """Stands between the line and the portal: slow, failing, or cut."""

    def __init__(self, app: ASGIApp, buttons: Buttons) -> None:
        self._app = app
        self._buttons = buttons

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, unless a button says otherwise."""
        if scope["type"] != "http" or scope["path"].startswith("/admin"):
            await self._app(scope, receive, send)
            return
        scope["sandbox.cut"] = cut = _cutter(receive, send)
        if self._buttons.now.down:
            self._buttons.count("down")
            await cut()
            return
        if self._buttons.now.slow_ms:
            self._buttons.count("slow_ms")
            receive = await _received_already(receive)
            await asyncio.sleep(self._buttons.now.slow_ms / 1000)
        if self._buttons.strikes("error_rate"):
            await send({"type": "http.response.start", "status": 500, "headers": [(b"content-type", b"text/html")]})
            await send({"type": "http.response.body", "body": b"<h1>500 Internal Server Error</h1>"})
            return
        await self._app(scope, receive, send)


async def _received_already(receive: Receive) -> Receive:
    """Takes the whole request from the line first, so that the work goes on when the client gives up meanwhile."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    waiting = iter(messages)

    async def replay() -> Message:
        kept = next(waiting, None)
        return await receive() if kept is None else kept

    return replay


def _cutter(receive: Receive, send: Send) -> Callable[[], Awaitable[None]]:
    """Cuts the connection without a byte of reply: the one thing for which ASGI has no word, so the server's own
    transport is taken from behind its `send`."""

    async def cut() -> None:
        cycle: Any = getattr(send, "__self__", None)
        cycle.transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass

    return cut


def build(chosen: argparse.Namespace) -> tuple[ASGIApp, Judge]:
    """The application and its judge."""
    share = 1.0 if chosen.verify == "all" else float(chosen.verify.removeprefix("sample:"))
    plan = chosen.world / "world.json"
    known = json.loads(plan.read_text(encoding="utf-8")) if plan.exists() else {}
    store = Store(chosen.data / "city.sqlite3")
    buttons = Buttons(chosen.seed)
    prefix = known.get("unknown_pupil_prefix", "7999")
    judge = Judge(store, chosen.world, buttons, share=share, unknown_prefix=prefix)
    gate = Portal(store, chosen.world, buttons, judge)
    app = FastAPI(title="Cổng tiếp nhận học bạ số (giả lập)", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(portal.routes(gate))
    app.include_router(admin.routes(gate, verify_share=share))
    return FaultyLine(app, buttons), judge


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.city", description="Cổng của Sở (giả lập) · City portal")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--world", type=Path, required=True)
    parser.add_argument("--verify", default="all", help="all | sample:0.05")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    app, judge = build(chosen)
    listener = socket.create_server((chosen.host, chosen.port), backlog=512)
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=3)
    )
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: None)  # uvicorn raises the signal once more when it has ended
    judge.start()
    print(json.dumps({"ready": f"http://{chosen.host}:{listener.getsockname()[1]}"}), flush=True)
    server.run(sockets=[listener])
    judge.stop()


if __name__ == "__main__":
    main()
