"""The first three digits of a personal number: the province, or the country, where the birth was registered.

A number keeps them for ever, so the provinces are those of before July 2025 (TT 07/2016/TT-BCA, TT 59/2021/TT-BCA); codes
of countries, for births abroad, were not to be found: whatever is no province's may be a country's from 100 on.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from types import MappingProxyType

from schemas.codelists.units import TWO_LEVELS, provinces

FIRST_COUNTRY = 100
"""Provinces have codes of at most 096."""


@cache
def birth_places() -> Mapping[str, str]:
    """Three digits → province, by its old code."""
    old = provinces(TWO_LEVELS - timedelta(days=1))
    return MappingProxyType({f"0{province.code}": province.name for province in old})


def may_begin(number: str) -> bool:
    """A personal number may begin so: with a province's digits, or with what may be a country's."""
    begins = number[:3]
    return begins in birth_places() or (begins.isascii() and begins.isdigit() and int(begins) >= FIRST_COUNTRY)
