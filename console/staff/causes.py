"""Failed work as its page tells it: each cause in the most telling words there are, and whose turn it is."""

from dataclasses import dataclass

from ledger.views import Advice, FailedRow
from routes.fates import cause_of
from schemas.findings import Words
from schemas.rules import rules

RETRYABLE = ("held", "dead")


@dataclass(frozen=True, slots=True)
class FailedGroup:
    """Failed work with one cause."""

    row: FailedRow
    """counts and samples"""
    words: Words
    """what is wrong: the fault's own words where all have the same one, else what must hold"""
    remedy: Words
    """what to do"""
    others: tuple[Advice, ...]
    """the faults of the newest records, but for the one that heads the group"""
    headed: bool
    """one fault heads the group; else the list of faults says what is wrong"""
    retryable: bool
    """a person may let it go again; else its sender must mend it"""


def group_of(row: FailedRow) -> FailedGroup:
    """A cause in words: those of its fault where that is always the same, never one record's words for all of them."""
    named = row.cause.partition(":")[2]
    ways = [advice for advice in row.advice if advice.rule == named] or list(row.advice)
    known = cause_of(row.cause)
    words, remedy, heads = known.words, known.remedy, ways[:1] if len(ways) == 1 else []
    if heads:
        words, remedy = Words(**heads[0].message), Words(**heads[0].remedy)
    elif named in rules():
        title = rules()[named].title
        words = Words(vi=f"Sai quy tắc: {title.vi}.", en=f"Rule broken: {title.en}.")
    return FailedGroup(
        row=row,
        words=words,
        remedy=remedy,
        headed=bool(heads),
        others=tuple(advice for advice in row.advice if advice not in heads),
        retryable=any(fate in RETRYABLE for fate in row.fates),
    )
