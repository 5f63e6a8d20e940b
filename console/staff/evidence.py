"""The page on evidence: per day how much is covered and until when it can be shown, what waits and why, what is renewed when.

Counts and days only: no record, school or person is named.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from console.staff.refusals import StaffRoute
from console.staff.rendering import page
from console.wiring import Wired
from ledger import evidence
from ledger.database import Connection
from ledger.evidence import LATE, DayView, Task, tasks
from routes.preserving import closed
from routes.signing_settings import EvidenceSettings
from schemas.findings import Words
from signing.verify.policy import VIETNAM

MOST = 120
"""days of a list"""

router = APIRouter(prefix="/console/evidence", route_class=StaffRoute, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class WaitingDay:
    """A day of which records are under no tree yet."""

    day: date
    """the day in Vietnam on which they were verified"""
    records: int
    """record octets"""
    late: bool
    """its hour has come, and there is no tree"""
    why: Words
    """what it waits for"""


@dataclass(frozen=True, slots=True)
class Renewal:
    """A day's tree, and when its proof has to be renewed."""

    view: DayView
    """the tree"""
    begins: datetime
    """the hub renews it from then on"""
    state: str
    """well, due or ended"""


@router.get("")
async def days(request: Request, wiring: Wired) -> Response:
    """Which days are proven until when, and which wait."""
    now, settings = datetime.now(UTC), wiring.evidence
    async with wiring.gate.connection() as connection:
        build, renew = await tasks.task(connection, "build"), await tasks.task(connection, "renew")
        waiting = await _waiting(connection, settings, build, now) if wiring.keeps_evidence else []
        found = [_renewal(each, settings, now) for each in await evidence.days(connection)]
    return page(
        request,
        "evidence.html",
        kept=wiring.keeps_evidence,
        waiting=waiting,
        waits=sum(each.records for each in waiting),
        covered=sum(each.view.records for each in found),
        rows=found[:MOST],
        days=len(found),
        due=[each for each in found if each.state != "well"],
        first=min((each.view.good_until for each in found), default=now),
        now=now,
        build=build,
        renew=renew,
        most=MOST,
    )


async def _waiting(connection: Connection, settings: EvidenceSettings, build: Task, now: datetime) -> list[WaitingDay]:
    since = None if build.done_until is None else build.done_until - LATE
    found = await evidence.wanting_by_day(connection, before=now, since=since, choice=settings.choice)
    last, _ = closed(now, settings.hour)
    return [
        WaitingDay(day, records, day <= last, _why(day, last, settings.hour, build)) for day, records in found.items()
    ]


def _why(day: date, last: date, hour: int, build: Task) -> Words:
    if day > last:
        return Words(f"Đúng hẹn: hub lập sau {hour} giờ sáng hôm sau.", f"On time: built after {hour}:00 next morning.")
    if build.failing_since is not None:
        since = f"{build.failing_since.astimezone(VIETNAM):%H:%M %d/%m/%Y}"
        return Words(
            f"Nơi cấp dấu thời gian không trả lời từ {since}; hub tự thử lại, không mất hồ sơ nào.",
            f"The timestamping authority does not answer since {since}; the hub tries again, no record is lost.",
        )
    return Words("Đến lượt: hub lập trong vòng chạy tới.", "Due: built in the next round.")


def _renewal(view: DayView, settings: EvidenceSettings, now: datetime) -> Renewal:
    begins = view.good_until - timedelta(days=settings.renew_days)
    state = "ended" if view.good_until <= now else "due" if begins <= now else "well"
    return Renewal(view, begins, state)
