"""The normalise stage: whatever the vendor sent becomes one official record of a known profile.

Official records are only read, never rewritten; what they say of themselves must be what they were accepted under.
"""

from connectors.vendors import formats
from routes.cargo import Cargo, Halt, Kit
from schemas.check import unknown_version
from schemas.findings import FindingError
from schemas.identity import identify
from schemas.octets import parse_record
from transformers.official import write_record


def normalise(cargo: Cargo, kit: Kit) -> Halt | None:
    """Give the cargo official octets, a parsed tree and its profile."""
    if not cargo.official:
        try:
            converted = formats()[cargo.load.format].to_canonical(cargo.octets, uuid=cargo.load.uuid)
        except FindingError as error:
            return Halt(f"rule:{error.findings[0].rule}", error.findings)
        record, cargo.findings = converted.record, converted.notes
        profile = kit.profile(record.version, record.level)
        assert profile is not None
        cargo.octets, cargo.official, cargo.changed = write_record(record, profile), True, True
    return read(cargo, kit)


def read(cargo: Cargo, kit: Kit) -> Halt | None:
    """Parse official octets once, and hold the record to what it was accepted under."""
    try:
        cargo.root = parse_record(cargo.octets)
    except FindingError as error:
        return Halt(f"rule:{error.findings[0].rule}", error.findings)
    identity = identify(cargo.root)
    if (identity.uuid, identity.school_code) != (cargo.load.uuid, cargo.load.unit_code):
        return Halt("identity-mismatch")
    cargo.profile = kit.profile(identity.version, identity.level)
    if cargo.profile is None:
        return Halt("rule:B01", (unknown_version(cargo.root),))
    return None
