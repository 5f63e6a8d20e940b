"""What a cause is: an id with its fate, its words and what to do about it."""

from dataclasses import dataclass

from ledger.states import Fate
from schemas.findings import Words


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a piece of work did not simply go on."""

    id: str
    """machine-readable; the part before a colon, where one follows"""
    fate: Fate
    """what it means"""
    words: Words
    """what happened, for people"""
    remedy: Words
    """what to do"""


def cause(id: str, fate: Fate, vi: str, en: str, do_vi: str, do_en: str) -> Cause:
    """One row of the catalogue: id, fate, what happened and what to do, each in Vietnamese and English."""
    return Cause(id, fate, Words(vi=vi, en=en), Words(vi=do_vi, en=do_en))
