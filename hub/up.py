"""`hocba up`: engines, migrations, the world, then the hub's processes under their supervisor."""

import asyncio
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import sqlalchemy.exc
import structlog
from pydantic import SecretStr

from hub import running
from hub.engines import engines
from hub.failures import Failure, file_missing, no_database, port_taken
from hub.processes import Patience, Program, Supervisor
from hub.run import not_durable
from hub.settings import Settings
from ledger import migrate, registry
from ledger.database import NotDurable, open_pool
from ledger.settings import LedgerSettings

log = structlog.get_logger(__name__)

TICK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Hub:
    """A hub that has been brought up."""

    settings: Settings
    """as its processes have them"""
    supervisor: Supervisor
    """keeps them"""
    ledger: LedgerSettings
    """the database, embedded or given"""
    api: str
    """address of API and console"""

    def watch(self) -> None:
        """One look at everything."""
        self.supervisor.tick()


def refuse_second(settings: Settings) -> None:
    """Two hubs do not share a data folder.

    Raises:
        Failure: one is running there.
    """
    there = running.find(settings.data_folder)
    if there is not None:
        raise Failure(
            vi=f"Hub đã chạy ở thư mục này (tiến trình {there.pid}): {there.api}/console.",
            en=f"A hub runs in this folder already (process {there.pid}).",
            do_vi="Dùng hub đó, hoặc dừng nó trước.",
            do_en="Use that one, or stop it first.",
            code=73,
        )


@contextmanager
def hub_up(settings: Settings, *, to_files: bool, city: str | None = None) -> Iterator[Hub]:
    """Bring a hub up, and down again whatever happens.

    Raises:
        Failure: it cannot run like this.
    """
    refuse_second(settings)
    port = free_port(settings.web.host, settings.web.port)
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    given = settings.ledger.url.get_secret_value() if settings.ledger.url else None
    with engines(
        data_folder=settings.data_folder, ledger_url=given, kafka_servers=settings.kafka.servers
    ) as (ledger_url, servers):
        ledger = settings.ledger.model_copy(update={"url": SecretStr(ledger_url)})
        prepare(ledger, world=settings.world_folder, keys=settings.data_folder / "keys")
        supervisor = Supervisor(folder=settings.data_folder, patience=_patience(settings), to_files=to_files)
        hub = Hub(settings, supervisor, ledger, f"http://{_named(settings.web.host)}:{port}")
        try:
            for program in programs(settings, ledger_url=ledger_url, servers=servers, port=port):
                supervisor.start(program)
            running.note(
                settings.data_folder,
                api=hub.api,
                ledger=None if given else ledger_url,
                kafka=servers,
                city=city,
            )
            yield hub
        finally:
            running.forget(settings.data_folder)
            supervisor.stop()


def prepare(ledger: LedgerSettings, *, world: Path | None, keys: Path) -> dict[str, Path]:
    """Refuse a forgetful database, migrate, import the world; returns sender → file with its new API key.

    Raises:
        Failure: the database does not answer, is not durable, or the world is not there.
    """
    assert ledger.url is not None
    try:
        asyncio.run(_refuse_forgetful(ledger))
        before, after = migrate.upgrade(ledger.url.get_secret_value())
    except NotDurable as error:
        raise not_durable(error) from error
    except (psycopg.OperationalError, sqlalchemy.exc.OperationalError) as error:
        raise no_database(error) from error
    if before != after:
        log.info("ledger.migrated", before=before, after=after)
    return import_world(ledger, world, keys) if world is not None else {}


async def _refuse_forgetful(ledger: LedgerSettings) -> None:
    async with open_pool(ledger):
        pass


