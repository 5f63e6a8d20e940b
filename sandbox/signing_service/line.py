"""What stands between the line and the service: slow, failing, cut, babbling."""

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.buttons import Buttons
from sandbox.cutting import cutter, taken_whole, web_page
from sandbox.signing_service.faults import Faults
from sandbox.spoiling import zeros

_KINDS = (
    ("token", ("/oauth2/token", "/ras/v1/login")),
    ("info", ("/csc/v2/info", "/credentials/info", "/credentials/list", "/get_certificate", "/certificates/info")),
    ("progress", ("/authorizeCheck", "/signPolling", "/status")),
    ("begin", ("/credentials/authorize", "/signHash", "/signatures/sign")),
)


def kind_of(path: str) -> str:
    """What a path is asked for: `token`, `info`, `begin`, `progress`, or `other`."""
    return next((kind for kind, endings in _KINDS if path.endswith(endings)), "other")


class FaultyLine:
    """Passes requests on, unless a button says otherwise; nothing is held against the sandbox's own side."""

    def __init__(self, app: ASGIApp, buttons: Buttons[Faults]) -> None:
        self._app = app
        self._buttons = buttons

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"].startswith("/admin"):
            await self._app(scope, receive, send)
            return
        kind, faults = kind_of(scope["path"]), self._buttons.now
        self._buttons.count(kind)
        cut = cutter(receive, send)

        async def lost() -> None:
            self._buttons.count(f"lost-{kind}")
            await cut()

        scope["sandbox.cut"] = lost
        receive = await taken_whole(receive)
        await asyncio.sleep(faults.slow_ms / 1000)
        if faults.error and faults.error_at in ("", kind):
            await web_page(send, faults.error, b"<h1>error</h1>")
        elif faults.garbage:
            await web_page(send, 200, b"<html><body>Xin ch\xc3\xa0o</body></html>")
        elif faults.huge:
            await _nothing(send, faults.huge)
        else:
            await self._app(scope, receive, send)


async def _nothing(send: Send, octets: int) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    async for chunk in zeros(octets):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
