"""Every fault that verification can find, declared once: step, rule, indication, what it says and how to mend it."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.findings import Finding, Severity, Words
from signing.indications import Indication, SubIndication
from signing.timestamps.problems import PROBLEMS, REMEDY

_FAILED = Indication.FAILED
_OPEN = Indication.INDETERMINATE
_S = SubIndication

_RESIGN = Words(
    "Ký lại học bạ bằng phần mềm ký đúng quy định rồi gửi lại.",
    "Sign the record again with compliant signing software and send it again.",
)
_UNTOUCHED = Words(
    "Lấy lại tệp gốc ngay sau khi ký, không sửa, không định dạng lại, rồi gửi lại; nếu không còn thì ký lại.",
    "Send the original file exactly as it was signed, without editing or reformatting; otherwise sign it again.",
)
_VENDOR = Words(
    "Báo nhà cung cấp phần mềm sửa cách tạo chữ ký; xem tài liệu kết nối.",
    "Ask the software vendor to correct how signatures are made; see the connection guide.",
)
_OTHER_CERTIFICATE = Words(
    "Ký lại bằng chứng thư số hợp lệ, còn hiệu lực của đúng người hoặc đúng đơn vị.",
    "Sign again with a valid certificate of the right person or institution.",
)
_REGISTER = Words(
    "Đăng ký chứng thư số của trường và chờ phê duyệt, hoặc ký lại bằng chứng thư đã được phê duyệt.",
    "Register the school's certificate and wait for approval, or sign again with the approved one.",
)
_STAFF = Words(
    "Chờ cán bộ của Sở xem xét; trường chưa phải làm gì.",
    "City staff must look at it; the school need not act yet.",
)
_WAIT = Words("Hệ thống sẽ tự kiểm tra lại.", "The hub checks it again by itself.")


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One kind of fault."""

    cause: str
    """Short machine text, the same in results, metrics and the console."""
    step: int
    """The verification step that finds it."""
    rule: str
    """Rule of the catalogue it breaks (S01 to S06-cert)."""
    indication: Indication
    """Main indication for the signature at fault."""
    sub_indication: SubIndication
    """Sub-indication."""
    message: Words
    """What is wrong."""
    remedy: Words
    """What to do about it."""
    basis: str
    """Where the rule stands."""
    personal: bool
    """True when the values shown with it can name a person."""


class Fault(Exception):
    """A signature, or a whole record, does not pass; carries what is needed to say so."""

    def __init__(self, cause: str, *, seen: str | None = None, expected: str | None = None) -> None:
        self.kind = FAULTS[cause]
        self.seen = seen
        self.expected = expected
        super().__init__(cause)

    def finding(self, *, path: str | None, uuid: str | None, severity: Severity = Severity.ERROR) -> Finding:
        """This fault in the words of the shared dictionary."""
        kind = self.kind
        return Finding(
            rule=kind.rule,
            severity=severity,
            message=kind.message,
            remedy=kind.remedy,
            basis=kind.basis,
            path=path,
            line=None,
            offset=None,
            seen=self.seen,
            expected=self.expected,
            uuid=uuid,
            personal=kind.personal,
        )


_DECLARED: list[FaultKind] = []


def _declare(
    cause: str,
    step: int,
    rule: str,
    verdict: tuple[Indication, SubIndication],
    words: tuple[str, str],
    *,
    remedy: Words,
    basis: str,
    personal: bool = False,
) -> None:
    _DECLARED.append(FaultKind(cause, step, rule, *verdict, Words(*words), remedy, basis, personal))


_FORMAT = (_FAILED, _S.FORMAT_FAILURE)
_CONSTRAINT = (_OPEN, _S.SIG_CONSTRAINTS_FAILURE)
_CRYPTO = (_OPEN, _S.CRYPTO_CONSTRAINTS_FAILURE)
_CV = "CV 2088/BGDĐT-GDTH 1.6"
_XMLDSIG = "W3C XML Signature 1.1"
_ETSI = "ETSI EN 319 102-1"
_TT15 = "TT 15/2025/TT-BKHCN"

