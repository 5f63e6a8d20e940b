"""An official XML record as texts by member, read in one walk over the elements that the profile's tables name."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from schemas.layout import Rows, fields_of, rows_of
from schemas.profiles import Profile, profiles
from schemas.told import LaidOut, Places, Row, Told


@dataclass(frozen=True, slots=True)
class _RowNames:
    """What a row's elements mean."""

    member: str
    """the list"""
    flat: Mapping[str, str]
    """element → member of the row"""
    deep: Mapping[str, Mapping[str, str]]
    """element → element below it → member of the row"""


@dataclass(frozen=True, slots=True)
class _Block:
    """What the elements below a block mean: a single member, a row, or another block; others are passed by."""

    steps: "dict[str, str | _RowNames | _Block]"


@dataclass(frozen=True, slots=True)
class _Walk:
    """Where to look, and under which names things are kept."""

    top: _Block
    lists: tuple[str, ...]
    places: Places


@cache
def _walk(profile_name: str) -> _Walk:
    profile = profiles()[profile_name]
    assert profile.layout is not None
    top, lists = _Block({}), []
    for path, field in fields_of(profile.layout):
        _block(top, path).steps[field.element] = field.member
    for path, table in rows_of(profile.layout):
        lists.append(table.member)
        _block(top, path).steps[table.row] = _row_names(table)
    return _Walk(top, tuple(lists), LaidOut(profile))


def _block(top: _Block, path: str) -> _Block:
    for name in filter(None, path.split("/")):
        step = top.steps.setdefault(name, _Block({}))
        assert isinstance(step, _Block), path
        top = step
    return top


def _row_names(table: Rows) -> _RowNames:
    flat: dict[str, str] = {}
    deep: dict[str, dict[str, str]] = {}
    for field in table.fields:
        head, _, rest = field.element.partition("/")
        if rest:
            deep.setdefault(head, {})[rest] = field.member
        else:
            flat[head] = field.member
    return _RowNames(table.member, flat, deep)


def tell(root: Any, profile: Profile) -> Told:
    """What a parsed record says. Of an element that is there twice the last one counts: the schema refuses it anyway."""
    walk = _walk(profile.name)
    values: dict[str, str] = {}
    rows: dict[str, list[Row]] = {member: [] for member in walk.lists}
    _gather(root, walk.top.steps, values, rows)
    return Told(values, rows, walk.places, root)


def _gather(
    element: Any,
    steps: Mapping[str, "str | _RowNames | _Block"],
    values: dict[str, str],
    rows: dict[str, list[Row]],
) -> None:
    for child in element:
        step = steps.get(child.tag)
        if isinstance(step, str):
            values[step] = child.text or ""
        elif isinstance(step, _RowNames):
            rows[step.member].append(_row(child, step.flat, step.deep))
        elif step is not None:
            _gather(child, step.steps, values, rows)


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
