"""What an outcome means: every cause the hub can give, its fate, and what to do about it. Decided here, nowhere else."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.portal import (
    AccountMissing,
    CertificateRefused,
    LoginRefused,
    PortalDown,
    PortalFault,
    ReplyLost,
    TryLater,
)
from ledger.states import Fate
from schemas.findings import Words


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a piece of work did not simply go on."""

    id: str
    """machine-readable; the part before a colon, where one follows"""
    fate: Fate
    """what it means"""
    words: Words
    """what happened, for people"""
    remedy: Words
    """what to do"""


def _cause(id: str, fate: Fate, vi: str, en: str, do_vi: str, do_en: str) -> tuple[str, Cause]:
    return id, Cause(id, fate, Words(vi=vi, en=en), Words(vi=do_vi, en=do_en))


CAUSES: dict[str, Cause] = dict(
    [
        _cause(
            "rule",
            Fate.REFUSED,
            "Hồ sơ sai quy tắc.",
            "The record breaks a rule.",
            "Trường sửa hồ sơ theo từng lỗi đã nêu rồi gửi lại.",
            "The school mends each fault listed and sends again.",
        ),
        _cause(
            "frozen",
            Fate.HELD,
            "Hồ sơ đến sau ngày chốt của đợt.",
            "The record came after its campaign's freeze.",
            "Người duyệt xem lý do nộp muộn hay chỉnh lý (QĐ 1789 Điều 21); đồng ý thì bấm thử lại, hồ sơ đi tiếp.",
            "An approver looks at why it is late or corrected (QĐ 1789 Điều 21); retry lets it go on.",
        ),
        _cause(
            "signature",
            Fate.REFUSED,
            "Chữ ký số không hợp lệ.",
            "A signature is not valid.",
            "Trường ký lại bằng chứng thư số đã được duyệt rồi gửi lại.",
            "The school signs again with an approved certificate and sends again.",
        ),
        _cause(
            "indeterminate",
            Fate.HELD,
            "Chưa thể kết luận chữ ký số.",
            "The signature cannot be judged yet.",
            "Kiểm tra chứng thư số, danh sách thu hồi (CRL) và kho tin cậy; xong thì bấm thử lại.",
            "Check the certificate, its revocation list and the trust folder; then retry.",
        ),
        _cause(
            "verify-later",
            Fate.RETRY,
            "Chưa có dữ liệu thu hồi mới để kết luận chữ ký.",
            "Fresh revocation data is needed to judge a signature.",
            "Hub tự thử lại.",
            "The hub tries again.",
        ),
        _cause(
            "transaction-signature",
            Fate.REFUSED,
            "Chữ ký giao dịch của cả lô không hợp lệ.",
            "The transaction signature of the batch is not valid.",
            "Trường ký lại cả lô bằng chứng thư số đã được duyệt rồi gửi lại.",
            "The school seals the batch again with its approved certificate and sends it again.",
        ),
        _cause(
            "transaction-indeterminate",
            Fate.HELD,
            "Chưa thể kết luận chữ ký giao dịch của lô.",
            "The transaction signature of the batch cannot be judged yet.",
            "Kiểm tra chứng thư số ký giao dịch của trường (phê duyệt, thu hồi); xong thì bấm thử lại.",
            "Check the school's transaction certificate (approval, revocation); then retry.",
        ),
        _cause(
            "transaction-later",
            Fate.RETRY,
            "Chưa có dữ liệu thu hồi mới để kết luận chữ ký giao dịch.",
            "Fresh revocation data is needed to judge the transaction signature.",
            "Hub tự thử lại.",
            "The hub tries again.",
        ),
        _cause(
            "seal-key-missing",
            Fate.HELD,
            "Hub chưa giữ khóa ký được ủy quyền của người ký.",
            "The hub does not hold the delegated key of a signer.",
            "Nạp khóa của người ký (GVCN, CBQL, nhà trường) rồi bấm thử lại.",
            "Enter the signer's key (GVCN, CBQL, school), then retry.",
        ),
        _cause(
            "awaiting-signature",
            Fate.RETRY,
            "Đang chờ người ký đồng ý trên dịch vụ ký số từ xa.",
            "Its holder has been asked to sign at the remote signing service.",
            "Nhắc người ký mở ứng dụng ký số và bấm đồng ý; hub tự hỏi lại và tự đi tiếp.",
            "Remind the signer to open the signing application and agree; the hub asks again and goes on by itself.",
        ),
        _cause(
            "signer-refused",
            Fate.HELD,
            "Người ký đã từ chối ký.",
            "The holder has refused to sign.",
            "Trường hỏi người ký vì sao; sửa hồ sơ thì gửi lại bản mới, nếu chỉ bấm nhầm thì bấm thử lại để hỏi lại người ký.",
            "Ask the signer why; send a corrected record, or retry to ask again if it was a slip.",
        ),
        _cause(
            "signature-unanswered",
            Fate.HELD,
            "Đã nhắc nhiều lần mà người ký không trả lời.",
            "The holder was asked again and again and did not answer.",
            "Trường liên hệ người ký (nghỉ, chuyển công tác thì đổi người ký); xong thì bấm thử lại.",
            "The school reaches the signer, or names another; then retry.",
        ),
        _cause(
            "signer-locked",
            Fate.HELD,
            "Khóa ký của người ký đang bị khóa ở nhà cung cấp.",
            "The signer's key is locked at the provider.",
            "Người ký mở khóa với nhà cung cấp dịch vụ ký số; xong thì bấm thử lại.",
            "The signer has the provider unlock it; then retry.",
        ),
        _cause(
            "signer-credential",
            Fate.HELD,
            "Dịch vụ ký số không có khóa này, hoặc chứng thư đã hết hạn.",
            "The signing service has no such key, or its certificate has ended.",
            "Kiểm tra tệp khóa từ xa (tên khóa của người ký) và hạn chứng thư; xong thì bấm thử lại.",
            "Check the file of remote credentials and the certificate's dates; then retry.",
        ),
        _cause(
            "signer-account",
            Fate.HELD,
            "Dịch vụ ký số từ chối tài khoản của hub.",
            "The signing service refuses the hub's own account.",
            "Người vận hành kiểm tra tài khoản, hợp đồng với nhà cung cấp; xong thì bấm thử lại.",
            "Operators check the account and contract with the provider; then retry.",
        ),
        _cause(
            "signer-foreign",
            Fate.HELD,
            "Dịch vụ ký số trả về chữ ký không khớp với hồ sơ; hub không dùng.",
            "The service returned signatures that do not belong to the record; the hub does not use them.",
            "Báo nhà cung cấp dịch vụ ký số; xong thì bấm thử lại.",
            "Tell the provider; then retry.",
        ),
        _cause(
            "signer-down",
            Fate.DOWN,
            "Token, HSM hoặc dịch vụ ký số chưa trả lời.",
            "The token, HSM or signing service does not answer.",
            "Không cần làm gì: hub tự thử lại. Nếu kéo dài, người vận hành xem hocba doctor.",
            "Nothing: the hub tries again. If it lasts, operators look at hocba doctor.",
        ),
        _cause(
            "timestamp-down",
            Fate.DOWN,
            "Máy chủ dấu thời gian chưa trả lời.",
            "No timestamping authority answers.",
            "Không cần làm gì: hub tự thử lại. Nếu kéo dài, người vận hành xem hocba doctor.",
            "Nothing: the hub tries again. If it lasts, operators look at hocba doctor.",
        ),
        _cause(
            "no-place-to-seal",
            Fate.REFUSED,
            "Hồ sơ không có chỗ để hub ký thay: ô ký thiếu, lặp, hoặc đã có chữ ký mà hub không được làm hỏng.",
            "The record has no place for the hub's seal: a slot is missing or doubled, or a seal would break a signature.",
            "Phần mềm của trường xuất lại hồ sơ với đủ ô ký, hoặc để trường tự ký hết rồi gửi lại.",
            "Export the record again with all slots, or have the school sign all of it, then send it again.",
        ),
        _cause(
            "identity-mismatch",
            Fate.REFUSED,
            "Mã trong hồ sơ khác mã lúc tiếp nhận.",
            "The record's codes differ from those it was accepted under.",
            "Nhà cung cấp kiểm tra phần xuất dữ liệu.",
            "The vendor checks the export.",
        ),
        _cause(
            "poison",
            Fate.DEAD,
            "Hồ sơ làm hỏng tiến trình xử lý hai lần.",
            "The record broke its process twice.",
            "Gửi mã hồ sơ cho đội phát triển; sau khi sửa thì bấm thử lại.",
            "Give the record's code to the developers; retry once mended.",
        ),
        _cause(
            "worker-lost",
            Fate.DEAD,
            "Nhiều lần mất tiến trình khi đang xử lý hồ sơ.",
            "Its worker was lost again and again.",
            "Xem nhật ký worker, rồi bấm thử lại.",
            "Look at the workers' logs, then retry.",
        ),
        _cause(
            "internal",
            Fate.RETRY,
            "Lỗi trong hub.",
            "A fault inside the hub.",
            "Hub tự thử lại; hết lượt thì báo đội phát triển.",
            "The hub tries again; then tell the developers.",
        ),
        _cause(
            "exhausted",
            Fate.DEAD,
            "Đã thử hết số lần.",
            "Tried as often as the schedule allows.",
            "Xem nguyên nhân lần thử cuối, xử lý rồi bấm thử lại.",
            "See the last try's cause, mend it, retry.",
        ),
        _cause(
            "destination-down",
            Fate.DOWN,
            "Nơi nhận không trả lời.",
            "The destination does not answer.",
            "Không cần làm gì: hub tự gửi lại khi nơi nhận hoạt động.",
            "Nothing: the hub goes on when it is back.",
        ),
        _cause(
            "reply-lost",
            Fate.RETRY,
            "Mất câu trả lời sau khi đã gửi.",
            "The reply was lost after sending.",
            "Không cần làm gì: hub hỏi kết quả trước khi gửi lại.",
            "Nothing: the hub asks before it sends again.",
        ),
        _cause(
            "try-later",
            Fate.RETRY,
            "Nơi nhận hẹn gửi lại sau.",
            "The destination asks to try later.",
            "Không cần làm gì.",
            "Nothing.",
        ),
        _cause(
            "login-refused",
            Fate.HELD,
            "Nơi nhận từ chối tài khoản của đơn vị.",
            "The destination refuses the unit's account.",
            "Kiểm tra tài khoản, mật khẩu của đơn vị trên cổng rồi bấm thử lại.",
            "Check the unit's account and password at the portal, then retry.",
        ),
        _cause(
            "account-missing",
            Fate.HELD,
            "Chưa khai tài khoản cổng cho đơn vị.",
            "No portal account is set for the unit.",
            "Khai tài khoản của đơn vị rồi bấm thử lại.",
            "Enter the unit's account, then retry.",
        ),
        _cause(
            "certificate-not-approved",
            Fate.HELD,
            "Cổng chưa duyệt chứng thư số ký giao dịch.",
            "The portal has not approved the transaction's certificate.",
            "Đăng ký chứng thư số (giao dịch 3), chờ duyệt rồi bấm thử lại.",
            "Register the certificate (transaction 3), wait for approval, then retry.",
        ),
        _cause(
            "package-refused",
            Fate.DEAD,
            "Cổng từ chối cả gói chỉ có một hồ sơ này.",
            "The portal refuses a package with this record alone.",
            "Đối chiếu mã lỗi của cổng, sửa cấu hình rồi bấm thử lại.",
            "Compare the portal's code, mend the settings, then retry.",
        ),
        _cause(
            "batch-incomplete",
            Fate.RETRY,
            "Lô của trường không còn đủ hồ sơ để đi nguyên trạng.",
            "Not every record of the school's batch goes on, so it cannot go as it is.",
            "Không cần làm gì: hub đóng gói lại các hồ sơ còn lại.",
            "Nothing: the hub packs the others anew.",
        ),
        _cause(
            "package-too-large",
            Fate.DEAD,
            "Một hồ sơ lớn hơn dung lượng một giao dịch.",
            "One record is larger than a transaction may be.",
            "Trường tạo lại hồ sơ nhỏ hơn.",
            "The school makes a smaller record.",
        ),
        _cause(
            "no-verdict",
            Fate.HELD,
            "Cổng nhận gói nhưng không trả kết quả.",
            "The portal took the package and gives no verdict.",
            "Hỏi đơn vị vận hành cổng, rồi bấm thử lại.",
            "Ask the portal's operators, then retry.",
        ),
        _cause(
            "registration-rejected",
            Fate.DEAD,
            "Cổng không nhận giao dịch đăng ký chứng thư số.",
            "The portal does not take the registration of a certificate.",
            "Đối chiếu mã lỗi của cổng, ký lại đăng ký bằng chính chứng thư số đó rồi gửi lại.",
            "Compare the portal's code, sign the registration again with that very certificate, send it again.",
        ),
        _cause(
            "registration-refused",
            Fate.REFUSED,
            "Cổng từ chối phê duyệt chứng thư số.",
            "The portal refuses to approve the certificate.",
            "Đọc mã và lời của cổng; sửa thông tin rồi đăng ký lại, hoặc đăng ký chứng thư khác.",
            "Read the portal's code and words; mend the details and register again, or register another.",
        ),
        _cause(
            "registration-unanswered",
            Fate.DEAD,
            "Cổng đã nhận đăng ký chứng thư số nhưng quá lâu không phê duyệt hay từ chối.",
            "The portal took the registration of a certificate and has not decided for too long.",
            "Hỏi đơn vị phê duyệt, rồi gửi lại đăng ký.",
            "Ask those who approve, then send the registration again.",
        ),
        _cause(
            "registration-ended",
            Fate.SUPERSEDED,
            "Đăng ký chứng thư số đã được quyết định ở nơi khác nên không gửi nữa.",
            "The registration was decided elsewhere and is not sent any more.",
            "Không cần làm gì.",
            "Nothing.",
        ),
        _cause(
            "still-judging",
            Fate.RETRY,
            "Nơi nhận chưa xét xong gói.",
            "The destination has not judged the whole package yet.",
            "Không cần làm gì: hub hỏi lại.",
            "Nothing: the hub asks again.",
        ),
        _cause(
            "uuid-used-elsewhere",
            Fate.HELD,
            "Cổng báo UUID đã dùng, hub đang đối chiếu.",
            "The portal says the UUID is used; it is being reconciled.",
            "Đối chiếu với cổng xem hồ sơ đã có hiệu lực chưa, rồi bấm thử lại.",
            "Compare with the portal whether the record is in force, then retry.",
        ),
        _cause(
            "city",
            Fate.REFUSED,
            "Nơi nhận từ chối hồ sơ.",
            "The destination refused the record.",
            "Đọc mã và lời của cổng, sửa hồ sơ rồi gửi lại với UUID mới nếu cần.",
            "Read the portal's code and words, mend the record and send again.",
        ),
        _cause(
            "refused-by-school",
            Fate.REFUSED,
            "Trường nhận từ chối hồ sơ trả về.",
            "The receiving school refused a returned record.",
            "Xem lý do của trường; nơi nhận đã được báo.",
            "See the school's reason; the destination has been told.",
        ),
        _cause(
            "newer-transfer-has-gone",
            Fate.SUPERSEDED,
            "Bản mới hơn của cùng học sinh đã đi trước.",
            "A newer record of the same pupil has gone.",
            "Không cần làm gì.",
            "Nothing.",
        ),
        _cause(
            "unmatched-school",
            Fate.HELD,
            "Trường nhận chưa có trong hub.",
            "The hub knows no such school.",
            "Khai trường và phần mềm của trường, rồi bấm thử lại.",
            "Enter the school and its software, then retry.",
        ),
        _cause(
            "returned-signature",
            Fate.HELD,
            "Hồ sơ trả về có chữ ký không hợp lệ.",
            "A returned record's signature is not valid.",
            "Báo Sở kiểm tra bản gốc; không chuyển cho trường.",
            "Ask the city to check the original; it is not passed on.",
        ),
        _cause(
            "returned-content",
            Fate.HELD,
            "Không đọc được hồ sơ trả về.",
            "The returned content cannot be read.",
            "Báo đơn vị vận hành cổng.",
            "Tell the portal's operators.",
        ),
    ]
)
"""Every cause by id. A cause on a row may carry more after a colon: `rule:B10`, `city:R02`, `indeterminate:…`."""


