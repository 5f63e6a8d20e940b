"""Secondary school's mark table: what a mark is, what the year's mark follows from, which subjects a grade has."""

from collections.abc import Iterator
from decimal import Decimal

from schemas.findings import Severity
from schemas.rules.circular_22 import TEXT, average
from schemas.rules.marks import told_of, wrong_subjects
from schemas.rules.rule import Found, rule
from schemas.rules.view import SUBJECTS, RecordView

ELECTIVES = 4
"""Subjects that a pupil of grades 10 to 12 chooses (TT 13/2022/TT-BGDĐT)."""
APART = frozenset({"NN2", "TDT"})
"""Electives of every grade, which are none of those four."""
_UPPER = 10


@rule(
    "C01",
    basis=f"{TEXT} Điều 5 khoản 2",
    title=("Điểm từ 0 đến 10, lấy một chữ số thập phân", "A mark is 0 to 10 with one decimal at most"),
    message=(
        "{element} phải là điểm từ 0 đến 10 lấy một chữ số thập phân, hoặc Đ, CĐ, hoặc M nếu miễn học.",
        "{element} must be a mark from 0 to 10 with one decimal, or Đ or CĐ, or M for an exempted pupil.",
    ),
    remedy=(
        "Nhập lại điểm, ví dụ 7.5 (dấu chấm); xuất và ký lại học bạ.",
        "Enter the mark again, say 7.5 (with a point); export and sign the record again.",
    ),
)
def marks_in_range(record: RecordView) -> Iterator[Found]:
    """Whatever is written must be read as a mark."""
    for mark in record.secondary_marks:
        for period, text in mark.told.items():
            if text and mark.marks[period] is None:
                yield record.found_in(SUBJECTS, mark.place, period, expected="0 … 10, Đ, CĐ, M")


@rule(
    "C02",
    basis=f"{TEXT} Điều 5 khoản 3",
    title=(
        "Môn đánh giá bằng nhận xét ghi Đ hoặc CĐ, môn khác ghi điểm",
        "Subjects judged in words have Đ or CĐ, others a score",
    ),
    message=("Môn {subject}: {element} {what_vi}.", "Subject {subject}: {element} {what_en}."),
    remedy=(
        "Giáo dục thể chất, Nghệ thuật, Âm nhạc, Mĩ thuật, Nội dung giáo dục của địa phương và Hoạt động trải nghiệm, "
        "hướng nghiệp ghi Đ hoặc CĐ; các môn khác ghi điểm. Sửa, xuất và ký lại học bạ.",
        "Physical education, the arts, local education and experiential activities have Đ or CĐ, all other subjects a "
        "score. Correct it, then export and sign the record again.",
    ),
)
def mark_of_its_kind(record: RecordView) -> Iterator[Found]:
    """Never a score in a subject judged in words, never Đ or CĐ in another; M in both."""
    for mark in record.secondary_marks:
        if mark.in_words is None:
            continue
        for period, value in mark.marks.items():
            scored = isinstance(value, Decimal)
            if value is None or value == "M" or scored != mark.in_words:
                continue
            what = ("chỉ được ghi Đ hoặc CĐ", "may only be Đ or CĐ") if scored else ("phải là điểm", "must be a score")
            expected = "Đ, CĐ" if scored else "0 … 10"
            values = {"subject": mark.code, "what_vi": what[0], "what_en": what[1]}
            yield record.found_in(SUBJECTS, mark.place, period, expected=expected, values=values)


@rule(
    "C03",
    basis=f"{TEXT} Điều 9 khoản 1 điểm b",
    title=(
        "Điểm trung bình môn cả năm = (học kì I + 2 × học kì II) / 3",
        "The year's average is (first term + 2 × second term) / 3",
    ),
    message=(
        "Môn {subject}: {element} không bằng (học kì I + 2 × học kì II) / 3, làm tròn một chữ số thập phân.",
        "Subject {subject}: {element} is not (first term + 2 × second term) / 3, rounded to one decimal.",
    ),
    remedy=(
        "Tính lại điểm trung bình môn cả năm trong phần mềm, hoặc sửa điểm học kì nhập sai; xuất và ký lại học bạ.",
        "Work out the year's average again in the software, or correct the wrong term; export and sign again.",
    ),
)
def average_follows(record: RecordView) -> Iterator[Found]:
    """Where both terms have a score; the Decimal is rounded half up."""
    for mark in record.secondary_marks:
        term1, term2, year = (mark.marks[period] for period in ("term1", "term2", "year"))
        if not isinstance(term1, Decimal) or not isinstance(term2, Decimal):
            continue
        if (year is None and mark.told["year"]) or isinstance(year, str):
            continue  # told by C01 and C02
        wanted = average(term1, term2)
        if year != wanted:
            expected = record.row_written(SUBJECTS, "year", wanted)
            yield record.found_in(SUBJECTS, mark.place, "year", expected=expected, values={"subject": mark.code})


