"""Rates per core: processor time of this thread, so that a busy machine makes a measurement longer, not worse."""

import itertools
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def per_core(
    function: Callable[[Item], object], items: Sequence[Item], *, seconds: float, weight: int = 1, warm: int = 5
) -> float:
    """How many items a core does in a second, each counting `weight`; every item is taken in turn.

    The first `warm` items are done once before and not counted.
    """
    for item in items[:warm]:
        function(item)
    done = 0
    began = time.thread_time()
    for item in itertools.cycle(items):
        function(item)
        done += weight
        spent = time.thread_time() - began
        if spent >= seconds:
            return done / spent
    raise ValueError("nothing to measure")


def first_round(function: Callable[[Item], object], items: Sequence[Item]) -> float:
    """How many items a core does in a second that it has never seen before."""
    began = time.thread_time()
    for item in items:
        function(item)
    return len(items) / (time.thread_time() - began)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def in_turns(works: Sequence[Callable[[], object]], *, seconds: float, batch: int = 20) -> list[float]:
    """How often a core does each of these in a second, a few of one after a few of the other: what the machine's speed
    does meanwhile, it does to all of them."""
    for work in works:
        for _ in range(batch):
            work()
    spent, rounds = [0.0] * len(works), 0
    while min(spent) < seconds:
        rounds += 1
        for number, work in enumerate(works):
            began = time.thread_time()
            for _ in range(batch):
                work()
            spent[number] += time.thread_time() - began
    return [rounds * batch / each for each in spent]
