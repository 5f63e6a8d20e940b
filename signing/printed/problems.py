"""What can be wrong with a signed printed form, declared once; trust and times are the faults of `signing.verify`.

Steps bear the numbers of `signing.verify.steps`, for both kinds of file stand in one report.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from schemas.findings import Finding, Severity, Words
from signing.indications import Indication, SubIndication
from signing.verify.faults import FAULTS

_FAILED, _OPEN = Indication.FAILED, Indication.INDETERMINATE
_S = SubIndication
_BROKEN = (_FAILED, _S.FORMAT_FAILURE)

_ORIGINAL = Words(
    "Xin lại đúng tệp PDF vừa ký xong, không in lại, không gộp, không nén, không sửa; hoặc dùng tệp XML.",
    "Ask for the very PDF as it was signed: not printed again, merged, compressed or edited; or use the XML file.",
)
_ISSUER = Words(
    "Đề nghị cơ sở giáo dục phát hành in và ký lại từ hub.",
    "Ask the issuing institution to print and sign it again from the hub.",
)
_STAFF = Words(
    "Cán bộ xem ai đã ký; chỉ nhận khi đó là Sở GDĐT hoặc cơ quan có quyền xác nhận.",
    "Staff look at who signed: only the city's department or who may confirm copies will do.",
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of problem."""

    cause: str
    """short machine text, the same in results and the console"""
    step: int
    """step that finds it"""
    indication: Indication
    """main indication for the signature, or for the file"""
    sub_indication: SubIndication
    """sub-indication"""
    message: Words
    """what is wrong"""
    remedy: Words
    """what to do about it"""
    basis: str
    """where the rule stands"""

    def finding(self, *, path: str | None, seen: str | None) -> Finding:
        """In the words of the shared dictionary."""
        return Finding(
            rule="S03",
            severity=Severity.ERROR,
            message=self.message,
            remedy=self.remedy,
            basis=self.basis,
            path=path,
            line=None,
            offset=None,
            seen=seen,
            expected=None,
            uuid=None,
            personal=False,
        )


class Wrong(Exception):
    """A step failed."""

    def __init__(self, cause: str, *, seen: str | None = None) -> None:
        self.cause = cause
        self.seen = seen
        super().__init__(cause)


_PDF = "ISO 32000-1"
_PADES = "ETSI EN 319 142-1"
_ETSI = "ETSI EN 319 102-1"
_TT15 = "TT 15/2025/TT-BKHCN"
_LAW = "QĐ 1789/QĐ-SGDĐT Đ12"

_MESSAGES = {
    "pdf-too-large": Words(
        "Tệp PDF lớn hơn mức cho phép.",
        "The PDF is larger than allowed.",
    ),
    "pdf-encrypted": Words(
        "Tệp PDF bị đặt mật khẩu (mã hóa), nên không đọc được.",
        "The PDF is encrypted: it cannot be read.",
    ),
    "pdf-unreadable": Words(
        "Không phải tệp PDF, hoặc tệp bị hỏng, bị cắt cụt.",
        "It is no PDF, or is damaged or cut short.",
    ),
    "pdf-swollen": Words(
        "Nội dung nén trong tệp phình ra quá mức cho phép khi giải nén.",
        "What is packed in the file grows beyond all bounds when unpacked.",
    ),
    "pdf-active": Words(
        "Tệp có mã lệnh hoặc nội dung tự chạy: trang in có thể đổi khi mở.",
        "There is a script or something that runs by itself: the pages may change when they are opened.",
    ),
    "pdf-unsigned": Words(
        "Bản in PDF chưa được ký số.",
        "The printed form is not signed.",
    ),
    "pdf-form": Words(
        "Kiểu chữ ký PDF không được nhận.",
        "This kind of PDF signature is not taken.",
    ),
    "pdf-malformed": Words(
        "Cấu trúc chữ ký trong PDF không đúng chuẩn.",
        "The structure of the PDF signature is not the standard's.",
    ),
    "pdf-algorithm": Words(
        "Thuật toán hoặc khóa ký không được phép.",
        "The algorithm or key is not allowed.",
    ),
    "pdf-coverage": Words(
        "Chữ ký không bao trùm toàn bộ tệp PDF.",
        "The signature does not cover the whole file.",
    ),
    "pdf-changed": Words(
        "Tệp PDF bị sửa sau khi ký.",
        "The PDF was changed after it was signed.",
    ),
    "pdf-digest": Words(
        "Nội dung PDF khác nội dung đã ký.",
        "The PDF is not what was signed.",
    ),
    "pdf-value": Words(
        "Giá trị chữ ký số trong PDF không đúng.",
        "The signature value in the PDF is wrong.",
    ),
    "pdf-certificate": Words(
        "Không xác định được chứng thư số đã ký PDF.",
        "The certificate that signed is missing, or is not the one that was signed for.",
    ),
    "pdf-time": Words(
        "Chữ ký PDF không ghi thời điểm ký.",
        "The signature says nothing of its time.",
    ),
    "pdf-timestamp": Words(
        "Dấu thời gian của tệp PDF không kiểm chứng được.",
        "A timestamp over the file does not hold.",
    ),
    "pdf-without-record": Words(
        "PDF không kèm tệp XML của học bạ, nên không đối chiếu được nội dung.",
        "The PDF carries no record (XML): what it shows cannot be compared.",
    ),
    "pdf-attachments": Words(
        "Tệp đính kèm trong PDF không đúng: trùng tên, quá nhiều, hoặc không phải XML của học bạ.",
        "What is attached is not right: a name twice, too many, or no records.",
    ),
    "pdf-other-record": Words(
        "PDF và tệp XML đính kèm không cùng một học bạ (khác mã UUID).",
        "The PDF and the record attached to it are not about the same record (UUID).",
    ),
    "pdf-other-signer": Words(
        "PDF không do cơ sở giáo dục đã phát hành học bạ ký.",
        "None of its signatures is by the institution that issued the record.",
    ),
}
"""what is wrong, by cause"""

