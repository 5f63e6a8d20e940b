"""What the schema finds, in words: which element is missing, foreign, misplaced, wrong in value, or empty."""

from schemas.findings import Severity
from schemas.rules.rule import declared

_BASIS = "CV 2088/BGDĐT-GDTH, Phụ lục 1.1"
_VENDOR = (
    "Báo nhà cung cấp phần mềm sửa phần xuất tệp theo đúng bảng cấu trúc rồi ký lại.",
    "Ask the software vendor to correct the export to the table of elements, then sign again.",
)

MISSING = declared(
    "X01",
    basis=_BASIS,
    title=("Không thiếu phần tử bắt buộc", "No mandatory element is missing"),
    message=("Thiếu {element} trong {parent}.", "{element} is missing in {parent}."),
    remedy=(
        "Nhập đủ thông tin {element} trong phần mềm của trường, xuất và ký lại học bạ.",
        "Enter {element} in the school's software, then export and sign the record again.",
    ),
)
FOREIGN = declared(
    "X02",
    basis=_BASIS,
    title=("Không có phần tử lạ", "There is no element that the structure does not know"),
    message=(
        "Trong {parent} có {element} không thuộc cấu trúc phiên bản này.",
        "{parent} holds {element}, which this version of the structure does not have.",
    ),
    remedy=_VENDOR,
)
MISPLACED = declared(
    "X03",
    basis=_BASIS,
    title=("Các phần tử đúng thứ tự", "Elements stand in the official order"),
    message=("{element} đứng sai thứ tự trong {parent}.", "{element} stands out of order in {parent}."),
    remedy=_VENDOR,
)
REPEATED = declared(
    "X04",
    basis=_BASIS,
    title=("Không phần tử nào lặp lại", "No element is repeated"),
    message=("{element} lặp lại trong {parent}.", "{element} is repeated in {parent}."),
    remedy=_VENDOR,
)
WRONG_VALUE = declared(
    "X05",
    basis=_BASIS,
    title=("Giá trị đúng kiểu, đúng danh mục", "Values are of the right kind and in their code list"),
    message=("{element} phải là {wanted_vi}.", "{element} must be {wanted_en}."),
    remedy=(
        "Sửa {element} trong phần mềm của trường{hint_vi}, xuất và ký lại học bạ.",
        "Correct {element} in the school's software{hint_en}, then export and sign the record again.",
    ),
)
EMPTY = declared(
    "X06",
    basis=f"{_BASIS} (không có dữ liệu thì bỏ phần tử)",
    title=("Phần tử có mặt thì có nội dung", "An element that is present is filled in"),
    message=("{element} để trống.", "{element} is empty."),
    remedy=(
        "Nhập {element} trong phần mềm của trường (phần tử không bắt buộc thì bỏ hẳn), xuất và ký lại học bạ.",
        "Enter {element} in the school's software (leave an optional element out), then export and sign again.",
    ),
)
ATTRIBUTE = declared(
    "X07",
    basis=f"{_BASIS}; hợp đồng kết nối mục 1",
    title=("Thuộc tính XML đúng quy định", "XML attributes are those of the structure"),
    message=(
        "{element} có thuộc tính không đúng quy định: {attribute}.",
        "{element} has an attribute that is not allowed there: {attribute}.",
    ),
    remedy=_VENDOR,
)
TEXT_BETWEEN = declared(
    "X08",
    basis=_BASIS,
    title=("Giữa các phần tử không có chữ", "There is no text between elements"),
    message=("Trong {element} có chữ nằm ngoài các phần tử con.", "{element} has text outside its elements."),
    remedy=_VENDOR,
)
ELEMENTS_IN_VALUE = declared(
    "X09",
    basis=_BASIS,
    title=("Trong giá trị không có phần tử con", "A value holds no elements"),
    message=("{element} chỉ được chứa chữ, không chứa phần tử con.", "{element} may hold text only, no elements."),
    remedy=_VENDOR,
)
OTHERWISE = declared(
    "X10",
    basis=_BASIS,
    title=("Học bạ đúng lược đồ XSD", "The record is valid against the schema"),
    message=("Học bạ không đúng lược đồ XSD của phiên bản này.", "The record is not valid against this version's XSD."),
    remedy=_VENDOR,
)
TOO_LONG = declared(
    "X12",
    basis="Bảng dữ liệu Trung tâm Dữ liệu quốc gia (số lượng ký tự)",
    title=("Chữ không dài quá cột dữ liệu", "Texts are no longer than their column"),
    message=("{element} dài {length} ký tự, quá {most}.", "{element} has {length} characters, more than {most}."),
    remedy=(
        "Rút gọn {element} còn không quá {most} ký tự rồi xuất lại.",
        "Shorten {element} to {most} characters at most, then export again.",
    ),
)
OUTSIDE = declared(
    "X13",
    basis="Bảng dữ liệu Trung tâm Dữ liệu quốc gia (giá trị nhỏ nhất, lớn nhất)",
    title=("Số nằm trong khoảng cho phép", "Numbers are within their range"),
    message=("{element} phải từ {least} đến {most}.", "{element} must be from {least} to {most}."),
    remedy=(
        "Kiểm tra số liệu và đơn vị đo của {element} rồi xuất lại.",
        "Check the number and the unit of {element}, then export again.",
    ),
)
BEYOND = declared(
    "X11",
    severity=Severity.WARNING,
    basis="Danh mục quy tắc của hub",
    title=("Danh sách lỗi được kể đến giới hạn", "Findings are told up to a cap"),
    message=("Còn {count} điều nữa không liệt kê.", "There are {count} more, not listed."),
    remedy=(
        "Sửa các lỗi đã liệt kê rồi kiểm tra lại.",
        "Mend what is listed, then check again.",
    ),
)
