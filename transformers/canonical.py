"""The canonical record as members and back: what any document told becomes a record, what a record holds can be written.

A member is a dotted name such as pupil.name; a list member holds one mapping per row.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any

from schemas.profiles import Profile
from schemas.record import CanonicalRecord
from schemas.told import Told, mapped
from schemas.values import Reader

Members = dict[str, Any]
"""single member → value; list member → tuple of mappings"""


class UnreadableError(ValueError):
    """A text that cannot be the value that its member wants: the checker says so in words before anybody reads."""

    def __init__(self, place: str, member: str) -> None:
        self.place, self.member = place, member
        super().__init__(f"{member} cannot be read at {place}")


def read_members(told: Told, profile: Profile) -> Members:
    """What a document says, as values.

    Raises:
        UnreadableError: a text is no such value.
    """
    table = mapped(profile.name)
    readers, crosses = table.readers, table.crosses
    members: Members = {}
    for name, written in told.values.items():
        if (text := written.strip()) or name in crosses:
            try:
                members[name] = readers[name](text)
            except (KeyError, ValueError) as error:
                raise UnreadableError(told.places.of(name), name) from error
    for name, rows in told.rows.items():
        of_rows = _row_readers(profile.name)[name]
        members[name] = tuple(_row(told, of_rows, name, number, row) for number, row in enumerate(rows, start=1))
    return members


def record_of(members: Mapping[str, Any], *, kind: str) -> CanonicalRecord:
    """The record of these members.

    Raises:
        pydantic.ValidationError: something that a record must have is missing, or is not what it should be.
    """
    told: dict[str, Any] = {}
    for name, value in members.items():
        _put(told, name, tuple(_nested(row) for row in value) if isinstance(value, tuple) else value)
    results = told.setdefault("results", {})
    results.setdefault("kind", kind)
    _fill(results, kind)
    told.setdefault("absences", {})
    told.setdefault("history", ())
    return CanonicalRecord.model_validate(told)


def members_of(record: CanonicalRecord, profile: Profile) -> Members:
    """What a profile has places for, of a record: nothing for what is absent."""
    members: Members = {}
    for name, get in _getters(profile.name):
        value = get(record)
        if isinstance(value, tuple):
            wanted = _row_getters(profile.name)[name]
            rows = ({inner: got for inner, take in wanted if (got := take(row)) is not None} for row in value)
            members[name] = tuple(rows)
        elif value is not None:
            members[name] = value
    return members


@cache
def _getters(profile_name: str) -> tuple[tuple[str, Any], ...]:
    table = mapped(profile_name)
    return tuple((name, attrgetter(name)) for name in [*table.fields, *table.rows])


@cache
def _row_getters(profile_name: str) -> Mapping[str, tuple[tuple[str, Any], ...]]:
    table = mapped(profile_name)
    return {
        name: tuple((field.member, attrgetter(field.member)) for field in rows.fields)
        for name, rows in table.rows.items()
    }


@cache
def _row_readers(profile_name: str) -> Mapping[str, Mapping[str, Reader]]:
    table = mapped(profile_name)
    return {
        name: {field.member: table.readers[f"{name}.{field.member}"] for field in rows.fields}
        for name, rows in table.rows.items()
    }


def _row(told: Told, readers: Mapping[str, Reader], rows: str, number: int, row: Mapping[str, str]) -> dict[str, Any]:
    members = {}
    for name, written in row.items():
        if text := written.strip():
            try:
                members[name] = readers[name](text)
            except (KeyError, ValueError) as error:
                raise UnreadableError(told.places.of_row(rows, number, name), f"{rows}.{name}") from error
    return members


def _nested(row: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, value in row.items():
        if "." in name:
            _put(told, name, value)
        else:
            told[name] = value
    return told


def _put(told: dict[str, Any], member: str, value: Any) -> None:
    parents, last = _steps(member)
    for parent in parents:
        below = told.get(parent)
        if below is None:
            told[parent] = below = {}
        told = below
    told[last] = value


@lru_cache(maxsize=1024)
def _steps(member: str) -> tuple[tuple[str, ...], str]:
    *parents, last = member.split(".")
    return tuple(parents), last


_PARTS = {"primary": ("competences", "qualities", "remarks"), "secondary": ("learning", "conduct", "remarks")}


def _fill(results: dict[str, Any], kind: str) -> None:
    """Parts that are all optional may be absent as a whole."""
    for part in _PARTS[kind]:
        results.setdefault(part, {})
    results.setdefault("subjects", ())
