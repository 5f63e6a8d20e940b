"""What the keeper of evidence has to do next, that there is one keeper at a time, and when staff are told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.database import Connection

_LOCK = 0x6576_6964  # "evid"


@dataclass(frozen=True, slots=True)
class Task:
    """What the keeper has to do next of one kind."""

    done_until: datetime | None
    """what was verified before is under a tree"""
    due_at: datetime
    """not before"""
    tries: int
    """in a row that brought nothing"""
    failing_since: datetime | None
    """since when"""
    cause: str
    """machine-readable"""
    alarmed: bool
    """staff were told"""


async def task(connection: Connection, name: str) -> Task:
    """What is to be done next: build or renew."""
    row = await (
        await connection.execute(
            "select done_until, due_at, tries, failing_since, cause, alarmed from evidence_work where name = %s", [name]
        )
    ).fetchone()
    assert row is not None
    return Task(*row)


async def done(
    connection: Connection, name: str, *, done_until: datetime | None = None, due_seconds: float = 0.0
) -> None:
    """It was done; what went wrong before is over."""
    await connection.execute(
        "update evidence_work set done_until = greatest(done_until, %s), due_at = now() + make_interval(secs => %s),"
        " tries = 0, failing_since = null, cause = '', alarmed = false, changed_at = now() where name = %s",
        [done_until, due_seconds, name],
    )


async def failed(connection: Connection, name: str, *, cause: str, due_seconds: float, alarm_after: timedelta) -> bool:
    """It could not be done and is due again later; True when it fails for so long that staff are told, once."""
    row = await (
        await connection.execute(
            "update evidence_work w set due_at = now() + make_interval(secs => %(due)s), tries = w.tries + 1,"
            " failing_since = coalesce(w.failing_since, now()), cause = %(cause)s, changed_at = now(),"
            " alarmed = w.alarmed or coalesce(w.failing_since, now()) <= now() - %(after)s::interval"
            " from evidence_work old where w.name = %(name)s and old.name = w.name"
            " returning w.alarmed and not old.alarmed, w.failing_since",
            {"due": due_seconds, "cause": cause, "after": alarm_after, "name": name},
        )
    ).fetchone()
    assert row is not None
    told, since = row
    if told:
        await connection.execute(
            "insert into alarms (kind, detail) values ('evidence-waiting', jsonb_build_object('task', %s::text,"
            " 'cause', %s::text, 'since', %s::text))",
            [name, cause, since.isoformat()],
        )
    return bool(told)


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
