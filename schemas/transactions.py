"""What other transactions than the first carry: the list of records to recall (5), the certificate to register (3).

Checked as records are: the gate first, words only for what fails, rules beside it; nothing here depends on who sends.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from lxml import etree

from schemas.check import LONGEST_SEEN, MOST_FINDINGS, OPEN_ELEMENTS, OPEN_MEMBERS
from schemas.explain import Explainer
from schemas.findings import Finding, Severity
from schemas.profiles import Profile
from schemas.rules import rules, structure
from schemas.rules.acceptance import UUID_UNIQUE
from schemas.rules.view import RecordView
from schemas.told import Told, mapped

RECALL, REGISTRATION = "5", "3"
"""numbers of the transactions"""
ROOTS = {RECALL: "DANH_SACH_HOC_BA", REGISTRATION: "DANG_KY_CHUNG_THU_SO"}
"""transaction → root of its content"""
ENTRY = "HOC_BA"
"""one record of a recall list"""
RECALL_MEMBERS = (
    "uuid",
    "pupil.name",
    "pupil.sex",
    "pupil.born",
    "pupil.personal_id",
    "school.name",
    "school.code",
    "school_year",
)
"""what a recall list tells of a record, in the official order; the elements are the record's own"""
RECALL_RULES = ("B18", "B23", "B24", "B29")
"""rules of records that look at nothing else"""
_NUMBERED = re.compile(rf"{ENTRY}\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class _Entry:
    """Places in one entry of a recall list."""

    number: int
    """1-based"""
    profile: Profile

    def of(self, member: str) -> str:
        """Its element."""
        return f"{ENTRY}[{self.number}]/{mapped(self.profile.name).elements.get(member, member)}"

    def of_row(self, rows: str, number: int, member: str | None = None) -> str:
        """There are no rows in an entry."""
        raise LookupError(f"{rows}[{number}].{member}")


@dataclass(slots=True)
class ContentChecker:
    """One transaction's schema and rules, ready for use; one per process, not to be shared between threads."""

    profile: Profile
    """must have a schema for the transaction"""
    transaction: str
    """RECALL or REGISTRATION"""
    _gate: Any = field(init=False, repr=False)
    _explained: Explainer | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self._gate = etree.XMLSchema(etree.parse(str(self.profile.transactions[self.transaction])))

    def check(self, root: Any) -> tuple[Finding, ...]:
        """Every fault and warning of a parsed content, errors first; a last one says how many are beyond the cap."""
        found = [] if self._gate.validate(root) else self._faults(root)
        if self.transaction == RECALL and root.tag == ROOTS[RECALL]:
            refused = {finding.path for finding in found}
            found += [finding for finding in self._ruled(root) if finding.path not in refused]
        uuids = _uuids(root)
        finished = sorted(
            (_finished(finding, uuids, self._open) for finding in found),
            key=lambda finding: finding.severity is not Severity.ERROR,
        )
        beyond = len(finished) - MOST_FINDINGS
        if beyond <= 0:
            return tuple(finished)
        return (*finished[:MOST_FINDINGS], structure.BEYOND.finding(values={"count": str(beyond)}))

    @property
    def _open(self) -> frozenset[str]:
        names = mapped(self.profile.name).elements
        return OPEN_ELEMENTS | {ROOTS[self.transaction], *(names[name] for name in OPEN_MEMBERS if name in names)}

    def _faults(self, root: Any) -> list[Finding]:
        if self._explained is None:
            schema = self.profile.transactions[self.transaction]
            self._explained = Explainer(self.profile, schema=schema, root=ROOTS[self.transaction])
        return list(self._explained.explain(root)) or [structure.OTHERWISE.finding(path=root.tag)]

    def _ruled(self, root: Any) -> Iterator[Finding]:
        seen: dict[str, int] = {}
        for number, entry in enumerate(root.iterchildren(ENTRY), start=1):
            view = self._view(entry, number)
            for rule in (rules()[name] for name in RECALL_RULES if name in self.profile.rules):
                for place in rule.look(view) if rule.look is not None else ():
                    yield rule.finding(
                        path=place.path,
                        line=entry.sourceline,
                        seen=place.seen,
                        expected=place.expected,
                        values=place.values,
                    )
            uuid = view.told("uuid").strip().lower()
            if uuid and seen.setdefault(uuid, number) != number:
                yield UUID_UNIQUE.finding(path=view.path("uuid"), line=entry.sourceline, seen=uuid)

    def _view(self, entry: Any, number: int) -> RecordView:
        names = mapped(self.profile.name).elements
        texts = {member: entry.findtext(names[member]) for member in RECALL_MEMBERS}
        values = {member: text for member, text in texts.items() if text is not None}
        return RecordView(Told(values, {}, _Entry(number, self.profile)), self.profile, frozenset())


def _uuids(root: Any) -> list[str]:
    return [(entry.findtext("MA_TRA_CUU_UUID") or "").strip().lower() for entry in root.iterchildren(ENTRY)]


def _finished(finding: Finding, uuids: list[str], open_names: frozenset[str]) -> Finding:
    """With its record's UUID, its values bounded and marked where they may be a person's."""
    numbered = _NUMBERED.match(finding.path or "")
    uuid = uuids[int(numbered.group(1)) - 1] if numbered and int(numbered.group(1)) <= len(uuids) else ""
    name = (finding.path or "").rpartition("/")[2].partition("[")[0]
    return replace(
        finding,
        seen=None if finding.seen is None else finding.seen[:LONGEST_SEEN],
        uuid=uuid if 0 < len(uuid) <= 36 else None,
        personal=(finding.seen, finding.expected) != (None, None) and name not in open_names,
    )
