"""One process of the hub, configured by the environment alone: `python -m hub run api|dispatcher|worker`.

Ends in good order on SIGTERM or Ctrl-C: what is in hand is finished, nothing new is begun.
"""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import psycopg
import structlog
import uvicorn

from connectors import city
from console.app import create_app
from hub import logs
from hub.failures import Failure, port_taken
from hub.heartbeat import Heartbeat
from hub.settings import Settings
from ledger.database import LedgerUrlMissing, NotDurable, open_pool
from routes import dispatcher, worker

log = structlog.get_logger(__name__)

BEAT_SECONDS = 1.0

Role = Callable[[Settings, asyncio.Event, Callable[[], None]], Coroutine[Any, Any, None]]


async def run_api(settings: Settings, stop: asyncio.Event, progress: Callable[[], None]) -> None:
    """The vendors' API and the staff's console."""
    await _refuse_forgetful(settings)
    listener = listen_on(settings.web.host, settings.web.port)
    app = create_app(
        settings.web,
        ledger=settings.ledger,
        limits=settings.reading,
        destination=city.DESTINATION.name,
        deadline=settings.deadline,
    )
    server = _Server(
        uvicorn.Config(
            app,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=int(settings.processes.stop_seconds / 2) or 1,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    beating = asyncio.create_task(_beat(server, progress))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving
    beating.cancel()
    stopping.cancel()
    if not stop.is_set():
        raise Failure(vi="API không khởi động được.", en="The API did not start.", code=70)


class _Server(uvicorn.Server):
    """uvicorn, with the signals left to this process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing is captured."""
        yield


async def _beat(server: uvicorn.Server, progress: Callable[[], None]) -> None:
    """The event loop turns: that is an API's progress."""
    while True:
        if server.started:
            progress()
        await asyncio.sleep(BEAT_SECONDS)


async def _refuse_forgetful(settings: Settings) -> None:
    """A database that forgets what it confirms is refused at once; one that does not answer yet is waited for."""
    with contextlib.suppress(psycopg.OperationalError):
        async with open_pool(settings.ledger):
            pass


def listen_on(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        Failure: the port is taken, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise port_taken(host, port) from error


async def run_dispatcher(settings: Settings, stop: asyncio.Event, progress: Callable[[], None]) -> None:
    """The one publisher."""
    _need_engines(settings)
    await dispatcher.run(
        routes=settings.routes,
        ledger=settings.ledger,
        destinations=[city.DESTINATION.name],
        stop=stop,
        progress=progress,
    )


async def run_worker(settings: Settings, stop: asyncio.Event, progress: Callable[[], None]) -> None:
    """The stages."""
    _need_engines(settings)
    await worker.run(
        routes=settings.routes, ledger=settings.ledger, portal=settings.city, stop=stop, progress=progress
    )


def _need_engines(settings: Settings) -> None:
    if settings.kafka.servers is None:
        raise Failure(
            vi="Tiến trình này cần địa chỉ Kafka.",
            en="This process needs a Kafka address.",
            do_vi="Đặt HOCBA_KAFKA__SERVERS, hoặc dùng «hocba up» để có máy chủ nhúng.",
            do_en="Set HOCBA_KAFKA__SERVERS, or use «hocba up» for embedded engines.",
            code=78,
        )


ROLES: dict[str, Role] = {"api": run_api, "dispatcher": run_dispatcher, "worker": run_worker}


def run(role: str, settings: Settings) -> None:
    """Run one role until it is told to stop.

    Raises:
        Failure: it cannot run like this.
    """
    logs.configure(settings.logs, process=role)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_until_told(ROLES[role], settings))
    except NotDurable as error:
        raise not_durable(error) from error
    except LedgerUrlMissing as error:
        raise Failure(
            vi="Tiến trình này cần địa chỉ PostgreSQL.",
            en="This process needs a PostgreSQL URL.",
            do_vi="Đặt HOCBA_LEDGER__URL, hoặc dùng «hocba up» để có máy chủ nhúng.",
            do_en="Set HOCBA_LEDGER__URL, or use «hocba up» for embedded engines.",
            code=78,
        ) from error


def not_durable(error: NotDurable) -> Failure:
    """The refusal of a database that forgets (decision 17)."""
    vi, _, en = str(error).partition(" / ")
    return Failure(vi=vi, en=en, code=78)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


async def _until_told(role: Role, settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for told in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(told, stop.set)
    await role(settings, stop, Heartbeat.from_environment())
    log.info("stopped")
