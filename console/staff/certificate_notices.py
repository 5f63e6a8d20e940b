"""What people should look at first about certificates, in few words, each with the page where it is dealt with."""

from datetime import UTC, datetime, timedelta

from console.staff.attention import Notice
from console.staff.moments import day, number
from ledger.certificate_views import CertificateCounts
from schemas.findings import Words

NEAR = timedelta(days=14)
"""a deadline this near cannot wait"""


def notices(counts: CertificateCounts, *, days: int) -> list[Notice]:
    """One line for each thing that somebody must do."""
    told = (_unsealed(counts), _revoked(counts), _waiting(counts), _unregistered(counts), _expiring(counts, days))
    return [notice for notice in told if notice is not None]


def _notice(grade: str, words: Words, remedy: Words, link: str) -> Notice:
    return Notice(grade, words, "", remedy, None, f"/console/certificates{link}")


def _unsealed(counts: CertificateCounts) -> Notice | None:
    if not counts.unsealed_due or counts.next_deadline is None:
        return None
    many, ends = number(counts.unsealed_due), day(counts.next_deadline)
    return _notice(
        "bad" if counts.next_deadline - datetime.now(UTC) < NEAR else "warn",
        Words(
            vi=f"{many} trường có học bạ chờ mà chưa có chứng thư phát hành được phê duyệt; hạn gần nhất {ends}.",
            en=f"{many} schools have records waiting but no approved seal; the next deadline is {ends}.",
        ),
        Words(vi="Đăng ký và phê duyệt trước hạn.", en="Register and approve before it."),
        "/schools?lacking=true",
    )


def _revoked(counts: CertificateCounts) -> Notice | None:
    if not counts.revoked:
        return None
    many = number(counts.revoked)
    return _notice(
        "bad",
        Words(
            vi=f"{many} chứng thư được phê duyệt đã bị thu hồi hoặc tạm treo.",
            en=f"{many} approved certificates are revoked or on hold.",
        ),
        Words(vi="Báo trường xin chứng thư mới.", en="Have the schools get new ones."),
        "/revoked",
    )


def _waiting(counts: CertificateCounts) -> Notice | None:
    if not counts.waiting:
        return None
    many = number(counts.waiting)
    return _notice(
        "warn",
        Words(vi=f"{many} chứng thư chờ phê duyệt.", en=f"{many} certificates wait for an approval."),
        Words(vi="Xem xét từng chứng thư.", en="Decide on each."),
        "",
    )


def _unregistered(counts: CertificateCounts) -> Notice | None:
    if not counts.unregistered:
        return None
    many, schools = number(counts.unregistered), number(counts.unregistered_schools)
    return _notice(
        "warn",
        Words(
            vi=f"{many} chứng thư của {schools} trường đã dùng để ký mà chưa được phê duyệt.",
            en=f"{many} certificates of {schools} schools have signed without an approval.",
        ),
        Words(vi="Đăng ký để được phê duyệt.", en="Register them for an approval."),
        "/seen",
    )


def _expiring(counts: CertificateCounts, days: int) -> Notice | None:
    if not counts.expiring:
        return None
    many = number(counts.expiring)
    return _notice(
        "warn",
        Words(
            vi=f"{many} chứng thư hết hạn trong {days} ngày, chưa có chứng thư kế tiếp.",
            en=f"{many} certificates end within {days} days and have no successor.",
        ),
        Words(vi="Nhắc trường gia hạn.", en="Have the schools renew."),
        "/expiring",
    )
