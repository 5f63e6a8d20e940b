"""The mark table: which subjects a grade has, which have a score, and what a score is."""

from collections.abc import Iterator

from schemas.findings import Severity
from schemas.record import Attainment
from schemas.rules.rule import Found, declared, rule
from schemas.rules.view import SUBJECTS, RecordView

_TT_27 = "TT 27/2020/TT-BGDĐT"

SCORE = declared(
    "B09",
    basis=f"{_TT_27} Điều 7 khoản 1 điểm d",
    title=("Điểm là số nguyên từ 0 đến 10", "A score is a whole number from 0 to 10"),
    message=(
        "{element} phải là số nguyên từ 0 đến 10 (hoặc M nếu miễn học), không cho điểm thập phân.",
        "{element} must be a whole number from 0 to 10 (or M for an exempted pupil), without decimals.",
    ),
    remedy=(
        "Nhập lại điểm bài kiểm tra cuối năm theo thang điểm 10, số nguyên; xuất và ký lại học bạ.",
        "Enter the year-end score again, a whole number from 0 to 10; export and sign the record again.",
    ),
    members=("results.subjects.score",),
)


@rule(
    "B07",
    basis="Chương trình GDPT 2018 (TT 32/2018/TT-BGDĐT); TT 27/2020/TT-BGDĐT Phụ lục 1; QĐ 2904/QĐ-BGDĐT",
    title=("Bảng điểm có đúng các môn của khối lớp", "The mark table has exactly the grade's subjects"),
    message=("Bảng điểm lớp {grade}: {what_vi} {subject}.", "Mark table of grade {grade}: {what_en} {subject}."),
    remedy=(
        "Kiểm tra danh sách môn học của lớp trong phần mềm, rồi xuất và ký lại học bạ.",
        "Check the class's list of subjects in the software, then export and sign the record again.",
    ),
)
def subjects_of_grade(record: RecordView) -> Iterator[Found]:
    """All compulsory ones, none of another grade, none twice."""
    yield from wrong_subjects(record)


def wrong_subjects(record: RecordView) -> Iterator[Found]:
    """Subjects of the mark table that the grade does not have, or has twice; and those that are missing."""
    grade = record.grade
    if grade is None or not record.marks:
        return
    subjects = record.profile.subjects
    seen: set[str] = set()
    for mark in record.marks:
        subject = subjects.get(mark.code)
        told: tuple[str, str] | None = None
        if mark.code in seen:
            told = ("ghi hai lần môn", "twice the subject")
        elif subject is None:
            told = ("không có mã môn", "there is no subject code")
        elif grade not in subject.grades and grade not in subject.elective:
            told = ("khối này không học môn", "this grade does not have the subject")
        if told:
            yield record.found_in(SUBJECTS, mark.place, "code", values=told_of(grade, told, mark.code[:20]))
        seen.add(mark.code)
    for code, subject in subjects.items():
        if grade in subject.grades and code not in seen:
            told = ("thiếu môn", "missing the subject")
            yield record.found_in(SUBJECTS, 0, expected=code, values=told_of(grade, told, f"{subject.name} ({code})"))


def told_of(grade: int, told: tuple[str, str], subject: str) -> dict[str, object]:
    """What fills the words of a rule on the mark table."""
    return {"grade": grade, "what_vi": told[0], "what_en": told[1], "subject": subject}


@rule(
    "B08",
    basis=f"{_TT_27} Điều 7 khoản 1",
    title=("Có điểm khi và chỉ khi môn có bài kiểm tra cuối năm", "A score is there where the subject is tested"),
    message=(
        "Môn {subject} ở lớp {grade} {what_vi}.",
        "Subject {subject} in grade {grade} {what_en}.",
    ),
    remedy=(
        "Nhập điểm bài kiểm tra cuối năm cho môn có kiểm tra, bỏ điểm ở môn chỉ đánh giá bằng mức; "
        "học sinh được miễn thì ghi mức M.",
        "Enter the year-end score where the subject is tested, leave it out elsewhere; an exempted pupil has level M.",
    ),
)
def score_where_tested(record: RecordView) -> Iterator[Found]:
    """Tested: must have one unless exempted. Not tested: must have none."""
    grade = record.grade
    if grade is None or record.not_assessed:
        return
    for mark in record.marks:
        subject = record.profile.subjects.get(mark.code)
        if subject is None or mark.attained is Attainment.EXEMPT:
            continue
        if grade in subject.may_be_tested or grade not in subject.grades:
            continue
        tested = grade in subject.tested
        if tested != bool(mark.score):
            what = ("phải có điểm kiểm tra cuối năm", "must have a year-end score")
            if not tested:
                what = ("không có bài kiểm tra nên không ghi điểm", "is not tested and has no score")
            expected = "0 … 10" if tested else "để trống · empty"
            values = {"subject": mark.code, "grade": grade, "what_vi": what[0], "what_en": what[1]}
            yield record.found_in(SUBJECTS, mark.place, "score", expected=expected, values=values)


@rule(
    "B15",
    severity=Severity.WARNING,
    basis="Bảng dữ liệu Trung tâm Dữ liệu quốc gia (mucdatduoc, diemkiemtradinhky); hợp đồng kết nối mục 5",
    title=("Miễn học ghi M ở cả mức và điểm", "An exempted pupil has M for level and score"),
    message=("Mức đạt được và điểm không thống nhất về miễn học.", "Level and score disagree on an exemption."),
    remedy=(
        "Nếu học sinh được miễn môn này, ghi M ở mức đạt được và bỏ trống điểm hoặc ghi M.",
        "If the pupil is exempted from the subject, write M as the level and M or nothing as the score.",
    ),
)
def exempted_throughout(record: RecordView) -> Iterator[Found]:
    """Level M goes with score M or none; score M with level M."""
    for mark in record.marks:
        exempt = mark.attained is Attainment.EXEMPT
        if (exempt and mark.score not in ("", "M")) or (mark.score == "M" and not exempt):
            yield record.found_in(SUBJECTS, mark.place, "score", expected="M")
