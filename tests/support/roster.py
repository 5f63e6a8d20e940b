"""A roster of a few schools, from a file: it holds what it holds, and knows nothing else."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from schemas.rules.roster import KnownPupil, KnownSchool


@dataclass(frozen=True)
class SmallRoster:
    """What one file of examples says."""

    content: dict[str, Any]

    @classmethod
    def from_file(cls, file: Path) -> "SmallRoster":
        return cls(json.loads(file.read_text(encoding="utf-8")))

    def school(self, code: str, day: date) -> KnownSchool | None:
        for row in self.content["schools"]:
            if row["code"] == code:
                return KnownSchool(code, row["name"], frozenset(row["levels"]), row["active"])
        return None

    def covers(self, school_code: str, school_year: str) -> bool:
        return any((row["school"], row["school_year"]) == (school_code, school_year) for row in self.content["pupils"])

    def pupil(self, school_code: str, school_year: str, code: str) -> KnownPupil | None:
        for row in self.content["pupils"]:
            if (row["school"], row["school_year"], row["code"]) == (school_code, school_year, code):
                return KnownPupil(code, row["personal_id"], row["name"], row["class_name"], row["enrolled"])
        return None

    def assigned(self, school_code: str, school_year: str, class_name: str, role: str, personal_id: str) -> bool | None:
        where = (school_code, school_year, class_name)
        rows = [
            row
            for row in self.content["assigned"]
            if (row["school"], row["school_year"], row["class_name"]) == where and row["role"] == role
        ]
        return None if not rows else any(row["personal_id"] == personal_id for row in rows)
