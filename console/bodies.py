"""A pushed body on its way in: its kind is known before a byte is read, and no more is read than is allowed."""

import asyncio
from contextlib import suppress

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from console.problems import Problem, fault
from schemas.findings import Words

KINDS = {"application/xml": "xml", "text/xml": "xml", "application/json": "json"}
"""content type → how the body is read"""

LINGER_SECONDS = 2.0
"""a refused client gets this long to stop sending before the connection is closed"""


def kind_of(request: Request) -> str:
    """xml or json, from the request's headers alone.

    Raises:
        Problem: another content type, encoding or character set.
    """
    media, *parameters = (part.strip() for part in request.headers.get("content-type", "").lower().split(";"))
    if media not in KINDS:
        raise _unsupported(
            f"«{media or '(trống)'}»", "application/xml, application/json", "P13", {"Accept-Post": ", ".join(KINDS)}
        )
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(' "') not in ("utf-8", "utf8"):
            raise _unsupported(f"charset {value}", "charset utf-8", "P02", {})
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity"):
        raise _unsupported(f"Content-Encoding {encoding}", "identity", "P14", {"Accept-Encoding": "identity"})
    return KINDS[media]


def _unsupported(seen: str, expected: str, rule: str, headers: dict[str, str]) -> Problem:
    message = Words(vi=f"Kiểu nội dung {seen[:64]} không được hỗ trợ.", en=f"{seen[:64]} is not supported.")
    remedy = Words(vi=f"Gửi bằng {expected}.", en=f"Send {expected}.")
    return Problem("unsupported", message, (fault(rule, message, remedy, seen=seen[:64], expected=expected),), headers)


async def read_body(request: Request, *, limit: int, seconds: float) -> bytes:
    """The whole body; refused as soon as it is known to be larger than `limit`, by its announced length if it has one.

    Raises:
        Problem: too large, or not complete within `seconds`.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise too_large(limit)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                size += len(part)
                if size > limit:
                    raise too_large(limit)
                parts.append(part)
    except TimeoutError as error:
        raise Problem("too-slow", headers={"Connection": "close"}) from error
    return b"".join(parts)


def too_large(limit: int) -> Problem:
    """The body is over the limit."""
    allowed = f"{limit:,}".replace(",", ".")
    message = Words(vi=f"Một lần gửi tối đa {allowed} byte.", en=f"A body may have {limit:,} bytes at most.")
    remedy = Words(vi="Chia lô thành nhiều lần gửi.", en="Split the batch into several pushes.")
    finding = fault("P15", message, remedy, basis="CV 2088/BGDĐT-GDTH PL2", expected=f"≤ {limit}")
    return Problem("too-large", message, (finding,), {"Connection": "close"})


class Lingering(Response):
    """A refusal of a body that is still arriving: the answer leaves at once, the connection closes a little later.

    Closing while the client is still sending would reset the connection and lose the answer on its way.
    """

    def __init__(self, refusal: Response) -> None:
        super().__init__(refusal.body, refusal.status_code, dict(refusal.headers), refusal.media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": bytes(self.body), "more_body": True})
        with suppress(TimeoutError, ClientDisconnect):
            async with asyncio.timeout(LINGER_SECONDS):
                while (message := await receive())["type"] == "http.request" and message.get("more_body"):
                    pass
        await send({"type": "http.response.body", "body": b"", "more_body": False})
