"""Figures of the first page that are counted anew only when they are old: it asks every few seconds, for each who looks."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ledger.database import Connection

Figures = TypeVar("Figures")


@dataclass(slots=True)
class Glance(Generic[Figures]):
    """One set of figures."""

    count: Callable[[Connection], Awaitable[Figures]]
    """counts them"""
    lasts_seconds: float = 15.0
    """they are this old at most"""
    _figures: Figures | None = field(default=None, init=False)
    _until: float = field(default=0.0, init=False)

    async def counts(self, connection: Connection) -> Figures:
        """As they were a moment ago."""
        if self._figures is None or time.monotonic() >= self._until:
            self._figures = await self.count(connection)
            self._until = time.monotonic() + self.lasts_seconds
        return self._figures
