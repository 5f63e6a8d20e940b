"""The authority over HTTP: `/crl/{root,issuing}.crl`, `/ocsp`, and the sandbox's own side under `/admin`."""

from datetime import UTC, datetime
from typing import Any, Literal

from cryptography import x509
from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from sandbox import buttons as pressed
from sandbox import pki
from sandbox.authority.answers import Answers, Line
from sandbox.authority.faults import Faults
from sandbox.buttons import Buttons
from sandbox.spoiling import spoiled


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


def routes(answers: Answers, buttons: Buttons[Faults]) -> APIRouter:
    """Every address."""
    router = APIRouter()
    router.include_router(pressed.routes(buttons))

    @router.get("/crl/{name}.crl")
    async def revocation_list(name: str) -> Response:
        buttons.count(f"crl/{name}")
        octets = answers.revocation_list(name, buttons.now)
        if octets is None:
            raise HTTPException(404)
        return await spoiled(octets, "application/pkix-crl", buttons.now, moved=302)

    @router.post("/ocsp")
    async def response(request: Request) -> Response:
        buttons.count("ocsp")
        octets = answers.response(await request.body(), buttons.now)
        return await spoiled(octets, "application/ocsp-response", buttons.now, moved=302)

    @router.get("/admin/state")
    def state() -> dict[str, Any]:
        return {"asked": dict(buttons.counted), "faults": buttons.now.model_dump()}

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
