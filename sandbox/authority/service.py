"""The authority over HTTP: `/crl/{root,issuing}.crl`, `/ocsp`, and the sandbox's own side under `/admin`."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Literal

from cryptography import x509
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from sandbox import pki
from sandbox.authority.answers import Answers, Line
from sandbox.authority.faults import Buttons, Faults

_CHUNK = b"\0" * 65536


class Revoke(BaseModel):
    """A certificate to revoke, suspend or release."""

    model_config = ConfigDict(extra="forbid")

    serial_hex: str = Field(pattern="^[0-9A-Fa-f]{1,40}$")
    """Its serial number."""
    authority: Literal["root", "issuing"] = "issuing"
    """Who issued it."""
    reason: Literal["superseded", "keyCompromise", "certificateHold", "cessationOfOperation", "release"] = "superseded"
    """Why, in the words of RFC 5280; `release` takes a revocation back."""
    at: AwareDatetime | None = None
    """Since when; now, when it is not said."""
    in_list: bool = True
    """The list names it."""
    in_ocsp: bool = True
    """OCSP tells it."""


def routes(answers: Answers, buttons: Buttons) -> APIRouter:
    """Every address."""
    router = APIRouter()

    @router.get("/crl/{name}.crl")
    async def revocation_list(name: str) -> Response:
        buttons.count(f"crl/{name}")
        octets = answers.revocation_list(name, buttons.now)
        if octets is None:
            raise HTTPException(404)
        return await _as_wanted(octets, "application/pkix-crl", buttons.now)

    @router.post("/ocsp")
    async def response(request: Request) -> Response:
        buttons.count("ocsp")
        octets = answers.response(await request.body(), buttons.now)
        return await _as_wanted(octets, "application/ocsp-response", buttons.now)

    @router.get("/admin/state")
    def state() -> dict[str, Any]:
        return {"asked": dict(buttons.asked), "faults": buttons.now.model_dump()}

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

    @router.post("/admin/revoke")
    def revoke(wanted: Revoke) -> dict[str, Any]:
        serial = int(wanted.serial_hex, 16)
        if wanted.reason == "release":
            answers.release(wanted.authority, serial)
        else:
            told = pki.Revocation(serial, wanted.at or datetime.now(UTC), x509.ReasonFlags(wanted.reason))
            answers.revoke(wanted.authority, Line(told, in_list=wanted.in_list, in_ocsp=wanted.in_ocsp))
        return {"serial_hex": wanted.serial_hex, "reason": wanted.reason}

    return router


async def _as_wanted(octets: bytes, kind: str, faults: Faults) -> Response:
    """The answer, or what the buttons make of it."""
    await asyncio.sleep(faults.slow_ms / 1000)
    if faults.error:
        return Response(status_code=faults.error, content=b"<h1>error</h1>", media_type="text/html")
    if faults.redirect:
        return Response(status_code=302, headers={"location": faults.redirect})
    if faults.huge:
        return StreamingResponse(_zeros(faults.huge), media_type=kind)
    if faults.garbage:
        return Response(content=b"<html><body>404 Not Found</body></html>", media_type=kind)
    if faults.empty:
        return Response(content=b"", media_type=kind)
    if faults.drip_ms:
        return StreamingResponse(_drops(octets, faults.drip_ms / 1000), media_type=kind)
    return Response(content=octets, media_type=kind)


async def _zeros(octets: int) -> AsyncIterator[bytes]:
    for _ in range(-(-octets // len(_CHUNK))):
        yield _CHUNK
        await asyncio.sleep(0)


async def _drops(octets: bytes, seconds: float) -> AsyncIterator[bytes]:
    for octet in octets:
        yield bytes([octet])
        await asyncio.sleep(seconds)
