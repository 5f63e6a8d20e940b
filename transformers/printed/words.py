"""How the printed form writes things: levels in full, Vietnamese numbers and dates, and only what its type can set."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from schemas.record import VIETNAM, Assessment, Attainment, BirthDate, Grading, Sex, YearResult

ATTAINMENTS: Mapping[Attainment, str] = MappingProxyType(
    {
        Attainment.WELL_DONE: "Hoàn thành tốt",
        Attainment.DONE: "Hoàn thành",
        Attainment.NOT_DONE: "Chưa hoàn thành",
        Attainment.EXEMPT: "Miễn",
    }
)
ASSESSMENTS: Mapping[Assessment, str] = MappingProxyType(
    {Assessment.GOOD: "Tốt", Assessment.MET: "Đạt", Assessment.NEEDS_EFFORT: "Cần cố gắng"}
)
RESULTS: Mapping[YearResult, str] = MappingProxyType(
    {
        YearResult.EXCELLENT: "Hoàn thành xuất sắc",
        YearResult.GOOD: "Hoàn thành tốt",
        YearResult.DONE: "Hoàn thành",
        YearResult.NOT_DONE: "Chưa hoàn thành",
    }
)
GRADINGS: Mapping[Grading, str] = MappingProxyType(
    {Grading.GOOD: "Tốt", Grading.FAIR: "Khá", Grading.MET: "Đạt", Grading.NOT_MET: "Chưa đạt"}
)
SEXES: Mapping[Sex, str] = MappingProxyType({Sex.MALE: "Nam", Sex.FEMALE: "Nữ", Sex.UNKNOWN: "Chưa có thông tin"})
MARKS: Mapping[str, str] = MappingProxyType({"Đ": "Đạt", "CĐ": "Chưa đạt", "M": "Miễn"})

UNSET = "□"
"""stands for a character that the form's typeface has not"""

LONGEST_WORD = 24
"""a longer run without space may be broken anywhere"""

# What Libertinus Serif has in regular, bold and italic: the only three cuts that the templates use, since its bold
# italic lacks ơ and ư. PDF/A refuses a page with a character that its font has not.
_SET = (
    "\n\x20-\x7e\xa0-\xac\xae-\u0241\u0250-\u02bf\u0300-\u0331\u0338\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce"
    "\u0401\u0403-\u040c\u040f-\u044f\u0451\u0453\u0455-\u0458\u045c\u045e\u1e00-\u1e9b\u1e9e\u1ea0-\u1ef9"
    "\u2000-\u200a\u2010-\u2027\u2030-\u2037\u2039-\u203e\u2044\u20ab\u20ac\u2116\u2122\u2190-\u2193\u2212\u2260"
    "\u2264\u2265\u25a0\u25a1\u25cb\u25cf"
)
_BREAKS = re.compile(r"\r\n?|[\x85\u2028\u2029]")
_SILENT = re.compile("[\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]")
_UNSETTABLE = re.compile(f"[^{_SET}]")
_PLAIN = re.compile("[ -~\xa0-\xac\xae-\u0241\u1ea0-\u1ef9]*")
_LONG = re.compile(f"[^\\s-]{{{LONGEST_WORD}}}(?=[^\\s-])")
_HEAPED = re.compile("([\u0300-\u0331\u0338]{4})[\u0300-\u0331\u0338]+")
"""more marks on one letter than any script has: the typesetter's time grows with their square"""
_BREAK_HERE = "\u200b"


def settable(text: str) -> str:
    """The text as the pages can carry it: direction marks and joiners left out, what has no glyph shown as a box."""
    if _PLAIN.fullmatch(text) and (len(text) <= LONGEST_WORD or not _LONG.search(text)):
        return text
    text = _BREAKS.sub("\n", text).replace("\t", " ")
    text = _UNSETTABLE.sub(UNSET, _SILENT.sub("", text))
    text = _HEAPED.sub(rf"\1{UNSET}", text)
    return _LONG.sub(lambda run: run.group() + _BREAK_HERE, text)


def number(value: Decimal | int) -> str:
    """34,5: a comma before decimals, and no zeros behind them."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(".", ",")


def score(value: Decimal | int | Literal["Đ", "CĐ", "M"] | None) -> str:
    """A test's or a subject's score; levels in full; empty where there is none."""
    if value is None:
        return ""
    return MARKS[value] if isinstance(value, str) else number(value)


def average(value: Decimal | Literal["Đ", "CĐ", "M"] | None) -> str:
    """A subject's average with its one decimal, as TT 22/2021 wants it: 8,0."""
    if isinstance(value, Decimal) and value == value.to_integral_value() and value != 10:
        return f"{int(value)},0"
    return score(value)


def day(moment: date) -> str:
    """15/3/2014, 05/02/2014: days under 10 and the first two months take a zero (NĐ 30/2020/NĐ-CP PL I)."""
    return f"{moment.day:02}/{_month(moment.month)}/{moment.year}"


def birth(born: BirthDate | None) -> str:
    """A day, or only a month or a year."""
    if born is None:
        return ""
    if born.month is None:
        return str(born.year)
    if born.day is None:
        return f"{_month(born.month)}/{born.year}"
    return day(date(born.year, born.month, born.day))


def moment(when: date) -> str:
    """To the second in Vietnam's time, or the plain day."""
    if isinstance(when, datetime):
        here = when.astimezone(VIETNAM)
        return f"{here:%H:%M:%S}, {day(here)}"
    return day(when)


def long_day(when: date) -> str:
    """ngày 28 tháng 5 năm 2026"""
    here = when.astimezone(VIETNAM) if isinstance(when, datetime) else when
    return f"ngày {here.day:02} tháng {_month(here.month)} năm {here.year}"


def _month(number: int) -> str:
    return f"{number:02}" if number < 3 else str(number)
