"""Writing down what became of work: one transaction for a whole batch, under fencing tokens.

A row is touched only while it is leased under the token shown; what another worker has taken over in the meantime is
left alone and reported as ineffective. Everything else an outcome entails (the record's octets, events, attempts, the
sender's feed, the freed UUID, the next of the sequence, dead letters, limits) happens in the same transaction.
"""

from ledger.outcomes.ends import Limits, feed
from ledger.outcomes.moving import EventNote, move_one, note
from ledger.outcomes.told import RecordOutcome, Step
from ledger.outcomes.writing import write_records

__all__ = ["EventNote", "Limits", "RecordOutcome", "Step", "feed", "move_one", "note", "write_records"]