# Steps 1 and 2: the octets and the document.
for _cause, _vi, _en in (
    ("too-large", "Hồ sơ lớn hơn giới hạn cho phép.", "The record is larger than allowed."),
    ("not-utf8", "Hồ sơ không phải văn bản UTF-8.", "The record is not UTF-8 text."),
    ("doctype", "Hồ sơ chứa khai báo DTD hoặc thực thể.", "The record contains a DTD or an entity declaration."),
    ("comment", "Hồ sơ chứa chú thích hoặc chỉ thị xử lý XML.", "There is a comment or processing instruction in it."),
    ("too-many-attributes", "Hồ sơ có quá nhiều thuộc tính hoặc không gian tên.", "Too many attributes or namespaces."),
    ("xml-base", "Hồ sơ chứa xml:base hoặc XInclude.", "The record contains xml:base or XInclude."),
    ("not-well-formed", "Hồ sơ không phải XML đúng cú pháp.", "The record is not well-formed XML."),
    ("wrong-root", "Phần tử gốc không đúng.", "The root element is not the expected one."),
):
    _declare(_cause, 1, "S03", _FORMAT, (_vi, _en), remedy=_VENDOR, basis=f"{_ETSI} 5.2.2; {_XMLDSIG} 8.1")

# Step 3: where signatures stand.
_declare(
    "signature-misplaced", 3, "S03", _FORMAT,
    ("Có chữ ký nằm ngoài các vị trí quy định.", "A signature stands outside every declared slot."),
    remedy=_VENDOR, basis="CV 2088/BGDĐT-GDTH PL1 1.1",
)  # fmt: skip
_declare(
    "slot-repeated", 3, "S03", _FORMAT,
    ("Một vị trí ký xuất hiện nhiều lần hoặc có nhiều chữ ký.", "A slot occurs twice or holds several signatures."),
    remedy=_VENDOR, basis="CV 2088/BGDĐT-GDTH PL1 1.1",
)  # fmt: skip
_declare(
    "slot-unsigned", 3, "S01", _FORMAT,
    ("Vị trí ký có mặt nhưng chưa có chữ ký.", "The slot is present but not signed."),
    remedy=_RESIGN, basis=_CV,
)  # fmt: skip
_declare(
    "slot-missing", 10, "S01", _FORMAT,
    ("Thiếu chữ ký bắt buộc.", "A required signature is missing."),
    remedy=_RESIGN, basis="CV 2088/BGDĐT-GDTH PL1 1.1; QĐ 1789/QĐ-SGDĐT Đ20",
)  # fmt: skip
_declare(
    "policy-empty", 10, "S01", (_OPEN, _S.POLICY_PROCESSING_ERROR),
    ("Chưa cấu hình chữ ký bắt buộc nào; hệ thống không chấp nhận.", "No slot is required by the policy: refused."),
    remedy=_STAFF, basis="CV 2088/BGDĐT-GDTH PL1 1.1",
)  # fmt: skip
_declare(
    "identifier-repeated", 3, "S03", _FORMAT,
    ("Một mã định danh (Id) xuất hiện nhiều lần trong hồ sơ.", "An identifier occurs more than once in the record."),
    remedy=_VENDOR, basis=f"{_XMLDSIG} 8.1; xml:id 1.0", personal=True,
)  # fmt: skip
_declare(
    "data-missing", 5, "S03", (_OPEN, _S.SIGNED_DATA_NOT_FOUND),
    ("Không có vùng dữ liệu cần ký, hoặc có nhiều vùng.", "The data region to be signed is missing or repeated."),
    remedy=_VENDOR, basis=f"{_CV}; {_ETSI} 5.2.2",
)  # fmt: skip

