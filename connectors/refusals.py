"""What is refused at the door about a body as such, before anyone looks at what a record says. Each is declared once."""

from dataclasses import dataclass

from schemas.findings import Finding, Severity, Words


@dataclass(frozen=True, slots=True)
class Refusal:
    """One way for a body or a record to be refused at the door."""

    rule: str
    """stable id"""
    basis: str
    """clause of the contract or standard"""
    message: Words
    """what is wrong; {names} are filled in"""
    remedy: Words
    """how to mend it"""

    def finding(
        self,
        *,
        path: str | None = None,
        line: int | None = None,
        offset: int | None = None,
        seen: str | None = None,
        expected: str | None = None,
        uuid: str | None = None,
        **values: object,
    ) -> Finding:
        """This refusal, of something in particular."""
        return Finding(
            rule=self.rule,
            severity=Severity.ERROR,
            message=self.message.filled(values),
            remedy=self.remedy,
            basis=self.basis,
            path=path,
            line=line,
            offset=offset,
            seen=seen,
            expected=expected,
            uuid=uuid,
            personal=False,
        )


BODY_TOO_LARGE = Refusal(
    "D01",
    "CV 2088 II.2 (10 MB)",
    Words(vi="Nội dung gửi vượt quá dung lượng cho phép.", en="The body is too large."),
    Words(vi="Chia lô thành nhiều lần gửi nhỏ hơn.", en="Split the batch into smaller pushes."),
)
TOO_MANY_RECORDS = Refusal(
    "D02",
    "assumed-contract §3",
    Words(vi="Lô có quá nhiều học bạ.", en="The batch holds too many records."),
    Words(vi="Chia lô thành nhiều lần gửi nhỏ hơn.", en="Split the batch into smaller pushes."),
)
RECORD_TOO_LARGE = Refusal(
    "D03",
    "assumed-contract §3",
    Words(vi="Một học bạ vượt quá dung lượng cho phép.", en="A record is too large."),
    Words(
        vi="Bỏ dữ liệu thừa khỏi học bạ (ảnh, tệp đính kèm, chứng thư lặp lại) rồi gửi lại.",
        en="Remove surplus data from the record (pictures, attachments, repeated certificates) and send it again.",
    ),
)
UUID_TWICE = Refusal(
    "D04",
    "CV 2088 I.1.3; assumed-contract §5",
    Words(
        vi="Mã tra cứu UUID xuất hiện {times} lần trong cùng một lô; không học bạ nào mang mã này được nhận.",
        en="The UUID occurs {times} times in this batch; none of the records with it is taken.",
    ),
    Words(
        vi="Mỗi học bạ có một UUID riêng: giữ bản đúng, bỏ bản lặp hoặc cấp UUID mới, rồi gửi lại.",
        en="Every record has a UUID of its own: keep the right one, drop the copy or give it a new UUID, and send again.",
    ),
)
UUID_MISSING = Refusal(
    "D05",
    "CV 2088 Phụ lục 1.1",
    Words(
        vi="Học bạ không có mã tra cứu MA_TRA_CUU_UUID nên không thể nhận.",
        en="The record has no MA_TRA_CUU_UUID, so it cannot be taken.",
    ),
    Words(
        vi="Phần mềm của trường cấp UUID v4 cho học bạ trước khi ký.",
        en="The school's software gives the record a UUID v4 before it is signed.",
    ),
)
NOTE_INSIDE = Refusal(
    "D06",
    "assumed-contract §2",
    Words(
        vi="Trong học bạ có chú thích hoặc chỉ thị xử lý XML: không được phép, vì làm chữ ký số có hai cách hiểu.",
        en="The record holds a comment or processing instruction: not allowed, since signatures could be read in two ways.",
    ),
    Words(
        vi="Bỏ chú thích <!-- … --> và chỉ thị <? … ?> khỏi phần xuất dữ liệu rồi ký lại học bạ.",
        en="Remove comments <!-- … --> and instructions <? … ?> from the export, then sign the record again.",
    ),
)
CODE_UNUSABLE = Refusal(
    "D07",
    "assumed-contract §3",
    Words(
        vi="Mã này dài quá hoặc có ký tự điều khiển nên không thể dùng.",
        en="This code is too long or holds control characters, so it cannot be used.",
    ),
    Words(vi="Nhập lại mã, chỉ gồm chữ và số.", en="Enter the code again, letters and digits only."),
)
NOT_JSON = Refusal(
    "D10",
    "RFC 8259",
    Words(vi="Nội dung không phải JSON hợp lệ (UTF-8).", en="The body is not valid JSON (UTF-8)."),
    Words(
        vi="Kiểm tra phần xuất JSON: dấu ngoặc, dấu phẩy, bảng mã UTF-8 không BOM.",
        en="Check the JSON export: brackets, commas, UTF-8 without a byte order mark.",
    ),
)
TOO_DEEP = Refusal(
    "D11",
    "assumed-contract §3",
    Words(vi="JSON lồng nhau quá sâu.", en="The JSON is nested too deeply."),
    Words(vi="Xuất đúng cấu trúc đã công bố của định dạng.", en="Export the published structure of the format."),
)
NOT_AN_OBJECT = Refusal(
    "D12",
    "assumed-contract §3",
    Words(vi="Nội dung JSON phải là một đối tượng {{…}}.", en="The JSON body must be an object {{…}}."),
    Words(
        vi="Gửi đúng thân giao dịch 1, hoặc lô học bạ theo định dạng đã đăng ký.",
        en="Send the body of transaction 1, or a batch in the registered format.",
    ),
)
MEMBER_MISSING = Refusal(
    "D13",
    "CV 2088 II.2; assumed-contract §3",
    Words(vi="Thiếu hoặc sai kiểu trường «{name}».", en="Member «{name}» is missing or of the wrong type."),
    Words(
        vi="Điền trường này đúng như mô tả giao dịch trong tài liệu.",
        en="Fill it in as the transaction's description says.",
    ),
)
OTHER_TRANSACTION = Refusal(
    "D14",
    "assumed-contract §5",
    Words(
        vi="Địa chỉ này chỉ nhận giao dịch 1 (nộp học bạ), type HBS.",
        en="This address takes transaction 1 only (records), type HBS.",
    ),
    Words(
        vi="Đặt type là HBS và function là 1; giao dịch khác gửi đến địa chỉ của nó.",
        en="Set type to HBS and function to 1; send other transactions to their own address.",
    ),
)
NO_RECORDS = Refusal(
    "D15",
    "assumed-contract §3",
    Words(vi="Lô không có học bạ nào.", en="The batch holds no record."),
    Words(vi="Gửi ít nhất một học bạ.", en="Send one record at least."),
)
