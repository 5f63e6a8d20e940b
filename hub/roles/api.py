"""The vendors' API and the staff's console."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator

import psycopg
import uvicorn

from connectors import city
from console.app import create_app
from console.wiring import CertificateRules
from hub.failures import Failure
from hub.ports import listen_on
from hub.settings import Settings
from ledger.database import open_pool

BEAT_SECONDS = 1.0


async def run(settings: Settings, stop: asyncio.Event, progress: Callable[[], None]) -> None:
    """Serve until told to stop; requests in hand are finished.

    Raises:
        Failure: the port is taken, or the application does not start.
    """
    await _refuse_forgetful(settings)
    app = create_app(
        settings.web,
        ledger=settings.ledger,
        limits=settings.reading,
        destination=city.DESTINATION.name,
        deadline=settings.deadline,
        printing=settings.printing,
        signing=settings.signing,
        preserving=settings.evidence,
        rules=CertificateRules(
            approver=settings.certificates.approver,
            roles=settings.signing.approved_slots,
            days=settings.certificates.expiring_days,
            deadlines=tuple(campaign.last_day(replaces=False) for campaign in settings.check.campaigns),
        ),
    )
    server = _Server(
        uvicorn.Config(
            app,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=max(1, int(settings.processes.stop_seconds / 2)),
        )
    )
    with listen_on(settings.web.host, settings.web.port) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        helpers = [asyncio.create_task(_beat(server, progress)), asyncio.create_task(_end(server, stop))]
        await serving
        for helper in helpers:
            helper.cancel()
    if not stop.is_set():
        raise Failure(vi="API không khởi động được; xem nhật ký.", en="The API did not start; see its log.", code=70)


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


async def _end(server: uvicorn.Server, stop: asyncio.Event) -> None:
    await stop.wait()
    server.should_exit = True


async def _refuse_forgetful(settings: Settings) -> None:
    """A database that forgets what it confirms is refused at once; one that does not answer yet is waited for."""
    assert settings.ledger.url is not None
    url = settings.ledger.url.get_secret_value()
    try:
        async with await psycopg.AsyncConnection.connect(url, connect_timeout=5):
            pass
    except psycopg.OperationalError:
        return
    async with open_pool(settings.ledger):
        pass
