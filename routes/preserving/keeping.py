"""The keeper: alone on its ledger, round after round, it does what is due and says when it cannot."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog

from ledger import evidence
from ledger.evidence import tasks
from routes.fates import rhythm
from routes.preserving.building import build, closed
from routes.preserving.planting import Means
from routes.preserving.renewing import renew
from routes.settings import RouteSettings
from routes.stamping import TimestampDown, stamper_of
from routes.tools import Tools

log = structlog.get_logger(__name__)


async def keep_for_ever(tools: Tools, stop: asyncio.Event) -> None:
    """Round after round; nothing at all where evidence is not kept."""
    settings = tools.settings
    if not wanted(settings):
        return
    stamper = stamper_of(settings.signing)
    try:
        means = Means(tools.pool, settings.evidence, stamper)
        while not stop.is_set():
            try:
                await one_round(means)
            except Exception as error:
                # Whatever a database, a disk or an authority does: nothing is lost, and the next round comes.
                log.warning("evidence.round-failed", reason=type(error).__name__)
            try:
                await asyncio.wait_for(stop.wait(), settings.evidence.look_seconds)
            except TimeoutError:
                continue
    finally:
        await stamper.client.close()


def wanted(settings: RouteSettings) -> bool:
    """Whether there is a keeper here; where no profile is chosen any more, it still renews what was built."""
    enabled = settings.evidence.enabled
    return bool(settings.signing.timestamps.urls) if enabled is None else enabled


async def one_round(means: Means) -> None:
    """Do what is due, alone."""
    async with means.pool.connection() as guard, evidence.alone(guard) as mine:
        if mine:
            await _build_if_due(means)
            await _renew_if_due(means)


async def _build_if_due(means: Means) -> None:
    _, until = closed(datetime.now(UTC), means.settings.hour)
    async with means.pool.connection() as connection:
        task = await tasks.task(connection, "build")
    if task.due_at <= datetime.now(UTC) and (task.done_until is None or task.done_until < until):
        await _trying(means, "build", task.tries, partial(_build_all, means, until))


async def _renew_if_due(means: Means) -> None:
    async with means.pool.connection() as connection:
        task = await tasks.task(connection, "renew")
    if task.due_at <= datetime.now(UTC):
        await _trying(means, "renew", task.tries, partial(renew, means))


async def _trying(means: Means, name: str, tries: int, work: Callable[[], Awaitable[object]]) -> None:
    try:
        await work()
    except TimestampDown as error:
        log.warning("evidence.no-timestamp", task=name, reasons=error.reasons)
        wait = rhythm(means.settings.retry_delays_seconds, tries, 0.1)
        alarm = timedelta(seconds=means.settings.alarm_seconds)
        async with means.pool.connection() as connection:
            await tasks.failed(connection, name, cause="timestamp-down", due_seconds=wait, alarm_after=alarm)


async def _build_all(means: Means, until: datetime) -> None:
    async for _ in build(means, until=until):
        continue
