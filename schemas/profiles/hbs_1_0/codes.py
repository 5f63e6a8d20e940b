"""Code lists of the profile, as data: official texts, subjects with their grades. Sources stand beside each."""

from collections.abc import Mapping
from types import MappingProxyType

from schemas.profiles import Subject
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
_NONE: frozenset[int] = frozenset()


def _grades(first: int, last: int) -> frozenset[int]:
    return frozenset(range(first, last + 1))


SUBJECTS: Mapping[str, Subject] = MappingProxyType(
    {
        "TV": Subject("Tiếng Việt", grades=_ALL, tested=_ALL),
        "TOA": Subject("Toán", grades=_ALL, tested=_ALL),
        "NN1": Subject(
            "Ngoại ngữ 1",
            grades=_grades(3, 5),
            tested=_grades(3, 5),
            elective=_grades(1, 2),
            may_be_tested=_grades(1, 2),
        ),
        "LSD": Subject("Lịch sử và Địa lí", grades=_grades(4, 5), tested=_grades(4, 5)),
        "KHO": Subject("Khoa học", grades=_grades(4, 5), tested=_grades(4, 5)),
        "TIN": Subject("Tin học và Công nghệ (Tin học)", grades=_grades(3, 5), tested=_grades(3, 5)),
        "CNG": Subject("Tin học và Công nghệ (Công nghệ)", grades=_grades(3, 5), tested=_grades(3, 5)),
        "DDU": Subject("Đạo đức", grades=_ALL, tested=_NONE),
        "TNX": Subject("Tự nhiên và Xã hội", grades=_grades(1, 3), tested=_NONE),
        "GTC": Subject("Giáo dục thể chất", grades=_ALL, tested=_NONE),
        "AMN": Subject("Nghệ thuật (Âm nhạc)", grades=_ALL, tested=_NONE),
        "MTH": Subject("Nghệ thuật (Mĩ thuật)", grades=_ALL, tested=_NONE),
        "HTN": Subject("Hoạt động trải nghiệm", grades=_ALL, tested=_NONE),
        "TDT": Subject("Tiếng dân tộc", grades=_NONE, tested=_NONE, elective=_ALL, may_be_tested=_ALL),
    }
)
"""MA_MON_HOC: programme of 2018, TT 27/2020 Điều 7 khoản 1 and QĐ 2904; the codes are the assumed contract's (§1)"""

LEVELS: Mapping[str, str] = MappingProxyType({"02": "Tiểu học"})
"""MA_CAP_HOC"""

GRADES: Mapping[str, str] = MappingProxyType({f"{grade:02d}": f"Lớp {grade}" for grade in sorted(_ALL)})
"""MA_KHOI; one digit is accepted as well"""
