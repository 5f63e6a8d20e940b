"""The pages that show certificates: what waits, what was seen unapproved, what ends, what is revoked, school by school.

Subjects of persons' certificates lie behind a click, on pages of registrations and of one certificate only. Addresses
name a certificate by its SHA-256, a registration by its id and a school by its code.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from console.problems import Problem
from console.staff.certificate_notices import figures
from console.staff.guard import read_form
from console.staff.refusals import NO_PAGE, StaffRoute
from console.staff.rendering import page
from console.vendor_api import LAST
from console.wiring import Wired, Wiring
from ledger import certificate_views as views
from ledger import registration_signatures
from ledger.certificate_views import INSTITUTION_ROLES, PERSONAL_ROLES, CertificateView, SchoolCoverage, SeenView
from ledger.database import Connection
from routes.registration_words import signature_standing
from schemas.findings import Words

ROWS = 50
"""rows of a page"""
MOST = 300
"""rows of a list that has no pages"""
CHOICES = (30, 60, 90, 180)
"""days to look ahead"""

router = APIRouter(prefix="/console/certificates", route_class=StaffRoute, include_in_schema=False)

Number = Annotated[int, Path(ge=1, le=LAST)]
Fingerprint = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
Unit = Annotated[str, Path(min_length=1, max_length=20)]


@router.get("")
async def waiting(request: Request, wiring: Wired, after: Annotated[int, Query(ge=0, le=LAST)] = 0) -> Response:
    """Registrations that wait for an approval, the oldest first."""
    async with wiring.gate.connection() as connection:
        rows = await views.certificates(connection, state="waiting", after=after, limit=ROWS + 1)
        counts = await figures(connection, wiring.certificates)
    following = rows[ROWS - 1].id if len(rows) > ROWS else None
    return page(request, "certificates.html", rows=rows[:ROWS], next=following, first=after == 0, counts=counts)


@router.get("/seen")
async def seen(request: Request, wiring: Wired) -> Response:
    """What records were signed with though nobody approved it: where an approval is needed, then the rest."""
    asked, unasked = wiring.certificates.asked, frozenset(PERSONAL_ROLES) - wiring.certificates.asked
    async with wiring.gate.connection() as connection:
        rows = await views.unregistered(connection, roles=asked, limit=MOST)
        others = await views.unregistered(connection, roles=unasked, limit=MOST)
        counts = await figures(connection, wiring.certificates)
    return page(
        request,
        "certificates_seen.html",
        rows=rows,
        others=others,
        most=MOST,
        fresh=sum(1 for row in rows if row.registration is None),
        counts=counts,
    )


@router.get("/expiring")
async def expiring(
    request: Request, wiring: Wired, days: Annotated[int | None, Query(ge=1, le=1000)] = None
) -> Response:
    """Approvals that end soon."""
    asked = days or wiring.certificates.days
    async with wiring.gate.connection() as connection:
        rows = await views.expiring(connection, days=asked, limit=MOST)
        counts = await figures(connection, wiring.certificates)
    choices = sorted({*CHOICES, asked})
    return page(request, "certificates_expiring.html", rows=rows, days=asked, choices=choices, counts=counts)


@router.get("/revoked")
async def revoked(request: Request, wiring: Wired) -> Response:
    """Revoked and on-hold certificates, with who uses them."""
    async with wiring.gate.connection() as connection:
        rows = await views.revoked(connection, limit=MOST)
        counts = await figures(connection, wiring.certificates)
    return page(request, "certificates_revoked.html", rows=rows, counts=counts)


@router.get("/schools")
async def schools(
    request: Request, wiring: Wired, after: Annotated[str, Query(max_length=20)] = "", lacking: bool = False
) -> Response:
    """Every school: what it has, what it lacks, who signed there."""
    async with wiring.gate.connection() as connection:
        rows = await views.coverage(
            connection, after=after, lacking=lacking, limit=ROWS + 1, ahead=wiring.certificates.ahead
        )
        around = await _around(wiring, connection)
    following = rows[ROWS - 1].unit if len(rows) > ROWS else ""
    return _schools(request, rows, next=following, first=not after, lacking=lacking, **around)


@router.post("/schools")
async def find_schools(request: Request, wiring: Wired) -> Response:
    """Schools by name, ward or code; sent as a form, since what people type does not belong in an address."""
    fields = await read_form(request)
    search = " ".join(fields.get("search", "").split())[:80]
    async with wiring.gate.connection() as connection:
        rows = await views.coverage(connection, search=search, limit=ROWS + 1, ahead=wiring.certificates.ahead)
        around = await _around(wiring, connection)
    return _schools(request, rows, search=search, more=len(rows) > ROWS, **around)


async def _around(wiring: Wiring, connection: Connection) -> dict[str, Any]:
    counts = await figures(connection, wiring.certificates)
    return {"counts": counts, "sums": await views.coverage_sums(connection)}


def _schools(request: Request, rows: Sequence[SchoolCoverage], **context: Any) -> Response:
    usual = {"search": "", "next": "", "more": False, "first": True, "lacking": False}
    return page(request, "certificates_schools.html", rows=rows[:ROWS], **{**usual, **context})


@router.get("/schools/{code}")
async def school(request: Request, code: Unit, wiring: Wired) -> Response:
    """One school, or another unit that has certificates: what is registered, what was seen."""
    async with wiring.gate.connection() as connection:
        covered = await views.coverage(connection, unit=code, ahead=wiring.certificates.ahead)
        registered = await views.certificates(connection, unit=code, limit=MOST)
        unapproved = await views.unregistered(
            connection, roles=(*INSTITUTION_ROLES, *PERSONAL_ROLES), unit=code, limit=MOST
        )
    known: list[SchoolCoverage | CertificateView | SeenView] = [*covered, *registered, *unapproved]
    if not known:
        raise Problem("not-found", NO_SCHOOL)
    return page(
        request,
        "certificates_school.html",
        code=code,
        name=known[0].unit_name,
        ward=known[0].ward,
        row=covered[0] if covered else None,
        registered=registered,
        seen=unapproved,
    )


@router.get("/registrations/{registration}")
async def registration(request: Request, registration: Number, wiring: Wired) -> Response:
    """One registration with its history; where it can be decided, it is decided here."""
    return await registration_page(request, registration, wiring)


async def registration_page(
    request: Request, registration: int, wiring: Wiring, *, status: int = 200, fault: str = "", why: str = ""
) -> Response:
    """The page of one registration.

    Raises:
        Problem: there is none with this id.
    """
    async with wiring.gate.connection() as connection:
        row = await views.registration(connection, registration)
        if row is None:
            raise Problem("not-found", NO_PAGE)
        history = await views.history(connection, sha256=row.sha256)
        asked = (await registration_signatures.of_registrations(connection, [registration])).get(registration)
    return page(
        request,
        "certificate_registration.html",
        status=status,
        row=row,
        history=[event for event in history if event.registration == registration],
        signature=None if asked is None else signature_standing(asked.state, asked.cause),
        fault=fault,
        why=why,
    )


@router.get("/{sha256}")
async def certificate(request: Request, sha256: Fingerprint, wiring: Wired) -> Response:
    """One certificate: what it is, who uses it, what happened to it."""
    async with wiring.gate.connection() as connection:
        card = await views.certificate(connection, sha256=bytes.fromhex(sha256))
        if card is None:
            raise Problem("not-found", NO_CERTIFICATE)
        history = await views.history(connection, sha256=card.sha256)
    return page(request, "certificate.html", card=card, history=history)


NO_SCHOOL = Words(
    vi="Hub không biết trường hay đơn vị nào với mã này.", en="The hub knows no school or other unit with this code."
)
NO_CERTIFICATE = Words(
    vi="Hub chưa ghi nhận chứng thư số này: nó chưa được đăng ký, hoặc không do tổ chức được tin cậy cấp.",
    en="The hub has not noted this certificate: it is not registered, or its issuer is not trusted.",
)
