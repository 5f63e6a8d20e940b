"""The verify stage: every signature, to the standard, on the octets that will go on. INDETERMINATE never passes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from ledger.registry import ApprovedRow
from routes.cargo import Cargo, Halt, Kit
from signing.verify import Approved, ApprovedCertificate, Disposition

CAUSES: Mapping[Disposition, str] = {
    Disposition.REFUSE: "signature",
    Disposition.HOLD: "indeterminate",
    Disposition.RETRY: "verify-later",
}


def verify(cargo: Cargo, kit: Kit) -> Halt | None:
    """The verdict on the record, by the policy in force."""
    assert cargo.profile is not None
    verifier = kit.verifiers.of(cargo.profile, cargo.root)
    validation = verifier.verify(cargo.octets, cargo.root, registry=_approved(cargo, kit), at=datetime.now(UTC))
    cargo.findings += validation.findings
    if validation.passed:
        return None
    return Halt(f"{CAUSES[validation.disposition]}:{validation.cause}", validation.findings)


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
