"""A record as the invented vendor Sao Khuê writes it in JSON (`saokhue/1`), with that vendor's habits: names in capitals or
decomposed, decimal commas, scores as text, grades as number or text.
"""

import unicodedata
from random import Random
from typing import Any

from sandbox.records import Draft
from sandbox.results import COMPETENCES, QUALITIES, Mark


def write_saokhue(record: Draft) -> dict[str, Any]:
    """One entry of `hoc_ba`."""
    quirk = Random(f"quirk/{record.uuid}")
    general, summary = record.general, record.summary
    levels = {**dict.fromkeys(COMPETENCES.values()), **record.assessments}
    return {
        "uuid": record.uuid if quirk.random() < 0.2 else None,
        "hoc_sinh": _pupil(record, quirk),
        "lop": record.room.name,
        "khoi": quirk.choice((record.room.grade, str(record.room.grade), f"{record.room.grade:02d}")),
        "nghi_co_phep": int(general["TONG_SO_BUOI_NGHI_CO_PHEP"]),
        "nghi_khong_phep": int(general["THONG_SO_BUOI_NGHI_KHONG_PHEP"]),
        "gvcn": {"ho_ten": record.room.teacher.name, "cccd": record.room.teacher.cccd},
        "hieu_truong": {
            "ho_ten": record.school.principal.name,
            "cccd": record.school.principal.cccd,
            "chuc_vu": general["CHUC_VU_GIAM_HIEU_KY_HOC_BA"],
        },
        "ngay_tao": general["NGAY_TAO_HOC_BA"][:10],
        "qua_trinh": _years(record),
        "ket_qua": _outcome(record),
        "mon": {mark.code: _vendor_mark(quirk, mark) for mark in record.marks},
        "nang_luc": {key: levels[tag] for key, tag in COMPETENCES.items()},
        "pham_chat": {key: levels[tag] for key, tag in QUALITIES.items()},
        "nhan_xet": {
            "gvcn": summary["NHAN_XET_GVCN"],
            "pham_chat": record.assessments["NHAN_XET_PHAM_CHAT"],
            "nang_luc_chung": record.assessments["NHAN_XET_NANG_LUC_CHUNG"],
            "nang_luc_dac_thu": record.assessments["NHAN_XET_NANG_LUC_DAC_THU"],
        },
    }


def _pupil(record: Draft, quirk: Random) -> dict[str, Any]:
    general = record.general
    day, month, year = general["NGAY_SINH"].split("/")
    return {
        "ma": general["MA_HOC_SINH"],
        "cccd": general["SO_CCCD"],
        "ho_ten": _vendor_name(quirk, general["HO_VA_TEN"]),
        "gioi_tinh": general["GIOI_TINH"],
        "ngay_sinh": f"{year}-{month}-{day}",
        "can_nang": general["CAN_NANG"].replace(".", ","),
        "chieu_cao": general["CHIEU_CAO"],
        "noi_sinh": general["NOI_SINH"],
        "que_quan": general["QUE_QUAN"],
        "cho_o": general["CHO_O_HIEN_NAY"],
        "dan_toc": general["DAN_TOC"],
        "quoc_tich": general["QUOC_TICH"],
        "cha": general["HO_VA_TEN_CHA"],
        "me": general["HO_VA_TEN_ME"],
        "giam_ho": None,
        "so_dang_bo": general["SO_SO_DANG_BO"],
    }


def _years(record: Draft) -> list[dict[str, str]]:
    return [
        {
            "nam_hoc": each["NAM_HOC"],
            "lop": each["TEN_LOP"],
            "truong": each["TEN_TRUONG"],
            "ngay": each["NGAY_TRANG_THAI_CHUYEN_DEN"][:10],
        }
        for each in record.years
    ]


def _outcome(record: Draft) -> dict[str, Any]:
    summary = record.summary
    return {
        "xep_loai": record.result,
        "len_lop": summary["DUOC_LEN_LOP"] == "1",
        "hoan_thanh_lop": summary["DA_HOAN_THANH_CHUONG_TRINH_LOP_HOC"] == "1",
        "hoan_thanh_tieu_hoc": (
            summary["DA_HOAN_THANH_CHUONG_TRINH_TIEU_HOC"] == "1" if record.room.grade == 5 else None
        ),
        "noi_dung": summary["NOI_DUNG_HOAN_THANH_CHUONG_TRINH"],
        "khen_thuong": summary.get("NOI_DUNG_KHEN_THUONG"),
        "khen_dot_xuat": summary.get("NOI_DUNG_KHEN_THUONG_DOT_XUAT"),
    }


def _vendor_name(quirk: Random, name: str) -> str:
    style = quirk.randrange(4)
    if style == 0:
        return name.upper()
    return unicodedata.normalize("NFD", name) if style == 1 else name


def _vendor_mark(quirk: Random, mark: Mark) -> dict[str, object]:
    if mark.score is None:
        return {"muc": mark.level}
    return {"muc": mark.level, "diem": quirk.choice((int(mark.score), f"{mark.score}.0", f"{mark.score},0"))}
