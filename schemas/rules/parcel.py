"""What a batch or a record must be as octets, before anything in it is looked at."""

from collections.abc import Mapping

from schemas.findings import Severity
from schemas.rules.rule import declared

_CONTRACT = "CV 2088/BGDĐT-GDTH, Phụ lục 1 mục 1; hợp đồng kết nối mục 2 và 5"
_VENDOR = ("Báo nhà cung cấp phần mềm sửa phần xuất tệp XML.", "Ask the software vendor to correct the XML export.")

NOT_XML = declared(
    "P01",
    basis=_CONTRACT,
    title=("Tệp phải là XML đúng cú pháp", "The file is well-formed XML"),
    message=("Tệp không phải XML đúng cú pháp: {reason_vi}.", "The file is not well-formed XML: {reason_en}."),
    remedy=(
        "Xuất lại tệp; không mở và lưu lại bằng phần mềm soạn thảo. Nếu vẫn lỗi, báo nhà cung cấp phần mềm.",
        "Export the file again and do not save it from a text editor; if it persists, tell the software vendor.",
    ),
)
NOT_UTF8 = declared(
    "P02",
    basis="CV 2088/BGDĐT-GDTH, Phụ lục 1 mục 1.3 (UTF-8, TCVN 6909:2001)",
    title=("Tệp phải mã hóa UTF-8", "The file is encoded in UTF-8"),
    message=("Tệp không mã hóa UTF-8.", "The file is not encoded in UTF-8."),
    remedy=("Xuất lại tệp với mã hóa UTF-8.", "Export the file again in UTF-8."),
)
DTD = declared(
    "P03",
    basis="TT 15/2025/TT-BKHCN; hợp đồng kết nối mục 2",
    title=("Tệp không được có DOCTYPE hoặc thực thể", "The file has no DOCTYPE and no entity"),
    message=("Tệp có khai báo DOCTYPE hoặc thực thể (ENTITY).", "The file declares a DOCTYPE or an entity."),
    remedy=_VENDOR,
)
WRONG_ROOT = declared(
    "P04",
    basis="CV 2088/BGDĐT-GDTH, Phụ lục 1 mục 2.2",
    title=("Phần tử gốc là DANH_SACH_HOC_BA hoặc HOC_BA", "The root is DANH_SACH_HOC_BA or HOC_BA"),
    message=("Phần tử gốc không phải học bạ.", "The root element is not that of a record."),
    remedy=(
        "Gửi tệp có phần tử gốc DANH_SACH_HOC_BA (nhiều học bạ) hoặc HOC_BA (một học bạ), không có không gian tên.",
        "Send a file whose root is DANH_SACH_HOC_BA (many records) or HOC_BA (one), in no namespace.",
    ),
)
EMPTY_BATCH = declared(
    "P05",
    basis=_CONTRACT,
    title=("Lô có ít nhất một học bạ", "A batch has at least one record"),
    message=("Lô không có học bạ nào.", "The batch has no record."),
    remedy=("Chọn học bạ rồi xuất lại.", "Choose records and export again."),
)
CONTEXT_ON_BATCH = declared(
    "P06",
    basis="Hợp đồng kết nối mục 2 (C14N 1.0 của học bạ phải giữ nguyên khi chuyển gói)",
    title=(
        "DANH_SACH_HOC_BA không khai báo không gian tên hay thuộc tính xml:",
        "DANH_SACH_HOC_BA declares no namespace and no xml: attribute",
    ),
    message=(
        "DANH_SACH_HOC_BA có thuộc tính {name}: học bạ bên trong sẽ mất hiệu lực chữ ký khi chuyển gói.",
        "DANH_SACH_HOC_BA has the attribute {name}: signatures of the records inside would break in another package.",
    ),
    remedy=(
        "Khai báo không gian tên ngay trong phần tử Signature, không khai báo trên DANH_SACH_HOC_BA, rồi ký lại.",
        "Declare the namespace on each Signature element, not on DANH_SACH_HOC_BA, and sign again.",
    ),
)
FOREIGN_CONTENT = declared(
    "P07",
    basis="CV 2088/BGDĐT-GDTH, Phụ lục 1 mục 2.2; hợp đồng kết nối mục 2",
    title=(
        "Trong lô chỉ có HOC_BA và, sau cùng, một chữ ký giao dịch",
        "A batch holds records and, last, one transaction signature",
    ),
    message=(
        "Trong DANH_SACH_HOC_BA có nội dung lạ hoặc sai chỗ: {what_vi}.",
        "DANH_SACH_HOC_BA holds something foreign or misplaced: {what_en}.",
    ),
    remedy=_VENDOR,
)
RECORD_UNREADABLE = declared(
    "P08",
    basis=_CONTRACT,
    title=("Mỗi học bạ tự nó đọc được", "Each record can be read by itself"),
    message=(
        "Không đọc được học bạ khi tách khỏi lô: cú pháp XML sai hoặc lồng quá sâu.",
        "The record cannot be read when taken out of the batch: XML syntax, or nested too deep.",
    ),
    remedy=_VENDOR,
)
BYTE_ORDER_MARK = declared(
    "P09",
    severity=Severity.WARNING,
    basis="Hợp đồng kết nối mục 5",
    title=("Tệp không nên có dấu thứ tự byte (BOM)", "The file has no byte order mark"),
    message=("Tệp bắt đầu bằng dấu thứ tự byte (BOM).", "The file starts with a byte order mark."),
    remedy=("Xuất tệp UTF-8 không BOM.", "Export UTF-8 without a byte order mark."),
)
COMMENT_OUTSIDE = declared(
    "P10",
    severity=Severity.WARNING,
    basis="Hợp đồng kết nối mục 5",
    title=("Ngoài học bạ không nên có chú thích", "There is no comment outside the records"),
    message=(
        "Có chú thích hoặc chỉ thị xử lý XML ngoài các học bạ.",
        "There is an XML comment or processing instruction outside the records.",
    ),
    remedy=("Bỏ chú thích khi xuất tệp.", "Leave comments out of the export."),
)
TOO_MUCH = declared(
    "P11",
    basis=_CONTRACT,
    title=("Tệp và từng học bạ không lớn quá mức", "A file, and every record in it, is of a plausible size"),
    message=(
        "Dung lượng, số phần tử hoặc số thuộc tính vượt xa một học bạ, một lô học bạ.",
        "Size, elements or attributes are far beyond those of a record, or of a batch.",
    ),
    remedy=(
        "Xuất lại, chia lô thành nhiều tệp; nếu vẫn lỗi, báo nhà cung cấp phần mềm.",
        "Export again, in several files; if it persists, tell the software vendor.",
    ),
)

