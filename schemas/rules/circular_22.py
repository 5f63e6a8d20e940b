"""What TT 22/2021/TT-BGDĐT says follows from what, as plain functions: averages, learning, conduct.

The article texts were read as published by law portals (Điều 5, 8, 9, 12 to 15). Where they can be read in two ways,
each function gives every reading, the narrowest first.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType

from schemas.record import Grading

TEXT = "TT 22/2021/TT-BGDĐT"
"""how the circular is cited"""
GOOD, FAIR, MET, NOT_MET = Grading.GOOD, Grading.FAIR, Grading.MET, Grading.NOT_MET

_RANKS: Mapping[Grading, int] = MappingProxyType({NOT_MET: 0, MET: 1, FAIR: 2, GOOD: 3})
_TENTH = Decimal("0.1")
_SUBJECTS = 6
_CONDUCT: Mapping[Grading, Mapping[Grading, Grading]] = MappingProxyType(
    {
        GOOD: MappingProxyType({GOOD: GOOD, FAIR: GOOD, MET: FAIR, NOT_MET: FAIR}),
        FAIR: MappingProxyType({GOOD: FAIR, FAIR: FAIR, MET: FAIR, NOT_MET: MET}),
        MET: MappingProxyType({GOOD: FAIR, FAIR: MET, MET: MET, NOT_MET: MET}),
        NOT_MET: MappingProxyType(dict.fromkeys((GOOD, FAIR, MET, NOT_MET), NOT_MET)),
    }
)
"""second term → first term → year (Điều 8 khoản 2 điểm b)"""

Marks = Sequence[Decimal | str]
"""one subject's mark each: a score of 0 to 10, or Đ or CĐ"""


def average(term1: Decimal, term2: Decimal) -> Decimal:
    """ĐTBmcn of Điều 9 khoản 1 điểm b: the second term counts twice; to one decimal, half up."""
    return ((term1 + 2 * term2) / 3).quantize(_TENTH, ROUND_HALF_UP)


def conduct_of(term1: Grading, term2: Grading) -> Grading:
    """The year's conduct (Điều 8 khoản 2 điểm b)."""
    return _CONDUCT[term2][term1]


def at_least(grading: Grading, wanted: Grading) -> bool:
    """As good, or better."""
    return _RANKS[grading] >= _RANKS[wanted]


def learning_of(marks: Marks) -> tuple[Grading, ...]:
    """Every reading of Điều 9 khoản 2 and 3 for these subjects, exempted ones left out beforehand."""
    plain = _level(marks)
    readings = (_raised(plain, _without(marks)), _raised(plain, _mended(marks)))
    return tuple(dict.fromkeys(readings))


def _level(marks: Marks) -> Grading:
    """Điều 9 khoản 2."""
    scores = [mark for mark in marks if isinstance(mark, Decimal)]
    failed = sum(mark == "CĐ" for mark in marks)
    lowest = min(scores, default=Decimal(10))

    def many(bound: str) -> bool:
        return sum(score >= Decimal(bound) for score in scores) >= _SUBJECTS

    if not failed and lowest >= Decimal("6.5") and many("8.0"):
        return GOOD
    if not failed and lowest >= Decimal("5.0") and many("6.5"):
        return FAIR
    if failed <= 1 and lowest >= Decimal("3.5") and many("5.0"):
        return MET
    return NOT_MET


def _raised(plain: Grading, others: Iterator[Grading]) -> Grading:
    """Điều 9 khoản 3: two steps or more below Tốt or Khá because of one subject alone, then one step up."""
    if _RANKS[plain] > 1:
        return plain
    best = max(_RANKS[level] for level in others)
    return {MET: FAIR, NOT_MET: MET}[plain] if best - _RANKS[plain] >= 2 else plain


def _without(marks: Marks) -> Iterator[Grading]:
    """The level if one subject were not there: the others alone meet the conditions."""
    yield _level(marks)
    for place in range(len(marks)):
        yield _level([*marks[:place], *marks[place + 1 :]])


def _mended(marks: Marks) -> Iterator[Grading]:
    """The level if one subject were as good as it can be: it may itself be one of the six."""
    yield _level(marks)
    for place, mark in enumerate(marks):
        best: Decimal | str = Decimal(10) if isinstance(mark, Decimal) else "Đ"
        yield _level([*marks[:place], best, *marks[place + 1 :]])
