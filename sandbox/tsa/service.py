"""The authority over HTTP: `POST /rsa` and `POST /ec` (RFC 3161 3.4), and the sandbox's own side under `/admin`."""

from collections.abc import Mapping
from typing import Any, Literal

from fastapi import APIRouter, HTTPException, Request, Response

from sandbox import buttons as pressed
from sandbox.buttons import Buttons
from sandbox.spoiling import spoiled
from sandbox.tsa.certificates import Stamping
from sandbox.tsa.faults import Faults
from sandbox.tsa.tokens import answer

KIND = "application/timestamp-reply"
_QUESTION = "application/timestamp-query"


def routes(holders: Mapping[str, Stamping], buttons: Buttons[Faults]) -> APIRouter:
    """Every address."""
    router = APIRouter()
    router.include_router(pressed.routes(buttons))

    @router.post("/{name}")
    async def stamp(name: Literal["rsa", "ec"], request: Request) -> Response:
        buttons.count(name)
        if request.headers.get("content-type") != _QUESTION:
            raise HTTPException(415)
        faults = buttons.now
        octets = answer(await request.body(), holders[faults.holder or name], faults)
        return await spoiled(octets, KIND, faults, moved=307, cut=faults.reply_lost)

    @router.get("/admin/state")
    def state() -> dict[str, Any]:
        return {"asked": buttons.counted.total(), "faults": buttons.now.model_dump()}

    return router
