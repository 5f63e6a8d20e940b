"""One leased row of work moves on, and its story gets a line: packages and bundles, which come one at a time."""

from dataclasses import dataclass, field

from psycopg.types.json import Jsonb

from ledger.database import Connection
from ledger.states import Fate, Stage, State


@dataclass(frozen=True, slots=True)
class EventNote:
    """Something that happened to a package or bundle, for its story."""

    id: int
    """package or bundle"""
    stage: Stage
    """at which stage"""
    fate: Fate
    """how it ended there"""
    cause: str = ""
    """why, when it did not pass"""
    took_ms: int | None = None
    """duration of the exchange"""
    detail: dict[str, object] = field(default_factory=dict)
    """codes and counts; never personal data"""


async def note(connection: Connection, kind: str, event: EventNote) -> None:
    """An attempt row and an event row for an exchange."""
    await connection.execute(
        "insert into attempts (work_id, kind, stage, took_ms, fate, cause, detail) values (%s, %s, %s, %s, %s, %s, %s)",
        [event.id, kind, event.stage.value, event.took_ms, event.fate.value, event.cause, Jsonb(event.detail)],
    )
    await connection.execute(
        "insert into events (transfer_id, stage, fate, cause, detail) values (%s, %s, %s, %s, %s)",
        [event.id, event.stage.value, event.fate.value, event.cause, Jsonb(event.detail)],
    )


async def move_one(
    connection: Connection,
    *,
    id: int,
    token: int,
    stage: Stage,
    state: State,
    due_seconds: float = 0.0,
    again: bool = False,
) -> bool:
    """Move one leased row on; False when the lease was no longer good (then nothing else may be written)."""
    cursor = await connection.execute(
        "update work set tries = case when %(again)s then tries + 1 when stage <> %(stage)s then 0 else tries end,"
        " losses = case when stage = %(stage)s then losses else 0 end,"
        " since = case when stage = %(stage)s then since else now() end,"
        " stage = %(stage)s, state = %(state)s, lease_until = null,"
        " due_at = now() + %(due)s * interval '1 second'"
        " where id = %(id)s and token = %(token)s and state = 'leased'",
        {
            "id": id,
            "token": token,
            "stage": stage.value,
            "state": state.value,
            "due": due_seconds,
            "again": again,
        },
    )
    return cursor.rowcount == 1
