"""How the signature of a registration stands whose key is at a remote service, in words for staff."""

from routes.fates import cause_of
from schemas.findings import Words

_OPEN = Words(
    "Đang mời người giữ khóa của chứng thư này ký đăng ký trên dịch vụ ký số từ xa; ký xong hub tự gửi cổng.",
    "The holder of this certificate's key is asked to sign the registration at the remote service; the hub sends it then.",
)
_COME = Words(
    "Người giữ khóa đã ký; hub đang lập đăng ký để gửi cổng.",
    "The holder has signed; the hub is about to send the registration.",
)
_AGAIN = Words(
    "Để mời ký lại, gửi lại đăng ký: hocba certificates send.",
    "To ask again, send the registration again: hocba certificates send.",
)


def signature_standing(state: str, cause: str) -> Words:
    """What staff are told of a request's state and cause."""
    if state == "answered":
        return _COME
    if state not in ("refused", "failed"):
        return _OPEN
    said = cause_of(cause)
    return Words(f"{said.words.vi} {said.remedy.vi} {_AGAIN.vi}", f"{said.words.en} {said.remedy.en} {_AGAIN.en}")
