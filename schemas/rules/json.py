"""What JSON must be as octets before anything in it is looked at, and what the National Data Centre's envelope must be."""

from collections.abc import Mapping

from schemas.rules.rule import declared

_JSON = "RFC 8259; I-JSON (RFC 7493)"
_LIMITS = "Giới hạn của hub"
_NDC = "Bảng dữ liệu Trung tâm Dữ liệu quốc gia (idbanghi, sukien, phienban, thoigiancapnhat, ngaycapnhat)"
_VENDOR = ("Báo nhà cung cấp phần mềm sửa phần xuất tệp JSON.", "Ask the software vendor to correct the JSON export.")
_SPLIT = ("Chia tệp theo lớp rồi gửi lại.", "Split the file by class and send again.")

NOT_JSON = declared(
    "J01",
    basis=_JSON,
    title=("Tệp phải là JSON đúng cú pháp", "The file is well-formed JSON"),
    message=("Tệp không phải JSON đúng cú pháp: {reason_vi}.", "The file is not well-formed JSON: {reason_en}."),
    remedy=(
        "Xuất lại tệp; không mở và lưu lại bằng phần mềm soạn thảo. Nếu vẫn lỗi, báo nhà cung cấp phần mềm.",
        "Export the file again and do not save it from a text editor; if it persists, tell the software vendor.",
    ),
)
NOT_UTF8 = declared(
    "J02",
    basis="RFC 8259 mục 8.1 (UTF-8)",
    title=("Tệp phải mã hóa UTF-8", "The file is encoded in UTF-8"),
    message=("Tệp không mã hóa UTF-8{what_vi}.", "The file is not encoded in UTF-8{what_en}."),
    remedy=("Xuất lại tệp với mã hóa UTF-8.", "Export the file again in UTF-8."),
)
BYTE_ORDER_MARK = declared(
    "J03",
    basis="RFC 8259 mục 8.1",
    title=("Tệp không có dấu thứ tự byte (BOM)", "The file has no byte order mark"),
    message=("Tệp bắt đầu bằng dấu thứ tự byte (BOM).", "The file starts with a byte order mark."),
    remedy=("Xuất tệp UTF-8 không BOM.", "Export UTF-8 without a byte order mark."),
)
TWICE = declared(
    "J04",
    basis=_JSON,
    title=("Không tên nào lặp lại trong một đối tượng", "No name stands twice in an object"),
    message=("Tên «{name}» lặp lại trong một đối tượng.", "The name «{name}» stands twice in one object."),
    remedy=_VENDOR,
)
NO_NUMBER = declared(
    "J05",
    basis=_JSON,
    title=("Không có NaN, Infinity", "There is no NaN and no Infinity"),
    message=("Tệp có «{name}», không phải số.", "The file has «{name}», which is no number."),
    remedy=("Bỏ trường không có dữ liệu, hoặc ghi null.", "Leave out what has no data, or write null."),
)
HUGE_NUMBER = declared(
    "J06",
    basis=_LIMITS,
    title=("Số không quá 40 chữ số", "Numbers have 40 digits at most"),
    message=(
        "Tệp có số dài quá 40 chữ số hoặc số mũ quá lớn.",
        "A number has more than 40 digits, or a huge exponent.",
    ),
    remedy=_VENDOR,
)
TOO_DEEP = declared(
    "J07",
    basis=_LIMITS,
    title=("Không lồng quá 20 tầng", "Nothing is nested more than 20 levels deep"),
    message=("Tệp lồng quá 20 tầng.", "The file is nested more than 20 levels deep."),
    remedy=_VENDOR,
)
TOO_MANY = declared(
    "J08",
    basis=_LIMITS,
    title=(
        "Mỗi bản ghi không quá 50.000 giá trị và một triệu ký tự",
        "A document has 50,000 values and a million characters at most",
    ),
    message=("Có quá nhiều {what_vi}: hơn {most}.", "There are too many {what_en}: more than {most}."),
    remedy=_SPLIT,
)
UNWRITABLE = declared(
    "J09",
    basis=f"{_JSON}; XML 1.0 mục 2.2",
    title=(
        "Chữ không có ký tự điều khiển hay mã thay thế lẻ",
        "Texts have no control characters and no lone surrogates",
    ),
    message=(
        "Có ký tự điều khiển hoặc ký tự hỏng (mã {code}).",
        "There is a control character or a broken one (code {code}).",
    ),
    remedy=(
        "Nhập lại ô chữ bị lỗi (thường do chép từ tệp khác), rồi xuất lại.",
        "Enter the broken text again (often pasted from another file), then export again.",
    ),
)
NO_OBJECT = declared(
    "J10",
    basis=_NDC,
    title=("Tệp có ít nhất một bản ghi, mỗi bản ghi là một đối tượng", "There is a document, and each is an object"),
    message=("{what_vi}.", "{what_en}."),
    remedy=(
        "Gửi một đối tượng JSON, một mảng đối tượng, hoặc mỗi dòng một đối tượng.",
        "Send one JSON object, an array of objects, or one object a line.",
    ),
)
TOO_LARGE = declared(
    "J11",
    basis=_LIMITS,
    title=("Tệp không quá 64 MiB", "The file has 64 MiB at most"),
    message=("Tệp lớn hơn 64 MiB.", "The file is larger than 64 MiB."),
    remedy=_SPLIT,
)
_AGAIN = (
    "Sửa {element} trong phần xuất dữ liệu rồi gửi lại.",
    "Correct {element} in the export, then send again.",
)
RECORD_ID = declared(
    "J12",
    basis=_NDC,
    title=("idbanghi là chữ không rỗng, không quá 150 ký tự", "idbanghi is a text of 1 to 150 characters"),
    message=(
        "{element} phải là mã bản ghi từ 1 đến 150 ký tự.",
        "{element} must be an identifier of 1 to 150 characters.",
    ),
    remedy=_AGAIN,
    members=("envelope.record_id",),
)
EVENT = declared(
    "J13",
    basis=_NDC,
    title=("sukien là NEW, UPDATE hoặc CANCEL", "sukien is NEW, UPDATE or CANCEL"),
    message=("{element} phải là NEW, UPDATE hoặc CANCEL.", "{element} must be NEW, UPDATE or CANCEL."),
    remedy=_AGAIN,
    members=("envelope.event",),
)
VERSION = declared(
    "J14",
    basis=_NDC,
    title=(
        "phienban là số nguyên khác 0, không quá 5 chữ số",
        "phienban is a whole number other than 0, 5 digits at most",
    ),
    message=(
        "{element} phải là số nguyên khác 0, không quá 5 chữ số.",
        "{element} must be a whole number other than 0, of 5 digits at most.",
    ),
    remedy=_AGAIN,
    members=("envelope.version",),
)
NOT_RISING = declared(
    "J15",
    basis=_NDC,
    title=("phienban tăng sau mỗi lần gửi một bản ghi", "phienban rises each time that a record is sent"),
    message=(
        "phienban {version} không lớn hơn {before} đã gửi trước cho cùng idbanghi: Trung tâm sẽ bỏ qua.",
        "phienban {version} is not above {before}, sent before with the same idbanghi: the centre would ignore it.",
    ),
    remedy=("Tăng phienban rồi gửi lại.", "Raise phienban and send again."),
)
STAMP = declared(
    "J16",
    basis=_NDC,
    title=("Thời gian cập nhật có dạng YYYY-MM-DDTHH:mm:ss", "Times of update are YYYY-MM-DDTHH:mm:ss"),
    message=(
        "{element} phải là thời điểm dạng YYYY-MM-DDTHH:mm:ss, ví dụ 2026-05-28T08:30:00.",
        "{element} must be a moment such as 2026-05-28T08:30:00.",
    ),
    remedy=_AGAIN,
    members=("envelope.updated", "envelope.stored"),
)
NO_PROFILE = declared(
    "J17",
    basis=_NDC,
    title=("Bản ghi theo một bảng mà hub biết", "A document is a row of a table that the hub knows"),
    message=(
        "Không nhận ra bản ghi thuộc bảng học bạ nào: thiếu các cột riêng của tiểu học hoặc trung học.",
        "The document is of no table that is known: it has none of the columns of its own.",
    ),
    remedy=_VENDOR,
)

