"""One record against its profile: the gate decides fast, and only what does not pass is explained at length."""

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from lxml import etree

from schemas.explain import Explainer
from schemas.findings import Finding, Severity
from schemas.profiles import Profile
from schemas.rules import rules, structure
from schemas.rules.identity import VERSION
from schemas.rules.rule import Found, Rule
from schemas.rules.view import GENERAL, RecordView

MOST_FINDINGS = 200
"""Findings told of one record, at most."""
LONGEST_SEEN = 200
"""Characters of a value that are told again, at most."""

OPEN_ELEMENTS = frozenset(
    {
        *("PHIEN_BAN", "THONG_TU", "MA_TRA_CUU_UUID", "TEN_NAM_HOC"),
        *("NAM_HOC", "MA_SO_GIAO_DUC", "TEN_SO_GD", "MA_TRUONG"),
        *("TEN_TRUONG", "TEN_QUAN_HUYEN", "TEN_XA_PHUONG", "TEN_TINH_THANH_PHO"),
        *("MA_CAP_HOC", "MA_KHOI", "TEN_LOP", "MA_MON_HOC"),
        *("TEN_MON_HOC", "DIA_DANH_PHAT_HANH_HOC_BA", "NGAY_TAO_HOC_BA", "NGAY_KY_PHAT_HANH_HOC_BA"),
        *("NGAY_KY", "HOC_BA", "DU_LIEU_HOC_BA"),
    }
)
"""Elements whose values say nothing about a person; every other value is for the sender only."""


class Checker:
    """A profile's schema and rules, ready for use; one per process, not to be shared between threads."""

    def __init__(self, profile: Profile, *, required_slots: frozenset[str]) -> None:
        self._profile = profile
        self._required_slots = required_slots
        self._gate = _compiled(profile.schema)
        applying = [rules()[name] for name in profile.rules]
        self._looks = [(rule, rule.look) for rule in applying if rule.look is not None]

    def check(self, root: Any) -> tuple[Finding, ...]:
        """Every fault and warning of a parsed HOC_BA; () for a record with neither."""
        well_formed = self._gate.validate(root)
        view = RecordView(root, self._profile, self._required_slots)
        found = [(rule, place) for rule, look in self._looks for place in look(view)]
        if well_formed and not found:
            return ()
        told = [_told(root, rule, place) for rule, place in found]
        faults = [] if well_formed else self._faults_of_structure(root, told)
        uuid = _uuid(view)
        return tuple(_finished(finding, uuid) for finding in [*faults, *told][:MOST_FINDINGS])

    def _faults_of_structure(self, root: Any, told: list[Finding]) -> list[Finding]:
        """What the schema finds, but for places that a rule refuses in its own words; never nothing at all."""
        refused = {finding.path for finding in told if finding.severity is Severity.ERROR}
        log: Any = self._gate.error_log
        faults = [finding for finding in self._explainer.explain(root) if finding.path not in refused]
        return faults if faults or refused else [structure.OTHERWISE.finding(path="HOC_BA", line=log.last_error.line)]

    @cached_property
    def _explainer(self) -> Explainer:
        return Explainer(self._profile)


def unknown_version(root: Any) -> Finding:
    """What is said of a record whose PHIEN_BAN no profile has."""
    told = (root.findtext(f"{GENERAL}/PHIEN_BAN") or "").strip()
    return VERSION.finding(path=f"{GENERAL}/PHIEN_BAN", seen=told[:LONGEST_SEEN] or None)


def _compiled(schema: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(schema)))


def _told(root: Any, rule: Rule, place: Found) -> Finding:
    return rule.finding(
        path=place.path, line=_line(root, place.path), seen=place.seen, expected=place.expected, values=place.values
    )


def _line(root: Any, path: str) -> int | None:
    """Of the element, or of the nearest one around the place where it should be."""
    while path:
        element = root.find(path)
        if element is not None:
            return int(element.sourceline)
        path = path.rpartition("/")[0]
    return None if root.sourceline is None else int(root.sourceline)


def _uuid(view: RecordView) -> str | None:
    uuid = view.general.get("MA_TRA_CUU_UUID", "").strip().lower()
    return uuid if 0 < len(uuid) <= 36 else None


def _finished(finding: Finding, uuid: str | None) -> Finding:
    """With its record's UUID, its values bounded, and marked where they may be a person's."""
    element = (finding.path or "").rpartition("/")[2].partition("[")[0]
    return replace(
        finding,
        seen=None if finding.seen is None else finding.seen[:LONGEST_SEEN],
        uuid=uuid,
        personal=(finding.seen, finding.expected) != (None, None) and element not in OPEN_ELEMENTS,
    )
