"""Evidence in the ledger: which octets are to be proven, under which tree they are, and which timestamps stand over it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from ledger import evidence_tasks
from ledger.crash import crash_point
from ledger.database import Connection, copy_rows

_LOCK = 0x6576_6964  # "evid"

LATE = timedelta(days=2)
"""how long after its own time a verification may still be written down"""


@dataclass(frozen=True, slots=True)
class Planted:
    """A tree with its timestamp, to be written down."""

    kind: str
    """records, renewal or rehash"""
    day: date | None
    """of records: the day that it closes"""
    algorithm: str
    """hashlib's name"""
    root: bytes = field(repr=False)
    """what was timestamped"""
    leaves: Sequence[bytes] = field(repr=False)
    """digests, ascending"""
    token: bytes = field(repr=False)
    """TimeStampToken, DER"""
    stamped_at: datetime
    """when it says that it was given"""
    good_until: datetime
    """the end of its authority's certificate"""
    signature: str
    """its method and key"""


@dataclass(frozen=True, slots=True)
class Standing:
    """A timestamp that others rest on: the last one of each of some days' trees."""

    tree_id: int
    """the tree that it stands over"""
    algorithm: str
    """hash algorithm of that tree and its chain"""
    root: bytes = field(repr=False)
    """what it was given for"""
    token: bytes = field(repr=False)
    """TimeStampToken, DER"""
    stamped_at: datetime
    """when it was given"""
    good_until: datetime
    """the end of its authority's certificate"""
    signature: str
    """its method and key"""
    series: tuple[int, ...]
    """the days' trees whose last timestamp it is"""
    covered: bool
    """over other days' trees something covers it already: not one octet of it may change"""


@dataclass(frozen=True, slots=True)
class Step:
    """One timestamp of a day's tree."""

    chain: int
    """number of its chain, from 1"""
    number: int
    """number in the chain, from 1"""
    tree_id: int
    """the tree that it stands over"""
    algorithm: str
    """hash algorithm of that tree"""
    leaves: tuple[bytes, ...] = field(repr=False)
    """digests of the tree, ascending"""
    token: bytes = field(repr=False)
    """TimeStampToken, DER"""


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


@asynccontextmanager
async def alone(connection: Connection) -> AsyncIterator[bool]:
    """Whether nobody else keeps evidence now; it ends with the process that holds it, however that ends."""
    row = await (await connection.execute("select pg_try_advisory_lock(%s)", [_LOCK])).fetchone()
    await connection.commit()
    mine = row is not None and bool(row[0])
    try:
        yield mine
    finally:
        if mine and not connection.closed:
            await connection.rollback()
            await connection.execute("select pg_advisory_unlock(%s)", [_LOCK])
            await connection.commit()


async def wanting(connection: Connection, *, before: datetime, since: datetime | None) -> dict[bytes, int]:
    """SHA-256 of the octets of all records that were verified before an instant and are under no tree yet, each once,
    in ascending order; with the first record that they are.

    `since` is the instant up to which this was asked last; nothing older than that and `LATE` is looked at.
    """
    rows = await (
        await connection.execute(
            "select coalesce(r.official_sha256, r.received_sha256) as sha256, min(r.id) from events e"
            " join transfers t on t.id = e.transfer_id and t.kind = 'record' join records r on r.id = t.record_id"
            " where e.stage = 'verify' and e.fate = 'done' and e.at < %(before)s"
            " and (%(since)s::timestamptz is null or e.at >= %(since)s)"
            " and not exists (select from evidence_leaves l"
            " where l.sha256 = coalesce(r.official_sha256, r.received_sha256)) group by 1 order by 1",
            {"before": before, "since": None if since is None else since - LATE},
        )
    ).fetchall()
    return {bytes(sha256): record for sha256, record in rows}


async def octets_of(connection: Connection, those: Sequence[bytes]) -> dict[bytes, bytes]:
    """Stored octets by their SHA-256."""
    rows = await (
        await connection.execute(
            "select sha256, octets from payloads where sha256 = any(%s)", [list(those)], binary=True
        )
    ).fetchall()
    return {bytes(sha256): bytes(octets) for sha256, octets in rows}


async def write_day(
    connection: Connection, tree: Planted, members: Mapping[bytes, int], *, done_until: datetime
) -> int:
    """Write down a day's tree, which octets it holds (SHA-256 → record), and that the day is done: all or nothing.

    Raises:
        psycopg.errors.UniqueViolation: some octets are under a tree already; nothing is written.
    """
    async with connection.transaction():
        number = await _plant(connection, tree)
        rows = ((sha256, number, record) for sha256, record in members.items())
        await copy_rows(connection, "evidence_leaves", "sha256, tree_id, record_id", rows)
        await _append(connection, [number], number, new_chain=True)
        crash_point("evidence.before-commit")
        await evidence_tasks.done(connection, "build", done_until=done_until)
    return number


