"""A record's way through normalise, check, sign and verify: the order of the stages, run in a child process.

The stages run one after another in one child call, over octets parsed once; each leaves its own step in the record's
story. A stage whose lane is closed is where the record rests (`docs/decisions/0001-run-on.md`). The batch that brings
records here and writes down how far they came is `routes/carry.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ledger.crash import die_if_doomed
from ledger.outcomes import Step
from ledger.states import Fate, Stage
from routes.cargo import Cargo, Carried, Halt, Kit, Load, Verifiers
from routes.check import check
from routes.check_settings import CheckSettings
from routes.fates import fate_of
from routes.keys import keys_of
from routes.normalise import normalise, read
from routes.sign import sign
from routes.signing_settings import SigningSettings
from routes.trust import trust_of
from routes.verify import verify
from schemas.check import Checker
from schemas.profiles import Medium, profiles
from signing.preserve import verify_record
from signing.seal.memory import keep_memory_private
from signing.verify import Approvals, RecordValidation, SlotPolicy

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
