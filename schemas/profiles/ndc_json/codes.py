"""Code lists that the National Data Centre's tables name: canonical value → official text, by the name in the tables.

The centre's own catalogues (`data_dmdc_g03_gd…`, `data_green_g03_gddt…`) were not published: what the columns' meaning
says is here, and no more.
"""

from collections.abc import Mapping
from types import MappingProxyType

from schemas.codelists import countries, ethnic_groups
from schemas.record import Assessment, Attainment, Grading, Sex, Status, YearResult


def _as_they_are(*texts: str) -> Mapping[str, str]:
    return MappingProxyType({text: text for text in texts})


LISTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "sexes": MappingProxyType({Sex.UNKNOWN: "0", Sex.MALE: "1", Sex.FEMALE: "2"}),
        "statuses": MappingProxyType({status: status.value for status in Status}),
        "attainments": MappingProxyType({level: level.value for level in Attainment}),
        "assessments": MappingProxyType({level: level.value for level in Assessment}),
        "gradings": MappingProxyType({level: level.value for level in Grading}),
        "year-results": MappingProxyType(
            {
                YearResult.EXCELLENT: "Hoàn thành xuất sắc",
                YearResult.GOOD: "Hoàn thành tốt",
                YearResult.DONE: "Hoàn thành",
                YearResult.NOT_DONE: "Chưa hoàn thành",
            }
        ),
        "primary-levels": _as_they_are("02"),
        "secondary-levels": _as_they_are("03", "04"),
        "ethnic-groups": ethnic_groups.NAMES_TO_CODES,
        "countries": countries.NAMES_TO_CODES,
        "events": _as_they_are("NEW", "UPDATE", "UPdate", "CANCEL"),
    }
)
"""xeploai: the column has room for the words (varchar 50), and they are those of TT 27/2020 Điều 9; sukien: the tables
write UPdate, others UPDATE, and both are taken"""

LABELS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "gioitinh": MappingProxyType({"0": "Chưa có thông tin", "1": "Nam", "2": "Nữ"}),
        "trangthaithongtinhocba": MappingProxyType({"1": "Có hiệu lực", "2": "Thu hồi"}),
        "sukien": MappingProxyType({"NEW": "Thêm mới", "UPDATE": "Cập nhật", "CANCEL": "Hủy (mềm)"}),
    }
)
"""what codes mean, for people"""
