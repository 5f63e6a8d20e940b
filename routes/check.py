"""The check stage: the profile's schema and rules. Errors refuse the record, warnings go with it."""

from routes.cargo import Cargo, Halt, Kit
from schemas.findings import Severity


def check(cargo: Cargo, kit: Kit) -> Halt | None:
    """Every fault of a faulty record at once; good ones pay only for the gate."""
    assert cargo.profile is not None
    findings = kit.checkers[cargo.profile.name].check(cargo.root)
    cargo.findings += findings
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        return Halt(f"rule:{errors[0].rule}", findings)
    return None
