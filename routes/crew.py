"""Killable children for CPU work: one that dies or overruns is replaced, and its batch halved until the item at fault
stands alone.

An item that takes two children with it, or raises in one, comes back as `Poisoned`; the rest of the batch goes on as if
it had not been there.
"""

import asyncio
import contextlib
import math
import multiprocessing
import signal
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self, TypeVar

import structlog
from pebble import ProcessExpired, ProcessPool

log = structlog.get_logger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")

DEATHS = 2
"""children that an item may take with it before it is poison"""

BREAKS = 6
"""pools that may break while an item stands alone before it is poison: they break for others' sake too"""


@dataclass(frozen=True, slots=True)
class Poisoned:
    """An item that broke its process."""

    reason: str
    """kind of the error and its place in the code; never an error's text, which may carry a pupil's data"""


def _start(initializer: Callable[..., None], initargs: tuple[Any, ...]) -> None:
    # Ctrl-C and SIGTERM reach the whole group: the parent alone decides when its children end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    initializer(*initargs)


def _work(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result | Poisoned]:
    """One batch in a child: an error of one item is that item's answer."""
    return [_one(function, item) for item in items]


def _one(function: Callable[[Item], Result], item: Item) -> Result | Poisoned:
    try:
        return function(item)
    except Exception as error:
        # The children run code over input from outside; whatever it raises must not cost the items beside it.
        last = traceback.extract_tb(error.__traceback__)[-1]
        return Poisoned(f"{type(error).__name__} at {last.name}:{last.lineno}")


@dataclass(frozen=True, slots=True)
class _Losses:
    """What has happened to a part of a batch so far."""

    deaths: int = 0
    """children that died or overran with it in hand"""
    breaks: int = 0
    """pools that broke with it in hand, perhaps for another's sake"""

    @property
    def too_many(self) -> bool:
        """Chance does not explain it any more."""
        return self.deaths >= DEATHS or self.breaks >= BREAKS


class Crew:
    """A worker's children, kept warm between batches."""

    def __init__(
        self, *, children: int, seconds: float, initializer: Callable[..., None], initargs: tuple[Any, ...] = ()
    ) -> None:
        self._children = children
        self._seconds = seconds
        self._equipment = [initializer, initargs]
        self._pool = self._new_pool()
        self._closed = False
        self._leaving: set[asyncio.Task[None]] = set()

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(
            max_workers=self._children,
            context=multiprocessing.get_context("spawn"),
            initializer=_start,
            initargs=self._equipment,
        )

    async def __aenter__(self) -> Self:
        # All children start now: the first batch does not wait for them.
        for _ in range(self._children):
            self._pool.schedule(_work, args=[abs, [0]])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        await _leave(self._pool)
        await asyncio.gather(*self._leaving)

    async def run(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result | Poisoned]:
        """The function's answers, one per item and in order."""
        size = max(1, math.ceil(len(items) / self._children))
        parts = [items[start : start + size] for start in range(0, len(items), size)]
        answers = await asyncio.gather(*(self._attempt(function, part, _Losses()) for part in parts))
        return [answer for part in answers for answer in part]

    async def _attempt(
        self, function: Callable[[Item], Result], items: Sequence[Item], losses: _Losses
    ) -> list[Result | Poisoned]:
        pool = self._pool
        try:
            task: Future[list[Result | Poisoned]] = pool.schedule(_work, args=[function, items], timeout=self._seconds)
            answers = await asyncio.wrap_future(task)
        except (TimeoutError, ProcessExpired) as error:
            log.warning("child.lost", items=len(items), reason=type(error).__name__)
            return await self._narrow(function, items, replace(losses, deaths=losses.deaths + 1), type(error).__name__)
        except (BrokenProcessPool, RuntimeError) as error:
            # A child that dies before the pool has heard what it took breaks the whole pool, for everyone.
            if self._closed:
                raise
            self._exchange(pool)
            return await self._narrow(function, items, replace(losses, breaks=losses.breaks + 1), type(error).__name__)
        for answer in answers:
            if isinstance(answer, Poisoned):
                log.error("child.poisoned", reason=answer.reason)
        return answers

    def _exchange(self, broken: ProcessPool) -> None:
        """A new pool for a broken one, once."""
        if self._pool is broken:
            log.warning("crew.exchanged")
            self._pool = self._new_pool()
            leaving = asyncio.create_task(_leave(broken))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    async def _narrow(
        self, function: Callable[[Item], Result], items: Sequence[Item], losses: _Losses, reason: str
    ) -> list[Result | Poisoned]:
        if len(items) > 1:
            half, fresh = len(items) // 2, _Losses()
            first = await self._attempt(function, items[:half], fresh)
            return first + await self._attempt(function, items[half:], fresh)
        if losses.too_many:
            return [Poisoned(reason)]
        return await self._attempt(function, items, losses)


async def _leave(pool: ProcessPool) -> None:
    """End a pool with its children, away from the event loop."""
    pool.stop()
    with contextlib.suppress(RuntimeError, TimeoutError):
        await asyncio.to_thread(pool.join, 10)
