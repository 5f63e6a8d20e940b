"""Code lists of `saokhue/1`: what the vendor writes, and what it means in the shared dictionary."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.record import Assessment, Attainment, Sex, YearResult

SEXES: Mapping[str, Sex] = {"Nam": Sex.MALE, "Nữ": Sex.FEMALE}
ATTAINMENTS: Mapping[str, Attainment] = {
    "T": Attainment.WELL_DONE,
    "H": Attainment.DONE,
    "C": Attainment.NOT_DONE,
    "M": Attainment.EXEMPT,
}
ASSESSMENTS: Mapping[str, Assessment] = {"T": Assessment.GOOD, "Đ": Assessment.MET, "C": Assessment.NEEDS_EFFORT}
RESULTS: Mapping[str, YearResult] = {
    "HTXS": YearResult.EXCELLENT,
    "HTT": YearResult.GOOD,
    "HT": YearResult.DONE,
    "CHT": YearResult.NOT_DONE,
}
GRADES: Mapping[str, int] = {text: grade for grade in range(1, 6) for text in (str(grade), f"{grade:02d}")}
SUBJECTS: Mapping[str, str] = {
    "TV": "Tiếng Việt",
    "TOA": "Toán",
    "NN1": "Ngoại ngữ 1 (Tiếng Anh)",
    "LSD": "Lịch sử và Địa lí",
    "KHO": "Khoa học",
    "TIN": "Tin học và Công nghệ (Tin học)",
    "CNG": "Tin học và Công nghệ (Công nghệ)",
    "DDU": "Đạo đức",
    "TNX": "Tự nhiên và Xã hội",
    "GTC": "Giáo dục thể chất",
    "AMN": "Nghệ thuật (Âm nhạc)",
    "MTH": "Nghệ thuật (Mĩ thuật)",
    "HTN": "Hoạt động trải nghiệm",
    "TDT": "Tiếng dân tộc",
}
"""The vendor uses the official codes; names and order are the printed form's."""


@dataclass(frozen=True, slots=True)
class Authority:
    """A province's Sở, which the vendor does not name."""

    code: str
    """MA_SO_GIAO_DUC"""
    name: str
    """TEN_SO_GD"""


AUTHORITIES: Mapping[str, Authority] = {
    "Thành phố Hồ Chí Minh": Authority("79", "Sở Giáo dục và Đào tạo Thành phố Hồ Chí Minh")
}
