"""One process of the hub, configured by the environment: `python -m hub run api|dispatcher|worker`.

Ends in good order on SIGTERM or Ctrl-C: what is in hand is finished, nothing new is begun.
"""

import asyncio
import importlib
import signal
from collections.abc import Callable, Coroutine
from typing import Any, cast

import structlog

from hub import logs
from hub.failures import Failure, not_durable
from hub.heartbeat import Heartbeat
from hub.settings import Settings
from ledger.database import NotDurable

log = structlog.get_logger(__name__)

ROLES = ("api", "dispatcher", "worker")

DIED = 70
"""exit code after an error that nobody foresaw"""

Role = Callable[[Settings, asyncio.Event, Callable[[], None]], Coroutine[Any, Any, None]]


def run(role: str, settings: Settings) -> None:
    """Run one role until it is told to stop.

    Raises:
        Failure: it cannot run like this.
    """
    if role not in ROLES:
        raise Failure(
            vi=f"Không có tiến trình «{role}».",
            en=f"There is no process «{role}».",
            do_vi=f"Chọn một trong: {', '.join(ROLES)}.",
            do_en=f"One of: {', '.join(ROLES)}.",
            code=64,
        )
    _need_engines(role, settings)
    logs.configure(settings.logs, process=role)
    try:
        work = cast("Role", importlib.import_module(f"hub.roles.{role}").run)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_until_told(work, settings))
    except NotDurable as error:
        raise not_durable(error) from error
    except Failure:
        raise
    except Exception as error:
        # Its own text may quote a pupil's data: the log gets kind and place, and nothing reaches standard error.
        log.critical("died", exc_info=error)
        raise SystemExit(DIED) from None


def _need_engines(role: str, settings: Settings) -> None:
    lacking = [
        name
        for name, missing in (
            ("HOCBA_LEDGER__URL", settings.ledger.url is None),
            ("HOCBA_KAFKA__SERVERS", settings.kafka.servers is None and role != "api"),
        )
        if missing
    ]
    if lacking:
        named = ", ".join(lacking)
        raise Failure(
            vi=f"Tiến trình này cần {named}.",
            en=f"This process needs {named}.",
            do_vi="Đặt biến đó, hoặc dùng «hocba up» để có máy chủ nhúng.",
            do_en="Set it, or use «hocba up» for embedded engines.",
            code=78,
        )


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


async def _until_told(work: Role, settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for told in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(told, stop.set)
    await work(settings, stop, Heartbeat.from_environment())
    log.info("stopped")
