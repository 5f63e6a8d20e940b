"""What only a real Kafka can show: several members of a group, and a broker that dies and comes back."""

import asyncio

import pytest
from confluent_kafka.admin import AdminClient
from support.kafka import Kafka

from ledger.states import Stage
from routes.topics import create_topics
from tests.framework.conftest import Group, new_group

pytestmark = pytest.mark.killable


@pytest.fixture
async def group(killable_kafka: Kafka) -> Group:
    group = await new_group(killable_kafka)
    wide = group.settings.model_copy(update={"partitions": 4, "topic_prefix": f"wide.{group.settings.topic_prefix}"})
    await create_topics(wide, killable_kafka.servers)
    return Group(wide)


async def test_topics_are_made_once_with_their_partitions(group: Group, killable_kafka: Kafka) -> None:
    await create_topics(group.settings, killable_kafka.servers)
    admin = AdminClient({"bootstrap.servers": killable_kafka.servers})

    def partitions() -> list[int]:
        topics = admin.list_topics(timeout=10).topics
        return [len(topic.partitions) for name, topic in topics.items() if name.startswith(group.settings.topic_prefix)]

    await group.until(lambda: partitions() == [4] * 2 * len(Stage))


async def test_what_a_member_left_unacknowledged_goes_to_the_others(group: Group) -> None:
    taken: list[int] = []

    async def hold(references: object, message: object) -> None:
        taken.append(1)

    async with group.member(hold):
        for id_ in range(1, 9):
            await group.publish(id_)
        await group.until(lambda: len(taken) > 0)
    async with group.member(), group.member():
        await group.until(lambda: sorted(set(group.ids)) == list(range(1, 9)))


async def test_a_member_goes_on_by_itself_when_the_broker_comes_back(group: Group, killable_kafka: Kafka) -> None:
    if not killable_kafka.killable:
        pytest.skip(f"{killable_kafka.kind} cannot be killed from here")
    await group.publish(1)
    async with group.member():
        await group.until(lambda: 1 in group.ids)
        await asyncio.to_thread(killable_kafka.kill)
        await asyncio.to_thread(killable_kafka.restart)
        await group.publish(2)
        await group.until(lambda: 2 in group.ids)
