"""Open packages, one for each key: found under a lock, or opened together with their rows of work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.database import Connection


@dataclass(frozen=True, slots=True)
class Closing:
    """When a package closes (settings)."""

    records: int
    """members, at most"""
    raw_octets: int
    """octets of its members before packing, at most"""
    quiet_seconds: float
    """closes when nothing joined for this long"""
    max_age_seconds: float
    """closes at this age at the latest"""
    whole_batch_seconds: float = 900.0
    """a batch that is to go on octet for octet waits this long for its last records"""


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What the records of one package have in common."""

    destination: str
    """where they are heading"""
    profile: str
    """structure of the records"""
    unit_id: int
    """the sending unit"""
    school_year: str
    """for example 2025-2026"""
    seal: str
    """pass-through, delegated or intermediary"""
    submission_id: int
    """the batch that is to go on as it is; 0 unless pass-through"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that is ready to be packed."""

    key: Key
    """which package it belongs in"""
    id: int
    """transfer"""
    record_id: int
    """record"""
    line: int
    """0-based place in its submission"""
    size: int
    """official octets"""
    sender_id: int
    """whose it is"""
    deadline: datetime
    """when it should have arrived"""
    batch: int
    """records accepted in its submission"""


@dataclass(slots=True)
class Open:
    """A package under our lock, while members are assigned."""

    id: int
    """package"""
    members: int
    """records in it, those that join now among them"""
    octets: int
    """their octets before packing"""
    joined: list[Candidate]
    """those that join now"""
    closed: bool = False
    """it is full"""


async def lock_open(connection: Connection, first: dict[Key, Candidate], closing: Closing) -> dict[Key, Open]:
    """One open package per key, ours until commit."""
    for _ in range(5):
        found = await _open_of(connection, list(first))
        missing = [key for key in first if key not in found]
        if not missing:
            return found
        await _open_new(connection, [(key, first[key]) for key in missing], closing)
    raise RuntimeError("an open package vanished again and again")


async def _open_of(connection: Connection, keys: Sequence[Key]) -> dict[Key, Open]:
    rows = await (
        await connection.execute(
            "select p.destination, p.profile, p.unit_id, p.school_year, p.seal, coalesce(p.submission_id, 0),"
            " p.id, p.members, p.octets from packages p"
            " join unnest(%s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::bigint[])"
            " k (destination, profile, unit_id, school_year, seal, submission_id)"
            " on p.destination = k.destination and p.profile = k.profile and p.unit_id = k.unit_id"
            " and p.school_year = k.school_year and p.seal = k.seal and coalesce(p.submission_id, 0) = k.submission_id"
            " where p.kind = 'record' and p.state = 'open' order by p.id for update of p",
            _columns(keys),
        )
    ).fetchall()
    return {Key(*row[:6]): Open(row[6], row[7], row[8], []) for row in rows}


def _columns(keys: Sequence[Key]) -> list[list[object]]:
    return [
        [k.destination for k in keys],
        [k.profile for k in keys],
        [k.unit_id for k in keys],
        [k.school_year for k in keys],
        [k.seal for k in keys],
        [k.submission_id for k in keys],
    ]


async def _open_new(connection: Connection, wanted: Sequence[tuple[Key, Candidate]], closing: Closing) -> None:
    """Open packages with their rows of work; one that another worker opened first is simply not ours to open."""
    await connection.execute(
        "with opened as ("
        " insert into packages (id, destination, kind, profile, unit_id, school_year, seal, submission_id, sender_id,"
        "  state, closes_at)"
        " select nextval('ids'), k.destination, 'record', k.profile, k.unit_id, k.school_year, k.seal,"
        "  nullif(k.submission_id, 0), k.sender_id, 'open',"
        "  now() + case when k.seal = 'pass-through' then %s else %s end * interval '1 second'"
        " from unnest(%s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::bigint[])"
        "  k (destination, profile, unit_id, school_year, seal, submission_id, sender_id)"
        " on conflict do nothing returning id, destination, unit_id, sender_id, submission_id)"
        " insert into work (id, kind, stage, destination, state, sender_id, unit_id, submission_id, position, deadline,"
        "  due_at)"
        " select id, 'package', 'pack', destination, 'waiting', sender_id, unit_id, submission_id, id,"
        "  %s, now() + %s * interval '1 second' from opened",
        [
            closing.whole_batch_seconds,
            closing.max_age_seconds,
            *_columns([key for key, _ in wanted]),
            [candidate.sender_id for _, candidate in wanted],
            min(candidate.deadline for _, candidate in wanted),
            closing.quiet_seconds,
        ],
    )
