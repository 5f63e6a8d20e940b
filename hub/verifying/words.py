"""What the reports say beside the findings' own words, in Vietnamese and English."""

from collections.abc import Mapping
from datetime import datetime

from hub.verifying.judging import APPROVAL, APPROVAL_OF_SENDER, ONLINE
from hub.verifying.told import GENERIC
from schemas.findings import Words
from signing.verify import Indication, SubIndication
from signing.verify.faults import FAULTS
from signing.verify.policy import VIETNAM

_WORDS = {
    "title": Words("Kết quả kiểm chữ ký số", "Result of the verification"),
    "passed": Words("ĐẠT", "PASSED"),
    "failed": Words("CHƯA ĐẠT", "NOT PASSED"),
    "hold": Words("đạt", "hold"),
    "records": Words("hồ sơ", "records"),
    "record": Words("hồ sơ", "record"),
    "batches": Words("lô có chữ ký giao dịch", "signed batches"),
    "batch": Words("chữ ký giao dịch của lô", "the batch's own signature"),
    "forms": Words("bản in PDF", "printed forms"),
    "printed": Words("bản in", "printed form"),
    "signatures": Words("chữ ký", "signatures"),
    "signature": Words("Chữ ký", "Signature"),
    "files": Words("tệp", "files"),
    "seconds": Words("giây", "s"),
    "line": Words("dòng", "line"),
    "verdict": Words("Kết luận", "Verdict"),
    "where": Words("Vị trí", "Place"),
    "what": Words("Điều tìm thấy", "What was found"),
    "remedy": Words("Cách sửa", "Remedy"),
    "seen": Words("thấy", "seen"),
    "expected": Words("cần", "expected"),
    "step": Words("bước", "step"),
    "steps": Words("Các bước", "Steps"),
    "signed_at": Words("thời điểm ký khai báo", "claimed time"),
    "certificate": Words("chứng thư", "certificate"),
    "holder": Words("chủ thể", "holder"),
    "issuer": Words("cấp bởi", "issued by"),
    "valid": Words("hiệu lực", "valid"),
    "ended": Words("nay đã hết hạn", "ended by now"),
    "chain": Words("đường dẫn", "chain"),
    "no_path": Words("không có đường dẫn tới gốc tin cậy", "no path to a trusted root"),
    "form": Words("dạng", "form"),
    "evidence": Words("bằng chứng", "evidence"),
    "there_since": Words("có nguyên vẹn từ trước", "there, as it is, since before"),
    "decided": Words(
        "chữ ký được xét như tại thời điểm ấy: bằng chứng cho thấy lúc đó đã có chữ ký",
        "the signatures are judged as of that time: the evidence proves that they were there",
    ),
    "level": Words("mức XAdES", "XAdES level"),
    "pdf_level": Words("mức", "level"),
    "kept_by": Words("được chữ ký bao ngoài chứng minh:", "proven by the signature around it:"),
    "stamped": Words("dấu thời gian", "timestamps"),
    "provable": Words("chứng minh được đến", "provable until"),
    "cause": Words("Nguyên nhân", "Cause"),
    "causes": Words("Nguyên nhân", "Causes"),
    "count": Words("Số lượng", "Count"),
    "not_checked": Words("Chưa kiểm", "Not checked"),
    "skipped": Words("Bỏ qua, tệp không mang chữ ký", "Passed by, no signed files"),
    "unread": Words("Không đọc được", "Could not be read"),
    "beyond": Words("kết luận nữa được đếm mà không liệt kê", "more are counted and not listed"),
    "more": Words("nữa", "more"),
    "basis_of": Words("Kiểm theo", "Judged by"),
    "policy": Words("quy định", "policy"),
    "trust": Words("kho tin cậy", "trust"),
    "at": Words("tại", "as of"),
    "others": Words("Ý kiến của bộ kiểm khác", "Other engines"),
    "accepts": Words("nhận", "accepts"),
    "refuses": Words("không nhận", "refuses"),
    "differences": Words("Khác nhau giữa các bộ kiểm", "Where the engines differ"),
    "no_differences": Words("Các bộ kiểm nói như nhau.", "The engines agree."),
    "why": Words("Vì sao", "Why"),
    "engine": Words("Bộ kiểm", "Engine"),
    "ours": Words("hub", "hub"),
    "filter": Words("Hiện", "Show"),
    "all": Words("tất cả", "all"),
    "unpassed": Words("chưa đạt", "not passed"),
    "masked": Words(
        "Chủ thể chứng thư và giá trị có thể là dữ liệu cá nhân được thay bằng «…»; hiện bằng --values.",
        "Holders of certificates and values that may be personal are replaced by «…»; --values shows them.",
    ),
    "opinion_only": Words(
        "Đây là ý kiến của bộ kiểm khác về giá trị chữ ký, không phải kết luận của hub.",
        "This is another engine's opinion on the values of signatures, not the hub's verdict.",
    ),
}

