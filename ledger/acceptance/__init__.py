"""Accepting a submission: one transaction, and the receipt leaves only after it commits.

Per submission, not per record: a fixed number of set-based statements whatever its size. UUIDs that the hub must give
are allocated here, once: the same octets get the same UUID however often they are pushed.
"""

from ledger.acceptance.accepting import accept
from ledger.acceptance.lines import Arrival, ArrivalItem
from ledger.acceptance.receipts import IdempotencyClash, Receipt, ReceiptLine

__all__ = ["Arrival", "ArrivalItem", "IdempotencyClash", "Receipt", "ReceiptLine", "accept"]
