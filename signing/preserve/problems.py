"""Why a signature cannot be carried further into the future, in words, with what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from schemas.findings import Words
from signing.indications import Indication, SubIndication
from signing.timestamps import PROBLEMS as OF_TIMESTAMPS
from signing.verify.faults import FAULTS

_FETCH = Words(
    "Đặt CRL hoặc trả lời OCSP còn hiệu lực vào crls/, ocsp/ của kho tin cậy (hub tự tải khi đang chạy), rồi chạy lại.",
    "Put a current list or OCSP response into crls/ or ocsp/ of the trust folder (a running hub fetches them), then run"
    " this again.",
)
_ANCHOR = Words(
    "Đặt chứng thư gốc vào roots/, chứng thư trung gian vào intermediates/ của kho tin cậy, rồi chạy lại.",
    "Put the root into roots/ and what lies between into intermediates/ of the trust folder, then run this again.",
)
_EVIDENCE = Words(
    "Giữ chứng cứ của hồ sơ này bằng bản ghi chứng cứ («hocba evidence»).",
    "Keep the proof of this record with an evidence record («hocba evidence»).",
)
_ORIGINAL = Words(
    "Dùng tệp gốc chưa bị sửa; tệp này không thể chứng minh được nữa.",
    "Use the original, unchanged file; this one cannot be proven any more.",
)
_AGAIN = Words(
    "Thử lại với một tổ chức cấp dấu thời gian khác (signing.timestamps.urls).",
    "Try again with another timestamping authority (signing.timestamps.urls).",
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of problem."""

    cause: str
    """short machine text"""
    message: Words
    """what is wrong"""
    remedy: Words
    """what to do about it"""
    indication: Indication = Indication.INDETERMINATE
    """main indication, where it is found by a validation"""
    sub_indication: SubIndication = SubIndication.SIG_CONSTRAINTS_FAILURE
    """sub-indication, where it is found by a validation"""


_DECLARED = (
    Problem(
        "unknown-document",
        Words("Tệp không phải học bạ hay lô học bạ có chữ ký.", "The file is no signed record or batch."),
        Words("Chọn tệp XML đã ký.", "Name a signed XML file."),
    ),
    Problem(
        "form-property",
        Words(
            "Chữ ký chỉ có dạng thuộc tính của CV 2088: trong đó không có chỗ cho dấu thời gian (XAdES).",
            "The signature has the plain form of CV 2088 only, in which there is no place for timestamps (XAdES).",
        ),
        _EVIDENCE,
    ),
    Problem(
        "path-not-found",
        Words("Chứng thư người ký không dẫn tới gốc tin cậy nào.", "No trusted root above the signer's certificate."),
        _ANCHOR,
    ),
    Problem(
        "path-invalid",
        Words("Đường dẫn chứng thực của người ký không hợp lệ.", "The signer's certification path does not validate."),
        _ANCHOR,
    ),
    Problem(
        "revocation-unknown",
        Words(
            "Thiếu thông tin thu hồi (CRL hoặc OCSP) còn hiệu lực cho chứng thư người ký.",
            "There is no current revocation data (list or OCSP response) for the signer's certificate.",
        ),
        _FETCH,
    ),
    Problem(
        "timestamp-revocation-unknown",
        Words(
            "Thiếu thông tin thu hồi (CRL hoặc OCSP) còn hiệu lực cho tổ chức cấp dấu thời gian.",
            "There is no current revocation data (list or OCSP response) for the timestamping authority.",
        ),
        _FETCH,
    ),
    Problem(
        "not-archived",
        Words("Chưa có dấu thời gian lưu trữ nào để gia hạn.", "There is no archive timestamp to renew yet."),
        Words("Nâng tệp lên mức LTA trước.", "Extend the file to level LTA first."),
    ),
    Problem(
        "unsupported-property",
        Words(
            "Chữ ký có thuộc tính mà hub không tính được (dấu thời gian kiểu cũ hoặc phân tán).",
            "The signature holds a property that cannot be computed here (an old or distributed timestamp).",
        ),
        _EVIDENCE,
        sub_indication=SubIndication.FORMAT_FAILURE,
    ),
    Problem(
        "values-missing",
        Words(
            "Dữ liệu kiểm chứng kèm theo không đủ: mức lưu trữ không đạt.",
            "The validation data inside is not complete: the long-term level is not reached.",
        ),
        Words(
            "Chạy «hocba extend --level LT» khi còn đủ CRL, OCSP.",
            "Run «hocba extend --level LT» while the lists exist.",
        ),
        sub_indication=SubIndication.TRY_LATER,
    ),
    Problem(
        "algorithm-outdated",
        Words(
            "Thuật toán của dấu thời gian không còn được phép vào lúc phải chứng minh, và chưa được gia hạn trước đó.",
            "An algorithm of the timestamp was no longer allowed when it had to prove something, and was not renewed before.",
        ),
        _ORIGINAL,
        sub_indication=SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    ),
    Problem(
        "too-large",
        Words(
            "Tệp sẽ lớn hơn giới hạn cho phép khi kèm CRL.",
            "With the lists inside, the file would be larger than allowed.",
        ),
        Words(
            "Cấu hình OCSP thay cho CRL cho cơ quan cấp này, rồi chạy lại.",
            "Let OCSP responses stand in for lists of that authority, then run this again.",
        ),
    ),
)

PROBLEMS: Mapping[str, Problem] = MappingProxyType({each.cause: each for each in _DECLARED})
"""by cause; those of timestamps and of signatures themselves are declared where they are found"""


def problem_of(cause: str) -> Problem:
    """What is known of a cause, wherever it was declared."""
    if cause in PROBLEMS:
        return PROBLEMS[cause]
    if cause in OF_TIMESTAMPS:
        stamp = OF_TIMESTAMPS[cause]
        changed = stamp.indication is Indication.FAILED
        remedy = _ORIGINAL if changed else _ANCHOR if cause.endswith(("untrusted", "path")) else _AGAIN
        return Problem(cause, stamp.message, remedy, stamp.indication, stamp.sub_indication)
    fault = FAULTS[cause]
    return Problem(cause, fault.message, fault.remedy, fault.indication, fault.sub_indication)


class CannotPreserve(Exception):
    """A signature cannot be brought to the level; nothing was changed."""

    def __init__(self, cause: str, *, slot: str = "", lack: str | None = None, problem: Problem | None = None) -> None:
        self.problem = problem or problem_of(cause)
        """what it is, in words"""
        self.slot = slot
        """name of the slot whose signature it is about; empty for the file"""
        self.lack = lack
        """what is wrong with the revocation data, where that is the problem"""
        super().__init__(cause)
