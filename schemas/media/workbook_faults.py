"""What is wrong with the values of a workbook's row, all at once, in the catalogue's words."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from schemas.findings import Finding, Words
from schemas.layout import Column, Field, Form
from schemas.profiles import Profile, profiles
from schemas.rules import rules, structure
from schemas.rules.rule import Rule
from schemas.values import Reader, reader_of

_WANTED: Mapping[Form, Words] = {
    Form.BIRTH_DATE: Words("ngày dd/mm/yyyy, mm/yyyy hoặc yyyy", "a day dd/mm/yyyy, mm/yyyy or yyyy"),
    Form.SCORE: Words("số nguyên từ 0 đến 10, hoặc M (miễn)", "a whole number from 0 to 10, or M (exempted)"),
    Form.CROSS: Words("x, hoặc để trống", "x, or empty"),
    Form.TEXT: Words("chữ", "text"),
}


@dataclass(frozen=True, slots=True)
class _Look:
    """One column, ready to be looked at."""

    column: Column
    field: Field
    read: Reader
    claimed: Rule | None
    """rule under which its wrong values are told"""


def value_faults(values: Mapping[str, str], place: Callable[[str], str], profile: Profile) -> Iterator[Finding]:
    """Missing, too long, or no such value; () where there is none of it."""
    listed = {each.column.of for each in _looks(profile.name) if each.column.of and values.get(each.column.name)}
    for look in _looks(profile.name):
        text = values.get(look.column.name, "")
        if text:
            finding = _wrong(look, text, place(look.column.name))
        elif look.field.required and (not look.column.of or look.column.of in listed):
            name = look.column.name
            parent = "dòng này · this row"
            finding = structure.MISSING.finding(
                path=place(name), expected=name, values={"element": name, "parent": parent}
            )
        else:
            continue
        if finding is not None:
            yield replace(finding, basis=profile.title) if finding.rule[0] == "X" else finding


@cache
def _looks(profile_name: str) -> tuple[_Look, ...]:
    profile = profiles()[profile_name]
    assert profile.sheet is not None
    claims = {member: rule for name in profile.rules for rule in [rules()[name]] for member in rule.members}
    around = "" if profile.sheet.rows is None else f"{profile.sheet.rows.member}."
    return tuple(
        _Look(column, each, reader_of(each), claims.get(f"{around if column.of else ''}{each.member}"))
        for column in profile.sheet.columns
        if (each := column.field) is not None
    )


def _wrong(look: _Look, text: str, path: str) -> Finding | None:
    field = look.field
    if field.length is not None and len(text) > field.length and look.claimed is None:
        values = {"element": look.column.name, "length": len(text), "most": field.length}
        return structure.TOO_LONG.finding(path=path, seen=text, expected=f"≤ {field.length}", values=values)
    if _fits(look, text):
        return None
    wanted = _wanted(field)
    values = {
        "element": look.column.name,
        "wanted_vi": wanted.vi,
        "wanted_en": wanted.en,
        "hint_vi": "",
        "hint_en": "",
    }
    return (look.claimed or structure.WRONG_VALUE).finding(path=path, seen=text, expected=wanted.vi, values=values)


def _fits(look: _Look, text: str) -> bool:
    field = look.field
    if field.pattern is not None and not re.fullmatch(field.pattern.expression, text):
        return False
    try:
        value = look.read(text)
    except (KeyError, ValueError):
        # A day with the right form that no calendar has is told by its own rule (B23).
        return field.form is Form.BIRTH_DATE and _looks_like_a_day(text)
    if isinstance(value, int) and field.least is not None and field.most is not None:
        return field.least <= value <= field.most
    return True


def _looks_like_a_day(text: str) -> bool:
    parts = text.split("/")
    return [len(part) for part in parts] == [2, 2, 4] and all(part.isdecimal() for part in parts)


def _wanted(field: Field) -> Words:
    if field.pattern is not None:
        return Words(field.pattern.vi, field.pattern.en)
    if field.codes is not None:
        listed = ", ".join(field.codes.values())
        return Words(f"một trong: {listed}", f"one of: {listed}")
    return _WANTED[field.form]
