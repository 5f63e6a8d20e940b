"""Packages: records of one sending unit gathered under a lock, sealed once, kept whole until judged (decision 6).

open → closed → sealed → sending → sent → judged. `sending` is committed before the first byte leaves, so that whoever
finds it knows that the destination may have the package, and asks before anything else.
"""

from ledger.packages.gathering import gather
from ledger.packages.judging import Judged, VerdictRow, judge
from ledger.packages.members import Member, earlier_messages, known_uuids, unjudged
from ledger.packages.opening import Closing
from ledger.packages.rows import alarm, set_cause
from ledger.packages.sealing import Draft, draft, sealed
from ledger.packages.sending import (
    Outgoing,
    acknowledged,
    arrived,
    begin_sending,
    line_ended,
    not_sent,
    outgoing,
    unseal,
)
from ledger.packages.splitting import split

__all__ = [
    "Closing",
    "Draft",
    "Judged",
    "Member",
    "Outgoing",
    "VerdictRow",
    "acknowledged",
    "alarm",
    "arrived",
    "begin_sending",
    "draft",
    "earlier_messages",
    "gather",
    "judge",
    "known_uuids",
    "line_ended",
    "not_sent",
    "outgoing",
    "sealed",
    "set_cause",
    "split",
    "unjudged",
    "unseal",
]
