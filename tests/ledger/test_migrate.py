"""Migrations: harmless when repeated, by two processes at once, and room enough for what grows."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import psycopg
import pytest
from pydantic import SecretStr
from steps import ask, change
from support.arrivals import batch, push, record

from ledger import migrate
from ledger.database import LedgerUrlMissing, NotDurable, Pool, check_durable, durability, open_pool
from ledger.registry import Sender
from ledger.settings import LedgerSettings


@pytest.fixture
def empty(postgres: str, database: str) -> str:
    """A database without any table."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")
    return database


def test_an_empty_database_is_brought_to_the_newest_version_and_stays_there(empty: str) -> None:
    assert migrate.current(empty) is None
    assert migrate.upgrade(empty) == (None, migrate.newest())
    assert migrate.upgrade(empty) == (migrate.newest(), migrate.newest())
    assert migrate.current(empty) == migrate.newest()


def test_two_processes_at_once_migrate_once(empty: str) -> None:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        found = sorted(processes.map(migrate.upgrade, [empty, empty]), key=str)
    assert found == sorted([(None, migrate.newest()), (migrate.newest(), migrate.newest())], key=str)
    with psycopg.connect(empty) as connection:
        assert connection.execute("select count(*) from units where kind = 'ward'").fetchone() == (168,)


async def test_every_growing_table_keeps_its_room(pool: Pool, vendor: Sender) -> None:
    await change(pool, "select setval('record_ids', 9000000), setval('ids', 4500000)")
    await change(pool, "select make_partitions(1000000)")
    before = await ask(pool, "select count(*) from pg_inherits")
    await change(pool, "select make_partitions(1000000)")
    assert await ask(pool, "select count(*) from pg_inherits") == before
    assert (await push(pool, vendor, batch(record()))).accepted == 1
    assert await ask(pool, "select tableoid::regclass::text from records") == [("records_2",)]
    (index,) = await ask(pool, "select count(*) from pg_indexes where tablename = 'records_2'")
    assert index == (3,)


async def test_room_is_made_without_keeping_writers_waiting(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(record()))
    async with pool.connection() as writing:
        await writing.execute("update records set size = size + 1")
        await writing.execute("insert into events (transfer_id, stage, fate) values (1, 'check', 'done')")
        async with pool.connection() as connection:
            await connection.execute("set local lock_timeout = '500ms'")
            await connection.execute("select make_partitions(6000000)")


async def test_a_database_that_may_forget_is_refused(pool: Pool) -> None:
    async with pool.connection() as connection:
        assert await durability(connection) == {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
        await connection.execute("set local synchronous_commit = off")
        with pytest.raises(NotDurable, match="synchronous_commit = off") as refused:
            await check_durable(connection, LedgerSettings())
        assert refused.value.found == {"synchronous_commit": "off"}
        await check_durable(connection, LedgerSettings(risk_losing_accepted_records=True))
        await connection.execute("set local synchronous_commit = remote_write")
        await check_durable(connection, LedgerSettings())


async def test_a_pool_on_such_a_database_does_not_open(new_database: Callable[[], str]) -> None:
    url = new_database()
    name = url.partition("?")[0].rsplit("/", 1)[1]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"alter database {name} set synchronous_commit = off".encode())
    with pytest.raises(NotDurable):
        async with open_pool(LedgerSettings(url=SecretStr(url))):
            pass
    with pytest.raises(LedgerUrlMissing):
        async with open_pool(LedgerSettings()):
            pass
