"""What is wrong with a JSON document's structure, all at once, in the catalogue's words, by the facets of the tables."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from typing import Any

from schemas.findings import Finding
from schemas.layout import Field, Form, Rows, fields_of, rows_of
from schemas.media.json_bounds import Number, shown
from schemas.media.json_values import Fits, fits, is_of_its_form, text_of, wanted, within
from schemas.profiles import Profile, profiles
from schemas.rules import json as json_rules
from schemas.rules import rules, structure
from schemas.rules.rule import Rule
from schemas.told import mapped

MOST_ROWS = 1000
"""Rows of a list that are looked at: no record has that many, and a hostile one has thousands."""
MOST_FOREIGN = 1000
"""Names that no table has, of one object, that are told"""
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_WHOLE = "bản ghi · document"


@dataclass(frozen=True, slots=True)
class _Column:
    """One column, ready to be looked at."""

    field: Field
    fits: Fits
    claimed: Rule | None
    """rule under which its wrong values are told"""


@dataclass(frozen=True, slots=True)
class _List:
    """One child table."""

    rows: Rows
    columns: tuple[_Column, ...]
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Tables:
    """A profile's tables."""

    columns: tuple[_Column, ...]
    lists: tuple[_List, ...]
    names: frozenset[str]
    alike: tuple[tuple[str, ...], ...]
    """columns for one member, the most exact first: each begins the one before it"""


def faults(document: Mapping[str, Any], profile: Profile) -> Sequence[Finding]:
    """Every fault of structure, in the order of the tables; () where there is none."""
    tables = _tables(profile.name)
    found = list(_of_object(document, tables.columns, tables.names, ""))
    found += _disagreeing(document, tables.alike)
    for each in tables.lists:
        found += _of_list(document, each)
    return [_of_profile(finding, profile) for finding in found]


@cache
def _tables(profile_name: str) -> _Tables:
    profile = profiles()[profile_name]
    layout = profile.layout
    assert layout is not None
    claims = {member: rule for name in profile.rules for rule in [rules()[name]] for member in rule.members}
    columns = tuple(
        _column(field, "", claims) for field in chain((field for _, field in fields_of(layout)), layout.beside)
    )
    lists = tuple(_list(rows, claims) for _, rows in rows_of(layout))
    names = frozenset(column.field.element for column in columns) | {each.rows.element for each in lists}
    alike = tuple(
        tuple(field.element for field in fields) for fields in mapped(profile_name).fields.values() if len(fields) > 1
    )
    return _Tables(columns, lists, names, alike)


def _list(rows: Rows, claims: Mapping[str, Rule]) -> _List:
    own = [_column(field, f"{rows.member}.", claims) for field in rows.fields]
    columns = (*own, *(_column(field, "", claims) for field in rows.beside))
    return _List(rows, columns, frozenset(column.field.element for column in columns))


def _column(field: Field, before: str, claims: Mapping[str, Rule]) -> _Column:
    return _Column(field, fits(field), claims.get(f"{before}{field.member}"))


def _of_profile(finding: Finding, profile: Profile) -> Finding:
    """What is structure here is by this profile's tables."""
    return replace(finding, basis=profile.title) if finding.rule.startswith("X") else finding


def _of_object(
    told: Mapping[str, Any], columns: tuple[_Column, ...], names: frozenset[str], path: str
) -> Iterator[Finding]:
    for column in columns:
        value = told.get(column.field.element)
        if value is None:
            if column.field.required:
                yield _absent(column.field.element, path, is_null=column.field.element in told)
        elif not column.fits(value):
            yield _wrong(column, value, _below(path, column.field.element))
    if not told.keys() <= names:
        yield from _foreign(told, names, path)


def _disagreeing(document: Mapping[str, Any], alike: tuple[tuple[str, ...], ...]) -> Iterator[Finding]:
    """A birth year beside a birth date of another year: only one of them could be kept."""
    for elements in alike:
        told = [(name, value) for name in elements if isinstance(value := document.get(name), str) and value.strip()]
        for name, value in told[1:]:
            if not told[0][1].startswith(value):
                want = (f"khớp với {told[0][0]}", f"the same as in {told[0][0]}")
                yield _not_a(name, name, want, seen=value)


def _of_list(document: Mapping[str, Any], each: _List) -> Iterator[Finding]:
    name = each.rows.element
    rows = document.get(name)
    if rows is None:
        if each.rows.required:
            yield _absent(name, "", is_null=name in document)
    elif not isinstance(rows, list):
        yield _not_a(name, name, ("mảng các đối tượng [ {…}, … ]", "an array of objects [ {…}, … ]"))
    elif not rows and each.rows.required:
        yield _absent(name, "", is_null=True)
    else:
        yield from _of_rows(rows, each)


