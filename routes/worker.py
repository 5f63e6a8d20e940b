"""A worker process: FastStream subscribes to the stage topics, every handler is thin.

One batch = decode the references, hand them to their stage, acknowledge. Offsets are advisory: the stage writes its
outcomes under the leases' tokens before the batch is acknowledged, and no exception leaves a handler.
"""

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import psycopg
import structlog
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from psycopg_pool import PoolTimeout

from connectors import city
from connectors.portal import Portal, PortalSettings
from ledger import dispatch
from ledger.crash import crash_point, planted
from ledger.database import open_pool, retrying
from ledger.dispatch import Reference
from ledger.settings import LedgerSettings
from ledger.states import Stage
from routes import (
    adopting,
    asking,
    carry,
    deliver,
    pack,
    poll,
    preserving,
    registering,
    returning,
    revocation,
    signature_alarms,
    way,
)
from routes.crew import Crew
from routes.settings import KafkaSettings, RouteSettings
from routes.signers import Signers
from routes.stamping import stamper_of
from routes.tools import Tools
from routes.topics import create_topics, decode, stage_topic
from signing.seal.memory import keep_memory_private

log = structlog.get_logger(__name__)

Handler = Callable[[Tools, Sequence[Reference]], Awaitable[None]]
Receive = Callable[[Sequence[Reference], KafkaMessage], Awaitable[None]]
BESIDE: tuple[Callable[[Tools, asyncio.Event], Awaitable[None]], ...] = (
    returning.collect_for_ever,
    registering.register_for_ever,
    revocation.keep_for_ever,
    asking.ask_for_ever,
    adopting.adopt_for_ever,
    signature_alarms.watch_for_ever,
    preserving.keep_for_ever,
)
"""What a worker does beside its stages, until it is told to stop."""

Progress = Callable[[], None]
"""Called when something has been achieved: health comes from progress, never from a ping."""

EXCHANGE_BATCH = 16
"""References of one batch of exchanges: a slow one delays no more than these."""

BATCH_SECONDS = 15 * 60.0
"""A batch that takes longer loses its leases and its partitions to others."""

RESTART_SECONDS = 2.0


async def run(
    *,
    routes: RouteSettings,
    ledger: LedgerSettings,
    portal: PortalSettings,
    stop: asyncio.Event,
    progress: Progress,
) -> None:
    """Work until `stop` is set, then finish the batch in hand and leave the group."""
    keep_memory_private()
    async with (
        open_pool(ledger) as pool,
        Crew(
            children=routes.worker.children,
            seconds=routes.worker.child_seconds,
            initializer=way.equip,
            initargs=(routes.signing, routes.check),
        ) as crew,
        Portal(portal) as city_portal,
    ):
        tools = Tools(
            pool=pool,
            crew=crew,
            portals={city.DESTINATION.name: city_portal},
            settings=routes,
            signers=Signers(routes.signing.services, certificate_seconds=routes.signing.waiting.certificate_seconds),
            stamper=stamper_of(routes.signing),
        )
        beside = [asyncio.ensure_future(keep(tools, stop)) for keep in BESIDE]
        try:
            await _consume(tools, stop, progress)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await tools.close()


async def _consume(tools: Tools, stop: asyncio.Event, progress: Progress) -> None:
    """Subscribe and stay; a broker that goes away is waited for."""
    kafka = tools.settings.kafka
    assert kafka.servers is not None
    while not stop.is_set():
        broker = build(tools, progress)
        try:
            await create_topics(kafka, kafka.servers)
            await start_together(broker)
            log.info("worker.started")
            while not stop.is_set():
                progress()
                await _pause(stop, 1.0)
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("worker.interrupted", reason=type(error).__name__)
            progress()
            await _pause(stop, RESTART_SECONDS)
        finally:
            await broker.stop()


async def start_together(broker: KafkaBroker) -> None:
    """Start every subscriber at once: each waits for its group, which waits some seconds for its first members."""
    await broker.connect()
    started = await asyncio.gather(*(subscriber.start() for subscriber in broker.subscribers), return_exceptions=True)
    for outcome in started:
        if isinstance(outcome, BaseException):
            raise outcome


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


def build(tools: Tools, progress: Progress) -> KafkaBroker:
    """The broker with one batch subscriber per stage."""
    kafka = tools.settings.kafka
    broker = KafkaBroker(kafka.servers or "", logger=None, graceful_timeout=30.0, apply_types=True)
    wide = tools.settings.worker.batch * tools.settings.worker.parts
    _subscribe(broker, tools, progress, Stage.NORMALISE, _in_parts(carry.carry), wide)
    _subscribe(broker, tools, progress, Stage.CHECK, _in_parts(carry.carry), wide)
    _subscribe(broker, tools, progress, Stage.SIGN, _in_parts(carry.carry), wide)
    _subscribe(broker, tools, progress, Stage.VERIFY, _in_parts(carry.carry), wide)
    _subscribe(broker, tools, progress, Stage.PACK, _pack, wide)
    _subscribe(broker, tools, progress, Stage.DELIVER, _each(deliver.deliver), EXCHANGE_BATCH)
    _subscribe(broker, tools, progress, Stage.POLL, _each(poll.poll), EXCHANGE_BATCH)
    _subscribe(broker, tools, progress, Stage.RETURN, _each(returning.bring_back), EXCHANGE_BATCH)
    return broker


