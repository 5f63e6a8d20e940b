"""`python -m sandbox.city --port P --data DIR --world DIR`: one portal process."""

import argparse
import asyncio
import json
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import buttons as pressed
from sandbox.city import addresses, admin
from sandbox.city.faults import Buttons
from sandbox.city.judge import Judge
from sandbox.city.portal import Portal
from sandbox.city.store import Store
from sandbox.cutting import cutter, taken_whole, web_page
from sandbox.serving import application, command_line, listen, serve, told_by


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
        scope["sandbox.cut"] = cut = cutter(receive, send)
        if self._buttons.now.down:
            self._buttons.count("down")
            await cut()
            return
        if self._buttons.now.slow_ms:
            self._buttons.count("slow_ms")
            receive = await taken_whole(receive)
            await asyncio.sleep(self._buttons.now.slow_ms / 1000)
        if self._buttons.strikes("error_rate"):
            await web_page(send, 500, b"<h1>500 Internal Server Error</h1>")
            return
        await self._app(scope, receive, send)


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
    app = application("Cổng tiếp nhận học bạ số (giả lập)")
    app.include_router(addresses.routes(gate))
    app.include_router(admin.routes(gate, verify_share=share))
    app.include_router(pressed.routes(buttons))
    return FaultyLine(app, buttons), judge


def main() -> None:
    """The command line."""
    parser = command_line("sandbox.city", "Cổng của Sở (giả lập) · City portal")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--verify", default="all", help="all | sample:0.05")
    parser.add_argument("--seed", type=int, default=1)
    chosen = told_by(parser)
    app, judge = build(chosen)
    listener = listen(chosen, backlog=512)
    judge.start()
    serve(app, listener, host=chosen.host, grace_seconds=3)
    judge.stop()


if __name__ == "__main__":
    main()
