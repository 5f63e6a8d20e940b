"""What is proven and handed out: octets under the days' trees, and the days as people ask for them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ledger.database import Connection


@dataclass(frozen=True, slots=True)
class Stored:
    """Octets that evidence is about."""

    sha256: bytes
    """of the octets"""
    octets: bytes = field(repr=False)
    """the official octets"""
    uuid: str
    """MA_TRA_CUU_UUID of a record that they are"""
    series_id: int
    """the day's tree that holds them"""


@dataclass(frozen=True, slots=True)
class DayView:
    """A day's tree as people ask for it."""

    id: int
    """number of the tree"""
    day: date
    """the day that it closes"""
    records: int
    """record octets under it"""
    algorithm: str
    """hash algorithm of its last chain"""
    since: datetime
    """time of its first timestamp"""
    timestamps: int
    """timestamps over it"""
    renewed_at: datetime
    """time of its last timestamp"""
    good_until: datetime
    """the end of the last authority's certificate"""


async def octets_of(connection: Connection, those: Sequence[bytes]) -> dict[bytes, bytes]:
    """Stored octets by their SHA-256."""
    rows = await (
        await connection.execute(
            "select sha256, octets from payloads where sha256 = any(%s)", [list(those)], binary=True
        )
    ).fetchall()
    return {bytes(sha256): bytes(octets) for sha256, octets in rows}


_STORED = (
    "select l.sha256, p.octets, r.uuid::text, l.tree_id from evidence_leaves l join payloads p on p.sha256 = l.sha256"
    " join records r on r.id = l.record_id"
)


async def under(connection: Connection, series_id: int, *, after: bytes = b"", limit: int = 500) -> list[Stored]:
    """Octets under a day's tree, in order of their SHA-256, a page at a time."""
    rows = await (
        await connection.execute(
            f"{_STORED} where l.tree_id = %s and l.sha256 > %s order by l.sha256 limit %s".encode(),
            [series_id, after, limit],
            binary=True,
        )
    ).fetchall()
    return [_stored(row) for row in rows]


async def of_records(connection: Connection, uuids: Sequence[str]) -> list[Stored]:
    """Octets under trees of these records; of one that was corrected and presented again, every version."""
    rows = await (
        await connection.execute(
            f"{_STORED} where l.sha256 in (select coalesce(official_sha256, received_sha256) from records"
            " where uuid = any(%s::uuid[])) order by r.uuid, l.tree_id, l.sha256".encode(),
            [list(uuids)],
        )
    ).fetchall()
    return [_stored(row) for row in rows]


def _stored(row: Sequence[Any]) -> Stored:
    sha256, octets, uuid, tree_id = row
    return Stored(bytes(sha256), bytes(octets), uuid, tree_id)


async def days(connection: Connection, *, day: date | None = None) -> list[DayView]:
    """The days' trees with what stands over them, the newest first."""
    rows = await (
        await connection.execute(
            "select s.id, s.day, (select count(*) from evidence_leaves l where l.tree_id = s.id), t.algorithm,"
            " s.stamped_at, e.count, t.stamped_at, t.good_until from evidence_trees s"
            " join (select series_id, count(*) as count, (array_agg(tree_id order by chain desc, number desc))[1] as last"
            " from evidence_timestamps group by series_id) e on e.series_id = s.id"
            " join evidence_trees t on t.id = e.last"
            " where s.kind = 'records' and (%(day)s::date is null or s.day = %(day)s) order by s.day desc, s.id desc",
            {"day": day},
        )
    ).fetchall()
    return [DayView(*row) for row in rows]