def _of_rows(rows: list[Any], each: _List) -> Iterator[Finding]:
    name = each.rows.element
    for number, row in enumerate(rows[:MOST_ROWS], start=1):
        path = f"{name}[{number}]"
        if isinstance(row, dict):
            yield from _of_object(row, each.columns, each.names, path)
        else:
            yield _not_a(path, path, ("đối tượng {…}", "an object {…}"))
    if len(rows) > MOST_ROWS:
        yield _too_many(name, (f"dòng trong {name}", f"rows in {name}"), MOST_ROWS)


def _absent(element: str, path: str, *, is_null: bool) -> Finding:
    if is_null:
        return structure.EMPTY.finding(path=_below(path, element), values={"element": element})
    values = {"element": element, "parent": path or _WHOLE}
    return structure.MISSING.finding(path=_below(path, element), expected=element, values=values)


def _foreign(told: Mapping[str, Any], names: frozenset[str], path: str) -> Iterator[Finding]:
    parent = path or _WHOLE
    strange = [name for name in told if name not in names]
    for name in strange[:MOST_FOREIGN]:
        element = shown(name)
        yield structure.FOREIGN.finding(
            path=_below(path, element), seen=element, values={"element": element, "parent": parent}
        )
    if len(strange) > MOST_FOREIGN:
        yield _too_many(path or None, ("tên cột lạ", "unknown columns"), MOST_FOREIGN)


def _too_many(path: str | None, what: tuple[str, str], most: int) -> Finding:
    values = {"what_vi": what[0], "what_en": what[1], "most": most}
    return json_rules.TOO_MANY.finding(path=path, values=values)


def _not_a(path: str, element: str, want: tuple[str, str], *, seen: str | None = None) -> Finding:
    values = {"element": element, "wanted_vi": want[0], "wanted_en": want[1], "hint_vi": "", "hint_en": ""}
    return structure.WRONG_VALUE.finding(path=path, seen=seen, expected=want[0], values=values)


def _wrong(column: _Column, value: Any, path: str) -> Finding:
    field, seen = column.field, text_of(value)
    if seen is None:
        return structure.ELEMENTS_IN_VALUE.finding(path=path, values={"element": field.element})
    want = wanted(field)
    hint_vi, hint_en = _hint(column, value)
    values: dict[str, object] = {
        "element": field.element,
        "wanted_vi": want.vi,
        "wanted_en": want.en,
        "hint_vi": hint_vi,
        "hint_en": hint_en,
    }
    rule, expected = column.claimed, want.vi
    if rule is None or (type(value) is not str and column.fits(seen)):
        rule, expected = _by_facet(field, value, seen, values, expected)
    return rule.finding(path=path, seen=seen or None, expected=expected, values=values)


def _by_facet(field: Field, value: Any, seen: str, values: dict[str, object], expected: str) -> tuple[Rule, str]:
    """Empty, too long, outside its range, or just wrong."""
    if type(value) is str and not seen.strip():
        return structure.EMPTY, expected
    if is_of_its_form(field, value):
        if field.length is not None and len(seen) > field.length:
            values |= {"length": len(seen), "most": field.length}
            return structure.TOO_LONG, f"≤ {field.length}"
        if field.form in {Form.NUMBER, Form.VERSION} and not within(field, value):
            least, most = (f"{bound:g}" for bound in (field.least or 0, field.most or 0))
            values |= {"least": least, "most": most}
            return structure.OUTSIDE, f"{least} … {most}"
    return structure.WRONG_VALUE, expected


def _hint(column: _Column, value: Any) -> tuple[str, str]:
    """The slip that makes a right value wrong."""
    text = text_of(value) or ""
    if type(value) is not str and column.fits(text):
        return ": đặt giá trị trong dấu ngoặc kép", ": put the value in double quotes"
    for mended, vi, en in (
        (text.strip(), ": bỏ dấu cách thừa ở đầu, cuối", ": remove spaces around it"),
        (unicodedata.normalize("NFC", text), ": dùng Unicode dựng sẵn (NFC)", ": use precomposed Unicode (NFC)"),
        (text.replace("\u00d0", "\u0110"), ": dùng chữ Đ tiếng Việt (U+0110)", ": use the letter Đ (U+0110)"),
        (text.replace(",", "."), ": dùng dấu chấm thập phân", ": use a decimal point"),
        (text.upper(), ": viết chữ hoa", ": use capitals"),
    ):
        if mended != text and column.fits(mended):
            return vi, en
    if type(value) is str and (text in {"true", "false"} or (_NUMBER.fullmatch(text) and column.fits(Number(text)))):
        return ": ghi không có dấu ngoặc kép", ": write it without quotes"
    return "", ""


def _below(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name
