"""What a connector hands over, and each record of it on its way through acceptance."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from schemas.findings import Finding, Severity
from schemas.identity import RecordIdentity
from schemas.rules import acceptance

GENERAL = "DU_LIEU_HOC_BA/THONG_TIN_CHUNG"
"""where a record names itself, its school and its pupil"""


class ArrivalItem(Protocol):
    """What a connector hands over for one record (`connectors.arrivals.ArrivalItem`)."""

    @property
    def octets(self) -> bytes: ...
    @property
    def identity(self) -> RecordIdentity | None: ...
    @property
    def signed(self) -> bool: ...
    @property
    def findings(self) -> tuple[Finding, ...]: ...


class Arrival(Protocol):
    """What a connector hands over for one submission (`connectors.arrivals.Arrival`)."""

    @property
    def format(self) -> str: ...
    @property
    def gaps(self) -> tuple[bytes, ...]: ...
    @property
    def items(self) -> Sequence[ArrivalItem]: ...


@dataclass(slots=True)
class Line:
    """One record on its way through acceptance."""

    line: int
    """0-based place in the submission"""
    item: ArrivalItem
    """as the connector read it"""
    status: str = "accepted"
    """accepted, refused or duplicate"""
    uuid: UUID | None = None
    """as given, or allocated; None until then"""
    findings: tuple[Finding, ...] = ()
    """why refused, or warnings"""
    sha256: bytes = b""
    """of the octets as received"""
    unit_id: int = 0
    """its school; 0 until the sender is known to speak for it"""
    pupil_id: int = 0
    """surrogate id of its pupil"""
    record_id: int = 0
    """claimed together with its UUID"""
    transfer_id: int = 0
    """of its journey"""
    position: int = 0
    """its place in the order of acceptance"""
    queued: bool = False
    """an older transfer of the same pupil is unfinished"""

    def refuse(self, finding: Finding) -> None:
        """Not taken on, and why."""
        self.status = "refused"
        self.findings = (*self.findings, finding)


def line_of(number: int, item: ArrivalItem) -> Line:
    """A record as it stands at the door: refused where the connector found an error or its UUID is none."""
    faulty = any(finding.severity is Severity.ERROR for finding in item.findings)
    line = Line(number, item, status="refused" if faulty else "accepted", findings=item.findings)
    if item.identity is not None and item.identity.uuid:
        try:
            line.uuid = UUID(item.identity.uuid)
        except ValueError:
            line.refuse(_bad_uuid(item.identity.uuid))
    line.sha256 = hashlib.sha256(item.octets).digest()
    return line


def _bad_uuid(text: str) -> Finding:
    return acceptance.UUID_READABLE.finding(path=f"{GENERAL}/MA_TRA_CUU_UUID", seen=text[:64])