SYNTAX: Mapping[str, tuple[str, str]] = {
    "Expecting value": ("thiếu giá trị, hoặc tệp bị cắt cụt", "a value is missing, or the file is cut short"),
    "Expecting property name enclosed in double quotes": (
        "tên phải đặt trong dấu ngoặc kép; không có dấu phẩy thừa",
        "a name in double quotes is expected; no comma may be left over",
    ),
    "Expecting ',' delimiter": ("thiếu dấu phẩy hoặc dấu đóng ngoặc", "a comma or a closing bracket is missing"),
    "Expecting ':' delimiter": ("thiếu dấu hai chấm", "a colon is missing"),
    "Invalid control character at": (
        "chữ không đóng ngoặc kép, hoặc có dấu xuống dòng, ký tự điều khiển chưa mã hóa",
        "a text is not closed, or holds a line end or control character that is not escaped",
    ),
    "Unterminated string starting at": ("chữ không đóng ngoặc kép", "a text is not closed"),
    "Invalid \\escape": ("dấu \\ dùng sai", "a backslash is misused"),
    "Invalid \\uXXXX escape": ("mã \\uXXXX sai", "a \\uXXXX code is wrong"),
    "Extra data": ("có dữ liệu thừa sau bản ghi", "something follows the document"),
}
"""what Python's reader says, in words for people"""
OTHER_SYNTAX = ("cú pháp sai", "wrong syntax")
