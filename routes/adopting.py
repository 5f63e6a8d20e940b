"""Signatures wanted of a service that the settings do not name any more: without this they would wait for ever."""

import asyncio
from contextlib import suppress

import psycopg
import structlog

from ledger import signature_orders
from routes.tools import Tools

log = structlog.get_logger(__name__)

QUIET_SECONDS = 600.0
"""Nothing has become of a request for so long: a worker with older settings may still be at it while a new one starts."""

LOOK_SECONDS = 60.0


async def adopt_for_ever(tools: Tools, stop: asyncio.Event) -> None:
    """Look now and then."""
    while not stop.is_set():
        try:
            await adopt(tools)
        except (psycopg.Error, OSError) as error:
            log.debug("adopting.interrupted", reason=type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK_SECONDS)


async def adopt(tools: Tools, *, quiet_seconds: float = QUIET_SECONDS) -> int:
    """Let such requests be prepared again, for whoever signs by today's settings; how many there were."""
    async with tools.pool.connection() as connection:
        count = await signature_orders.orphaned(
            connection, homes=list(tools.signers.services), quiet_seconds=quiet_seconds
        )
    if count:
        log.warning("adopting.service-gone", count=count)
    return count
