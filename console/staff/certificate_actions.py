"""The pages that change the registry of certificates: each shows first what would happen, asks, and says what was done."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from console.problems import Problem
from console.staff.certificates import NO_CERTIFICATE, Fingerprint, Number, registration_page
from console.staff.guard import read_form
from console.staff.moments import VIETNAM, midnight
from console.staff.refusals import NO_PAGE, StaffRoute
from console.staff.rendering import page
from console.wiring import Wired, Wiring
from ledger import certificate_views as views
from ledger.certificate_views import INSTITUTION_ROLES, PERSONAL_ROLES, CertificateView, SeenView
from ledger.certificates import STAFF_APPROVERS
from schemas.findings import Words

log = structlog.get_logger("console")

REASON = 300
"""characters of a reason"""
ROOM = 5000
"""certificates registered at once, at most"""
MAY = {"approve": ("waiting",), "refuse": ("waiting",), "end": ("approved",), "again": ("refused", "ended")}
"""what may be done → the states that it may be done in"""

router = APIRouter(prefix="/console/certificates", route_class=StaffRoute, include_in_schema=False)


@router.post("/registrations/{registration}")
async def decide(request: Request, registration: Number, wiring: Wired) -> Response:
    """Approve, refuse, end or reopen a registration; all but approving need a reason."""
    fields = await read_form(request)
    do, why = fields.get("do", ""), " ".join(fields.get("why", "").split())[:REASON]
    if do not in MAY:
        raise Problem("not-found", NO_PAGE)
    row = await _registration(wiring, registration)
    if row.state not in MAY[do] or (row.state == "waiting" and row.approver not in STAFF_APPROVERS):
        return _too_late(request, row)
    since = _since(fields, not_before=row.not_before, not_after=row.not_after)
    fault = _fault(do, why=why, since=since)
    if fault:
        return await registration_page(request, registration, wiring, status=422, fault=fault, why=why)
    if not await _decide(wiring, row, do, since=since, why=why):
        return _too_late(request, await _registration(wiring, registration))
    log.info("certificate-decided", registration=registration, do=do)
    return RedirectResponse(f"/console/certificates/registrations/{registration}", 303)


async def _decide(wiring: Wiring, row: CertificateView, do: str, *, since: datetime | None, why: str) -> bool:
    if do == "approve" and since is not None:
        return await wiring.registrar.approve(row, since=since, why=why)
    if do == "again":
        await wiring.registrar.register_again(row, approver=wiring.certificates.approver, why=why)
        return True
    return await (wiring.registrar.refuse if do == "refuse" else wiring.registrar.end)(row, why=why)


def _since(fields: Mapping[str, str], *, not_before: datetime | None, not_after: datetime | None) -> datetime | None:
    """The day that the form says, not before the certificate; None where it is no day, or after the certificate."""
    since = midnight(fields.get("from", ""))
    if since is None or (not_after is not None and since >= not_after):
        return None
    if not_before is None:
        return since
    return max(since, not_before) if since.date() >= _day(not_before) else None


def _day(moment: datetime) -> date:
    return moment.astimezone(VIETNAM).date()


def _fault(do: str, *, why: str, since: datetime | None) -> str:
    if do == "approve":
        return "" if since else "day"
    return "" if why else "reason"


async def _registration(wiring: Wiring, registration: int) -> CertificateView:
    async with wiring.gate.connection() as connection:
        row = await views.registration(connection, registration)
    if row is None:
        raise Problem("not-found", NO_PAGE)
    return row


def _too_late(request: Request, row: CertificateView) -> Response:
    words = AT_PORTAL if row.state == "waiting" and row.approver not in STAFF_APPROVERS else DECIDED
    return page(request, "message.html", status=409, words=words, remedy=LOOK_AGAIN)


Role = Annotated[str, Query(min_length=1, max_length=40)]
Code = Annotated[str, Query(min_length=1, max_length=20)]


@router.get("/{sha256}/register")
async def ask_register(request: Request, sha256: Fingerprint, unit: Code, role: Role, wiring: Wired) -> Response:
    """What registering a certificate that was seen means."""
    row = await _seen(wiring, sha256, unit=unit, role=role)
    if row.registration is not None:
        return RedirectResponse(f"/console/certificates/registrations/{row.registration}", 303)
    return _ask(request, wiring, row)


def _ask(request: Request, wiring: Wiring, row: SeenView, *, status: int = 200, fault: str = "") -> Response:
    approver = wiring.certificates.approver
    return page(request, "certificate_register.html", status=status, row=row, approver=approver, fault=fault)


@router.post("/{sha256}/register")
async def register(request: Request, sha256: Fingerprint, wiring: Wired) -> Response:
    """Register a certificate that was seen, for the unit and role it was seen under."""
    fields = await read_form(request)
    row = await _seen(wiring, sha256, unit=fields.get("unit", ""), role=fields.get("role", ""))
    if row.registration is not None:
        return RedirectResponse(f"/console/certificates/registrations/{row.registration}", 303)
    since = _since(fields, not_before=row.not_before, not_after=row.not_after)
    if since is None:
        return _ask(request, wiring, row, status=422, fault="day")
    (registration,) = await wiring.registrar.register([(row, since)], approver=wiring.certificates.approver)
    log.info("certificates-registered", count=1)
    return RedirectResponse(f"/console/certificates/registrations/{registration}", 303)


async def _seen(wiring: Wiring, sha256: str, *, unit: str, role: str) -> SeenView:
    async with wiring.gate.connection() as connection:
        rows = await views.unregistered(connection, roles=(*INSTITUTION_ROLES, *PERSONAL_ROLES), unit=unit, limit=ROOM)
    for row in rows:
        if row.sha256.hex() == sha256 and row.role == role:
            return row
    raise Problem("not-found", NO_CERTIFICATE)


@router.get("/register-seen")
async def ask_register_seen(request: Request, wiring: Wired) -> Response:
    """What registering every certificate that was seen and needs an approval would do."""
    rows, left = await _fresh(wiring)
    return _all_seen(request, wiring, rows=len(rows), schools=len({row.unit for row in rows}), left=left)


@router.post("/register-seen")
async def register_seen(request: Request, wiring: Wired) -> Response:
    """Register every certificate that was seen, needs an approval and was never registered."""
    await read_form(request)
    rows, _ = await _fresh(wiring)
    await wiring.registrar.register(
        [(row, row.not_before or row.first_at) for row in rows], approver=wiring.certificates.approver
    )
    log.info("certificates-registered", count=len(rows))
    return RedirectResponse("/console/certificates/registered-seen?" + urlencode({"done": len(rows)}), 303)


@router.get("/registered-seen")
async def registered_seen(request: Request, wiring: Wired, done: Annotated[int, Query(ge=0, le=ROOM)]) -> Response:
    """What was registered; a page of its own, so that loading it again does nothing."""
    return _all_seen(request, wiring, done=done)


def _all_seen(
    request: Request, wiring: Wiring, *, rows: int = 0, schools: int = 0, left: int = 0, done: int | None = None
) -> Response:
    return page(
        request,
        "certificates_register_seen.html",
        rows=rows,
        schools=schools,
        left=left,
        done=done,
        approver=wiring.certificates.approver,
    )


async def _fresh(wiring: Wiring) -> tuple[list[SeenView], int]:
    """Those to be registered, and how many are left out: revoked, on hold, or registered before."""
    async with wiring.gate.connection() as connection:
        rows = await views.unregistered(connection, roles=wiring.certificates.asked, limit=ROOM)
    fresh = [row for row in rows if row.registration is None and row.standing not in ("revoked", "on-hold")]
    return fresh, len(rows) - len(fresh)


DECIDED = Words(
    vi="Đăng ký này đã được xử lý trước đó; không có gì thay đổi.",
    en="This registration was decided before; nothing was changed.",
)
AT_PORTAL = Words(
    vi="Đăng ký này do cổng của thành phố phê duyệt; không có gì thay đổi.",
    en="The city's portal decides on this registration; nothing was changed.",
)
LOOK_AGAIN = Words(vi="Mở lại trang để xem kết quả hiện nay.", en="Open its page again to see how it stands.")
