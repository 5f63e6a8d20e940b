"""Validation of levels T, LT and LTA: what was true then, proven from the file itself (EN 319 102-1 5.5 and 5.6).

The steps for one signature, in order; the code bears their numbers:

1.  Core: the digests and the value of the signature hold (steps 4 to 8 of `signing.verify`).
2.  Timestamps, the last one first: the last must hold as of now, each earlier one as of the time of the archive timestamp
    that covers it (5.6.2.4): imprint over exactly what it covers, the authority's signature, path and revocation. What
    proves these is what stands in the file before the covering timestamp, and what the trust folder knows besides: the
    worse word counts.
3.  Algorithms of each timestamp, allowed as of that same time (5.2.8).
4.  Best signature time: the earliest timestamp that holds (5.5.4).
5.  Level: LT when certificates and revocation data in the file alone, beneath the anchors, tell how the signer's
    certificate stood at the best signature time, and those of the authorities at their own times; LTA when the last
    archive timestamp holds over that.
6.  A signature that stands inside what another covers is proven by that one (its octets are that one's data).

Nothing in a file makes a root trusted: anchors are the present's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from schemas.algorithms import SUITES, Suite
from signing.certificates import Certificate
from signing.indications import Indication
from signing.preserve.opening import Opened, certificates_of, open_signature
from signing.preserve.places import Held, open_document
from signing.preserve.problems import CannotPreserve, problem_of
from signing.preserve.results import DocumentPreservation, Level, Past, Preservation, StampValidation
from signing.preserve.strength import weighed
from signing.preserve.unsigned import Stamp, StampKind
from signing.timestamps import verify_timestamp_over
from signing.trust import TrustFolder, TrustStore
from signing.trust.material import Material, kept_store, store_of
from signing.verify.signature import guarded

_NO_FAULT = frozenset({"form-property", "unsupported-property"})
"""what keeps a signature from being judged here, and takes nothing from it"""


def validate(
    octets: bytes, *, trust: TrustStore | TrustFolder, at: datetime, suites: Sequence[Suite] = SUITES
) -> DocumentPreservation:
    """Judge what a record or a batch carries for later years; `at` is the present.

    Raises:
        CannotPreserve: it is neither, or cannot be read (steps 1 to 3 of `signing.verify`).
    """
    document = open_document(octets)
    judges: dict[int, Judgement] = {}
    for number in range(len(document.signatures)):
        _judge(number, document.signatures, judges, store_of(trust), at, suites)
    past: dict[str, Past] = {}
    for judge in judges.values():
        for name, each in judge.past.items():
            if name not in past or past[name].moment < each.moment:
                past[name] = each
    return DocumentPreservation(tuple(judges[number].told() for number in range(len(document.signatures))), past)


def _judge(
    number: int,
    held: Sequence[Held],
    judges: "dict[int, Judgement]",
    trust: TrustStore,
    at: datetime,
    suites: Sequence[Suite],
) -> "Judgement":
    if number not in judges:
        cover = held[number].covered_by
        # 6. Whoever covers it comes first.
        above = None if cover is None else _judge(cover, held, judges, trust, at, suites)
        judges[number] = judge_signature(held[number], trust=trust, at=at, suites=suites, above=above)
    return judges[number]


@dataclass(slots=True)
class Judgement:
    """What has been established about one signature."""

    held: Held
    """where it stands"""
    opened: Opened | None = None
    """read, where its core holds"""
    stamps: list[StampValidation] = field(default_factory=list)
    """its timestamps, in order"""
    level: Level = Level.B
    """from step 5"""
    proven: datetime | None = None
    """from step 4"""
    until: datetime | None = None
    """the end of what proves it"""
    kept: Material = field(default_factory=Material)
    """certificates and revocation data that answer for it"""
    past: dict[str, Past] = field(default_factory=dict)
    """as of when which certificate is asked about"""
    cause: str | None = None
    """the first fault"""
    remark: str | None = None
    """what keeps it from a level that it seems to claim"""
    above: "Judgement | None" = None
    """of the signature that covers this one"""

    def told(self) -> Preservation:
        """The verdict."""
        problem = None if self.cause is None else problem_of(self.cause)
        return Preservation(
            slot=self.held.slot,
            path=self.held.path,
            level=self.level,
            indication=problem.indication if problem else Indication.PASSED,
            sub_indication=problem.sub_indication if problem else None,
            cause=self.cause,
            remark=self.remark,
            stamps=tuple(self.stamps),
            proven=self.proven,
            until=self.until,
            covered_by=None if self.above is None else self.above.held.path,
        )


def judge_signature(
    held: Held, *, trust: TrustStore, at: datetime, suites: Sequence[Suite] = SUITES, above: Judgement | None = None
) -> Judgement:
    """Steps 1 to 6 for one signature; `above` is the judgement on the one that covers it."""
    judgement = Judgement(held, above=above)
    fault = guarded(lambda: _check(judgement, trust, at, suites))
    if fault is not None:
        judgement.cause, judgement.level = fault.kind.cause, Level.B
    return judgement


def _check(judgement: Judgement, trust: TrustStore, at: datetime, suites: Sequence[Suite]) -> None:
    above = judgement.above
    # 1. Core.
    try:
        opened = judgement.opened = open_signature(judgement.held)
    except CannotPreserve as fault:
        if fault.problem.cause in _NO_FAULT:
            judgement.remark = fault.problem.cause
        else:
            judgement.cause = fault.problem.cause
        return
    # 2 and 3. Timestamps, as of the times at which they are known to have been there.
    covered_at = above.proven if above is not None and above.cause is None else None
    around = above.kept if above is not None else Material()
    moment = covered_at or at
    _judge_stamps(judgement, opened, trust=trust, moment=moment, around=around, suites=suites)
    # 4. Best signature time.
    times = [each.time for each in judgement.stamps if each.passed and each.time is not None]
    if above is not None and covered_at is not None:
        times.append(covered_at)
        judgement.until = above.until
    judgement.proven = min(times, default=None)
    # 5. Level.
    judgement.kept = opened.unsigned.kept() + around
    judgement.level = _level(judgement, opened, trust)
    _remember_signer(judgement, opened, trust)


def _judge_stamps(
    judgement: Judgement,
    opened: Opened,
    *,
    trust: TrustStore,
    moment: datetime,
    around: Material,
    suites: Sequence[Suite],
) -> None:
    before: int | None = None
    verdicts: list[StampValidation] = []
    for stamp in reversed(opened.unsigned.stamps):
        store = kept_store(trust, opened.unsigned.kept(before=before) + around, alone=False)
        verdict = _stamp_verdict(stamp, opened, store, suites, at=moment, covered_at=None if before is None else moment)
        verdicts.insert(0, verdict)
        judgement.cause = verdict.cause or judgement.cause
        if verdict.tsa is not None and verdict.passed:
            _remember(judgement, verdict.tsa, Past(moment, store))
        if stamp.kind is StampKind.ARCHIVE and verdict.passed and verdict.time is not None:
            moment, before = min(moment, verdict.time), stamp.position
    judgement.stamps = verdicts
    judgement.until = _end(verdicts)


def _end(verdicts: Sequence[StampValidation]) -> datetime | None:
    """Of the last archive timestamp, that covers the others; without one, of the best of the others."""
    archives = [each for each in verdicts if each.kind is StampKind.ARCHIVE]
    return max(filter(None, (each.until for each in archives[-1:] or verdicts)), default=None)


def _stamp_verdict(
    stamp: Stamp,
    opened: Opened,
    store: TrustStore,
    suites: Sequence[Suite],
    *,
    at: datetime,
    covered_at: datetime | None,
) -> StampValidation:
    told = verify_timestamp_over(stamp.token, octets=opened.covered(stamp), trust=store, at=at, covered_at=covered_at)
    return weighed(stamp.kind, stamp.token, told, suites=suites, at=at)


def _level(judgement: Judgement, opened: Opened, trust: TrustStore) -> Level:
    above, archives = judgement.above, [each for each in judgement.stamps if each.kind is StampKind.ARCHIVE]
    if judgement.proven is None:
        return Level.B
    covered = above is not None and above.proven is not None
    stamped = any(each.passed and each.kind is StampKind.SIGNATURE for each in judgement.stamps)
    if not (stamped or covered):
        return Level.B
    if not is_complete(judgement, opened, trust):
        if opened.unsigned.kept() or archives:
            judgement.remark = "values-missing"
        return Level.T
    if covered and above is not None:
        return above.level if above.level.reaches(Level.LT) else Level.T
    return Level.LTA if archives and archives[-1].passed else Level.LT


def is_complete(judgement: Judgement, opened: Opened, trust: TrustStore) -> bool:
    """Whether the file alone tells how everybody's certificate stood at the time: all that level LT asks."""
    if judgement.proven is None or not (judgement.kept.lists or judgement.kept.responses):
        return False
    alone = kept_store(trust, judgement.kept, alone=True)
    signer = alone.standing(opened.certificate, claimed=opened.claimed, now=judgement.proven, others=opened.others)
    return signer.problem is None and all(
        _stands(alone, stamp, verdict)
        for stamp, verdict in zip(opened.unsigned.stamps, judgement.stamps, strict=True)
        if not (stamp is opened.unsigned.stamps[-1] and stamp.kind is StampKind.ARCHIVE)
    )


def _stands(alone: TrustStore, stamp: Stamp, verdict: StampValidation) -> bool:
    if verdict.tsa is None or verdict.time is None:
        return False
    others = certificates_of(stamp.token)
    return alone.standing(verdict.tsa, claimed=verdict.time, now=verdict.time, others=others).problem is None


def _remember_signer(judgement: Judgement, opened: Opened, trust: TrustStore) -> None:
    if judgement.proven is not None and judgement.cause is None:
        store = kept_store(trust, judgement.kept, alone=False)
        _remember(judgement, opened.certificate, Past(judgement.proven, store))


def _remember(judgement: Judgement, certificate: Certificate, past: Past) -> None:
    known = judgement.past.get(certificate.sha256)
    if known is None or known.moment < past.moment:
        judgement.past[certificate.sha256] = past
