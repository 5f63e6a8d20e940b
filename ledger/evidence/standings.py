"""Which timestamps stand over a day's tree, in their order, and on which of them everything rests now."""

from dataclasses import dataclass, field
from datetime import datetime

from ledger.database import Connection


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
