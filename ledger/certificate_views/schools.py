"""Which certificates each school of today has and lacks, and all schools together."""

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from ledger.certificate_views.conditions import (
    HAS_SEAL,
    HAS_TRANSACTION,
    INSTITUTION_ROLES,
    NOT_APPROVED,
    PERSONAL_ROLES,
    RUNS,
    TODAY,
)
from ledger.database import Connection


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


_SCHOOLS = f"""
select u.id, u.code, u.name, coalesce(p.name, ''), u.transaction_seal
from units u left join units p on p.id = u.parent_id
where {TODAY} and (u.code = %(unit)s or %(unit)s::text is null) and u.code > %(after)s
  and (not %(lacking)s or not {HAS_SEAL})
order by u.code
"""

_ROLES = f"""
select unit_id, role, sum(approved)::int, max(until), sum(waiting)::int, sum(seen)::int, sum(unregistered)::int,
       sum(records)::bigint
from (
    select a.unit_id, a.role, count(distinct a.sha256) as approved, max(least(a.valid_to, c.not_after)) as until,
           0 as waiting, 0 as seen, 0 as unregistered, 0 as records
    from approved_certificates a left join certificates c on c.sha256 = a.sha256
    where a.unit_id = any(%(units)s) and {RUNS} group by a.unit_id, a.role
    union all
    select unit_id, role, 0, null, 1, 0, 0, 0 from certificate_registrations
    where unit_id = any(%(units)s) and state = 'waiting'
    union all
    select s.unit_id, s.role, 0, null, 0, 1, ({NOT_APPROVED})::int, s.records from certificates_seen s
    where s.unit_id = any(%(units)s)
) x group by unit_id, role
"""

_SUMS = f"""
select count(*) as schools, count(*) filter (where {HAS_SEAL}) as sealed,
       count(*) filter (where u.transaction_seal <> 'intermediary') as sealing,
       count(*) filter (where u.transaction_seal <> 'intermediary' and {HAS_TRANSACTION}) as transacting,
       count(*) filter (where exists (select from certificates_seen s where s.unit_id = u.id)) as signing,
       (select count(distinct sha256) from certificates_seen where role = any(%s)) as persons
from units u where {TODAY}
"""


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
