"""What came of a conversion: counted, with the first places, and without anything that a record says of a person."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import StrEnum

from hub.checking.items import FileFault, Unread
from hub.converting.drafts import Draft, MisfitError, MissingError
from hub.converting.reading import Source, errors_of
from schemas.findings import Finding
from schemas.profiles import Profile

MOST_PLACES = 5
"""places of errors that are told"""


class Refusal(StrEnum):
    """Why a record was not converted, where neither findings nor members say it."""

    OTHER_KIND = "other-kind"
    """the target has no profile for its kind of schooling"""
    CANCELLED = "cancelled"
    """its envelope takes it back"""
    TWICE = "twice"
    """a record with its UUID has been converted before"""
    BROKEN = "broken"
    """a fault of the program"""


@dataclass(frozen=True, slots=True)
class Place:
    """One error."""

    file: str
    """where it is"""
    record: int | None
    """1-based place in the file; None: the file itself"""
    finding: Finding
    """masked"""


@dataclass(slots=True)
class Faults:
    """Errors that kept records from being converted."""

    records: int = 0
    """records, or files, that have any"""
    count: int = 0
    """errors"""
    places: list[Place] = field(default_factory=list)
    """the first ones"""

    def add(self, file: str, record: int | None, findings: tuple[Finding, ...]) -> None:
        """The errors of one record, or file."""
        self.records += 1
        self.count += len(findings)
        room = MOST_PLACES - len(self.places)
        self.places += [Place(file, record, each.masked()) for each in findings[: max(0, room)]]


@dataclass(slots=True)
class Way:
    """Records of one profile that were to become another."""

    source: Profile
    """what they were"""
    target: Profile
    """what they were to become"""
    converted: int = 0
    """records that were written"""
    signed: int = 0
    """of these, records that had been signed"""
    lost: Counter[str] = field(default_factory=Counter)
    """member without a place there → records that had it"""
    changed: Counter[str] = field(default_factory=Counter)
    """member that is not what it was → records"""
    beside: Counter[str] = field(default_factory=Counter)
    """official name of what is no member of a record → records that had it"""
    missing: Counter[str] = field(default_factory=Counter)
    """member that the target must have and nothing gives → records"""
    uncoded: Counter[str] = field(default_factory=Counter)
    """member whose value the target's code list lacks → records"""
    incomplete: int = 0
    """records with any of the last two"""
    unusable: Counter[str] = field(default_factory=Counter)
    """member whose value no record may have → records"""
    misfits: Faults = field(default_factory=Faults)
    """what the target's structure says of the rest"""

    def take(self, source: Source, draft: Draft) -> None:
        """A record that was written."""
        self.converted += 1
        self.signed += source.signed
        self.lost.update(draft.lost)
        self.changed.update(draft.changed)
        self.beside.update(source.beside)

    def miss(self, error: MissingError) -> None:
        """A record that lacks something."""
        self.incomplete += 1
        self.missing.update(error.members)
        self.uncoded.update(error.uncoded)

    def misfit(self, file: str, record: int, error: MisfitError) -> None:
        """A record that the target does not take."""
        if error.member:
            self.unusable[error.member] += 1
        self.misfits.add(file, record, error.findings)


@dataclass(slots=True)
class Report:
    """What came of everything below the paths."""

    records: int = 0
    """records met"""
    converted: int = 0
    """records written"""
    ways: dict[tuple[str, str], Way] = field(default_factory=dict)
    """source and target → what came of it"""
    faults: Faults = field(default_factory=Faults)
    """records that their own structure refuses"""
    files: Faults = field(default_factory=Faults)
    """files, or places in files, that no record could be read from"""
    refused: dict[Refusal, list[str]] = field(default_factory=lambda: defaultdict(list))
    """other reasons → the first places"""
    refusals: Counter[Refusal] = field(default_factory=Counter)
    """other reasons → records"""
    skipped: int = 0
    """files that are no records, passed by"""
    unread: list[Unread] = field(default_factory=list)
    """files that could not be read"""

    @property
    def complete(self) -> bool:
        """Everything was converted."""
        return self.converted == self.records and not self.files.records

    @property
    def nothing(self) -> bool:
        """There was nothing to convert, and nothing is wrong with that but the call."""
        return not (self.records or self.files.records or self.unread)

    def way(self, source: Profile, target: Profile) -> Way:
        """From one profile to another."""
        return self.ways.setdefault((source.name, target.name), Way(source, target))

    def refuse(self, file: str, record: int, why: Refusal, detail: str = "") -> None:
        """A record that was not converted."""
        self.refusals[why] += 1
        if len(self.refused[why]) < MOST_PLACES:
            self.refused[why].append(f"{file} #{record}" + (f" ({detail})" if detail else ""))

    def fault(self, fault: FileFault) -> None:
        """What is wrong with a file; warnings stop nothing."""
        if errors := errors_of(fault.findings):
            self.files.add(fault.file, fault.record, errors)
