"""The flow as the first page draws it: stages in order, their load by state, and the age of the oldest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.states import Stage, State
from ledger.views import FlowRow

ORDER = (State.LEASED, State.READY, State.WAITING, State.QUEUED, State.GATHERED, State.HELD)
"""states from left to right in a bar"""


@dataclass(frozen=True, slots=True)
class Segment:
    """The part of a stage that is in one state."""

    state: str
    """ready, leased, …"""
    count: int
    """transfers"""
    start: float
    """left end in the bar, 0-100"""
    width: float
    """length in the bar, 0-100"""


@dataclass(frozen=True, slots=True)
class StageLoad:
    """One stage towards one destination."""

    stage: str
    """stage"""
    total: int
    """transfers"""
    packages: int
    """packages among them"""
    segments: tuple[Segment, ...]
    """by state, left to right"""
    oldest: datetime | None
    """in this stage since, the oldest that is not held"""
    oldest_state: str
    """its state"""


def stage_loads(rows: Sequence[FlowRow], destination: str) -> list[StageLoad]:
    """Every stage of one destination, empty ones too; bars are to the scale of the fullest."""
    mine = {stage: [row for row in rows if row.destination == destination and row.stage == stage] for stage in Stage}
    fullest = max((sum(row.count for row in group) for group in mine.values()), default=0)
    return [_load(stage.value, group, fullest or 1) for stage, group in mine.items()]


def _load(stage: str, rows: Sequence[FlowRow], fullest: int) -> StageLoad:
    counts = {row.state: row.count for row in rows}
    segments, start = [], 0.0
    for state in ORDER:
        if count := counts.get(state, 0):
            width = max(1.0, 100 * count / fullest)
            segments.append(Segment(state.value, count, round(start, 2), round(width, 2)))
            start += width
    oldest = min((row for row in rows if row.state != State.HELD), key=lambda row: row.oldest, default=None)
    return StageLoad(
        stage=stage,
        total=sum(counts.values()),
        packages=sum(row.packages for row in rows),
        segments=tuple(segments),
        oldest=oldest.oldest if oldest else None,
        oldest_state=oldest.state if oldest else "",
    )


def destinations_of(known: Sequence[str], rows: Sequence[FlowRow]) -> list[str]:
    """Destinations to draw: the known ones, and any that work is still heading for."""
    return sorted({*known, *(row.destination for row in rows)})
