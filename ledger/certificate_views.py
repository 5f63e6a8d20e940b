"""What people ask of the registry of certificates: who may sign for whom, what ends soon, what was seen, who lacks one.

Read only. Whether a certificate may sign is read where the verifier reads it, in `approved_certificates`; registrations
and their events say how that came about. Subjects of persons' certificates come along for staff's eyes only.
"""

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from ledger.database import Connection

INSTITUTION_ROLES = ("KY_PHAT_HANH", "GIAO_DICH")
"""what a school signs as a school: approvals are asked for these by default"""
PERSONAL_ROLES = ("CBQL", "GVCN", "GVBM")
"""what persons sign"""


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
class ExpiringView:
    """An approval that runs now and will not run for long."""

    registration: int | None
    """id of the registration; None where the approval has none"""
    unit: str
    """code of the unit"""
    unit_name: str
    """its name"""
    ward: str
    """name of the unit above"""
    role: str
    """what it signs"""
    sha256: bytes
    """of the DER octets"""
    serial_hex: str
    """serial number, upper-case hexadecimal"""
    ends_at: datetime
    """end of the approval or of the certificate, whichever comes first"""
    successor: bool
    """an approval for the same unit and role goes on for longer"""


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


@dataclass(frozen=True, slots=True)
class SeenView:
    """A certificate that records were signed with though nobody approved it for that unit and role."""

    unit: str
    """code of the school"""
    unit_name: str
    """its name"""
    ward: str
    """name of the unit above"""
    role: str
    """slot that it signed"""
    sha256: bytes
    """of the DER octets"""
    serial_hex: str
    """serial number, upper-case hexadecimal"""
    holder: str
    """person, institution or unknown"""
    not_before: datetime | None
    """start of the certificate; None while only its fingerprint is known"""
    not_after: datetime | None
    """end of the certificate"""
    standing: str
    """good, revoked, on-hold or unknown"""
    records: int
    """records signed with it"""
    first_at: datetime
    """first seen"""
    last_at: datetime
    """last seen"""
    registration: int | None
    """id of a registration that is not approved; None when there is none"""
    state: str
    """of that registration: waiting, refused or ended; empty when there is none"""


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


@dataclass(frozen=True, slots=True)
class RoleCoverage:
    """One role of one school."""

    role: str
    """what is signed"""
    needed: bool
    """the school signs this itself (a transaction's seal may be the hub's)"""
    approved: int
    """certificates approved, valid and not revoked now"""
    until: datetime | None
    """the last of them ends then"""
    waiting: int
    """registrations that wait for an approval"""
    seen: int
    """certificates that records were signed with"""
    unregistered: int
    """of those seen, the ones not approved"""
    records: int
    """records signed"""

    @property
    def lacking(self) -> bool:
        """The school needs one and has none."""
        return self.needed and not self.approved


@dataclass(frozen=True, slots=True)
class SchoolCoverage:
    """Which certificates one school has, and who signed there."""

    unit: str
    """code of the school"""
    unit_name: str
    """its name"""
    ward: str
    """name of the unit above"""
    roles: tuple[RoleCoverage, ...]
    """KY_PHAT_HANH, then GIAO_DICH"""
    persons: tuple[RoleCoverage, ...]
    """personal roles that somebody signed or that a certificate is approved for"""
    deadline: datetime | None
    """the next deadline of records on their way, or of the campaign; None when there is none ahead"""

    @property
    def lacking(self) -> tuple[str, ...]:
        """Roles that the school needs a certificate for and has none."""
        return tuple(each.role for each in self.roles if each.lacking)


@dataclass(frozen=True, slots=True)
class CoverageSums:
    """All schools together."""

    schools: int
    """schools today"""
    sealed: int
    """schools with a seal for records, approved and valid now"""
    sealing: int
    """schools that seal transactions themselves"""
    transacting: int
    """of those, schools with a certificate for it, approved and valid now"""
    signing: int
    """schools that records were seen from"""
    persons: int
    """certificates of persons that were seen"""


