"""DAN_TOC: the ethnic groups of Việt Nam, with codes 01 to 54, and two codes for whoever belongs to none."""

from collections.abc import Mapping

from schemas.codelists.names import NameList

ETHNIC_GROUPS = NameList.of("ethnic_groups.tsv")
"""the whole list"""
CODES: Mapping[str, str] = ETHNIC_GROUPS.codes
"""code → official name"""
NAMES_TO_CODES: Mapping[str, str] = ETHNIC_GROUPS.names_to_codes
"""name → code, official names first"""
