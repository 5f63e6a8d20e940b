"""Evidence in the ledger: which octets are to be proven, under which tree they are, and which timestamps stand over it."""

from ledger.evidence.standings import Standing, Step, standings, steps_of
from ledger.evidence.stored import DayView, Stored, days, octets_of, of_records, under
from ledger.evidence.tasks import Task, alone
from ledger.evidence.waiting import EVERY, LATE, Choice, Waiting, wanting, wanting_by_day
from ledger.evidence.writing import Planted, StandingMoved, write_day, write_rehash, write_renewal

__all__ = [
    "EVERY",
    "LATE",
    "Choice",
    "DayView",
    "Planted",
    "Standing",
    "StandingMoved",
    "Step",
    "Stored",
    "Task",
    "Waiting",
    "alone",
    "days",
    "octets_of",
    "of_records",
    "standings",
    "steps_of",
    "under",
    "wanting",
    "wanting_by_day",
    "write_day",
    "write_rehash",
    "write_renewal",
]
