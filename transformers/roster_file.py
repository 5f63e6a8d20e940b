"""A roster out of one file: the sector database's pupil export of one school and one year, for checking without a network.

It answers about the pupils of that school and year, and about nothing else: schools and who teaches what it does not know.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self

from schemas.findings import FindingError
from schemas.media.headers import folded
from schemas.media.workbook import SheetRow, rows
from schemas.rules import workbook as faults
from schemas.rules.roster import KnownPupil, KnownSchool

PUPILS = "sector-workbook/pupils"

_GONE = frozenset({"thoihoc", "bohoc"})
"""left school altogether"""
_MOVED = frozenset({"chuyendi"})
"""left for another school; with a day of it, the pupil was here until then"""


@dataclass(frozen=True, slots=True)
class FileRoster:
    """`schemas.rules.roster.Roster` of one school's export."""

    school_code: str
    """MA_TRUONG that the export is of, told by whoever has it: the file does not say"""
    school_year: str
    """likewise"""
    pupils: Mapping[str, KnownPupil]
    """by MA_HOC_SINH"""

    @classmethod
    def from_workbook(cls, source: bytes | Path, *, school_code: str, school_year: str) -> Self:
        """The roster in a pupil export; of a pupil who is there twice, the row counts that has the pupil at school.

        Raises:
            FindingError: the file is refused, or holds no pupil export.
        """
        pupils: dict[str, KnownPupil] = {}
        for row in rows(source):
            pupil = _pupil(row) if row.profile_name == PUPILS else None
            if pupil is not None and (pupil.code not in pupils or pupil.enrolled):
                pupils[pupil.code] = pupil
        if not pupils:
            raise FindingError([faults.NO_ROWS.finding()])
        return cls(school_code, school_year, pupils)

    def school(self, code: str, day: date) -> KnownSchool | None:
        """Not known: the export is of pupils."""
        return None

    def covers(self, school_code: str, school_year: str) -> bool:
        """This school's and this year's pupils are all there."""
        return (school_code, school_year) == (self.school_code, self.school_year)

    def pupil(self, school_code: str, school_year: str, code: str) -> KnownPupil | None:
        """By MA_HOC_SINH."""
        return self.pupils.get(code) if self.covers(school_code, school_year) else None

    def assigned(self, school_code: str, school_year: str, class_name: str, role: str, personal_id: str) -> bool | None:
        """Not known: the export is of pupils."""
        return None


def _pupil(row: SheetRow) -> KnownPupil | None:
    told = row.values
    code = told.get("Mã học sinh", "")
    if not code:
        return None
    return KnownPupil(
        code=code,
        personal_id=told.get("Số định danh cá nhân") or None,
        name=told.get("Họ tên", ""),
        class_name=told.get("Mã lớp", ""),
        enrolled=_enrolled(folded(told.get("Trạng thái HS", "")), told.get("Ngày nhập trạng thái", "")),
    )


def _enrolled(status: str, since: str) -> bool:
    """Of a status that is not known nothing follows: the pupil is in the school's list."""
    if status in _GONE:
        return False
    return bool(since) if status in _MOVED else True