@dataclass(frozen=True, slots=True)
class CertificateCounts:
    """What staff should look at, in figures."""

    waiting: int
    """registrations that wait for an approval"""
    expiring: int
    """running approvals that end within the days asked for and have no successor"""
    revoked: int
    """revoked or on-hold certificates that are approved somewhere"""
    unregistered: int
    """certificates seen without an approval, in the roles asked for"""
    unregistered_schools: int
    """schools that these were seen at"""
    unsealed_due: int
    """schools that have records on their way, or have signed some, and a deadline ahead, but no approved seal"""
    next_deadline: datetime | None
    """the first of those deadlines"""


_UNIT = "u.code as unit, u.name as unit_name, coalesce(p.name, '') as ward"

_REGISTRATIONS = f"""
select r.id, {_UNIT}, r.role, r.sha256, c.serial_hex, c.subject, c.issuer, c.holder, c.not_before, c.not_after,
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

_RUNS = """a.valid_from <= now() and a.valid_to > now() and coalesce(c.not_after, 'infinity') > now()
           and coalesce(c.standing, 'unknown') not in ('revoked', 'on-hold')"""

_ENDING = f"""
select distinct on (a.unit_id, a.role, a.sha256) a.unit_id, a.role, a.sha256, a.serial_hex,
       least(a.valid_to, c.not_after) as ends_at,
       exists (select from approved_certificates n left join certificates d on d.sha256 = n.sha256
               where n.unit_id = a.unit_id and n.role = a.role
               and least(n.valid_to, d.not_after) > least(a.valid_to, c.not_after)
               and coalesce(d.standing, 'unknown') not in ('revoked', 'on-hold')) as successor
from approved_certificates a left join certificates c on c.sha256 = a.sha256
where {_RUNS} and least(a.valid_to, c.not_after) <= now() + make_interval(days => %(days)s)
order by a.unit_id, a.role, a.sha256, a.valid_to desc
"""

_EXPIRING = f"""
select r.id as registration, {_UNIT}, e.role, e.sha256, e.serial_hex, e.ends_at, e.successor
from ({_ENDING}) e
join units u on u.id = e.unit_id left join units p on p.id = u.parent_id
left join certificate_registrations r on r.unit_id = e.unit_id and r.role = e.role and r.sha256 = e.sha256
order by e.successor, e.ends_at, u.code, e.role limit %(limit)s
"""

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

_NOT_APPROVED = """not exists (select from certificate_registrations o where o.unit_id = s.unit_id and o.role = s.role
                               and o.sha256 = s.sha256 and o.state = 'approved')"""

_UNREGISTERED = f"""
select {_UNIT}, s.role, s.sha256, c.serial_hex, c.holder, c.not_before, c.not_after, c.standing, s.records, s.first_at, s.last_at,
       r.id as registration, coalesce(r.state, '') as state
from certificates_seen s
join units u on u.id = s.unit_id left join units p on p.id = u.parent_id
join certificates c on c.sha256 = s.sha256
left join certificate_registrations r on r.unit_id = s.unit_id and r.role = s.role and r.sha256 = s.sha256
where s.role = any(%(roles)s) and (u.code = %(unit)s or %(unit)s::text is null) and {_NOT_APPROVED}
order by s.records desc, u.code, s.role, s.sha256 limit %(limit)s
"""

_HAS = f"""exists (select from approved_certificates a left join certificates c on c.sha256 = a.sha256
                   where a.unit_id = u.id and a.role = '{{role}}' and {_RUNS})"""
_HAS_SEAL, _HAS_TRANSACTION = (_HAS.format(role=role) for role in INSTITUTION_ROLES)
_TODAY = "u.kind = 'school' and u.valid_from <= today() and (u.valid_to is null or u.valid_to > today())"

_SCHOOLS = f"""
select u.id, u.code, u.name, coalesce(p.name, ''), u.transaction_seal
from units u left join units p on p.id = u.parent_id
where {_TODAY} and (u.code = %(unit)s or %(unit)s::text is null) and u.code > %(after)s
  and (not %(lacking)s or not {_HAS_SEAL})
