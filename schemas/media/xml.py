"""An official XML record as texts by member, read in one walk over the elements that the profile's tables name."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from schemas.layout import below, fields_of, rows_of
from schemas.profiles import Profile, profiles
from schemas.told import LaidOut, Places, Row, Told


@dataclass(frozen=True, slots=True)
class _Walk:
    """Where to look, and under which names things are kept."""

    blocks: tuple[tuple[str, Mapping[str, str]], ...]
    """path below the root → element → single member"""
    rows: tuple[tuple[str, str, Mapping[str, str], Mapping[str, Mapping[str, str]]], ...]
    """path of the rows, list member, element → member, element → element below it → member"""
    places: Places


@cache
def _walk(profile_name: str) -> _Walk:
    profile = profiles()[profile_name]
    assert profile.layout is not None
    blocks: dict[str, dict[str, str]] = {}
    for path, field in fields_of(profile.layout):
        blocks.setdefault(path, {})[field.element] = field.member
    rows = []
    for path, table in rows_of(profile.layout):
        flat: dict[str, str] = {}
        deep: dict[str, dict[str, str]] = {}
        for field in table.fields:
            head, _, rest = field.element.partition("/")
            if rest:
                deep.setdefault(head, {})[rest] = field.member
            else:
                flat[head] = field.member
        rows.append((below(path, table.row), table.member, flat, deep))
    return _Walk(tuple(blocks.items()), tuple(rows), LaidOut(profile))


def tell(root: Any, profile: Profile) -> Told:
    """What a parsed record says. Of an element that is there twice the last one counts: the schema refuses it anyway."""
    walk = _walk(profile.name)
    values: dict[str, str] = {}
    for path, names in walk.blocks:
        block = root.find(path)
        if block is not None:
            for child in block:
                member = names.get(child.tag)
                if member is not None:
                    values[member] = child.text or ""
    rows = {member: [_row(each, flat, deep) for each in root.iterfind(path)] for path, member, flat, deep in walk.rows}
    return Told(values, rows, walk.places, root)


def _row(element: Any, flat: Mapping[str, str], deep: Mapping[str, Mapping[str, str]]) -> Row:
    row: dict[str, str] = {}
    for child in element:
        member = flat.get(child.tag)
        if member is not None:
            row[member] = child.text or ""
        elif deep and (below_it := deep.get(child.tag)):
            # `@name` in a table means an attribute
            for name, inner in below_it.items():
                text = child.get(name[1:]) if name[0] == "@" else child.findtext(name)
                if text is not None:
                    row[inner] = text
    return row
