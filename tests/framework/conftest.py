"""Subscribers as the hub wires them, on topics of their own, on the embedded broker and on a real one."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from faststream.kafka import KafkaBroker, KafkaMessage
from support.kafka import Kafka

from ledger.dispatch import Reference
from ledger.states import Stage
from routes.settings import KafkaSettings
from routes.topics import create_topics, encode, stage_topic
from routes.worker import subscribe

STAGE = Stage.NORMALISE
PATIENCE = 30.0

Handle = Callable[[Sequence[Reference], KafkaMessage], Awaitable[None]]


@dataclass
class Group:
    """A topic with a group that reads it: members come and go as a test says."""

    settings: KafkaSettings
    seen: list[list[int]] = field(default_factory=list)
    """ids of each batch, in the order of arrival"""

    @property
    def ids(self) -> list[int]:
        """Every id seen, over all batches."""
        return [id_ for batch in self.seen for id_ in batch]

    @asynccontextmanager
    async def member(self, handle: Handle | None = None, *, most: int = 100) -> AsyncIterator[KafkaBroker]:
        """A worker's subscriber; by itself it notes each batch and acknowledges it."""
        broker = KafkaBroker(self.settings.servers or "", logger=None, graceful_timeout=PATIENCE)
        subscribe(broker, self.settings, STAGE, most=most, handle=handle or self.acknowledge)
        await broker.start()
        try:
            yield broker
        finally:
            await broker.stop()

    async def acknowledge(self, references: Sequence[Reference], message: KafkaMessage) -> None:
        """Note and acknowledge."""
        self.note(references)
        await message.ack()

    def note(self, references: Sequence[Reference]) -> None:
        """What came."""
        self.seen.append([reference.id for reference in references])

    async def publish(self, *bodies: int | bytes) -> None:
        """References by their ids, or whatever octets, in one request, as the dispatcher publishes."""
        async with KafkaBroker(self.settings.servers or "", enable_idempotence=True, logger=None) as broker:
            messages = [encode(Reference("record", b, 1)) if isinstance(b, int) else b for b in bodies]
            await broker.publish_batch(*messages, topic=stage_topic(self.settings, STAGE))

    async def until(self, come: Callable[[], bool]) -> None:
        """Wait for something to have come."""
        async with asyncio.timeout(PATIENCE):
            while not come():  # noqa: ASYNC110 - nothing would set an event
                await asyncio.sleep(0.05)


async def new_group(kafka: Kafka) -> Group:
    """A fresh topic and group."""
    name = uuid.uuid4().hex[:8]
    settings = KafkaSettings(
        servers=kafka.servers, topic_prefix=f"t{name}.", group=f"g{name}", partitions=1, session_seconds=20
    )
    await create_topics(settings, kafka.servers)
    return Group(settings)
