"""What the hub must know of a record before it can take it on: who, where, which year, under which UUID."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from schemas.layout import fields_of
from schemas.profiles import Medium, profiles

_GENERAL = "DU_LIEU_HOC_BA/THONG_TIN_CHUNG"
"""where CV 2088 keeps them"""


@dataclass(frozen=True, slots=True)
class RecordIdentity:
    """A record's own word on itself; nothing is checked yet. Empty text where it says nothing."""

    uuid: str
    """MA_TRA_CUU_UUID, lower case; empty where the hub is to give one"""
    version: str
    """PHIEN_BAN; empty for a vendor's own format"""
    school_year: str
    """TEN_NAM_HOC, for example 2025-2026"""
    school_code: str
    """MA_TRUONG"""
    level: str
    """MA_CAP_HOC"""
    grade: str
    """MA_KHOI"""
    class_name: str
    """TEN_LOP"""
    pupil_code: str
    """MA_HOC_SINH"""
    personal_id: str
    """SO_CCCD"""


def identify(root: Any) -> RecordIdentity:
    """Read a parsed HOC_BA element, wherever its version keeps these things."""
    general = _general(root)

    def text(name: str) -> str:
        return "" if general is None else (general.findtext(name) or "").strip()

    return RecordIdentity(
        uuid=text("MA_TRA_CUU_UUID").lower(),
        version=text("PHIEN_BAN"),
        school_year=text("TEN_NAM_HOC"),
        school_code=text("MA_TRUONG"),
        level=text("MA_CAP_HOC"),
        grade=text("MA_KHOI"),
        class_name=text("TEN_LOP"),
        pupil_code=text("MA_HOC_SINH"),
        personal_id=text("SO_CCCD"),
    )


def issued_on(root: Any) -> date | None:
    """The day on which a parsed HOC_BA says that it was issued, or else made; None where it does not."""
    general = _general(root)
    for name in ("NGAY_KY_PHAT_HANH_HOC_BA", "NGAY_TAO_HOC_BA"):
        text = "" if general is None else (general.findtext(name) or "").strip()
        try:
            return datetime.fromisoformat(text).date()
        except ValueError:
            continue
    return None


def version_path(root: Any) -> str:
    """Where PHIEN_BAN stands, or should."""
    path = next((each for each in _generals() if root.find(each) is not None), _GENERAL)
    return f"{path}/PHIEN_BAN"


def general_path(root: Any) -> str:
    """Where what identifies the record stands, or should."""
    return version_path(root).rpartition("/")[0]


def _general(root: Any) -> Any:
    for path in _generals():
        found = root.find(path)
        if found is not None:
            return found
    return None


@cache
def _generals() -> tuple[str, ...]:
    """Where the profiles keep what identifies a record: the official names are the same in each."""
    places = (
        path
        for profile in profiles().values()
        if profile.medium is Medium.XML and profile.layout is not None
        for path, field in fields_of(profile.layout)
        if field.member == "uuid"
    )
    return tuple(dict.fromkeys((_GENERAL, *places)))
