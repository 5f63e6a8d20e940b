"""The pages that show: flow, submissions, one transfer's story, failed by cause, lanes.

Personal data: lists show UUID, school, stage, cause and the findings' words, never a value. The story of one transfer
shows values too, since staff must be able to tell a school what to mend; those that are personal lie behind a click.
"""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from console.problems import Problem
from console.staff import attention, certificate_notices, flow, journey, signature_words, verdicts
from console.staff.causes import group_of
from console.staff.guard import read_form
from console.staff.refusals import AWAY, NO_DATABASE, NO_PAGE, StaffRoute
from console.staff.rendering import fragment, page
from console.vendor_api import LAST
from console.wiring import Wired, Wiring
from ledger import copies, signature_views, views
from ledger.signature_views import SignatureStep
from ledger.states import Stage
from ledger.views import Story
from routes.printing import VERIFIED
from schemas.findings import Words
from schemas.rules import roster_rules

ROWS = 50
"""rows of a page"""

PATIENCE_SECONDS = 4.0
"""the flow says that the database is away after this long"""

router = APIRouter(prefix="/console", route_class=StaffRoute, include_in_schema=False)

Cause = Annotated[str, Query(min_length=1, max_length=200)]
Number = Annotated[int, Path(ge=1, le=LAST)]


@router.get("")
async def home(request: Request, wiring: Wired) -> Response:
    """Flow, by stage; refreshes itself."""
    return page(request, "flow.html", **await _flow(wiring))


@router.get("/flow")
async def flow_now(wiring: Wired) -> Response:
    """The part of the flow that refreshes; says so itself when the database does not answer."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return fragment("flow_now.html", **await _flow(wiring))
    except (*AWAY, TimeoutError):
        return fragment("flow_away.html", words=NO_DATABASE, now=datetime.now(UTC))


async def _flow(wiring: Wiring) -> dict[str, Any]:
    async with wiring.gate.connection() as connection:
        rows = await views.flow(connection)
        recent = await views.recent(connection)
        destinations = await views.destinations(connection)
        lanes = await views.lanes(connection, list(Stage))
        senders = await views.stopped_senders(connection)
        alarms = await views.alarms(connection, limit=10)
        counts = await wiring.glance.counts(connection)
        awaited = await wiring.signatures.counts(connection)
    names = flow.destinations_of([row.name for row in destinations] or [wiring.destination], rows)
    return {
        "now": datetime.now(UTC),
        "notices": attention.notices(lanes=lanes, destinations=destinations, senders=senders),
        "certificates": certificate_notices.lines(counts, days=wiring.certificates.days),
        "signatures": signature_words.lines(awaited),
        "recent": recent,
        "flows": [(name, flow.stage_loads(rows, name)) for name in names],
        "alarms": [(alarm, attention.alarm_words(alarm)) for alarm in alarms],
        "api": "/v1/submissions",
    }


@router.get("/submissions")
async def submissions(request: Request, wiring: Wired, before: Annotated[str, Query(max_length=80)] = "") -> Response:
    """Submissions, newest first."""
    async with wiring.gate.connection() as connection:
        rows = await views.submissions(connection, before=_place(before), limit=ROWS + 1)
    shown = rows[:ROWS]
    older = f"{shown[-1].received_at.isoformat()}~{shown[-1].id}" if len(rows) > ROWS else ""
    return page(request, "submissions.html", rows=shown, older=older, first=not before)


def _place(before: str) -> tuple[datetime, int] | None:
    if not before:
        return None
    moment, _, number = before.partition("~")
    try:
        return datetime.fromisoformat(moment).replace(tzinfo=UTC), int(number)
    except ValueError as error:
        raise Problem("not-found", NO_PAGE) from error


@router.get("/submissions/{receipt}")
async def submission(
    request: Request, receipt: UUID, wiring: Wired, after: Annotated[int, Query(ge=-1, le=LAST)] = -1
) -> Response:
    """One submission with its records."""
    async with wiring.gate.connection() as connection:
        row = await views.submission(connection, receipt)
        if row is None:
            raise Problem("not-found", _NOT_KNOWN)
        lines = await views.lines(connection, submission_id=row.id, after=after, limit=ROWS + 1)
    more = len(lines) > ROWS
    return page(request, "submission.html", row=row, lines=lines[:ROWS], more=more, first=after < 0)


@router.get("/transfers/{transfer}")
async def transfer(request: Request, transfer: Number, wiring: Wired) -> Response:
    """One transfer's whole story."""
    async with wiring.gate.connection() as connection:
        story = await views.story(connection, transfer)
        if story is None:
            raise Problem("not-found", _NOT_KNOWN)
        uuid = story.transfer.uuid
        all_of_it = await views.stories(connection, uuid) if uuid else []
        issued = await copies.copies(connection, uuid) if uuid else []
        signed = await signature_views.steps_of(connection, transfer)
    others = [one.transfer for one in all_of_it if one.transfer.id != transfer]
    may_seal = await _may_seal(wiring, story)
    return _story_page(request, story, others, issued, signed, may_seal=may_seal)


