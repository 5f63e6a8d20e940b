"""The structure of one record, read from CV 2088 Phụ lục 1.1: which elements, in which order, with which kind of value.
Written as ordered lists, not as a schema, so that it shares nothing with anyone else's reading.
"""

import re
from datetime import datetime

from lxml import etree

from sandbox.city.envelope import ID_NAMES, SIGNATURE

_GENERAL = """PHIEN_BAN THONG_TU MA_TRA_CUU_UUID TEN_NAM_HOC MA_SO_GIAO_DUC TEN_SO_GD MA_TRUONG TEN_TRUONG
TEN_QUAN_HUYEN? TEN_XA_PHUONG TEN_TINH_THANH_PHO MA_CAP_HOC SO_SO_DANG_BO HO_VA_TEN SO_CCCD MA_HOC_SINH GIOI_TINH
NGAY_SINH CAN_NANG CHIEU_CAO TONG_SO_BUOI_NGHI_CO_PHEP THONG_SO_BUOI_NGHI_KHONG_PHEP NOI_SINH QUE_QUAN CHO_O_HIEN_NAY
DAN_TOC QUOC_TICH HO_VA_TEN_CHA? HO_VA_TEN_ME HO_VA_TEN_NGUOI_GIAM_HO? TEN_GIAM_HIEU_KY_HOC_BA
SO_CCCD_GIAM_HIEU_KY_HOC_BA DIA_DANH_PHAT_HANH_HOC_BA NGAY_TAO_HOC_BA NGAY_KY_PHAT_HANH_HOC_BA
CHUC_VU_GIAM_HIEU_KY_HOC_BA TEN_GIAO_VIEN_CHU_NHIEM? SO_CCCD_GIAO_VIEN_CHU_NHIEM? MA_KHOI TEN_LOP"""
_YEAR = "NAM_HOC TEN_LOP TEN_TRUONG NGAY_TRANG_THAI_CHUYEN_DEN"
_SUMMARY = """KET_QUA_XEP_LOAI DUOC_LEN_LOP NOI_DUNG_HOAN_THANH_CHUONG_TRINH? DA_HOAN_THANH_CHUONG_TRINH_LOP_HOC
DA_HOAN_THANH_CHUONG_TRINH_TIEU_HOC? NOI_DUNG_KHEN_THUONG? NOI_DUNG_KHEN_THUONG_DOT_XUAT? NHAN_XET_GVCN BANG_DIEM
DANH_GIA_NANG_LUC_PHAM_CHAT"""
_SUBJECT = "MA_MON_HOC TEN_MON_HOC MUC_DAT_DUOC DIEM_KIEM_TRA_DINH_KY?"
_ASSESSMENT = """NANG_LUC_TU_CHU_TU_HOC NANG_LUC_GIAO_TIEP_HOC_TAC NANG_LUC_GIAI_QUYET_VAN_DE_SANG_TAO NANG_LUC_NGON_NGU
NANG_LUC_TINH_TOAN NANG_LUC_KHOA_HOC NANG_LUC_CONG_NGHE? NANG_LUC_TIN_HOC? NANG_LUC_THAM_MI NANG_LUC_THE_CHAT
PHAM_CHAT_YEU_NUOC PHAM_CHAT_NHAN_AI PHAM_CHAT_CHAM_CHI PHAM_CHAT_TRUNG_THUC PHAM_CHAT_TRACH_NHIEM NHAN_XET_PHAM_CHAT
NHAN_XET_NANG_LUC_CHUNG NHAN_XET_NANG_LUC_DAC_THU"""
_MAY_BE_EMPTY = {"TEN_QUAN_HUYEN"}
_DATE = r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z))?"
_LEVEL = "[TĐC]"
_VALUES = {
    "PHIEN_BAN": r"1\.0",
    "MA_TRA_CUU_UUID": r"(?i:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})",
    "TEN_NAM_HOC": r"\d{4}-\d{4}",
    "NAM_HOC": r"\d{4}-\d{4}",
    "MA_SO_GIAO_DUC": r"\d{2}",
    "MA_TRUONG": r"\S{1,20}",
    "MA_CAP_HOC": "02",
    "SO_CCCD": r"\d{12}",
    "SO_CCCD_GIAM_HIEU_KY_HOC_BA": r"\d{12}",
    "SO_CCCD_GIAO_VIEN_CHU_NHIEM": r"\d{12}",
    "GIOI_TINH": "Nam|Nữ",
    "NGAY_SINH": r"((\d\d/)?\d\d/)?\d{4}",
    "CAN_NANG": r"\d+(\.\d{1,4})?",
    "CHIEU_CAO": r"\d+(\.\d{1,4})?",
    "TONG_SO_BUOI_NGHI_CO_PHEP": r"\d+(\.\d{1,4})?",
    "THONG_SO_BUOI_NGHI_KHONG_PHEP": r"\d+(\.\d{1,4})?",
    "NGAY_TAO_HOC_BA": _DATE,
    "NGAY_KY_PHAT_HANH_HOC_BA": _DATE,
    "NGAY_TRANG_THAI_CHUYEN_DEN": _DATE,
    "MA_KHOI": "0?[1-5]",
    "KET_QUA_XEP_LOAI": "Hoàn thành xuất sắc|Hoàn thành tốt|Hoàn thành|Chưa hoàn thành",
    "DUOC_LEN_LOP": "[01]",
    "DA_HOAN_THANH_CHUONG_TRINH_LOP_HOC": "[01]",
    "DA_HOAN_THANH_CHUONG_TRINH_TIEU_HOC": "[01]",
    "MUC_DAT_DUOC": "[THCM]",
    "DIEM_KIEM_TRA_DINH_KY": "10|[0-9]|M",
    **{tag.rstrip("?"): _LEVEL for tag in _ASSESSMENT.split() if not tag.startswith("NHAN_XET")},
}
_PATTERNS = {tag: re.compile(pattern) for tag, pattern in _VALUES.items()}
_SLOTS = ("GVCN", "CBQL", "KY_PHAT_HANH")


