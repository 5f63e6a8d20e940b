"""Code lists of the profiles, as data. Sources stand beside each."""

from collections.abc import Mapping
from types import MappingProxyType

from schemas.codelists import subjects
from schemas.record import Assessment, Attainment, Grading, Sex, Status, YearResult

STATUSES: Mapping[str, str] = MappingProxyType({status: status.value for status in Status})
"""TRANG_THAI_HOC_BA (National Data Centre: trangthaithongtinhocba)"""

SEXES: Mapping[str, str] = MappingProxyType({Sex.MALE: "Nam", Sex.FEMALE: "Nữ", Sex.UNKNOWN: "Chưa có thông tin"})
"""GIOI_TINH: words as in CV 2088's sample, with the third value of QCVN 109:2017/BTTTT"""

ATTAINMENTS: Mapping[str, str] = MappingProxyType({level: level.value for level in Attainment})
"""MUC_DAT_DUOC (TT 27/2020 Điều 6; M: National Data Centre)"""

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

GRADINGS: Mapping[str, str] = MappingProxyType({level: level.value for level in Grading})
"""HOC_KY_1 … REN_LUYEN_LAI (TT 22/2021 Điều 8 and 9; National Data Centre)"""

_STATUS_LABELS = MappingProxyType({"1": "Có hiệu lực", "2": "Thu hồi"})
_SEX_LABELS = MappingProxyType({text: text for text in SEXES.values()})

PRIMARY: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "TRANG_THAI_HOC_BA": _STATUS_LABELS,
        "GIOI_TINH": _SEX_LABELS,
        "MUC_DAT_DUOC": MappingProxyType(
            {"T": "Hoàn thành tốt", "H": "Hoàn thành", "C": "Chưa hoàn thành", "M": "Miễn"}
        ),
        "MUC_NANG_LUC_PHAM_CHAT": MappingProxyType({"T": "Tốt", "Đ": "Đạt", "C": "Cần cố gắng"}),
        "KET_QUA_XEP_LOAI": MappingProxyType({text: text for text in RESULTS.values()}),
        "MA_CAP_HOC": MappingProxyType({"02": "Tiểu học"}),
        "MA_KHOI": MappingProxyType({f"{grade:02d}": f"Lớp {grade}" for grade in range(1, 6)}),
        "MA_MON_HOC": MappingProxyType({code: subject.name for code, subject in subjects.PRIMARY.items()}),
    }
)
"""What primary school's profile shows to people: code → label"""

SECONDARY: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "TRANG_THAI_HOC_BA": _STATUS_LABELS,
        "GIOI_TINH": _SEX_LABELS,
        "MUC_KET_QUA": MappingProxyType({"T": "Tốt", "K": "Khá", "Đ": "Đạt", "CĐ": "Chưa đạt"}),
        "MA_CAP_HOC": MappingProxyType({"03": "Trung học cơ sở", "04": "Trung học phổ thông"}),
        "MA_KHOI": MappingProxyType({f"{grade:02d}": f"Lớp {grade}" for grade in range(6, 13)}),
        "MA_MON_HOC": MappingProxyType({code: subject.name for code, subject in subjects.SECONDARY.items()}),
    }
)
"""What secondary school's profile shows to people: code → label"""
