"""The rows of registrations and their history: read, held until the transaction ends, written; no decision is made here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ledger.certificate_messages import LIVE
from ledger.certificate_spans import Span, Use
from ledger.database import Connection

WAITING, APPROVED, REFUSED, ENDED = "waiting", "approved", "refused", "ended"
STAFF_APPROVERS = ("ward", "city")
"""approvers whose word people enter here; a portal gives its own"""
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
    use: Use
    """what the certificate is to sign, and for whom"""
    state: str
    """waiting, approved, refused or ended"""
    valid_from: datetime
    """the day asked for"""
    not_before: datetime | None
    """of the certificate"""
    not_after: datetime | None
    """of the certificate"""

    def within(self, valid_from: datetime, valid_to: datetime) -> Span:
        """The span as far as the certificate itself is valid.

        Raises:
            SpanEmpty: nothing is left of it.
        """
        first = max(valid_from, self.not_before or valid_from)
        last = min(valid_to, self.not_after or valid_to)
        if last < first:
            raise SpanEmpty(self.id)
        return first, last


async def insert(connection: Connection, wanted: Wanted) -> int | None:
    """A new registration that waits; None where there is one, or no such unit."""
    row = await (
        await connection.execute(
            "insert into certificate_registrations"
            " (unit_id, role, sha256, kind, provider, valid_from, state, approver, source)"
            " select id, %s, %s, %s, %s, %s, 'waiting', %s, %s from units where code = %s order by valid_from desc"
            " limit 1 on conflict do nothing returning id",
            [
                wanted.role,
                wanted.sha256,
                wanted.kind,
                wanted.provider,
                wanted.valid_from,
                wanted.approver,
                wanted.source,
                wanted.unit,
            ],
        )
    ).fetchone()
    return int(row[0]) if row else None


_REGISTRATION = (
    "select r.id, r.unit_id, r.role, r.sha256, c.serial_hex, r.state, r.valid_from, c.not_before, c.not_after"
    " from certificate_registrations r join certificates c on c.sha256 = r.sha256"
)


async def standing(connection: Connection, wanted: Wanted) -> Registration:
    """The registration of this wish.

    Raises:
        NoSuchUnit: there is none, since the unit is not known.
    """
    cursor = await connection.execute(
        f"{_REGISTRATION} where r.unit_id = (select id from units where code = %s order by valid_from desc limit 1)"
        " and r.role = %s and r.sha256 = %s for update of r",
        [wanted.unit, wanted.role, wanted.sha256],
    )
    row = await cursor.fetchone()
    if row is None:
        raise NoSuchUnit(wanted.unit)
    return _registration(row)


async def held(connection: Connection, registration_id: int, state: str = "") -> Registration:
    """A registration by its id, in a certain state where one is named.

    Raises:
        NoSuchRegistration: the id is unknown.
        NotInState: it is in another state.
    """
    row = await (
        await connection.execute(f"{_REGISTRATION} where r.id = %s for update of r", [registration_id])
    ).fetchone()
    if row is None:
        raise NoSuchRegistration(registration_id)
    held = _registration(row)
    if state and held.state != state:
        raise NotInState(held.state)
    return held


def _registration(row: Sequence[Any]) -> Registration:
    number, unit_id, role, sha256, serial, *rest = row
    return Registration(number, Use(unit_id, role, bytes(sha256), serial), *rest)


async def open_again(connection: Connection, held: Registration, wanted: Wanted) -> None:
    """It waits again, with what is wished now."""
    await connection.execute(
        "update certificate_registrations set kind = %s, provider = %s, valid_from = %s, approver = %s, source = %s,"
        " state = 'waiting', changed_at = now() where id = %s",
        [wanted.kind, wanted.provider, wanted.valid_from, wanted.approver, wanted.source, held.id],
    )


async def complete(connection: Connection, held: Registration, wanted: Wanted) -> bool:
    """Kind and provider where they are told now, and whoever decides now; not while a message of it is under way."""
    done = await connection.execute(
        "update certificate_registrations r set kind = n.kind, provider = n.provider, approver = n.approver,"
        " changed_at = now() from (select coalesce(nullif(%(kind)s, ''), kind) as kind,"
        " coalesce(nullif(%(provider)s, ''), provider) as provider, %(approver)s as approver"
        " from certificate_registrations where id = %(id)s) n where r.id = %(id)s"
        " and (r.kind, r.provider, r.approver) is distinct from (n.kind, n.provider, n.approver)"
        " and not exists (select from certificate_messages m where m.registration_id = r.id and m.state = any(%(live)s))",
        {
            "id": held.id,
            "kind": wanted.kind,
            "provider": wanted.provider,
            "approver": wanted.approver,
            "live": list(LIVE),
        },
    )
    return bool(done.rowcount)


async def ended_since(
    connection: Connection, held: Registration, since: datetime | None, until: datetime | None
) -> bool:
    """It was approved with these dates before, and somebody has ended or refused it after that."""
    first, last = held.within(since or held.valid_from, until or held.not_after or NO_END)
    row = await (
        await connection.execute(
            "select exists (select from certificate_events e join certificate_events later"
            " on later.registration_id = e.registration_id and later.id > e.id and later.what in ('ended', 'refused')"
            " where e.registration_id = %(id)s and e.what in ('approved', 'changed') and e.valid_to is not null"
            " and (e.valid_from = %(first)s or not %(since)s) and (e.valid_to = %(last)s or not %(until)s))",
            {"id": held.id, "first": first, "last": last, "since": since is not None, "until": until is not None},
        )
    ).fetchone()
    return row is not None and bool(row[0])


async def decide(connection: Connection, held: Registration, state: str) -> None:
    """Its new state."""
    await connection.execute(
        "update certificate_registrations set state = %s, changed_at = now() where id = %s", [state, held.id]
    )


async def write_down(
    connection: Connection,
    registration_id: int,
    actor: str,
    what: str,
    *,
    span: tuple[datetime | None, datetime | None],
    why: str,
) -> None:
    """A line of its history."""
    await connection.execute(
        "insert into certificate_events (registration_id, actor, what, valid_from, valid_to, why)"
        " values (%s, %s, %s, %s, %s, %s)",
        [registration_id, actor, what, *span, why],
    )


_RENEWED = """
select old.id as old_id, new.id as new_id from units old join lateral (
    select id from units n where n.kind = old.kind and n.code = old.code order by n.valid_from desc limit 1
) new on new.id <> old.id
"""


async def carry_over(connection: Connection) -> None:
    """A school whose row was renewed (a new name, a new ward) keeps its code, and its certificates with it."""
    await connection.execute(
        f"with moved as (update certificate_registrations r set unit_id = k.new_id from ({_RENEWED}) k"
        " where r.unit_id = k.old_id and not exists (select from certificate_registrations o where o.role = r.role"
        " and o.sha256 = r.sha256 and (o.unit_id = k.new_id or o.id > r.id and o.unit_id in"
        f" (select other.old_id from ({_RENEWED}) other where other.new_id = k.new_id)))"
        " returning k.old_id, k.new_id, r.role, r.sha256)"
        " update approved_certificates a set unit_id = m.new_id from moved m"
        " where a.unit_id = m.old_id and a.role = m.role and a.sha256 = m.sha256"
    )
    await connection.execute(
        f"with gone as (delete from certificates_seen s using ({_RENEWED}) k where s.unit_id = k.old_id"
        " returning k.new_id, s.role, s.sha256, s.records, s.first_at, s.last_at)"
        " insert into certificates_seen (unit_id, role, sha256, records, first_at, last_at)"
        " select new_id, role, sha256, sum(records), min(first_at), max(last_at) from gone group by 1, 2, 3"
        " on conflict (unit_id, role, sha256) do update set records = certificates_seen.records + excluded.records,"
        " first_at = least(certificates_seen.first_at, excluded.first_at),"
        " last_at = greatest(certificates_seen.last_at, excluded.last_at)"
    )
