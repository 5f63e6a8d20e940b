"""The year's outcome: what follows from levels and scores (TT 27/2020), and what must agree with it."""

from collections.abc import Iterator

from schemas.findings import Severity
from schemas.record import Assessment, Attainment, YearResult
from schemas.rules.rule import Found, rule
from schemas.rules.view import Mark, RecordView

_TT_27 = "TT 27/2020/TT-BGDĐT"
RESULT = "results.result"
_DONE_CLASS = "results.completed_grade"
_DONE_PRIMARY = "results.completed_primary"
_T, _H = Attainment.WELL_DONE, Attainment.DONE
_GOOD, _MET = Assessment.GOOD, Assessment.MET


def result_of(levels: set[Attainment], judged: set[Assessment], lowest: int) -> YearResult:
    """TT 27/2020 Điều 9 khoản 2 điểm a: levels of subjects, of qualities and competences, lowest year-end score."""
    if levels <= {_T} and judged <= {_GOOD} and lowest >= 7:
        return YearResult.EXCELLENT if lowest >= 9 else YearResult.GOOD
    if levels <= {_T, _H} and judged <= {_GOOD, _MET} and lowest >= 5:
        return YearResult.DONE
    return YearResult.NOT_DONE


@rule(
    "B10",
    basis=f"{_TT_27} Điều 9 khoản 2 điểm a",
    title=("Kết quả năm học đúng với các mức và điểm", "The year's result follows from levels and scores"),
    message=(
        "{element} không đúng với mức đạt được, phẩm chất, năng lực và điểm kiểm tra cuối năm.",
        "{element} does not follow from subject levels, qualities, competences and year-end scores.",
    ),
    remedy=(
        "Tổng hợp lại kết quả giáo dục cuối năm trong phần mềm, hoặc sửa mức, điểm bị nhập sai; xuất và ký lại học bạ.",
        "Work out the year's result again in the software, or correct the wrong level or score; export and sign again.",
    ),
)
def result_follows(record: RecordView) -> Iterator[Found]:
    """With or without the grade's elective subjects, which schools read both ways; not for pupils who are not assessed."""
    told, grade = record.value(RESULT), record.grade
    if told is None or grade is None or not record.judged or not record.marks or record.not_assessed:
        return
    judged = {level for level in record.judged.values() if level is not None}
    if len(judged) < len(set(record.judged.values())) or any(mark.attained is None for mark in record.marks):
        return  # what cannot be read is told by the schema; nothing follows from it
    elective = {code for code, subject in record.profile.subjects.items() if grade in subject.elective}
    results = [
        _result(record.marks, judged),
        _result([mark for mark in record.marks if mark.code not in elective], judged),
    ]
    if told not in results:
        yield record.found(RESULT, expected=record.written(RESULT, results[0]))


def _result(marks: list[Mark], judged: set[Assessment]) -> YearResult:
    """Subjects that the pupil is exempted from do not count."""
    counted = [mark for mark in marks if mark.attained is not Attainment.EXEMPT]
    levels = {mark.attained for mark in counted if mark.attained is not None}
    return result_of(levels, judged, min((mark.points for mark in counted if mark.points is not None), default=10))


@rule(
    "B11",
    severity=Severity.WARNING,
    basis=f"{_TT_27} Điều 13 khoản 1",
    title=("Danh hiệu khen thưởng khớp kết quả năm học", "The award goes with the year's result"),
    message=("Nội dung khen thưởng không khớp kết quả năm học.", "The award does not go with the year's result."),
    remedy=(
        "Học sinh Xuất sắc cần kết quả Hoàn thành xuất sắc; Học sinh Tiêu biểu cần kết quả Hoàn thành tốt.",
        "Học sinh Xuất sắc needs Hoàn thành xuất sắc; Học sinh Tiêu biểu needs Hoàn thành tốt.",
    ),
)
def award_fits(record: RecordView) -> Iterator[Found]:
    """Each title has its result."""
    words = record.told("results.award").casefold()
    if not words:
        return
    result = record.value(RESULT)
    for title, needed in (("học sinh xuất sắc", YearResult.EXCELLENT), ("học sinh tiêu biểu", YearResult.GOOD)):
        if title in words and result != needed:
            yield record.found("results.award", expected=record.written(RESULT, needed))


@rule(
    "B12",
    basis=f"{_TT_27} Điều 11; Phụ lục 1 mục 6",
    title=("Hoàn thành chương trình lớp học khớp kết quả", "Completion of the grade agrees with the result"),
    message=(
        "{element} không khớp {result}.",
        "{element} does not agree with {result}.",
    ),
    remedy=(
        "Ghi 1 khi kết quả từ Hoàn thành trở lên, 0 khi Chưa hoàn thành; xuất và ký lại học bạ.",
        "Write 1 for Hoàn thành or better, 0 for Chưa hoàn thành; export and sign the record again.",
    ),
)
def completion_fits(record: RecordView) -> Iterator[Found]:
    """Done unless the result is Chưa hoàn thành."""
    result, done = record.value(RESULT), record.value(_DONE_CLASS)
    if result is not None and done is not None and done != (result is not YearResult.NOT_DONE):
        expected = record.written(_DONE_CLASS, not done)
        yield record.found(_DONE_CLASS, expected=expected, values={"result": record.element(RESULT)})


