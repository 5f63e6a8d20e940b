"""Causes that end or hold the registration of a certificate with a portal."""

from ledger.states import Fate
from routes.fates.causes import cause

REGISTRATIONS = (
    cause(
        "registration-rejected",
        Fate.DEAD,
        "Cổng không nhận giao dịch đăng ký chứng thư số.",
        "The portal does not take the registration of a certificate.",
        "Đối chiếu mã lỗi của cổng, ký lại đăng ký bằng chính chứng thư số đó rồi gửi lại.",
        "Compare the portal's code, sign the registration again with that very certificate, send it again.",
    ),
    cause(
        "registration-refused",
        Fate.REFUSED,
        "Cổng từ chối phê duyệt chứng thư số.",
        "The portal refuses to approve the certificate.",
        "Đọc mã và lời của cổng; sửa thông tin rồi đăng ký lại, hoặc đăng ký chứng thư khác.",
        "Read the portal's code and words; mend the details and register again, or register another.",
    ),
    cause(
        "registration-signature",
        Fate.HELD,
        "Không lập được đăng ký chứng thư số từ chữ ký mà dịch vụ ký số trả về.",
        "No registration could be made of the signature that the signing service returned.",
        "Xem chứng thư số còn hiệu lực và đủ kiểu chữ ký, nhà phát hành; rồi gửi lại đăng ký để mời ký lại.",
        "See whether the certificate still holds, and kind and issuer are there; send the registration again.",
    ),
    cause(
        "registration-unanswered",
        Fate.DEAD,
        "Cổng đã nhận đăng ký chứng thư số nhưng quá lâu không phê duyệt hay từ chối.",
        "The portal took the registration of a certificate and has not decided for too long.",
        "Hỏi đơn vị phê duyệt, rồi gửi lại đăng ký.",
        "Ask those who approve, then send the registration again.",
    ),
    cause(
        "registration-ended",
        Fate.SUPERSEDED,
        "Đăng ký chứng thư số đã được quyết định ở nơi khác nên không gửi nữa.",
        "The registration was decided elsewhere and is not sent any more.",
        "Không cần làm gì.",
        "Nothing.",
    ),
)
