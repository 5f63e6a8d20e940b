"""One record against its profile: the gate decides fast, and only what does not pass is explained at length."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lxml import etree

from schemas.explain import MOST_FAULTS, Explainer
from schemas.findings import Finding, Severity
from schemas.media import xml
from schemas.policies import SlotsPolicy
from schemas.profiles import Medium, Profile
from schemas.rules import rules, structure
from schemas.rules.identity import VERSION
from schemas.rules.roster import Roster
from schemas.rules.rule import Found, Rule
from schemas.rules.view import RecordView
from schemas.severities import Severities
from schemas.told import Told, mapped

MOST_FINDINGS = 200
"""Findings told of one record, at most; a last one says how many there are beyond."""
LONGEST_SEEN = 200
"""Characters of a value that are told again, at most."""

OPEN_MEMBERS = frozenset(
    {
        *("version", "circular", "uuid", "school_year", "status", "from_paper", "occasion"),
        *("school.authority_code", "school.authority_name", "school.code", "school.name"),
        *("school.district", "school.ward", "school.province", "school.ward_code", "school.province_code"),
        *("level", "grade", "class_name", "issued_at_place", "created", "issued"),
        *("history.school_year", "history.class_name", "history.school_name", "history.province"),
        *("results.subjects.code", "results.subjects.name"),
    }
)
"""Members whose values say nothing about a person; every other value is for the sender only."""
OPEN_ELEMENTS = frozenset({"NGAY_KY", "HOC_BA", "DU_LIEU_HOC_BA"})
"""Places outside the tables that say nothing about a person."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of one record."""

    findings: tuple[Finding, ...] = ()
    """faults and warnings, gravest first; () for a record with neither"""
    not_checked: tuple[str, ...] = ()
    """ids of rules that could not be looked at: their roster is absent, or does not know"""
    uuid: str | None = None
    """MA_TRA_CUU_UUID"""
    beyond: int = 0
    """findings that are not told: beyond the cap"""

    @property
    def passed(self) -> bool:
        """There is no error."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)


@dataclass(slots=True)
class Checker:
    """A profile's schema and rules, ready for use; one per process, not to be shared between threads."""

    profile: Profile
    required_slots: frozenset[str] | SlotsPolicy
    """slots that must be signed, or the policy that says so for the day of issue"""
    roster: Roster | None = None
    """who is at which school; None: what needs it is not checked"""
    severities: Severities = field(default_factory=Severities)
    """rules that weigh otherwise, by the settings"""
    _gate: Any = field(init=False, repr=False)
    _looks: list[Rule] = field(init=False, repr=False)
    _explained: Explainer | None = field(default=None, init=False, repr=False)
    _open: frozenset[str] = field(init=False, repr=False)
    _idle: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        applying = [rules()[name] for name in self.profile.rules]
        self._gate = _compiled(self.profile.schema) if self.profile.medium is Medium.XML else None
        self._looks = [each for each in applying if each.look is not None and (self.roster or not each.roster)]
        self._idle = tuple(each.id for each in applying if each.roster and not self.roster)
        names = mapped(self.profile.name).elements
        self._open = OPEN_ELEMENTS | {names[member] for member in OPEN_MEMBERS if member in names}

    def check(self, root: Any) -> tuple[Finding, ...]:
        """Every fault and warning of a parsed HOC_BA; () for a record with neither."""
        return self.examine(root).findings

    def fits(self, root: Any) -> bool:
        """The gate alone: a parsed HOC_BA has the structure that the schema wants."""
        return bool(self._gate.validate(root))

    def examine(self, root: Any) -> Checked:
        """Everything about a parsed HOC_BA."""
        told = xml.tell(root, self.profile)
        return self.judge(told, () if self.fits(root) else self._faults(root))

    def judge(self, told: Told, faults: Sequence[Finding]) -> Checked:
        """The rules, beside what the medium found of the structure: faults of one do not hide those of the other."""
        view = RecordView(told, self.profile, self.required_slots, self.roster)
        found = [(rule, place) for rule in self._looks for place in rule.look(view)]  # type: ignore[misc]
        uuid = told.values.get("uuid", "").strip().lower()
        uuid = uuid if 0 < len(uuid) <= 36 else ""
        not_checked = (*self._idle, *view.unknown)
        if not found and not faults:
            return Checked((), not_checked, uuid or None)
        spoken = [self._told(rule, place) for rule, place in found]
        refused = {finding.path for finding in spoken if finding.severity is Severity.ERROR}
        kept = [fault for fault in faults if fault.path not in refused]
        if faults and not kept and not refused:
            kept = list(faults)
        finished = [self._finished(finding, view, uuid or None) for finding in [*kept, *spoken]]
        capped = _capped([each for each in finished if each is not None], not_checked, uuid or None)
        return capped if told.root is None else replace(capped, findings=_placed(told.root, capped.findings))

    def _faults(self, root: Any) -> Sequence[Finding]:
        """What the schema finds; never nothing at all."""
        log: Any = self._gate.error_log
        return list(self._explainer.explain(root)) or [
            structure.OTHERWISE.finding(path="HOC_BA", line=log.last_error.line)
        ]

    @property
    def _explainer(self) -> Explainer:
        if self._explained is None:
            self._explained = Explainer(self.profile)
        return self._explained

    def _told(self, rule: Rule, place: Found) -> Finding:
        return rule.finding(path=place.path, seen=place.seen, expected=place.expected, values=place.values)

    def _finished(self, finding: Finding, view: RecordView, uuid: str | None) -> Finding | None:
        """With its record's UUID, its values bounded and marked where they may be a person's, its weight as set."""
        severity = self.severities.of(finding.rule, finding.severity, self.profile, view)
        if severity is None:
            return None
        name = (finding.path or "").rpartition("/")[2].partition("[")[0]
        valued = (finding.seen, finding.expected) != (None, None)
        return replace(
            finding,
            severity=severity,
            seen=None if finding.seen is None else finding.seen[:LONGEST_SEEN],
            uuid=uuid,
            personal=valued and name not in self._open,
        )


def _capped(findings: list[Finding], not_checked: tuple[str, ...], uuid: str | None) -> Checked:
    """Errors first, in the order of the record otherwise; what is beyond the cap is counted."""
    findings.sort(key=lambda finding: finding.severity is not Severity.ERROR)
    beyond = max(0, len(findings) - MOST_FINDINGS)
    if beyond:
        count = str(beyond) if len(findings) < MOST_FAULTS else f"≥ {beyond}"
        told = [*findings[:MOST_FINDINGS], replace(structure.BEYOND.finding(values={"count": count}), uuid=uuid)]
        return Checked(tuple(told), not_checked, uuid, beyond)
    return Checked(tuple(findings), not_checked, uuid)


def _placed(root: Any, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """With the lines of those that have none yet: only for what is told, since each takes a search."""
    return tuple(
        replace(each, line=_line(root, each.path)) if each.line is None and each.path else each for each in findings
    )


def unknown_version(root: Any) -> Finding:
    """What is said of a record whose PHIEN_BAN no profile has."""
    from schemas.identity import identify, version_path

    told = identify(root).version
    return VERSION.finding(path=version_path(root), seen=told[:LONGEST_SEEN] or None, values={"element": "PHIEN_BAN"})


def _compiled(schema: Path | None) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(schema)))


def _line(root: Any, path: str) -> int | None:
    """Of the element, or of the nearest one around the place where it should be."""
    while path:
        element = root.find(path)
        if element is not None and element.sourceline is not None:
            return int(element.sourceline)
        path = path.rpartition("/")[0]
    return None if root.sourceline is None else int(root.sourceline)