INDICATIONS: Mapping[str, Words] = {
    Indication.PASSED: Words("hợp lệ", "valid"),
    Indication.FAILED: Words("không hợp lệ", "invalid"),
    Indication.INDETERMINATE: Words("chưa kết luận được", "not conclusive"),
}
"""words for the main indications"""

SUB_INDICATIONS: Mapping[str, Words] = {
    SubIndication.FORMAT_FAILURE: Words("sai định dạng", "wrong format"),
    SubIndication.HASH_FAILURE: Words("dữ liệu đã đổi sau khi ký", "changed after signing"),
    SubIndication.SIG_CRYPTO_FAILURE: Words("giá trị chữ ký sai", "wrong signature value"),
    SubIndication.REVOKED: Words("chứng thư đã bị thu hồi", "certificate revoked"),
    SubIndication.EXPIRED: Words("chứng thư đã hết hạn", "certificate expired"),
    SubIndication.NOT_YET_VALID: Words("chứng thư chưa có hiệu lực", "certificate not yet valid"),
    SubIndication.SIG_CONSTRAINTS_FAILURE: Words("trái quy định về chữ ký", "against the rules for signatures"),
    SubIndication.CHAIN_CONSTRAINTS_FAILURE: Words("trái quy định về chứng thư", "against the rules for certificates"),
    SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE: Words("đường dẫn chứng thực sai", "certificate chain fails"),
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE: Words("thuật toán không được phép", "algorithm not allowed"),
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE: Words(
        "thuật toán đã lỗi thời, không rõ ký khi nào", "algorithm outdated, no proof of time"
    ),
    SubIndication.POLICY_PROCESSING_ERROR: Words("quy định không xử lý được", "policy cannot be processed"),
    SubIndication.SIGNATURE_POLICY_NOT_AVAILABLE: Words("không có chính sách ký được nêu", "signature policy unknown"),
    SubIndication.NO_SIGNING_CERTIFICATE_FOUND: Words("không tìm thấy chứng thư ký", "no signing certificate"),
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND: Words("chứng thư không thuộc gốc tin cậy", "no trusted chain"),
    SubIndication.REVOKED_NO_POE: Words("thu hồi sau khi ký, không có dấu thời gian", "revoked, no proof of time"),
    SubIndication.REVOKED_CA_NO_POE: Words("nơi cấp bị thu hồi, không có dấu thời gian", "issuer revoked, no proof"),
    SubIndication.TRY_LATER: Words("chưa đủ thông tin thu hồi, thử lại sau", "revocation unknown, try later"),
    SubIndication.SIGNED_DATA_NOT_FOUND: Words("không tìm thấy dữ liệu được ký", "signed data not found"),
    SubIndication.TIMESTAMP_ORDER_FAILURE: Words("thời điểm trái thứ tự với dấu thời gian", "times out of order"),
    SubIndication.OUT_OF_BOUNDS_NO_POE: Words("chứng thư hết hạn, không có dấu thời gian", "expired, no proof of time"),
    GENERIC: Words("không xem xét được đến cùng", "could not be looked at to the end"),
}
"""words for the sub-indications"""

NOT_CHECKED: Mapping[str, Words] = {
    APPROVAL: Words(
        "S05: chứng thư của đơn vị có được phê duyệt không (thêm --registry)",
        "S05: whether the institution's certificate was approved (add --registry)",
    ),
    APPROVAL_OF_SENDER: Words(
        "S05: lô của nhiều trường, chưa biết đơn vị nào gửi (thêm --sender-unit)",
        "S05: a batch of several schools, its sender is not known (add --sender-unit)",
    ),
    "S07": Words(
        "S07: người ký có được phân công ở vai đó không (thêm --roster)",
        "S07: whether the signer was given that role (add --roster)",
    ),
    ONLINE: Words(
        "thu hồi trực tuyến: chỉ hỏi CRL và trả lời OCSP có sẵn trong kho tin cậy",
        "online revocation: only the lists and OCSP responses in the trust folder were asked",
    ),
}
"""words for what was not checked"""


def said(name: str, lang: str) -> str:
    """One of the words above."""
    return in_lang(_WORDS[name], lang)


def in_lang(words: Words, lang: str) -> str:
    """One of the two languages."""
    return words.vi if lang == "vi" else words.en


def indicated(indication: str, sub_indication: str | None, lang: str) -> str:
    """A verdict in ETSI's words, and what they mean."""
    told = SUB_INDICATIONS[sub_indication] if sub_indication else INDICATIONS[indication]
    official = f"{indication} · {sub_indication}" if sub_indication else indication
    return f"{official} ({in_lang(told, lang)})"


def cause_in_words(cause: str, lang: str) -> str:
    """What a cause of the verifier says; other causes are rules and say so elsewhere."""
    if cause.startswith("pdf-"):
        from signing.printed.problems import PROBLEMS

        return in_lang(PROBLEMS[cause].message, lang)
    kind = FAULTS.get(cause)
    return "" if kind is None else in_lang(kind.message, lang)


def clock(moment: datetime) -> str:
    """A second by the clock in Vietnam, as people write it."""
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y %H:%M:%S}"
