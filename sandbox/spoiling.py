"""Answers that buttons spoil: late, in drops, cut off, a web page, nothing, too much, or elsewhere."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from sandbox.buttons import AllFaults

_CHUNK = b"\0" * 65536


class AnswerFaults(AllFaults):
    """Buttons that spoil an answer whatever it says."""

    slow_ms: float = Field(0, ge=0, description="wait before answering")
    drip_ms: float = Field(0, ge=0, description="wait after each byte of the answer")
    error: int = Field(0, description="HTTP status instead of an answer, for example 503; 0: none")
    empty: bool = Field(False, description="nothing at all, politely")
    garbage: bool = Field(False, description="a web page")
    huge: int = Field(0, ge=0, description="so many octets of nothing")
    redirect: str = Field("", description="send whoever asks to this address")


async def spoiled(octets: bytes, kind: str, faults: AnswerFaults, *, moved: int, cut: bool = False) -> Response:
    """The answer, or what the buttons make of it; `kind` is its media type, `moved` the HTTP status that sends away,
    `cut` ends the connection in the middle."""
    await asyncio.sleep(faults.slow_ms / 1000)
    if faults.error:
        return Response(status_code=faults.error, content=b"<h1>error</h1>", media_type="text/html")
    if faults.redirect:
        return Response(status_code=moved, headers={"location": faults.redirect})
    if faults.huge:
        return StreamingResponse(zeros(faults.huge), media_type=kind)
    if faults.garbage:
        return Response(content=b"<html><body>404 Not Found</body></html>", media_type=kind)
    if faults.empty:
        return Response(content=b"", media_type=kind)
    if cut:
        return StreamingResponse(_half(octets), media_type=kind, headers={"content-length": str(len(octets))})
    if faults.drip_ms:
        return StreamingResponse(_drops(octets, faults.drip_ms / 1000), media_type=kind)
    return Response(content=octets, media_type=kind)


async def zeros(octets: int) -> AsyncIterator[bytes]:
    """At least so many octets of nothing, in chunks."""
    for _ in range(-(-octets // len(_CHUNK))):
        yield _CHUNK
        await asyncio.sleep(0)


async def _half(octets: bytes) -> AsyncIterator[bytes]:
    yield octets[: len(octets) // 2]
    await asyncio.sleep(0)
    raise ConnectionAbortedError


async def _drops(octets: bytes, seconds: float) -> AsyncIterator[bytes]:
    for octet in octets:
        yield bytes([octet])
        await asyncio.sleep(seconds)
