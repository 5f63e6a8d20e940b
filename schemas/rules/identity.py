"""Who and when: version, numbers, years and dates of the record and its pupil."""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from itertools import pairwise

from schemas.codelists.birth_places import may_begin
from schemas.findings import Severity
from schemas.record import BirthDate, Sex
from schemas.rules.rule import Found, declared, rule
from schemas.rules.view import HISTORY, RecordView

_CV_2088 = "CV 2088/BGDĐT-GDTH, Phụ lục 1"
_BIRTHS = "NĐ 137/2015/NĐ-CP Điều 13; TT 59/2021/TT-BCA Điều 4"
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

VERSION = declared(
    "B01",
    basis=f"{_CV_2088}.1",
    title=("Phiên bản cấu trúc là phiên bản hub biết", "The structure's version is one the hub knows"),
    message=("PHIEN_BAN không phải phiên bản mà hub nhận.", "PHIEN_BAN is not a version that the hub takes."),
    remedy=(
        "Cập nhật phần mềm của trường để xuất học bạ theo phiên bản đang áp dụng, rồi ký lại.",
        "Update the school's software so that it exports the version in force, then sign again.",
    ),
    members=("version",),
)
PERSONAL_NUMBER = declared(
    "B05",
    basis=f"{_BIRTHS}; NĐ 88/2026/NĐ-CP Điều 9",
    title=("Số định danh cá nhân gồm đúng 12 chữ số", "A personal number has exactly 12 digits"),
    message=(
        "{element} không phải số định danh cá nhân 12 chữ số.",
        "{element} is not a personal number of 12 digits.",
    ),
    remedy=(
        "Nhập lại {element} đủ 12 chữ số, kể cả số 0 ở đầu, không có dấu cách; xuất và ký lại học bạ.",
        "Enter {element} again with all 12 digits, leading zeros too, no spaces; export and sign the record again.",
    ),
    members=(
        "pupil.personal_id",
        "principal.personal_id",
        "teacher.personal_id",
        "results.subjects.teacher.personal_id",
    ),
)


@rule(
    "B16",
    severity=Severity.WARNING,
    basis=f"{_CV_2088}.1 (quá trình học tập)",
    title=("Các năm học liền nhau, năm cuối là năm của học bạ", "Years follow one another, the record's own last"),
    message=(
        "Quá trình học tập không liền mạch hoặc không kết thúc ở năm học của học bạ.",
        "The years of study do not follow one another up to the record's own.",
    ),
    remedy=(
        "Kiểm tra quá trình học tập; năm lưu ban, nghỉ học phải khớp thực tế.",
        "Check the years of study; a repeated or missed year must be as it was.",
    ),
)
def years_follow(record: RecordView) -> Iterator[Found]:
    """The last NAM_HOC is TEN_NAM_HOC; each other is followed by the next year or by itself, repeated."""
    years = [year.get("school_year", "") for year in record.years]
    own = record.told("school_year")
    if years and years[-1] != own:
        yield record.found_in(HISTORY, len(years), "school_year", expected=own)
    starts = [int(year[:4]) if year[:4].isdecimal() else 0 for year in years]
    for place, (before, after) in enumerate(pairwise(starts), start=2):
        if after - before not in (0, 1):
            yield record.found_in(HISTORY, place, "school_year", expected=f"{before + 1}-{before + 2}")


@rule(
    "B18",
    basis=f"{_CV_2088}.1; bảng dữ liệu Trung tâm Dữ liệu quốc gia (namhoc)",
    title=("Năm học gồm hai năm liền nhau", "A school year is two years in a row"),
    message=("Năm học không gồm hai năm liền nhau.", "The school year is not two years in a row."),
    remedy=("Sửa năm học, ví dụ 2025-2026; xuất và ký lại.", "Correct the school year, say 2025-2026; sign again."),
)
def school_years(record: RecordView) -> Iterator[Found]:
    """Second year is the first plus one."""
    if wanted := _second_year(record.told("school_year")):
        yield record.found("school_year", expected=wanted)
    for place, year in enumerate(record.years, start=1):
        if wanted := _second_year(year.get("school_year", "")):
            yield record.found_in(HISTORY, place, "school_year", expected=wanted)


def _second_year(text: str) -> str | None:
    """The school year that begins in the same year, where the text is another."""
    first, _, second = text.partition("-")
    if first.isdecimal() and second.isdecimal() and int(second) != int(first) + 1:
        return f"{first}-{int(first) + 1}"
    return None


@rule(
    "B19",
    basis=f"{_CV_2088}.1; QĐ 19/2025/QĐ-TTg (bỏ cấp huyện từ 01/7/2025)",
    title=(
        "Học bạ tạo khi còn cấp huyện phải có TEN_QUAN_HUYEN",
        "A record made while there were districts names its own",
    ),
    message=(
        "Thiếu TEN_QUAN_HUYEN trong học bạ tạo trước ngày {day}.",
        "TEN_QUAN_HUYEN is missing in a record made before {day}.",
    ),
    remedy=(
        "Nhập tên quận, huyện tại thời điểm tạo học bạ; học bạ tạo từ {day} thì bỏ trống.",
        "Enter the district as it was when the record was made; from {day} there is none.",
    ),
)
def district_of_old_records(record: RecordView) -> Iterator[Found]:
    """Absent or empty only when there was no district any more."""
    created = record.told("created")[:10]
    ended = record.profile.districts_ended
    if ended is not None and _DAY.fullmatch(created) and created < ended.isoformat():
        told = record.told("school.district")
        if not told.strip():
            yield record.found("school.district", seen=told, values={"day": f"{ended:%d/%m/%Y}"})


