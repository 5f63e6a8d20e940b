"""Vendors' own formats, one folder each; being there is joining.

A folder holds `__init__.py` with one `FORMAT` and `examples/` with bodies that it reads and bodies that it refuses; the
conformance suite runs over whatever is found.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Protocol

from connectors.arrivals import Arrival, Limits
from schemas.findings import Finding
from schemas.record import CanonicalRecord


@dataclass(frozen=True, slots=True)
class Converted:
    """One item in the shared dictionary."""

    record: CanonicalRecord
    """what it says"""
    notes: tuple[Finding, ...] = ()
    """what was made regular on the way, value by value: warnings for who sent it"""


class VendorFormat(Protocol):
    """What a vendor's folder can do."""

    @property
    def title(self) -> str:
        """Name for people, with its version."""
        ...

    def read(self, body: bytes, limits: Limits) -> Arrival:
        """Cut a body into records; a faulty record stands with its findings and harms no other.

        Each item's octets stand for themselves: `to_canonical` needs nothing else, and the same record pushed again
        gives the same octets.

        Raises:
            FindingError: the body is refused whole.
        """
        ...

    def to_canonical(self, octets: bytes, *, uuid: str) -> Converted:
        """One item's octets as a record of the shared dictionary, under this UUID, with what was changed on the way.

        Raises:
            FindingError: every fault found.
        """
        ...


@cache
def formats() -> Mapping[str, VendorFormat]:
    """Every format found, by folder."""
    found: dict[str, VendorFormat] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.ispkg:
            found[module.name] = importlib.import_module(f"{__name__}.{module.name}").FORMAT
    return MappingProxyType(found)