_RULES: Mapping[str, tuple[int, tuple[Indication, SubIndication], Words, str]] = {
    "pdf-too-large": (1, _BROKEN, _ORIGINAL, _ETSI),
    "pdf-encrypted": (1, _BROKEN, _ORIGINAL, f"{_PDF} 7.6; ISO 19005-3 6.1.3"),
    "pdf-unreadable": (2, _BROKEN, _ORIGINAL, f"{_PDF} 7.5"),
    "pdf-swollen": (2, _BROKEN, _ORIGINAL, f"{_PDF} 7.4"),
    "pdf-active": (2, _BROKEN, _ISSUER, "ISO 19005-3 6.5, 6.6"),
    "pdf-unsigned": (3, _BROKEN, _ISSUER, "QĐ 1789/QĐ-SGDĐT Đ3, Đ11"),
    "pdf-form": (3, _BROKEN, _ISSUER, f"{_PADES} 6.3; {_PDF} 12.8.3"),
    "pdf-malformed": (4, _BROKEN, _ISSUER, f"{_PADES} 6.3; RFC 5652"),
    "pdf-algorithm": (4, (_OPEN, _S.CRYPTO_CONSTRAINTS_FAILURE), _ISSUER, f"{_TT15}; {_ETSI} 5.2.8"),
    "pdf-coverage": (5, _BROKEN, _ORIGINAL, f"{_PDF} 12.8.1; {_PADES} 5.2"),
    "pdf-changed": (6, (_FAILED, _S.HASH_FAILURE), _ORIGINAL, f"{_LAW} khoản 2b; {_PADES} 5.5"),
    "pdf-digest": (6, (_FAILED, _S.HASH_FAILURE), _ORIGINAL, f"{_LAW} khoản 2b; {_ETSI} 5.2.7"),
    "pdf-value": (7, (_FAILED, _S.SIG_CRYPTO_FAILURE), _ORIGINAL, f"{_LAW} khoản 2b; {_ETSI} 5.2.7"),
    "pdf-certificate": (8, (_OPEN, _S.NO_SIGNING_CERTIFICATE_FOUND), _ISSUER, f"{_PADES} 6.3; {_ETSI} 5.2.3"),
    "pdf-time": (8, (_OPEN, _S.SIG_CONSTRAINTS_FAILURE), _ISSUER, f"{_LAW} khoản 2b; {_PADES} 6.3"),
    "pdf-timestamp": (9, (_OPEN, _S.SIG_CONSTRAINTS_FAILURE), _ORIGINAL, f"{_ETSI} 5.4"),
    "pdf-without-record": (10, (_OPEN, _S.SIGNED_DATA_NOT_FOUND), _ISSUER, "QĐ 1789/QĐ-SGDĐT Đ3, Đ27"),
    "pdf-attachments": (10, _BROKEN, _ISSUER, "ISO 19005-3 6.8"),
    "pdf-other-record": (10, _BROKEN, _ISSUER, "QĐ 1789/QĐ-SGDĐT Đ27"),
    "pdf-other-signer": (10, (_OPEN, _S.SIG_CONSTRAINTS_FAILURE), _STAFF, "QĐ 1789/QĐ-SGDĐT Đ3, Đ11"),
}
"""by cause: the step that finds it, what it means for the signature or the file, what to do, where the rule stands"""

PROBLEMS: Mapping[str, Problem] = MappingProxyType(
    {
        cause: Problem(cause, step, *verdict, _MESSAGES[cause], remedy, basis)
        for cause, (step, verdict, remedy, basis) in _RULES.items()
    }
)
"""by cause"""


def problem_of(cause: str) -> Problem:
    """What is known of a cause, declared here or by the verification of records."""
    if cause in PROBLEMS:
        return PROBLEMS[cause]
    kind = FAULTS[cause]
    return Problem(cause, kind.step, kind.indication, kind.sub_indication, kind.message, kind.remedy, kind.basis)
