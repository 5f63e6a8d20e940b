"""Who judges: the verifiers of the hub as the lanes have them, each over octets as they came."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from support.staff import CITY, PROFILE
from support.workshop import HOUR, NOW, SIGNED, SLOTS

from attacks.site import Site
from connectors.arrivals import Limits as Door
from connectors.official import read_batch_xml
from schemas.findings import Finding, FindingError
from schemas.octets import parse_record
from signing.preserve import verify_record
from signing.timestamps import PROBLEMS
from signing.trust import TrustStore
from signing.verify import (
    Approved,
    Disposition,
    RecordValidation,
    RecordVerifier,
    SlotPolicy,
    SlotValidation,
    verify_registration,
    verify_transaction,
)
from signing.verify.faults import FAULTS
from signing.verify.policy import HELD_BY_DEFAULT

CITY_POLICY = SlotPolicy.city()
SEALED = SIGNED + 9 * HOUR
"""When transactions are sealed."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it."""

    cause: str | None
    """`slot:cause` where a slot is at fault; None when passed."""
    indication: str
    """Of the signature at fault; of the record where that is at fault, or passed."""
    sub_indication: str | None
    """Of the signature at fault, or of the record."""
    disposition: Disposition
    """Of the record or transaction."""
    gives_data: bool
    """Whether anything was handed on."""
    findings: Sequence[Finding]
    """For people."""


Judge = Callable[[Site, bytes], Verdict]


def of_record(verdict: RecordValidation) -> Verdict:
    """The fault that decided a record's verdict."""
    slot, _, cause = (verdict.cause or "").rpartition(":")
    at_fault = next((one for one in verdict.slots if slot and (one.slot, one.cause) == (slot, cause)), None)
    if at_fault is not None:
        indication, sub = at_fault.indication, at_fault.sub_indication
    else:
        kind = FAULTS.get(cause)
        indication, sub = (kind.indication, kind.sub_indication) if kind else (verdict.indication, None)
    given = verdict.data is not None or verdict.data_sha256 is not None
    return Verdict(verdict.cause, indication, sub, verdict.disposition, given, verdict.findings)


def _twice(verifier: RecordVerifier, octets: bytes, registry: Approved | None) -> Verdict:
    """From the octets alone, and with the tree that the hub has already made of them: the verdict is the same."""
    alone = of_record(verify_record(verifier, octets, registry=registry, at=NOW))
    try:
        root = parse_record(octets)
    except FindingError:
        return alone
    with_tree = of_record(verify_record(verifier, octets, root, registry=registry, at=NOW))
    assert with_tree == alone, (with_tree.cause, alone.cause)
    return alone


def _by(policy: SlotPolicy, *, registered: bool = True, **lists: timedelta) -> Judge:
    def judge(site: Site, octets: bytes) -> Verdict:
        trust = site.trust(**{name: SIGNED + moment for name, moment in lists.items()})
        verifier = RecordVerifier(SLOTS, trust=trust, policy=policy)
        return _twice(verifier, octets, site.approved() if registered else None)

    return judge


def _without_trust(site: Site, octets: bytes) -> Verdict:
    return _twice(RecordVerifier(SLOTS, trust=TrustStore(anchors=[]), policy=CITY_POLICY), octets, site.approved())


def _teachers(site: Site, octets: bytes) -> Verdict:
    verifier = RecordVerifier(PROFILE.slots, trust=site.trust(), policy=SlotPolicy("city", CITY))
    return _twice(verifier, octets, site.approved())


def _transaction(site: Site, octets: bytes, *, issued_until: datetime | None = None) -> Verdict:
    given = {"trust": site.trust(), "policy": CITY_POLICY, "approved": site.approved(), "at": NOW}
    return _of_transaction(verify_transaction(octets, **given, issued_until=issued_until))  # type: ignore[arg-type]


def _of_transaction(verdict: SlotValidation) -> Verdict:
    sub, disposition = verdict.sub_indication, verdict.disposition
    return Verdict(verdict.cause, verdict.indication, sub, disposition, gives_data=False, findings=verdict.findings)


def _registration(site: Site, octets: bytes) -> Verdict:
    return _of_transaction(verify_registration(octets, trust=site.trust(), policy=CITY_POLICY, at=NOW))


def _batch(site: Site, octets: bytes) -> Verdict:
    """Cut as the hub cuts it; the verdict on the one record at fault, while those beside it pass."""
    records = [item.octets for item in read_batch_xml(octets, Door()).items]
    verdicts = [_by(CITY_POLICY)(site, record) for record in records]
    stopped = [one for one in verdicts if one.cause is not None]
    assert len(stopped) <= 1, [one.cause for one in stopped]
    return (stopped or verdicts)[0]


DOORS: Mapping[str, Judge] = {
    "record": _by(CITY_POLICY),
    "national": _by(SlotPolicy.national()),
    "no-policy": _by(SlotPolicy("none", frozenset())),
    "no-registry": _by(CITY_POLICY, registered=False),
    "stamped": _by(
        replace(CITY_POLICY, open_causes={**HELD_BY_DEFAULT, **dict.fromkeys(PROBLEMS, Disposition.REFUSE)})
    ),
    "old-lists": _by(CITY_POLICY, ends=-HOUR),
    "no-trust": _without_trust,
    "teachers": _teachers,
    "transaction": _transaction,
    "transaction-of-late-records": lambda site, octets: _transaction(site, octets, issued_until=SEALED + HOUR),
    "registration": _registration,
    "batch": _batch,
}
"""By name: the usual ones, and some where something is missing."""
