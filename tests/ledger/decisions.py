"""What the tests of the registry decide about: certificates, wishes, and how to read what became of them."""

import hashlib
from datetime import UTC, datetime, timedelta

from ledger.certificates import CertificateFacts, Wanted
from ledger.database import Connection

SCHOOL = "79760401"
DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
LIFE = (START + 2 * DAY, START + 18 * DAY)
"""of the certificate itself"""
ROLE = "KY_PHAT_HANH"


def facts_of(name: str = "a", *, known: bool = True) -> CertificateFacts:
    der = name.encode()
    sha256 = hashlib.sha256(der).digest()
    if not known:
        return CertificateFacts(sha256, None, "0A")
    return CertificateFacts(sha256, der, "0A", f"CN={name}", "CN=CA", "institution", *LIFE)


def wish(facts: CertificateFacts, *, unit: str = SCHOOL, day: int = 3) -> Wanted:
    return Wanted(unit, ROLE, facts.sha256, START + day * DAY, approver="city", source="staff")


async def spans_of(connection: Connection) -> list[tuple[datetime, datetime]]:
    rows = await (
        await connection.execute("select valid_from, valid_to from approved_certificates order by valid_from")
    ).fetchall()
    return [(first, last) for first, last in rows]


async def history(connection: Connection, registration: int) -> list[tuple[str, str, str]]:
    rows = await (
        await connection.execute(
            "select actor, what, why from certificate_events where registration_id = %s order by id", [registration]
        )
    ).fetchall()
    return [(actor, what, why) for actor, what, why in rows]


async def registrations(connection: Connection) -> list[tuple[str, bytes]]:
    rows = await (
        await connection.execute("select state, sha256 from certificate_registrations order by id")
    ).fetchall()
    return [(state, bytes(sha256)) for state, sha256 in rows]
