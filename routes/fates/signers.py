"""Causes that lie with whoever is to sign: holders of keys, signing services, timestamping authorities."""

from ledger.states import Fate
from routes.fates.causes import cause

SIGNERS = (
    cause(
        "seal-key-missing",
        Fate.HELD,
        "Hub chưa giữ khóa ký được ủy quyền của người ký.",
        "The hub does not hold the delegated key of a signer.",
        "Nạp khóa của người ký (GVCN, CBQL, nhà trường) rồi bấm thử lại.",
        "Enter the signer's key (GVCN, CBQL, school), then retry.",
    ),
    cause(
        "awaiting-signature",
        Fate.RETRY,
        "Đang chờ người ký đồng ý trên dịch vụ ký số từ xa.",
        "Its holder has been asked to sign at the remote signing service.",
        "Nhắc người ký mở ứng dụng ký số và bấm đồng ý; hub tự hỏi lại và tự đi tiếp.",
        "Remind the signer to open the signing application and agree; the hub asks again and goes on by itself.",
    ),
    cause(
        "signer-refused",
        Fate.HELD,
        "Người ký đã từ chối ký.",
        "The holder has refused to sign.",
        "Trường hỏi người ký vì sao; sửa hồ sơ thì gửi lại bản mới, nếu chỉ bấm nhầm thì bấm thử lại để hỏi lại người ký.",
        "Ask the signer why; send a corrected record, or retry to ask again if it was a slip.",
    ),
    cause(
        "signature-unanswered",
        Fate.HELD,
        "Đã nhắc nhiều lần mà người ký không trả lời.",
        "The holder was asked again and again and did not answer.",
        "Trường liên hệ người ký (nghỉ, chuyển công tác thì đổi người ký); xong thì bấm thử lại.",
        "The school reaches the signer, or names another; then retry.",
    ),
    cause(
        "signer-locked",
        Fate.HELD,
        "Khóa ký của người ký đang bị khóa ở nhà cung cấp.",
        "The signer's key is locked at the provider.",
        "Người ký mở khóa với nhà cung cấp dịch vụ ký số; xong thì bấm thử lại.",
        "The signer has the provider unlock it; then retry.",
    ),
    cause(
        "signer-credential",
        Fate.HELD,
        "Dịch vụ ký số không có khóa này, hoặc chứng thư đã hết hạn.",
        "The signing service has no such key, or its certificate has ended.",
        "Kiểm tra tệp khóa từ xa (tên khóa của người ký) và hạn chứng thư; xong thì bấm thử lại.",
        "Check the file of remote credentials and the certificate's dates; then retry.",
    ),
    cause(
        "signer-account",
        Fate.HELD,
        "Dịch vụ ký số từ chối tài khoản của hub.",
        "The signing service refuses the hub's own account.",
        "Người vận hành kiểm tra tài khoản, hợp đồng với nhà cung cấp; xong thì bấm thử lại.",
        "Operators check the account and contract with the provider; then retry.",
    ),
    cause(
        "signer-foreign",
        Fate.HELD,
        "Dịch vụ ký số trả về chữ ký không khớp với hồ sơ; hub không dùng.",
        "The service returned signatures that do not belong to the record; the hub does not use them.",
        "Báo nhà cung cấp dịch vụ ký số; xong thì bấm thử lại.",
        "Tell the provider; then retry.",
    ),
    cause(
        "signer-down",
        Fate.DOWN,
        "Token, HSM hoặc dịch vụ ký số chưa trả lời.",
        "The token, HSM or signing service does not answer.",
        "Không cần làm gì: hub tự thử lại. Nếu kéo dài, người vận hành xem hocba doctor.",
        "Nothing: the hub tries again. If it lasts, operators look at hocba doctor.",
    ),
    cause(
        "timestamp-down",
        Fate.DOWN,
        "Máy chủ dấu thời gian chưa trả lời.",
        "No timestamping authority answers.",
        "Không cần làm gì: hub tự thử lại. Nếu kéo dài, người vận hành xem hocba doctor.",
        "Nothing: the hub tries again. If it lasts, operators look at hocba doctor.",
    ),
)