@rule(
    "B20",
    severity=Severity.WARNING,
    basis=f"{_CV_2088} mục 1.3 (YYYY-MM-DDThh:mm:ssTZD); hợp đồng kết nối mục 5",
    title=("Thời điểm không có phần lẻ của giây", "Moments have no fractions of a second"),
    message=("Thời điểm có phần lẻ của giây.", "The moment has a fraction of a second."),
    remedy=("Ghi thời điểm đến giây.", "Write moments to the second."),
)
def whole_seconds(record: RecordView) -> Iterator[Found]:
    """No decimal point in a moment."""
    for place, text in record.moments:
        if "." in text:
            yield place


@rule(
    "B23",
    basis=f"{_CV_2088}.1",
    title=("Ngày tháng có thật", "Dates are days of the calendar"),
    message=("Ngày không có trong lịch.", "The date is not a day of the calendar."),
    remedy=("Sửa lại ngày, xuất và ký lại học bạ.", "Correct the date, then export and sign the record again."),
)
def real_dates(record: RecordView) -> Iterator[Found]:
    """Birth date and every moment."""
    born = record.told("pupil.born")
    parts = born.split("/") if "/" in born else born.split("-")[::-1]
    if len(parts) == 3 and not _is_day("-".join(reversed(parts))):
        yield record.found("pupil.born")
    for place, text in record.moments:
        if not _is_day(text[:10]):
            yield place


@lru_cache(maxsize=4096)
def _is_day(text: str) -> bool:
    """A day of the calendar; what has not even the form of a date is the schema's to tell."""
    if not _DAY.fullmatch(text):
        return True
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


@rule(
    "B24",
    severity=Severity.WARNING,
    basis=_BIRTHS,
    title=(
        "Số định danh khớp giới tính và năm sinh",
        "The personal number agrees with sex and year of birth",
    ),
    message=(
        "Số định danh cá nhân không khớp giới tính hoặc năm sinh.",
        "The personal number does not agree with sex or year of birth.",
    ),
    remedy=(
        "Đối chiếu số định danh, giới tính, ngày sinh với giấy khai sinh.",
        "Compare personal number, sex and date of birth with the birth certificate.",
    ),
)
def number_agrees(record: RecordView) -> Iterator[Found]:
    """Fourth digit: century and sex; fifth and sixth: year."""
    number = record.told("pupil.personal_id")
    born: BirthDate | None = record.value("pupil.born")
    sex = _SEXES.get(record.value("pupil.sex"))
    if born is None or sex is None or not (len(number) == 12 and number.isascii() and number.isdigit()):
        return
    expected = f"{2 * (born.year // 100 - 19) + sex}{born.year % 100:02d}"
    if number[3:6] != expected:
        yield record.found("pupil.personal_id", expected=f"…{expected}……")


_SEXES = {Sex.MALE: 0, Sex.FEMALE: 1}


@rule(
    "B29",
    severity=Severity.WARNING,
    basis=_BIRTHS,
    title=(
        "Ba số đầu của số định danh là mã tỉnh hoặc mã nước",
        "A personal number begins with the code of a province or a country",
    ),
    message=(
        "Ba số đầu của {element} không phải mã tỉnh, thành phố nơi đăng ký khai sinh.",
        "{element} does not begin with the code of a province of birth registration.",
    ),
    remedy=(
        "Đối chiếu với giấy khai sinh, thẻ căn cước; mã tỉnh cấp trước sáp nhập vẫn giữ nguyên (79 là 079).",
        "Compare with the birth certificate or identity card; codes from before the mergers stay (79 is 079).",
    ),
)
def number_begins_with_a_place(record: RecordView) -> Iterator[Found]:
    """One of the 63 codes that numbers are issued with, or of a country, which are 100 and above."""
    for member in ("pupil.personal_id", "principal.personal_id", "teacher.personal_id"):
        number = record.told(member)
        issued = len(number) == 12 and number.isascii() and number.isdigit()
        if issued and not may_begin(number):
            yield record.found(member, expected="001 … 096")


@rule(
    "B30",
    severity=Severity.WARNING,
    basis="TT 42/2021/TT-BGDĐT Điều 10 (mã học sinh do cơ sở dữ liệu ngành cấp, không đổi)",
    title=("Mã học sinh là mã chính thức", "The pupil's code is the official one"),
    message=("{element} là mã tạm (TAM-).", "{element} is a temporary code (TAM-)."),
    remedy=(
        "Lấy mã định danh học sinh từ cơ sở dữ liệu ngành rồi xuất và ký lại; hub nhận ra học sinh bằng số định danh.",
        "Take the pupil's code from the sector database, export and sign again; the hub goes by the personal number.",
    ),
)
def code_is_lasting(record: RecordView) -> Iterator[Found]:
    """No code that an importer made up until the Ministry's was known."""
    if record.told("pupil.code").strip().upper().startswith("TAM-"):
        yield record.found("pupil.code")
