"""What is refused at the door about a body or a record as such, beside what `schemas.rules.parcel` says of octets."""

from schemas.rules.rule import declared

_CONTRACT = "hợp đồng kết nối mục 3"
_SPLIT = ("Chia lô thành nhiều lần gửi nhỏ hơn.", "Split the batch into smaller pushes.")

BODY_TOO_LARGE = declared(
    "D01",
    basis="CV 2088/BGDĐT-GDTH, Phụ lục 1 mục 2 (10 MB)",
    title=("Nội dung gửi không quá dung lượng cho phép", "The body is within its size"),
    message=("Nội dung gửi vượt quá dung lượng cho phép.", "The body is too large."),
    remedy=_SPLIT,
)
TOO_MANY_RECORDS = declared(
    "D02",
    basis=_CONTRACT,
    title=("Lô không có quá nhiều học bạ", "The batch holds no more records than allowed"),
    message=("Lô có quá nhiều học bạ.", "The batch holds too many records."),
    remedy=_SPLIT,
)
RECORD_TOO_LARGE = declared(
    "D03",
    basis=_CONTRACT,
    title=("Mỗi học bạ không quá dung lượng cho phép", "Every record is within its size"),
    message=("Một học bạ vượt quá dung lượng cho phép.", "A record is too large."),
    remedy=(
        "Bỏ dữ liệu thừa khỏi học bạ (ảnh, tệp đính kèm) rồi gửi lại.",
        "Remove surplus data from the record (pictures, attachments) and send it again.",
    ),
)
UUID_TWICE = declared(
    "D04",
    basis="CV 2088/BGDĐT-GDTH, Phụ lục 1 mục 1.3; hợp đồng kết nối mục 5",
    title=("Mỗi học bạ trong lô có một UUID riêng", "Every record of a batch has a UUID of its own"),
    message=(
        "UUID này xuất hiện {times} lần trong cùng một lô; không học bạ nào mang nó được nhận.",
        "This UUID occurs {times} times in the batch; none of the records with it is taken.",
    ),
    remedy=(
        "Giữ bản đúng, bỏ bản lặp hoặc cấp UUID mới cho học bạ kia, rồi gửi lại.",
        "Keep the right record, drop the copy or give the other one a new UUID, and send again.",
    ),
)
UUID_MISSING = declared(
    "D05",
    basis="CV 2088/BGDĐT-GDTH, Phụ lục 1.1",
    title=("Học bạ có mã tra cứu UUID", "The record has its UUID"),
    message=(
        "Học bạ không có mã tra cứu UUID nên không thể nhận.",
        "The record has no UUID, so it cannot be taken.",
    ),
    remedy=(
        "Phần mềm của trường cấp UUID v4 cho học bạ trước khi ký.",
        "The school's software gives the record a UUID v4 before it is signed.",
    ),
)
CODE_UNUSABLE = declared(
    "D06",
    basis=_CONTRACT,
    title=("Mã ngắn và không có ký tự điều khiển", "Codes are short and without control characters"),
    message=(
        "Mã này dài quá hoặc có ký tự điều khiển nên không thể dùng.",
        "This code is too long or holds control characters, so it cannot be used.",
    ),
    remedy=("Nhập lại mã, chỉ gồm chữ và số.", "Enter the code again, letters and digits only."),
)
NOTE_INSIDE = declared(
    "D07",
    basis="hợp đồng kết nối mục 2; W3C Canonical XML 1.0, Exclusive XML Canonicalization 1.0",
    title=("Trong học bạ không có chú thích, chỉ thị XML", "No comments or instructions inside a record"),
    message=(
        "Trong học bạ có chú thích hoặc chỉ thị xử lý XML: không được phép, vì làm chữ ký số có hai cách hiểu.",
        "The record holds a comment or processing instruction: signatures could be read in two ways.",
    ),
    remedy=(
        "Bỏ chú thích và chỉ thị khỏi phần xuất dữ liệu rồi ký lại học bạ.",
        "Remove comments and instructions from the export, then sign the record again.",
    ),
)
NOT_JSON = declared(
    "D10",
    basis="RFC 8259",
    title=("Nội dung là JSON hợp lệ", "The body is valid JSON"),
    message=("Nội dung không phải JSON hợp lệ (UTF-8).", "The body is not valid JSON (UTF-8)."),
    remedy=(
        "Kiểm tra phần xuất JSON: dấu ngoặc, dấu phẩy, bảng mã UTF-8 không BOM.",
        "Check the JSON export: brackets, commas, UTF-8 without a byte order mark.",
    ),
)
TOO_DEEP = declared(
    "D11",
    basis=_CONTRACT,
    title=("JSON không lồng quá sâu", "The JSON is not nested too deeply"),
    message=("JSON lồng nhau quá sâu.", "The JSON is nested too deeply."),
    remedy=("Xuất đúng cấu trúc đã công bố của định dạng.", "Export the published structure of the format."),
)
NOT_AN_OBJECT = declared(
    "D12",
    basis=_CONTRACT,
    title=("Nội dung JSON là một đối tượng", "The JSON body is one object"),
    message=("Nội dung JSON phải là một đối tượng.", "The JSON body must be an object."),
    remedy=(
        "Gửi đúng thân giao dịch 1, hoặc lô học bạ theo định dạng đã đăng ký.",
        "Send the body of transaction 1, or a batch in the registered format.",
    ),
)
MEMBER_MISSING = declared(
    "D13",
    basis="CV 2088/BGDĐT-GDTH, Phụ lục 1 mục 2; hợp đồng kết nối mục 3",
    title=("Thân giao dịch đủ trường", "The transaction's body is complete"),
    message=("Thiếu hoặc sai kiểu trường «{name}».", "Member «{name}» is missing or of the wrong type."),
    remedy=(
        "Điền trường này đúng như mô tả giao dịch 1.",
        "Fill it in as the description of transaction 1 says.",
    ),
)
OTHER_TRANSACTION = declared(
    "D14",
    basis="hợp đồng kết nối mục 5",
    title=("Chỉ nhận giao dịch 1", "Transaction 1 only"),
    message=(
        "Địa chỉ này chỉ nhận giao dịch 1 (nộp học bạ), type HBS.",
        "This address takes transaction 1 only (records), type HBS.",
    ),
    remedy=(
        "Đặt type là HBS và function là 1; giao dịch khác gửi đến địa chỉ của nó.",
        "Set type to HBS and function to 1; send other transactions to their own address.",
    ),
)
NO_RECORDS = declared(
    "D15",
    basis=_CONTRACT,
    title=("Lô có học bạ", "The batch holds records"),
    message=("Lô không có học bạ nào.", "The batch holds no record."),
    remedy=("Gửi ít nhất một học bạ.", "Send one record at least."),
)
MEMBER_TWICE = declared(
    "D16",
    basis="RFC 8259 mục 4",
    title=("Mỗi trường JSON chỉ xuất hiện một lần", "Every member of a JSON object occurs once"),
    message=(
        "Một trường JSON xuất hiện hai lần trong cùng một đối tượng, không biết giá trị nào là đúng.",
        "A member occurs twice in one JSON object: which value is meant cannot be known.",
    ),
    remedy=("Sửa phần xuất JSON để mỗi trường chỉ ghi một lần.", "Write every member once in the JSON export."),
)
