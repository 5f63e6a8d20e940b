"""Documents that carry their own proof: what their timestamps prove decides as of when, and by what, they are judged."""

from dataclasses import dataclass, replace
from datetime import datetime

from hub.verifying.told import Judged, Kept, Signature, Verdict
from schemas.findings import Finding, Severity
from signing.preserve import CannotPreserve, DocumentPreservation, PastTrust, Preservation, StampKind, validate
from signing.preserve.problems import problem_of
from signing.trust import Trust, TrustStore
from signing.verify import Indication

_TOKEN = b"EncapsulatedTimeStamp"
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

    def told(self, judged: Judged) -> Judged:
        """The verdict, with each signature's level; what an archive timestamp of it refutes does not pass."""
        if len(judged.signatures) != len(self.preservation.signatures):
            return judged
        slots = {each.path: each.slot for each in self.preservation.signatures}
        pairs = zip(judged.signatures, self.preservation.signatures, strict=True)
        signatures = tuple(_with(signature, found, slots) for signature, found in pairs)
        verdict = judged.verdict
        if judged.passed:
            refuted = [each for each in signatures if not each.passed]
            verdict = _verdict(refuted[0], judged) if refuted else verdict
        return replace(judged, signatures=signatures, verdict=verdict)


def preserved_of(octets: bytes, trust: TrustStore, at: datetime) -> Preserved | None:
    """What a record or a batch proves by itself; None where it bears no timestamps, or is none."""
    if _TOKEN not in octets:
        return None
    try:
        found = validate(octets, trust=trust, at=at)
    except CannotPreserve:
        return None
    archived = found.archived if found.passed else None
    return Preserved(PastTrust(trust, found) if archived else trust, archived or at, found)


def _with(signature: Signature, found: Preservation, slots: dict[str, str]) -> Signature:
    """An archive timestamp over something else says that the file was changed since; one that proves nothing for another
    reason is as if it were not there, and is remarked on, as others are by the verifier itself."""
    kept = Kept(
        level=found.level,
        times=tuple(each.time for each in found.stamps if each.passed and each.time is not None),
        proven=found.proven,
        until=found.until,
        by=slots.get(found.covered_by or ""),
        remark=found.remark,
    )
    told = replace(signature, kept=kept)
    broken = next((each for each in found.stamps if each.kind is StampKind.ARCHIVE and each.cause is not None), None)
    if broken is None or broken.cause is None or not signature.passed:
        return told
    problem, altered = problem_of(broken.cause), broken.indication is Indication.FAILED
    finding = Finding(
        rule="S02",
        severity=Severity.ERROR if altered else Severity.WARNING,
        message=problem.message,
        remedy=problem.remedy,
        basis="ETSI EN 319 102-1 5.6",
        path=signature.path or None,
        line=None,
        offset=None,
        seen=None,
        expected=None,
        uuid=None,
        personal=False,
    )
    told = replace(told, findings=(*signature.findings, finding))
    if not altered:
        return told
    return replace(
        told,
        indication=problem.indication,
        sub_indication=problem.sub_indication,
        cause=problem.cause,
        failed_step=_STEP,
        passed_steps=tuple(step for step in signature.passed_steps if step != _STEP),
    )


def _verdict(signature: Signature, judged: Judged) -> Verdict:
    assert signature.indication is not None  # only the hub's own verdicts come here
    cause = f"{signature.slot}:{signature.cause}" if judged.number is not None else signature.cause
    return Verdict(signature.indication, signature.sub_indication, cause)
