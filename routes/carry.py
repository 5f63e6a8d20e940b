"""A batch of records on their way: load by ids, hand over to the children, supply what they ask for, write.

How a record goes through its stages is `routes/way.py`; here is what surrounds that, in the worker's own process.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog

from ledger import lanes, outcomes
from ledger.crash import crash_point
from ledger.database import Connection, retrying
from ledger.dispatch import Reference
from ledger.outcomes import RecordOutcome, Step
from ledger.registry import approved_certificates
from ledger.signatures import requested
from ledger.standing import NEW, standings
from ledger.states import Fate, Stage
from routes.cargo import Carried, Halt, Load, Supplies
from routes.crew import Poisoned
from routes.fates import delay, fate_of, later, rhythm
from routes.settings import RetrySettings
from routes.supplying import supply, unsupplied
from routes.tools import Tools
from routes.verify import CAUSES
from routes.way import ORDER, Leg, carry_one
from signing.verify import Disposition

log = structlog.get_logger(__name__)

_LOADS = """
select w.id, w.token, w.stage, p.octets, r.official_sha256 is not null, s.format, r.uuid::text, u.code,
       n.signing = 'delegated', w.tries, w.destination, w.unit_id
from unnest(%s::bigint[], %s::bigint[]) x (id, token)
join work w on w.id = x.id and w.token = x.token and w.state = 'leased' and w.kind = 'record'
join transfers t on t.id = w.id
join records r on r.id = t.record_id
join submissions s on s.id = r.submission_id
join payloads p on p.sha256 = coalesce(r.official_sha256, r.received_sha256)
join units u on u.id = r.unit_id
join senders n on n.id = w.sender_id
"""


@dataclass(frozen=True, slots=True)
class _Job:
    leg: Leg
    token: int
    tries: int


async def carry(tools: Tools, references: Sequence[Reference]) -> None:
    """One batch: load by ids, work, write."""
    async with tools.pool.connection() as connection:
        jobs = await _load(connection, references, roles=tools.settings.signing.approved_slots)
    if not jobs:
        return
    results = await _carried_on(tools, jobs)
    payloads: dict[bytes, bytes] = {}
    written = [_outcome(tools, job, result, payloads) for job, result in zip(jobs, results, strict=True)]
    crash_point("stage.before-write")
    async for attempt in retrying():
        with attempt:
            async with tools.pool.connection() as connection:
                effective = await outcomes.write_records(connection, written, payloads=payloads, limits=tools.limits)
                crash_point("stage.before-commit")
    log.info(
        "carried", records=len(jobs), effective=len(effective), passed=sum(o.next_stage is not None for o in written)
    )


SUPPLIES = 6
"""Times that a record may ask for something from outside in one go."""


async def _carried_on(tools: Tools, jobs: Sequence[_Job]) -> list[Carried | Poisoned]:
    """Carry all; who needs something from outside gets it and is carried on, the others are not carried again."""
    results = await tools.crew.run(carry_one, [job.leg for job in jobs])
    for _ in range(SUPPLIES):
        wanting = {n: result for n, result in enumerate(results) if isinstance(result, Carried) and result.wants}
        if not wanting:
            break
        answers = await supply(tools, [result.wants for result in wanting.values() if result.wants])
        again: dict[int, Leg] = {}
        for (n, result), answer in zip(wanting.items(), answers, strict=True):
            if isinstance(answer, Halt):
                results[n] = _stopped(result, answer)
            else:
                again[n] = _further(jobs[n].leg, result, answer)
        for n, further in zip(again, await tools.crew.run(carry_one, list(again.values())), strict=True):
            results[n] = further if isinstance(further, Poisoned) else _joined(wanting[n], further)
    return [
        _stopped(each, unsupplied(each.wants)) if isinstance(each, Carried) and each.wants else each for each in results
    ]


def _further(leg: Leg, so_far: Carried, supplies: Supplies) -> Leg:
    """The same record from where it stopped, with what it asked for."""
    used = set(so_far.used)
    load = replace(
        leg.load,
        stage=so_far.steps[-1].stage,
        octets=leg.load.octets if so_far.octets is None else so_far.octets,
        official=leg.load.official or so_far.octets is not None,
        requests=tuple(each for each in leg.load.requests if each.id not in used),
        supplies=supplies,
    )
    return Leg(load, leg.until)


def _joined(before: Carried, after: Carried) -> Carried:
    """Two runs of one record as one."""
    return replace(
        after,
        steps=(*before.steps[:-1], *after.steps),
        octets=before.octets if after.octets is None and after.steps[-1].fate is not Fate.REFUSED else after.octets,
        used=(*before.used, *after.used),
    )


def _stopped(result: Carried, halt: Halt) -> Carried:
    """What it asked for could not be had."""
    last = result.steps[-1]
    return replace(
        result, steps=(*result.steps[:-1], replace(last, fate=fate_of(halt.cause), cause=halt.cause)), wants=None
    )


async def _load(connection: Connection, references: Sequence[Reference], *, roles: frozenset[str]) -> list[_Job]:
    rows = await (
        await connection.execute(
            _LOADS.encode(), [[r.id for r in references], [r.token for r in references]], binary=True
        )
    ).fetchall()
    closed = await lanes.closed_lanes(connection)
    approved = await approved_certificates(connection, {row[11] for row in rows}, roles=roles)
    before_check = [row[0] for row in rows if ORDER.index(Stage(row[2])) <= ORDER.index(Stage.CHECK)]
    known = await standings(connection, before_check)
    asked = await requested(connection, [row[0] for row in rows if row[2] == Stage.SIGN.value])
    jobs = []
    for row in rows:
        stage = Stage(row[2])
        until = _open_until(stage, row[10], closed)
        if until is None:
            continue
        load = Load(
            id=row[0],
            stage=stage,
            octets=bytes(row[3]),
            official=row[4] or row[5] == "official",
            format=row[5],
            uuid=row[6],
            unit_code=row[7],
            delegated=row[8],
            approved=approved.get(row[11], ()),
            standing=known.get(row[0], NEW),
            requests=asked.get(row[0], ()),
        )
        jobs.append(_Job(Leg(load, until), row[1], row[9]))
    return jobs


def _open_until(stage: Stage, destination: str, closed: set[tuple[str, str]]) -> Stage | None:
    """The last stage of an unbroken run of open lanes from here; None when this one is closed already."""
    last = None
    for following in ORDER[ORDER.index(stage) :]:
        if (following.value, destination) in closed:
            break
        last = following
    return last


AWAITING_SECONDS = 3600.0
"""A record that waits for a signature is woken by its answer; so often it looks by itself nonetheless."""


def _wait(cause: str, tries: int, retry: RetrySettings) -> float | None:
    """Seconds until the next try; an authority that says nothing about a certificate is waited for as long as it takes."""
    kind = cause.partition(":")[0]
    if kind == "awaiting-signature":
        return AWAITING_SECONDS
    again = rhythm if kind == CAUSES[Disposition.RETRY] else delay
    return again(retry.delays_seconds, tries, retry.jitter)


def _outcome(tools: Tools, job: _Job, result: Carried | Poisoned, payloads: dict[bytes, bytes]) -> RecordOutcome:
    """What the child's answer means for the ledger."""
    load = job.leg.load
    if isinstance(result, Poisoned):
        return RecordOutcome(load.id, job.token, (Step(load.stage, Fate.DEAD, "poison"),), None)
    sha256 = None
    if result.octets is not None:
        sha256 = hashlib.sha256(result.octets).digest()
        payloads[sha256] = result.octets
    last = result.steps[-1]
    due_at = None
    steps = result.steps
    if last.fate is Fate.RETRY:
        wait = _wait(last.cause, job.tries, tools.settings.retry)
        if wait is None:
            steps = (*steps[:-1], Step(last.stage, Fate.DEAD, f"exhausted:{last.cause}", last.at))
        else:
            due_at = datetime.now(UTC) + timedelta(seconds=wait)
    elif last.fate is Fate.DOWN:
        settings = tools.settings
        due_at = datetime.now(UTC) + timedelta(
            seconds=later(settings.limits.breaker_probe_seconds, settings.retry.jitter)
        )
    following = (*ORDER, Stage.PACK)
    return RecordOutcome(
        id=load.id,
        token=job.token,
        steps=steps,
        next_stage=following[following.index(last.stage) + 1] if last.fate is Fate.DONE else None,
        findings=result.findings,
        due_at=due_at,
        octets_sha256=sha256,
        size=len(result.octets or b""),
        seen=result.seen,
        asks=result.asks,
        used=result.used,
    )
