"""The year's outcome: what follows from levels and scores (TT 27/2020), and what must agree with it."""

from collections.abc import Iterator

from schemas.findings import Severity
from schemas.rules.rule import Found, rule
from schemas.rules.view import GENERAL, SUMMARY, Mark, RecordView

_TT_27 = "TT 27/2020/TT-BGDĐT"
EXCELLENT = "Hoàn thành xuất sắc"
GOOD = "Hoàn thành tốt"
DONE = "Hoàn thành"
NOT_DONE = "Chưa hoàn thành"
_RESULTS = (EXCELLENT, GOOD, DONE, NOT_DONE)
_DONE_CLASS = "DA_HOAN_THANH_CHUONG_TRINH_LOP_HOC"
_DONE_PRIMARY = "DA_HOAN_THANH_CHUONG_TRINH_TIEU_HOC"


def result_of(levels: set[str], judged: set[str], lowest: int) -> str:
    """TT 27/2020 Điều 9 khoản 2 điểm a: levels of subjects, of qualities and competences, lowest year-end score."""
    if levels <= {"T"} and judged <= {"T"} and lowest >= 7:
        return EXCELLENT if lowest >= 9 else GOOD
    if levels <= {"T", "H"} and judged <= {"T", "Đ"} and lowest >= 5:
        return DONE
    return NOT_DONE


@rule(
    "B10",
    basis=f"{_TT_27} Điều 9 khoản 2 điểm a",
    title=("Kết quả năm học đúng với các mức và điểm", "The year's result follows from levels and scores"),
    message=(
        "KET_QUA_XEP_LOAI không đúng với mức đạt được, phẩm chất, năng lực và điểm kiểm tra cuối năm.",
        "KET_QUA_XEP_LOAI does not follow from subject levels, qualities, competences and year-end scores.",
    ),
    remedy=(
        "Tổng hợp lại kết quả giáo dục cuối năm trong phần mềm, hoặc sửa mức, điểm bị nhập sai; xuất và ký lại học bạ.",
        "Work out the year's result again in the software, or correct the wrong level or score; export and sign again.",
    ),
)
def result_follows(record: RecordView) -> Iterator[Found]:
    """With or without the grade's elective subjects, which schools read both ways."""
    told = record.summary.get("KET_QUA_XEP_LOAI", "")
    grade = record.grade
    judged = set(record.levels.values())
    levels = {mark.level for mark in record.marks}
    if told not in _RESULTS or grade is None or not judged or not levels:
        return
    if not judged <= {"T", "Đ", "C"} or not levels <= {"T", "H", "C", "M"}:
        return  # what cannot be read is told by the schema; nothing follows from it
    elective = {code for code, subject in record.profile.subjects.items() if grade in subject.elective}
    results = [
        _result(record.marks, judged),
        _result([mark for mark in record.marks if mark.code not in elective], judged),
    ]
    if told not in results:
        yield Found(f"{SUMMARY}/KET_QUA_XEP_LOAI", seen=told, expected=results[0])


def _result(marks: list[Mark], judged: set[str]) -> str:
    """Subjects that the pupil is exempted from do not count."""
    counted = [mark for mark in marks if mark.level != "M"]
    points = [points for mark in counted if (points := mark.points) is not None]
    return result_of({mark.level for mark in counted}, judged, min(points, default=10))


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
    award = record.summary.get("NOI_DUNG_KHEN_THUONG", "")
    result = record.summary.get("KET_QUA_XEP_LOAI", "")
    words = award.casefold()
    for title, needed in (("học sinh xuất sắc", EXCELLENT), ("học sinh tiêu biểu", GOOD)):
        if title in words and result != needed:
            yield Found(f"{SUMMARY}/NOI_DUNG_KHEN_THUONG", seen=award, expected=needed)


