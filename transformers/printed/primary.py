"""A year of primary school on paper: sections of TT 27/2020 Phụ lục 1, rows in the order of CV 2088 Phụ lục 2."""

from collections.abc import Mapping
from operator import attrgetter

from schemas.codelists.subjects import PRIMARY
from schemas.record import CanonicalRecord, Occasion, PrimaryResults, SubjectResult
from transformers.printed import words
from transformers.printed.pages import Fact, Judged, YearPage
from transformers.printed.signatures import SignatureShown

LAST_GRADE = 5
ONE_LINE = max(len(subject.name) for subject in PRIMARY.values())
"""characters of a subject's name that have room beside its level"""

NOT_ASSESSED = "Học sinh khuyết tật không đánh giá: các mức để trống."
UNTIL_TRANSFER = "Kết quả ghi đến thời điểm chuyển trường."

QUALITIES: Mapping[str, str] = {
    "patriotism": "Yêu nước",
    "kindness": "Nhân ái",
    "diligence": "Chăm chỉ",
    "honesty": "Trung thực",
    "responsibility": "Trách nhiệm",
}
GENERAL: Mapping[str, str] = {
    "self_reliance": "Tự chủ và tự học",
    "communication": "Giao tiếp và hợp tác",
    "problem_solving": "Giải quyết vấn đề và sáng tạo",
}
SPECIFIC: Mapping[str, str] = {
    "language": "Ngôn ngữ",
    "mathematics": "Tính toán",
    "science": "Khoa học",
    "technology": "Công nghệ",
    "computing": "Tin học",
    "aesthetics": "Thẩm mĩ",
    "physical": "Thể chất",
}


def year_of(
    record: CanonicalRecord, signatures: tuple[SignatureShown, ...], *, marks: tuple[str, ...], lookup_url: str
) -> YearPage:
    """The leaf of one year."""
    results = record.results
    assert isinstance(results, PrimaryResults)
    remarks = results.remarks
    subjects = _subjects(results.subjects)
    return YearPage(
        heading=f"NĂM HỌC {record.school_year}",
        facts=facts_of(record),
        note=note_of(record),
        subjects=Judged(
            "1. Các môn học và hoạt động giáo dục",
            ("Môn học và hoạt động giáo dục", "Mức đạt được", "Điểm KTĐK", "Nhận xét"),
            subjects,
            remarks.teacher or "",
            short=all(len(name) <= ONE_LINE for name, *_ in subjects),
        ),
        judged=(
            _judged("2. Những phẩm chất chủ yếu", "Phẩm chất", results.qualities, QUALITIES, remarks.qualities),
            _judged(
                "3. Những năng lực cốt lõi\n3.1. Những năng lực chung",
                "Năng lực",
                results.competences,
                GENERAL,
                remarks.general_competences,
            ),
            _judged(
                "3.2. Những năng lực đặc thù",
                "Năng lực",
                results.competences,
                SPECIFIC,
                remarks.specific_competences,
            ),
        ),
        statements=(
            Fact("4. Đánh giá kết quả giáo dục", words.RESULTS[results.result] if results.result else ""),
            Fact("5. Khen thưởng", _awards(results)),
            Fact("6. Hoàn thành chương trình lớp học/chương trình tiểu học", completion_of(record.grade, results)),
        ),
        place_and_day=f"{record.issued_at_place}, {words.long_day(record.issued)}",
        signatures=signatures,
        marks=marks,
        uuid=record.uuid,
        lookup_url=lookup_url,
    )


def facts_of(record: CanonicalRecord) -> tuple[Fact, ...]:
    """The head of a year's leaf, in both forms."""
    pupil, absences = record.pupil, record.absences
    measured = (
        ("Chiều cao", pupil.height_cm, "cm"),
        ("Cân nặng", pupil.weight_kg, "kg"),
        ("Số buổi nghỉ có phép", absences.excused, ""),
        ("Số buổi nghỉ không phép", absences.unexcused, ""),
        ("Tổng số buổi nghỉ", absences.total, ""),
    )
    return (
        Fact("Họ và tên học sinh", pupil.name),
        Fact("Lớp", record.class_name),
        Fact("Trường", record.school.name),
        *(
            Fact(label, f"{words.number(value)} {measure}".strip())
            for label, value, measure in measured
            if value is not None
        ),
    )


def note_of(record: CanonicalRecord) -> str:
    """What a reader must know before the marks."""
    told = ((record.not_assessed, NOT_ASSESSED), (record.occasion is Occasion.TRANSFER, UNTIL_TRANSFER))
    return " ".join(note for true, note in told if true)


def completion_of(grade: int, results: PrimaryResults) -> str:
    """Section 6 as TT 27/2020 words it, and the school's own text where that says something else."""
    if grade == LAST_GRADE and results.completed_primary is not None:
        said = f"{'Hoàn thành' if results.completed_primary else 'Chưa hoàn thành'} chương trình tiểu học"
    else:
        said = f"{'Hoàn thành' if results.completed_grade else 'Chưa hoàn thành'} chương trình lớp {grade}"
    if grade < LAST_GRADE:
        said += f"; Được lên lớp {grade + 1}" if results.promoted else "; Chưa được lên lớp"
    own = (results.completion_text or "").rstrip(" .;")
    if own and _bare(own) not in _bare(said):
        said += f".\n{own}"
    return f"{said}."


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _awards(results: PrimaryResults) -> str:
    if results.award and results.special_award:
        return f"{results.award}\nKhen thưởng đột xuất: {results.special_award}"
    return results.award or results.special_award or ""


def _judged(title: str, head: str, of: object, rows: Mapping[str, str], remark: str | None) -> Judged:
    levels = ((name, attrgetter(member)(of)) for member, name in rows.items())
    cells = tuple((name, words.ASSESSMENTS[level] if level else "") for name, level in levels)
    return Judged(title, (head, "Mức đạt được", "Nhận xét"), cells, remark or "", short=True)


def _subjects(subjects: tuple[SubjectResult, ...]) -> tuple[tuple[str, ...], ...]:
    """Every row of the form, also those that this grade has not; then whatever else the record has."""
    left = list(subjects)
    rows: list[tuple[str, ...]] = []
    for code, known in PRIMARY.items():
        found = [each for each in left if each.code == code] or [each for each in left if each.name == known.name]
        rows += [_subject(each) for each in found] or [(known.name, "", "")]
        left = [each for each in left if not any(each is taken for taken in found)]
    return (*rows, *(_subject(each) for each in left))


def _subject(row: SubjectResult) -> tuple[str, ...]:
    level = words.ATTAINMENTS[row.attainment] if row.attainment else ""
    return row.name, level, words.score(row.score)
