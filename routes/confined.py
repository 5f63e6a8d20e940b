"""One child process for files that may be hostile: within bounds of time and memory, started anew when it breaks one."""

import asyncio
import multiprocessing
import resource
import signal
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

Answer = TypeVar("Answer")
Given = ParamSpec("Given")
MIB = 1024 * 1024


class Overrun(Exception):
    """The child took longer than it may, or more memory than there is, and was ended; its argument says which."""


class Cell:
    """Runs functions that another process can import; the child starts when it is first needed, and again after an end."""

    def __init__(self, *, seconds: float = 20.0, octets: int = 1024 * MIB) -> None:
        self._seconds = seconds
        self._pool = ProcessPool(
            max_workers=1, context=multiprocessing.get_context("spawn"), initializer=_confine, initargs=[octets]
        )

    def run(self, work: Callable[Given, Answer], *arguments: Given.args, **_: Given.kwargs) -> Answer:
        """The answer, waited for; whatever the function raises, it raises.

        Raises:
            Overrun: see there.
        """
        try:
            return self._schedule(work, arguments).result()
        except (TimeoutError, ProcessExpired, MemoryError) as error:
            raise Overrun(type(error).__name__) from error

    async def ask(self, work: Callable[Given, Answer], *arguments: Given.args, **_: Given.kwargs) -> Answer:
        """The same for whoever must not stand still meanwhile."""
        try:
            return await asyncio.wrap_future(self._schedule(work, arguments))
        except (TimeoutError, ProcessExpired, MemoryError) as error:
            raise Overrun(type(error).__name__) from error

    def _schedule(self, work: Callable[..., Answer], arguments: tuple[Any, ...]) -> Future[Answer]:
        scheduled: Future[Answer] = self._pool.schedule(work, args=arguments, timeout=self._seconds)
        return scheduled

    def close(self) -> None:
        """End the child."""
        self._pool.stop()
        self._pool.join(timeout=5)


def _confine(octets: int) -> None:
    # Ctrl-C in a terminal reaches the whole group: the parent alone decides when its children end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (octets, octets))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
