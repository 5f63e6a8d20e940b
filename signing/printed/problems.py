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

_ORIGINAL = Words(
    "Xin lại đúng tệp PDF vừa ký xong, không in lại, không gộp, không nén, không sửa; hoặc dùng tệp XML.",
    "Ask for the very PDF as it was signed: not printed again, merged, compressed or edited; or use the XML file.",
)
_ISSUER = Words(
    "Đề nghị cơ sở giáo dục phát hành in và ký lại từ hub.",
    "Ask the issuing institution to print and sign it again from the hub.",
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

_DECLARED = (
    Problem(
        "pdf-too-large", 1, _FAILED, _S.FORMAT_FAILURE,
        Words("Tệp PDF lớn hơn mức cho phép.", "The PDF is larger than allowed."), _ORIGINAL, _ETSI,
    ),
    Problem(
        "pdf-encrypted", 1, _FAILED, _S.FORMAT_FAILURE,
        Words("Tệp PDF bị đặt mật khẩu (mã hóa), nên không đọc được.", "The PDF is encrypted: it cannot be read."),
        _ORIGINAL, f"{_PDF} 7.6; ISO 19005-3 6.1.3",
    ),
    Problem(
        "pdf-unreadable", 2, _FAILED, _S.FORMAT_FAILURE,
        Words("Không phải tệp PDF, hoặc tệp bị hỏng, bị cắt cụt.", "It is no PDF, or is damaged or cut short."),
        _ORIGINAL, f"{_PDF} 7.5",
    ),
    Problem(
        "pdf-swollen", 2, _FAILED, _S.FORMAT_FAILURE,
        Words(
            "Nội dung nén trong tệp phình ra quá mức cho phép khi giải nén.",
            "What is packed in the file grows beyond all bounds when unpacked."),
        _ORIGINAL, f"{_PDF} 7.4",
    ),
    Problem(
        "pdf-active", 2, _FAILED, _S.FORMAT_FAILURE,
        Words(
            "Tệp có mã lệnh hoặc nội dung tự chạy: trang in có thể đổi khi mở.",
            "There is a script or something that runs by itself: the pages may change when they are opened."),
        _ISSUER, "ISO 19005-3 6.5, 6.6",
    ),
    Problem(
        "pdf-unsigned", 3, _FAILED, _S.FORMAT_FAILURE,
        Words("Bản in PDF chưa được ký số.", "The printed form is not signed."), _ISSUER,
        "QĐ 1789/QĐ-SGDĐT Đ3, Đ11",
    ),
    Problem(
        "pdf-form", 3, _FAILED, _S.FORMAT_FAILURE,
        Words("Kiểu chữ ký PDF không được nhận.", "This kind of PDF signature is not taken."), _ISSUER,
        f"{_PADES} 6.3; {_PDF} 12.8.3",
    ),
    Problem(
        "pdf-malformed", 4, _FAILED, _S.FORMAT_FAILURE,
        Words("Cấu trúc chữ ký trong PDF không đúng chuẩn.", "The structure of the PDF signature is not the standard's."),
        _ISSUER, f"{_PADES} 6.3; RFC 5652",
    ),
    Problem(
        "pdf-algorithm", 4, _OPEN, _S.CRYPTO_CONSTRAINTS_FAILURE,
        Words("Thuật toán hoặc khóa ký không được phép.", "The algorithm or key is not allowed."), _ISSUER,
        f"{_TT15}; {_ETSI} 5.2.8",
    ),
    Problem(
        "pdf-coverage", 5, _FAILED, _S.FORMAT_FAILURE,
        Words("Chữ ký không bao trùm toàn bộ tệp PDF.", "The signature does not cover the whole file."), _ORIGINAL,
        f"{_PDF} 12.8.1; {_PADES} 5.2",
    ),
    Problem(
        "pdf-changed", 6, _FAILED, _S.HASH_FAILURE,
        Words("Tệp PDF bị sửa sau khi ký.", "The PDF was changed after it was signed."), _ORIGINAL,
        f"{_LAW} khoản 2b; {_PADES} 5.5",
    ),
    Problem(
        "pdf-digest", 6, _FAILED, _S.HASH_FAILURE,
        Words("Nội dung PDF khác nội dung đã ký.", "The PDF is not what was signed."), _ORIGINAL,
        f"{_LAW} khoản 2b; {_ETSI} 5.2.7",
    ),
    Problem(
        "pdf-value", 7, _FAILED, _S.SIG_CRYPTO_FAILURE,
        Words("Giá trị chữ ký số trong PDF không đúng.", "The signature value in the PDF is wrong."), _ORIGINAL,
        f"{_LAW} khoản 2b; {_ETSI} 5.2.7",
    ),
    Problem(
        "pdf-certificate", 8, _OPEN, _S.NO_SIGNING_CERTIFICATE_FOUND,
        Words(
            "Không xác định được chứng thư số đã ký PDF.",
            "The certificate that signed is missing, or is not the one that was signed for."),
        _ISSUER, f"{_PADES} 6.3; {_ETSI} 5.2.3",
    ),
    Problem(
        "pdf-time", 8, _OPEN, _S.SIG_CONSTRAINTS_FAILURE,
        Words("Chữ ký PDF không ghi thời điểm ký.", "The signature says nothing of its time."), _ISSUER,
        f"{_LAW} khoản 2b; {_PADES} 6.3",
    ),
    Problem(
        "pdf-timestamp", 9, _OPEN, _S.SIG_CONSTRAINTS_FAILURE,
        Words("Dấu thời gian của tệp PDF không kiểm chứng được.", "A timestamp over the file does not hold."),
        _ORIGINAL, f"{_ETSI} 5.4",
    ),
    Problem(
        "pdf-without-record", 10, _OPEN, _S.SIGNED_DATA_NOT_FOUND,
        Words(
            "PDF không kèm tệp XML của học bạ, nên không đối chiếu được nội dung.",
            "The PDF carries no record (XML): what it shows cannot be compared."),
        _ISSUER, "QĐ 1789/QĐ-SGDĐT Đ3, Đ27",
    ),
    Problem(
        "pdf-attachments", 10, _FAILED, _S.FORMAT_FAILURE,
        Words(
            "Tệp đính kèm trong PDF không đúng: trùng tên, quá nhiều, hoặc không phải XML của học bạ.",
            "What is attached is not right: a name twice, too many, or no records."),
        _ISSUER, "ISO 19005-3 6.8",
    ),
    Problem(
        "pdf-other-record", 10, _FAILED, _S.FORMAT_FAILURE,
        Words(
            "PDF và tệp XML đính kèm không cùng một học bạ (khác mã UUID).",
            "The PDF and the record attached to it are not about the same record (UUID)."),
        _ISSUER, "QĐ 1789/QĐ-SGDĐT Đ27",
    ),
    Problem(
        "pdf-other-signer", 10, _OPEN, _S.SIG_CONSTRAINTS_FAILURE,
        Words(
            "PDF không do cơ sở giáo dục đã phát hành học bạ ký.",
            "None of its signatures is by the institution that issued the record."),
        Words(
            "Cán bộ xem ai đã ký; chỉ nhận khi đó là Sở GDĐT hoặc cơ quan có quyền xác nhận.",
            "Staff look at who signed: only the city's department or who may confirm copies will do."),
        "QĐ 1789/QĐ-SGDĐT Đ3, Đ11",
    ),
)  # fmt: skip

PROBLEMS: Mapping[str, Problem] = MappingProxyType({each.cause: each for each in _DECLARED})
"""by cause"""


def problem_of(cause: str) -> Problem:
    """What is known of a cause, declared here or by the verification of records."""
    if cause in PROBLEMS:
        return PROBLEMS[cause]
    kind = FAULTS[cause]
    return Problem(cause, kind.step, kind.indication, kind.sub_indication, kind.message, kind.remedy, kind.basis)
