"""`--roster FILE`: schools, pupils and who teaches what, so that the rules that compare with them can be looked at.

JSON says all three; the sector database's pupil export (XLSX) says the pupils of one school and year.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from hub.checking.given import UnusableFileError, content_of
from schemas.findings import FindingError
from schemas.rules.roster import KnownPupil, KnownSchool, Roster

MOST_OCTETS = 256 * 1024 * 1024
"""size of a roster, at most"""


@dataclass(frozen=True, slots=True)
class JsonRoster:
    """`schemas.rules.roster.Roster` of a JSON file; what it does not list it does not know."""

    schools: Mapping[str, KnownSchool]
    """by MA_TRUONG"""
    pupils: Mapping[tuple[str, str], Mapping[str, KnownPupil]]
    """school and year → MA_HOC_SINH → pupil"""
    assignments: Mapping[tuple[str, str, str, str], frozenset[str]]
    """school, year, class, role → personal numbers"""

    def school(self, code: str, day: date) -> KnownSchool | None:
        """By MA_TRUONG; the file speaks of one day."""
        return self.schools.get(code)

    def covers(self, school_code: str, school_year: str) -> bool:
        """It lists pupils of this school and year: then it lists all of them."""
        return (school_code, school_year) in self.pupils

    def pupil(self, school_code: str, school_year: str, code: str) -> KnownPupil | None:
        """By MA_HOC_SINH."""
        return self.pupils.get((school_code, school_year), {}).get(code)

    def assigned(self, school_code: str, school_year: str, class_name: str, role: str, personal_id: str) -> bool | None:
        """None where nobody is listed with that role."""
        known = self.assignments.get((school_code, school_year, class_name, role))
        return None if known is None else personal_id in known


def roster_from(file: Path, of: tuple[str, str] | None) -> Roster:
    """The roster in a file; `of` is school and year of one that does not say so itself.

    Raises:
        UnusableFileError: it cannot be read, or is none.
    """
    content = content_of(file, MOST_OCTETS)
    return _from_workbook(content, of) if content.startswith(b"PK") else _from_json(content)


def _from_workbook(content: bytes, of: tuple[str, str] | None) -> Roster:
    from transformers.roster_file import FileRoster

    if of is None:
        raise UnusableFileError(
            "tệp XLSX không ghi trường và năm học: thêm --roster-of MÃ_TRƯỜNG/NĂM_HỌC",
            "an XLSX does not say its school and year: add --roster-of SCHOOL/YEAR",
        )
    try:
        return FileRoster.from_workbook(content, school_code=of[0], school_year=of[1])
    except FindingError as error:
        words = error.findings[0].message
        raise UnusableFileError(words.vi.rstrip("."), words.en.rstrip(".")) from error


def _from_json(content: bytes) -> Roster:
    try:
        document = orjson.loads(content)
        return JsonRoster(
            {row["code"]: _school(row) for row in document.get("schools", ())},
            _pupils(document.get("pupils", ())),
            _assignments(document.get("assigned", ())),
        )
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError) as error:
        raise UnusableFileError(
            "không đúng dạng danh sách (xem docs/check.md)", "it is no roster (see docs/check.md)"
        ) from error


def _school(row: Mapping[str, Any]) -> KnownSchool:
    return KnownSchool(str(row["code"]), str(row["name"]), frozenset(row["levels"]), bool(row.get("active", True)))


def _pupils(rows: Any) -> Mapping[tuple[str, str], Mapping[str, KnownPupil]]:
    pupils: dict[tuple[str, str], dict[str, KnownPupil]] = defaultdict(dict)
    for row in rows:
        pupils[row["school"], row["school_year"]][row["code"]] = KnownPupil(
            row["code"], row.get("personal_id"), row["name"], row["class_name"], bool(row.get("enrolled", True))
        )
    return dict(pupils)


def _assignments(rows: Any) -> Mapping[tuple[str, str, str, str], frozenset[str]]:
    people: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    for row in rows:
        people[row["school"], row["school_year"], row["class_name"], row["role"]].add(row["personal_id"])
    return {name: frozenset(each) for name, each in people.items()}
