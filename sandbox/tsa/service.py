"""The authority over HTTP: `POST /rsa` and `POST /ec` (RFC 3161 3.4), and the sandbox's own side under `/admin`."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, Literal

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import ValidationError

from sandbox.tsa.certificates import Stamping
from sandbox.tsa.faults import Buttons, Faults
from sandbox.tsa.tokens import answer

KIND = "application/timestamp-reply"
_QUESTION = "application/timestamp-query"
_CHUNK = b"\0" * 65536


def routes(holders: Mapping[str, Stamping], buttons: Buttons) -> APIRouter:
    """Every address."""
    router = APIRouter()

    @router.post("/{name}")
    async def stamp(name: Literal["rsa", "ec"], request: Request) -> Response:
        buttons.asked += 1
        if request.headers.get("content-type") != _QUESTION:
            raise HTTPException(415)
        faults = buttons.now
        octets = answer(await request.body(), holders[faults.holder or name], faults)
        return await _as_wanted(octets, faults)

    @router.get("/admin/state")
    def state() -> dict[str, Any]:
        return {"asked": buttons.asked, "faults": buttons.now.model_dump()}

    @router.post("/admin/faults")
    def press(changes: dict[str, Any]) -> Faults:
        try:
            return buttons.press(changes)
        except ValidationError as wrong:
            raise HTTPException(422, [error["msg"] for error in wrong.errors()]) from wrong

    @router.delete("/admin/faults")
    def let_go() -> Faults:
        buttons.now = Faults()
        return buttons.now

    return router


async def _as_wanted(octets: bytes, faults: Faults) -> Response:
    """The answer, or what the buttons make of it."""
    await asyncio.sleep(faults.slow_ms / 1000)
    if faults.error:
        return Response(status_code=faults.error, content=b"<h1>error</h1>", media_type="text/html")
    if faults.redirect:
        return Response(status_code=307, headers={"location": faults.redirect})
    if faults.huge:
        return StreamingResponse(_zeros(faults.huge), media_type=KIND)
    if faults.garbage:
        return Response(content=b"<html><body>404 Not Found</body></html>", media_type=KIND)
    if faults.empty:
        return Response(content=b"", media_type=KIND)
    if faults.reply_lost:
        return StreamingResponse(_cut(octets), media_type=KIND, headers={"content-length": str(len(octets))})
    if faults.drip_ms:
        return StreamingResponse(_drops(octets, faults.drip_ms / 1000), media_type=KIND)
    return Response(content=octets, media_type=KIND)


async def _cut(octets: bytes) -> AsyncIterator[bytes]:
    yield octets[: len(octets) // 2]
    await asyncio.sleep(0)
    raise ConnectionAbortedError


async def _zeros(octets: int) -> AsyncIterator[bytes]:
    for _ in range(-(-octets // len(_CHUNK))):
        yield _CHUNK
        await asyncio.sleep(0)


async def _drops(octets: bytes, seconds: float) -> AsyncIterator[bytes]:
    for octet in octets:
        yield bytes([octet])
        await asyncio.sleep(seconds)
