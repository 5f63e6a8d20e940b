"""The visible part of a PDF signature: what stands in it, and where it belongs on the form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from schemas.record import VIETNAM
from transformers.printed import words

_A4_HEIGHT = 841.89


@dataclass(frozen=True, slots=True)
class Seal:
    """What a visible seal says."""

    role: str
    """as what the signer signs: Cơ sở giáo dục phát hành"""
    name: str
    """the institution or person, as the record names them"""
    facts: tuple[tuple[str, str], ...]
    """labels with their values: by whose certificate, when, its number, who issued it"""

    @classmethod
    def of(cls, *, role: str, name: str, owner: str, serial: str, issuer: str, at: datetime) -> Self:
        """What a seal says (QĐ 1789/QĐ-SGDĐT Điều 11 khoản 1, Điều 12 khoản 2): signer, time, the certificate."""
        moment = at.astimezone(VIETNAM)
        facts = (
            ("Ký bởi / Signed by", owner),
            ("Lúc / At", f"{words.moment(moment)} (+07:00)"),
            ("Chứng thư / Certificate", serial.upper()),
            ("Cấp bởi / Issued by", issuer),
        )
        return cls(role, name, tuple((label, value) for label, value in facts if value))


@dataclass(frozen=True, slots=True)
class SealPlace:
    """A rectangle of a page."""

    page: int
    """0-based"""
    left: float
    """points from the page's left edge"""
    bottom: float
    """points from the page's lower edge"""
    width: float
    """points"""
    height: float
    """points"""

    @classmethod
    def of(cls, told: Sequence[Mapping[str, float]]) -> Self | None:
        """From what the typesetter tells, measured from the upper edge of an A4 page; None where it tells of none."""
        if not told:
            return None
        (place,) = told
        bottom = _A4_HEIGHT - place["y"] - place["height"]
        return cls(int(place["page"]) - 1, place["x"], bottom, place["width"], place["height"])

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, bottom, right, top."""
        return self.left, self.bottom, self.left + self.width, self.bottom + self.height