@router.get("/records/{uuid}")
async def record(request: Request, uuid: UUID, wiring: Wired) -> Response:
    """The story of the newest transfer under a UUID."""
    async with wiring.gate.connection() as connection:
        stories = await views.stories(connection, uuid)
        issued = await copies.copies(connection, uuid)
        signed = await signature_views.steps_of(connection, stories[0].transfer.id) if stories else []
    if not stories:
        raise Problem("not-found", _NOT_KNOWN)
    may_seal = await _may_seal(wiring, stories[0])
    others = [story.transfer for story in stories[1:]]
    return _story_page(request, stories[0], others, issued, signed, may_seal=may_seal)


async def _may_seal(wiring: Wiring, story: Story) -> bool:
    """Whether its printed form can be signed here: its signatures were verified, and the hub holds the school's key."""
    now = story.transfer
    sound = now.uuid is not None and (now.fate == "done" or now.stage in VERIFIED)
    return sound and await wiring.prints.may_seal(now.school)


def _story_page(
    request: Request,
    story: Story,
    others: list[views.TransferRow],
    issued: list[copies.CopyRow],
    signed: list[SignatureStep],
    *,
    may_seal: bool,
) -> Response:
    return page(
        request,
        "story.html",
        story=story,
        now=story.transfer,
        steps=journey.steps(story),
        moments=journey.moments(story),
        others=others,
        issued=issued,
        may_seal=may_seal,
        signed=[(each, signature_words.why(each)) for each in signed],
        not_checked=roster_rules(),
        verdict=verdicts.verdict_of(story),
    )


@router.post("/find")
async def find(request: Request, wiring: Wired) -> Response:
    """Look up a UUID or receipt; sent as a form, since what people type does not belong in an address."""
    fields = await read_form(request)
    try:
        wanted = UUID(fields.get("q", "").strip())
    except ValueError as error:
        raise Problem("not-found", _NO_CODE) from error
    async with wiring.gate.connection() as connection:
        if await views.submission(connection, wanted) is not None:
            return RedirectResponse(f"/console/submissions/{wanted}", 303)
    return RedirectResponse(f"/console/records/{wanted}", 303)


@router.get("/failed")
async def failed(request: Request, wiring: Wired) -> Response:
    """Failed work by cause, most first."""
    async with wiring.gate.connection() as connection:
        rows = await views.failed(connection)
    return page(request, "failed.html", groups=[group_of(row) for row in rows])


@router.get("/failed/transfers")
async def failed_transfers(
    request: Request, wiring: Wired, cause: Cause, before: Annotated[int | None, Query(ge=1, le=LAST)] = None
) -> Response:
    """Failed transfers with one cause, newest first."""
    async with wiring.gate.connection() as connection:
        rows = await views.failed_transfers(connection, cause=cause, before=before, limit=ROWS + 1)
    older = rows[ROWS - 1].id if len(rows) > ROWS else None
    return page(request, "failed_transfers.html", cause=cause, rows=rows[:ROWS], older=older, first=before is None)


@router.get("/lanes")
async def lanes(request: Request, wiring: Wired) -> Response:
    """Lanes, breakers and stopped senders."""
    async with wiring.gate.connection() as connection:
        rows = await views.lanes(connection, list(Stage))
        destinations = await views.destinations(connection)
        senders = await views.stopped_senders(connection)
    groups = [(each, [row for row in rows if row.destination == each.name]) for each in destinations]
    return page(request, "lanes.html", groups=groups, senders=senders)


_NOT_KNOWN = Words(
    vi="Hub không có lần gửi hay hồ sơ nào với mã này. Hồ sơ bị từ chối ngay khi tiếp nhận thì tìm theo biên nhận của lần gửi.",
    en="The hub has no submission or record with this code. A record refused at the door is found under its receipt.",
)
_NO_CODE = Words(
    vi="Mã tra cứu có dạng 123e4567-e89b-42d3-a456-556642440000: UUID của hồ sơ, hoặc biên nhận của lần gửi.",
    en="A code looks like 123e4567-e89b-42d3-a456-556642440000: a record's UUID, or a submission's receipt.",
)
