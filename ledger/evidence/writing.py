"""Trees are written down with their timestamps: all of a tree in one transaction, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from ledger.crash import crash_point
from ledger.database import Connection, copy_rows
from ledger.evidence import tasks
from ledger.evidence.standings import Standing, standings
from ledger.evidence.waiting import Waiting


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


class StandingMoved(Exception):
    """A timestamp that was to be covered is covered already."""


async def write_day(connection: Connection, tree: Planted, members: Sequence[Waiting], *, done_until: datetime) -> int:
    """Write down a day's tree, which octets it holds, and that the day is done: all or nothing.

    Raises:
        psycopg.errors.UniqueViolation: some octets are under a tree already; nothing is written.
    """
    async with connection.transaction():
        number = await _plant(connection, tree)
        rows = ((each.sha256, number, each.record) for each in members)
        await copy_rows(connection, "evidence_leaves", "sha256, tree_id, record_id", rows)
        await _append(connection, [number], number, new_chain=True)
        crash_point("evidence.before-commit")
        await tasks.done(connection, "build", done_until=done_until)
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
