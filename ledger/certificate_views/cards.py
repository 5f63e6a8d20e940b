"""One certificate at a time: what is known of it, and the schools and roles that use it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from ledger.database import Connection


@dataclass(frozen=True, slots=True)
class UseView:
    """Where a certificate is registered or was seen."""

    unit: str
    """code of the unit"""
    unit_name: str
    """its name"""
    role: str
    """what it signs there"""
    registration: int | None
    """id of the registration; None when it was only seen"""
    state: str
    """of the registration; empty when it was only seen"""
    records: int
    """records seen signed with it"""
    first_at: datetime | None
    """first seen"""
    last_at: datetime | None
    """last seen"""


@dataclass(frozen=True, slots=True)
class CertificateCard:
    """What is known of one certificate, and who uses it."""

    sha256: bytes
    """of the DER octets"""
    der: bytes | None = field(repr=False)
    """the certificate; None while only its fingerprint is known"""
    serial_hex: str
    """serial number, upper-case hexadecimal"""
    subject: str = field(repr=False)
    """RFC 4514; may name a person"""
    issuer: str
    """RFC 4514"""
    holder: str
    """person, institution or unknown"""
    not_before: datetime | None
    """None while only its fingerprint is known"""
    not_after: datetime | None
    """None while only its fingerprint is known"""
    standing: str
    """good, revoked, on-hold or unknown"""
    standing_at: datetime | None
    """when revocation was last asked about"""
    revoked_at: datetime | None
    """since when it is revoked"""
    uses: tuple[UseView, ...]
    """units and roles"""


_CARDS = """
select sha256, der, serial_hex, subject, issuer, holder, not_before, not_after, standing, standing_at, revoked_at
from certificates
"""

_USES = """
select coalesce(r.sha256, s.sha256) as sha256, u.code as unit, u.name as unit_name, coalesce(r.role, s.role) as role,
       r.id as registration, coalesce(r.state, '') as state, coalesce(s.records, 0) as records, s.first_at, s.last_at
from (select * from certificate_registrations where sha256 = any(%(these)s)) r
full join (select * from certificates_seen where sha256 = any(%(these)s)) s
     on s.unit_id = r.unit_id and s.role = r.role and s.sha256 = r.sha256
join units u on u.id = coalesce(r.unit_id, s.unit_id) order by u.code, 4, r.id
"""


async def revoked(connection: Connection, *, limit: int = 500) -> list[CertificateCard]:
    """Certificates that are revoked or on hold, the latest first, with the schools and roles that use them."""
    return await _cards(
        connection,
        "where standing in ('revoked', 'on-hold') order by coalesce(revoked_at, standing_at) desc nulls last, sha256"
        " limit %s",
        limit,
    )


async def certificate(connection: Connection, *, sha256: bytes) -> CertificateCard | None:
    """One certificate, with the schools and roles that use it."""
    found = await _cards(connection, "where sha256 = %s", sha256)
    return found[0] if found else None


async def _cards(connection: Connection, which: str, value: object) -> list[CertificateCard]:
    rows = await (await connection.execute((_CARDS + which).encode(), [value])).fetchall()
    uses = await _uses(connection, [row[0] for row in rows])
    return [CertificateCard(*(*row, tuple(uses.get(row[0], ())))) for row in rows]


async def _uses(connection: Connection, these: Collection[bytes]) -> dict[bytes, list[UseView]]:
    found: dict[bytes, list[UseView]] = {}
    for sha256, *use in await (await connection.execute(_USES, {"these": list(these)})).fetchall():
        found.setdefault(sha256, []).append(UseView(*use))
    return found
