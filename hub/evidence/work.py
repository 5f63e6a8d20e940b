"""What the commands do on the ledger: build, renew, tell, in the place of the keeper and never beside it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from pydantic import SecretStr

from hub import desk
from hub.evidence.failing import told_of
from hub.failures import Failure
from hub.settings import Settings
from hub.watching import Progress, watched
from ledger import evidence
from ledger.database import open_pool
from ledger.evidence import DayView, Task, tasks
from ledger.settings import LedgerSettings
from routes.preserving import Built, Due, Means, closed, found_due, wanted
from routes.preserving import build as trees_of
from routes.preserving import renew as renew_all
from routes.preserving import waiting as waiting_days
from routes.stamping import stamper_of
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
    waiting: dict[date, int]
    """day whose tree they are to join → record octets that were verified, are to be proven and are under no tree yet"""

    @property
    def all_waiting(self) -> int:
        """Of all days."""
        return sum(self.waiting.values())


@dataclass(frozen=True, slots=True)
class Order:
    """What an operator wants built."""

    day: str | None = None
    """up to its end, or up to now where that is today; None: up to the end of yesterday"""
    since: str | None = None
    """from which day on it is looked for what was passed by before; None: where the last one ended"""
    together: bool = False
    """one tree under one timestamp over all days"""


def build(settings: Settings, order: Order, *, quiet: bool, tell: Callable[[Built], None]) -> list[Built]:
    """Build a tree for each day that lacks one; each is told of as soon as it is written.

    Raises:
        Failure: no database, no timestamp, a day that is none or has not come, or a keeper at work.
    """
    now = datetime.now(UTC)
    until = closed(now, 0)[1] if order.day is None else _until(order.day, now)
    since = None if order.since is None else _begin(day_of(order.since))
    built: list[Built] = []

    async def work(means: Means) -> None:
        async for each in trees_of(means, until=until, since=since, together=order.together):
            built.append(each)
            tell(each)

    with watched(quiet=quiet) as progress:
        _keeping(settings, progress, work, built)
    return built


def renew(settings: Settings, *, quiet: bool) -> int:
    """Renew what is due; how many timestamps were covered.

    Raises:
        Failure: no database, no timestamp, or a keeper at work.
    """
    with watched(quiet=quiet) as progress:
        return _keeping(settings, progress, renew_all)


def due(settings: Settings) -> Due:
    """What must be renewed."""
    return _with_means(settings, None, found_due)


def status(settings: Settings) -> Status:
    """How evidence stands."""

    async def look(means: Means) -> Status:
        waiting = await waiting_days(means, until=datetime.now(UTC))
        async with means.pool.connection() as connection:
            return Status(
                kept=wanted(settings.routes) and settings.evidence.keeps_any,
                days=await evidence.days(connection),
                tasks={name: await tasks.task(connection, name) for name in ("build", "renew")},
                due=await found_due(means),
                waiting={day: len(members) for day, members in waiting.items()},
            )

    return _with_means(settings, None, look)


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


def _until(text: str, now: datetime) -> datetime:
    begins = _begin(day_of(text))
    if begins > now:
        raise Failure(vi=f"Ngày {text} chưa tới.", en=f"{text} has not come yet.", code=64)
    return min(begins + timedelta(days=1), now)


def _begin(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=VIETNAM)


def _keeping(
    settings: Settings,
    progress: Progress | None,
    work: Callable[[Means], Awaitable[Answer]],
    built: Sequence[Built] = (),
) -> Answer:
    """As the keeper, alone."""

    async def in_turn(means: Means) -> Answer:
        async with means.pool.connection() as guard, evidence.alone(guard) as mine:
            if not mine:
                raise Failure(
                    vi="Hub đang lập hoặc gia hạn bằng chứng.",
                    en="The hub is at this work right now.",
                    do_vi="Chờ vài phút rồi xem «hocba evidence status».",
                    do_en="Wait a few minutes and see «hocba evidence status».",
                    code=75,
                )
            return await work(means)

    return _with_means(settings, progress, in_turn, built)


def _with_means(
    settings: Settings,
    progress: Progress | None,
    work: Callable[[Means], Awaitable[Answer]],
    built: Sequence[Built] = (),
) -> Answer:
    async def run(url: str) -> Answer:
        ledger = settings.ledger.model_copy(update={"url": SecretStr(url)})
        async with open_pool(LedgerSettings.model_validate(ledger)) as pool:
            stamper = stamper_of(settings.signing)
            try:
                return await work(Means(pool, settings.evidence, stamper, progress=progress or (lambda _: None)))
            finally:
                await stamper.client.close()

    with desk.ledger_url(settings) as url, told_of(built):
        return asyncio.run(run(url))
