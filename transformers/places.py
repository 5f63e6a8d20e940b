"""Where a profile has room for what: every member's place with its bounds, whichever way the profile tells them.

Profiles of XML tell bounds in their schema, the others in their tables; here they are the same.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any

from schemas.findings import Words
from schemas.layout import Field, Form, Rows
from schemas.profiles import Medium, Profile, profiles
from schemas.told import mapped

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_NO_WORDS = Words("", "")
_NUMBERS = {Form.NUMBER, Form.SCORE, Form.MARK}


@dataclass(frozen=True, slots=True)
class Place:
    """Room for one member, or for one list."""

    path: str
    """official name, with the names around it where there are any"""
    fields: tuple[Field, ...] = ()
    """what is written there, several where one member has several forms; () for a list"""
    list: str = ""
    """member of the list whose row holds it; empty for others"""
    required: bool = False
    """must be there; of a list: must have a row; of a row's member: must be in every row"""
    unless: str = ""
    """single member that, where it says yes, lets it be absent"""
    length: int | None = None
    """characters at most"""
    least: float | None = None
    """smallest number"""
    most: float | None = None
    """largest number"""
    listed: tuple[str, ...] = ()
    """the only texts that are taken; () where any is"""
    pattern: str = ""
    """regular expression of the texts that are taken; empty where any is"""
    pattern_words: Words = _NO_WORDS
    """the same in words"""
    tidied: bool = False
    """texts are made regular as they are read: spaces, line breaks, capitals of names"""
    shared: bool = False
    """it has no cell of its own, but is read from another member's: the grade from the class code"""
    columns: tuple[str, ...] = ()
    """subjects that have a column, where rows lie side by side; () elsewhere"""

    @property
    def single(self) -> Field | None:
        """The one field that is written there; None for a list, and for a member of several forms."""
        return self.fields[0] if len(self.fields) == 1 else None

    @property
    def longest(self) -> int | None:
        """Characters of the longest text that is taken, as far as the bounds tell; None where there is no longest."""
        listed = max(map(len, self.listed)) if self.listed else None
        return next((bound for bound in (self.length, listed, _longest(self.pattern)) if bound is not None), None)


_ATOM = re.compile(r"(?:\[[^\]]+\]|\\[\w.\\-]|[\w\-])(?:\{(?:\d+,)?(\d+)\}|\?)?")
"""one character of a plain pattern, and how often"""


def _longest(pattern: str) -> int | None:
    """Of a pattern that is a row of characters and classes; None for any other."""
    total, place = 0, 0
    while place < len(pattern):
        atom = _ATOM.match(pattern, place)
        if atom is None:
            return None
        total, place = total + int(atom[1] or 1), atom.end()
    return total or None


def places_of(profile: Profile) -> Mapping[str, Place]:
    """Every member that a profile has room for: single members, lists, and members of rows as list + «.» + member."""
    return _places(profile.name)


@cache
def _places(profile_name: str) -> Mapping[str, Place]:
    profile = profiles()[profile_name]
    table = mapped(profile_name)
    schema = _Declared(profile) if profile.medium is Medium.XML else None
    columns = _columns(profile)
    found: dict[str, Place] = {}
    for member, fields in table.fields.items():
        path = table.paths[member]
        place = _place(path, fields) if schema is None else schema.place(path, fields)
        shared = profile.sheet is not None and path in {found[name].path for name in found}
        found[member] = replace(place, shared=shared, tidied=profile.sheet is not None)
    for name, rows in table.rows.items():
        path = table.row_paths[name]
        required = rows.required if schema is None else schema.is_required(_in_row(path, rows, ""))
        found[name] = Place(path, required=required, columns=columns)
        for field in rows.fields:
            own = _in_row(path, rows, field.element)
            place = (
                _place(own, (field,)) if schema is None else schema.place(own, (field,), below=_in_row(path, rows, ""))
            )
            found[f"{name}.{field.member}"] = replace(place, list=name, columns=columns)
    return MappingProxyType(found)


def _columns(profile: Profile) -> tuple[str, ...]:
    if profile.sheet is None or profile.sheet.rows is None:
        return ()
    return tuple(dict.fromkeys(column.of for column in profile.sheet.columns if column.of))


def _in_row(path: str, rows: Rows, element: str) -> str:
    return "/".join(part for part in (path, rows.row, element) if part)


def _place(path: str, fields: tuple[Field, ...]) -> Place:
    """As the tables tell it."""
    field = fields[0]
    words = _NO_WORDS if field.pattern is None else Words(field.pattern.vi, field.pattern.en)
    return Place(
        path,
        fields,
        required=any(each.required or bool(each.unless) for each in fields),
        unless=field.unless,
        length=field.length,
        least=field.least,
        most=field.most,
        pattern="" if field.pattern is None else field.pattern.expression,
        pattern_words=words,
    )


class _Declared:
    """What the XSD of a profile says of its elements."""

    def __init__(self, profile: Profile) -> None:
        import xmlschema  # takes longer to load than most commands take

        self._root: Any = xmlschema.XMLSchema10(str(profile.schema), allow="local", defuse="always").elements["HOC_BA"]

    def place(self, path: str, fields: tuple[Field, ...], *, below: str = "") -> Place:
        """One element's room."""
        type_ = self._steps(path)[-1].type
        field = fields[0]
        plain = field.form is Form.TEXT
        pattern = "|".join(type_.patterns.regexps) if plain and type_.patterns is not None else ""
        return Place(
            path,
            fields,
            required=self.is_required(path, below=below) or bool(field.unless),
            unless=field.unless,
            length=type_.max_length if plain else None,
            least=0 if field.form in _NUMBERS and not type_.text_is_valid("-1") else None,
            most=10 if field.form in _NUMBERS and not type_.text_is_valid("11") else None,
            listed=tuple(str(value) for value in type_.enumeration or ()) if plain else (),
            pattern=pattern,
            pattern_words=_documented(type_),
        )

    def is_required(self, path: str, *, below: str = "") -> bool:
        """Every element on the way must be there; those down to `below` count as being there."""
        inside = self._steps(path)[len(below.split("/")) if below else 0 :]
        return all(step.min_occurs > 0 for step in inside)

    def _steps(self, path: str) -> list[Any]:
        steps, element = [], self._root
        for name in path.split("/"):
            element = element.find(name)
            steps.append(element)
        return steps


def _documented(type_: Any) -> Words:
    told = {}
    if type_.annotation is not None:
        told = {part.get(_XML_LANG): (part.text or "").strip() for part in type_.annotation.documentation}
    return Words(told.get("vi", ""), told.get("en", ""))