def import_world(ledger: LedgerSettings, world: Path, keys: Path) -> dict[str, Path]:
    """Enter units, senders and certificates; returns sender → file with its new API key.

    Raises:
        Failure: a file of the world is missing or not what it should be.
    """
    try:
        fresh = asyncio.run(_import(ledger, world))
    except FileNotFoundError as error:
        raise file_missing(error.filename) from error
    except (ValueError, KeyError, TypeError) as error:
        raise Failure(
            vi=f"Dữ liệu trong {world} không đúng mẫu units.json, senders.json, registry.json.",
            en=f"{world} does not hold units.json, senders.json and registry.json as they should be.",
            code=65,
        ) from error
    return {sender: _keep_key(keys, sender, key) for sender, key in fresh.items()}


async def _import(ledger: LedgerSettings, world: Path) -> dict[str, str]:
    async with open_pool(ledger) as pool, pool.connection() as connection:
        return await registry.import_world(connection, world)


def _keep_key(folder: Path, sender: str, key: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / f"{sender}.key"
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(key + "\n", encoding="ascii")
    return file


def _patience(settings: Settings) -> Patience:
    asked = settings.processes
    return Patience(
        silent_seconds=asked.silent_seconds,
        start_seconds=asked.start_seconds,
        stop_seconds=asked.stop_seconds,
        backoff_seconds=asked.backoff_seconds,
    )


def programs(settings: Settings, *, ledger_url: str, servers: str, port: int) -> list[Program]:
    """The hub's processes."""
    environment = {
        "HOCBA_LEDGER__URL": ledger_url,
        "HOCBA_LEDGER__URL_FILE": "",
        "HOCBA_KAFKA__SERVERS": servers,
        "HOCBA_KAFKA__SERVERS_FILE": "",
        "HOCBA_WEB__PORT": str(port),
        "HOCBA_DATA_FOLDER": str(settings.data_folder.resolve()),
    }
    names = ["api", "dispatcher", *_workers(settings)]
    return [Program(name, "hub", ("run", name.partition("-")[0]), environment, beats=True) for name in names]


def _workers(settings: Settings) -> Sequence[str]:
    if settings.kafka.servers is None and settings.processes.workers > 1:
        raise Failure(
            vi="Máy chủ Kafka nhúng chỉ chịu được một worker.",
            en="The embedded broker bears one worker.",
            do_vi="Đặt HOCBA_PROCESSES__WORKERS=1 và tăng HOCBA_WORKER__CHILDREN, hoặc dùng Kafka thật.",
            do_en="Set HOCBA_PROCESSES__WORKERS=1 and raise HOCBA_WORKER__CHILDREN, or use a real Kafka.",
            code=78,
        )
    if settings.processes.workers == 1:
        return ["worker"]
    return [f"worker-{number}" for number in range(1, settings.processes.workers + 1)]


def free_port(host: str, port: int) -> int:
    """The port itself when it is free, one that is when 0 was asked for.

    Raises:
        Failure: the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family) as probe:
            return int(probe.getsockname()[1])
    except OSError as error:
        raise port_taken(host, port) from error


def _named(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104 - read, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def wait_until_ready(hub: Hub, *names: str) -> None:
    """Until these processes have shown progress.

    Raises:
        Failure: one of them does not, or keeps dying.
    """
    until = time.monotonic() + hub.settings.processes.start_seconds
    while not all(hub.supervisor.steady(name) for name in names):
        hub.watch()
        bad = [name for name in names if hub.supervisor.failing(name) >= 3]
        if bad or time.monotonic() > until:
            name = (bad or [each for each in names if not hub.supervisor.steady(each)])[0]
            raise Failure(
                vi=f"Tiến trình {name} không khởi động được.",
                en=f"The process {name} does not start.",
                do_vi=f"Xem {hub.supervisor.log_file(name)}, hoặc chạy «hocba doctor».",
                do_en="See its log, or run «hocba doctor».",
                code=70,
            )
        time.sleep(TICK_SECONDS / 4)


def stay(hub: Hub) -> None:
    """Keep everything running until Ctrl-C or SIGTERM."""
    with suppress(KeyboardInterrupt):
        while True:
            hub.watch()
            time.sleep(TICK_SECONDS)
