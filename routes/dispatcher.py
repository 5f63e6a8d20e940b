"""The one publisher: claims runnable work in the ledger and publishes references to it.

Of several dispatchers the one that holds the advisory lock works, the others wait for it. One connection holds the lock
and does all the claiming, so that losing it loses both. Woken by NOTIFY; looks again by itself now and then.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import orjson
import psycopg
import structlog
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker
from psycopg import AsyncConnection

from ledger import dispatch, lanes
from ledger.crash import crash_point
from ledger.database import Connection, Pool, listen, open_pool
from ledger.dispatch import Lane, Reference
from ledger.outcomes import EventNote, Limits, RecordOutcome, Step, note, write_records
from ledger.settings import LedgerSettings
from ledger.states import Fate, Stage
from routes.settings import RouteSettings
from routes.topics import create_topics, dead_letter_topic, encode, stage_topic

log = structlog.get_logger(__name__)

PUBLISH_SECONDS = 20.0
CHUNK = 100  # references per produce request: well below the producer's batch size
HOUSEKEEPING_SECONDS = 2.0
PARTITION_ROOM = 1_000_000  # ids of room that every growing table keeps

Progress = Callable[[], None]
"""Called whenever the process has shown that it is alive and able."""


class LockLost(Exception):
    """Another dispatcher is at work, or the connection that held the lock is gone."""


@dataclass(slots=True)
class _Desk:
    """What the dispatcher works with."""

    settings: RouteSettings
    broker: KafkaBroker
    connection: Connection
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    housekept: float = 0.0


async def run(
    *,
    routes: RouteSettings,
    ledger: LedgerSettings,
    destinations: Sequence[str],
    stop: asyncio.Event,
    progress: Progress,
) -> None:
    """Dispatch until `stop` is set; goes on by itself when the database or the broker come back."""
    assert routes.kafka.servers is not None
    broker = KafkaBroker(
        routes.kafka.servers, enable_idempotence=True, logger=None, apply_types=False, request_timeout_ms=15_000
    )
    async with open_pool(ledger) as pool:
        async with pool.connection() as connection:
            for name in destinations:
                await lanes.enter_destination(connection, name)
        while not stop.is_set():
            try:
                await create_topics(routes.kafka, routes.kafka.servers)
                await broker.start()
                await _lead(pool, broker, routes=routes, ledger=ledger, stop=stop, progress=progress)
            except (psycopg.OperationalError, LockLost, KafkaError, OSError, TimeoutError) as error:
                log.warning("dispatcher.interrupted", reason=type(error).__name__)
                progress()
                await _pause(stop, 1.0)
        await broker.stop()


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def _lead(
    pool: Pool,
    broker: KafkaBroker,
    *,
    routes: RouteSettings,
    ledger: LedgerSettings,
    stop: asyncio.Event,
    progress: Progress,
) -> None:
    assert ledger.url is not None
    url = ledger.url.get_secret_value()
    async with await AsyncConnection.connect(url, options="-c timezone=UTC -c statement_timeout=60000") as connection:
        await connection.set_autocommit(True)
        if not await _take_lock(connection, stop, progress):
            return
        log.info("dispatcher.leads")
        await dispatch.release_queued(connection, within_seconds=None)
        desk = _Desk(routes, broker, connection)
        waker = asyncio.create_task(_listen(url, desk.wake))
        try:
            while not stop.is_set():
                progress()
                if not await _round(desk):
                    await _rest(desk, stop)
        finally:
            waker.cancel()
            await asyncio.gather(waker, return_exceptions=True)


async def _take_lock(connection: Connection, stop: asyncio.Event, progress: Progress) -> bool:
    while not stop.is_set():
        row = await (await connection.execute("select pg_try_advisory_lock(%s)", [dispatch.DISPATCHER_LOCK])).fetchone()
        if row is not None and row[0]:
            return True
        progress()
        await _pause(stop, 1.0)
    return False


async def _listen(url: str, wake: asyncio.Event) -> None:
    while True:
        try:
            async for _ in listen(url):
                wake.set()
        except psycopg.OperationalError:
            await asyncio.sleep(1.0)


async def _rest(desk: _Desk, stop: asyncio.Event) -> None:
    waits = [asyncio.create_task(desk.wake.wait()), asyncio.create_task(stop.wait())]
    _, pending = await asyncio.wait(
        waits, timeout=desk.settings.dispatch.idle_seconds, return_when=asyncio.FIRST_COMPLETED
    )
    for task in pending:
        task.cancel()
    desk.wake.clear()
    # A wake-up usually means that a batch was written; the next ones follow at once: let a few come together.
    await asyncio.sleep(0.005)


async def _round(desk: _Desk) -> int:
    """One look at everything; returns how many references went out."""
    connection = desk.connection
    await dispatch.release_due(connection)
    async with connection.transaction():
        await dispatch.number_feeds(connection)
    if time.monotonic() - desk.housekept > min(HOUSEKEEPING_SECONDS, desk.settings.dispatch.lease_seconds / 2):
        await _housekeep(desk)
        desk.housekept = time.monotonic()
    published = 0
    for lane, room in await _open_lanes(desk):
        published += await _publish_lane(desk, lane, room)
    return published


async def _housekeep(desk: _Desk) -> None:
    connection = desk.connection
    lost = await dispatch.take_back_lost(connection)
    if lost:
        log.warning("dispatcher.leases-lost", count=lost)
        await _bury_lost(desk)
    await dispatch.release_queued(connection)
    await connection.execute("select make_partitions(%s)", [PARTITION_ROOM])
    await _publish_dead_letters(desk)


async def _bury_lost(desk: _Desk) -> None:
    """Work that lost its worker too often: records die, packages are held (the destination may have them)."""
    connection, settings = desk.connection, desk.settings
    for id_, kind in await dispatch.lost_too_often(connection, settings.dispatch.losses_until_dead):
        async with connection.transaction():
            row = await (
                await connection.execute(
                    "update work set state = 'leased', token = nextval('tokens'), lease_until = now() + interval '1 minute'"
                    " where id = %s and state = 'ready' returning token, stage",
                    [id_],
                )
            ).fetchone()
            if row is None:
                continue
            stage = Stage(row[1])
            if kind == "record":
                outcome = RecordOutcome(id_, row[0], (Step(stage, Fate.DEAD, "worker-lost"),), None)
                await write_records(connection, [outcome], payloads={}, limits=limits_of(settings))
            else:
                await connection.execute("update work set state = 'held', losses = 0 where id = %s", [id_])
                await connection.execute("update packages set cause = 'worker-lost' where id = %s", [id_])
                await note(connection, kind, EventNote(id_, stage, Fate.HELD, "worker-lost"))


def limits_of(settings: RouteSettings) -> Limits:
    """The limits as the ledger takes them."""
    return Limits(
        refusals=settings.limits.refusals,
        refusal_share=settings.limits.refusal_share,
        deaths=settings.limits.deaths,
    )


async def _open_lanes(desk: _Desk) -> list[tuple[Lane, int]]:
    """Lanes with something to claim and room for it: later stages first, so that what is begun is finished."""
    connection = desk.connection
    ready = await dispatch.ready_lanes(connection)
    if not ready:
        return []
    closed = await lanes.closed_lanes(connection)
    loads = await dispatch.loads(connection)
    rooms = await _breaker_rooms(desk)
    found = []
    for stage in reversed(Stage):
        for stage_name, destination in ready:
            if stage_name != stage.value or (stage_name, destination) in closed:
                continue
            room = desk.settings.dispatch.in_flight - loads.get((stage_name, destination), 0)
            if stage in lanes.EXCHANGES:
                room = min(room, rooms.get(destination, room))
            if room > 0:
                found.append((Lane(stage, destination), room))
    return found


async def _breaker_rooms(desk: _Desk) -> dict[str, int]:
    """Destination → how much may go out to it, where its breaker has a word to say."""
    return {
        breaker.name: 1 if breaker.due else 0
        for breaker in await lanes.breakers(desk.connection)
        if breaker.state != "closed"
    }


async def _publish_lane(desk: _Desk, lane: Lane, room: int) -> int:
    settings = desk.settings
    probing = lane.stage in lanes.EXCHANGES and lane.destination in await _breaker_rooms(desk)
    references = await dispatch.claim(
        desk.connection,
        lane,
        limit=min(room, settings.dispatch.claim),
        lease_seconds=settings.dispatch.lease_of(lane.stage),
    )
    if not references:
        return 0
    if probing:
        await lanes.begin_probe(
            desk.connection,
            destination=lane.destination,
            patience_seconds=max(settings.limits.breaker_probe_seconds[0], 5.0),
        )
    crash_point("dispatch.after-claim")
    await _publish(desk, stage_topic(settings.kafka, lane.stage), references)
    crash_point("dispatch.after-publish")
    return len(references)


async def _publish(desk: _Desk, topic: str, references: list[Reference]) -> None:
    """Publish; what could not be published goes back at once."""
    done = 0
    try:
        async with asyncio.timeout(PUBLISH_SECONDS):
            for start in range(0, len(references), CHUNK):
                await desk.broker.publish_batch(*map(encode, references[start : start + CHUNK]), topic=topic)
                done = start + CHUNK
    except (KafkaError, OSError, TimeoutError):
        await dispatch.give_back(desk.connection, references[done:])
        raise


async def _publish_dead_letters(desk: _Desk) -> None:
    letters = await dispatch.unpublished_dead_letters(desk.connection)
    for _, stage, message in letters:
        await desk.broker.publish(orjson.dumps(message), topic=dead_letter_topic(desk.settings.kafka, stage))
    if letters:
        crash_point("dispatch.after-dead-letter")
        await dispatch.mark_dead_letters(desk.connection, [id_ for id_, _, _ in letters])
