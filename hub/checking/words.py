"""What the reports say beside the findings' own words, in Vietnamese and English, and where a rule's words are."""

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from schemas.findings import Words
from schemas.rules.rule import Rule

_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WORDS = {
    "title": ("Kết quả kiểm tra học bạ", "Result of the check"),
    "error": ("lỗi", "error"),
    "warning": ("nhắc", "warning"),
    "errors": ("lỗi", "errors"),
    "warnings": ("nhắc", "warnings"),
    "records": ("hồ sơ", "records"),
    "record": ("hồ sơ", "record"),
    "files": ("tệp", "files"),
    "file": ("Tệp", "File"),
    "line": ("dòng", "line"),
    "rule": ("Mã", "Rule"),
    "weight": ("Mức", "Weight"),
    "what": ("Điều tìm thấy", "What was found"),
    "must": ("Điều phải đúng", "What must hold"),
    "where": ("Vị trí", "Place"),
    "offset": ("byte", "octet"),
    "seen": ("thấy", "seen"),
    "expected": ("cần", "expected"),
    "remedy": ("Cách sửa", "Remedy"),
    "basis": ("Căn cứ", "Basis"),
    "in": ("ở", "in"),
    "more": ("chỗ nữa", "more places"),
    "not_checked": ("Chưa kiểm tra được (thiếu danh sách đối chiếu)", "Not checked (no roster to compare with)"),
    "skipped": ("Bỏ qua, không phải tệp hồ sơ", "Passed by, no record files"),
    "unread": ("Không đọc được", "Could not be read"),
    "good": ("ĐẠT", "PASSED"),
    "bad": ("CHƯA ĐẠT", "FAILED"),
    "without": ("không có lỗi", "without an error"),
    "seconds": ("giây", "s"),
    "beyond": ("điều nữa được đếm mà không liệt kê", "more are counted and not listed"),
    "all_rules": ("Mọi mã", "All rules"),
    "filter": ("Lọc theo mã", "Filter by rule"),
    "nothing": ("Không có lỗi hay điều cần nhắc.", "Nothing to remark on."),
    "checked": ("Cấu trúc", "Structure"),
    "observed": ("cấu trúc chỉ mới quan sát được, chưa có văn bản", "observed only, no official text"),
    "masked": (
        "Giá trị có thể là dữ liệu cá nhân được thay bằng «…».",
        "Values that may be personal data are replaced by «…».",
    ),
    "summary": ("Tóm tắt", "Summary"),
}


def said(name: str, lang: str) -> str:
    """One of the words above."""
    vi, en = _WORDS[name]
    return vi if lang == "vi" else en


def in_lang(words: Words, lang: str) -> str:
    """A finding's or a rule's words."""
    return words.vi if lang == "vi" else words.en


def figure(number: float, lang: str) -> str:
    """1.234 and 0,5 in Vietnamese; 1,234 and 0.5 in English."""
    text = f"{number:,}" if isinstance(number, int) else f"{number:,.1f}"
    return text.translate(str.maketrans(",.", ".,")) if lang == "vi" else text


def writable(text: str) -> str:
    """What XML cannot carry is shown as a mark."""
    return _UNWRITABLE.sub("�", text)


def rule_of(name: str) -> Rule | None:
    """A rule by its id, wherever it is declared."""
    return _known().get(name)


@cache
def _known() -> Mapping[str, Rule]:
    from connectors import refusals
    from schemas.rules import rules

    own = (value for value in vars(refusals).values() if isinstance(value, Rule))
    return MappingProxyType({**{rule.id: rule for rule in own}, **rules()})