SYNTAX: Mapping[str, tuple[str, str]] = {
    "mismatched tag": ("thẻ đóng không khớp thẻ mở", "an end tag does not match its start tag"),
    "no element found": ("tệp rỗng hoặc bị cắt cụt", "the file is empty or cut short"),
    "unclosed token": ("tệp bị cắt cụt giữa một thẻ", "the file is cut short inside a tag"),
    "unclosed CDATA section": ("tệp bị cắt cụt giữa CDATA", "the file is cut short inside CDATA"),
    "not well-formed (invalid token)": ("có ký tự không được phép", "a character is not allowed here"),
    "undefined entity": ("có thực thể không khai báo", "an entity is not declared"),
    "duplicate attribute": ("thuộc tính ghi hai lần", "an attribute is given twice"),
    "junk after document element": ("có nội dung sau phần tử gốc", "something follows the root element"),
    "XML or text declaration not at start of entity": (
        "khai báo <?xml ?> không ở đầu tệp",
        "the <?xml ?> declaration is not at the start",
    ),
    "reference to invalid character number": ("tham chiếu ký tự không hợp lệ", "a character reference is not valid"),
    "version": ("phiên bản XML phải là 1.0", "the XML version must be 1.0"),
}
"""What the parser says, and what is said to people"""

OTHER_SYNTAX = ("cú pháp XML sai", "XML syntax")
