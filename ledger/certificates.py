"""The registry of certificates: who may sign for which unit in which role, since when, by whose word.

`approved_certificates` is what the verifier reads: the spans in which a certificate was approved for a unit and role. It
is written here only, together with the registration's state and a line of its history. Spans are used as of the time in
question: an approval that ends today still covers what was signed yesterday, and one given again later leaves the gap.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ledger.database import Connection

WAITING, APPROVED, REFUSED, ENDED = "waiting", "approved", "refused", "ended"
APPROVERS = ("ward", "city", "portal")
NO_END = datetime(9999, 12, 31, tzinfo=UTC)
"""end of an approval where neither the approver nor the certificate names one"""


class NoSuchUnit(LookupError):
    """No unit has this code."""


class NoSuchRegistration(LookupError):
    """There is no registration with this id."""


class NotInState(ValueError):
    """The registration is not in a state in which this can be done; `args[0]` is its state."""


class SpanEmpty(ValueError):
    """The approval would end before it begins, or lie outside the certificate's own dates."""


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What a certificate says of itself."""

    sha256: bytes
    """of the DER octets"""
    der: bytes | None = field(repr=False)
    """the certificate; None while only its fingerprint is known"""
    serial_hex: str
    """upper-case hexadecimal"""
    subject: str = field(default="", repr=False)
    """RFC 4514; may name a person"""
    issuer: str = ""
    """RFC 4514"""
    holder: str = "unknown"
    """person, institution or unknown"""
    not_before: datetime | None = None
    """UTC; None while only its fingerprint is known"""
    not_after: datetime | None = None
    """UTC; None while only its fingerprint is known"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """That a certificate may sign for a unit in a role."""

    unit: str
    """code of the unit"""
    role: str
    """KY_PHAT_HANH, GIAO_DICH, CBQL, GVCN or GVBM"""
    sha256: bytes
    """of a certificate that is remembered"""
    valid_from: datetime
    """ngay_hieu_luc: approved from here on, once approved"""
    approver: str
    """whose word it waits for: ward, city or portal"""
    source: str
    """import, staff, sender or portal"""
    kind: str = ""
    """ma_kieu_chu_ky"""
    provider: str = ""
    """nha_phat_hanh"""


@dataclass(frozen=True, slots=True)
class Registration:
    """A registration as it stands, held until the transaction ends."""

    id: int
    """surrogate id"""
    unit_id: int
    """unit"""
    role: str
    """what the certificate is to sign"""
    sha256: bytes
    """certificate"""
    serial_hex: str
    """its serial number"""
    state: str
    """waiting, approved, refused or ended"""
    valid_from: datetime
    """the day asked for"""
    not_before: datetime | None
    """of the certificate"""
    not_after: datetime | None
    """of the certificate"""


async def remember(connection: Connection, certificates: Iterable[CertificateFacts]) -> None:
    """Keep what certificates say of themselves; one known by its fingerprint only is completed."""
    known = {each.sha256: each for each in certificates}
    if not known:
        return
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into certificates (sha256, der, serial_hex, subject, issuer, holder, not_before, not_after)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (sha256) do update set der = excluded.der,"
            " serial_hex = excluded.serial_hex, subject = excluded.subject, issuer = excluded.issuer,"
            " holder = excluded.holder, not_before = excluded.not_before, not_after = excluded.not_after"
            " where certificates.der is null and excluded.der is not null",
            [
                (c.sha256, c.der, c.serial_hex, c.subject, c.issuer, c.holder, c.not_before, c.not_after)
                for _, c in sorted(known.items())
            ],
        )


async def find(connection: Connection, name: str) -> list[bytes]:
    """Fingerprints of the certificates with this serial number or fingerprint (hexadecimal, or its beginning of 8)."""
    rows = await (
        await connection.execute(
            "select sha256 from certificates where ltrim(serial_hex, '0') = upper(ltrim(%(name)s, '0'))"
            " or (length(%(name)s) >= 8 and starts_with(encode(sha256, 'hex'), lower(%(name)s))) order by sha256 limit 20",
            {"name": name},
        )
    ).fetchall()
    return [bytes(sha256) for (sha256,) in rows]


async def register(connection: Connection, wanted: Wanted, *, actor: str, why: str = "") -> int:
    """Enter a wish, or open a refused or ended one again; one that waits or is approved is left as it is.

    Returns:
        The registration's id.

    Raises:
        NoSuchUnit: the unit is not known.
    """
    row = await (
        await connection.execute(
            "insert into certificate_registrations as r"
            " (unit_id, role, sha256, kind, provider, valid_from, state, approver, source)"
            " select id, %(role)s, %(sha256)s, %(kind)s, %(provider)s, %(valid_from)s, 'waiting', %(approver)s, %(source)s"
            " from units where code = %(unit)s order by valid_from desc limit 1"
            " on conflict (unit_id, role, sha256) do update set kind = excluded.kind, provider = excluded.provider,"
            " valid_from = excluded.valid_from, approver = excluded.approver, source = excluded.source,"
            " state = 'waiting', changed_at = now() where r.state in ('refused', 'ended') returning id, valid_from",
            {
                "unit": wanted.unit,
                "role": wanted.role,
                "sha256": wanted.sha256,
                "kind": wanted.kind,
                "provider": wanted.provider,
                "valid_from": wanted.valid_from,
                "approver": wanted.approver,
                "source": wanted.source,
            },
        )
    ).fetchone()
    if row is None:
        return await _existing(connection, wanted)
    await _write_down(connection, row[0], actor, "registered", valid_from=row[1], valid_to=None, why=why)
    return int(row[0])


async def _existing(connection: Connection, wanted: Wanted) -> int:
    row = await (
        await connection.execute(
            "select r.id from certificate_registrations r join units u on u.id = r.unit_id"
            " where u.code = %s and r.role = %s and r.sha256 = %s order by u.valid_from desc limit 1",
            [wanted.unit, wanted.role, wanted.sha256],
        )
    ).fetchone()
    if row is None:
        raise NoSuchUnit(wanted.unit)
    return int(row[0])


async def approve(
    connection: Connection,
    registration_id: int,
    *,
    actor: str,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
    why: str = "",
) -> None:
    """Let the certificate sign from `valid_from` (the day asked for) until `valid_to` (the certificate's own end).

    Raises:
        NoSuchRegistration: the id is unknown.
        NotInState: it does not wait for a decision.
        SpanEmpty: nothing is left of the span within the certificate's own dates.
    """
    held = await _held(connection, registration_id, WAITING)
    span = _within(held, valid_from or held.valid_from, valid_to or held.not_after or NO_END)
    await _enter_span(connection, held, *span)
    await _decide(connection, held, APPROVED)
    await _write_down(connection, held.id, actor, "approved", valid_from=span[0], valid_to=span[1], why=why)


async def refuse(connection: Connection, registration_id: int, *, actor: str, why: str) -> None:
    """Decide that the certificate may not sign.

    Spans that it once had stay: a certificate whose approval ended and that was registered again without success still
    covers what it signed while it was approved.

    Raises:
        NoSuchRegistration: the id is unknown.
        NotInState: it does not wait for a decision.
    """
    held = await _held(connection, registration_id, WAITING)
    await _decide(connection, held, REFUSED)
    await _write_down(connection, held.id, actor, "refused", valid_from=None, valid_to=None, why=why)


_SPANS = "where unit_id = %(unit)s and role = %(role)s and sha256 = %(sha256)s"


async def end(connection: Connection, registration_id: int, *, actor: str, at: datetime, why: str) -> None:
    """End an approval at an instant: what was signed until then stays approved; one that had yet to begin never does.

    Raises:
        NoSuchRegistration: the id is unknown.
        NotInState: it is not approved.
        SpanEmpty: the approval ends earlier already.
    """
    held = await _held(connection, registration_id, APPROVED)
    where = {"at": at, "unit": held.unit_id, "role": held.role, "sha256": held.sha256}
    cut = await connection.execute(
        f"update approved_certificates set valid_to = %(at)s {_SPANS} and valid_from <= %(at)s and valid_to > %(at)s",
        where,
    )
    undone = await connection.execute(f"delete from approved_certificates {_SPANS} and valid_from > %(at)s", where)
    if not (cut.rowcount or undone.rowcount):
        raise SpanEmpty(held.id)
    await _decide(connection, held, ENDED)
    await _write_down(connection, held.id, actor, "ended", valid_from=None, valid_to=at, why=why)


def _within(held: Registration, valid_from: datetime, valid_to: datetime) -> tuple[datetime, datetime]:
    """The span as far as the certificate itself is valid."""
    first = max(valid_from, held.not_before or valid_from)
    last = min(valid_to, held.not_after or valid_to)
    if last < first:
        raise SpanEmpty(held.id)
    return first, last


async def _held(connection: Connection, registration_id: int, state: str) -> Registration:
    row = await (
        await connection.execute(
            "select r.id, r.unit_id, r.role, r.sha256, c.serial_hex, r.state, r.valid_from, c.not_before, c.not_after"
            " from certificate_registrations r join certificates c on c.sha256 = r.sha256 where r.id = %s"
            " for update of r",
            [registration_id],
        )
    ).fetchone()
    if row is None:
        raise NoSuchRegistration(registration_id)
    held = Registration(*row)
    if held.state != state:
        raise NotInState(held.state)
    return held


async def _enter_span(connection: Connection, held: Registration, valid_from: datetime, valid_to: datetime) -> None:
    """What the verifier reads. Spans of earlier approvals stay as they are, and so do the gaps between them."""
    await connection.execute(
        "insert into approved_certificates (unit_id, role, serial_hex, sha256, valid_from, valid_to)"
        " values (%s, %s, %s, %s, %s, %s) on conflict (unit_id, role, sha256, valid_from) do update set"
        " valid_to = excluded.valid_to",
        [held.unit_id, held.role, held.serial_hex, held.sha256, valid_from, valid_to],
    )


async def _decide(connection: Connection, held: Registration, state: str) -> None:
    await connection.execute(
        "update certificate_registrations set state = %s, changed_at = now() where id = %s", [state, held.id]
    )


async def _write_down(
    connection: Connection,
    registration_id: int,
    actor: str,
    what: str,
    *,
    valid_from: datetime | None,
    valid_to: datetime | None,
    why: str,
) -> None:
    await connection.execute(
        "insert into certificate_events (registration_id, actor, what, valid_from, valid_to, why)"
        " values (%s, %s, %s, %s, %s, %s)",
        [registration_id, actor, what, valid_from, valid_to, why],
    )


async def enter_approved(connection: Connection, wanted: Wanted, *, until: datetime, actor: str) -> None:
    """Enter what the city hands over as approved, until an instant; where it is approved already, with other dates.

    Raises:
        NoSuchUnit: the unit is not known.
        SpanEmpty: it ends before it begins.
    """
    registration = await register(connection, wanted, actor=actor)
    row = await (
        await connection.execute("select state from certificate_registrations where id = %s", [registration])
    ).fetchone()
    if row is not None and row[0] == WAITING:
        await approve(connection, registration, actor=actor, valid_from=wanted.valid_from, valid_to=until)
    else:
        await _change(connection, registration, wanted.valid_from, until, actor=actor)


async def _change(
    connection: Connection, registration_id: int, valid_from: datetime, valid_to: datetime, *, actor: str
) -> None:
    """Other dates for the newest span of an approval."""
    held = await _held(connection, registration_id, APPROVED)
    first, last = _within(held, valid_from, valid_to)
    changed = await connection.execute(
        f"update approved_certificates a set valid_from = %(first)s, valid_to = %(last)s {_SPANS}"
        f" and valid_from = (select max(valid_from) from approved_certificates {_SPANS})"
        " and (valid_from, valid_to) is distinct from (%(first)s, %(last)s)",
        {"first": first, "last": last, "unit": held.unit_id, "role": held.role, "sha256": held.sha256},
    )
    if changed.rowcount:
        await _write_down(connection, held.id, actor, "changed", valid_from=first, valid_to=last, why="")
