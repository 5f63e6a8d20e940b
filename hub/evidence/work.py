"""What the commands do on the ledger: build, renew, tell, in the place of the keeper and never beside it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import psycopg
from psycopg_pool import PoolTimeout
from pydantic import SecretStr

from hub import desk
from hub.failures import Failure, no_database
from hub.settings import Settings
from hub.watching import Progress, watched
from ledger import evidence, evidence_tasks
from ledger.database import Connection, open_pool
from ledger.evidence import DayView
from ledger.evidence_tasks import Task
from ledger.settings import LedgerSettings
from routes.preserving import Built, Due, Preserver, closed, wanted
from routes.stamping import TimestampDown, stamper_of
from signing.verify.policy import VIETNAM

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Status:
    """How evidence stands."""

    kept: bool
    """the settings want it"""
    days: list[DayView]
    """the days' trees, the newest first"""
    tasks: dict[str, Task]
    """build and renew"""
    due: Due
    """what must be renewed within the settings' days"""
    waiting: int
    """record octets that were verified and are under no tree yet"""


def build(settings: Settings, day: str | None, *, quiet: bool) -> Built | None:
    """Build a tree over everything verified until the end of a day, or until now where that is today.

    Raises:
        Failure: no database, no timestamp, a day that is none or has not come, or a keeper at work.
    """
    now = datetime.now(UTC)
    last, until = closed(now, 0) if day is None else _until(day, now)
    with watched(quiet=quiet) as progress:
        return _keeping(settings, progress, lambda keeper: keeper.build(day=last, until=until))


def renew(settings: Settings, *, quiet: bool) -> int:
    """Renew what is due; how many timestamps were covered.

    Raises:
        Failure: no database, no timestamp, or a keeper at work.
    """
    with watched(quiet=quiet) as progress:
        return _keeping(settings, progress, lambda keeper: keeper.renew())


def due(settings: Settings) -> Due:
    """What must be renewed."""
    return _with_keeper(settings, None, lambda keeper: keeper.due())


def status(settings: Settings) -> Status:
    """How evidence stands."""
    found = due(settings)

    async def look(connection: Connection) -> Status:
        tasks = {name: await evidence_tasks.task(connection, name) for name in ("build", "renew")}
        waiting = await evidence.wanting(connection, before=datetime.now(UTC), since=tasks["build"].done_until)
        return Status(wanted(settings.routes), await evidence.days(connection), tasks, found, len(waiting))

    return desk.ask(settings, look)


def today() -> date:
    """The day in Vietnam."""
    return datetime.now(VIETNAM).date()


def day_of(text: str) -> date:
    """A day as people write it.

    Raises:
        Failure: it is none.
    """
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise Failure(
        vi=f"«{text[:40]}» không phải ngày.",
        en=f"«{text[:40]}» is no day.",
        do_vi="Viết 2026-05-31 hoặc 31/05/2026.",
        do_en="Write 2026-05-31.",
        code=64,
    )


def _until(text: str, now: datetime) -> tuple[date, datetime]:
    day = day_of(text)
    begins = datetime(day.year, day.month, day.day, tzinfo=VIETNAM)
    if begins > now:
        raise Failure(vi=f"Ngày {text} chưa tới.", en=f"{text} has not come yet.", code=64)
    return day, min(begins + timedelta(days=1), now)


def _keeping(settings: Settings, progress: Progress | None, work: Callable[[Preserver], Awaitable[Answer]]) -> Answer:
    """As the keeper, alone."""

    async def in_turn(keeper: Preserver) -> Answer:
        async with keeper.pool.connection() as guard, evidence.alone(guard) as mine:
            if not mine:
                raise Failure(
                    vi="Hub đang lập hoặc gia hạn bằng chứng.",
                    en="The hub is at this work right now.",
                    do_vi="Chờ vài phút rồi xem «hocba evidence status».",
                    do_en="Wait a few minutes and see «hocba evidence status».",
                    code=75,
                )
            return await work(keeper)

    return _with_keeper(settings, progress, in_turn)


def _with_keeper(
    settings: Settings, progress: Progress | None, work: Callable[[Preserver], Awaitable[Answer]]
) -> Answer:
    async def run(url: str) -> Answer:
        ledger = settings.ledger.model_copy(update={"url": SecretStr(url)})
        async with open_pool(LedgerSettings.model_validate(ledger)) as pool:
            stamper = stamper_of(settings.signing)
            try:
                return await work(Preserver(pool, settings.evidence, stamper, progress=progress or (lambda _: None)))
            finally:
                await stamper.client.close()

    with desk.ledger_url(settings) as url, _told():
        return asyncio.run(run(url))


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except TimestampDown as error:
        raise _no_timestamp(error) from error
    except psycopg.errors.UndefinedTable as error:
        raise Failure(
            vi="Cơ sở dữ liệu chưa có bảng bằng chứng.",
            en="The database has no tables of evidence yet.",
            do_vi="Chạy «hocba db migrate».",
            do_en="Run «hocba db migrate».",
            code=69,
        ) from error
    except (psycopg.OperationalError, PoolTimeout) as error:
        raise no_database(error) from error


def _no_timestamp(error: TimestampDown) -> Failure:
    if not error.reasons:
        return Failure(
            vi="Chưa khai tổ chức cấp dấu thời gian nào.",
            en="No timestamping authority is set.",
            do_vi="Đặt signing.timestamps.urls trong hocba.toml.",
            do_en="Set signing.timestamps.urls in hocba.toml.",
            code=78,
        )
    told = "; ".join(error.reasons)
    return Failure(
        vi=f"Không xin được dấu thời gian ({told}); chưa ghi gì.",
        en=f"No timestamp could be had ({told}); nothing was written.",
        do_vi="Kiểm tra mạng và signing.timestamps.urls, rồi chạy lại; hub cũng tự thử lại.",
        do_en="Check the network and signing.timestamps.urls, then run it again; the hub tries again by itself, too.",
        code=75,
    )
