"""Secondary school's words at the end: titles, and that a level of schooling is completed."""

import re
from collections.abc import Iterator
from decimal import Decimal

from schemas.findings import Severity
from schemas.rules.circular_22 import GOOD, TEXT
from schemas.rules.rule import Found, rule
from schemas.rules.secondary import CONDUCT, LAST_GRADES, LEARNING, conditions_met
from schemas.rules.view import RecordView

_AWARD = "results.award"
_COMPLETION = "results.completion_text"
_FIRST_CONFIRMED = 2025  # TT 10/2026/TT-BGDĐT of 15/4/2026: the year 2025-2026 is the first
_COMPLETED = re.compile(
    r"(?P<not>chưa |không )?(?:được |đã )*(?:công nhận |xác nhận )*hoàn thành (?:chương trình )?"
    r"(?:giáo dục )?(?:cấp )?(?P<level>trung học cơ sở|thcs|trung học phổ thông|thpt)"
)
_GIFTED = re.compile(r"học sinh giỏi(?! (?:cấp|quốc gia|quốc tế|thành phố|tỉnh|huyện|quận|môn|khối|lớp|các))")


@rule(
    "C11",
    severity=Severity.WARNING,
    basis=f"{TEXT} Điều 15 khoản 1",
    title=("Danh hiệu khen thưởng khớp kết quả cả năm", "The title goes with the year's results"),
    message=(
        "Danh hiệu «{award}» không khớp kết quả cả năm.",
        "The title «{award}» does not go with the year's results.",
    ),
    remedy=(
        "Học sinh Giỏi: rèn luyện và học tập cả năm Tốt. Học sinh Xuất sắc: thêm ít nhất 6 môn cả năm từ 9,0.",
        "Học sinh Giỏi: conduct and learning Tốt. Học sinh Xuất sắc: also six subjects of 9.0 or more for the year.",
    ),
)
def title_fits(record: RecordView) -> Iterator[Found]:
    """Each title has its conditions; prizes of contests for gifted pupils are no titles."""
    words = record.told(_AWARD).casefold()
    good = {record.value(f"{CONDUCT}.year"), record.value(f"{LEARNING}.year")} == {GOOD}
    scores = [mark.marks["year"] for mark in record.secondary_marks]
    excellent = sum(isinstance(score, Decimal) and score >= 9 for score in scores) >= 6
    if "học sinh xuất sắc" in words and not (good and excellent):
        yield record.found(_AWARD, values={"award": "Học sinh Xuất sắc"})
    elif _GIFTED.search(words) and not good:
        yield record.found(_AWARD, values={"award": "Học sinh Giỏi"})


@rule(
    "C12",
    severity=Severity.WARNING,
    basis="TT 10/2026/TT-BGDĐT (xác nhận hoàn thành chương trình THCS trong học bạ)",
    title=(
        "Học bạ lớp 9 xác nhận hoàn thành chương trình THCS",
        "A grade-9 record confirms that lower secondary school is completed",
    ),
    message=(
        "Học sinh lớp 9 đủ điều kiện mà {element} không xác nhận hoàn thành chương trình THCS.",
        "The pupil of grade 9 meets the conditions, but {element} does not confirm completion.",
    ),
    remedy=(
        "Ghi «Hoàn thành chương trình trung học cơ sở»: xác nhận này thay cho bằng tốt nghiệp THCS.",
        "Write «Hoàn thành chương trình trung học cơ sở»: it stands in place of the former diploma.",
    ),
)
def completion_confirmed(record: RecordView) -> Iterator[Found]:
    """From the school year 2025-2026 on."""
    year = record.told("school_year")[:4]
    confirmed = year.isdecimal() and int(year) >= _FIRST_CONFIRMED
    if (
        record.grade == 9
        and confirmed
        and record.has(_COMPLETION)
        and conditions_met(record)
        and 9 not in _claims(record)
    ):
        yield record.found(_COMPLETION, expected="Hoàn thành chương trình trung học cơ sở")


@rule(
    "C13",
    basis=f"{TEXT} Điều 12 khoản 1; TT 10/2026/TT-BGDĐT",
    title=(
        "Chỉ xác nhận hoàn thành cấp học ở lớp 9, lớp 12 và khi đủ điều kiện",
        "A level is completed in grade 9 or 12 only, with the conditions met",
    ),
    message=(
        "{element} xác nhận hoàn thành chương trình {level} khi chưa đủ điều kiện hoặc không phải lớp cuối cấp.",
        "{element} confirms completion of {level} without its conditions, or not in its last grade.",
    ),
    remedy=(
        "Bỏ lời xác nhận, hoặc sửa kết quả học tập, rèn luyện, số buổi nghỉ nhập sai; xuất và ký lại học bạ.",
        "Take the confirmation out, or correct learning, conduct or absences; export and sign the record again.",
    ),
)
def completion_isconditions_met(record: RecordView) -> Iterator[Found]:
    """Of grade 9 in grade 9, of grade 12 in grade 12; not where the conditions are not met."""
    for last in sorted(_claims(record)):
        if record.grade is not None and (
            record.grade != last or (not record.not_assessed and conditions_met(record) is False)
        ):
            yield record.found(_COMPLETION, values={"level": LAST_GRADES[last]})


def _claims(record: RecordView) -> set[int]:
    """Last grades of the levels that the record says are completed."""
    found = _COMPLETED.finditer(record.told(_COMPLETION).casefold())
    return {9 if each["level"] in ("thcs", "trung học cơ sở") else 12 for each in found if not each["not"]}
