"""Connections: a pool per process, the promise of durability, and the wake-up channel."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection, errors
from psycopg_pool import AsyncConnectionPool
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from ledger.settings import LedgerSettings

Connection = AsyncConnection[Any]
Pool = AsyncConnectionPool[Connection]

WORK_CHANNEL = "hocba_work"
"""NOTIFY channel that says: there may be work to dispatch."""

COLLISIONS = (errors.DeadlockDetected, errors.SerializationFailure)
"""Two transactions met; running the later one again is right."""

DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
ALSO_DURABLE = {"synchronous_commit": {"on", "remote_apply", "remote_write", "local"}}


class LedgerUrlMissing(Exception):
    """No database URL was given to a process that needs one."""


class NotDurable(Exception):
    """The database may forget what it confirmed (decision 17)."""

    def __init__(self, found: dict[str, str]) -> None:
        self.found = found
        said = ", ".join(f"{name} = {value}" for name, value in found.items())
        super().__init__(
            f"Cơ sở dữ liệu không bền: {said}. Bật lại rồi khởi động lại, hoặc đặt"
            " HOCBA_LEDGER__RISK_LOSING_ACCEPTED_RECORDS=true nếu chấp nhận mất hồ sơ."
            f" / The database is not durable: {said}. Turn these on and start again."
        )


async def _configure(connection: Connection) -> None:
    # One transaction is one decision of the hub: nothing is left to autocommit.
    await connection.set_autocommit(False)


@asynccontextmanager
async def open_pool(settings: LedgerSettings) -> AsyncIterator[Pool]:
    """A pool of connections, checked for durability before its first use.

    Raises:
        LedgerUrlMissing: no URL in the settings.
        NotDurable: the server would lose what it confirmed, and the settings do not accept that.
        psycopg_pool.PoolTimeout: the server does not answer.
    """
    if settings.url is None:
        raise LedgerUrlMissing("HOCBA_LEDGER__URL")
    pool: Pool = AsyncConnectionPool(
        settings.url.get_secret_value(),
        min_size=1,
        max_size=settings.pool_size,
        open=False,
        configure=_configure,
        check=AsyncConnectionPool.check_connection,
        timeout=10,
        reconnect_timeout=5,
        kwargs={
            "options": f"-c statement_timeout={int(settings.statement_timeout_seconds * 1000)} -c timezone=UTC",
            "prepare_threshold": 2,
        },
    )
    async with pool:
        await pool.wait(timeout=30)
        async with pool.connection() as connection:
            await check_durable(connection, settings)
        yield pool


async def check_durable(connection: Connection, settings: LedgerSettings) -> None:
    """Refuse a server that does not keep what it confirms.

    Raises:
        NotDurable: fsync, full page writes or synchronous commit is off and the settings do not accept the risk.
    """
    found = await durability(connection)
    lacking = {
        name: value for name, value in found.items() if value != "on" and value not in ALSO_DURABLE.get(name, set())
    }
    if lacking and not settings.risk_losing_accepted_records:
        raise NotDurable(lacking)


async def durability(connection: Connection) -> dict[str, str]:
    """The three settings that durability rests on, as the server says them."""
    rows = await (
        await connection.execute("select name, setting from pg_settings where name = any(%s)", [list(DURABLE)])
    ).fetchall()
    return dict(rows)


async def listen(url: str) -> AsyncIterator[None]:
    """Yield once for every wake-up; ends when the connection does."""
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(f"listen {WORK_CHANNEL}".encode())
        yield None
        async for _ in connection.notifies():
            yield None


async def wake(connection: Connection) -> None:
    """Tell the dispatcher, when this transaction commits, that there is work."""
    await connection.execute("select pg_notify(%s, '')", [WORK_CHANNEL])


async def copy_rows(connection: Connection, table: str, columns: str, rows: Iterable[Sequence[object]]) -> None:
    """Append rows by COPY; `columns` is a comma-separated list."""
    async with connection.cursor() as cursor, cursor.copy(f"copy {table} ({columns}) from stdin".encode()) as copy:
        for row in rows:
            await copy.write_row(row)


def retrying() -> AsyncRetrying:
    """Run a transaction again when it met another one (`async for attempt in retrying()`)."""
    return AsyncRetrying(
        retry=retry_if_exception_type(COLLISIONS),
        stop=stop_after_attempt(6),
        wait=wait_random_exponential(multiplier=0.02, max=0.5),
        reraise=True,
    )
