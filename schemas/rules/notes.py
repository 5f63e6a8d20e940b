"""What was changed on the way in from a vendor's format: every change is told to who sent it, as a warning."""

from schemas.findings import Severity
from schemas.rules.rule import Rule, declared

_BASIS = "Chuẩn hóa khi tiếp nhận · normalised on the way in"
_COMPARE = (
    "Hub đã ghi giá trị mới; nếu sai, sửa ở tệp gốc rồi gửi lại.",
    "The hub took the new value; if it is wrong, correct the file and send again.",
)


def _note(id: str, title: tuple[str, str], message: tuple[str, str], remedy: tuple[str, str] = _COMPARE) -> Rule:
    return declared(id, basis=_BASIS, severity=Severity.WARNING, title=title, message=message, remedy=remedy)


UNICODE = _note(
    "N01",
    ("Chữ Việt dựng sẵn (NFC)", "Precomposed letters (NFC)"),
    ("Đã đổi chữ tổ hợp thành chữ dựng sẵn.", "Decomposed letters were composed."),
)
SPACES = _note(
    "N02",
    ("Không có dấu cách thừa", "No spare spaces"),
    ("Đã bỏ dấu cách thừa.", "Spare spaces were removed."),
)
COMMA = _note(
    "N03",
    ("Dấu chấm thập phân", "A decimal point"),
    ("Đã đổi dấu phẩy thập phân thành dấu chấm.", "A decimal comma was made a point."),
)
SERIAL = _note(
    "N04",
    ("Ngày được ghi là ngày", "Dates are written as dates"),
    ("Đã đổi số ngày của Excel thành ngày.", "A day number of Excel's was made a date."),
)
DATE_FORM = _note(
    "N05",
    ("Ngày ghi dd/mm/yyyy", "Dates are written dd/mm/yyyy"),
    ("Đã đổi cách ghi ngày, hiểu theo thứ tự ngày, tháng, năm.", "The date was rewritten, day before month."),
)
WHOLE = _note(
    "N06",
    ("Điểm nguyên ghi không có phần thập phân", "Whole numbers have no decimals"),
    ("Đã bỏ phần thập phân bằng không.", "Decimals of nought were dropped."),
)
TEMPORARY = _note(
    "N07",
    ("Học sinh có mã chính thức", "The pupil has the Ministry's code"),
    ("Mã học sinh là mã tạm TAM-…; được giữ nguyên.", "The pupil's code is a temporary TAM-…; it is kept."),
    (
        "Khi có mã của cơ sở dữ liệu ngành, cập nhật mã học sinh rồi gửi lại trước khi ký.",
        "Once the sector database gives the code, enter it and send again before signing.",
    ),
)
LETTER_CASE = _note(
    "N08",
    ("Tên và mã đúng chữ hoa, chữ thường", "Names and codes in their proper case"),
    ("Đã đổi chữ hoa, chữ thường.", "Capitals were changed."),
)
LOOKALIKE = _note(
    "N09",
    ("Chữ Đ tiếng Việt (U+0110)", "The Vietnamese letter Đ (U+0110)"),
    ("Đã đổi chữ Ð (U+00D0) thành chữ Đ tiếng Việt.", "The letter Ð (U+00D0) was made the Vietnamese Đ."),
)
CROSS = _note(
    "N10",
    ("Dấu x hoặc để trống", "An x, or nothing"),
    ("Đã hiểu giá trị này là có (x) hoặc không (trống).", "This was read as yes (x) or no (empty)."),
)
