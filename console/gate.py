"""The way to the ledger: open as soon as the database answers, shut while it does not, never open to a forgetful one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg
import structlog
from psycopg_pool import PoolClosed

from ledger.database import Connection, NotDurable, Pool, durability, open_pool
from ledger.settings import LedgerSettings

log = structlog.get_logger("console")

CONNECTION_SECONDS = 4.0
"""a request that gets no connection within this is answered with 503: its client can come back, people do not wait"""


class LedgerShut(psycopg.OperationalError):
    """No database has answered since the start, or the one that did is not durable."""


class Gate:
    """Holds the pool while there is one; the application serves 503 until then."""

    def __init__(self, settings: LedgerSettings) -> None:
        self._settings = settings
        self._pool: Pool | None = None
        self._stop = asyncio.Event()
        self._answered = asyncio.Event()

    @property
    def pool(self) -> Pool:
        """The pool.

        Raises:
            LedgerShut: there is none yet.
        """
        if self._pool is None:
            raise LedgerShut("no database yet")
        return self._pool

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for one transaction."""
        try:
            async with self.pool.connection(timeout=CONNECTION_SECONDS) as connection:
                yield connection
        except PoolClosed as error:
            raise LedgerShut("stopping") from error

    @asynccontextmanager
    async def opened(self, *, patience_seconds: float) -> AsyncIterator[None]:
        """Keep trying to open while the application runs.

        Raises:
            NotDurable: the database answered within the patience and would lose what it confirms.
        """
        keeper = asyncio.create_task(self._keep())
        answered = asyncio.create_task(self._answered.wait())
        await asyncio.wait({keeper, answered}, timeout=patience_seconds, return_when=asyncio.FIRST_COMPLETED)
        answered.cancel()
        if keeper.done():
            keeper.result()
        try:
            yield
        finally:
            self._stop.set()
            keeper.cancel()
            with suppress(asyncio.CancelledError, NotDurable):
                await keeper

    async def _keep(self) -> None:
        while not self._stop.is_set():
            try:
                async with open_pool(self._settings) as pool:
                    self._pool = pool
                    self._answered.set()
                    await self._stop.wait()
            except NotDurable as error:
                log.critical("ledger-not-durable", found=error.found)
                raise
            except psycopg.OperationalError as error:
                log.warning("ledger-unreachable", error=type(error).__name__)
                await asyncio.sleep(1.0)
            finally:
                self._pool = None

    async def durable(self) -> dict[str, str]:
        """What the database says of its durability now."""
        async with self.connection() as connection:
            return await durability(connection)
