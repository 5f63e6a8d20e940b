"""What only the sector database knows: schools, pupils, classes, who teaches what. A seam, which may be absent.

Rules that need it say *not checked* where there is no roster, or where the roster does not know, never *passed*.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class KnownSchool:
    """A school as the sector database has it."""

    code: str
    """MA_TRUONG"""
    name: str
    """TEN_TRUONG"""
    levels: frozenset[str]
    """MA_CAP_HOC that it offers"""
    active: bool
    """it was open on the day that was asked about"""


@dataclass(frozen=True, slots=True)
class KnownPupil:
    """A pupil at a school, as the sector database has it."""

    code: str
    """MA_HOC_SINH"""
    personal_id: str | None
    """SO_CCCD, once matched with the population database"""
    name: str
    """HO_VA_TEN"""
    class_name: str
    """TEN_LOP at the end of the school year"""
    enrolled: bool
    """at the school at the end of the year, or until a transfer that is on record"""


class Roster(Protocol):
    """Answers about one day or one school year; None: it does not know, and nothing follows."""

    def school(self, code: str, day: date) -> KnownSchool | None:
        """A school by MA_TRUONG."""

    def covers(self, school_code: str, school_year: str) -> bool:
        """The roster holds this school's pupils of this year, so that a pupil it lacks is a pupil the school lacks."""

    def pupil(self, school_code: str, school_year: str, code: str) -> KnownPupil | None:
        """A pupil by MA_HOC_SINH."""

    def assigned(self, school_code: str, school_year: str, class_name: str, role: str, personal_id: str) -> bool | None:
        """Whether a person was given a role (GVCN, CBQL, GVBM or GVBM:<MA_MON_HOC>) for a class in a year."""
