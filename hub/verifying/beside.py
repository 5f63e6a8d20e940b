"""Evidence records beside a file (`X.er`, `X.ers.xml` beside `X.xml`): judged with the same trust, told beside its
signatures, and asked for a proof of existence where a signature lacks one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from hub.checking.items import Item
from hub.evidence.judging import ENDINGS, RECORD, judge
from hub.verifying.told import Beside, Judged
from signing.certificates import Certificate
from signing.indications import Indication, SubIndication
from signing.trust import Standing, Trust, TrustStore
from signing.verify import Limits

HEALED = frozenset(
    {
        SubIndication.REVOKED_NO_POE,
        SubIndication.REVOKED_CA_NO_POE,
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    }
)
"""what a signature lacks where only a proof is missing that it was there earlier (EN 319 102-1 5.6.2.4); an issuer whose
key was compromised is not among them: its lists can no longer be believed about whoever stands below it"""


@dataclass(frozen=True, slots=True)
class ProvenTrust:
    """The present's trust about what was there at an earlier time: a later revocation of a signer takes nothing away."""

    present: Trust = field(repr=False)
    """whom is asked"""
    since: datetime
    """it was there at this time"""
    now: datetime
    """the present: all that is known of revocations by now is asked for"""

    @property
    def state(self) -> str:
        """The state of the present's trust."""
        return self.present.state

    def standing(
        self, certificate: Certificate, *, claimed: datetime, now: datetime, others: Sequence[Certificate] = ()
    ) -> Standing:
        """What is known of the certificate, without what came too late."""
        found = self.present.standing(certificate, claimed=claimed, now=max(now, self.now), others=others)
        weighty = tuple(each for each in found.revocations if each.on_hold or each.moment <= self.since)
        return replace(found, revocations=weighty)


def evidence_beside(item: Item, *, trust: TrustStore, at: datetime) -> tuple[Beside, ...]:
    """The verdicts on all evidence beside a file that is one record; none for what lies in a batch or an archive."""
    file = Path(item.file)
    if item.number != 1 or file.suffix != RECORD:
        return ()
    there = [each for ending in ENDINGS if (each := file.with_name(file.stem + ending)).is_file()]
    if not there or not _is_whole(file, item.content):
        return ()
    return tuple(_told(each, file, trust=trust, at=at) for each in there)


def with_evidence(judged: Judged, found: tuple[Beside, ...], again: Callable[[datetime], Judged]) -> Judged:
    """The verdict with what lies beside it: refused evidence changes nothing; a proof of existence may complete a verdict
    that lacks one and nothing else, `again` is the verdict on the record as of then."""
    since = min((each.since for each in found if each.since is not None), default=None)
    if since is not None and _lacks_proof(judged):
        healed = again(since)
        if healed.passed:
            return replace(healed, evidence=tuple(replace(each, decided=each.since == since) for each in found))
    return replace(judged, evidence=found)


def _lacks_proof(judged: Judged) -> bool:
    wrong = [each for each in judged.signatures if not each.passed]
    return bool(wrong) and all(
        each.indication is Indication.INDETERMINATE and each.sub_indication in HEALED for each in wrong
    )


def _is_whole(file: Path, content: object) -> bool:
    try:
        return file.stat().st_size <= Limits().octets and file.read_bytes() == content
    except OSError:
        return False


def _told(evidence: Path, record: Path, *, trust: TrustStore, at: datetime) -> Beside:
    judged = judge(evidence, record, trust=trust, at=at)
    found = judged.validation
    return Beside(
        file=judged.evidence,
        passed=judged.passed,
        indication=None if found is None else found.indication,
        sub_indication=None if found is None else found.sub_indication,
        cause=None if found is None else found.cause,
        syntax=None if found is None else found.syntax,
        since=None if found is None else found.since,
        until=None if found is None else found.until,
        message=judged.message,
        remedy=judged.remedy,
    )
