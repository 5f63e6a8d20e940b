"""The pages that show who has to sign: how many records wait for whom, since when, and who must act; and ask again.

A holder is shown by school, role and class. Addresses name one of the requests by its number, never a person.
"""

from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from console.problems import Problem
from console.staff.guard import read_form
from console.staff.pages import Number
from console.staff.refusals import StaffRoute
from console.staff.rendering import page
from console.staff.signature_words import condition_of
from console.wiring import Wired, Wiring
from ledger import signature_views as views
from ledger.signature_views import HolderView
from schemas.findings import Words

log = structlog.get_logger("console")

MOST = 300
"""rows of a list"""

router = APIRouter(prefix="/console/signatures", route_class=StaffRoute, include_in_schema=False)


@router.get("")
async def awaiting(
    request: Request, wiring: Wired, asked: Annotated[int | None, Query(ge=0, le=10**9)] = None
) -> Response:
    """Who is waited for, and what nothing comes of any more."""
    async with wiring.gate.connection() as connection:
        closed = await views.holders(connection, standing="closed", limit=MOST)
        waited = await views.holders(connection, standing="open", limit=MOST)
        counts = await views.counts(connection)
    return page(
        request,
        "signatures.html",
        closed=[(row, condition_of(row)) for row in closed],
        rows=[(row, condition_of(row)) for row in waited],
        counts=counts,
        most=MOST,
        asked=asked,
    )


@router.get("/{number}")
async def holder(request: Request, number: Number, wiring: Wired) -> Response:
    """One holder with the records that wait, and what asking again means."""
    row = await _holder(wiring, number)
    async with wiring.gate.connection() as connection:
        records = await views.waiting_records(connection, number, limit=MOST)
    return page(
        request,
        "signatures_holder.html",
        row=row,
        condition=condition_of(row),
        records=records,
        number=number,
        most=MOST,
    )


@router.post("/{number}")
async def ask_again(request: Request, number: Number, wiring: Wired) -> Response:
    """Ask this holder at once for what is not with the service already."""
    await read_form(request)
    row = await _holder(wiring, number)
    async with wiring.gate.connection() as connection:
        asked = await views.ask_again(connection, number)
    log.info("asked-again", unit=row.unit, role=row.role, count=asked)
    return RedirectResponse(f"/console/signatures?asked={asked}", 303)


async def _holder(wiring: Wiring, number: int) -> HolderView:
    async with wiring.gate.connection() as connection:
        row = await views.holder(connection, number)
    if row is None:
        raise Problem("not-found", NOBODY)
    return row


NOBODY = Words(
    vi="Không còn hồ sơ nào chờ người ký này: đã ký xong, hoặc đã có người xử lý.",
    en="No record waits for this holder any more: all is signed, or somebody has acted.",
)
