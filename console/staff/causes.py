"""Failed work as its page tells it: each cause in the most telling words there are, and whose turn it is."""

from dataclasses import dataclass

from ledger.views import Advice, FailedRow
from routes.fates import cause_of
from schemas.findings import Words

RETRYABLE = ("held", "dead")


@dataclass(frozen=True, slots=True)
class FailedGroup:
    """Failed work with one cause."""

    row: FailedRow
    """counts and samples"""
    words: Words
    """what is wrong: the rule's own words where one rule says it all"""
    remedy: Words
    """what to do"""
    others: tuple[Advice, ...]
    """further rules that the samples break"""
    retryable: bool
    """a person may let it go again; else its sender must mend it"""


def group_of(row: FailedRow) -> FailedGroup:
    """A cause in words: those of the rule that it names, or of the only rule that its records break."""
    named = [advice for advice in row.advice if advice.rule == row.cause.partition(":")[2]]
    telling = named or (list(row.advice) if len(row.advice) == 1 else [])
    known = cause_of(row.cause)
    return FailedGroup(
        row=row,
        words=Words(**telling[0].message) if telling else known.words,
        remedy=Words(**telling[0].remedy) if telling else known.remedy,
        others=tuple(advice for advice in row.advice if advice not in telling[:1]),
        retryable=any(fate in RETRYABLE for fate in row.fates),
    )
