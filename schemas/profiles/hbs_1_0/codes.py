"""Code lists of the profile, as data: official texts. Sources stand beside each."""

from collections.abc import Mapping
from types import MappingProxyType

from schemas.record import Assessment, Attainment, Sex, YearResult

SEXES: Mapping[str, str] = MappingProxyType({Sex.MALE: "Nam", Sex.FEMALE: "Nữ"})
"""GIOI_TINH (CV 2088 sample)"""

ATTAINMENTS: Mapping[str, str] = MappingProxyType({level: level.value for level in Attainment})
"""MUC_DAT_DUOC (TT 27/2020 Điều 6; M: National Data Centre table)"""

ASSESSMENTS: Mapping[str, str] = MappingProxyType({level: level.value for level in Assessment})
"""NANG_LUC_…, PHAM_CHAT_… (TT 27/2020 Điều 6)"""

RESULTS: Mapping[str, str] = MappingProxyType(
    {
        YearResult.EXCELLENT: "Hoàn thành xuất sắc",
        YearResult.GOOD: "Hoàn thành tốt",
        YearResult.DONE: "Hoàn thành",
        YearResult.NOT_DONE: "Chưa hoàn thành",
    }
)
"""KET_QUA_XEP_LOAI (TT 27/2020 Điều 9 khoản 2)"""

_ALL = frozenset(range(1, 6))
LEVELS: Mapping[str, str] = MappingProxyType({"02": "Tiểu học"})
"""MA_CAP_HOC"""

GRADES: Mapping[str, str] = MappingProxyType({f"{grade:02d}": f"Lớp {grade}" for grade in sorted(_ALL)})
"""MA_KHOI; one digit is accepted as well"""
