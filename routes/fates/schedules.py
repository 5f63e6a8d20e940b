"""When what did not pass is tried again."""

import random
from collections.abc import Sequence


def delay(schedule: Sequence[float], tries: int, jitter: float) -> float | None:
    """Seconds until the next try after `tries` that failed; None when the schedule is used up."""
    if tries >= len(schedule):
        return None
    return schedule[tries] * (1 + random.uniform(0, jitter))  # noqa: S311 - spreading load, not secrets


def rhythm(schedule: Sequence[float], tries: int, jitter: float) -> float:
    """Like `delay`, the last one repeating for ever."""
    return schedule[min(tries, len(schedule) - 1)] * (1 + random.uniform(0, jitter))  # noqa: S311


def later(schedule: Sequence[float], jitter: float) -> float:
    """Seconds until something that is down is tried again: from the middle of the probes' schedule."""
    return rhythm(schedule, len(schedule) // 2, jitter)
