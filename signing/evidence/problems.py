"""What can be wrong with an evidence record beside its timestamps, declared once."""

from collections.abc import Mapping
from types import MappingProxyType

from schemas.findings import Words
from signing.indications import Indication, SubIndication
from signing.timestamps import PROBLEMS as OF_TIMESTAMPS
from signing.timestamps import Problem

_FAILED, _OPEN = Indication.FAILED, Indication.INDETERMINATE
_S = SubIndication

_DECLARED = (
    Problem(
        "evidence-malformed", _FAILED, _S.FORMAT_FAILURE,
        Words(
            "Tệp bằng chứng không đúng cấu trúc, hoặc có phần mà hub không đọc.",
            "The evidence record is not of the standard's structure, or has parts that the hub does not read."),
        "RFC 4998 3.1; RFC 6283 2.1",
    ),
    Problem(
        "evidence-other-data", _FAILED, _S.HASH_FAILURE,
        Words(
            "Bằng chứng này không phải của tệp này: tệp đã bị sửa, hoặc lấy nhầm tệp.",
            "The evidence is not about this file: it was changed, or it is another one."),
        "RFC 4998 4.3, 5.3; RFC 6283 3.3",
    ),
    Problem(
        "evidence-tree", _FAILED, _S.HASH_FAILURE,
        Words(
            "Cây băm trong bằng chứng không dẫn tới điều mà dấu thời gian xác nhận.",
            "The hash tree does not lead to what the timestamp was given for."),
        "RFC 4998 4.3; RFC 6283 3.1.1",
    ),
    Problem(
        "evidence-link", _FAILED, _S.HASH_FAILURE,
        Words(
            "Dấu thời gian gia hạn không nối với phần bằng chứng trước nó.",
            "A renewal does not cover the evidence before it."),
        "RFC 4998 5.3; RFC 6283 4.3",
    ),
    Problem(
        "evidence-order", _FAILED, _S.TIMESTAMP_ORDER_FAILURE,
        Words(
            "Các dấu thời gian trong bằng chứng không theo thứ tự thời gian.",
            "The timestamps of the record are not in the order of their times."),
        "RFC 4998 5.1; RFC 6283 4.1",
    ),
    Problem(
        "evidence-algorithm-aged", _OPEN, _S.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
        Words(
            "Thuật toán của bằng chứng đã hết được phép dùng trước khi được gia hạn.",
            "An algorithm of the record was no longer allowed before it was renewed."),
        "RFC 4998 5.3; TT 15/2025/TT-BKHCN",
    ),
)  # fmt: skip

PROBLEMS: Mapping[str, Problem] = MappingProxyType({each.cause: each for each in _DECLARED} | dict(OF_TIMESTAMPS))
"""All problems by cause, those of timestamps among them."""

REMEDY = Words(
    "Lấy lại đúng tệp học bạ và tệp bằng chứng đã xuất cùng nhau; nếu vẫn sai, xin cơ quan lưu giữ xuất lại.",
    "Take the record and the evidence that were exported together; if they still fail, ask who keeps them for others.",
)
"""what to do about those of the record itself"""
