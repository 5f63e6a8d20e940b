"""Lanes and what stops them: pauses by people, breakers by destinations, limits by senders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.database import Connection, wake
from ledger.states import Stage

EXCHANGES = (Stage.DELIVER, Stage.POLL)
"""Stages that talk to a destination: what its breaker pauses."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """A destination's breaker."""

    name: str
    """destination"""
    state: str
    """closed (all well), open (paused until `probe_at`) or probing (one exchange is out)"""
    failures: int
    """failures in a row"""
    probe_at: datetime | None
    """when to try again"""
    due: bool
    """a probe may go out now"""


async def enter_destination(connection: Connection, name: str) -> None:
    """Make a destination known."""
    await connection.execute("insert into destinations (name) values (%s) on conflict do nothing", [name])


async def closed_lanes(connection: Connection) -> set[tuple[str, str]]:
    """(stage, destination) of every lane that a person or a limit has closed."""
    rows = await (await connection.execute("select stage, destination from lanes where state <> 'open'")).fetchall()
    return {(stage, destination) for stage, destination in rows}


async def breakers(connection: Connection) -> list[Breaker]:
    """Every destination's breaker."""
    rows = await (
        await connection.execute(
            "select name, breaker, failures, probe_at, coalesce(probe_at <= now(), false) from destinations"
        )
    ).fetchall()
    return [Breaker(*row) for row in rows]


async def set_lane(connection: Connection, *, stage: str, destination: str, state: str, why: str, by: str) -> None:
    """Open, pause or stop a lane; leases that no exchange has begun go back at once."""
    await connection.execute(
        "insert into lanes (stage, destination, state, why, by) values (%s, %s, %s, %s, %s)"
        " on conflict (stage, destination) do update set state = excluded.state, why = excluded.why,"
        " by = excluded.by, changed_at = now()",
        [stage, destination, state, why, by],
    )
    if state == "open":
        await connection.execute(
            "update destinations set deaths = 0, changed_at = now() where name = %s", [destination]
        )
    else:
        await _leases_back(connection, stages=[stage], destination=destination)
    await wake(connection)


async def _leases_back(connection: Connection, *, stages: Sequence[str], destination: str) -> None:
    # An exchange that has begun keeps its lease: its outcome must count.
    # A row that is locked is having its outcome written just now.
    await connection.execute(
        "update work set state = 'ready', lease_until = null where id in ("
        " select w.id from work w where w.state = 'leased' and w.stage = any(%s) and w.destination = %s"
        " and not exists (select from packages p where p.id = w.id and p.state = 'sending')"
        " for update skip locked)",
        [list(stages), destination],
    )


async def record_failure(connection: Connection, *, destination: str, threshold: int, delays: Sequence[float]) -> None:
    """One more exchange failed for the destination's sake: from `threshold` on the breaker opens.

    Exchanges that were out already when it opened say nothing new: only a failed probe lengthens the pause.
    """
    await connection.execute(
        "update destinations set failures = failures + 1,"
        " breaker = case when failures + 1 >= %(threshold)s then 'open' else breaker end,"
        " opened_at = case when failures + 1 >= %(threshold)s then coalesce(opened_at, now()) end,"
        " probe_at = case when failures + 1 >= %(threshold)s then now() + interval '1 second' *"
        "   (%(delays)s::float8[])[least(failures + 2 - %(threshold)s, %(count)s)] end,"
        " changed_at = now() where name = %(name)s and breaker <> 'open'",
        {"threshold": threshold, "delays": list(delays), "count": len(delays), "name": destination},
    )


async def record_success(connection: Connection, *, destination: str) -> None:
    """The destination answered: the breaker closes."""
    cursor = await connection.execute(
        "update destinations set breaker = 'closed', failures = 0, probe_at = null, opened_at = null,"
        " changed_at = now() where name = %s and (failures > 0 or breaker <> 'closed')",
        [destination],
    )
    if cursor.rowcount:
        await connection.execute(
            "update work set state = 'ready' where id in ("
            " select w.id from work w where w.state = 'waiting' and w.destination = %s and w.stage = any(%s)"
            " and (select a.fate from attempts a where a.work_id = w.id order by a.id desc limit 1) = 'down'"
            " for update skip locked)",
            [destination, [stage.value for stage in EXCHANGES]],
        )
        await wake(connection)


async def begin_probe(connection: Connection, *, destination: str, patience_seconds: float) -> None:
    """One exchange goes out; if nothing is heard of it, another may after `patience_seconds`."""
    await connection.execute(
        "update destinations set breaker = 'probing', probe_at = now() + %s * interval '1 second', changed_at = now()"
        " where name = %s",
        [patience_seconds, destination],
    )


async def count_refusals(
    connection: Connection, *, sender_id: int, passed: int, refused: int, limit: int, share: float
) -> bool:
    """Add to a sender's counts; True when this stops it."""
    cursor = await connection.execute(
        "update senders set passed = passed + %(passed)s, refused = refused + %(refused)s,"
        " stopped_at = case when stopped_at is null and refused + %(refused)s >= %(limit)s"
        "   and refused + %(refused)s >= %(share)s * (passed + %(passed)s + refused + %(refused)s)"
        "   then now() else stopped_at end where id = %(id)s returning stopped_at = now(), refused, passed",
        {"passed": passed, "refused": refused, "limit": limit, "share": share, "id": sender_id},
    )
    row = await cursor.fetchone()
    if row is None or not row[0]:
        return False
    await connection.execute(
        "update senders set stopped_why = %s where id = %s",
        [
            f"{row[1]} hồ sơ bị từ chối trên {row[1] + row[2]} hồ sơ: bản xuất có lỗi hàng loạt? /"
            f" {row[1]} of {row[1] + row[2]} records refused: a bad export?",
            sender_id,
        ],
    )
    await connection.execute(
        "update work set state = 'ready', lease_until = null where id in (select id from work"
        " where state = 'leased' and sender_id = %s and stage in ('normalise', 'check', 'sign', 'verify')"
        " for update skip locked)",
        [sender_id],
    )
    return True


async def resume_sender(connection: Connection, *, code: str) -> bool:
    """A person lets a stopped sender go on; its counts begin anew."""
    cursor = await connection.execute(
        "update senders set stopped_at = null, stopped_why = null, passed = 0, refused = 0 where code = %s", [code]
    )
    await wake(connection)
    return cursor.rowcount > 0


async def count_deaths(connection: Connection, *, destination: str, deaths: int, limit: int) -> None:
    """Add to a destination's deaths; from `limit` on its lanes stop until a person resumes them."""
    row = await (
        await connection.execute(
            "update destinations set deaths = deaths + %s where name = %s returning deaths", [deaths, destination]
        )
    ).fetchone()
    if row is None or row[0] < limit:
        return
    for stage in EXCHANGES:
        await set_lane(
            connection,
            stage=stage.value,
            destination=destination,
            state="stopped",
            why=f"{row[0]} hồ sơ hỏng trên đường tới {destination}. / {row[0]} records died on the way.",
            by="hub",
        )