@rule(
    "B12",
    basis=f"{_TT_27} Điều 11; Phụ lục 1 mục 6",
    title=("Hoàn thành chương trình lớp học khớp kết quả", "Completion of the grade agrees with the result"),
    message=(
        "DA_HOAN_THANH_CHUONG_TRINH_LOP_HOC không khớp KET_QUA_XEP_LOAI.",
        "DA_HOAN_THANH_CHUONG_TRINH_LOP_HOC does not agree with KET_QUA_XEP_LOAI.",
    ),
    remedy=(
        "Ghi 1 khi kết quả từ Hoàn thành trở lên, 0 khi Chưa hoàn thành; xuất và ký lại học bạ.",
        "Write 1 for Hoàn thành or better, 0 for Chưa hoàn thành; export and sign the record again.",
    ),
)
def completion_fits(record: RecordView) -> Iterator[Found]:
    """Done unless the result is Chưa hoàn thành."""
    result, done = record.summary.get("KET_QUA_XEP_LOAI", ""), record.summary.get(_DONE_CLASS, "")
    if result in _RESULTS and done in ("0", "1") and (done == "1") != (result != NOT_DONE):
        yield Found(f"{SUMMARY}/{_DONE_CLASS}", seen=done, expected="0" if done == "1" else "1")


@rule(
    "B13",
    basis=f"{_TT_27} Điều 11; CV 2088/BGDĐT-GDTH, Phụ lục 1.1",
    title=(
        "Chỉ lớp 5 xác nhận hoàn thành tiểu học, khớp hoàn thành lớp",
        "Primary school is completed in grade 5 only, with the grade",
    ),
    message=(
        "DA_HOAN_THANH_CHUONG_TRINH_TIEU_HOC chỉ ghi ở lớp 5 và phải khớp việc hoàn thành chương trình lớp 5.",
        "DA_HOAN_THANH_CHUONG_TRINH_TIEU_HOC is for grade 5 only and must agree with completing grade 5.",
    ),
    remedy=(
        "Lớp 1 đến 4: bỏ phần tử này. Lớp 5: ghi giống DA_HOAN_THANH_CHUONG_TRINH_LOP_HOC. Xuất và ký lại học bạ.",
        "Grades 1 to 4: leave it out. Grade 5: as DA_HOAN_THANH_CHUONG_TRINH_LOP_HOC. Export and sign again.",
    ),
)
def primary_completion_fits(record: RecordView) -> Iterator[Found]:
    """Grades 1 to 4 do not say 1; grade 5 says what the class completion says."""
    told, done = record.summary.get(_DONE_PRIMARY, ""), record.summary.get(_DONE_CLASS, "")
    if not told or record.grade is None:
        return
    if (record.grade < 5 and told == "1") or (record.grade == 5 and done in ("0", "1") and told != done):
        yield Found(f"{SUMMARY}/{_DONE_PRIMARY}", seen=told, expected=done if record.grade == 5 else "")


@rule(
    "B21",
    severity=Severity.WARNING,
    basis="Hợp đồng kết nối mục 5; CV 2088/BGDĐT-GDTH, Phụ lục 1.1",
    title=("Lớp 5 ghi rõ hoàn thành tiểu học hay chưa", "Grade 5 says whether primary school is completed"),
    message=(
        "Học bạ lớp 5 không có DA_HOAN_THANH_CHUONG_TRINH_TIEU_HOC.",
        "A grade-5 record lacks DA_HOAN_THANH_CHUONG_TRINH_TIEU_HOC.",
    ),
    remedy=(
        "Ghi 1 hoặc 0 để trường trung học cơ sở nhận học bạ.",
        "Write 1 or 0: the secondary school needs it.",
    ),
)
def primary_completion_told(record: RecordView) -> Iterator[Found]:
    """Present in grade 5."""
    if record.grade == 5 and _DONE_PRIMARY not in record.summary:
        yield Found(f"{SUMMARY}/{_DONE_PRIMARY}", expected="1, 0")


