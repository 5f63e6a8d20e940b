"""Registrations: that a certificate may sign for a unit in a role, and all that happened to them."""

from dataclasses import dataclass, field
from datetime import datetime

from psycopg.rows import class_row

from ledger.certificate_views.conditions import (
    UNIT,
)
from ledger.database import Connection


@dataclass(frozen=True, slots=True)
class CertificateView:
    """One registration: that a certificate may sign for a unit in a role, with what is known of the certificate."""

    id: int
    """of the registration"""
    unit: str
    """code of the unit"""
    unit_name: str
    """its name"""
    ward: str
    """name of the unit above; empty where there is none"""
    role: str
    """KY_PHAT_HANH, GIAO_DICH, CBQL, GVCN or GVBM"""
    sha256: bytes
    """of the DER octets"""
    serial_hex: str
    """serial number, upper-case hexadecimal"""
    subject: str = field(repr=False)
    """RFC 4514; may name a person; empty while only the fingerprint is known"""
    issuer: str
    """RFC 4514; empty while only the fingerprint is known"""
    holder: str
    """person, institution or unknown"""
    not_before: datetime | None
    """of the certificate; None while only its fingerprint is known"""
    not_after: datetime | None
    """of the certificate; None while only its fingerprint is known"""
    standing: str
    """good, revoked, on-hold or unknown"""
    standing_at: datetime | None
    """when revocation was last asked about"""
    revoked_at: datetime | None
    """since when it is revoked"""
    kind: str
    """ma_kieu_chu_ky: USB_TOKEN, REMOTE_SIGNING, …; may be empty"""
    provider: str
    """nha_phat_hanh: VNPT, BKAV, …; may be empty"""
    valid_from: datetime
    """ngay_hieu_luc: the day asked for"""
    state: str
    """waiting, approved, refused or ended"""
    approver: str
    """whose word it waits for: ward, city or portal"""
    source: str
    """import, staff, sender or portal"""
    approved_from: datetime | None
    """first moment of the newest span that it was approved for; None where it was never approved"""
    approved_to: datetime | None
    """end of that span; None where it was never approved"""
    records: int
    """records that were seen signed with it, for this unit and role"""
    created_at: datetime
    """when it was registered"""
    changed_at: datetime
    """when it last changed"""


@dataclass(frozen=True, slots=True)
class EventView:
    """Something that happened to a registration."""

    id: int
    """surrogate id"""
    registration: int
    """id of the registration"""
    unit: str
    """code of the unit"""
    role: str
    """what it signs there"""
    at: datetime
    """UTC"""
    actor: str
    """a sender's code, a portal, or staff by name"""
    what: str
    """registered, sent, approved, refused, ended or changed"""
    valid_from: datetime | None
    """the approval's first moment, as it stood after this"""
    valid_to: datetime | None
    """the approval's end, as it stood after this"""
    why: str
    """in words; may be empty"""


_REGISTRATIONS = f"""
select r.id, {UNIT}, r.role, r.sha256, c.serial_hex, c.subject, c.issuer, c.holder, c.not_before, c.not_after,
       c.standing, c.standing_at, c.revoked_at, r.kind, r.provider, r.valid_from, r.state, r.approver, r.source,
       a.valid_from as approved_from, a.valid_to as approved_to, coalesce(s.records, 0) as records,
       r.created_at, r.changed_at
from certificate_registrations r
join units u on u.id = r.unit_id left join units p on p.id = u.parent_id
join certificates c on c.sha256 = r.sha256
left join lateral (select valid_from, valid_to from approved_certificates n where n.unit_id = r.unit_id
                   and n.role = r.role and n.sha256 = r.sha256 order by valid_from desc limit 1) a on true
left join certificates_seen s on s.unit_id = r.unit_id and s.role = r.role and s.sha256 = r.sha256
"""


async def certificates(
    connection: Connection,
    *,
    unit: str | None = None,
    role: str | None = None,
    state: str | None = None,
    after: int = 0,
    limit: int = 200,
) -> list[CertificateView]:
    """Registrations behind an id, oldest first; only those of a unit, role or state where one is given."""
    async with connection.cursor(row_factory=class_row(CertificateView)) as cursor:
        await cursor.execute(
            _REGISTRATIONS + "where r.id > %(after)s and (u.code = %(unit)s or %(unit)s::text is null)"
            " and (r.role = %(role)s or %(role)s::text is null) and (r.state = %(state)s or %(state)s::text is null)"
            " order by r.id limit %(limit)s",
            {"unit": unit, "role": role, "state": state, "after": after, "limit": limit},
        )
        return await cursor.fetchall()


async def registration(connection: Connection, id: int) -> CertificateView | None:
    """One registration."""
    async with connection.cursor(row_factory=class_row(CertificateView)) as cursor:
        await cursor.execute(_REGISTRATIONS + "where r.id = %s", [id])
        return await cursor.fetchone()


async def history(connection: Connection, *, sha256: bytes) -> list[EventView]:
    """All that happened to a certificate's registrations, newest first."""
    async with connection.cursor(row_factory=class_row(EventView)) as cursor:
        await cursor.execute(
            "select e.id, e.registration_id as registration, u.code as unit, r.role, e.at, e.actor, e.what,"
            " e.valid_from, e.valid_to, e.why from certificate_registrations r"
            " join certificate_events e on e.registration_id = r.id join units u on u.id = r.unit_id"
            " where r.sha256 = %s order by e.id desc limit 1000",
            [sha256],
        )
        return await cursor.fetchall()
