"""What every way in hands over to the acceptance port: records as octets, with all around them, and what was found."""

from dataclasses import dataclass

from schemas.findings import Finding
from schemas.identity import RecordIdentity

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that every body is read under (assumed contract §3)."""

    body_octets: int = 10 * MIB
    """size of a pushed body, at most"""
    unpacked_octets: int = 64 * MIB
    """what a packed body may unpack to"""
    records: int = 2000
    """records of one submission, at most"""
    json_depth: int = 64
    """nesting of a JSON body, at most"""
    record_octets: int = 2 * MIB
    """size of one record, at most"""


@dataclass(frozen=True, slots=True)
class ArrivalItem:
    """One record as it came."""

    octets: bytes
    """an official HOC_BA element exactly as received, or the vendor's own entry"""
    identity: RecordIdentity | None
    """what it says of itself; None when that cannot be read (then `findings` has an error)"""
    signed: bool
    """the octets are the official record that will go on; False: a vendor's own format, still to be written"""
    findings: tuple[Finding, ...] = ()
    """errors refuse this record at the door; warnings go with it"""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One submission, read and cut."""

    format: str
    """official, or the folder of connectors/vendors that read it"""
    items: tuple[ArrivalItem, ...]
    """the records, in order; at least one"""
    gaps: tuple[bytes, ...]
    """octets before, between and after the records: one more than items; gap, record, gap … is the batch again"""
