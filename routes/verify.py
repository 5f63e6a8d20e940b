"""The verify stage: every signature, to the standard, on the octets that will go on. INDETERMINATE never passes."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from ledger.certificates import CertificateFacts
from ledger.registry import ApprovedRow
from ledger.sightings import Sighting
from routes.cargo import Cargo, Halt, Kit
from routes.certificates import facts
from schemas.profiles import Profile
from signing.certificates import Certificate
from signing.preserve import verify_record
from signing.verify import Approved, ApprovedCertificate, Disposition, RecordValidation, SlotValidation

TRUSTED = 9
"""the step that a certificate has passed whose path ends at an anchor"""
INTRODUCE_AGAIN_SECONDS = 60.0
"""a batch may fail to be written: what a certificate says of itself is told again after this"""

CAUSES: Mapping[Disposition, str] = {
    Disposition.REFUSE: "signature",
    Disposition.HOLD: "indeterminate",
    Disposition.RETRY: "verify-later",
}


def verify(cargo: Cargo, kit: Kit) -> Halt | None:
    """The verdict on the record, by the policy in force."""
    assert cargo.profile is not None
    verifier = kit.verifiers.of(cargo.profile, cargo.root)
    registry = _approved(cargo, kit)
    validation = verify_record(verifier, cargo.octets, cargo.root, registry=registry, at=datetime.now(UTC))
    cargo.findings += validation.findings
    cargo.verdict, cargo.seen = told(validation), seen(validation, cargo.profile, kit)
    if validation.passed:
        return None
    return Halt(f"{CAUSES[validation.disposition]}:{validation.cause}", validation.findings)


def told(validation: RecordValidation) -> Mapping[str, object]:
    """The verdict for the record's story: codes, times and fingerprints, no name."""
    return {
        "verdict": {
            "indication": validation.indication,
            "cause": validation.cause or "",
            "policy": validation.policy,
            "trust": validation.trust,
            "registry": validation.registry,
            "not_checked": validation.not_checked,
            "slots": [_slot(slot) for slot in validation.slots],
        }
    }


def _slot(slot: SlotValidation) -> Mapping[str, object]:
    return {
        "slot": slot.slot,
        "indication": slot.indication,
        "sub": slot.sub_indication or "",
        "cause": slot.cause or "",
        "step": slot.failed_step,
        "time": slot.signing_time,
        "sha256": slot.signer.sha256 if slot.signer else "",
        "serial": slot.signer.serial if slot.signer else "",
        "form": slot.form or "",
        "algorithms": f"{slot.algorithms.signature}, {slot.algorithms.key}" if slot.algorithms else "",
    }


def seen(validation: RecordValidation, profile: Profile, kit: Kit) -> tuple[Sighting, ...]:
    """The certificates whose path was trusted, whatever else is wrong: strangers' ones never fill the registry."""
    holders = {slot.name: slot.holder for slot in profile.slots}
    signers = ((slot.slot, slot.signer) for slot in validation.slots if slot.signer and TRUSTED in slot.passed_steps)
    return tuple(
        Sighting(role, bytes.fromhex(signer.sha256), _introduced(signer.certificate, holders.get(role, "unknown"), kit))
        for role, signer in signers
    )


def _introduced(certificate: Certificate, holder: str, kit: Kit) -> CertificateFacts | None:
    """What it says of itself, once a minute: thousands of records bear the same few."""
    now = time.monotonic()
    if now < kit.introduced.get(certificate.sha256, 0.0):
        return None
    kit.introduced[certificate.sha256] = now + INTRODUCE_AGAIN_SECONDS
    return facts(certificate, holder=holder)


def _approved(cargo: Cargo, kit: Kit) -> Approved:
    """The school's approved organisation certificates; kept between records of one school."""
    rows = cargo.load.approved
    known = kit.approved.get(rows)
    if known is None:
        known = kit.approved[rows] = approvals(cargo.load.unit_code, rows)
    return known


def approvals(unit_code: str, rows: Sequence[ApprovedRow]) -> Approved:
    """The ledger's rows of one unit as the verifier takes them."""
    return Approved(
        unit_code,
        tuple(
            ApprovedCertificate(
                serial=serial.lower().lstrip("0"),
                sha256=sha256.hex(),
                valid_from=valid_from,
                valid_to=valid_to,
                roles=frozenset({role}),
            )
            for role, serial, sha256, valid_from, valid_to in rows
        ),
    )