# Step 4: what is allowed.
_declare(
    "signature-malformed", 4, "S03", _FORMAT,
    ("Cấu trúc chữ ký không đúng chuẩn.", "The structure of the signature is not that of the standard."),
    remedy=_VENDOR, basis=f"{_XMLDSIG} 4",
)  # fmt: skip
_declare(
    "algorithm-forbidden", 4, "S04", _CRYPTO,
    ("Thuật toán ký hoặc băm không được phép.", "The signature or digest algorithm is not allowed."),
    remedy=_RESIGN, basis=f"{_TT15}; {_ETSI} 5.2.7",
)  # fmt: skip
_declare(
    "key-too-small", 4, "S04", _CRYPTO,
    ("Khóa ký quá ngắn hoặc không thuộc loại được phép.", "The key is too small or of a kind that is not allowed."),
    remedy=_OTHER_CERTIFICATE, basis=f"{_TT15}; {_ETSI} 5.2.7",
)  # fmt: skip
_declare(
    "algorithm-outdated", 4, "S04", (_OPEN, _S.CRYPTO_CONSTRAINTS_FAILURE_NO_POE),
    ("Thuật toán hoặc khóa không còn được coi là an toàn; không có dấu thời gian chứng minh đã ký từ trước.",
     "The algorithm or key is no longer held to be strong, and no timestamp proves that it was used in time."),
    remedy=_STAFF, basis=f"{_TT15}; {_ETSI} 5.2.8, 5.5",
)  # fmt: skip
_declare(
    "c14n-forbidden", 4, "S04", _FORMAT,
    ("Phép chuẩn hóa XML không được phép.", "The canonicalisation method is not allowed."),
    remedy=_VENDOR, basis=f"{_XMLDSIG} 6.5",
)  # fmt: skip
_declare(
    "transform-forbidden", 4, "S04", _FORMAT,
    ("Phép biến đổi trong chữ ký không được phép.", "A transform in the signature is not allowed."),
    remedy=_VENDOR, basis=f"{_XMLDSIG} 6.6, 8.1",
)  # fmt: skip

# Steps 5 and 6: what is signed.
_declare(
    "reference-foreign", 5, "S03", _FORMAT,
    ("Chữ ký tham chiếu ra ngoài vùng quy định.", "The signature refers to something outside the declared regions."),
    remedy=_VENDOR, basis=f"{_CV}; {_XMLDSIG} 4.4.3", personal=True,
)  # fmt: skip
_declare(
    "data-unsigned", 5, "S03", _CONSTRAINT,
    ("Chữ ký không bao trùm vùng dữ liệu học bạ.", "The signature does not cover the data region."),
    remedy=_VENDOR, basis=_CV,
)  # fmt: skip
_declare(
    "properties-unsigned", 5, "S03", _CONSTRAINT,
    ("Chữ ký không bao trùm thời điểm ký.", "The signature does not cover its signing time."),
    remedy=_VENDOR, basis=_CV,
)  # fmt: skip
_declare(
    "digest-data", 6, "S03", (_FAILED, _S.HASH_FAILURE),
    ("Dữ liệu học bạ đã bị thay đổi sau khi ký.", "The record's data changed after it was signed."),
    remedy=_UNTOUCHED, basis=f"QĐ 1789/QĐ-SGDĐT Đ12; {_ETSI} 5.2.7",
)  # fmt: skip
_declare(
    "digest-properties", 6, "S03", (_FAILED, _S.HASH_FAILURE),
    ("Thuộc tính đã ký (thời điểm ký) bị thay đổi sau khi ký.", "The signed properties changed after signing."),
    remedy=_UNTOUCHED, basis=f"{_CV}; {_ETSI} 5.2.7",
)  # fmt: skip

# Step 7: the value.
_declare(
    "value-wrong", 7, "S03", (_FAILED, _S.SIG_CRYPTO_FAILURE),
    ("Giá trị chữ ký số không đúng.", "The signature value is wrong."),
    remedy=_UNTOUCHED, basis=f"QĐ 1789/QĐ-SGDĐT Đ12; {_ETSI} 5.2.7",
)  # fmt: skip

