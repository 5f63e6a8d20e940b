"""What a document says, member by member, before it is believed: texts as written, with the place of each.

Readers of every medium end here, and rules, reports and the canonical record begin here: nobody further on knows whether
the text came from XML, JSON or a workbook.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, Protocol

from schemas.layout import Field, Form, Rows, below, fields_of, rows_of
from schemas.profiles import Profile, profiles
from schemas.values import Reader, Writer, reader_of, writer

Row = Mapping[str, str]
"""member of the row → text as written"""
NOTHING: Mapping[str, str] = MappingProxyType({})


class Places(Protocol):
    """Where members stand in one document."""

    def of(self, member: str) -> str:
        """Place of a single member, whether it is there or not."""

    def of_row(self, rows: str, number: int, member: str | None = None) -> str:
        """Place of a member of a list's row, 1-based, or of the row itself; number 0: of the list."""


@dataclass(frozen=True, slots=True)
class Told:
    """One record as its document has it."""

    values: Mapping[str, str]
    """single member → text as written; absent where the document has none"""
    rows: Mapping[str, Sequence[Row]]
    """list member → its rows; absent where the document has none"""
    places: Places
    """where everything stands"""
    root: Any = None
    """the parsed element, for rules on attributes and slots; None for what is not XML"""


@dataclass(frozen=True, slots=True)
class Mapped:
    """A profile's tables, turned round: by member."""

    fields: Mapping[str, tuple[Field, ...]]
    """single member → its fields, several where one member has several forms"""
    paths: Mapping[str, str]
    """single member → path of its first field"""
    rows: Mapping[str, Rows]
    """list member → its table"""
    row_paths: Mapping[str, str]
    """list member → path of the list"""
    readers: Mapping[str, Reader]
    """single member, or list member + «.» + member of the row → reader of its first field"""
    writers: Mapping[str, Writer]
    """the same → writer"""
    elements: Mapping[str, str]
    """the same → official name"""
    crosses: frozenset[str]
    """single members that say no by being empty"""


@cache
def mapped(profile_name: str) -> Mapped:
    """A profile's tables by member.

    Raises:
        LookupError: no such profile, or it has no tables.
    """
    profile = profiles()[profile_name]
    if profile.layout is None:
        raise LookupError(f"{profile_name} has no layout")
    fields: dict[str, tuple[Field, ...]] = {}
    paths: dict[str, str] = {}
    readers: dict[str, Reader] = {}
    writers: dict[str, Writer] = {}
    elements: dict[str, str] = {}
    for path, each in fields_of(profile.layout):
        fields[each.member] = (*fields.get(each.member, ()), each)
        paths.setdefault(each.member, below(path, each.element))
        readers.setdefault(each.member, reader_of(each))
        writers.setdefault(each.member, writer(each))
        elements.setdefault(each.member, each.element)
    rows: dict[str, Rows] = {}
    row_paths: dict[str, str] = {}
    for path, table in rows_of(profile.layout):
        rows[table.member], row_paths[table.member] = table, path
        for each in table.fields:
            name = f"{table.member}.{each.member}"
            readers[name], writers[name], elements[name] = reader_of(each), writer(each), each.element
    crosses = frozenset(member for member, forms in fields.items() if forms[0].form is Form.CROSS)
    return Mapped(fields, paths, rows, row_paths, readers, writers, elements, crosses)


@cache
def _holders(profile_name: str) -> Mapping[str, str]:
    profile = profiles()[profile_name]
    paths = mapped(profile_name).paths
    return MappingProxyType({slot: paths[member] for slot, member in profile.signed.items() if member in paths})


def holders(profile: Profile) -> Mapping[str, str]:
    """Slot → path of the element of the data that names who signs there."""
    return _holders(profile.name)


@dataclass(frozen=True, slots=True)
class LaidOut:
    """Places that follow from the profile's tables alone, as in XML and JSON."""

    profile: Profile
    _map: Mapped = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_map", mapped(self.profile.name))

    def of(self, member: str) -> str:
        """By the tables; the member's own name where they have none."""
        return self._map.paths.get(member, member)

    def of_row(self, rows: str, number: int, member: str | None = None) -> str:
        """By the tables: LIST/ROW[2]/ELEMENT, or list[2]/column."""
        path = self._map.row_paths.get(rows, rows)
        if not number:
            return path
        table = self._map.rows.get(rows)
        step = f"{table.row}[{number}]" if table is not None and table.row else f"[{number}]"
        row = f"{path}/{step}" if step[0] != "[" else f"{path}{step}"
        return row if member is None else f"{row}/{self._map.elements.get(f'{rows}.{member}', member)}"
