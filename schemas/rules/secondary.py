"""Secondary school's outcome: learning, conduct and promotion, as TT 22/2021 has them follow from marks and terms."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType

from schemas.findings import Severity
from schemas.record import Grading
from schemas.rules.circular_22 import MET, NOT_MET, TEXT, at_least, conduct_of, learning_of
from schemas.rules.rule import Found, rule
from schemas.rules.secondary_marks import APART
from schemas.rules.view import SUBJECTS, RecordView, SecondaryMark

LEARNING = "results.learning"
CONDUCT = "results.conduct"
MOST_ABSENCES = 45
_PROMOTED = "results.promoted"
LAST_GRADES: Mapping[int, str] = MappingProxyType({9: "trung học cơ sở", 12: "trung học phổ thông"})
"""the grades in which a level of secondary school ends"""


@rule(
    "C06",
    basis=f"{TEXT} Điều 9 khoản 2, 3",
    title=(
        "Kết quả học tập từng học kì và cả năm đúng với kết quả các môn",
        "Learning results of terms and year follow from the subjects",
    ),
    message=(
        "{element} không đúng với kết quả các môn học.",
        "{element} does not follow from the subjects' results.",
    ),
    remedy=(
        "Tổng hợp lại kết quả học tập trong phần mềm (kể cả điều chỉnh lên mức liền kề khi chỉ do một môn), hoặc sửa "
        "điểm nhập sai; xuất và ký lại học bạ.",
        "Work out the learning result again in the software (with the step up where one subject alone is the cause), "
        "or correct the wrong mark; export and sign the record again.",
    ),
)
def learning_follows(record: RecordView) -> Iterator[Found]:
    """With or without the electives of every grade, and in either reading of khoản 3."""
    if record.not_assessed:
        return
    for period in ("term1", "term2", "year"):
        told = record.value(f"{LEARNING}.{period}")
        readings = _learning(record, [(mark, mark.marks[period]) for mark in record.secondary_marks])
        if told is not None and readings and told not in readings:
            member = f"{LEARNING}.{period}"
            yield record.found(member, expected=record.written(member, readings[0]))


def _learning(record: RecordView, marks: list[tuple[SecondaryMark, Decimal | str | None]]) -> list[Grading]:
    """Every reading; none where a mark is missing or of the wrong kind, from which nothing follows."""
    counted = [(each.code, mark) for each, mark in marks if mark != "M"]
    if not counted or any(each.in_words is None for each, _ in marks):
        return []
    if any(mark is None or isinstance(mark, Decimal) == each.in_words for each, mark in marks if mark != "M"):
        return []
    every = [mark for _, mark in counted if mark is not None]
    fixed = [mark for code, mark in counted if mark is not None and code not in APART]
    return list(dict.fromkeys(level for each in (every, fixed) for level in learning_of(each)))


@rule(
    "C07",
    severity=Severity.WARNING,
    basis=f"{TEXT} Điều 14",
    title=(
        "Kết quả học tập sau kiểm tra lại đúng với điểm kiểm tra lại",
        "The learning result after the summer follows from the second tests",
    ),
    message=(
        "{element} không đúng khi thay điểm kiểm tra lại vào kết quả cả năm.",
        "{element} does not follow when the second tests replace the year's marks.",
    ),
    remedy=(
        "Thay điểm kiểm tra lại của từng môn cho điểm cả năm rồi tổng hợp lại; không kiểm tra lại thì bỏ trống.",
        "Put each second test in place of the year's mark and work the result out again; without tests leave it empty.",
    ),
)
def learning_again_follows(record: RecordView) -> Iterator[Found]:
    """The second mark of a subject stands for the year's; told whenever a subject was tested again."""
    told = record.value(f"{LEARNING}.again")
    tested = any(mark.told["again"] for mark in record.secondary_marks)
    if record.not_assessed or (told is None and not tested):
        return
    marks = [(mark, mark.marks["again" if mark.told["again"] else "year"]) for mark in record.secondary_marks]
    readings = _learning(record, marks)
    if readings and (told not in readings or not tested):
        expected = record.written(f"{LEARNING}.again", readings[0]) if tested else None
        yield record.found(f"{LEARNING}.again", expected=expected)