# Step 8: signed properties and the certificate that the signature names.
_declare(
    "certificate-missing", 8, "S03", (_OPEN, _S.NO_SIGNING_CERTIFICATE_FOUND),
    ("Không xác định được chứng thư số của người ký.", "The signing certificate is missing or cannot be singled out."),
    remedy=_VENDOR, basis=f"{_CV}; {_ETSI} 5.2.3",
)  # fmt: skip
_declare(
    "certificate-unreadable", 8, "S03", (_OPEN, _S.NO_SIGNING_CERTIFICATE_FOUND),
    ("Không đọc được chứng thư số trong chữ ký.", "The certificate in the signature cannot be read."),
    remedy=_VENDOR, basis=f"{_CV}; RFC 5280",
)  # fmt: skip
_declare(
    "subject-name-missing", 8, "S03", _CONSTRAINT,
    ("Chữ ký thiếu X509SubjectName.", "X509SubjectName is missing from the signature."),
    remedy=_VENDOR, basis=_CV,
)  # fmt: skip
_declare(
    "certificate-digest", 8, "S03", (_OPEN, _S.NO_SIGNING_CERTIFICATE_FOUND),
    ("Chứng thư kèm theo không phải chứng thư đã ký.", "The certificate given is not the one that was signed for."),
    remedy=_UNTOUCHED, basis=f"{_ETSI} 5.2.3; EN 319 132-1 5.2.2",
)  # fmt: skip
_declare(
    "certificate-reference-missing", 8, "S03", _CONSTRAINT,
    ("Chữ ký XAdES thiếu SigningCertificate.", "The XAdES signature lacks SigningCertificate."),
    remedy=_VENDOR, basis="EN 319 132-1 5.2.2",
)  # fmt: skip
_declare(
    "signing-time-missing", 8, "S03", _CONSTRAINT,
    ("Chữ ký không có thời điểm ký hợp lệ.", "There is no valid signing time in the signature."),
    remedy=_VENDOR, basis=_CV,
)  # fmt: skip
_declare(
    "signing-time-conflict", 8, "S03", _CONSTRAINT,
    ("Chữ ký có thời điểm ký không được ký hoặc mâu thuẫn nhau.", "A signing time is unsigned or contradicts another."),
    remedy=_VENDOR, basis=_CV,
)  # fmt: skip
_declare(
    "target-wrong", 8, "S03", _CONSTRAINT,
    ("Thuộc tính Target không trỏ về chính chữ ký này.", "Target does not point to this signature."),
    remedy=_VENDOR, basis=f"{_XMLDSIG} 5.2; EN 319 132-1 4.3.1", personal=True,
)  # fmt: skip
_declare(
    "signature-policy", 8, "S03", (_OPEN, _S.SIGNATURE_POLICY_NOT_AVAILABLE),
    ("Chữ ký nêu một chính sách ký mà hệ thống không có.", "The signature names a policy that the hub does not have."),
    remedy=_STAFF, basis=f"{_ETSI} 5.2.4",
)  # fmt: skip

