"""The parts that a year's pages are made of, in both forms."""

from dataclasses import dataclass

from transformers.printed.signatures import SignatureShown


@dataclass(frozen=True, slots=True)
class Fact:
    """A label with what stands behind it; empty text leaves a dotted line."""

    label: str
    """as the form words it"""
    value: str
    """as the record says it"""


@dataclass(frozen=True, slots=True)
class Judged:
    """A part whose rows have levels and one remark together: qualities, competences, primary school's subjects."""

    title: str
    """with its number on the form; empty for none"""
    columns: tuple[str, ...]
    """heads of the columns"""
    rows: tuple[tuple[str, ...], ...]
    """their cells, without the remark"""
    remark: str
    """beside all rows"""
    short: bool = False
    """every row is known to take one line: such a table is set faster"""


@dataclass(frozen=True, slots=True)
class YearPage:
    """One school year: a leaf of two pages."""

    heading: str
    """NĂM HỌC 2025-2026"""
    facts: tuple[Fact, ...]
    """pupil, class, school, body, absences"""
    note: str
    """above the marks: not assessed, or only until a transfer; empty for none"""
    subjects: Judged
    """the mark table; in secondary school each row brings its own comment as last cell"""
    judged: tuple[Judged, ...]
    """what comes after it"""
    statements: tuple[Fact, ...]
    """result, awards, completion, remarks: a title and a text"""
    place_and_day: str
    """where and when it was issued"""
    signatures: tuple[SignatureShown, ...]
    """in the order of signing"""
    marks: tuple[str, ...]
    """ĐÃ THU HỒI, TRÍCH LỤC, CHƯA KÝ SỐ"""
    uuid: str
    """MA_TRA_CUU_UUID"""
    lookup_url: str
    """where its code leads"""
