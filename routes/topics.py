"""Every topic, declared once: `hocba.<stage>` carries references, `hocba.<stage>.dlq` what died there."""

import asyncio
from collections.abc import Iterable

import orjson
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError

from ledger.dispatch import Reference
from ledger.states import Stage
from routes.settings import KafkaSettings

log = structlog.get_logger(__name__)

NOTHING = b'{"kind":"none","id":0,"token":0}'
"""A reference to nothing: makes a topic appear on a broker that cannot create one on request."""


def stage_topic(settings: KafkaSettings, stage: Stage) -> str:
    """References to work of this stage: {kind, id, token}."""
    return f"{settings.topic_prefix}{stage.value}"


def dead_letter_topic(settings: KafkaSettings, stage: str) -> str:
    """What died at this stage: {kind, id, stage, cause, attempts, destination, submission, at}."""
    return f"{settings.topic_prefix}{stage}.dlq"


def encode(reference: Reference) -> bytes:
    """The message of a reference."""
    return orjson.dumps({"kind": reference.kind, "id": reference.id, "token": reference.token})


def decode(message: bytes) -> Reference | None:
    """The reference in a message; None for anything else: the ledger publishes again what matters."""
    try:
        said = orjson.loads(message)
        reference = Reference(str(said["kind"]), int(said["id"]), int(said["token"]))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None
    return reference if reference.kind != "none" else None


async def create_topics(settings: KafkaSettings, servers: str) -> None:
    """Make every topic exist before anyone subscribes: a consumer that came first would look dead for minutes."""
    names = [stage_topic(settings, stage) for stage in Stage]
    names += [dead_letter_topic(settings, stage.value) for stage in Stage]
    try:
        await _create(settings, servers, names)
    except (KafkaError, OSError, TimeoutError, AttributeError) as error:
        # librdkafka's embedded broker has no controller (aiokafka then stumbles over None): there a topic appears when
        # something is produced to it.
        log.debug("topics.create-by-producing", reason=type(error).__name__)
        await _touch(servers, names)


async def _create(settings: KafkaSettings, servers: str, names: Iterable[str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers, request_timeout_ms=8000)
    async with asyncio.timeout(15):
        await admin.start()
        try:
            existing = set(await admin.list_topics())
            wanted = [
                NewTopic(name=name, num_partitions=settings.partitions, replication_factor=settings.replication)
                for name in names
                if name not in existing
            ]
            if wanted:
                await admin.create_topics(wanted)
        except TopicAlreadyExistsError:
            return
        finally:
            await admin.close()


async def _touch(servers: str, names: Iterable[str]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=servers, request_timeout_ms=8000)
    await producer.start()
    try:
        for name in names:
            await producer.send_and_wait(name, NOTHING)
    finally:
        await producer.stop()
