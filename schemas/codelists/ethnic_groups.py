"""Ethnic groups of QCVN 109:2017/BTTTT by their official names."""

from collections.abc import Mapping
from types import MappingProxyType

NAMES_TO_CODES: Mapping[str, str] = MappingProxyType(
    {"Kinh": "01", "Tày": "02", "Thái": "03", "Hoa": "04", "Mường": "06", "Nùng": "07", "Dao": "09", "Chăm": "17"}
)
"""official name → code"""
