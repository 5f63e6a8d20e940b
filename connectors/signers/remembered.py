"""What a service told, believed for a while, and asked for once however many want it at the same time."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Thing = TypeVar("Thing")

SECONDS = 300.0
"""How long a key's particulars are believed: a renewed certificate is found out by its values at the latest."""


class Remembered(Generic[Thing]):
    """Things of a service by name."""

    def __init__(self, fetch: Callable[[str], Awaitable[Thing]], *, seconds: float = SECONDS) -> None:
        self._fetch = fetch
        self._seconds = seconds
        self._known: dict[str, tuple[Thing, float]] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, name: str) -> Thing:
        """The thing as it was told lately; raises what asking raises."""
        async with self._locks[name]:
            known = self._known.get(name)
            if known is not None and time.monotonic() < known[1]:
                return known[0]
            return await self._ask(name)

    async def afresh(self, name: str) -> Thing:
        """The thing as the service tells of it now; raises what asking raises."""
        async with self._locks[name]:
            return await self._ask(name)

    async def _ask(self, name: str) -> Thing:
        thing = await self._fetch(name)
        self._known[name] = (thing, time.monotonic() + self._seconds)
        return thing
