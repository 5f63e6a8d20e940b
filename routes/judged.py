"""What is told of a file that somebody brings: plain values that travel between processes, without keys or documents."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from connectors.arrivals import Limits
from schemas.findings import Finding
from schemas.policies import SlotsPolicy
from signing.indications import Indication
from transformers.printed.settings import PrintSettings


@dataclass(frozen=True, slots=True)
class Terms:
    """What files are judged by."""

    trust_folder: Path | None
    """anchors and revocation data; None: nobody is trusted"""
    most_age: timedelta | None
    """of revocation data; None: as it says itself"""
    slots: SlotsPolicy
    """who must sign"""
    approved_slots: frozenset[str]
    """slots whose certificate must be approved"""
    limits: Limits
    """of records and batches, as at the door"""
    printing: PrintSettings
    """how forms are set here"""


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature with its verdict, as it is shown to people."""

    place: str
    """slot of a record, field of a PDF"""
    indication: str
    """in the words of EN 319 102-1"""
    sub: str
    """sub-indication; empty when passed"""
    findings: tuple[Finding, ...]
    """what is wrong, and remarks"""
    time: datetime | None
    """claimed; None where it was not reached"""
    stamped: datetime | None
    """proven by a timestamp"""
    covers_file: bool
    """of a PDF: nothing was added behind it"""
    algorithms: str
    """method and key"""
    sha256: str
    """of the certificate; empty where none was found"""
    serial: str
    """of the certificate"""
    not_before: datetime | None
    """start of its validity"""
    not_after: datetime | None
    """end of its validity"""
    issuer: str
    """RFC 4514 name of who issued it"""
    subject: str = field(repr=False)
    """RFC 4514; names a person"""


@dataclass(frozen=True, slots=True)
class FormVerdict:
    """The verdict on a PDF."""

    indication: str
    """in the words of EN 319 102-1"""
    cause: str
    """machine text; empty when passed"""
    findings: tuple[Finding, ...]
    """all that is wrong"""
    signatures: tuple[Signed, ...]
    """in the order of signing"""
    uuid: str | None
    """record of the cover"""
    reprinted: bool | None = None
    """its pages are octet for octet those that this hub sets from the records inside; None: not tried"""


@dataclass(frozen=True, slots=True)
class Inside:
    """One record of a file, not judged yet."""

    uuid: str
    """MA_TRA_CUU_UUID; empty where it says none"""
    school: str
    """MA_TRUONG"""
    octets: bytes = field(repr=False)
    """the record"""


@dataclass(frozen=True, slots=True)
class Examined:
    """What a file is."""

    form: FormVerdict | None
    """of a PDF"""
    records: tuple[Inside, ...]
    """in order, at most so many"""
    beyond: int
    """records that are left out"""
    findings: tuple[Finding, ...]
    """why it is neither a PDF nor a record"""


@dataclass(frozen=True, slots=True)
class RecordVerdict:
    """The verdict on a record."""

    uuid: str
    """MA_TRA_CUU_UUID"""
    school: str
    """MA_TRUONG"""
    indication: str
    """in the words of EN 319 102-1"""
    cause: str
    """machine text; empty when passed"""
    signatures: tuple[Signed, ...]
    """in the order of slots"""
    findings: tuple[Finding, ...]
    """what is wrong beside its signatures"""
    structure: tuple[Finding, ...]
    """faults of its structure and content (QĐ 1789/QĐ-SGDĐT Điều 12 khoản 2a)"""
    not_checked: tuple[str, ...]
    """rules that nobody could be asked about"""

    @property
    def passed(self) -> bool:
        """Every signature holds, and so does the structure."""
        return self.indication == Indication.PASSED and not self.structure
