"""Administrative units: provinces, districts while there were any, wards and communes, each with its days.

Of the units before July 2025, districts and wards are known of three provinces only (those that are Ho Chi Minh City now),
and the first day of none; of the units since then, all are known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from schemas.codelists.tables import table

TWO_LEVELS = date(2025, 7, 1)
"""First day without districts, and of the whole list (QĐ 19/2025/QĐ-TTg)."""


class Kind(StrEnum):
    """How high a unit stands."""

    PROVINCE = "province"
    """tỉnh, thành phố trực thuộc trung ương: 2 digits"""
    DISTRICT = "district"
    """quận, huyện, thị xã, thành phố thuộc tỉnh: 3 digits, until June 2025"""
    WARD = "ward"
    """phường, xã, thị trấn, đặc khu: 5 digits"""


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit, as it was called between two days."""

    code: str
    """2, 3 or 5 digits: may come again in another time, with another meaning"""
    name: str
    """in full: Phường Sài Gòn"""
    kind: Kind
    """how high it stands"""
    parent: str | None
    """code of the unit that it lies in; None for a province"""
    since: date | None
    """first day; None where the list does not tell it"""
    until: date | None
    """last day; None while it is there"""

    def stands(self, day: date) -> bool:
        """It is there on that day, as far as the list tells."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


@cache
def sources() -> tuple[str, ...]:
    """Where the list comes from, in words."""
    return table("units.tsv").sources


@cache
def units() -> Mapping[str, Sequence[Unit]]:
    """Every unit that is known of, by code, in the order of time."""
    found: dict[str, tuple[Unit, ...]] = {}
    for row in table("units.tsv").rows:
        known = Unit(
            code=row["code"],
            name=row["name"],
            kind=Kind(row["kind"]),
            parent=row["parent"] or None,
            since=date.fromisoformat(row["since"]) if row["since"] else None,
            until=date.fromisoformat(row["until"]) if row["until"] else None,
        )
        found[known.code] = (*found.get(known.code, ()), known)
    return MappingProxyType(found)


def unit(code: str, day: date) -> Unit | None:
    """The unit that has a code on a day."""
    return next((known for known in units().get(code, ()) if known.stands(day)), None)


def provinces(day: date) -> tuple[Unit, ...]:
    """Every province of a day: 34 since July 2025, 63 before."""
    return tuple(
        known for several in units().values() for known in several if known.kind is Kind.PROVINCE and known.stands(day)
    )


def wards(province: str, day: date) -> tuple[Unit, ...]:
    """Every known ward of a province on a day."""
    return tuple(
        known
        for several in units().values()
        for known in several
        if known.kind is Kind.WARD and known.stands(day) and _province_of(known, day) == province
    )


def province_of(code: str, day: date) -> Unit | None:
    """The province that a unit lies in on a day; None where the unit is not known."""
    known = unit(code, day)
    return None if known is None else unit(_province_of(known, day) or "", day)


def is_whole(kind: Kind, day: date) -> bool:
    """Every unit of that kind is known on that day, so that a code which is not in the list is wrong."""
    return kind is Kind.PROVINCE or day >= TWO_LEVELS


@cache
def successors() -> Mapping[str, tuple[str, ...]]:
    """Old district of what is Ho Chi Minh City now → wards in its place; one of parts of two districts is with both."""
    found: dict[str, tuple[str, ...]] = {}
    for row in table("successors.tsv").rows:
        found[row["district"]] = (*found.get(row["district"], ()), row["ward"])
    return MappingProxyType(found)


def _province_of(known: Unit, day: date) -> str | None:
    while known.parent is not None:
        above = unit(known.parent, day)
        if above is None:
            return None
        known = above
    return known.code
