"""What can be wrong with a timestamp, declared once: indication, what it says, and who must act."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from schemas.findings import Words
from signing.indications import Indication, SubIndication

_FAILED, _OPEN = Indication.FAILED, Indication.INDETERMINATE
_S = SubIndication


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of problem."""

    cause: str
    """short machine text, the same in results, metrics and the console"""
    indication: Indication
    """main indication for the timestamp"""
    sub_indication: SubIndication
    """sub-indication"""
    message: Words
    """what is wrong"""
    basis: str
    """where the rule stands"""


REMEDY = Words(
    "Chữ ký được xét như khi không có dấu thời gian; muốn có bằng chứng thì đóng dấu thời gian lại ở tổ chức được tin cậy.",
    "The signature is judged as if the timestamp were not there; for the proof, stamp it again with a trusted authority.",
)
"""what to do about any of them"""

_RFC = "RFC 3161"
_ETSI = "ETSI EN 319 102-1 5.4"

_DECLARED = (
    Problem(
        "timestamp-malformed", _FAILED, _S.FORMAT_FAILURE,
        Words("Dấu thời gian không đúng cấu trúc.", "The timestamp is not of the standard's structure."),
        f"{_RFC} 2.4.2",
    ),
    Problem(
        "timestamp-imprint", _FAILED, _S.HASH_FAILURE,
        Words("Dấu thời gian đóng cho dữ liệu khác.", "The timestamp was made for something else."),
        f"{_RFC} 2.4.2; {_ETSI}",
    ),
    Problem(
        "timestamp-algorithm", _OPEN, _S.CRYPTO_CONSTRAINTS_FAILURE,
        Words("Thuật toán hoặc khóa của dấu thời gian không được phép.", "Its algorithm or key is not allowed."),
        "TT 15/2025/TT-BKHCN; EN 319 422 5.1",
    ),
    Problem(
        "timestamp-certificate", _OPEN, _S.NO_SIGNING_CERTIFICATE_FOUND,
        Words(
            "Không xác định được chứng thư của tổ chức cấp dấu thời gian (ESSCertIDv2).",
            "The authority's certificate is missing or not the one that was signed for (ESSCertIDv2)."),
        "RFC 5816 2.2; EN 319 102-1 5.2.3",
    ),
    Problem(
        "timestamp-purpose", _OPEN, _S.CHAIN_CONSTRAINTS_FAILURE,
        Words(
            "Chứng thư này không được cấp riêng để đóng dấu thời gian.",
            "The certificate is not meant for timestamps and nothing else."),
        f"{_RFC} 2.3",
    ),
    Problem(
        "timestamp-changed", _FAILED, _S.HASH_FAILURE,
        Words("Nội dung dấu thời gian đã bị thay đổi.", "What the timestamp says was changed."),
        "RFC 5652 5.4, 11.2",
    ),
    Problem(
        "timestamp-value", _FAILED, _S.SIG_CRYPTO_FAILURE,
        Words("Chữ ký của dấu thời gian không đúng.", "The signature on the timestamp is wrong."),
        "RFC 5652 5.6",
    ),
    Problem(
        "timestamp-untrusted", _OPEN, _S.NO_CERTIFICATE_CHAIN_FOUND,
        Words(
            "Tổ chức cấp dấu thời gian không thuộc các tổ chức được tin cậy.",
            "The timestamping authority is not under a trusted root."),
        f"{_ETSI}; RFC 5280 6",
    ),
    Problem(
        "timestamp-path", _OPEN, _S.CERTIFICATE_CHAIN_GENERAL_FAILURE,
        Words(
            "Đường dẫn chứng thực của tổ chức cấp dấu thời gian không hợp lệ.",
            "The path of the timestamping authority's certificate does not validate."),
        f"{_ETSI}; RFC 5280 6",
    ),
    Problem(
        "timestamp-expired", _FAILED, _S.EXPIRED,
        Words(
            "Chứng thư của tổ chức cấp đã hết hạn khi đóng dấu thời gian.",
            "The authority's certificate had expired when the timestamp was made."),
        f"{_ETSI}; EN 319 102-1 5.1.3",
    ),
    Problem(
        "timestamp-not-yet-valid", _FAILED, _S.NOT_YET_VALID,
        Words(
            "Chứng thư của tổ chức cấp chưa có hiệu lực khi đóng dấu thời gian.",
            "The authority's certificate was not yet valid when the timestamp was made."),
        f"{_ETSI}; EN 319 102-1 5.1.3",
    ),
    Problem(
        "timestamp-aged", _OPEN, _S.OUT_OF_BOUNDS_NO_POE,
        Words(
            "Chứng thư của tổ chức cấp nay đã hết hạn, và không có dấu thời gian nào đóng tiếp trước đó.",
            "The authority's certificate has expired since, and no later timestamp covers this one."),
        f"{_ETSI}; EN 319 102-1 5.6",
    ),
    Problem(
        "timestamp-revoked", _FAILED, _S.REVOKED,
        Words(
            "Chứng thư của tổ chức cấp dấu thời gian đã bị thu hồi trước đó, hoặc khóa đã bị lộ.",
            "The authority's certificate was revoked before, or its key was compromised."),
        f"{_ETSI}; {_RFC} 4",
    ),
    Problem(
        "timestamp-revoked-later", _OPEN, _S.REVOKED_NO_POE,
        Words(
            "Chứng thư của tổ chức cấp dấu thời gian bị thu hồi sau đó, và không có dấu thời gian nào đóng tiếp.",
            "The authority's certificate was revoked later, and no other timestamp covers this one."),
        f"{_ETSI}; EN 319 102-1 5.6",
    ),
    Problem(
        "timestamp-on-hold", _OPEN, _S.TRY_LATER,
        Words("Chứng thư của tổ chức cấp dấu thời gian đang bị tạm ngưng.", "The authority's certificate is on hold."),
        _ETSI,
    ),
    Problem(
        "timestamp-revocation-unknown", _OPEN, _S.TRY_LATER,
        Words(
            "Chưa có thông tin thu hồi còn hiệu lực về tổ chức cấp dấu thời gian.",
            "No current revocation data covers the timestamping authority."),
        _ETSI,
    ),
    Problem(
        "timestamp-in-future", _OPEN, _S.TIMESTAMP_ORDER_FAILURE,
        Words("Dấu thời gian ghi một thời điểm chưa tới.", "The timestamp is from the future."),
        "EN 319 102-1 5.5.4",
    ),
)  # fmt: skip

PROBLEMS: Mapping[str, Problem] = MappingProxyType({each.cause: each for each in _DECLARED})
"""All problems by cause."""
