"""What a validation of long-term levels answers: frozen results, for each signature and for the whole document."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from signing.certificates import Certificate
from signing.indications import Indication, SubIndication
from signing.preserve.problems import Problem, problem_of
from signing.preserve.unsigned import StampKind
from signing.trust import TrustStore


class Level(StrEnum):
    """The baseline levels of EN 319 132-1 clause 6, each holding the one before it."""

    B = "B"
    """signed properties alone"""
    T = "T"
    """and a timestamp over the signature value"""
    LT = "LT"
    """and everything that a verification asks for: certificates, lists, OCSP responses"""
    LTA = "LTA"
    """and a timestamp over all of that"""

    def reaches(self, other: "Level") -> bool:
        """At least that one."""
        order = list(Level)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class StampValidation:
    """The verdict on one timestamp of a signature."""

    kind: StampKind
    """which"""
    indication: Indication
    """main indication, as of the time at which it is known to have been there"""
    sub_indication: SubIndication | None
    """sub-indication; None when passed"""
    cause: str | None
    """machine text, for example timestamp-imprint; None when passed"""
    time: datetime | None
    """genTime, UTC; None where the token cannot be read"""
    algorithm: str | None
    """digest algorithm of its imprint"""
    serial: int | None
    """the authority's number for it"""
    until: datetime | None
    """after this it proves nothing without a later one; None unless passed"""
    tsa: Certificate | None = field(repr=False)
    """the authority's certificate; None where it was not found"""

    @property
    def passed(self) -> bool:
        """True for TOTAL-PASSED only."""
        return self.indication is Indication.PASSED


@dataclass(frozen=True, slots=True)
class Preservation:
    """What a signature carries to prove it in later years, and what of that holds."""

    slot: str
    """name of its slot; GIAO_DICH for a batch's own"""
    path: str
    """where the slot stands"""
    level: Level
    """the highest level whose parts are all there and hold"""
    indication: Indication
    """TOTAL-PASSED when the signature value and every timestamp hold; a level that is not reached is no fault"""
    sub_indication: SubIndication | None
    """sub-indication; None when passed"""
    cause: str | None
    """machine text of the first fault; None when passed"""
    remark: str | None
    """machine text of what keeps it from a level that it seems to claim; that is no fault"""
    stamps: tuple[StampValidation, ...]
    """its timestamps, in the order in which they stand"""
    proven: datetime | None
    """best signature time (EN 319 102-1 5.5.4): it was there at this time, by a timestamp that holds; None without one"""
    until: datetime | None
    """provable until then, unless it is renewed before; None without a timestamp that holds"""
    covered_by: str | None
    """path of the slot whose signature covers this one and proves it; None where it proves itself"""

    @property
    def passed(self) -> bool:
        """True for TOTAL-PASSED only."""
        return self.indication is Indication.PASSED

    @property
    def problem(self) -> Problem | None:
        """What is wrong, in words."""
        return None if self.cause is None else problem_of(self.cause)


@dataclass(frozen=True, slots=True)
class Past:
    """What is to be asked about a certificate of a preserved document, and as of when."""

    moment: datetime
    """the time at which what it signed is known to have been there"""
    store: TrustStore
    """anchors of the present, revocation data of then"""


@dataclass(frozen=True, slots=True)
class DocumentPreservation:
    """The verdict on a record or a batch."""

    signatures: tuple[Preservation, ...]
    """in the profile's order of slots"""
    past: dict[str, Past] = field(repr=False)
    """SHA-256 of a certificate → what answers for it; those of signers and of timestamping authorities"""

    @property
    def level(self) -> Level:
        """The lowest of its signatures' levels."""
        return min((each.level for each in self.signatures), key=list(Level).index)

    @property
    def passed(self) -> bool:
        """Every signature's timestamps hold."""
        return all(each.passed for each in self.signatures)

    @property
    def archived(self) -> datetime | None:
        """The present of a verifier who believes the archive timestamps: by then, all that is verified was there.

        None where some signature has none that holds.
        """
        proven = {each.path: each for each in self.signatures}
        times = [_archived(proven.get(each.covered_by or "", each)) for each in self.signatures]
        return None if None in times else max(filter(None, times), default=None)

    @property
    def until(self) -> datetime | None:
        """The first of its signatures' ends; None where one has none."""
        ends = [each.until for each in self.signatures]
        return None if None in ends else min(filter(None, ends))


def _archived(signature: Preservation) -> datetime | None:
    times = [each.time for each in signature.stamps if each.kind is StampKind.ARCHIVE and each.passed and each.time]
    return min(times, default=None)
