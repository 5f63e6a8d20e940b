"""`hocba up`: engines, migrations, the world, then the hub's processes under their supervisor."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from pydantic import SecretStr

from hub import running
from hub.engines import engines
from hub.failures import Failure
from hub.ports import address, free_port
from hub.processes import Patience, Program, Supervisor
from hub.ready import import_world, prepare
from hub.settings import Settings
from ledger.settings import LedgerSettings

log = structlog.get_logger(__name__)

TICK_SECONDS = 0.1
FALLS = 3
"""restarts in a row after which a start is given up"""


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


@contextmanager
def hub_up(
    settings: Settings,
    *,
    to_files: bool,
    beside: Sequence[Program] = (),
    told: Mapping[str, str] | None = None,
) -> Iterator[Hub]:
    """Bring a hub up, with programs beside it, and down again whatever happens.

    `told` are settings that other commands, started beside this hub, take over from it.

    Raises:
        Failure: it cannot run like this.
    """
    refuse_second(settings)
    port = free_port(settings.web.host, settings.web.port)
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    given = settings.ledger.url.get_secret_value() if settings.ledger.url else None
    with engines(data_folder=settings.data_folder, ledger_url=given, kafka_servers=settings.kafka.servers) as (
        ledger_url,
        servers,
    ):
        ledger = settings.ledger.model_copy(update={"url": SecretStr(ledger_url)})
        prepare(ledger)
        if settings.world_folder is not None:
            import_world(ledger, settings.world_folder, settings.data_folder / "keys")
        supervisor = Supervisor(folder=settings.data_folder, patience=_patience(settings), to_files=to_files)
        hub = Hub(settings, supervisor, ledger, address(settings.web.host, port))
        try:
            own = programs(settings, ledger_url=ledger_url, servers=servers, port=port)
            for program in (*beside, *own):
                supervisor.start(program)
            running.note(
                settings.data_folder,
                api=hub.api,
                ledger=None if given else ledger_url,
                kafka=servers,
                environment=told,
            )
            yield hub
        finally:
            supervisor.stop()
            running.forget(settings.data_folder)


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
        "HOCBA_WORKER__CHILDREN": str(_children(settings)),
    }
    names = ["api", "dispatcher", *_workers(settings)]
    return [Program(name, "hub", ("run", name.partition("-")[0]), environment, beats=True) for name in names]


def _children(settings: Settings) -> int:
    """One worker alone uses every core by its children, unless somebody set their number."""
    chosen = "children" in settings.worker.model_fields_set or settings.processes.workers > 1
    return settings.worker.children if chosen else os.cpu_count() or settings.worker.children


def _workers(settings: Settings) -> Sequence[str]:
    if settings.processes.workers == 1:
        return ["worker"]
    if settings.kafka.servers is None:
        raise Failure(
            vi="Máy chủ Kafka nhúng chỉ chịu được một worker.",
            en="The embedded broker bears one worker.",
            do_vi="Đặt HOCBA_PROCESSES__WORKERS=1 và tăng HOCBA_WORKER__CHILDREN, hoặc dùng Kafka thật.",
            do_en="Set HOCBA_PROCESSES__WORKERS=1 and raise HOCBA_WORKER__CHILDREN, or use a real Kafka.",
            code=78,
        )
    return [f"worker-{number}" for number in range(1, settings.processes.workers + 1)]


def wait_until_ready(hub: Hub, names: Sequence[str]) -> None:
    """Until these processes have shown progress.

    Raises:
        Failure: one of them does not, or keeps dying.
    """
    until = time.monotonic() + hub.settings.processes.start_seconds
    while waiting := [name for name in names if not hub.supervisor.steady(name)]:
        hub.supervisor.tick()
        falling = [name for name in waiting if hub.supervisor.failing(name) >= FALLS]
        if falling or time.monotonic() > until:
            raise _does_not_start(hub, (falling or waiting)[0])
        time.sleep(TICK_SECONDS)


def _does_not_start(hub: Hub, name: str) -> Failure:
    log_file = hub.supervisor.log_file(name)
    where = log_file if log_file.exists() else "nhật ký phía trên / the log above"
    return Failure(
        vi=f"Tiến trình {name} không khởi động được.",
        en=f"The process {name} does not start.",
        do_vi=f"Xem {where}, hoặc chạy «hocba doctor».",
        do_en="See its log, or run «hocba doctor».",
        code=70,
    )


def stay(hub: Hub) -> None:
    """Keep everything running until Ctrl-C or SIGTERM."""
    while True:
        hub.supervisor.tick()
        time.sleep(TICK_SECONDS)
