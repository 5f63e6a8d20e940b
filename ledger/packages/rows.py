"""One package's row: whether its lease holds, why it rests, how it ends, and what about it people should look at."""

from ledger.database import Connection
from ledger.dispatch import Reference
from ledger.states import Stage


async def lease_holds(connection: Connection, reference: Reference) -> bool:
    """The lease is still good; its row stays locked until commit."""
    return await leased_at(connection, reference) is not None


async def leased_at(connection: Connection, reference: Reference) -> Stage | None:
    """The stage at which the lease is still good, its row locked until commit; None when it was lost."""
    row = await (
        await connection.execute(
            "select stage from work where id = %s and token = %s and state = 'leased' for update",
            [reference.id, reference.token],
        )
    ).fetchone()
    return Stage(row[0]) if row else None


async def finish_package(connection: Connection, package_id: int, state: str, *, cause: str = "") -> None:
    """The package's journey ends (judged, split): its bytes are needed no more, its row of work goes."""
    await connection.execute(
        "update packages set state = %s, cause = %s, body = null,"
        " judged_at = case when %s = 'judged' then now() end where id = %s",
        [state, cause, state, package_id],
    )
    await connection.execute("delete from work where id = %s", [package_id])


async def alarm(
    connection: Connection, kind: str, *, destination: str, package_id: int | None = None, count: int = 0
) -> None:
    """Something that should not happen, for people to look at; no personal data."""
    await connection.execute(
        "insert into alarms (kind, destination, package_id, detail)"
        " values (%s, %s, %s, jsonb_build_object('count', %s::int))",
        [kind, destination, package_id, count],
    )


async def set_cause(connection: Connection, package_id: int, cause: str) -> None:
    """Say why a package rests, for the failed list."""
    await connection.execute("update packages set cause = %s where id = %s", [cause, package_id])
