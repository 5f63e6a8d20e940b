"""Large inputs: records looked at by spawned children on every core, read ahead by a few stretches, told in order.

A child that dies or stays too long is replaced and its part halved until the record at fault stands alone.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import structlog

from hub.checking.items import Bench, Desk, Found, Item
from routes.crew import Crew, Poisoned

CHUNK = 64
"""records that a child is given at once"""
SECONDS = 20.0
"""time that a chunk may take"""
AHEAD = 3
"""stretches of the input that are read ahead of the report, so that no child waits"""
STRETCH = 8 * 1024 * 1024
"""octets of a stretch, about"""

Waiting = deque[tuple[Sequence[Found], asyncio.Task[list[Any]]]]
Take = Callable[[Any], None]


def look_by_children(found: Iterable[Found], bench: Bench[Any], *, jobs: int, take: Take) -> None:
    """Look at everything and hand it over, in the order of the input."""
    with _unlogged():
        asyncio.run(_by_children(found, bench, jobs, take))


async def _by_children(found: Iterable[Found], bench: Bench[Any], jobs: int, take: Take) -> None:
    waiting: Waiting = deque()
    equipment = (bench.make, bench.terms)
    async with Crew(children=jobs, seconds=SECONDS, initializer=_equip, initargs=equipment) as crew:
        for stretch in _stretches(found, CHUNK * jobs):
            items = [each for each in stretch if isinstance(each, Item)]
            waiting.append((stretch, asyncio.create_task(crew.run(_look_at, items))))
            await asyncio.sleep(0)
            if len(waiting) > AHEAD:
                _hand_over(*await _first(waiting), bench, take)
        while waiting:
            _hand_over(*await _first(waiting), bench, take)


_desk: Desk[Any] | None = None


def _equip(make: Callable[[Any], Desk[Any]], terms: Any) -> None:
    """Make a child process ready."""
    global _desk  # noqa: PLW0603 - a child process has exactly one desk, made by its initializer
    _desk = make(terms)


def _look_at(item: Item) -> Any:
    """One item, in a child process."""
    assert _desk is not None
    return _desk.look(item)


async def _first(waiting: Waiting) -> tuple[Sequence[Found], list[Any]]:
    stretch, task = waiting.popleft()
    return stretch, await task


def _hand_over(stretch: Sequence[Found], answers: Sequence[Any], bench: Bench[Any], take: Take) -> None:
    """In the order of the input."""
    left = iter(answers)
    for each in stretch:
        if isinstance(each, Item):
            answer = next(left)
            take(bench.broken(each, answer.reason) if isinstance(answer, Poisoned) else answer)
        else:
            take(each)


def _stretches(found: Iterable[Found], records: int) -> Iterator[Sequence[Found]]:
    """The input in parts, small enough to have several of them in memory."""
    stretch: list[Found] = []
    octets = 0
    for each in found:
        stretch.append(each)
        octets += each.size if isinstance(each, Item) else 0
        if len(stretch) >= records or octets >= STRETCH:
            yield stretch
            stretch, octets = [], 0
    yield stretch


@contextlib.contextmanager
def _unlogged() -> Iterator[None]:
    """What becomes of children is told in the report, not beside it."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)
