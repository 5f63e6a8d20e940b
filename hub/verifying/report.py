"""What came of a verification: counted exactly, told up to a cap, so that a batch of any size takes bounded memory.

Every format writes this one structure.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from hub.checking.items import Around
from hub.checking.report import Report as Files
from hub.verifying.differences import Difference, differences_of
from hub.verifying.told import Holder, Judged, Signature
from schemas.findings import HIDDEN, Finding

MOST_REFUSED = 10_000
"""records that did not pass and are told one by one, at most"""
MOST_PASSED = 10_000
"""records that passed and are told one by one, at most"""
MOST_DIFFERENCES = 10_000
"""differences between engines that are told, at most"""
MOST_HOLDERS = 20_000
"""certificates that are told, at most"""


@dataclass(frozen=True, slots=True)
class Setting:
    """What everything was judged by, for whoever reads the report."""

    at: datetime
    """the present, or the instant as of which was asked"""
    policy: str
    """whose word on who must sign; empty when only others were asked"""
    trust: str
    """state of the trust store; empty when only others were asked"""
    registry: bool
    """approvals were asked"""
    roster: bool
    """assignments were asked"""
    others: Mapping[str, str]
    """others that were asked → version"""
    masked: bool
    """holders and values that may be personal are hidden"""


@dataclass(slots=True)
class Report:
    """What came of a verification."""

    setting: Setting
    """what it was judged by"""
    seconds: float = 0.0
    """time it took"""
    records: int = 0
    """records judged"""
    batches: int = 0
    """batches judged that bear a signature of their own"""
    forms: int = 0
    """printed forms (PDF) judged"""
    passed: int = 0
    """records, batches and forms that passed"""
    indications: Counter[str] = field(default_factory=Counter)
    """main indication → records and batches"""
    signatures: int = 0
    """signatures judged"""
    causes: Counter[str] = field(default_factory=Counter)
    """the gravest cause of what did not pass, without its slot → records and batches"""
    not_checked: Counter[str] = field(default_factory=Counter)
    """what was not checked → records and batches"""
    results: list[Judged] = field(default_factory=list)
    """records and batches, in order, as far as the caps"""
    holders: dict[str, Holder] = field(default_factory=dict)
    """certificates of signers by their SHA-256, as far as the cap"""
    differences: list[Difference] = field(default_factory=list)
    """opinions that differ from the hub's verdict, as far as the cap"""
    differences_in_all: int = 0
    """all of them"""
    around: Files = field(default_factory=Files)
    """files, what is wrong with them as such, what was passed by, what could not be read"""
    _told: Counter[bool] = field(default_factory=Counter)

    @property
    def judged(self) -> int:
        """Records, batches and forms."""
        return self.records + self.batches + self.forms

    @property
    def beyond(self) -> int:
        """Records and batches that are counted and not told."""
        return self.judged - len(self.results)

    @property
    def good(self) -> bool:
        """Everything passed, and no file is at fault."""
        return self.passed == self.judged and not self.around.errors and not self.around.unread

    @property
    def nothing(self) -> bool:
        """There was nothing to verify, and nothing to say."""
        return not self.judged and self.around.nothing

    def add(self, told: Around | Judged) -> None:
        """The next thing that is told."""
        if isinstance(told, Judged):
            self._add_judged(told)
        else:
            self.around.add(told)

    def _add_judged(self, judged: Judged) -> None:
        self.records += judged.number is not None
        self.batches += judged.number is None and not judged.form
        self.forms += judged.form
        self.passed += judged.passed
        self.signatures += len(judged.signatures)
        self.not_checked.update(set(judged.not_checked))
        if judged.verdict is not None:
            self.indications[judged.verdict.indication] += 1
        if not judged.passed:
            self.causes[_cause(judged)] += 1
        found = differences_of(judged)
        self.differences_in_all += len(found)
        self.differences += found[: max(0, MOST_DIFFERENCES - len(self.differences))]
        most = MOST_PASSED if judged.passed else MOST_REFUSED
        if self._told[judged.passed] < most:
            self._told[judged.passed] += 1
            self.results.append(replace(judged, holders=()))
            self._introduce(judged.holders)

    def _introduce(self, holders: Sequence[Holder]) -> None:
        for holder in holders:
            if holder.sha256 not in self.holders and len(self.holders) < MOST_HOLDERS:
                self.holders[holder.sha256] = holder

    def masked(self) -> Self:
        """For eyes other than the sender's: certificates without their holders, findings without personal values."""
        return replace(
            self,
            results=[_masked(judged) for judged in self.results],
            holders={name: replace(each, subject=HIDDEN, der=b"") for name, each in self.holders.items()},
            around=self.around.masked(),
        )


def _cause(judged: Judged) -> str:
    """Without the slot; for what no verifier could be asked about, the rule that says so."""
    if judged.verdict is not None and judged.verdict.cause is not None:
        return judged.verdict.cause.rpartition(":")[2]
    if judged.findings:
        return judged.findings[0].rule
    return "refused-by-others"


def _masked(judged: Judged) -> Judged:
    def hidden(findings: Sequence[Finding]) -> tuple[Finding, ...]:
        return tuple(finding.masked() for finding in findings)

    signatures: list[Signature] = [replace(each, findings=hidden(each.findings)) for each in judged.signatures]
    return replace(judged, findings=hidden(judged.findings), signatures=tuple(signatures))
