"""The whole in figures: how much stands where, what came and what ended in the last hour."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from ledger.database import Connection


@dataclass(frozen=True, slots=True)
class FlowRow:
    """How much stands at a stage in one state."""

    stage: str
    """stage"""
    destination: str
    """lane's other half"""
    state: str
    """state of the unfinished work"""
    count: int
    """transfers, members of packages among them"""
    packages: int
    """packages"""
    oldest: datetime
    """in this stage since, the oldest of them"""


@dataclass(frozen=True, slots=True)
class Recent:
    """What came and what ended in the last hour."""

    submissions: int
    """pushes"""
    accepted: int
    """records taken on"""
    refused: int
    """records refused at the door"""
    ended: dict[str, int]
    """fate as the senders read it → count, among the newest outcomes"""


_FLOW = """
select stage, destination, state, sum(transfers)::bigint as count, sum(packages)::bigint as packages,
       min(since) as oldest
from (
    select stage, destination, state, since, 1 as transfers, 0 as packages
    from work where kind <> 'package' and state <> 'gathered'
    union all
    select w.stage, w.destination, w.state, w.since, m.count, 1
    from work w cross join lateral (
        select count(*) from package_members m join work g on g.id = m.transfer_id
        where m.package_id = w.id and m.live and g.state = 'gathered') m
    where w.kind = 'package'
) f group by stage, destination, state
"""

NEWEST_OUTCOMES = 20_000
"""The last hour is looked for among this many of the newest outcomes."""


async def flow(connection: Connection) -> list[FlowRow]:
    """All unfinished work by stage, destination and state."""
    async with connection.cursor(row_factory=class_row(FlowRow)) as cursor:
        await cursor.execute(_FLOW)
        return await cursor.fetchall()


async def recent(connection: Connection) -> Recent:
    """The last hour in figures."""
    arrived = await (
        await connection.execute(
            "select count(*), coalesce(sum(accepted), 0)::bigint, coalesce(sum(refused), 0)::bigint from submissions"
            " where received_at > now() - interval '1 hour'"
        )
    ).fetchone()
    assert arrived is not None
    ended = await (
        await connection.execute(
            "select fate, count(*) from (select fate, at from outcomes order by id desc limit %s) o"
            " where at > now() - interval '1 hour' group by fate",
            [NEWEST_OUTCOMES],
        )
    ).fetchall()
    return Recent(submissions=arrived[0], accepted=arrived[1], refused=arrived[2], ended=dict(ended))