# Step 9: trust.
_declare(
    "path-not-found", 9, "S03", (_OPEN, _S.NO_CERTIFICATE_CHAIN_FOUND),
    ("Chứng thư số không do tổ chức được tin cậy cấp.", "The certificate was not issued under a trusted root."),
    remedy=_OTHER_CERTIFICATE, basis=f"QĐ 1789/QĐ-SGDĐT Đ12; {_ETSI} 5.2.6; RFC 5280 6",
)  # fmt: skip
_declare(
    "path-invalid", 9, "S03", (_OPEN, _S.CERTIFICATE_CHAIN_GENERAL_FAILURE),
    ("Đường dẫn chứng thực của chứng thư không hợp lệ.", "The certificate's path does not validate."),
    remedy=_OTHER_CERTIFICATE, basis=f"{_ETSI} 5.2.6; RFC 5280 6",
)  # fmt: skip
_declare(
    "certificate-is-ca", 9, "S03", (_OPEN, _S.CHAIN_CONSTRAINTS_FAILURE),
    ("Chứng thư của tổ chức chứng thực không được dùng để ký học bạ.", "A CA certificate must not sign records."),
    remedy=_OTHER_CERTIFICATE, basis="RFC 5280 4.2.1.9",
)  # fmt: skip
_declare(
    "key-usage", 9, "S03", (_OPEN, _S.CHAIN_CONSTRAINTS_FAILURE),
    ("Chứng thư không được cấp để ký số.", "The certificate is not meant for signing."),
    remedy=_OTHER_CERTIFICATE, basis="RFC 5280 4.2.1.3, 4.2.1.12",
)  # fmt: skip
_declare(
    "certificate-expired", 9, "S03", (_FAILED, _S.EXPIRED),
    ("Chứng thư số đã hết hạn tại thời điểm ký.", "The certificate had expired at the signing time."),
    remedy=_OTHER_CERTIFICATE, basis=f"QĐ 1789/QĐ-SGDĐT Đ12; {_ETSI} 5.1.3",
)  # fmt: skip
_declare(
    "certificate-not-yet-valid", 9, "S03", (_FAILED, _S.NOT_YET_VALID),
    ("Chứng thư số chưa có hiệu lực tại thời điểm ký.", "The certificate was not yet valid at the signing time."),
    remedy=_OTHER_CERTIFICATE, basis=f"QĐ 1789/QĐ-SGDĐT Đ12; {_ETSI} 5.1.3",
)  # fmt: skip
_declare(
    "certificate-revoked", 9, "S03", (_FAILED, _S.REVOKED),
    ("Chứng thư số đã bị thu hồi trước khi ký, hoặc khóa đã bị lộ.", "Revoked before signing, or its key compromised."),
    remedy=_OTHER_CERTIFICATE, basis=f"QĐ 1789/QĐ-SGDĐT Đ12; {_ETSI} 5.5",
)  # fmt: skip
_declare(
    "certificate-revoked-later", 9, "S03", (_OPEN, _S.REVOKED_NO_POE),
    ("Chứng thư bị thu hồi sau thời điểm ký khai báo; không có dấu thời gian chứng minh.",
     "The certificate was revoked after the claimed time and no timestamp proves that time."),
    remedy=_STAFF, basis=f"{_ETSI} 5.5",
)  # fmt: skip
_declare(
    "issuer-revoked", 9, "S03", (_OPEN, _S.CERTIFICATE_CHAIN_GENERAL_FAILURE),
    ("Chứng thư của tổ chức cấp đã bị thu hồi trước khi ký.", "An issuing certificate was revoked before signing."),
    remedy=_OTHER_CERTIFICATE, basis=f"{_ETSI} 5.2.6",
)  # fmt: skip
_declare(
    "issuer-revoked-later", 9, "S03", (_OPEN, _S.REVOKED_CA_NO_POE),
    ("Chứng thư của tổ chức cấp bị thu hồi sau thời điểm ký khai báo.", "An issuer was revoked after the claimed time."),
    remedy=_STAFF, basis=f"{_ETSI} 5.5",
)  # fmt: skip
_declare(
    "certificate-on-hold", 9, "S03", (_OPEN, _S.TRY_LATER),
    ("Chứng thư số đang bị tạm ngưng.", "The certificate is on hold."),
    remedy=_STAFF, basis=f"{_ETSI} 5.2.6",
)  # fmt: skip
_declare(
    "revocation-unknown", 9, "S03", (_OPEN, _S.TRY_LATER),
    ("Chưa có thông tin thu hồi (CRL, OCSP) còn hiệu lực để kiểm tra chứng thư.",
     "No current revocation list or OCSP response covers it."),
    remedy=_WAIT, basis=f"{_ETSI} 5.2.5",
)  # fmt: skip
_declare(
    "time-in-future", 9, "S02", _CONSTRAINT,
    ("Thời điểm ký nằm trong tương lai.", "The signing time lies in the future."),
    remedy=_RESIGN, basis=f"{_CV}; {_ETSI} 5.2.8",
)  # fmt: skip

