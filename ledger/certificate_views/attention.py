"""What staff should look at: approvals that end soon, sightings without approval, and both in figures."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from ledger.certificate_views.conditions import (
    HAS_SEAL,
    INSTITUTION_ROLES,
    NOT_APPROVED,
    RUNS,
    TODAY,
    UNIT,
)
from ledger.database import Connection


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


_ENDING = f"""
select distinct on (a.unit_id, a.role, a.sha256) a.unit_id, a.role, a.sha256, a.serial_hex,
       least(a.valid_to, c.not_after) as ends_at,
       exists (select from approved_certificates n left join certificates d on d.sha256 = n.sha256
               where n.unit_id = a.unit_id and n.role = a.role
               and least(n.valid_to, d.not_after) > least(a.valid_to, c.not_after)
               and coalesce(d.standing, 'unknown') not in ('revoked', 'on-hold')) as successor
from approved_certificates a left join certificates c on c.sha256 = a.sha256
where {RUNS} and least(a.valid_to, c.not_after) <= now() + make_interval(days => %(days)s)
order by a.unit_id, a.role, a.sha256, a.valid_to desc
"""

_EXPIRING = f"""
select r.id as registration, {UNIT}, e.role, e.sha256, e.serial_hex, e.ends_at, e.successor
from ({_ENDING}) e
join units u on u.id = e.unit_id left join units p on p.id = u.parent_id
left join certificate_registrations r on r.unit_id = e.unit_id and r.role = e.role and r.sha256 = e.sha256
order by e.successor, e.ends_at, u.code, e.role limit %(limit)s
"""

_UNREGISTERED = f"""
select {UNIT}, s.role, s.sha256, c.serial_hex, c.holder, c.not_before, c.not_after, c.standing, s.records,
       s.first_at, s.last_at, r.id as registration, coalesce(r.state, '') as state
from certificates_seen s
join units u on u.id = s.unit_id left join units p on p.id = u.parent_id
join certificates c on c.sha256 = s.sha256
left join certificate_registrations r on r.unit_id = s.unit_id and r.role = s.role and r.sha256 = s.sha256
where s.role = any(%(roles)s) and (u.code = %(unit)s or %(unit)s::text is null) and {NOT_APPROVED}
order by s.records desc, u.code, s.role, s.sha256 limit %(limit)s
"""

_COUNTS = f"""
with ending as ({_ENDING}),
loose as (select s.unit_id, s.sha256 from certificates_seen s where s.role = any(%(roles)s) and {NOT_APPROVED}),
lacking as materialized (select u.id from units u where {TODAY} and not {HAS_SEAL}),
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


async def expiring(connection: Connection, *, days: int, limit: int = 500) -> list[ExpiringView]:
    """Approvals that run now and end within so many days; those without a successor first, then the soonest."""
    async with connection.cursor(row_factory=class_row(ExpiringView)) as cursor:
        await cursor.execute(_EXPIRING.encode(), {"days": days, "limit": limit})
        return await cursor.fetchall()


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