@rule(
    "C08",
    severity=Severity.WARNING,
    basis=f"{TEXT} Điều 14",
    title=(
        "Chỉ kiểm tra lại môn Chưa đạt hoặc dưới 5,0 khi cả năm Chưa đạt",
        "Only failed subjects are tested again, and only in a failed year",
    ),
    message=(
        "Môn {subject} có điểm kiểm tra lại mà không thuộc diện phải kiểm tra lại.",
        "Subject {subject} has a second test that was not called for.",
    ),
    remedy=(
        "Kiểm tra lại: chỉ khi kết quả học tập cả năm là Chưa đạt, ở môn CĐ hoặc dưới 5,0; môn khác bỏ trống.",
        "Second tests are for a year judged Chưa đạt, in subjects with CĐ or below 5.0; leave the others empty.",
    ),
)
def tested_again_where_failed(record: RecordView) -> Iterator[Found]:
    """A subject with Đ or 5.0 and more, or any subject of a year that is Đạt or better."""
    learning = record.value(f"{LEARNING}.year")
    for mark in record.secondary_marks:
        if not mark.told["again"]:
            continue
        year = mark.marks["year"]
        fine = year in ("Đ", "M") or (isinstance(year, Decimal) and year >= 5)
        if fine or (learning is not None and learning is not NOT_MET):
            yield record.found_in(SUBJECTS, mark.place, "again", values={"subject": mark.code})


@rule(
    "C09",
    basis=f"{TEXT} Điều 8 khoản 2 điểm b",
    title=("Kết quả rèn luyện cả năm đúng với hai học kì", "The year's conduct follows from the terms"),
    message=(
        "{element} không đúng với kết quả rèn luyện hai học kì.",
        "{element} does not follow from the conduct of the two terms.",
    ),
    remedy=(
        "Tổng hợp lại kết quả rèn luyện cả năm (học kì II là chính), hoặc sửa học kì nhập sai; xuất và ký lại học bạ.",
        "Work out the year's conduct again (the second term leads), or correct the term; export and sign again.",
    ),
)
def conduct_follows(record: RecordView) -> Iterator[Found]:
    """Where both terms were judged."""
    term1, term2, year = (record.value(f"{CONDUCT}.{period}") for period in ("term1", "term2", "year"))
    if term1 is not None and term2 is not None and year is not None and year != conduct_of(term1, term2):
        member = f"{CONDUCT}.year"
        yield record.found(member, expected=record.written(member, conduct_of(term1, term2)))


@rule(
    "C10",
    basis=f"{TEXT} Điều 12 khoản 1",
    title=(
        "Được lên lớp khi rèn luyện, học tập từ Đạt và nghỉ không quá 45 buổi",
        "Promoted with conduct and learning of Đạt or better and 45 absences at most",
    ),
    message=(
        "{element} không khớp kết quả rèn luyện, học tập (kể cả sau hè) và số buổi nghỉ.",
        "{element} does not agree with conduct, learning (after the summer, too) and absences.",
    ),
    remedy=(
        "Xét lại: lên lớp khi rèn luyện và học tập cả năm từ mức Đạt, nghỉ không quá 45 buổi; xuất và ký lại học bạ. "
        "Học sinh khuyết tật do hiệu trưởng xét (Điều 12 khoản 4): nơi nhận đặt lại mức của quy tắc cho trường.",
        "Promoted when conduct and learning are Đạt or better, with 45 absences at most; export and sign again. For "
        "pupils with a disability the head decides (Điều 12 khoản 4): the weight of this rule can be set for a school.",
    ),
)
def promotion_follows(record: RecordView) -> Iterator[Found]:
    """In the last grades there is no next one: not promoted is no fault there; nor where absences are not told."""
    told, due = record.value(_PROMOTED), conditions_met(record)
    if told is None or due is None or record.not_assessed or told == due:
        return
    if due and (record.grade in LAST_GRADES or _absences(record) is None):
        return
    yield record.found(_PROMOTED, expected=record.written(_PROMOTED, due))


def conditions_met(record: RecordView) -> bool | None:
    """The conditions of Điều 12 khoản 1 are met; None where a result is missing."""
    results = [_final(record, CONDUCT), _final(record, LEARNING)]
    if (_absences(record) or 0) > MOST_ABSENCES:
        return False
    if any(result is None for result in results):
        return None
    return all(result is not None and at_least(result, MET) for result in results)


def _final(record: RecordView, what: str) -> Grading | None:
    """The result after the summer where there is one."""
    again: Grading | None = record.value(f"{what}.again")
    year: Grading | None = record.value(f"{what}.year")
    return again if again is not None else year


def _absences(record: RecordView) -> Decimal | None:
    """Sessions missed in the year, with and without leave."""
    total: Decimal | None = record.value("absences.total")
    parts = [record.value("absences.excused"), record.value("absences.unexcused")]
    return total if total is not None else sum(filter(None, parts), Decimal(0)) if any(parts) else None