class Malformed(Exception):
    """The record breaks the structure at this field."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class _Order:
    """The children that an element must have, in order; `?` marks those that may be absent."""

    def __init__(self, tags: str) -> None:
        self.tags = tags.split()
        steps = (f"({tag[:-1]} )?" if tag.endswith("?") else f"{tag} " for tag in self.tags)
        self.pattern = re.compile("".join(steps))

    def check(self, parent: etree._Element) -> list[etree._Element]:
        """The children; Malformed where they are not as they must be."""
        children = list(parent)
        if not self.pattern.fullmatch("".join([f"{child.tag} " for child in children])):
            raise Malformed(self._culprit(children) or str(parent.tag), "thiếu, thừa hoặc sai thứ tự")
        return children

    def _culprit(self, children: list[etree._Element]) -> str:
        present = [str(child.tag) for child in children]
        place = 0
        for tag in self.tags:
            name = tag.rstrip("?")
            if place < len(present) and present[place] == name:
                place += 1
            elif not tag.endswith("?"):
                return name
        return present[place] if place < len(present) else ""


_ORDERS = {
    "general": _Order(_GENERAL),
    "year": _Order(_YEAR),
    "summary": _Order(_SUMMARY),
    "subject": _Order(_SUBJECT),
    "assessment": _Order(_ASSESSMENT),
    "data": _Order("THONG_TIN_CHUNG QUA_TRINH_HOC_TAP TONG_KET"),
    "record": _Order("DU_LIEU_HOC_BA DANH_SACH_THONG_TIN_KY"),
}


def check_structure(record: etree._Element) -> dict[str, str]:
    """The general fields of a well-formed record; Malformed with the first field that is not."""
    if any(not isinstance(node.tag, str) for node in record.iter(etree.Comment, etree.ProcessingInstruction)):
        raise Malformed("HOC_BA", "có chú thích hoặc chỉ thị xử lý")
    data, slots = _ORDERS["record"].check(record)
    if "data" not in [data.get(name) for name in ID_NAMES]:
        raise Malformed("DU_LIEU_HOC_BA", 'thiếu Id="data"')
    general, years, summary = _ORDERS["data"].check(data)
    fields = _texts(_ORDERS["general"].check(general))
    if len(years) == 0 or any(year.tag != "NAM" for year in years):
        raise Malformed("QUA_TRINH_HOC_TAP", "phải gồm các NAM")
    for year in years:
        _texts(_ORDERS["year"].check(year))
    *singles, marks, assessment = _ORDERS["summary"].check(summary)
    _texts(singles)
    if len(marks) == 0 or any(subject.tag != "MON_HOC" for subject in marks):
        raise Malformed("BANG_DIEM", "phải gồm các MON_HOC")
    for subject in marks:
        _texts(_ORDERS["subject"].check(subject))
    _texts(_ORDERS["assessment"].check(assessment))
    _check_birth_date(fields["NGAY_SINH"])
    _check_slots(slots)
    return fields


def _texts(elements: list[etree._Element]) -> dict[str, str]:
    fields = {}
    for element in elements:
        tag, text = element.tag, element.text or ""
        if len(element):
            raise Malformed(tag, "không được có phần tử con")
        pattern = _PATTERNS.get(tag)
        if pattern is None:
            right = (bool(text) and not text.isspace()) or tag in _MAY_BE_EMPTY
        else:
            right = pattern.fullmatch(text) is not None
        if not right:
            raise Malformed(tag, "giá trị không đúng kiểu")
        fields[tag] = text
    return fields


def _check_birth_date(text: str) -> None:
    try:
        datetime.strptime(text, ("%Y", "%m/%Y", "%d/%m/%Y")[text.count("/")])  # noqa: DTZ007 - a day, not a moment
    except ValueError as wrong:
        raise Malformed("NGAY_SINH", "ngày không có thật") from wrong


def _check_slots(slots: etree._Element) -> None:
    """The city's policy: all three slots, each with its day, its signer's number, and exactly one signature."""
    if tuple(slot.tag for slot in slots) != _SLOTS:
        raise Malformed("DANH_SACH_THONG_TIN_KY", "phải có GVCN, CBQL, KY_PHAT_HANH")
    for slot in slots:
        number = [] if slot.tag == "KY_PHAT_HANH" else ["SO_CCCD"]
        if [child.tag for child in slot] != ["NGAY_KY", *number, SIGNATURE]:
            raise Malformed(str(slot.tag), "phải có NGAY_KY, số định danh người ký và chữ ký")
