"""The check stage: the profile's schema and rules, and what the destination already has of the pupil.

Errors refuse the record, warnings go with it. After its campaign's freeze a record waits for an approver.
"""

from datetime import date

from routes.cargo import Cargo, Halt, Kit
from schemas.findings import Finding, Severity
from schemas.identity import identify
from schemas.rules.transactions import FROZEN, IN_FORCE


def check(cargo: Cargo, kit: Kit) -> Halt | None:
    """Every fault of a faulty record at once; good ones pay only for the gate."""
    assert cargo.profile is not None
    findings = (*kit.checkers[cargo.profile.name].check(cargo.root), *_in_force(cargo))
    cargo.findings = (*findings, *cargo.findings)
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        return Halt(f"rule:{errors[0].rule}", cargo.findings)
    last_day = None if cargo.load.standing.released else _last_day(cargo, kit)
    if last_day is not None:
        frozen = FROZEN.finding(values={"day": f"{last_day:%d/%m/%Y}"}, uuid=cargo.load.uuid)
        return Halt("frozen", (*cargo.findings, frozen))
    return None


def _in_force(cargo: Cargo) -> tuple[Finding, ...]:
    """The school has another record of this pupil, year and level in force; the ledger does not know the occasion, and
    another school's record is the part of a year before a transfer, or the year after it."""
    uuid = cargo.load.standing.in_force
    if uuid is None:
        return ()
    values = {"other_vi": f"UUID {uuid} đang có hiệu lực", "other_en": f"UUID {uuid} is in force"}
    return (IN_FORCE.finding(seen=uuid, uuid=cargo.load.uuid, values=values),)


def _last_day(cargo: Cargo, kit: Kit) -> date | None:
    """The freeze that the record comes after; None where it comes in time, or no campaign is set for it."""
    arrived = cargo.load.standing.accepted_on
    if not kit.campaigns or arrived is None:
        return None
    told = identify(cargo.root)
    grade = int(told.grade) if told.grade.isascii() and told.grade.isdigit() else None
    for campaign in kit.campaigns:
        if campaign.holds_for(told.school_year, grade):
            last_day = campaign.last_day(replaces=cargo.load.standing.replaces)
            return last_day if arrived > last_day else None
    return None