_declare(
    "timestamp-order", 9, "S02", (_OPEN, _S.TIMESTAMP_ORDER_FAILURE),
    ("Thời điểm ký ghi trong chữ ký muộn hơn dấu thời gian của chính chữ ký đó.",
     "The signature claims a time after its own timestamp."),
    remedy=_RESIGN, basis=f"{_ETSI} 5.5.4",
)  # fmt: skip
for _problem in PROBLEMS.values():
    _declare(
        _problem.cause, 9, "S02", (_problem.indication, _problem.sub_indication),
        (_problem.message.vi, _problem.message.en), remedy=REMEDY, basis=_problem.basis,
    )  # fmt: skip

# Step 10: the right person, the right institution, the right order.
_declare(
    "signer-unnamed", 10, "S06-cert", _CONSTRAINT,
    ("Vị trí ký thiếu số CCCD của người ký.", "The slot does not name its signer's personal id."),
    remedy=_VENDOR, basis="CV 2088/BGDĐT-GDTH PL1 1.1",
)  # fmt: skip
_declare(
    "signer-differs", 10, "S06-cert", _CONSTRAINT,
    ("Số CCCD ở vị trí ký khác số trong chứng thư số.", "The slot's personal id is not the certificate's."),
    remedy=_OTHER_CERTIFICATE, basis="QĐ 1789/QĐ-SGDĐT Đ12, Đ20", personal=True,
)  # fmt: skip
_declare(
    "signing-date-differs", 10, "S02", _CONSTRAINT,
    ("NGAY_KY khác thời điểm ký trong chữ ký số.", "NGAY_KY is not the signature's signing time."),
    remedy=_VENDOR, basis=_CV,
)  # fmt: skip
_declare(
    "certificate-not-approved", 10, "S05", _CONSTRAINT,
    ("Chứng thư số của đơn vị chưa được phê duyệt cho trường này tại thời điểm ký.",
     "The institution's certificate was not approved for this school at the signing time."),
    remedy=_REGISTER, basis="CV 2088/BGDĐT-GDTH III.1",
)  # fmt: skip
_declare(
    "registry-unknown", 10, "S05", (_OPEN, _S.POLICY_PROCESSING_ERROR),
    ("Chưa có danh sách chứng thư được phê duyệt của trường.", "The school's approved certificates are not known."),
    remedy=_STAFF, basis="CV 2088/BGDĐT-GDTH III.1",
)  # fmt: skip
_declare(
    "registrant-differs", 10, "S05", _CONSTRAINT,
    ("Đăng ký không do chính chứng thư số được đăng ký ký.", "Not signed by the very certificate it registers."),
    remedy=Words(
        "Ký đăng ký bằng chính chứng thư số muốn đăng ký.",
        "Sign the registration with the certificate that is to be registered."),
    basis="CV 2088/BGDĐT-GDTH PL1 II.2.4",
)  # fmt: skip
_declare(
    "signer-not-assigned", 10, "S07", _CONSTRAINT,
    ("Người ký không được phân công ở vai này của lớp trong năm học.",
     "The signer was not assigned to this role of the class in that year."),
    remedy=Words(
        "Cập nhật phân công trong cơ sở dữ liệu ngành, hoặc để đúng người ký lại.",
        "Enter the assignment in the sector database, or have the right person sign again."),
    basis="QĐ 1789/QĐ-SGDĐT Đ14, Đ20, Đ23", personal=True,
)  # fmt: skip
_declare(
    "order-wrong", 10, "S02", _CONSTRAINT,
    ("Thứ tự thời điểm ký không đúng (GVCN, CBQL, phát hành, giao dịch).", "The signing times are out of order."),
    remedy=_RESIGN, basis="QĐ 1789/QĐ-SGDĐT Đ20; CV 2088/BGDĐT-GDTH 2.7",
)  # fmt: skip
_declare(
    "unreadable", 4, "S03", _FORMAT,
    ("Không xử lý được chữ ký.", "The signature cannot be processed."),
    remedy=_VENDOR, basis=f"{_ETSI} 5.2.2",
)  # fmt: skip

FAULTS: Mapping[str, FaultKind] = {kind.cause: kind for kind in _DECLARED}
"""All fault kinds by cause."""
