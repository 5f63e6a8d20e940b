"""What stands between the line and the service: slow, failing, cut, babbling."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.signing_service.faults import Buttons

_CHUNK = b"\0" * 65536
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

    def __init__(self, app: ASGIApp, buttons: Buttons) -> None:
        self._app = app
        self._buttons = buttons

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"].startswith("/admin"):
            await self._app(scope, receive, send)
            return
        kind, faults = kind_of(scope["path"]), self._buttons.now
        self._buttons.count(kind)
        scope["sandbox.cut"] = _cutter(receive, send, told=lambda: self._buttons.count(f"lost-{kind}"))
        receive = await _received_already(receive)
        await asyncio.sleep(faults.slow_ms / 1000)
        if faults.error and faults.error_at in ("", kind):
            await _whole(send, faults.error, b"<h1>error</h1>")
        elif faults.garbage:
            await _whole(send, 200, b"<html><body>Xin ch\xc3\xa0o</body></html>")
        elif faults.huge:
            await _zeros(send, faults.huge)
        else:
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


def _cutter(receive: Receive, send: Send, *, told: Callable[[], None]) -> Callable[[], Awaitable[None]]:
    """Cuts the connection without a byte of reply: ASGI has no word for it, so the server's own transport is taken from
    behind its `send`."""

    async def cut() -> None:
        told()
        cycle: Any = getattr(send, "__self__", None)
        cycle.transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass

    return cut


async def _whole(send: Send, status: int, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/html")]})
    await send({"type": "http.response.body", "body": body})


async def _zeros(send: Send, octets: int) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    for _ in range(-(-octets // len(_CHUNK))):
        await send({"type": "http.response.body", "body": _CHUNK, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
