"""A record as the official XML of CV 2088 writes it, already in canonical form."""

import re

from sandbox.records import Draft
from sandbox.results import Mark

_MARKUP = re.compile(r"[&<>\r]")


def write_data(record: Draft) -> str:
    """`DU_LIEU_HOC_BA`, already in canonical form: no declaration, no empty-element tags, no white space between."""
    years = "".join(f"<NAM>{_elements(year)}</NAM>" for year in record.years)
    marks = "".join(_mark(mark) for mark in record.marks)
    return (
        '<DU_LIEU_HOC_BA Id="data">'
        f"<THONG_TIN_CHUNG>{_elements(record.general)}</THONG_TIN_CHUNG>"
        f"<QUA_TRINH_HOC_TAP>{years}</QUA_TRINH_HOC_TAP>"
        f"<TONG_KET>{_elements(record.summary)}<BANG_DIEM>{marks}</BANG_DIEM>"
        f"<DANH_GIA_NANG_LUC_PHAM_CHAT>{_elements(record.assessments)}</DANH_GIA_NANG_LUC_PHAM_CHAT></TONG_KET>"
        "</DU_LIEU_HOC_BA>"
    )


def _elements(fields: dict[str, str]) -> str:
    return "".join([f"<{tag}>{_escape(text)}</{tag}>" for tag, text in fields.items()])


def _mark(mark: Mark) -> str:
    fields = {"MA_MON_HOC": mark.code, "TEN_MON_HOC": mark.name, "MUC_DAT_DUOC": mark.level}
    if mark.score is not None:
        fields["DIEM_KIEM_TRA_DINH_KY"] = mark.score
    return f"<MON_HOC>{_elements(fields)}</MON_HOC>"


def _escape(text: str) -> str:
    """Character data exactly as Canonical XML writes it."""
    if _MARKUP.search(text) is None:
        return text
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")
