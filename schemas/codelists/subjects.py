"""MA_MON_HOC: subjects and activities with the grades that have them.

The Ministry's catalogue was not published: the codes are assumed (assumed contract §1, and in its manner for secondary
school); subjects and grades are those of the programme of 2018 (TT 32/2018/TT-BGDĐT, TT 13/2022/TT-BGDĐT).
"""

from collections.abc import Mapping
from types import MappingProxyType

from schemas.profiles import Subject

_ALL = frozenset(range(1, 6))
_LOWER = frozenset(range(6, 10))
_UPPER = frozenset(range(10, 13))
_NONE: frozenset[int] = frozenset()


def _grades(first: int, last: int) -> frozenset[int]:
    return frozenset(range(first, last + 1))


PRIMARY: Mapping[str, Subject] = MappingProxyType(
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


def _taught(
    name: str, grades: frozenset[int], *, elective: frozenset[int] = _NONE, in_words: bool = False, short: str = ""
) -> Subject:
    tested = _NONE if in_words else grades
    return Subject(name, grades=grades, tested=tested, elective=elective, in_words=in_words, short=short)


SECONDARY: Mapping[str, Subject] = MappingProxyType(
    {
        "VAN": _taught("Ngữ văn", _LOWER | _UPPER),
        "TOA": _taught("Toán", _LOWER | _UPPER),
        "NN1": _taught("Ngoại ngữ 1", _LOWER | _UPPER),
        "NN2": _taught("Ngoại ngữ 2", _NONE, elective=_LOWER | _UPPER),
        "GCD": _taught("Giáo dục công dân", _LOWER),
        "LSD": _taught("Lịch sử và Địa lí", _LOWER),
        "KTN": _taught("Khoa học tự nhiên", _LOWER),
        "LSU": _taught("Lịch sử", _UPPER),
        "DLI": _taught("Địa lí", _NONE, elective=_UPPER),
        "KPL": _taught("Giáo dục kinh tế và pháp luật", _NONE, elective=_UPPER, short="GDKT và pháp luật"),
        "VLI": _taught("Vật lí", _NONE, elective=_UPPER),
        "HOA": _taught("Hóa học", _NONE, elective=_UPPER),
        "SIN": _taught("Sinh học", _NONE, elective=_UPPER),
        "CNG": _taught("Công nghệ", _LOWER, elective=_UPPER),
        "TIN": _taught("Tin học", _LOWER, elective=_UPPER),
        "QPA": _taught("Giáo dục quốc phòng và an ninh", _UPPER, short="GDQP và an ninh"),
        "GTC": _taught("Giáo dục thể chất", _LOWER | _UPPER, in_words=True),
        "NTH": _taught("Nghệ thuật", _LOWER, in_words=True),
        "AMN": _taught("Âm nhạc", _NONE, elective=_UPPER, in_words=True),
        "MTH": _taught("Mĩ thuật", _NONE, elective=_UPPER, in_words=True),
        "DPH": _taught("Nội dung giáo dục của địa phương", _LOWER | _UPPER, in_words=True, short="GD địa phương"),
        "HTN": _taught(
            "Hoạt động trải nghiệm, hướng nghiệp", _LOWER | _UPPER, in_words=True, short="HĐTN, hướng nghiệp"
        ),
        "TDT": _taught("Tiếng dân tộc thiểu số", _NONE, elective=_LOWER | _UPPER, short="Tiếng dân tộc"),
    }
)
"""Lower (6 to 9) and upper secondary school (10 to 12); upper chooses four of its electives"""
