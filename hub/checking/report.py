"""What came of a check: counted exactly, told up to a cap, so that a million faults take no more memory than a few thousand.

Every format writes this one structure.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Protocol, Self

from hub.checking.items import FileFault, Opened, Outcome, Skipped, Unread
from schemas.findings import Finding, Severity

MOST_OF_A_RULE = 5_000
"""findings of one rule that are told, at most"""
MOST_PLACES = 30_000
"""findings that are told in all, at most"""
MOST_RECORDS = 2_000
"""records that are named one by one, at most"""
MOST_FILES = 5_000
"""files that are named one by one, at most"""


class _Counting(Protocol):
    """What findings are counted in."""

    errors: int
    warnings: int


@dataclass(frozen=True, slots=True)
class Place:
    """One finding, and whose it is."""

    file: str
    """name of the file"""
    record: int | None
    """1-based place of the record in its file; None: of the file itself"""
    finding: Finding
    """what was found"""


@dataclass(slots=True)
class RuleCount:
    """How often a rule was met."""

    errors: int = 0
    """findings that refuse a record or a file"""
    warnings: int = 0
    """findings that go with it"""
    records: int = 0
    """records concerned"""
    told: int = 0
    """findings that are in `places`"""

    @property
    def findings(self) -> int:
        """All of them."""
        return self.errors + self.warnings


@dataclass(slots=True)
class RecordLine:
    """One record in short."""

    file: str
    """name of its file"""
    number: int
    """1-based place in the file"""
    uuid: str | None
    """MA_TRA_CUU_UUID"""
    errors: int = 0
    """findings that refuse it"""
    warnings: int = 0
    """findings that go with it"""


@dataclass(slots=True)
class FileLine:
    """One file in short."""

    file: str
    """its name"""
    kind: str
    """xml, json, xlsx or zip"""
    records: int = 0
    """records looked at"""
    errors: int = 0
    """findings that refuse it or one of its records"""
    warnings: int = 0
    """findings that go with it"""


@dataclass(slots=True)
class Report:
    """What came of a check."""

    records: int = 0
    """records looked at"""
    refused: int = 0
    """records with an error"""
    errors: int = 0
    """findings that refuse"""
    warnings: int = 0
    """findings that go with a record"""
    seconds: float = 0.0
    """time it took"""
    files: list[FileLine] = field(default_factory=list)
    """the files, in order, as far as the cap"""
    files_in_all: int = 0
    """files that hold something to check"""
    lines: list[RecordLine] = field(default_factory=list)
    """the records, in order, as far as the cap"""
    places: list[Place] = field(default_factory=list)
    """the findings, in order, as far as the caps"""
    rules: dict[str, RuleCount] = field(default_factory=dict)
    """rule → how often"""
    profiles: Counter[str] = field(default_factory=Counter)
    """profile → records held against it"""
    not_checked: Counter[str] = field(default_factory=Counter)
    """rule → records for which it could not be looked at"""
    skipped: list[str] = field(default_factory=list)
    """files that are nothing to check, as far as the cap"""
    skipped_in_all: int = 0
    """all of them"""
    unread: list[Unread] = field(default_factory=list)
    """files that the system did not let us read"""
    _file: FileLine | None = None
    _line: RecordLine | None = None

    @property
    def beyond(self) -> int:
        """Findings that are counted and not told."""
        return self.errors + self.warnings - len(self.places)

    @property
    def nothing(self) -> bool:
        """There was nothing to check, and nothing to say."""
        return not (self.records or self.errors or self.warnings or self.unread)

    def add(self, told: Opened | Outcome | FileFault | Skipped | Unread) -> None:
        """The next thing that the engine tells."""
        match told:
            case Opened():
                self._in_file(told.file, told.kind)
            case Outcome():
                self._add_outcome(told)
            case FileFault():
                self._in_file(told.file, "")
                self._note(told.file, told.record, told.findings)
            case Skipped():
                self.skipped_in_all += 1
                if len(self.skipped) < MOST_FILES:
                    self.skipped.append(told.file)
            case Unread():
                self.unread.append(told)

    def _add_outcome(self, told: Outcome) -> None:
        file = self._in_file(told.file, "")
        file.records += 1
        self.records += 1
        self._line = RecordLine(told.file, told.number, told.uuid)
        if len(self.lines) < MOST_RECORDS:
            self.lines.append(self._line)
        if told.profile is not None:
            self.profiles[told.profile] += 1
        self.not_checked.update(set(told.not_checked))
        self._note(told.file, told.number, told.findings, self._line)

    def remark(self, outcome: Outcome, finding: Finding) -> None:
        """One more finding of the record that was added last."""
        self._note(outcome.file, outcome.number, (finding,), self._line)

    def _note(
        self, file: str, record: int | None, findings: tuple[Finding, ...], line: RecordLine | None = None
    ) -> None:
        refused_before = line is not None and line.errors > 0
        for finding in findings:
            self._count(finding, line)
            count = self.rules[finding.rule]
            if count.told < MOST_OF_A_RULE and len(self.places) < MOST_PLACES:
                count.told += 1
                self.places.append(Place(file, record, finding))
        for rule in {finding.rule for finding in findings if record is not None}:
            self.rules[rule].records += 1
        if line is not None and line.errors and not refused_before:
            self.refused += 1

    def _count(self, finding: Finding, line: RecordLine | None) -> None:
        count = self.rules.setdefault(finding.rule, RuleCount())
        counters: tuple[_Counting | None, ...] = (self, count, self._file, line)
        for each in filter(None, counters):
            if finding.severity is Severity.ERROR:
                each.errors += 1
            else:
                each.warnings += 1

    def _in_file(self, name: str, kind: str) -> FileLine:
        if self._file is None or self._file.file != name:
            self._file = FileLine(name, kind)
            self.files_in_all += 1
            if len(self.files) < MOST_FILES:
                self.files.append(self._file)
        return self._file

    def masked(self) -> Self:
        """For eyes other than the sender's."""
        return replace(self, places=[replace(each, finding=each.finding.masked()) for each in self.places])
