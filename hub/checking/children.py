"""Large inputs: records looked at by spawned children on every core, read ahead by a few stretches, told in order.

A child that dies or stays too long is replaced and its part halved until the record at fault stands alone.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import structlog

from hub.checking.items import Found, Item, Outcome, Take
from hub.checking.looking import Terms, broken, equip, look_at
from routes.crew import Crew

CHUNK = 64
"""records that a child is given at once"""
SECONDS = 20.0
"""time that a chunk may take"""
AHEAD = 3
"""stretches of the input that are read ahead of the report, so that no child waits"""
STRETCH = 8 * 1024 * 1024
"""octets of a stretch, about"""

Waiting = deque[tuple[Sequence[Found], asyncio.Task[list[Any]]]]


def look_by_children(found: Iterable[Found], terms: Terms, *, jobs: int, take: Take) -> None:
    """Look at everything and hand it over, in the order of the input."""
    with _unlogged():
        asyncio.run(_by_children(found, terms, jobs, take))


async def _by_children(found: Iterable[Found], terms: Terms, jobs: int, take: Take) -> None:
    waiting: Waiting = deque()
    async with Crew(children=jobs, seconds=SECONDS, initializer=equip, initargs=(terms,)) as crew:
        for stretch in _stretches(found, CHUNK * jobs):
            items = [each for each in stretch if isinstance(each, Item)]
            waiting.append((stretch, asyncio.create_task(crew.run(look_at, items))))
            await asyncio.sleep(0)
            if len(waiting) > AHEAD:
                _hand_over(*await _first(waiting), take)
        while waiting:
            _hand_over(*await _first(waiting), take)


async def _first(waiting: Waiting) -> tuple[Sequence[Found], list[Any]]:
    stretch, task = waiting.popleft()
    return stretch, await task


def _hand_over(stretch: Sequence[Found], answers: Sequence[Any], take: Take) -> None:
    """In the order of the input."""
    left = iter(answers)
    for each in stretch:
        if isinstance(each, Item):
            answer = next(left)
            take(answer if isinstance(answer, Outcome) else broken(each, answer.reason))
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
