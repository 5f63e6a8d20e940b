"""A batch of records is written in one transaction, by a fixed number of statements whatever its size."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson
from psycopg.types.json import Jsonb

from ledger import signatures
from ledger.crash import planted
from ledger.database import Connection, copy_rows, wake
from ledger.lanes import count_refusals
from ledger.outcomes.ends import Ended, Limits, feed, settle_ends
from ledger.outcomes.told import ENDS, WAITS, RecordOutcome, Step
from ledger.payloads import store_payloads
from ledger.sightings import note_sightings
from ledger.states import Fate, Stage, State


async def write_records(
    connection: Connection,
    outcomes: Sequence[RecordOutcome],
    *,
    payloads: Mapping[bytes, bytes],
    limits: Limits,
) -> frozenset[int]:
    """Write the outcomes of a batch of records; returns the transfers whose lease was still good."""
    if payloads:
        await store_payloads(connection, payloads)
    effective = await _move(connection, [o for o in outcomes if o.last.fate not in ENDS])
    ended = await _end(connection, [o for o in outcomes if o.last.fate in ENDS])
    effective |= {e.id for e in ended}
    good = [o for o in outcomes if o.id in effective]
    await _official(connection, good)
    await _transfers(connection, good)
    await _events(connection, good)
    await _attempts(connection, good)
    await _signatures(connection, good)
    # A record that is to be tried again will be seen again.
    await note_sightings(connection, {o.id: o.seen for o in good if o.last.fate not in WAITS})
    failed = [o for o in good if o.last.fate in (*ENDS, Fate.HELD)]
    if failed:
        await feed(connection, [(o.id, o.last.fate.value) for o in failed])
    if ended:
        await settle_ends(connection, {o.id: o.last for o in good}, ended, limits=limits)
    await _count(connection, good, limits)
    await wake(connection)
    return frozenset(effective)


async def _move(connection: Connection, outcomes: Sequence[RecordOutcome]) -> set[int]:
    if not outcomes:
        return set()
    states = []
    for o in outcomes:
        if o.last.fate is Fate.HELD:
            states.append((o.last.stage, State.HELD))
        elif o.last.fate in WAITS:
            states.append((o.last.stage, State.WAITING))
        else:
            assert o.next_stage is not None
            states.append((o.next_stage, State.READY))
    guard = "true" if planted("no-fencing") else "w.token = o.token and w.state = 'leased'"
    cursor = await connection.execute(
        "update work w set stage = o.stage, state = o.state, lease_until = null,"
        " due_at = coalesce(o.due_at, now()),"
        " tries = case when o.again then w.tries + 1 else 0 end,"
        " losses = case when o.stage = w.stage then w.losses else 0 end,"
        " since = case when o.stage = w.stage then w.since else now() end"
        " from unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::bool[])"
        " o (id, token, stage, state, due_at, again)"
        f" where w.id = o.id and {guard} returning w.id".encode(),
        [
            [o.id for o in outcomes],
            [o.token for o in outcomes],
            [stage.value for stage, _ in states],
            [state.value for _, state in states],
            [o.due_at for o in outcomes],
            [_is_a_try(o.last) for o in outcomes],
        ],
    )
    return {row[0] for row in await cursor.fetchall()}


def _is_a_try(step: Step) -> bool:
    """Waiting for a person is none: what goes wrong afterwards has its whole schedule of tries."""
    return step.fate is Fate.RETRY and not step.cause.startswith(signatures.AWAITING)


async def _signatures(connection: Connection, outcomes: Sequence[RecordOutcome]) -> None:
    """What is asked of remote services, and what has come of it; an answer may have come just now."""
    asking = {o.id: o.asks for o in outcomes if o.asks}
    await signatures.used(connection, [request for o in outcomes for request in o.used])
    if asking:
        await signatures.ask(connection, asking, kind="record")
    waiting = [o.id for o in outcomes if o.last.stage is Stage.SIGN and o.last.fate is Fate.RETRY]
    if waiting:
        await signatures.release(connection, waiting)


async def _end(connection: Connection, outcomes: Sequence[RecordOutcome]) -> list[Ended]:
    if not outcomes:
        return []
    cursor = await connection.execute(
        "delete from work w using unnest(%s::bigint[], %s::bigint[]) o (id, token)"
        " where w.id = o.id and w.token = o.token and w.state = 'leased'"
        " returning w.id, w.sequence_id, w.sender_id, w.destination",
        [[o.id for o in outcomes], [o.token for o in outcomes]],
    )
    return [Ended(*row) for row in await cursor.fetchall()]


async def _official(connection: Connection, outcomes: Sequence[RecordOutcome]) -> None:
    made = [o for o in outcomes if o.octets_sha256 is not None]
    if made:
        await connection.execute(
            "update records r set official_sha256 = o.sha256, size = o.size from"
            " unnest(%s::bigint[], %b::bytea[], %s::int[]) o (id, sha256, size)"
            " join transfers t on t.id = o.id where r.id = t.record_id",
            [[o.id for o in made], [o.octets_sha256 for o in made], [o.size for o in made]],
        )


async def _transfers(connection: Connection, outcomes: Sequence[RecordOutcome]) -> None:
    """The transfer says how it ended or why it rests; while it goes on, its row of work says where."""
    told = [o for o in outcomes if o.last.fate is not Fate.DONE or o.findings]
    passed = [o.id for o in outcomes if o.last.fate is Fate.DONE and not o.findings]
    if passed:
        # It rests no more: why it once did stands in its story.
        await connection.execute(
            "update transfers set cause = '', changed_at = now() where id = any(%s) and cause <> ''", [passed]
        )
    if told:
        await connection.execute(
            "update transfers t set fate = o.fate, stage = o.stage, cause = o.cause, findings = o.findings,"
            " changed_at = now() from unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::jsonb[])"
            " o (id, fate, stage, cause, findings) where t.id = o.id",
            [
                [o.id for o in told],
                [o.last.fate.value if o.last.fate in (*ENDS, Fate.HELD) else "open" for o in told],
                [(o.next_stage or o.last.stage).value for o in told],
                [o.last.cause for o in told],
                [Jsonb([finding.as_dict() for finding in o.findings]) for o in told],
            ],
        )


async def _events(connection: Connection, outcomes: Sequence[RecordOutcome]) -> None:
    untimed = any(step.at is None for o in outcomes for step in o.steps)
    now = await _now(connection) if untimed else None
    await copy_rows(
        connection,
        "events",
        "at, transfer_id, stage, fate, cause, detail",
        (
            (step.at or now, o.id, step.stage.value, step.fate.value, step.cause, _text(step.detail))
            for o in outcomes
            for step in o.steps
        ),
    )


def _text(detail: Mapping[str, object] | None) -> str:
    return orjson.dumps(detail).decode() if detail else "{}"


async def _now(connection: Connection) -> datetime:
    row = await (await connection.execute("select now()")).fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


async def _attempts(connection: Connection, outcomes: Sequence[RecordOutcome]) -> None:
    tried = [o for o in outcomes if o.last.fate is not Fate.DONE]
    if tried:
        await copy_rows(
            connection,
            "attempts",
            "work_id, kind, stage, fate, cause",
            ((o.id, "record", o.last.stage.value, o.last.fate.value, o.last.cause) for o in tried),
        )


async def _count(connection: Connection, outcomes: Sequence[RecordOutcome], limits: Limits) -> None:
    counts: dict[bool, list[int]] = {
        True: [o.id for o in outcomes if o.last.fate is Fate.REFUSED],
        False: [o.id for o in outcomes if o.last.fate is Fate.DONE and o.next_stage is Stage.PACK],
    }
    if not counts[True] and not counts[False]:
        return
    rows = await (
        await connection.execute(
            "select sender_id, count(*) filter (where id = any(%s)), count(*) filter (where id = any(%s))"
            " from transfers where id = any(%s) group by sender_id order by sender_id",
            [counts[False], counts[True], counts[True] + counts[False]],
        )
    ).fetchall()
    for sender_id, passed, refused in rows:
        await count_refusals(
            connection,
            sender_id=sender_id,
            passed=passed,
            refused=refused,
            limit=limits.refusals,
            share=limits.refusal_share,
        )
