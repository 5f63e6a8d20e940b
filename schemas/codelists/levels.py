"""MA_CAP_HOC and MA_KHOI: levels of schooling, the grades of each; and what a pupil's status may be in the sector database.

Levels: the National Data Centre's tables (data_dmdc_g03_gd004, data_green_g03_gddt009), whose contents public material
quotes. Statuses: public exports of the sector database, which have twelve; the five here are those that were seen.
"""

from collections.abc import Mapping
from types import MappingProxyType

LEVELS: Mapping[str, str] = MappingProxyType(
    {
        "01": "Mầm non",
        "02": "Tiểu học",
        "03": "Trung học cơ sở",
        "04": "Trung học phổ thông",
        "05": "Giáo dục thường xuyên",
    }
)
"""MA_CAP_HOC"""

GRADES: Mapping[str, range] = MappingProxyType({"02": range(1, 6), "03": range(6, 10), "04": range(10, 13)})
"""MA_CAP_HOC → its grades, where they are numbered"""

STATUSES: tuple[str, ...] = ("Đang học", "Chuyển đến", "Chuyển đi", "Thôi học", "Nghỉ học xin học lại")
"""Trạng thái HS, as far as seen; others are not wrong"""


def level_of(grade: int) -> str | None:
    """The level that a grade belongs to."""
    return next((level for level, grades in GRADES.items() if grade in grades), None)