def _subscribe(
    broker: KafkaBroker, tools: Tools, progress: Progress, stage: Stage, handler: Handler, most: int
) -> None:
    async def handle(references: Sequence[Reference], message: KafkaMessage) -> None:
        await _handle(tools, progress, stage, handler, references, message)

    subscribe(broker, tools.settings.kafka, stage, most=most, handle=handle)


def subscribe(broker: KafkaBroker, kafka: KafkaSettings, stage: Stage, *, most: int, handle: Receive) -> None:
    """One batch subscriber on a stage's topic: what `tests/framework` holds the framework to."""

    @broker.subscriber(
        stage_topic(kafka, stage),
        batch=True,
        max_records=most,
        batch_timeout_ms=100,
        group_id=f"{kafka.group}.{stage.value}",
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        decoder=_raw,
        title=stage.value,
        description=f"References to work at the {stage.value} stage: {{kind, id, token}}.",
        max_poll_interval_ms=int(BATCH_SECONDS * 1000),
        session_timeout_ms=int(kafka.session_seconds * 1000),
        heartbeat_interval_ms=int(kafka.session_seconds * 300),
    )
    async def receive(body: list[bytes], message: KafkaMessage) -> None:
        await handle([r for r in map(decode, body) if r is not None], message)


async def _raw(message: KafkaMessage) -> object:
    """Bodies stay bytes: a malformed one must be a skipped reference, not an exception that is redelivered for ever."""
    return message.body


async def _handle(
    tools: Tools,
    progress: Progress,
    stage: Stage,
    handler: Handler,
    references: Sequence[Reference],
    message: KafkaMessage,
) -> None:
    began = time.monotonic()
    if planted("offset-before-write"):
        await message.ack()
    try:
        if references:
            async with _in_hand(tools, stage, references):
                await handler(tools, references)
    except Exception:
        # Nothing was written: the leases run out and the dispatcher publishes the work again.
        log.exception("stage.failed", stage=stage.value, references=len(references))
    crash_point("stage.after-write")
    try:
        await message.ack()
    except KafkaError as error:
        log.warning("stage.ack-lost", stage=stage.value, reason=type(error).__name__)
    crash_point("stage.after-ack")
    progress()
    log.debug("stage.batch", stage=stage.value, references=len(references), seconds=round(time.monotonic() - began, 3))


@asynccontextmanager
async def _in_hand(tools: Tools, stage: Stage, references: Sequence[Reference]) -> AsyncIterator[None]:
    """Say that the work has begun, and keep its leases while this process lives: halving a batch around a record that
    kills its child takes longer than a lease."""
    seconds = tools.settings.dispatch.lease_of(stage)
    async with tools.pool.connection() as connection:
        await dispatch.begin(connection, references, lease_seconds=seconds)
    keeper = asyncio.create_task(_keep(tools, references, seconds))
    try:
        yield
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)


async def _keep(tools: Tools, references: Sequence[Reference], seconds: float) -> None:
    for _ in range(math.ceil(BATCH_SECONDS / seconds * 3)):
        await asyncio.sleep(seconds / 3)
        with contextlib.suppress(psycopg.Error, PoolTimeout):
            async with tools.pool.connection() as connection:
                await dispatch.renew(connection, references, lease_seconds=seconds)


def _in_parts(handler: Handler) -> Handler:
    """A stage that works on batches: while one part is loaded or written, the children have another in hand."""

    async def parted(tools: Tools, references: Sequence[Reference]) -> None:
        size = tools.settings.worker.batch

        async def guarded(part: Sequence[Reference]) -> None:
            try:
                await handler(tools, part)
            except Exception:
                # Nothing of this part was written: its leases run out, the others are not touched.
                log.exception("part.failed", references=len(part))

        await asyncio.gather(*(guarded(references[n : n + size]) for n in range(0, len(references), size)))

    return parted


def _each(one: Callable[[Tools, Reference], Awaitable[None]]) -> Handler:
    """A stage that works on one reference at a time: several at once, one that fails leaves the others alone."""

    async def handler(tools: Tools, references: Sequence[Reference]) -> None:
        gate = asyncio.Semaphore(tools.settings.worker.exchanges)

        async def guarded(reference: Reference) -> None:
            async with gate:
                try:
                    # Two transactions that met: the whole exchange again is safe, since whoever finds that a package
                    # may have been sent asks before anything else.
                    async for attempt in retrying():
                        with attempt:
                            await one(tools, reference)
                except Exception:
                    log.exception("exchange.failed", kind=reference.kind, work=reference.id)

        await asyncio.gather(*map(guarded, references))

    return handler


async def _pack(tools: Tools, references: Sequence[Reference]) -> None:
    records = [reference for reference in references if reference.kind == "record"]
    if records:
        await pack.gather(tools, records)
    await _each(pack.seal)(tools, [reference for reference in references if reference.kind == "package"])
