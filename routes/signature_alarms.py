"""Raises alarms when signatures do not come: a home of keys that stays silent, a deadline that draws near unsigned.

The city's team is to see trouble before the deadline does. An alarm is raised again after a while, not every minute.
"""

import asyncio
import time
from dataclasses import dataclass, field

import psycopg
import structlog

from ledger import signature_alarms
from ledger.database import Connection, Pool
from ledger.signature_views import NEAR_DAYS
from routes.tools import Tools

log = structlog.get_logger(__name__)

LOOK_SECONDS = 60.0
DOWN_SECONDS = 15 * 60.0
"""a home that is silent for so long is told of"""
AGAIN_HOURS = 12.0
"""how soon the same alarm may come again"""


async def watch_for_ever(tools: Tools, stop: asyncio.Event) -> None:
    """Look round after round; nothing where every key is a file."""
    if not (tools.settings.signing.services or tools.settings.signing.tokens):
        return
    watch = Watch(tools.pool)
    while not stop.is_set():
        try:
            await watch.look(now=time.monotonic())
        except (psycopg.Error, OSError) as error:
            log.debug("signature-alarms.interrupted", reason=type(error).__name__)
        try:
            await asyncio.wait_for(stop.wait(), LOOK_SECONDS)
        except TimeoutError:
            continue


@dataclass(slots=True)
class Watch:
    """What one process has seen so far."""

    pool: Pool
    """connections to the ledger"""
    silent: dict[str, float] = field(default_factory=dict)
    """home → since when something has waited for it without a break"""

    async def look(self, *, now: float) -> None:
        """One look; `now` in seconds of any clock that only goes forward."""
        async with self.pool.connection() as connection:
            waiting = await signature_alarms.down(connection)
            self.silent = {home: self.silent.get(home, now) for home in waiting}
            for home, count in waiting.items():
                if now - self.silent[home] >= DOWN_SECONDS:
                    await _tell(connection, signature_alarms.DOWN, home=home, count=count)
            near = await signature_alarms.near(connection, days=NEAR_DAYS)
            if near:
                await _tell(connection, signature_alarms.NEAR, home="", count=near)


async def _tell(connection: Connection, kind: str, *, home: str, count: int) -> None:
    if await signature_alarms.tell(connection, kind, home=home, count=count, again_hours=AGAIN_HOURS):
        log.warning("signature-alarms.raised", kind=kind, home=home, count=count)
