"""Writing down what became of work: one transaction for a whole batch, under fencing tokens.

A row is touched only while it is leased under the token shown; what another worker has taken over in the meantime is
left alone and reported as ineffective. Everything else an outcome entails (the record's octets, events, attempts, the
sender's feed, the freed UUID, the next of the sequence, dead letters, limits) happens in the same transaction.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from psycopg.types.json import Jsonb

from ledger import signatures
from ledger.acceptance import store_payloads
from ledger.crash import planted
from ledger.database import Connection, copy_rows, wake
from ledger.lanes import count_deaths, count_refusals
from ledger.sightings import Sighting, note_sightings
from ledger.signatures import Ask
from ledger.states import Fate, Stage, State
from schemas.findings import Finding


@dataclass(frozen=True, slots=True)
class Step:
    """One stage that a record has passed, or stopped at."""

    stage: Stage
    """stage"""
    fate: Fate
    """how it ended there"""
    cause: str = ""
    """machine-readable cause when it did not pass"""
    at: datetime | None = None
    """when; None = when the batch is written"""
    detail: Mapping[str, object] | None = None
    """codes, counts and fingerprints for the record's story; never personal data"""


@dataclass(frozen=True, slots=True)
class RecordOutcome:
    """What became of one record's transfer in a worker's hands."""

    id: int
    """transfer"""
    token: int
    """fencing token of the lease"""
    steps: tuple[Step, ...]
    """the stages it went through, the last one deciding"""
    next_stage: Stage | None
    """where it goes on when the last step is done"""
    findings: tuple[Finding, ...] = ()
    """what the sender is told"""
    due_at: datetime | None = None
    """for a retry: not before"""
    octets_sha256: bytes | None = None
    """official octets that a stage made (stored beside)"""
    size: int = 0
    """their number"""
    seen: tuple[Sighting, ...] = ()
    """trusted certificates that it is signed with"""
    asks: tuple[Ask, ...] = ()
    """signatures that remote services are to make"""
    used: tuple[int, ...] = ()
    """requests whose values stand in the record now"""

    @property
    def last(self) -> Step:
        """The step that decides."""
        return self.steps[-1]


@dataclass(frozen=True, slots=True)
class Limits:
    """When a sender or a destination is stopped."""

    refusals: int
    """refused records from which a sender may be stopped"""
    refusal_share: float
    """and their share"""
    deaths: int
    """dead transfers that stop a destination"""


@dataclass(slots=True)
class _Ended:
    """A transfer that has left the table of unfinished work."""

    id: int
    sequence_id: int | None
    sender_id: int
    destination: str


ENDS = (Fate.REFUSED, Fate.DEAD, Fate.SUPERSEDED)
WAITS = (Fate.RETRY, Fate.DOWN)


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
        await settle_ends(connection, {e.id: o.last for e in ended for o in good if o.id == e.id}, ended, limits=limits)
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


async def _end(connection: Connection, outcomes: Sequence[RecordOutcome]) -> list[_Ended]:
    if not outcomes:
        return []
    cursor = await connection.execute(
        "delete from work w using unnest(%s::bigint[], %s::bigint[]) o (id, token)"
        " where w.id = o.id and w.token = o.token and w.state = 'leased'"
        " returning w.id, w.sequence_id, w.sender_id, w.destination",
        [[o.id for o in outcomes], [o.token for o in outcomes]],
    )
    return [_Ended(*row) for row in await cursor.fetchall()]


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
    now = await _now(connection)
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


async def feed(connection: Connection, ends: Sequence[tuple[int, str]]) -> None:
    """Tell the senders: (transfer, fate as the feed words it) of transfers whose row already says why."""
    await connection.execute(
        "insert into outcomes (sender_id, transfer_id, record_id, submission_id, line, uuid, unit_id, fate, stage,"
        " cause, findings, verdict)"
        " select t.sender_id, t.id, t.record_id, t.submission_id, r.line, r.uuid::text, t.unit_id, e.fate, t.stage,"
        " t.cause, t.findings,"
        " (select jsonb_build_object('trang_thai', v.trang_thai, 'error', v.error, 'error_field_title',"
        "  v.error_field_title, 'error_description', v.error_description, 'at', v.at)"
        "  from verdicts v where v.transfer_id = t.id order by v.id desc limit 1)"
        " from unnest(%s::bigint[], %s::text[]) with ordinality e (id, fate, n)"
        " join transfers t on t.id = e.id join records r on r.id = t.record_id order by e.n",
        [[transfer for transfer, _ in ends], [fate for _, fate in ends]],
    )


async def settle_ends(
    connection: Connection, last: Mapping[int, Step], ended: Sequence[_Ended], *, limits: Limits
) -> None:
    """What every end entails: the UUID, the next of the sequence, the dead letter, the destination's count."""
    refused = [e.id for e in ended if last[e.id].fate is Fate.REFUSED]
    if refused:
        await free_uuids(connection, refused)
    await release_next(connection, [e.sequence_id for e in ended if e.sequence_id is not None])
    dead = [e for e in ended if last[e.id].fate is Fate.DEAD]
    await bury(connection, {e.id: last[e.id] for e in dead})
    for destination, deaths in Counter(e.destination for e in dead).items():
        await count_deaths(connection, destination=destination, deaths=deaths, limit=limits.deaths)


async def free_uuids(connection: Connection, transfers: Collection[int]) -> None:
    """A refused record's UUID may be presented again (assumed contract §5: used means accepted)."""
    await connection.execute(
        "update uuids u set state = 'free' from transfers t join records r on r.id = t.record_id"
        " where t.id = any(%s) and u.uuid = r.uuid and u.record_id = r.id and u.state = 'claimed'",
        [list(transfers)],
    )


async def release_next(connection: Connection, sequences: Sequence[int]) -> None:
    """The oldest unfinished transfer of each sequence may go, towards each destination."""
    if sequences:
        await connection.execute(
            "update work set state = 'ready' where state = 'queued' and id in"
            " (select distinct on (sequence_id, destination) id from work where sequence_id = any(%s)"
            "  order by sequence_id, destination, position)",
            [list(sequences)],
        )


async def bury(connection: Connection, dead: Mapping[int, Step]) -> None:
    """A row for people stands already; leave a message for machines too, on `<stage>.dlq`."""
    if dead:
        await connection.execute(
            "insert into dead_letters (stage, message) select d.stage, jsonb_build_object('kind', t.kind, 'id', t.id,"
            " 'stage', d.stage, 'cause', d.cause, 'destination', t.destination, 'submission', t.submission_id,"
            " 'attempts', (select count(*) from attempts a where a.work_id = t.id), 'at', now())"
            " from unnest(%s::bigint[], %s::text[], %s::text[]) d (id, stage, cause) join transfers t on t.id = d.id",
            [list(dead), [step.stage.value for step in dead.values()], [step.cause for step in dead.values()]],
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