order by u.code
"""

_ROLES = f"""
select unit_id, role, sum(approved)::int, max(until), sum(waiting)::int, sum(seen)::int, sum(unregistered)::int,
       sum(records)::bigint
from (
    select a.unit_id, a.role, count(distinct a.sha256) as approved, max(least(a.valid_to, c.not_after)) as until,
           0 as waiting, 0 as seen, 0 as unregistered, 0 as records
    from approved_certificates a left join certificates c on c.sha256 = a.sha256
    where a.unit_id = any(%(units)s) and {_RUNS} group by a.unit_id, a.role
    union all
    select unit_id, role, 0, null, 1, 0, 0, 0 from certificate_registrations
    where unit_id = any(%(units)s) and state = 'waiting'
    union all
    select s.unit_id, s.role, 0, null, 0, 1, ({_NOT_APPROVED})::int, s.records from certificates_seen s
    where s.unit_id = any(%(units)s)
) x group by unit_id, role
"""

_SUMS = f"""
select count(*) as schools, count(*) filter (where {_HAS_SEAL}) as sealed,
       count(*) filter (where u.transaction_seal <> 'intermediary') as sealing,
       count(*) filter (where u.transaction_seal <> 'intermediary' and {_HAS_TRANSACTION}) as transacting,
       count(*) filter (where exists (select from certificates_seen s where s.unit_id = u.id)) as signing,
       (select count(distinct sha256) from certificates_seen where role = any(%s)) as persons
from units u where {_TODAY}
"""

_COUNTS = f"""
with ending as ({_ENDING}),
loose as (select s.unit_id, s.sha256 from certificates_seen s where s.role = any(%(roles)s) and {_NOT_APPROVED}),
lacking as materialized (select u.id from units u where {_TODAY} and not {_HAS_SEAL}),
due as (
    select w.unit_id, min(w.deadline) as deadline from work w join lacking l on l.id = w.unit_id
    where w.kind = 'record' and w.deadline > now() group by w.unit_id
    union all
    select distinct s.unit_id, %(ahead)s::timestamptz from certificates_seen s join lacking l on l.id = s.unit_id
    where %(ahead)s::timestamptz > now()
)
select (select count(*) from certificate_registrations where state = 'waiting') as waiting,
       (select count(*) from ending where not successor) as expiring,
       (select count(*) from certificates c where c.standing in ('revoked', 'on-hold') and exists (
           select from certificate_registrations r where r.sha256 = c.sha256 and r.state = 'approved')) as revoked,
       (select count(distinct sha256) from loose) as unregistered,
       (select count(distinct unit_id) from loose) as unregistered_schools,
       (select count(distinct unit_id) from due) as unsealed_due, (select min(deadline) from due) as next_deadline
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


async def expiring(connection: Connection, *, days: int, limit: int = 500) -> list[ExpiringView]:
    """Approvals that run now and end within so many days; those without a successor first, then the soonest."""
    async with connection.cursor(row_factory=class_row(ExpiringView)) as cursor:
        await cursor.execute(_EXPIRING.encode(), {"days": days, "limit": limit})
        return await cursor.fetchall()


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


async def unregistered(
    connection: Connection,
    *,
    roles: Collection[str] = INSTITUTION_ROLES,
    unit: str | None = None,
    limit: int = 500,
) -> list[SeenView]:
    """Certificates seen on records without an approved registration there, the most used first.

    Institutions' roles by default, since only these are asked for an approval by default; `PERSONAL_ROLES` for persons.
    """
    async with connection.cursor(row_factory=class_row(SeenView)) as cursor:
        await cursor.execute(_UNREGISTERED.encode(), {"roles": list(roles), "unit": unit, "limit": limit})
        return await cursor.fetchall()


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


