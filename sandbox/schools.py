"""Who is in the invented world: schools in the wards of the old Quận 1, their staff, and the senders that speak for
them. All of it follows from the seed.
"""

from dataclasses import dataclass
from random import Random
from typing import Any

from sandbox.names import person_name, school_name

CITY_CODE = "79"
CITY_NAME = "Sở Giáo dục và Đào tạo Thành phố Hồ Chí Minh"
WARDS = {
    "26737": "Phường Tân Định",
    "26740": "Phường Sài Gòn",
    "26743": "Phường Bến Thành",
    "26758": "Phường Cầu Ông Lãnh",
}


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff who signs."""

    name: str
    """Full name."""
    cccd: str
    """Personal identification number, 12 digits."""


@dataclass(frozen=True, slots=True)
class Classroom:
    """One class of the school year 2025-2026."""

    name: str
    """As printed on the record, such as `5A1`."""
    grade: int
    """1 to 5."""
    teacher: Person
    """The homeroom teacher (GVCN)."""


@dataclass(frozen=True, slots=True)
class School:
    """One invented school."""

    code: str
    """`MA_TRUONG`, 8 digits."""
    name: str
    """Full name."""
    level: str
    """`TH` primary, `THCS` lower secondary."""
    ward: str
    """Code of its ward."""
    tax_code: str
    """Tax code, in the organisation's certificate."""
    principal: Person
    """Who signs as CBQL."""
    classes: tuple[Classroom, ...]
    """Classes with pupils; empty for the secondary school."""

    @property
    def ward_name(self) -> str:
        """Name of the ward."""
        return WARDS[self.ward]


@dataclass(frozen=True, slots=True)
class Sender:
    """A vendor's system."""

    code: str
    """Short code, unique."""
    name: str
    """The vendor's name."""
    format: str
    """What it pushes: `official` or `saokhue`."""
    schools: tuple[str, ...]
    """Codes of the schools it speaks for."""
    signing: str
    """`own`: records come signed; `delegated`: the hub signs with the school's keys."""
    transaction_seal: str
    """Who signs the transaction: `pass-through`, `intermediary` or `delegated`."""
    valid_from: str
    """First day it may speak for its schools."""
    valid_to: str | None
    """Last day, or none."""


def primary_school(rng: Random, index: int, classes_per_grade: int) -> School:
    """The primary school of this turn, with its classes."""
    classes = tuple(
        Classroom(f"{grade}A{turn}", grade, _person(rng, (index + 1) * 1000 + grade * 100 + turn))
        for grade in range(1, 6)
        for turn in range(1, classes_per_grade + 1)
    )
    return School(
        code=f"79{760 + index // 80}{411 + index % 80}",
        name=school_name(index, kind="Trường Tiểu học"),
        level="TH",
        ward=sorted(WARDS)[index % len(WARDS)],
        tax_code=f"03{12_000_000 + index * 37 + rng.randrange(37)}",
        principal=_person(rng, (index + 1) * 1000),
        classes=classes,
    )


def secondary_school(rng: Random) -> School:
    """The school that receives pupils after grade 5."""
    return School(
        code="79760711",
        name="Trường Trung học cơ sở Bến Sông Xanh",
        level="THCS",
        ward="26740",
        tax_code="0311999711",
        principal=_person(rng, 999_000),
        classes=(),
    )


def _person(rng: Random, number: int) -> Person:
    """A person born in the last century, with a number that no other person of the world has."""
    female = rng.random() < 0.8
    return Person(
        name=person_name(rng, female=female),
        cccd=f"079{1 if female else 0}{rng.randint(66, 99)}{number:06d}",
    )


def read_school(plain: dict[str, Any]) -> School:
    """A school as `world.json` holds it."""
    classes = tuple(Classroom(room["name"], room["grade"], Person(**room["teacher"])) for room in plain["classes"])
    return School(**{**plain, "principal": Person(**plain["principal"]), "classes": classes})


def senders_of(schools: tuple[School, ...], secondary: School, official_seal: str) -> tuple[Sender, ...]:
    """The vendors: every third school has the one whose records the hub signs."""
    json_schools = tuple(school.code for index, school in enumerate(schools) if index % 3 == 2)
    xml_schools = tuple(school.code for school in schools if school.code not in json_schools)
    since = "2025-08-01"
    return (
        Sender("HOASEN", "Phần mềm Hoa Sen (giả lập)", "official", xml_schools, "own", official_seal, since, None),
        Sender("SAOKHUE", "Công ty Sao Khuê (giả lập)", "saokhue", json_schools, "delegated", "delegated", since, None),
        Sender(
            "CANHDIEU",
            "Phần mềm Cánh Diều (giả lập)",
            "official",
            (secondary.code,),
            "own",
            "intermediary",
            since,
            None,
        ),
    )