async def write_renewal(
    connection: Connection, tree: Planted, covered: Sequence[Standing], *, enriched: Sequence[tuple[int, bytes]]
) -> int:
    """Write down a timestamp over others, each of the same chain as before, and those with what was put into them.

    Raises:
        StandingMoved: one of them is no longer the last of its series; nothing is written.
    """
    return await _write_over(connection, tree, covered, enriched=enriched, new_chain=False)


async def write_rehash(
    connection: Connection, tree: Planted, covered: Standing, *, enriched: Sequence[tuple[int, bytes]]
) -> int:
    """Write down a timestamp over the data objects of one day's tree by another algorithm: a new chain.

    Raises:
        StandingMoved: what it covers is no longer the last of its series; nothing is written.
    """
    return await _write_over(connection, tree, [covered], enriched=enriched, new_chain=True)


async def _write_over(
    connection: Connection,
    tree: Planted,
    covered: Sequence[Standing],
    *,
    enriched: Sequence[tuple[int, bytes]],
    new_chain: bool,
) -> int:
    async with connection.transaction():
        await _check_last(connection, covered)
        for tree_id, token in enriched:
            await connection.execute("update evidence_trees set token = %s where id = %s", [token, tree_id])
        number = await _plant(connection, tree)
        series = [each for standing in covered for each in standing.series]
        await _append(connection, series, number, new_chain=new_chain)
        crash_point("evidence.before-commit")
    return number


class StandingMoved(Exception):
    """A timestamp that was to be covered is covered already."""


async def _check_last(connection: Connection, covered: Sequence[Standing]) -> None:
    now = {(each.tree_id, number) for each in await standings(connection) for number in each.series}
    if any((each.tree_id, number) not in now for each in covered for number in each.series):
        raise StandingMoved


async def _plant(connection: Connection, tree: Planted) -> int:
    row = await (
        await connection.execute(
            "insert into evidence_trees (kind, day, algorithm, root, leaf_count, leaves, token, stamped_at, good_until,"
            " signature) values (%s, %s, %s, %s, %s, %b, %s, %s, %s, %s) returning id",
            [
                tree.kind,
                tree.day,
                tree.algorithm,
                tree.root,
                len(tree.leaves),
                b"".join(tree.leaves),
                tree.token,
                tree.stamped_at,
                tree.good_until,
                tree.signature,
            ],
        )
    ).fetchone()
    assert row is not None
    return int(row[0])


async def _append(connection: Connection, series: Sequence[int], tree_id: int, *, new_chain: bool) -> None:
    """Put a timestamp at the end of days' trees: in the last chain, or as the first of another."""
    await connection.execute(
        "insert into evidence_timestamps (series_id, chain, number, tree_id)"
        " select s.id, case when %(new)s then coalesce(l.chain, 0) + 1 else l.chain end,"
        " case when %(new)s then 1 else l.number + 1 end, %(tree)s from unnest(%(series)s::bigint[]) s (id)"
        " left join lateral (select chain, number from evidence_timestamps e where e.series_id = s.id"
        " order by chain desc, number desc limit 1) l on true",
        {"new": new_chain, "tree": tree_id, "series": list(series)},
    )


async def standings(connection: Connection) -> list[Standing]:
    """The timestamps that everything rests on now, those that end first at the beginning."""
    rows = await (
        await connection.execute(
            "select t.id, t.algorithm, t.root, t.token, t.stamped_at, t.good_until, t.signature, l.series,"
            " (select count(*) from evidence_timestamps e where e.tree_id = t.id) > cardinality(l.series) from evidence_trees t"
            " join (select tree_id, array_agg(series_id order by series_id) series from (select distinct on (series_id)"
            " series_id, tree_id from evidence_timestamps order by series_id, chain desc, number desc) last"
            " group by tree_id) l on l.tree_id = t.id order by t.good_until, t.id"
        )
    ).fetchall()
    return [
        Standing(
            number, algorithm, bytes(root), bytes(token), stamped_at, good_until, signature, tuple(series), covered
        )
        for number, algorithm, root, token, stamped_at, good_until, signature, series, covered in rows
    ]


async def steps_of(connection: Connection, series_id: int) -> list[Step]:
    """All timestamps over a day's tree, in their order, with the trees that they stand over."""
    rows = await (
        await connection.execute(
            "select e.chain, e.number, t.id, t.algorithm, t.leaves, t.leaf_count, t.token from evidence_timestamps e"
            " join evidence_trees t on t.id = e.tree_id where e.series_id = %s order by e.chain, e.number",
            [series_id],
            binary=True,
        )
    ).fetchall()
    return [
        Step(chain, number, tree_id, algorithm, _cut(bytes(leaves), count), bytes(token))
        for chain, number, tree_id, algorithm, leaves, count, token in rows
    ]


def _cut(leaves: bytes, count: int) -> tuple[bytes, ...]:
    size = len(leaves) // count
    return tuple(leaves[at : at + size] for at in range(0, len(leaves), size))


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