async def coverage(
    connection: Connection,
    *,
    unit: str | None = None,
    search: str = "",
    lacking: bool = False,
    after: str = "",
    limit: int = 5000,
    ahead: datetime | None = None,
) -> list[SchoolCoverage]:
    """Which certificates each school of today has, who signed there, and what it lacks, by code.

    `search` looks into code, name and ward, and minds neither case nor accents; `lacking` leaves only schools without
    an approved seal for records. `ahead` is the campaign's deadline, for schools that have signed some.
    """
    asked = {"unit": unit, "lacking": lacking, "after": after}
    rows = await (await connection.execute(_SCHOOLS.encode(), asked)).fetchall()
    wanted = plain(search)
    schools = [row for row in rows if wanted in plain(" ".join(row[1:4]))][:limit]
    units = [row[0] for row in schools]
    roles, deadlines = await _roles(connection, units), await _deadlines(connection, units)
    told = {key: _first(deadlines.get(key), ahead if _signed(roles.get(key, {})) else None) for key in units}
    return [_school(roles.get(key, {}), *rest, deadline=told[key]) for key, *rest in schools]


def _signed(known: dict[str, tuple[Any, ...]]) -> bool:
    """Some certificate was seen on the school's records."""
    return any(figures[3] for figures in known.values())


def _first(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def plain(text: str) -> str:
    """As people type in a hurry: lower case, no accents, single spaces."""
    parted = unicodedata.normalize("NFD", " ".join(text.casefold().split()).replace("đ", "d"))
    return "".join(letter for letter in parted if not unicodedata.combining(letter))


async def _deadlines(connection: Connection, units: Collection[int]) -> dict[int, datetime]:
    rows = await (
        await connection.execute(
            "select unit_id, min(deadline) from work where unit_id = any(%s) and kind = 'record' and deadline > now()"
            " group by unit_id",
            [list(units)],
        )
    ).fetchall()
    return dict(rows)


async def _roles(connection: Connection, units: Collection[int]) -> dict[int, dict[str, tuple[Any, ...]]]:
    found: dict[int, dict[str, tuple[Any, ...]]] = {}
    for unit, role, *figures in await (await connection.execute(_ROLES.encode(), {"units": list(units)})).fetchall():
        found.setdefault(unit, {})[role] = tuple(figures)
    return found


_NOTHING = (0, None, 0, 0, 0, 0)


def _school(
    known: dict[str, tuple[Any, ...]], code: str, name: str, ward: str, seal: str, *, deadline: datetime | None
) -> SchoolCoverage:
    needed = {"KY_PHAT_HANH": True, "GIAO_DICH": seal != "intermediary"}

    def told(roles: Iterable[str]) -> tuple[RoleCoverage, ...]:
        return tuple(RoleCoverage(role, needed.get(role, False), *known.get(role, _NOTHING)) for role in roles)

    persons = [role for role in PERSONAL_ROLES if role in known]
    return SchoolCoverage(code, name, ward, told(INSTITUTION_ROLES), told(persons), deadline)


async def coverage_sums(connection: Connection) -> CoverageSums:
    """All schools of today together."""
    async with connection.cursor(row_factory=class_row(CoverageSums)) as cursor:
        await cursor.execute(_SUMS.encode(), [list(PERSONAL_ROLES)])
        found = await cursor.fetchone()
    assert found is not None
    return found


async def counts(
    connection: Connection, *, days: int, roles: Collection[str] = INSTITUTION_ROLES, ahead: datetime | None = None
) -> CertificateCounts:
    """What staff should look at: approvals that end within so many days, sightings in the roles that need an approval.

    `ahead` is the campaign's deadline: it binds every school that has signed records, beside their own deadlines.
    """
    async with connection.cursor(row_factory=class_row(CertificateCounts)) as cursor:
        await cursor.execute(_COUNTS.encode(), {"days": days, "roles": list(roles), "ahead": ahead})
        found = await cursor.fetchone()
    assert found is not None
    return found
