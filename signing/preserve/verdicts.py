"""The verdict of `signing.verify` on files that carry their own proof: what their archive timestamps prove decides as of
when, and by what, they are judged (EN 319 102-1 5.6).

A file without timestamps costs one search in its octets. Where every signature has an archive timestamp that holds, the
present of the verifier is theirs; an archive timestamp over something else says that the file was changed since.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from schemas.findings import Finding, Severity
from signing.indications import Indication
from signing.preserve.past import PastTrust
from signing.preserve.problems import CannotPreserve, problem_of
from signing.preserve.results import DocumentPreservation, Preservation
from signing.preserve.unsigned import StampKind
from signing.preserve.validate import validate
from signing.trust import Trust, TrustFolder, TrustStore
from signing.verify import (
    Approved,
    Disposition,
    RecordValidation,
    RecordVerifier,
    SlotPolicy,
    SlotValidation,
    verify_transaction,
)

TOKEN, ARCHIVE = b"EncapsulatedTimeStamp", b"ArchiveTimeStamp"
"""in every file that bears timestamps; in those that bear archive timestamps: element names have one spelling"""
_STEP = 9
"""trust and time"""


@dataclass(frozen=True, slots=True)
class Preserved:
    """A document with timestamps."""

    trust: Trust
    """whom its verifier asks"""
    at: datetime
    """the present of its verifier: where archive timestamps prove that all of it was there, their time"""
    preservation: DocumentPreservation
    """what was found of its timestamps and of what they cover"""


def preserved_of(octets: bytes, trust: TrustStore | TrustFolder, at: datetime) -> Preserved | None:
    """What a record or a batch proves by itself; None where it bears no timestamps, or is none."""
    if TOKEN not in octets:
        return None
    try:
        found = validate(octets, trust=trust, at=at)
    except CannotPreserve:
        return None
    archived = found.archived if found.passed else None
    return Preserved(PastTrust(trust, found) if archived else trust, archived or at, found)


def verify_record(
    verifier: RecordVerifier, octets: bytes, root: Any | None = None, *, registry: Approved | None, at: datetime
) -> RecordValidation:
    """The verdict on a record as of `at`, by what its archive timestamps prove where it has any; as `verifier.verify`."""
    trust = verifier.trust
    if ARCHIVE not in octets or not isinstance(trust, TrustStore | TrustFolder):
        return verifier.verify(octets, root, registry=registry, at=at)
    return judge_record(verifier, octets, root, registry=registry, at=at, preserved=preserved_of(octets, trust, at))


def judge_record(
    verifier: RecordVerifier,
    octets: bytes,
    root: Any | None,
    *,
    registry: Approved | None,
    at: datetime,
    preserved: Preserved | None,
) -> RecordValidation:
    """The same where what the record proves by itself is known."""
    if preserved is None:
        return verifier.verify(octets, root, registry=registry, at=at)
    told = verifier.verify(octets, root, registry=registry, at=preserved.at, trust=preserved.trust)
    slots = _weighed(told.slots, preserved.preservation.signatures)
    added = [
        finding for old, new in zip(told.slots, slots, strict=True) for finding in new.findings[len(old.findings) :]
    ]
    weighed = replace(told, slots=slots, findings=(*told.findings, *added))
    refuted = next((new for old, new in zip(told.slots, slots, strict=True) if old.passed and not new.passed), None)
    if refuted is None or told.disposition is Disposition.REFUSE:
        return weighed
    return replace(
        weighed,
        indication=Indication.FAILED,
        disposition=Disposition.REFUSE,
        cause=f"{refuted.slot}:{refuted.cause}",
        data=None,
        data_sha256=None,
    )


def judge_transaction(
    octets: bytes,
    root: Any | None,
    *,
    trust: Trust,
    policy: SlotPolicy,
    approved: Approved | None,
    at: datetime,
    preserved: Preserved | None,
) -> SlotValidation:
    """The verdict on the signature over a batch, where what the batch proves by itself is known."""
    if preserved is not None:
        trust, at = preserved.trust, preserved.at
    told = verify_transaction(octets, root, trust=trust, policy=policy, approved=approved, at=at)
    return told if preserved is None else _weighed([told], preserved.preservation.signatures)[0]


def _weighed(slots: Sequence[SlotValidation], found: Sequence[Preservation]) -> tuple[SlotValidation, ...]:
    """What an archive timestamp refutes does not pass."""
    if len(slots) != len(found):
        return tuple(slots)
    return tuple(_beside(slot, each) for slot, each in zip(slots, found, strict=True))


def _beside(slot: SlotValidation, found: Preservation) -> SlotValidation:
    """An archive timestamp over something else says that the file was changed since; one that proves nothing for another
    reason is as if it were not there, and is remarked on, as others are by the verifier itself."""
    broken = next((each for each in found.stamps if each.kind is StampKind.ARCHIVE and each.cause is not None), None)
    if broken is None or broken.cause is None or not slot.passed:
        return slot
    problem, altered = problem_of(broken.cause), broken.indication is Indication.FAILED
    finding = Finding(
        rule="S02",
        severity=Severity.ERROR if altered else Severity.WARNING,
        message=problem.message,
        remedy=problem.remedy,
        basis="ETSI EN 319 102-1 5.6",
        path=found.path or None,
        line=None,
        offset=None,
        seen=None,
        expected=None,
        uuid=None,
        personal=False,
    )
    told = replace(slot, findings=(*slot.findings, finding))
    if not altered:
        return told
    return replace(
        told,
        indication=problem.indication,
        sub_indication=problem.sub_indication,
        disposition=Disposition.REFUSE,
        cause=problem.cause,
        failed_step=_STEP,
        passed_steps=tuple(step for step in slot.passed_steps if step != _STEP),
    )
