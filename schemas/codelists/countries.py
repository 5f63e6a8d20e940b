"""QUOC_TICH: countries by ISO 3166-1 alpha-2, with their names in Vietnamese."""

from collections.abc import Mapping

from schemas.codelists.names import NameList

COUNTRIES = NameList.of("countries.tsv")
"""the whole list"""
CODES: Mapping[str, str] = COUNTRIES.codes
"""code → name in Vietnamese"""
NAMES_TO_CODES: Mapping[str, str] = COUNTRIES.names_to_codes
"""name → code, Vietnamese names first"""
