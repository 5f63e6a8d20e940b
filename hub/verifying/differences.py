"""Where another engine's opinion differs from the hub's verdict, and why: a kind for each reason, in words."""

from dataclasses import dataclass
from enum import StrEnum

from hub.verifying.told import Judged, Signature
from schemas.findings import Words
from signing.second_opinion import Engine, Opinion
from signing.verify import Indication
from signing.verify.faults import FAULTS


class Kind(StrEnum):
    """Why two engines may say two things of one signature."""

    TRUST = "trust"
    RULES = "rules"
    STRENGTH = "strength"
    PROPERTIES = "properties"
    PLACE = "place"
    TRANSFORM = "transform"
    NOT_ASKED = "not-asked"
    UNSUPPORTED = "unsupported"
    CORE = "core"


WORDS = {
    Kind.TRUST: Words(
        "Bộ kiểm kia được đưa sẵn chứng thư trong tệp và chỉ hỏi giá trị chữ ký: nó không xét đường dẫn tin cậy, hiệu lực,"
        " thu hồi.",
        "The other was handed the certificate in the file and asked for the value alone: it knows no path, validity or"
        " revocation.",
    ),
    Kind.RULES: Words(
        "Bộ kiểm kia không biết quy định: ai phải ký, CCCD, chứng thư được phê duyệt, NGAY_KY, thứ tự thời điểm.",
        "The other knows no such rules: who must sign, personal ids, approvals, NGAY_KY, order of times.",
    ),
    Kind.STRENGTH: Words(
        "Bộ kiểm kia nhận thuật toán hoặc khóa mà quy định không cho (ví dụ RSA-1024).",
        "The other takes an algorithm or key that the rules do not allow (RSA-1024 for example).",
    ),
    Kind.PROPERTIES: Words(
        "Bộ kiểm kia không đọc thuộc tính được ký: thời điểm ký, chứng thư mà chữ ký nêu.",
        "The other does not read the signed properties: signing time, the certificate that is named.",
    ),
    Kind.PLACE: Words(
        "Bộ kiểm kia không xét chữ ký nằm ở đâu trong hồ sơ và tham chiếu gì ngoài vùng dữ liệu.",
        "The other does not ask where a signature stands and what else it refers to.",
    ),
    Kind.TRANSFORM: Words(
        "Hai bên xử lý phép biến đổi khác nhau: hub chỉ nhận phép trong danh sách; signxml bỏ qua phép nó không biết;"
        " xmlsec1 thực hiện mọi phép được mở.",
        "Transforms are treated differently: the hub takes those on its list; signxml skips what it does not know; xmlsec1"
        " performs all that are enabled.",
    ),
    Kind.NOT_ASKED: Words(
        "Bộ kiểm kia không được hỏi: hồ sơ không qua bước sàng lọc, hoặc không tìm thấy chữ ký ở vị trí quy định.",
        "The other was not asked: the record fails the pre-screen, or there is no signature in its place.",
    ),
    Kind.UNSUPPORTED: Words(
        "Bộ kiểm kia không hỗ trợ dạng này (ví dụ XPath Filter 2.0, RSA-PSS, Id viết hoa khác); lời của nó ghi bên cạnh.",
        "The other does not support this form (XPath Filter 2.0, RSA-PSS, a spelling of Id); its own words stand beside.",
    ),
    Kind.CORE: Words(
        "Hai bên trái nhau về chính giá trị băm hoặc chữ ký: báo đội phát triển Hocba Hub kèm tệp này.",
        "The two contradict each other on digests or the value itself: report it to the developers, with the file.",
    ),
}
"""reason by kind"""

_BY_STEP = {
    1: Kind.PLACE,
    3: Kind.PLACE,
    4: Kind.TRANSFORM,
    5: Kind.PLACE,
    6: Kind.CORE,
    7: Kind.CORE,
    8: Kind.PROPERTIES,
    9: Kind.TRUST,
    10: Kind.RULES,
}
_STRENGTH = frozenset({"algorithm-forbidden", "key-too-small", "algorithm-outdated"})
_UNSUPPORTED = (
    "NotImplementedError",
    "transform",
    "not supported",
    "unsupported",
    "Unable to resolve",
    "Invalid input",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One signature of which two engines say two things."""

    file: str
    """name of the file"""
    record: int | None
    """1-based place of the record; None: the batch itself"""
    uuid: str | None
    """MA_TRA_CUU_UUID"""
    slot: str
    """which signature"""
    ours: Indication
    """the hub's verdict"""
    cause: str | None
    """the hub's reason; None when passed"""
    engine: Engine
    """who differs"""
    accepted: bool
    """what it says"""
    reason: str | None
    """its own words; None when it accepts"""
    kind: Kind
    """why"""


def differences_of(judged: Judged) -> list[Difference]:
    """Every opinion on a record or batch that differs from the hub's verdict."""
    return [
        _difference(judged, signature, signature.indication, opinion)
        for signature in judged.signatures
        for opinion in signature.opinions
        if signature.indication is not None and opinion.accepted != signature.passed
    ]


def _difference(judged: Judged, signature: Signature, ours: Indication, opinion: Opinion) -> Difference:
    return Difference(
        file=judged.file,
        record=judged.number,
        uuid=judged.uuid,
        slot=signature.slot,
        ours=ours,
        cause=signature.cause,
        engine=opinion.engine,
        accepted=opinion.accepted,
        reason=opinion.reason,
        kind=kind_of(signature.cause, opinion),
    )


def kind_of(cause: str | None, opinion: Opinion) -> Kind:
    """Why an opinion differs from a verdict with this cause."""
    reason = opinion.reason or ""
    if reason.startswith("not "):
        return Kind.NOT_ASKED
    if cause is None:
        unsupported = any(mark.lower() in reason.lower() for mark in _UNSUPPORTED)
        return Kind.UNSUPPORTED if unsupported else Kind.CORE
    if cause in _STRENGTH:
        return Kind.STRENGTH
    return _BY_STEP[FAULTS[cause].step]