def cause_of(text: str) -> Cause:
    """The catalogue's entry for a row's cause."""
    return CAUSES.get(text.split(":", 1)[0], CAUSES["internal"])


def fate_of(text: str) -> Fate:
    """What a cause means."""
    return cause_of(text).fate


def cause_of_fault(fault: PortalFault) -> str:
    """The catalogue's word for an exchange that brought no answer."""
    match fault:
        case PortalDown():
            return "destination-down"
        case ReplyLost():
            return "reply-lost"
        case TryLater():
            return "try-later"
        case LoginRefused():
            return "login-refused"
        case AccountMissing():
            return "account-missing"
        case CertificateRefused():
            return "certificate-not-approved"
        case _:
            return "internal"


def delay(schedule: Sequence[float], tries: int, jitter: float) -> float | None:
    """Seconds until the next try after `tries` that failed; None when the schedule is used up."""
    if tries >= len(schedule):
        return None
    return schedule[tries] * (1 + random.uniform(0, jitter))  # noqa: S311 - spreading load, not secrets


def rhythm(schedule: Sequence[float], tries: int, jitter: float) -> float:
    """Like `delay`, the last one repeating for ever."""
    return schedule[min(tries, len(schedule) - 1)] * (1 + random.uniform(0, jitter))  # noqa: S311


def later(schedule: Sequence[float], jitter: float) -> float:
    """Seconds until something that is down is tried again: from the middle of the probes' schedule."""
    return rhythm(schedule, len(schedule) // 2, jitter)


RECONCILE = "R04"
"""The destination's code for «UUID already used»: of a UUID the hub itself sent it means reconcile, never refused."""
