"""What the dispatcher asks of the ledger: claim runnable work fairly, take back what was lost, number what is read.

A claim gives each row a lease and a fencing token; whoever writes an outcome must show the token. The state of a row
decides alone; offsets of Kafka decide nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.database import Connection
from ledger.states import Stage


@dataclass(frozen=True, slots=True)
class Lane:
    """One stage towards one destination: what pauses and stops."""

    stage: Stage
    """stage whose work is meant"""
    destination: str
    """where the work is heading"""


@dataclass(frozen=True, slots=True)
class Reference:
    """All that a message carries."""

    kind: str
    """record, package or bundle"""
    id: int
    """of the transfer or package"""
    token: int
    """fencing token of this lease"""


DISPATCHER_LOCK = 0x486F634261  # «HocBa»: the advisory lock that makes one dispatcher the publisher

# Work of a stopped sender rests before it is packed; what is packed already goes its way. The look for active
# senders asks for the first row in the index's own order: one probe each, however stale the planner's figures are.
_CLAIM = """
with active as materialized (
    select s.id from senders s cross join lateral (
        select from work w where w.stage = %(stage)s and w.destination = %(destination)s
        and w.sender_id = s.id and w.state = 'ready' order by w.deadline limit 1
    ) any_ready
    where s.stopped_at is null or %(late)s
), share as (
    select ceil(%(limit)s::numeric / greatest(count(*), 1))::bigint as each from active
), picked as (
    select p.id from active a cross join lateral (
        select w.id from work w
        where w.stage = %(stage)s and w.destination = %(destination)s and w.sender_id = a.id and w.state = 'ready'
          and (w.sequence_id is null or not exists (
              select from work o where o.sequence_id = w.sequence_id and o.position < w.position
              and o.destination = w.destination))
        order by w.deadline, w.id
        limit (select each from share)
        for update of w skip locked
    ) p limit %(limit)s
)
update work set state = 'leased', token = nextval('tokens'), begun = false,
    lease_until = now() + %(lease)s * interval '1 second'
