"""Countries by the names that official forms use (QCVN 109:2017/BTTTT: two letters)."""

from collections.abc import Mapping
from types import MappingProxyType

NAMES_TO_CODES: Mapping[str, str] = MappingProxyType({"Việt Nam": "VN", "Nhật Bản": "JP", "Hàn Quốc": "KR"})
"""official name → code"""
