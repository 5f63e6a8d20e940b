"""A package that was refused whole, or is too large, becomes two."""

from collections.abc import Sequence

from ledger.database import Connection, wake
from ledger.dispatch import Reference
from ledger.packages.rows import finish_package, lease_holds


async def split(connection: Connection, reference: Reference, *, cause: str) -> int:
    """Halve a package that was refused whole or is too large; returns how many new ones there are.

    The caller knows that it is not in force. A batch that went on as it was is packed anew under the intermediary seal.
    """
    if not await lease_holds(connection, reference):
        return 0
    members = [
        row[0]
        for row in await (
            await connection.execute(
                "select transfer_id from package_members where package_id = %s and live and not judged order by place",
                [reference.id],
            )
        ).fetchall()
    ]
    halves = [half for half in (members[: len(members) // 2], members[len(members) // 2 :]) if half]
    await connection.execute(
        "update package_members set live = false where package_id = %s and not judged", [reference.id]
    )
    for half in halves:
        await _new_half(connection, reference.id, half)
    await finish_package(connection, reference.id, "split", cause=cause)
    await wake(connection)
    return len(halves)


async def _new_half(connection: Connection, parent: int, transfers: Sequence[int]) -> None:
    row = await (
        await connection.execute(
            "insert into packages (id, destination, kind, profile, unit_id, sender_id, school_year, seal, state,"
            " closes_at, members, octets, parent_id)"
            " select nextval('ids'), destination, kind, profile, unit_id, sender_id, school_year,"
            " case when seal = 'pass-through' then 'intermediary' else seal end, 'closed', now(), %s, 0, id"
            " from packages where id = %s returning id",
            [len(transfers), parent],
        )
    ).fetchone()
    assert row is not None
    await connection.execute(
        "insert into package_members (package_id, transfer_id, record_id, destination, place)"
        " select %s, transfer_id, record_id, destination, place from package_members"
        " where package_id = %s and transfer_id = any(%s)",
        [row[0], parent, list(transfers)],
    )
    await connection.execute(
        "insert into work (id, kind, stage, destination, state, sender_id, unit_id, position, deadline)"
        " select %s, 'package', 'pack', destination, 'ready', sender_id, unit_id, %s, deadline from work where id = %s",
        [row[0], row[0], parent],
    )