from picked where work.id = picked.id
returning work.kind, work.id, work.token
"""


async def claim(connection: Connection, lane: Lane, *, limit: int, lease_seconds: float) -> list[Reference]:
    """Lease up to `limit` rows of a lane: senders share it evenly, nearer deadlines first within each.

    A row whose sequence has an older unfinished transfer is never claimed, whatever its state says.
    """
    cursor = await connection.execute(
        _CLAIM,
        {
            "stage": lane.stage.value,
            "destination": lane.destination,
            "late": lane.stage not in (Stage.NORMALISE, Stage.CHECK, Stage.SIGN, Stage.VERIFY),
            "limit": limit,
            "lease": lease_seconds,
        },
    )
    return [Reference(*row) for row in await cursor.fetchall()]


async def loads(connection: Connection) -> dict[tuple[str, str], int]:
    """(stage, destination) → leased rows."""
    rows = await (
        await connection.execute(
            "select stage, destination, count(*) from work where state = 'leased' group by stage, destination"
        )
    ).fetchall()
    return {(stage, destination): count for stage, destination, count in rows}


async def ready_lanes(connection: Connection) -> set[tuple[str, str]]:
    """(stage, destination) of every lane with something ready: one index probe per stage and destination."""
    rows = await (
        await connection.execute(
            "select s.stage, d.name from unnest(%s::text[]) s (stage) cross join destinations d"
            " cross join lateral (select from work w where w.stage = s.stage and w.destination = d.name"
            " and w.state = 'ready' order by w.sender_id, w.deadline limit 1) any_ready",
            [[stage.value for stage in Stage]],
        )
    ).fetchall()
    return {(stage, destination) for stage, destination in rows}


async def give_back(connection: Connection, references: list[Reference]) -> None:
    """Undo claims that were not published."""
    await connection.execute(
        "update work w set state = 'ready', lease_until = null from unnest(%s::bigint[], %s::bigint[]) r (id, token)"
        " where w.id = r.id and w.token = r.token and w.state = 'leased'",
        [[r.id for r in references], [r.token for r in references]],
    )


async def begin(connection: Connection, references: Sequence[Reference], *, lease_seconds: float) -> None:
    """A worker takes these up; a lease that has mostly run out while they waited for it begins anew.

    Only hearsay about who does what: losing it does no harm, so that its commit waits for no disk.
    """
    await connection.execute("set local synchronous_commit = off")
    await connection.execute(
        "update work w set begun = true, lease_until = case when w.lease_until < now() + %s * interval '0.5 second'"
        " then now() + %s * interval '1 second' else w.lease_until end"
        " from unnest(%s::bigint[], %s::bigint[]) r (id, token)"
        " where w.id = r.id and w.token = r.token and w.state = 'leased'",
        [lease_seconds, lease_seconds, [r.id for r in references], [r.token for r in references]],
    )


async def renew(connection: Connection, references: Sequence[Reference], *, lease_seconds: float) -> None:
    """The worker is alive and still at it."""
    await connection.execute("set local synchronous_commit = off")
    await connection.execute(
        "update work w set lease_until = now() + %s * interval '1 second'"
        " from unnest(%s::bigint[], %s::bigint[]) r (id, token)"
        " where w.id = r.id and w.token = r.token and w.state = 'leased'",
        [lease_seconds, [r.id for r in references], [r.token for r in references]],
    )


async def release_due(connection: Connection, *, limit: int = 5000) -> int:
    """Make ready what has waited long enough."""
    cursor = await connection.execute(
        "update work set state = 'ready' where id in (select id from work where state = 'waiting' and due_at <= now()"
        " order by due_at limit %s for update skip locked)",
        [limit],
    )
    return cursor.rowcount


async def take_back_lost(connection: Connection) -> int:
    """Leases that ran out: their worker died or froze. The next claim gives a new token, so that it can do no harm.

    Only work that was begun counts as lost: what nobody took up says nothing about itself.
    """
    cursor = await connection.execute(
        "with lost as (update work set state = 'ready', losses = losses + begun::int, lease_until = null where id in"
        " (select id from work where state = 'leased' and lease_until < now() for update skip locked)"
        " returning id, kind, stage, begun), told as"
        " (insert into attempts (work_id, kind, stage, fate, cause)"
        "  select id, kind, stage, 'retry', 'lease-lost' from lost where begun)"
        " select count(*) from lost"
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def lost_too_often(connection: Connection, limit: int) -> list[tuple[int, str]]:
    """(id, kind) of ready work that lost its worker `limit` times at the present stage."""
    rows = await (
        await connection.execute(
            "select id, kind from work where state = 'ready' and losses > 0 and losses >= %s", [limit]
        )
    ).fetchall()
    return [(row[0], row[1]) for row in rows]


async def release_queued(connection: Connection, *, within_seconds: float | None = 600.0, limit: int = 1000) -> int:
    """Free transfers whose elders have all ended: what a release at the end of an elder may have just missed.

    An end misses only what is being accepted at that moment, so that looking at young rows is enough for one that looks
    all the time; None looks at all of them.
    """
    cursor = await connection.execute(
        "update work set state = 'ready' where id in (select w.id from work w where w.state = 'queued'"
        " and w.since > now() - %s::float8 * interval '1 second' and not exists"
        " (select from work o where o.sequence_id = w.sequence_id and o.position < w.position"
        "  and o.destination = w.destination) limit %s for update skip locked)",
        [1e9 if within_seconds is None else within_seconds, limit],
    )
    return cursor.rowcount


async def number_feeds(connection: Connection, *, limit: int = 20000) -> int:
    """Give committed outcomes and inbox items their positions.

    Only the one dispatcher does so, under its lock, in a transaction of its own: a position is therefore visible only
    after every lower one, and a reader that pages by it cannot skip what commits late.
    """
    numbered = await connection.execute(
        "update outcomes o set position = n.position from"
        " (select id, nextval('outcome_positions') as position from"
        "  (select id from outcomes where position is null order by id limit %s) i) n where o.id = n.id",
        [limit],
    )
    delivered = await connection.execute(
        "update bundles b set inbox_position = n.position from"
        " (select id, nextval('inbox_positions') as position from"
        "  (select id from bundles where state = 'inbox' and inbox_position is null order by id limit %s) i) n"
        " where b.id = n.id",
        [limit],
    )
    return numbered.rowcount + delivered.rowcount


async def unpublished_dead_letters(
    connection: Connection, *, limit: int = 500
) -> list[tuple[int, str, dict[str, object]]]:
    """Dead letters that no machine has been told of: (id, stage, message)."""
    rows = await (
        await connection.execute(
            "select id, stage, message from dead_letters where published_at is null order by id limit %s", [limit]
        )
    ).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]


async def mark_dead_letters(connection: Connection, ids: list[int]) -> None:
    """They are on their topics."""
    await connection.execute("update dead_letters set published_at = now() where id = any(%s)", [ids])