@rule(
    "B25",
    severity=Severity.WARNING,
    basis=f"{_TT_27} Điều 11; Phụ lục 1 mục 6",
    title=("Lên lớp khác với hoàn thành thì nêu lý do", "Promotion that differs from completion has its reason"),
    message=(
        "DUOC_LEN_LOP khác DA_HOAN_THANH_CHUONG_TRINH_LOP_HOC mà không nêu lý do.",
        "DUOC_LEN_LOP differs from DA_HOAN_THANH_CHUONG_TRINH_LOP_HOC and no reason is given.",
    ),
    remedy=(
        "Hiệu trưởng quyết định thì ghi lý do vào NOI_DUNG_HOAN_THANH_CHUONG_TRINH.",
        "Where the principal decided so, say why in NOI_DUNG_HOAN_THANH_CHUONG_TRINH.",
    ),
)
def promotion_has_reason(record: RecordView) -> Iterator[Found]:
    """The form allows «Chưa hoàn thành …; Được lên lớp»: the head's decision."""
    promoted = record.summary.get("DUOC_LEN_LOP", "")
    done = record.summary.get(_DONE_CLASS, "")
    if {promoted, done} == {"0", "1"} and not record.summary.get("NOI_DUNG_HOAN_THANH_CHUONG_TRINH", "").strip():
        yield Found(f"{SUMMARY}/DUOC_LEN_LOP", seen=promoted, expected=done)


_RANGES = {
    "CAN_NANG": (1, 300),
    "CHIEU_CAO": (10, 300),
    "TONG_SO_BUOI_NGHI_CO_PHEP": (0, 200),
    "THONG_SO_BUOI_NGHI_KHONG_PHEP": (0, 200),
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
    for name, (least, most) in _RANGES.items():
        text = record.general.get(name, "")
        if text.replace(".", "", 1).isdecimal() and not least <= float(text) <= most:
            yield Found(f"{GENERAL}/{name}", seen=text, expected=f"{least} … {most}", values={"element": name})


_LENGTHS = {
    **dict.fromkeys(("TEN_SO_GD", "TEN_TRUONG", "TEN_XA_PHUONG", "TEN_TINH_THANH_PHO"), 150),
    **dict.fromkeys(("HO_VA_TEN", "HO_VA_TEN_CHA", "HO_VA_TEN_ME", "HO_VA_TEN_NGUOI_GIAM_HO"), 150),
    **dict.fromkeys(("TEN_GIAM_HIEU_KY_HOC_BA", "CHUC_VU_GIAM_HIEU_KY_HOC_BA", "TEN_GIAO_VIEN_CHU_NHIEM"), 150),
    **dict.fromkeys(("NOI_SINH", "QUE_QUAN", "CHO_O_HIEN_NAY", "TEN_QUAN_HUYEN"), 250),
    "DIA_DANH_PHAT_HANH_HOC_BA": 150,
    "SO_SO_DANG_BO": 50,
    "MA_HOC_SINH": 20,
    "TEN_LOP": 10,
    "THONG_TU": 10,
}
_LONG_TEXTS = ("NOI_DUNG_HOAN_THANH_CHUONG_TRINH", "NOI_DUNG_KHEN_THUONG", "NHAN_XET_GVCN")


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
    for name, text in record.general.items():
        if len(text) > 10 and len(text) > _LENGTHS.get(name, 2000):
            yield _too_long(f"{GENERAL}/{name}", name, text, _LENGTHS.get(name, 2000))
    for name in _LONG_TEXTS:
        if len(record.summary.get(name, "")) > 2000:
            yield _too_long(f"{SUMMARY}/{name}", name, record.summary[name], 2000)
    for name, text in record.assessment.items():
        if len(text) > 500:
            path = f"{SUMMARY}/DANH_GIA_NANG_LUC_PHAM_CHAT/{name}"
            yield _too_long(path, name, text, 500)


def _too_long(path: str, name: str, text: str, most: int) -> Found:
    told = f"{len(text)} ký tự · characters"
    return Found(path, seen=told, expected=f"≤ {most}", values={"element": str(name)[:60], "most": most})
