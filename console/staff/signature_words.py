"""How a request for signatures stands, in plain words, and whose turn it is."""

from collections.abc import Callable
from dataclasses import dataclass

from console.staff.moments import number
from ledger.signature_views import NEAR_DAYS, HolderView, SignatureCounts, SignatureStep
from routes.fates import cause_of
from schemas.findings import Words

LINK = "/console/signatures"


@dataclass(frozen=True, slots=True)
class Condition:
    """How it stands with one holder."""

    grade: str
    """good (people are at it), warn (somebody should remind them) or bad (somebody must act)"""
    words: Words
    """what is the matter"""
    who: Words
    """whose turn it is"""


HOLDER = Words(
    vi="Người ký mở ứng dụng ký số và bấm đồng ý.", en="The holder opens the signing application and agrees."
)
REMIND = Words(vi="Trường nhắc người ký; hub tự hỏi lại.", en="The school reminds the holder; the hub asks again.")
HUB = Words(vi="Không ai phải làm gì: hub tự hỏi.", en="Nobody: the hub asks by itself.")
PROVIDER = Words(
    vi="Hub tự thử lại; kéo dài thì người vận hành gọi nhà cung cấp dịch vụ ký số.",
    en="The hub tries again; if it lasts, operators call the provider.",
)
_SERVICE_DOWN = Words(vi="Dịch vụ ký số không trả lời.", en="The signing service does not answer.")
_FOREIGN = Words(vi="Dịch vụ trả về chữ ký không khớp, hub không dùng.", en="The service returned foreign signatures.")
_ANSWERED_LATE = Words(
    vi="Đã gửi, chưa rõ dịch vụ có nhận không.", en="Sent; it is not known whether the service took it."
)
_OUT = Words(vi="Đã mời, đang chờ bấm đồng ý.", en="Asked, waiting for the holder to agree.")
_SOON = Words(vi="Sắp mời.", en="About to be asked.")


def condition_of(view: HolderView) -> Condition:
    """The one thing to know of a holder."""
    if view.standing != "open":
        cause = cause_of(view.cause)
        return Condition("bad", cause.words, cause.remedy)
    if view.cause == "signer-foreign":
        return Condition("bad", _FOREIGN, PROVIDER)
    if view.cause in ("signer-down", "signer-account", "signer-locked"):
        return Condition("bad", _SERVICE_DOWN if view.cause == "signer-down" else cause_of(view.cause).words, PROVIDER)
    if view.out:
        return Condition("good", _OUT, HOLDER) if view.known else Condition("warn", _ANSWERED_LATE, HUB)
    if view.cause == "expired":
        return Condition("warn", _unanswered(view.asks), REMIND)
    return Condition("good", _SOON, HUB)


def why(step: SignatureStep) -> Words | None:
    """Why one request did not simply come to its signature; None when there is nothing to say."""
    if not step.cause:
        return None
    return _unanswered(step.asks) if step.cause == "expired" else cause_of(step.cause).words


def _unanswered(asks: int) -> Words:
    return Words(vi=f"Đã mời {asks} lần, chưa đồng ý lần nào.", en=f"Asked {asks} times, never agreed.")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that somebody should know or do, for the first page."""

    grade: str
    """bad or warn"""
    words: Words
    """what it is"""
    link: str
    """page where it is seen"""


_TOLD: tuple[tuple[str, Callable[[SignatureCounts], int], str, str], ...] = (
    ("bad", lambda c: c.near, f"chờ ký mà hạn chót còn không quá {NEAR_DAYS} ngày", "unsigned, with the deadline near"),
    (
        "bad",
        lambda c: c.down,
        "chờ dịch vụ ký số đang không trả lời",
        "wait for a signing service that does not answer",
    ),
    ("bad", lambda c: c.failed, "không ký được, phải có người xử lý", "cannot be signed: somebody must act"),
    ("bad", lambda c: c.refused, "bị người ký từ chối", "refused by their holders"),
    ("warn", lambda c: c.unanswered, "đã mời ký mà chưa ai bấm đồng ý", "asked for in vain so far"),
    ("warn", lambda c: c.waiting, "đang chờ người ký", "wait for their holders"),
)


def lines(counts: SignatureCounts) -> list[Line]:
    """What signatures need of people, the worst first; nothing when nobody is waited for."""
    return [
        Line(grade, Words(vi=f"{number(many)} chữ ký {vi}", en=f"{number(many)} signatures {en}"), LINK)
        for grade, count, vi, en in _TOLD
        if (many := count(counts))
    ]
