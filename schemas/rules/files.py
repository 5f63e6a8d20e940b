"""What is wrong with a file before any record in it can be looked at, beside what `schemas.rules.parcel` says of XML."""

from schemas.rules.rule import declared

_BASIS = "Kiểm tra tại chỗ «hocba check» (giới hạn để đọc an toàn)"
_EXPORT = ("Xuất lại tệp từ phần mềm của trường.", "Export the file again from the school's software.")
_SPLIT = ("Chia tệp theo lớp rồi kiểm tra lại.", "Split the file by class and check again.")

UNKNOWN_KIND = declared(
    "F01",
    basis=_BASIS,
    title=("Tệp là XML, JSON, XLSX hoặc ZIP", "The file is XML, JSON, XLSX or ZIP"),
    message=(
        "Nội dung tệp không phải XML, JSON, XLSX hay ZIP, dù tên tệp là gì.",
        "The content is not XML, JSON, XLSX or ZIP, whatever the file is called.",
    ),
    remedy=(
        "Chọn đúng tệp; bảng tính .xls cũ thì lưu lại thành .xlsx.",
        "Choose the right file; save an old .xls workbook as .xlsx.",
    ),
)
ARCHIVE_TOO_MUCH = declared(
    "F02",
    basis=_BASIS,
    title=("Tệp ZIP giải nén ra trong giới hạn", "What a ZIP unpacks to is within bounds"),
    message=("Không giải nén tệp ZIP này: {what_vi}.", "This ZIP is not unpacked: {what_en}."),
    remedy=(
        "Nén lại chỉ các tệp hồ sơ, hoặc giải nén ra thư mục rồi kiểm tra thư mục.",
        "Pack the record files only, or unpack into a folder and check the folder.",
    ),
)
ARCHIVE_BROKEN = declared(
    "F03",
    basis=_BASIS,
    title=("Tệp ZIP đọc được", "The ZIP can be read"),
    message=("Không đọc được tệp ZIP: {what_vi}.", "The ZIP cannot be read: {what_en}."),
    remedy=("Nén lại không đặt mật khẩu, rồi kiểm tra lại.", "Pack it again without a password, then check again."),
)
ARCHIVE_TOO_DEEP = declared(
    "F04",
    basis=_BASIS,
    title=("ZIP trong ZIP chỉ một lần", "A ZIP may lie in a ZIP, once"),
    message=("Tệp ZIP này lồng quá sâu trong các tệp ZIP khác.", "This ZIP lies too deep inside other ZIPs."),
    remedy=("Giải nén lớp ngoài rồi kiểm tra lại.", "Unpack the outer one, then check again."),
)
TOO_LARGE = declared(
    "F05",
    basis=_BASIS,
    title=("Tệp đọc được trong giới hạn bộ nhớ", "The file can be read in bounded memory"),
    message=(
        "Tệp quá lớn để đọc một lần: {what_vi}.",
        "The file is too large to be read at once: {what_en}.",
    ),
    remedy=_SPLIT,
)
NOT_LOOKED_AT = declared(
    "F06",
    basis=_BASIS,
    title=("Hồ sơ kiểm tra được đến cùng", "The record can be looked at to the end"),
    message=(
        "Không kiểm tra được hồ sơ này: nó làm hỏng hoặc làm treo tiến trình kiểm tra ({reason}).",
        "This record could not be checked: it breaks or stalls the process that looks at it ({reason}).",
    ),
    remedy=(
        "Xuất lại hồ sơ; nếu vẫn vậy, gửi tệp cho đội phát triển Hocba Hub.",
        "Export the record again; if it persists, send the file to the developers of Hocba Hub.",
    ),
)
