"""What people do about failed work: let it go again, free what is held.

A transfer that is tried again keeps its place in its pupil's sequence: when a newer one has gone meanwhile, it is
*superseded* instead of overtaking.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger import signatures
from ledger.crash import planted
from ledger.database import Connection, wake
from ledger.outcomes import feed


@dataclass(frozen=True, slots=True)
class Retried:
    """What a retry did, or would do."""

    retried: int
    """go again"""
    superseded: int
    """a newer transfer of the same pupil has gone: they stay behind for ever"""
    packages: int
    """held packages freed"""


async def retry(
    connection: Connection, *, cause: str, dry_run: bool, by: str = "staff", limit: int = 100_000
) -> Retried:
    """Let held and dead transfers with this cause go again; refused ones are the sender's to mend.

    One call takes `limit` transfers at most: call again until nothing is retried.
    """
    chosen = [
        row[0]
        for row in await (
            await connection.execute(
                "select id from transfers where cause = %s and fate in ('held', 'dead') and kind <> 'bundle'"
                " order by id limit %s for update skip locked",
                [cause, limit],
            )
        ).fetchall()
    ]
    overtaken = [] if planted("reorder-on-retry") else await _overtaken(connection, chosen)
    again = [transfer for transfer in chosen if transfer not in set(overtaken)]
    packages = await _held_packages(connection, cause)
    bundles = await _failed_bundles(connection, cause)
    result = Retried(len(again) + len(bundles), len(overtaken), len(packages))
    if dry_run:
        return result
    await _supersede(connection, overtaken, by)
    await signatures.lift(connection, [*again, *packages])
    await _revive(connection, again, by)
    await _revive_bundles(connection, bundles, by)
    await connection.execute(
        "update work set state = 'ready', tries = 0, losses = 0, due_at = now() where id = any(%s) and state = 'held'",
        [packages],
    )
    await wake(connection)
    return result


async def _overtaken(connection: Connection, transfers: Sequence[int]) -> list[int]:
    """Dead transfers whose pupil has a newer one that has gone or is on its way: going now would overtake backwards."""
    # Nothing new is accepted for these pupils until the dead ones stand in the table of work again, or never will.
    await connection.execute(
        "select id from pupils where id in (select sequence_id from transfers where id = any(%s)) order by id for update",
        [list(transfers)],
    )
    rows = await (
        await connection.execute(
            "select t.id from transfers t where t.id = any(%s) and t.fate = 'dead' and exists"
            " (select from transfers n where n.sequence_id = t.sequence_id and n.position > t.position"
            "  and n.destination = t.destination and n.fate in ('open', 'held', 'done'))",
            [list(transfers)],
        )
    ).fetchall()
    return [row[0] for row in rows]


async def _held_packages(connection: Connection, cause: str) -> list[int]:
    rows = await (
        await connection.execute(
            "select w.id from work w join packages p on p.id = w.id where w.state = 'held' and p.cause = %s", [cause]
        )
    ).fetchall()
    return [row[0] for row in rows]


async def _failed_bundles(connection: Connection, cause: str) -> list[int]:
    rows = await (
        await connection.execute(
            "select id from transfers where cause = %s and fate in ('held', 'dead') and kind = 'bundle'", [cause]
        )
    ).fetchall()
    return [row[0] for row in rows]


async def _supersede(connection: Connection, transfers: Sequence[int], by: str) -> None:
    if not transfers:
        return
    await connection.execute(
        "update transfers set fate = 'superseded', cause = 'newer-transfer-has-gone', changed_at = now()"
        " where id = any(%s)",
        [list(transfers)],
    )
    await _story(connection, transfers, "superseded", by)
    await feed(connection, [(transfer, "superseded") for transfer in transfers])


async def _revive(connection: Connection, transfers: Sequence[int], by: str) -> None:
    """Back to the stage where it stopped; a dead one gets a row of work again, at its old position."""
    if not transfers:
        return
    ids = list(transfers)
    await connection.execute(
        "insert into work (id, kind, stage, destination, state, sender_id, unit_id, submission_id, sequence_id, position,"
        " deadline) select t.id, 'record', case when t.stage in ('deliver', 'poll') then 'pack' else t.stage end,"
        " t.destination, 'ready', t.sender_id, t.unit_id, t.submission_id, t.sequence_id, t.position, now()"
        " from transfers t where t.id = any(%s) and t.fate = 'dead' on conflict do nothing",
        [ids],
    )
    await connection.execute(
        "update work set state = 'ready', tries = 0, losses = 0, due_at = now() where id = any(%s) and state = 'held'",
        [ids],
    )
    await connection.execute(
        "update transfers set fate = 'open', cause = '', changed_at = now() where id = any(%s)", [ids]
    )
    await _story(connection, transfers, "retry", by)


async def _revive_bundles(connection: Connection, bundles: Sequence[int], by: str) -> None:
    if not bundles:
        return
    await connection.execute(
        "insert into work (id, kind, stage, destination, state, sender_id, unit_id, position, deadline)"
        " select t.id, 'bundle', 'return', t.destination, 'ready', (select id from senders where code = 'hub'),"
        " t.unit_id, t.position, now() from transfers t where t.id = any(%s) on conflict (id) do update"
        " set state = 'ready', tries = 0, losses = 0, due_at = now() where work.state = 'held'",
        [list(bundles)],
    )
    await connection.execute(
        "update transfers set fate = 'open', cause = '', changed_at = now() where id = any(%s)", [list(bundles)]
    )
    await connection.execute(
        "update bundles set state = 'arrived' where id = any(%s) and state = 'failed'", [list(bundles)]
    )
    await _story(connection, bundles, "retry", by)


async def _story(connection: Connection, transfers: Sequence[int], fate: str, by: str) -> None:
    await connection.execute(
        "insert into events (transfer_id, stage, fate, cause, actor)"
        " select t.id, t.stage, %s, t.cause, %s from transfers t where t.id = any(%s)",
        [fate, by, list(transfers)],
    )
