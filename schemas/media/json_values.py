"""One value of a JSON document: as text, and whether it is what its column wants, by the facets of the profile's table."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from schemas.layout import Field, Form
from schemas.media.json_bounds import Number
from schemas.values import reader

MOST_DECIMALS = 4
"""decimal(18,4) in the National Data Centre's tables"""

Fits = Callable[[Any], bool]

_DAY = "(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_SHAPES: Mapping[Form, str] = {
    Form.SCORE: "10|[0-9]|M",
    Form.MARK: "10(\\.0)?|[0-9](\\.[0-9])?|Đ|CĐ|M",
    Form.DAY: _DAY,
    Form.BIRTH_DAY: _DAY,
    Form.BIRTH_MONTH: "(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])",
    Form.BIRTH_YEAR: "(19|20|21)[0-9]{2}",
    Form.STAMP: f"{_DAY}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a column wants, in words."""

    vi: str
    """Vietnamese"""
    en: str
    """English"""


_WANTED: Mapping[Form, Wanted] = {
    Form.TEXT: Wanted("chữ đặt trong dấu ngoặc kép", "a text in double quotes"),
    Form.FLAG: Wanted("true, false, 1 hoặc 0, không có dấu ngoặc kép", "true, false, 1 or 0, without quotes"),
    Form.NUMBER: Wanted(
        "số không đặt trong ngoặc kép, dùng dấu chấm thập phân, tối đa 4 chữ số lẻ",
        "a number without quotes, with a decimal point and 4 decimals at most",
    ),
    Form.VERSION: Wanted("số nguyên khác 0", "a whole number other than 0"),
    Form.SCORE: Wanted('chữ "0" đến "10", hoặc "M" nếu miễn học', 'a text "0" to "10", or "M" for an exempted pupil'),
    Form.MARK: Wanted(
        'chữ "0" đến "10" có một chữ số lẻ, "Đ", "CĐ", hoặc "M" nếu miễn học',
        'a text "0" to "10" with one decimal, "Đ", "CĐ", or "M" for an exempted pupil',
    ),
    Form.DAY: Wanted("ngày YYYY-MM-DD, ví dụ 2026-05-28", "a day such as 2026-05-28"),
    Form.BIRTH_DAY: Wanted("ngày sinh YYYY-MM-DD, ví dụ 2015-05-17", "a day of birth such as 2015-05-17"),
    Form.BIRTH_MONTH: Wanted("tháng sinh YYYY-MM, ví dụ 2015-05", "a month of birth such as 2015-05"),
    Form.BIRTH_YEAR: Wanted("năm sinh YYYY, ví dụ 2015", "a year of birth such as 2015"),
    Form.STAMP: Wanted("thời điểm YYYY-MM-DDTHH:mm:ss", "a moment YYYY-MM-DDTHH:mm:ss"),
}
_MOST_CODES = 12


def text_of(value: Any) -> str | None:
    """A value as the text that a reader of its form takes; None for null, an object or an array."""
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    return number_of(value)


def number_of(value: Any) -> str | None:
    """A number as it is written, without an exponent; None for anything else."""
    if isinstance(value, Number):
        return f"{Decimal(value):f}" if "e" in value or "E" in value else str(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return f"{Decimal(repr(value)):f}"


def shape(field: Field) -> str | None:
    """Regular expression of the whole text, where there is one."""
    return field.pattern.expression if field.pattern is not None else _SHAPES.get(field.form)


def grades(field: Field) -> list[str]:
    """Every way to write the grades of a column."""
    numbers = range(int(field.least or 1), int(field.most or 12) + 1)
    return sorted({text for number in numbers for text in (f"{number}", f"{number:02d}")})


def fits(field: Field) -> Fits:
    """Whether a value that is there is what the column wants."""
    if field.form is Form.FLAG:
        return lambda value: value is True or value is False or number_of(value) in {"0", "1"}
    if field.form in {Form.NUMBER, Form.VERSION}:
        return lambda value: _is_number(field, value) and within(field, value)
    if field.form is Form.CODE:
        assert field.codes is not None
        return _one_of(frozenset(field.codes.values()))
    if field.form is Form.GRADE:
        return _one_of(frozenset(grades(field)))
    return _text_fits(field)


def is_of_its_form(field: Field, value: Any) -> bool:
    """A number where a number is wanted, a text where a text is wanted, whatever its size."""
    if field.form in {Form.NUMBER, Form.VERSION}:
        return _is_number(field, value)
    return type(value) is str and field.form is Form.TEXT and field.pattern is None


def within(field: Field, value: Any) -> bool:
    """A number is inside its range."""
    number = Decimal(number_of(value) or "0")
    return (field.least is None or number >= Decimal(field.least)) and (
        field.most is None or number <= Decimal(field.most)
    )


def wanted(field: Field) -> Wanted:
    """What the column wants, in words."""
    if field.pattern is not None:
        return Wanted(field.pattern.vi, field.pattern.en)
    if field.form is Form.GRADE:
        return _listed(grades(field))
    if field.codes is not None:
        return _listed(list(field.codes.values()))
    return _WANTED[field.form]


def _listed(codes: list[str]) -> Wanted:
    if len(codes) > _MOST_CODES:
        return Wanted(f"mã trong danh mục, ví dụ {codes[0]}", f"a code of the list, say {codes[0]}")
    return Wanted(f"một trong: {', '.join(codes)}", f"one of: {', '.join(codes)}")


def _one_of(texts: frozenset[str]) -> Fits:
    return lambda value: type(value) is str and value in texts


def _text_fits(field: Field) -> Fits:
    most = field.length or 1_000_000
    expression = shape(field)
    if expression is None:
        return lambda value: type(value) is str and len(value) <= most and not value.isspace() and value != ""
    matches, read = re.compile(expression).fullmatch, reader(field.form)

    def fit(value: Any) -> bool:
        if type(value) is not str or len(value) > most or not matches(value):
            return False
        try:
            read(value)
        except ValueError:
            return False
        return True

    return fit


def _is_number(field: Field, value: Any) -> bool:
    text = number_of(value)
    if text is None:
        return False
    if field.form is Form.VERSION:
        return text.lstrip("-").isdigit() and int(text) != 0
    return len(text.partition(".")[2]) <= MOST_DECIMALS