@rule(
    "B13",
    basis=f"{_TT_27} Điều 11; CV 2088/BGDĐT-GDTH, Phụ lục 1.1",
    title=(
        "Chỉ lớp 5 xác nhận hoàn thành tiểu học, khớp hoàn thành lớp",
        "Primary school is completed in grade 5 only, with the grade",
    ),
    message=(
        "{element} chỉ ghi ở lớp 5 và phải khớp việc hoàn thành chương trình lớp 5.",
        "{element} is for grade 5 only and must agree with completing grade 5.",
    ),
    remedy=(
        "Lớp 1 đến 4: bỏ trống. Lớp 5: ghi giống {done}. Xuất và ký lại học bạ.",
        "Grades 1 to 4: leave it out. Grade 5: as {done}. Export and sign again.",
    ),
)
def primary_completion_fits(record: RecordView) -> Iterator[Found]:
    """Grades 1 to 4 do not say 1; grade 5 says what the class completion says."""
    told, done = record.value(_DONE_PRIMARY), record.value(_DONE_CLASS)
    if told is None or record.grade is None:
        return
    if (record.grade < 5 and told) or (record.grade == 5 and done is not None and told != done):
        expected = record.told(_DONE_CLASS) if record.grade == 5 else ""
        yield record.found(_DONE_PRIMARY, expected=expected, values={"done": record.element(_DONE_CLASS)})


@rule(
    "B21",
    severity=Severity.WARNING,
    basis="Hợp đồng kết nối mục 5; CV 2088/BGDĐT-GDTH, Phụ lục 1.1",
    title=("Lớp 5 ghi rõ hoàn thành tiểu học hay chưa", "Grade 5 says whether primary school is completed"),
    message=(
        "Học bạ lớp 5 không có {element}.",
        "A grade-5 record lacks {element}.",
    ),
    remedy=(
        "Ghi 1 hoặc 0 để trường trung học cơ sở nhận học bạ.",
        "Write 1 or 0: the secondary school needs it.",
    ),
)
def primary_completion_told(record: RecordView) -> Iterator[Found]:
    """Present in grade 5."""
    if record.grade == 5 and record.has(_DONE_PRIMARY) and _DONE_PRIMARY not in record.values:
        yield record.found(_DONE_PRIMARY, expected="1, 0")


@rule(
    "B25",
    severity=Severity.WARNING,
    basis=f"{_TT_27} Điều 11; Phụ lục 1 mục 6",
    title=("Lên lớp khác với hoàn thành thì nêu lý do", "Promotion that differs from completion has its reason"),
    message=(
        "{element} khác {done} mà không nêu lý do.",
        "{element} differs from {done} and no reason is given.",
    ),
    remedy=(
        "Hiệu trưởng quyết định thì ghi lý do vào {why}.",
        "Where the principal decided so, say why in {why}.",
    ),
)
def promotion_has_reason(record: RecordView) -> Iterator[Found]:
    """The form allows «Chưa hoàn thành …; Được lên lớp»: the head's decision."""
    promoted, done = record.value("results.promoted"), record.value(_DONE_CLASS)
    why = "results.completion_text"
    if promoted is not None and done is not None and promoted != done and not record.told(why).strip():
        names = {"done": record.element(_DONE_CLASS), "why": record.element(why)}
        yield record.found("results.promoted", expected=record.told(_DONE_CLASS), values=names)


_RANGES = {
    "pupil.weight_kg": (1, 300),
    "pupil.height_cm": (10, 300),
    "absences.excused": (0, 200),
    "absences.unexcused": (0, 200),
    "absences.total": (0, 300),
}


@rule(
    "B17",
    severity=Severity.WARNING,
    basis="Bảng dữ liệu Trung tâm Dữ liệu quốc gia (cannang, chieucao, nghicophep, nghikhongphep)",
    title=("Cân nặng, chiều cao, số buổi nghỉ trong khoảng hợp lý", "Weight, height and absences are plausible"),
    message=("{element} ngoài khoảng hợp lý.", "{element} is outside the plausible range."),
    remedy=("Kiểm tra số liệu và đơn vị đo (kg, cm, buổi).", "Check the number and its unit (kg, cm, sessions)."),
)
def plausible_numbers(record: RecordView) -> Iterator[Found]:
    """The National Data Centre's bounds."""
    for member, (least, most) in _RANGES.items():
        number = record.value(member)
        if number is not None and not least <= number <= most:
            yield record.found(member, expected=f"{least} … {most}")


_LENGTHS = {
    **dict.fromkeys(("school.authority_name", "school.name", "school.ward", "school.province"), 150),
    **dict.fromkeys(("pupil.name", "pupil.father", "pupil.mother", "pupil.guardian"), 150),
    **dict.fromkeys(("principal.name", "principal.title", "teacher.name", "issued_at_place"), 150),
    **dict.fromkeys(("pupil.birthplace", "pupil.origin", "pupil.residence", "school.district"), 250),
    "register_number": 50,
    "pupil.code": 20,
    "class_name": 10,
    "circular": 10,
    "results.remarks.qualities": 500,
    "results.remarks.general_competences": 500,
    "results.remarks.specific_competences": 500,
}
_LONGEST = 2000


@rule(
    "B22",
    severity=Severity.WARNING,
    basis="Bảng dữ liệu Trung tâm Dữ liệu quốc gia (độ dài trường)",
    title=("Chữ không dài hơn nơi lưu trữ quốc gia nhận", "Texts fit the national data centre's columns"),
    message=("{element} dài quá {most} ký tự.", "{element} is longer than {most} characters."),
    remedy=("Rút gọn nội dung.", "Shorten the text."),
)
def texts_fit(record: RecordView) -> Iterator[Found]:
    """Lengths of the national tables; version 1.0 itself has none."""
    for member, text in record.values.items():
        if len(text) > 10 and len(text) > (most := _LENGTHS.get(member, _LONGEST)):
            told = f"{len(text)} ký tự · characters"
            yield record.found(member, seen=told, expected=f"≤ {most}", values={"most": most})
