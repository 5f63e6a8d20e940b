"""Bounds of a JSON document, and what is looked at while it is parsed: names, numbers, nesting, characters."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from schemas.rules import json as rules
from schemas.rules.rule import Rule

MOST_CHARACTERS = 1024 * 1024
"""of one document"""
MOST_DOCUMENTS = 100_000
"""in a file"""
MOST_VALUES = 50_000
"""in one document: members of objects and entries of arrays"""
MOST_VALUES_IN_ALL = 500_000
"""in a file: some 3,000 records; what is read then fits into memory, and a hostile file is refused in a second"""
MOST_DIGITS = 40
"""of a number, and the largest exponent"""
DEEPEST = 20
"""levels of nesting"""

_SHOWN = 60
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = ("\\u", "\\b", "\\f")
_TOO_MANY = {
    "values": ("giá trị trong một bản ghi", "values in one document", MOST_VALUES),
    "all": ("giá trị trong tệp", "values in the file", MOST_VALUES_IN_ALL),
    "characters": ("ký tự trong một bản ghi", "characters in one document", MOST_CHARACTERS),
    "documents": ("bản ghi trong tệp", "documents in the file", MOST_DOCUMENTS),
}


class Number(str):
    """A number as it is written: 7.0 stays 7.0."""

    __slots__ = ()


class BrokenError(Exception):
    """A rule does not hold inside a document; the reader knows where that is."""

    def __init__(self, rule: Rule, **values: object) -> None:
        self.rule, self.values = rule, values
        super().__init__(rule.id)


def too_many(what: str) -> dict[str, object]:
    """What fills the words on too many of something."""
    vi, en, most = _TOO_MANY[what]
    return {"what_vi": vi, "what_en": en, "most": f"{most:,}".replace(",", ".")}


def count(document: Any) -> int:
    """Values in a document, within its bounds."""
    values = 0
    level: list[Any] = [document]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for each in level:
            values += len(each)
            inner = each.values() if type(each) is dict else each
            below += [value for value in inner if type(value) is dict or type(value) is list]
        if values > MOST_VALUES:
            raise BrokenError(rules.TOO_MANY, **too_many("values"))
        if not below:
            return values
        level = below
    raise BrokenError(rules.TOO_DEEP)


def refuse_unwritable(document: Any, raw: str) -> None:
    """Characters that no record can hold: written as they are, or escaped; the reader itself knows the rest."""
    if "\ufffe" in raw or "\uffff" in raw or any(escape in raw for escape in _ESCAPES):
        for text in _texts(document):
            if found := _UNWRITABLE.search(text):
                raise BrokenError(rules.UNWRITABLE, code=f"U+{ord(found[0]):04X}")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def object_of(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object, no name twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise BrokenError(rules.TWICE, name=shown(name))
    return found


def refuse_huge(text: str) -> None:
    """A number has its bounds."""
    whole, _, exponent = text.lower().partition("e")
    if len(whole) > MOST_DIGITS or len(exponent) > 4 or abs(int(exponent or "0")) > MOST_DIGITS:
        raise BrokenError(rules.HUGE_NUMBER)


def no_number(text: str) -> NoReturn:
    """NaN and Infinity."""
    raise BrokenError(rules.NO_NUMBER, name=text)


def shown(name: str) -> str:
    """A name as far as it can be told again in words."""
    return "".join(letter if letter.isprintable() else "?" for letter in name[:_SHOWN])
