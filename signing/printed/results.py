"""What verification of a printed form answers: for each signature and for the file, in the words of EN 319 102-1."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from schemas.findings import Finding
from signing.certificates import Certificate
from signing.indications import Indication, SubIndication
from signing.preserve import Preservation


class Level(StrEnum):
    """What a signature brings along (EN 319 142-1 6.1)."""

    CMS = "PKCS7"
    """a PDF signature of the kind before PAdES"""
    B = "PAdES-B-B"
    """PAdES baseline"""
    T = "PAdES-B-T"
    """with a timestamp that holds, inside it or over the document"""
    LT = "PAdES-B-LT"
    """and everything that a verification asks for: certificates, lists, OCSP responses"""
    LTA = "PAdES-B-LTA"
    """and a document timestamp over all of that"""


@dataclass(frozen=True, slots=True)
class PdfSignature:
    """The verdict on one signature."""

    name: str
    """of its field"""
    indication: Indication
    """main indication"""
    sub_indication: SubIndication | None
    """sub-indication; None when passed"""
    cause: str | None
    """first thing wrong; None when passed"""
    failed_step: int | None
    """step that found it (`signing.verify.steps`); None when passed"""
    passed_steps: tuple[int, ...]
    """steps passed"""
    level: Level | None
    """what it brings along; None where it was not reached"""
    covers_file: bool
    """not an octet was added behind it"""
    signing_time: datetime | None
    """claimed by the signature; None where it says none, or was not reached"""
    stamped_time: datetime | None
    """proven by a timestamp that holds; None without one"""
    algorithms: str
    """for example `rsa-sha256, RSA-2048`; empty where not reached"""
    chain: tuple[str, ...]
    """SHA-256 of each certificate from the signer to the anchor; empty when no path was found"""
    certificate: Certificate | None = field(repr=False)
    """the signer's; None where it was not found"""
    findings: tuple[Finding, ...] = ()
    """what is wrong, for people; when passed, remarks at most"""
    kept: Preservation | None = None
    """what proves it in later years; None for document timestamps, and where its signer could not be read"""

    @property
    def passed(self) -> bool:
        """True for TOTAL-PASSED only."""
        return self.indication is Indication.PASSED


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the PDF."""

    name: str
    """as the PDF calls it"""
    octets: bytes = field(repr=False)
    """its content"""
    sha256: str = ""
    """lower-case hex"""


@dataclass(frozen=True, slots=True)
class PdfValidation:
    """The verdict on a file: TOTAL-PASSED only when every signature passed and covers what is shown.

    It says nothing of the records inside: they are verified as records are.
    """

    indication: Indication
    """main indication"""
    sub_indication: SubIndication | None
    """sub-indication of the gravest problem; None when passed"""
    cause: str | None
    """the gravest problem, `field:cause` where a signature is at fault; None when passed"""
    signatures: tuple[PdfSignature, ...]
    """in the order of signing"""
    attachments: tuple[Attachment, ...]
    """records inside, in the order of their names; empty where they could not be read"""
    uuid: str | None
    """look-up code of the record whose cover the form bears; None where it is not known"""
    first_revision: int
    """octets of the file before its first signature was added; 0 where there is none"""
    trust: str
    """state of the trust store at that time"""
    findings: tuple[Finding, ...]
    """all that is wrong, for people"""

    @property
    def passed(self) -> bool:
        """True for TOTAL-PASSED only."""
        return self.indication is Indication.PASSED
