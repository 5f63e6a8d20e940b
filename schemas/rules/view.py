"""What rules look at: one record read into plain values, once, whatever its structure. Absent things are empty."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from schemas.profiles import Profile, Slot

DATA = "DU_LIEU_HOC_BA"
GENERAL = f"{DATA}/THONG_TIN_CHUNG"
HISTORY = f"{DATA}/QUA_TRINH_HOC_TAP"
SUMMARY = f"{DATA}/TONG_KET"
MARKS = f"{SUMMARY}/BANG_DIEM"
ASSESSMENT = f"{SUMMARY}/DANH_GIA_NANG_LUC_PHAM_CHAT"
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"

_MOMENTS = ("NGAY_TAO_HOC_BA", "NGAY_KY_PHAT_HANH_HOC_BA")
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Mark:
    """One line of the mark table."""

    place: int
    """1-based among the MON_HOC"""
    code: str
    """MA_MON_HOC"""
    level: str
    """MUC_DAT_DUOC"""
    score: str
    """DIEM_KIEM_TRA_DINH_KY"""

    @property
    def path(self) -> str:
        """Where it is, below HOC_BA."""
        return f"{MARKS}/MON_HOC[{self.place}]"

    @property
    def points(self) -> int | None:
        """The score as a number; None where it is none."""
        return int(self.score) if self.score.isascii() and self.score.isdigit() else None


@dataclass(frozen=True, slots=True)
class SignedSlot:
    """One slot that is present in the record."""

    slot: Slot
    """its declaration"""
    date: str
    """NGAY_KY"""
    holder: str
    """SO_CCCD"""
    signed: bool
    """there is a Signature"""


class RecordView:
    """One record, read for the rules."""

    def __init__(self, root: Any, profile: Profile, required_slots: frozenset[str]) -> None:
        self.root = root
        self.profile = profile
        self.required_slots = required_slots
        self.general = _texts(root.find(GENERAL))
        """THONG_TIN_CHUNG: element → text"""
        self.summary = _texts(root.find(SUMMARY))
        """the single fields of TONG_KET: element → text"""
        self.assessment = _texts(root.find(ASSESSMENT))
        """DANH_GIA_NANG_LUC_PHAM_CHAT: element → text"""
        self.years = [_texts(year) for year in root.iterfind(f"{HISTORY}/NAM")]
        """QUA_TRINH_HOC_TAP: a mapping per year"""
        self.marks = _marks(root.find(MARKS))
        """BANG_DIEM"""

    @cached_property
    def grade(self) -> int | None:
        """MA_KHOI as a number; None where it is none."""
        text = self.general.get("MA_KHOI", "")
        return int(text) if text in {"1", "2", "3", "4", "5", "01", "02", "03", "04", "05"} else None

    @cached_property
    def levels(self) -> Mapping[str, str]:
        """Competences and qualities: element → level."""
        return {name: text for name, text in self.assessment.items() if name.startswith(("NANG_LUC_", "PHAM_CHAT_"))}

    @cached_property
    def slots(self) -> Mapping[str, SignedSlot]:
        """Slots present in the record, by name."""
        found = {}
        for slot in self.profile.slots:
            element = self.root.find(slot.path)
            if element is not None:
                texts = _texts(element)
                found[slot.name] = SignedSlot(
                    slot, texts.get("NGAY_KY", ""), texts.get("SO_CCCD", ""), signed=SIGNATURE in texts
                )
        return found

    @cached_property
    def moments(self) -> list[tuple[str, str]]:
        """Every moment of the record: where it stands, and its text."""
        told = [(f"{GENERAL}/{name}", self.general.get(name, "")) for name in _MOMENTS]
        for place, year in enumerate(self.years, start=1):
            path = f"{HISTORY}/NAM[{place}]/NGAY_TRANG_THAI_CHUYEN_DEN"
            told.append((path, year.get("NGAY_TRANG_THAI_CHUYEN_DEN", "")))
        return told + [(f"{slot.slot.path}/NGAY_KY", slot.date) for slot in self.slots.values()]

    def named(self, slot: str) -> str:
        """Who the data say signs a slot; empty where they do not."""
        path = self.profile.signed.get(slot, "")
        return self.general.get(path.rpartition("/")[2], "")


def _texts(element: Any) -> Mapping[str, str]:
    return _NOTHING if element is None else {child.tag: child.text or "" for child in element}


def _marks(table: Any) -> list[Mark]:
    marks = []
    for place, row in enumerate(() if table is None else table.iterchildren("MON_HOC"), start=1):
        told = _texts(row)
        marks.append(
            Mark(
                place,
                told.get("MA_MON_HOC", ""),
                told.get("MUC_DAT_DUOC", ""),
                told.get("DIEM_KIEM_TRA_DINH_KY", ""),
            )
        )
    return marks
