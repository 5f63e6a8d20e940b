"""What the packed content of a transaction must be: Base64 of a length and one gzip member."""

from schemas.rules.rule import declared

_BASIS = "CV 2088/BGDĐT-GDTH, Phụ lục 1.2; hợp đồng kết nối mục 3 và 5"
_REMEDY = (
    "Báo nhà cung cấp phần mềm đóng gói lại: Base64(4 byte độ dài little-endian + GZip).",
    "Ask the software vendor to pack it again: Base64(4-byte little-endian length + GZip).",
)

BASE64 = declared(
    "P21",
    basis=_BASIS,
    title=("Nội dung gói là Base64", "The packed content is Base64"),
    message=("Nội dung gói không phải Base64 hợp lệ.", "The packed content is not valid Base64."),
    remedy=_REMEDY,
)
GZIP = declared(
    "P22",
    basis=_BASIS,
    title=("Sau 4 byte độ dài là một khối GZip trọn vẹn", "A whole gzip member follows the 4-byte length"),
    message=("Khối GZip hỏng hoặc bị cắt cụt.", "The gzip member is damaged or cut short."),
    remedy=_REMEDY,
)
LENGTH = declared(
    "P23",
    basis=_BASIS,
    title=("4 byte đầu là độ dài thật sau giải nén", "The first four octets tell the true unpacked length"),
    message=("Độ dài ghi ở đầu gói khác độ dài sau giải nén.", "The stated length is not the unpacked length."),
    remedy=_REMEDY,
)
AFTER_END = declared(
    "P24",
    basis=_BASIS,
    title=("Sau khối GZip không có gì nữa", "Nothing follows the gzip member"),
    message=("Còn dữ liệu thừa sau khối GZip.", "Octets follow the gzip member."),
    remedy=_REMEDY,
)
TOO_LARGE_UNPACKED = declared(
    "P25",
    basis="Hợp đồng kết nối mục 3",
    title=("Dung lượng sau giải nén không quá giới hạn", "What it unpacks to is no larger than the limit"),
    message=("Gói giải nén ra quá lớn.", "The package unpacks to too much."),
    remedy=("Chia gói theo lớp rồi gửi lại.", "Split the package by class and send again."),
)
AMBIGUOUS_QUOTE = declared(
    "P26",
    basis=_BASIS,
    title=(
        "Kiểu «escape quote» entity không dùng cho nội dung đã có &quot;",
        "Escape quote «entity» is not for content that has &quot; already",
    ),
    message=(
        "Nội dung đã có &quot; nên không thể đóng gói theo kiểu entity mà giữ nguyên từng byte.",
        "The content has &quot; already: packing it in the entity style would not keep every octet.",
    ),
    remedy=(
        "Đặt kiểu «escape quote» là none hoặc backslash, theo hướng dẫn của cổng nhận.",
        "Set escape quote to none or backslash, as the destination asks.",
    ),
)
