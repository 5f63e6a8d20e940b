"""What people and senders ask of the ledger: where things stand, one record's story, what failed, what is stopped.

Read only. Every question is answered through an index or from the small table of unfinished work, so that the answer
takes as long at two million records as at two thousand. A member of a package stands where its package stands.
"""

from ledger.views.failures import Advice, FailedRow, FailedTransfer, advice_of, failed, failed_transfers
from ledger.views.figures import FlowRow, Recent, flow, recent
from ledger.views.journeys import (
    AttemptRow,
    PackageRow,
    Story,
    StoryEvent,
    TransferRow,
    VerdictRow,
    stories,
    story,
)
from ledger.views.pushes import LineRow, SubmissionRow, lines, submission, submissions
from ledger.views.stops import (
    Alarm,
    DestinationRow,
    LaneView,
    StoppedSender,
    alarms,
    destinations,
    lanes,
    stopped_senders,
)

__all__ = [
    "Advice",
    "Alarm",
    "AttemptRow",
    "DestinationRow",
    "FailedRow",
    "FailedTransfer",
    "FlowRow",
    "LaneView",
    "LineRow",
    "PackageRow",
    "Recent",
    "StoppedSender",
    "Story",
    "StoryEvent",
    "SubmissionRow",
    "TransferRow",
    "VerdictRow",
    "advice_of",
    "alarms",
    "destinations",
    "failed",
    "failed_transfers",
    "flow",
    "lanes",
    "lines",
    "recent",
    "stopped_senders",
    "stories",
    "story",
    "submission",
    "submissions",
]
