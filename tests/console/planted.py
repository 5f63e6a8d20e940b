"""A city's registry of certificates as staff may find it: forty schools, some covered, some not, something of everything."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from ledger import registry
from ledger.database import Connection
from ledger.registry import UnitRow

TEACHER = "Nguyễn Thị Hồng Hạnh"
"""personal: behind a click on the pages of her certificate only"""
WARDS = ("Bình Tân", "An Lạc", "Tân Sơn Nhì", "Hóc Môn")
NAMES = (
    "Trường Tiểu học Nguyễn Thị Minh Khai",
    "Trường Trung học cơ sở và Trung học phổ thông Trần Đại Nghĩa",
    "Trường Tiểu học Độc Lập",
    "Trường Phổ thông năng khiếu Thể dục thể thao Nguyễn Thị Định",
)
NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Planted:
    """Where to look."""

    waiting: int
    """registration that waits"""
    at_portal: int
    """registration that waits for the portal"""
    approved: int
    """registration that is approved"""
    seal: str
    """fingerprint of the approved seal of school 0"""
    teacher: str
    """fingerprint of a teacher's certificate"""
    loose: str
    """fingerprint of a seal that was seen at school 5 and never registered"""
    revoked: str
    """fingerprint of a revoked seal"""


def school(number: int) -> str:
    """Its code."""
    return f"7976{number:04}"


def print_of(name: str) -> bytes:
    """The fingerprint of a certificate by its name."""
    return sha256(name.encode()).digest()


async def plant(connection: Connection, *, schools: int = 40) -> Planted:
    """Schools by number: 0 is covered; 1 waits; 2 waits for the portal; 3 ends soon; 4 is revoked; 5 to 9 were seen
    unregistered; those from 10 on are covered, but for the last ten."""
    await registry.enter_units(connection, [_ward(n, name) for n, name in enumerate(WARDS)])
    await registry.enter_units(connection, [_school(n) for n in range(schools)])
    ids = {}
    for number in range(schools):
        days = 20 if number == 3 else 400
        await certificate(connection, f"seal-{number}", days=days, standing="revoked" if number == 4 else "good")
        if number in (0, 3, 4, *range(10, schools - 10)):
            ids[number] = await register(connection, f"seal-{number}", school(number), state="approved", days=days)
        if number in (1, 2):
            approver = "portal" if number == 2 else "city"
            ids[number] = await register(connection, f"seal-{number}", school(number), approver=approver)
        if number < schools - 10:
            await see(connection, f"seal-{number}", school(number), records=1200 - number)
    await certificate(connection, "teacher", subject=f"CN={TEACHER},UID=CCCD:079185001234", holder="person")
    await see(connection, "teacher", school(0), role="GVCN", records=35)
    prints = [print_of(name).hex() for name in ("seal-0", "teacher", "seal-5", "seal-4")]
    return Planted(ids[1], ids[2], ids[0], *prints)


def _ward(number: int, name: str) -> UnitRow:
    return UnitRow(f"9{number:04}", "ward", f"Phường {name}", "79", None, "intermediary", date(2025, 7, 1), None)


def _school(number: int) -> UnitRow:
    seal = "pass-through" if number % 5 == 0 else "intermediary"
    name = f"{NAMES[number % len(NAMES)]} {number}"
    return UnitRow(school(number), "school", name, f"9{number % 4:04}", "01", seal, date(2025, 7, 1), None)


async def certificate(
    connection: Connection,
    name: str,
    *,
    subject: str = "",
    holder: str = "institution",
    days: int = 400,
    standing: str = "good",
) -> None:
    """A certificate that ends in so many days."""
    await connection.execute(
        "insert into certificates (sha256, serial_hex, subject, issuer, holder, not_before, not_after, standing,"
        " standing_at, revoked_at) values (%s, %s, %s, %s, %s, %s, %s, %s, now(), %s)",
        [
            print_of(name),
            "5404FFFE" + print_of(name).hex().upper()[:24],
            subject or f"CN=TRƯỜNG TIỂU HỌC {name.upper()}\\, QUẬN BÌNH TÂN,O=SỞ GIÁO DỤC VÀ ĐÀO TẠO,C=VN",
            "CN=VNPT Certification Authority,O=VNPT,C=VN",
            holder,
            NOW - timedelta(days=365),
            NOW + timedelta(days=days),
            standing,
            NOW - timedelta(days=2) if standing == "revoked" else None,
        ],
    )


async def register(
    connection: Connection,
    name: str,
    unit: str,
    *,
    role: str = "KY_PHAT_HANH",
    state: str = "waiting",
    approver: str = "city",
    days: int = 400,
) -> int:
    """A registration with its history, approved for so many days where it is approved."""
    row = await (
        await connection.execute(
            "insert into certificate_registrations (unit_id, role, sha256, valid_from, state, approver, source)"
            " select id, %s, %s, %s, %s, %s, 'staff' from units where code = %s returning id, unit_id",
            [role, print_of(name), NOW - timedelta(days=30), state, approver, unit],
        )
    ).fetchone()
    assert row is not None
    happened = ["registered"] if state == "waiting" else ["registered", state]
    for what in happened:
        await connection.execute(
            "insert into certificate_events (registration_id, actor, what) values (%s, 'console', %s)", [row[0], what]
        )
    if state == "approved":
        await connection.execute(
            "insert into approved_certificates select %s, %s, serial_hex, sha256, %s, %s from certificates"
            " where sha256 = %s",
            [row[1], role, NOW - timedelta(days=30), NOW + timedelta(days=days), print_of(name)],
        )
    return int(row[0])


async def see(connection: Connection, name: str, unit: str, *, role: str = "KY_PHAT_HANH", records: int = 1) -> None:
    """Records that were signed with it."""
    await connection.execute(
        "insert into certificates_seen (unit_id, role, sha256, records, first_at)"
        " select id, %s, %s, %s, now() - interval '9 days' from units where code = %s",
        [role, print_of(name), records, unit],
    )
