"""How much a rule weighs: as declared, unless its profile or the settings say otherwise for a unit and a time."""

from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Literal

from schemas.findings import Severity
from schemas.profiles import Profile
from schemas.rules.view import RecordView

Weight = Literal["error", "warning", "off"]


@dataclass(frozen=True, slots=True)
class Override:
    """One word of the settings on a rule's weight. What is left open holds for all."""

    rule: str
    """id, for example B10"""
    weight: Weight
    """error, warning, or off"""
    profile: str = "*"
    """name or pattern, for example hbs-2/*"""
    school: str = "*"
    """MA_TRUONG or pattern"""
    since: date | None = None
    """first day of issue that it holds for"""
    until: date | None = None
    """last day of issue that it holds for"""
    why: str = ""
    """whose decision, for who reads the settings"""


@dataclass(frozen=True, slots=True)
class Severities:
    """The settings' words, later ones first."""

    overrides: tuple[Override, ...] = ()

    def of(self, rule: str, declared: Severity, profile: Profile, record: RecordView) -> Severity | None:
        """A finding's weight; None where the rule is switched off for this record."""
        for each in reversed(self.overrides):
            if each.rule == rule and self._holds(each, profile, record):
                return None if each.weight == "off" else Severity(each.weight)
        return profile.severities.get(rule, declared)

    @staticmethod
    def _holds(each: Override, profile: Profile, record: RecordView) -> bool:
        if not fnmatchcase(profile.name, each.profile) or not fnmatchcase(record.told("school.code"), each.school):
            return False
        if each.since is None and each.until is None:
            return True
        day = record.day
        if day is None:
            return False
        return (each.since is None or each.since <= day) and (each.until is None or day <= each.until)
