"""A record's way through normalise, check, sign and verify: the order of the stages, and the batch that takes it.

The stages run one after another in one child call, over octets parsed once; each leaves its own step in the record's
story. A stage whose lane is closed is where the record rests (`docs/decisions/0001-run-on.md`).
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog

from ledger import lanes, outcomes
from ledger.crash import crash_point, die_if_doomed
from ledger.database import Connection, retrying
from ledger.dispatch import Reference
from ledger.outcomes import RecordOutcome, Step
from ledger.registry import approved_certificates
from ledger.signatures import requested
from ledger.standing import NEW, standings
from ledger.states import Fate, Stage
from routes.cargo import Cargo, Carried, Halt, Kit, Load, Supplies, Verifiers
from routes.check import check
from routes.check_settings import CheckSettings
from routes.crew import Poisoned
from routes.fates import delay, fate_of, later, rhythm
from routes.keys import keys_of
from routes.normalise import normalise, read
from routes.settings import RetrySettings
from routes.sign import sign
from routes.signing_settings import SigningSettings
from routes.supplying import supply, unsupplied
from routes.tools import Tools
from routes.trust import trust_of
from routes.verify import CAUSES, verify
from schemas.check import Checker
from schemas.profiles import Medium, profiles
from signing.preserve import verify_record
from signing.seal.memory import keep_memory_private
from signing.verify import Approvals, Disposition, RecordValidation, SlotPolicy

log = structlog.get_logger(__name__)

StageWork = Callable[[Cargo, Kit], Halt | None]

STAGES: Mapping[Stage, StageWork] = {
    Stage.NORMALISE: normalise,
    Stage.CHECK: check,
    Stage.SIGN: sign,
    Stage.VERIFY: verify,
}
"""A record's way, in order; what follows is `pack`."""

ORDER = tuple(STAGES)

_kit: Kit | None = None


def equip(settings: SigningSettings, check: CheckSettings | None = None) -> None:
    """Equip a child process once: schemas compiled, trust and keys read."""
    global _kit  # noqa: PLW0603 - a child process has exactly one kit, made by its initializer
    keep_memory_private()
    check = check or CheckSettings()
    known = {
        name: profile
        for name, profile in profiles().items()
        if profile.medium is Medium.XML and (not profile.observed or name in settings.observed_profiles)
    }
    trust = trust_of(settings)
    slots = settings.slots
    _kit = Kit(
        settings=settings,
        taken=frozenset(known),
        checkers={
            name: Checker(profile, required_slots=slots, severities=check.weights) for name, profile in known.items()
        },
        verifiers=Verifiers(
            slots,
            trust,
            slots.policy,
            approved_slots=settings.approved_slots,
            open_causes=settings.open_causes,
        ),
        returned=Verifiers(slots, trust, "returned", Approvals.DESTINATION, open_causes=settings.open_causes),
        trust=trust,
        policy=SlotPolicy(slots.policy, frozenset(), open_causes=settings.open_causes),
        keys=keys_of(settings),
        campaigns=check.campaigns,
    )


def kit() -> Kit:
    """What this child process was equipped with."""
    assert _kit is not None
    return _kit


@dataclass(frozen=True, slots=True)
class Leg:
    """A record to be carried, and how far."""

    load: Load
    """the record"""
    until: Stage
    """the last stage whose lane is open"""


def carry_one(leg: Leg) -> Carried:
    """Take one record as far as it goes (runs in a child process)."""
    assert _kit is not None
    load = leg.load
    die_if_doomed(load.uuid)
    cargo = Cargo(load=load, octets=load.octets, official=load.official)
    steps: list[Step] = []
    for stage in ORDER[ORDER.index(load.stage) : ORDER.index(leg.until) + 1]:
        halt = read(cargo, _kit) if cargo.root is None and stage is not Stage.NORMALISE else None
        halt = halt or STAGES[stage](cargo, _kit)
        if halt is not None:
            steps.append(Step(stage, fate_of(halt.cause), halt.cause, datetime.now(UTC), _detail(stage, cargo)))
            return _carried(cargo, steps, halt)
        steps.append(Step(stage, Fate.DONE, "", datetime.now(UTC), _detail(stage, cargo)))
    return _carried(cargo, steps, None)


def _carried(cargo: Cargo, steps: Sequence[Step], halt: Halt | None) -> Carried:
    refused = steps[-1].fate is Fate.REFUSED
    return Carried(
        id=cargo.load.id,
        steps=tuple(steps),
        findings=cargo.findings if halt is None else halt.findings,
        octets=cargo.octets if cargo.changed and not refused else None,
        seen=cargo.seen,
        asks=cargo.asks,
        used=cargo.used,
        wants=cargo.wants,
    )


def _detail(stage: Stage, cargo: Cargo) -> Mapping[str, object] | None:
    return cargo.verdict if stage is Stage.VERIFY else None


def returned_verdict(octets: bytes, root: object, version: str, level: str, *, at: datetime) -> RecordValidation | None:
    """The verdict on a record that a destination gives back; None for a version the hub does not know.

    Run in a child process. The approvals in force when it was issued were the destination's to check.
    """
    assert _kit is not None
    profile = _kit.profile(version, level)
    if profile is None:
        return None
    return verify_record(_kit.returned.of(profile, root), octets, root, registry=None, at=at)


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
