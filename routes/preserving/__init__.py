"""Keeps evidence of what was verified: every night a hash tree under one timestamp, renewed before anything in it ages.

Nothing is written before its timestamp is there, and everything in one transaction: whatever dies, the next round finds
what is under no tree and begins anew. One keeper at a time works on a ledger. An authority that is away costs a night's
tree hours, never its records: when it answers, every day that was missed gets a tree of its own.
"""

from routes.preserving.building import Built, build, closed, waiting
from routes.preserving.keeping import keep_for_ever, one_round, wanted
from routes.preserving.planting import Means
from routes.preserving.renewing import Due, due, found_due, renew

__all__ = [
    "Built",
    "Due",
    "Means",
    "build",
    "closed",
    "due",
    "found_due",
    "keep_for_ever",
    "one_round",
    "renew",
    "waiting",
    "wanted",
]
