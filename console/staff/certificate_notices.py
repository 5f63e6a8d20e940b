"""What certificates need of staff, for the first page: one line each, in few words, with the page where it is done."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from console.staff.moments import day, number
from console.wiring import CertificateRules
from ledger import certificate_views
from ledger.certificate_views import CertificateCounts
from ledger.database import Connection
from schemas.findings import Words

NEAR = timedelta(days=14)
"""a deadline this near cannot wait"""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that somebody must do."""

    grade: str
    """bad (cannot wait) or warn"""
    words: Words
    """what it is"""
    link: str
    """page where it is done"""


async def figures(connection: Connection, rules: CertificateRules) -> CertificateCounts:
    """What staff should look at, by these rules."""
    return await certificate_views.counts(connection, days=rules.days, roles=rules.asked, ahead=rules.ahead)


def lines(counts: CertificateCounts, *, days: int) -> list[Line]:
    """Everything that certificates need, the worst first; nothing when all is well."""
    return sorted([*_due(counts), *_counted(counts, days)], key=lambda line: line.grade)


def _due(counts: CertificateCounts) -> list[Line]:
    if not counts.unsealed_due or counts.next_deadline is None:
        return []
    many, ends = number(counts.unsealed_due), day(counts.next_deadline)
    words = Words(
        vi=f"{many} trường gửi học bạ mà chưa có chứng thư phát hành được phê duyệt, hạn gần nhất {ends}",
        en=f"schools that send records but have no approved seal, the next deadline is {ends}",
    )
    near = counts.next_deadline - datetime.now(UTC) < NEAR
    return [Line("bad" if near else "warn", words, "/console/certificates/schools?lacking=true")]


def _counted(counts: CertificateCounts, days: int) -> list[Line]:
    schools = number(counts.unregistered_schools)
    told = (
        ("bad", counts.revoked, "đã phê duyệt nhưng bị thu hồi hoặc tạm treo", "approved but revoked", "/revoked"),
        ("warn", counts.waiting, "chờ phê duyệt", "waiting for an approval", ""),
        (
            "warn",
            counts.unregistered,
            f"của {schools} trường đã dùng để ký mà chưa được phê duyệt",
            f"of {schools} schools signed without an approval",
            "/seen",
        ),
        (
            "warn",
            counts.expiring,
            f"hết hạn trong {days} ngày, chưa có chứng thư kế tiếp",
            f"ending within {days} days without a successor",
            "/expiring",
        ),
    )
    return [
        Line(grade, Words(vi=f"{number(count)} chứng thư {vi}", en=en), f"/console/certificates{link}")
        for grade, count, vi, en, link in told
        if count
    ]
