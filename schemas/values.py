"""One value of the canonical record as an official form writes it, and back."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from schemas.layout import Field, Form
from schemas.record import VIETNAM, BirthDate

Writer = Callable[[Any], str | None]
"""None where the value is not written in this place at all"""
Reader = Callable[[str], Any]
"""ValueError or KeyError where the text cannot be such a value"""

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)
_MARK = re.compile(r"\d{1,2}(\.\d)?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)
_WORDS = ("Đ", "CĐ", "M")


def writer(field: Field) -> Writer:
    """What turns a canonical value into official text; KeyError where a code list has no such value."""
    if field.form is Form.CODE:
        assert field.codes is not None
        return field.codes.__getitem__
    return _WRITERS[field.form]


@cache
def reader(form: Form) -> Reader:
    """What turns official text into a canonical value, for every form but CODE."""
    return _READERS[form]


def reader_of(field: Field) -> Reader:
    """What turns official text into a canonical value."""
    if field.form is Form.CODE:
        assert field.codes is not None
        return {text: value for value, text in reversed(tuple(field.codes.items()))}.__getitem__
    return reader(field.form)


def _write_number(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _write_mark(value: Decimal | str) -> str:
    return value if isinstance(value, str) else _write_number(value)


def _write_birth_date(value: BirthDate) -> str:
    known = [f"{part:02d}" for part in (value.day, value.month) if part is not None]
    return "/".join([*known, f"{value.year:04d}"])


def _write_birth_day(value: BirthDate) -> str | None:
    return None if value.day is None else f"{value.year:04d}-{value.month:02d}-{value.day:02d}"


def _write_birth_month(value: BirthDate) -> str | None:
    return None if value.day is not None or value.month is None else f"{value.year:04d}-{value.month:02d}"


def _write_birth_year(value: BirthDate) -> str | None:
    return None if value.month is not None else f"{value.year:04d}"


@lru_cache(maxsize=4096)
def _read_birth_date(text: str) -> BirthDate:
    return _born([int(part) for part in reversed(text.split("/"))])


def _read_birth_parts(text: str) -> BirthDate:
    return _born([int(part) for part in text.split("-")])


def _born(parts: list[int]) -> BirthDate:
    if len(parts) > 3:
        raise ValueError("a day has three parts at most")
    return BirthDate(**dict(zip(("year", "month", "day"), parts, strict=False)))


def _write_moment(value: datetime | date) -> str:
    if isinstance(value, datetime):
        return value.astimezone(VIETNAM).isoformat(timespec="seconds")
    return value.isoformat()


def _write_day(value: datetime | date) -> str:
    return value.astimezone(VIETNAM).date().isoformat() if isinstance(value, datetime) else value.isoformat()


@lru_cache(maxsize=4096)
def _read_moment(text: str) -> datetime | date:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _read_number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError("not a plain number")
    return Decimal(text)


def _read_mark(text: str) -> Decimal | str:
    if text in _WORDS:
        return text
    if not _MARK.fullmatch(text):
        raise ValueError("not a mark")
    return Decimal(text)


def _read_version(text: str) -> int:
    if not _WHOLE.fullmatch(text) or not int(text):
        raise ValueError("not a whole number other than 0")
    return int(text)


def _write_stamp(value: datetime) -> str:
    return f"{value.astimezone(VIETNAM):%Y-%m-%dT%H:%M:%S}"


def _read_stamp(text: str) -> datetime:
    if not _STAMP.fullmatch(text):
        raise ValueError("not a moment to the second")
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


def _read_score(text: str) -> int | str:
    if text == "M":
        return text
    if not (text.isascii() and text.isdigit() and len(text) <= 2):
        raise ValueError("not a score")
    return int(text)


def _read_grade(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 2):
        raise ValueError("not a grade")
    return int(text)


_FLAGS = {"1": True, "0": False}
_CROSSES = {"x": True, "X": True, "": False}

_WRITERS: Mapping[Form, Writer] = {
    Form.TEXT: str,
    Form.NUMBER: _write_number,
    Form.SCORE: str,
    Form.MARK: _write_mark,
    Form.FLAG: lambda value: "1" if value else "0",
    Form.CROSS: lambda value: "x" if value else "",
    Form.GRADE: lambda value: f"{value:02d}",
    Form.BIRTH_DATE: _write_birth_date,
    Form.BIRTH_DAY: _write_birth_day,
    Form.BIRTH_MONTH: _write_birth_month,
    Form.BIRTH_YEAR: _write_birth_year,
    Form.MOMENT: _write_moment,
    Form.DAY: _write_day,
    Form.VERSION: str,
    Form.STAMP: _write_stamp,
}
_READERS: Mapping[Form, Reader] = {
    Form.TEXT: lambda text: text,
    Form.NUMBER: _read_number,
    Form.SCORE: _read_score,
    Form.MARK: _read_mark,
    Form.FLAG: _FLAGS.__getitem__,
    Form.CROSS: _CROSSES.__getitem__,
    Form.GRADE: _read_grade,
    Form.BIRTH_DATE: _read_birth_date,
    Form.BIRTH_DAY: _read_birth_parts,
    Form.BIRTH_MONTH: _read_birth_parts,
    Form.BIRTH_YEAR: _read_birth_parts,
    Form.MOMENT: _read_moment,
    Form.DAY: date.fromisoformat,
    Form.VERSION: _read_version,
    Form.STAMP: _read_stamp,
}
