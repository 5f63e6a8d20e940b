"""What a line can do to a request beside passing it on: take it whole, and be cut."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import Message, Receive, Send


async def taken_whole(receive: Receive) -> Receive:
    """Takes the whole request from the line first, so that the work goes on when the client gives up meanwhile."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    waiting = iter(messages)

    async def replay() -> Message:
        kept = next(waiting, None)
        return await receive() if kept is None else kept

    return replay


def cutter(receive: Receive, send: Send) -> Callable[[], Awaitable[None]]:
    """Cuts the connection without a byte of reply: the one thing for which ASGI has no word, so the server's own
    transport is taken from behind its `send`."""

    async def cut() -> None:
        cycle: Any = getattr(send, "__self__", None)
        cycle.transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass

    return cut


async def web_page(send: Send, status: int, body: bytes) -> None:
    """Answers with a web page."""
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/html")]})
    await send({"type": "http.response.body", "body": body})
