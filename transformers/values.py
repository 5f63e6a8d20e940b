"""One value of the canonical record as an official form writes it, and back."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from schemas.layout import Field, Form
from schemas.record import VIETNAM, BirthDate

Writer = Callable[[Any], str]
Reader = Callable[[str], Any]


def writer(field: Field) -> Writer:
    """What turns a canonical value into official text."""
    if field.form is Form.CODE:
        assert field.codes is not None
        return field.codes.__getitem__
    return _WRITERS[field.form]


def reader(field: Field) -> Reader:
    """What turns official text into a canonical value; ValueError or KeyError where it cannot be one."""
    if field.form is Form.CODE:
        assert field.codes is not None
        return {text: value for value, text in field.codes.items()}.__getitem__
    return _READERS[field.form]


def _write_number(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _write_birth_date(value: BirthDate) -> str:
    known = [f"{part:02d}" for part in (value.day, value.month) if part is not None]
    return "/".join([*known, f"{value.year:04d}"])


def _read_birth_date(text: str) -> BirthDate:
    parts = [int(part) for part in reversed(text.split("/"))]
    names = ("year", "month", "day")
    return BirthDate(**dict(zip(names, parts, strict=False)))


def _write_moment(value: datetime | date) -> str:
    if isinstance(value, datetime):
        return value.astimezone(VIETNAM).isoformat(timespec="seconds")
    return value.isoformat()


def _read_moment(text: str) -> datetime | date:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _read_flag(text: str) -> bool:
    return {"1": True, "0": False}[text]


_WRITERS: Mapping[Form, Writer] = {
    Form.TEXT: str,
    Form.NUMBER: _write_number,
    Form.SCORE: str,
    Form.FLAG: lambda value: "1" if value else "0",
    Form.GRADE: lambda value: f"{value:02d}",
    Form.BIRTH_DATE: _write_birth_date,
    Form.MOMENT: _write_moment,
}
_READERS: Mapping[Form, Reader] = {
    Form.TEXT: str,
    Form.NUMBER: Decimal,
    Form.SCORE: lambda text: text if text == "M" else int(text),
    Form.FLAG: _read_flag,
    Form.GRADE: int,
    Form.BIRTH_DATE: _read_birth_date,
    Form.MOMENT: _read_moment,
}
