"""JSON documents: rows of the National Data Centre, read from octets, told member by member, and looked at for faults."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from schemas.findings import Finding
from schemas.layout import fields_of, rows_of
from schemas.media.json_bounds import Number
from schemas.media.json_faults import MOST_ROWS, faults
from schemas.media.json_reading import documents, each_document
from schemas.media.json_values import number_of, text_of
from schemas.profiles import Medium, Profile, profiles
from schemas.rules import json as rules
from schemas.told import LaidOut, Places, Row, Told


@dataclass(frozen=True, slots=True)
class _Names:
    """Which column means what."""

    values: tuple[tuple[str, str], ...]
    """column, single member: of several columns for one member the most exact first"""
    rows: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]
    """child table, list member, its columns"""
    places: Places


@cache
def _names(profile_name: str) -> _Names:
    profile = profiles()[profile_name]
    assert profile.layout is not None
    values = tuple((field.element, field.member) for _, field in fields_of(profile.layout))
    rows = tuple(
        (table.element, table.member, tuple((field.element, field.member) for field in table.fields))
        for _, table in rows_of(profile.layout)
    )
    return _Names(values, rows, LaidOut(profile))


def tell(document: Mapping[str, Any], profile: Profile) -> Told:
    """What a document says: yes is 1, no is 0, numbers as written; null is nothing."""
    names = _names(profile.name)
    rows = {
        member: [_row(row, columns) for row in told[:MOST_ROWS]]
        for table, member, columns in names.rows
        if isinstance(told := document.get(table), list)
    }
    return Told(_row(document, names.values), rows, names.places)


def _row(told: Any, columns: tuple[tuple[str, str], ...]) -> Row:
    """Texts by member; a row that is no object says nothing."""
    if not isinstance(told, dict):
        return {}
    row: dict[str, str] = {}
    for column, member in columns:
        value = told.get(column)
        if value is not None and not row.get(member):
            text = value if type(value) is str else text_of(value)
            if text is not None:
                row[member] = text
    return row


@cache
def _own_names() -> Mapping[str, frozenset[str]]:
    """JSON profile → names that no other JSON profile has."""
    every = {
        name: frozenset({column for column, _ in _names(name).values} | {table for table, _, _ in _names(name).rows})
        for name, profile in profiles().items()
        if profile.medium is Medium.JSON
    }
    return {
        name: names - frozenset().union(*(others for other, others in every.items() if other != name))
        for name, names in every.items()
    }


def profile_of_document(document: Mapping[str, Any]) -> Profile | None:
    """The profile that has most of the columns that only one profile has; None where none has any, or two as many."""
    counts = sorted(((len(names & document.keys()), name) for name, names in _own_names().items()), reverse=True)
    if not counts or not counts[0][0] or (len(counts) > 1 and counts[0][0] == counts[1][0]):
        return None
    return profiles()[counts[0][1]]


def unknown_profile() -> Finding:
    """What is said of a document that no profile describes."""
    return rules.NO_PROFILE.finding()


def not_rising(sequence: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, Finding]]:
    """Documents that the centre would ignore: place in the sequence, from 0, and what is said of it.

    A version must be above the highest that was sent with the same identifier.
    """
    highest: dict[str, int] = {}
    for place, document in enumerate(sequence):
        name, written = document.get("idbanghi"), number_of(document.get("phienban")) or ""
        if not isinstance(name, str) or not written.lstrip("-").isdigit():
            continue
        version = int(written)
        before = highest.setdefault(name, version - 1)
        if version > before:
            highest[name] = version
        else:
            uuid = document.get("madinhdanhhocba")
            yield (
                place,
                rules.NOT_RISING.finding(
                    path="phienban",
                    seen=written,
                    expected=f"> {before}",
                    uuid=uuid.lower() if isinstance(uuid, str) and 0 < len(uuid) <= 36 else None,
                    values={"version": version, "before": before},
                ),
            )


__all__ = [
    "Number",
    "documents",
    "each_document",
    "faults",
    "not_rising",
    "profile_of_document",
    "tell",
    "unknown_profile",
]
