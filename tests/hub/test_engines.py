"""The embedded engines: durable or refused, there again after a stop, and gone when asked to go."""

import asyncio
from pathlib import Path

import psutil
import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pydantic import SecretStr

from hub.engines import EmbeddedBroker, EmbeddedPostgres, exists
from hub.failures import Failure
from hub.ready import prepare
from ledger import migrate
from ledger.database import durability
from ledger.settings import LedgerSettings


@pytest.fixture(scope="module")
def postgres_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engine") / "postgres"


def _set(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def test_the_embedded_database_is_durable_and_there_again(postgres_folder: Path) -> None:
    with EmbeddedPostgres(postgres_folder) as postgres:
        assert prepare(LedgerSettings(url=SecretStr(postgres.url))) == (None, migrate.newest())
        _set(postgres.url, "create table kept (n int)")
        _set(postgres.url, "insert into kept values (7)")
        assert asyncio.run(_durability(postgres.url)) == {
            "fsync": "on",
            "full_page_writes": "on",
            "synchronous_commit": "on",
        }
    assert exists(postgres_folder)
    with EmbeddedPostgres(postgres_folder) as postgres:
        with psycopg.connect(postgres.url) as connection:
            assert connection.execute("select n from kept").fetchall() == [(7,)]
        assert prepare(LedgerSettings(url=SecretStr(postgres.url))) == (migrate.newest(), migrate.newest())


async def _durability(url: str) -> dict[str, str]:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        return await durability(connection)


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_a_database_that_forgets_is_refused_by_name(postgres_folder: Path, setting: str) -> None:
    with EmbeddedPostgres(postgres_folder) as postgres:
        _set(postgres.url, f"alter system set {setting} = off")
    with EmbeddedPostgres(postgres_folder) as postgres:
        try:
            with pytest.raises(Failure) as refused:
                prepare(LedgerSettings(url=SecretStr(postgres.url)))
            assert setting in refused.value.text
            assert "HOCBA_LEDGER__RISK_LOSING_ACCEPTED_RECORDS" in refused.value.text
            risky = LedgerSettings(url=SecretStr(postgres.url), risk_losing_accepted_records=True)
            assert prepare(risky)[1] == migrate.newest()
        finally:
            _set(postgres.url, f"alter system reset {setting}")


def test_the_note_of_a_server_that_died_with_the_machine_does_not_mislead(postgres_folder: Path) -> None:
    with EmbeddedPostgres(postgres_folder):
        note = (postgres_folder / "postmaster.pid").read_text(encoding="utf-8")
    _, _, rest = note.partition("\n")
    (postgres_folder / "postmaster.pid").write_text(f"{psutil.Process().pid}\n{rest}", encoding="utf-8")
    with EmbeddedPostgres(postgres_folder) as postgres, psycopg.connect(postgres.url) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_folder_without_a_server_is_none(tmp_path: Path) -> None:
    assert not exists(tmp_path)


async def test_the_embedded_broker_carries_messages() -> None:
    with EmbeddedBroker() as broker:
        producer = AIOKafkaProducer(bootstrap_servers=broker.servers)
        await producer.start()
        await producer.send_and_wait("t", b"reference")
        await producer.stop()
        consumer = AIOKafkaConsumer("t", bootstrap_servers=broker.servers, auto_offset_reset="earliest")
        await consumer.start()
        message = await asyncio.wait_for(consumer.getone(), 30)
        await consumer.stop()
    assert message.value == b"reference"
