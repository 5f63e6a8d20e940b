"""The pages that change something: each shows first what would happen, asks, and then says what was done."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

import structlog
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from console import printing
from console.problems import Problem
from console.staff.guard import read_form
from console.staff.pages import Cause
from console.staff.refusals import NO_PAGE, StaffRoute
from console.staff.rendering import page
from console.wiring import Wired, Wiring
from ledger import views
from ledger.copies import Purpose
from ledger.states import Stage
from ledger.views import LaneView, StoppedSender
from schemas.findings import Words

log = structlog.get_logger("console")

REASON = 300
"""characters of a reason"""

router = APIRouter(prefix="/console", route_class=StaffRoute, include_in_schema=False)

Name = Annotated[str, Path(min_length=1, max_length=60)]


@router.get("/failed/retry")
async def ask_retry(request: Request, wiring: Wired, cause: Cause) -> Response:
    """What a retry of this cause would do."""
    would = await wiring.steer.retry(cause=cause, dry_run=True)
    return page(request, "retry.html", cause=cause, result=would, done=False)


@router.post("/failed/retry")
async def retry(request: Request, wiring: Wired) -> Response:
    """Let work with a cause go again."""
    fields = await read_form(request)
    cause = fields.get("cause", "")
    done = await wiring.steer.retry(cause=cause, dry_run=False)
    log.info("retried", cause=cause, retried=done.retried, superseded=done.superseded, packages=done.packages)
    counts = {"retried": done.retried, "superseded": done.superseded, "packages": done.packages}
    return RedirectResponse("/console/failed/retried?" + urlencode({"cause": cause, **counts}), 303)


Count = Annotated[int, Query(ge=0, le=10**9)]


@router.get("/failed/retried")
async def retried(request: Request, cause: Cause, retried: Count, superseded: Count, packages: Count) -> Response:
    """What a retry has done; a page of its own, so that loading it again does nothing."""
    result = {"retried": retried, "superseded": superseded, "packages": packages}
    return page(request, "retry.html", cause=cause, result=result, done=True)


@router.post("/records/{uuid}/print")
async def print_record(request: Request, uuid: UUID, wiring: Wired) -> Response:
    """A copy of a record, written down with what it is for."""
    fields = await read_form(request)
    try:
        purpose = Purpose(fields.get("purpose", ""))
    except ValueError as error:
        raise Problem("not-found", NO_PAGE) from error
    return await printing.issue(wiring, uuid, sender=None, purpose=purpose, sealed=fields.get("sealed") == "yes")


@router.get("/lanes/{destination}/{stage}")
async def ask_lane(request: Request, destination: Name, stage: Stage, wiring: Wired) -> Response:
    """What pausing or resuming a lane means."""
    return page(request, "lane.html", lane=await _lane(wiring, destination, stage), reason_missing=False)


@router.post("/lanes/{destination}/{stage}")
async def set_lane(request: Request, destination: Name, stage: Stage, wiring: Wired) -> Response:
    """Pause a lane, or let it go on; a reason is asked for."""
    fields = await read_form(request)
    lane = await _lane(wiring, destination, stage)
    wanted, why = fields.get("do", ""), " ".join(fields.get("why", "").split())[:REASON]
    if wanted not in ("pause", "resume"):
        raise Problem("not-found", NO_PAGE)
    if not why:
        return page(request, "lane.html", status=422, lane=lane, reason_missing=True)
    await wiring.steer.set_lane(stage=stage.value, destination=destination, paused=wanted == "pause", why=why)
    log.info("lane-set", stage=stage.value, destination=destination, paused=wanted == "pause")
    return RedirectResponse("/console/lanes", 303)


async def _lane(wiring: Wiring, destination: str, stage: Stage) -> LaneView:
    async with wiring.gate.connection() as connection:
        rows = await views.lanes(connection, [stage.value])
    for row in rows:
        if row.destination == destination:
            return row
    raise Problem("not-found", NO_PAGE)


@router.get("/senders/{code}")
async def ask_sender(request: Request, code: Name, wiring: Wired) -> Response:
    """Why a sender is stopped, and what resuming it means."""
    return page(request, "sender.html", sender=await _stopped(wiring, code))


@router.post("/senders/{code}")
async def resume_sender(request: Request, code: Name, wiring: Wired) -> Response:
    """Let a stopped sender go on."""
    await read_form(request)
    await _stopped(wiring, code)
    await wiring.steer.resume_sender(code=code)
    log.info("sender-resumed", sender=code)
    return RedirectResponse("/console/lanes", 303)


async def _stopped(wiring: Wiring, code: str) -> StoppedSender:
    async with wiring.gate.connection() as connection:
        for sender in await views.stopped_senders(connection):
            if sender.code == code:
                return sender
    raise Problem("not-found", _RUNNING)


@router.get("/{rest:path}")
async def nothing_here(rest: str) -> Response:
    """Any other address."""
    raise Problem("not-found", NO_PAGE)


_RUNNING = Words(
    vi="Bên gửi này không bị dừng (hoặc vừa được cho chạy tiếp).",
    en="This sender is not stopped (or has just been resumed).",
)