@rule(
    "C04",
    basis=f"{TEXT} Điều 9 khoản 1 điểm a",
    title=(
        "Môn đánh giá bằng nhận xét: cả năm như học kì II",
        "A subject judged in words has the second term's result for the year",
    ),
    message=(
        "Môn {subject}: kết quả cả năm phải như học kì II.",
        "Subject {subject}: the year's result must be that of the second term.",
    ),
    remedy=(
        "Ghi kết quả cả năm theo học kì II, hoặc sửa kết quả học kì nhập sai; xuất và ký lại học bạ.",
        "Write the second term's result for the year, or correct the term; export and sign the record again.",
    ),
)
def words_follow(record: RecordView) -> Iterator[Found]:
    """Đ for the year where the second term is Đ, CĐ where it is CĐ, whatever the first term was."""
    for mark in record.secondary_marks:
        term2, year = mark.marks["term2"], mark.marks["year"]
        judged = mark.in_words and term2 in ("Đ", "CĐ")
        if judged and year != term2 and not isinstance(year, Decimal) and not (year is None and mark.told["year"]):
            values = {"subject": mark.code}
            yield record.found_in(SUBJECTS, mark.place, "year", expected=str(term2), values=values)


@rule(
    "C05",
    basis="Chương trình GDPT 2018 (TT 32/2018/TT-BGDĐT; TT 13/2022/TT-BGDĐT: lớp 10 – 12 chọn 4 môn)",
    title=(
        "Bảng điểm có đúng các môn của khối lớp, lớp 10 – 12 đúng 4 môn lựa chọn",
        "The mark table has exactly the grade's subjects, in grades 10 to 12 four chosen ones",
    ),
    message=("Bảng điểm lớp {grade}: {what_vi} {subject}.", "Mark table of grade {grade}: {what_en} {subject}."),
    remedy=(
        "Kiểm tra danh sách môn học của lớp và các môn lựa chọn của học sinh, rồi xuất và ký lại học bạ.",
        "Check the class's list of subjects and those the pupil chose, then export and sign the record again.",
    ),
)
def secondary_subjects(record: RecordView) -> Iterator[Found]:
    """Fixed in grades 6 to 9; Ngoại ngữ 2 and Tiếng dân tộc may be there in every grade and are not counted."""
    yield from wrong_subjects(record)
    grade = record.grade
    if grade is None or grade < _UPPER or not record.secondary_marks:
        return
    elective = {code for code, subject in record.profile.subjects.items() if grade in subject.elective} - APART
    chosen = sorted({mark.code for mark in record.secondary_marks} & elective)
    if len(chosen) != ELECTIVES:
        told = (f"phải có đúng {ELECTIVES} môn lựa chọn, đang có", f"must have {ELECTIVES} chosen subjects, has")
        names = f"{len(chosen)} ({', '.join(chosen)})" if chosen else "0"
        yield record.found_in(SUBJECTS, 0, expected=str(ELECTIVES), values=told_of(grade, told, names))


@rule(
    "C14",
    severity=Severity.WARNING,
    basis="Bảng dữ liệu Trung tâm Dữ liệu quốc gia (diemhocky1, diemhocky2, diemcanam)",
    title=("Miễn học cả hai học kì thì cả năm ghi M, và ngược lại", "M for the year goes with M in the terms"),
    message=(
        "Môn {subject}: học kì và cả năm không thống nhất về miễn học.",
        "Subject {subject}: terms and year disagree on an exemption.",
    ),
    remedy=(
        "Miễn cả năm thì ghi M ở cả hai học kì và cả năm; miễn một học kì thì cả năm lấy kết quả học kì còn lại.",
        "Exempted all year: M in both terms and the year. Exempted in one term: the year has the other term's result.",
    ),
)
def exempted_all_year(record: RecordView) -> Iterator[Found]:
    """Both terms M and the year not, or the year M and a term not."""
    for mark in record.secondary_marks:
        terms = [mark.marks[period] for period in ("term1", "term2") if mark.told[period]]
        exempt = bool(terms) and all(term == "M" for term in terms)
        year = mark.marks["year"]
        if (exempt and year not in (None, "M")) or (year == "M" and terms and not exempt):
            yield record.found_in(SUBJECTS, mark.place, "year", values={"subject": mark.code})
