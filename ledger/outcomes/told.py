"""What a worker tells of one record: the stages that it went through, and what came along."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.sightings import Sighting
from ledger.signatures import Ask
from ledger.states import Fate, Stage
from schemas.findings import Finding


@dataclass(frozen=True, slots=True)
class Step:
    """One stage that a record has passed, or stopped at."""

    stage: Stage
    """stage"""
    fate: Fate
    """how it ended there"""
    cause: str = ""
    """machine-readable cause when it did not pass"""
    at: datetime | None = None
    """when; None = when the batch is written"""
    detail: Mapping[str, object] | None = None
    """codes, counts and fingerprints for the record's story; never personal data"""


@dataclass(frozen=True, slots=True)
class RecordOutcome:
    """What became of one record's transfer in a worker's hands."""

    id: int
    """transfer"""
    token: int
    """fencing token of the lease"""
    steps: tuple[Step, ...]
    """the stages it went through, the last one deciding"""
    next_stage: Stage | None
    """where it goes on when the last step is done"""
    findings: tuple[Finding, ...] = ()
    """what the sender is told"""
    due_at: datetime | None = None
    """for a retry: not before"""
    octets_sha256: bytes | None = None
    """official octets that a stage made (stored beside)"""
    size: int = 0
    """their number"""
    seen: tuple[Sighting, ...] = ()
    """trusted certificates that it is signed with"""
    asks: tuple[Ask, ...] = ()
    """signatures that remote services are to make"""
    used: tuple[int, ...] = ()
    """requests whose values stand in the record now"""

    @property
    def last(self) -> Step:
        """The step that decides."""
        return self.steps[-1]


ENDS = (Fate.REFUSED, Fate.DEAD, Fate.SUPERSEDED)
"""fates of a record that leaves the table of unfinished work at the stage that says so"""

WAITS = (Fate.RETRY, Fate.DOWN)
"""fates of a record that is tried again later"""
