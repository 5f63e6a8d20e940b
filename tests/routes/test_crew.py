"""Children may die, hang or raise: the item at fault stands alone, everything beside it comes back."""

import asyncio
import os
import time
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pebble.pool.base_pool import PoolStatus

from routes.crew import Crew, Poisoned

DIES, HANGS, RAISES, DIES_ONCE = "dies", "hangs", "raises", "dies-once"


def _nothing() -> None:
    return


def work(item: str) -> str:
    """What a batch's items do to the child that takes them."""
    if item == DIES:
        os._exit(9)
    if item == HANGS:
        time.sleep(60)
    if item == RAISES:
        raise ValueError("Nguyễn Văn A")
    if item.startswith(DIES_ONCE):
        mark = item.partition(":")[2]
        try:
            os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return item
        os._exit(9)
    return item


@pytest.fixture
async def crew() -> AsyncIterator[Crew]:
    async with Crew(children=2, seconds=2.0, initializer=_nothing) as opened:
        yield opened


async def test_answers_come_in_order(crew: Crew) -> None:
    items = [str(n) for n in range(25)]
    assert await crew.run(work, items) == items


@pytest.mark.parametrize("bad", [DIES, HANGS, RAISES])
async def test_the_item_at_fault_stands_alone(crew: Crew, bad: str) -> None:
    items = ["a", "b", bad, "c", "d"]
    answers = await crew.run(work, items)
    assert [a for a in answers if not isinstance(a, Poisoned)] == ["a", "b", "c", "d"]
    assert isinstance(answers[2], Poisoned)


async def test_an_errors_text_stays_in_the_child(crew: Crew) -> None:
    (answer,) = await crew.run(work, [RAISES])
    assert isinstance(answer, Poisoned)
    assert "Nguyễn" not in answer.reason
    assert answer.reason.startswith("ValueError at work:")


async def test_one_death_is_an_accident(crew: Crew, tmp_path_factory: pytest.TempPathFactory) -> None:
    item = f"{DIES_ONCE}:{tmp_path_factory.mktemp('crew') / 'mark'}"
    assert await crew.run(work, [item]) == [item]


async def test_batches_beside_a_dying_one_are_not_touched(crew: Crew) -> None:
    hurt, fine = await asyncio.gather(crew.run(work, [DIES, "x"]), crew.run(work, ["1", "2", "3"]))
    assert fine == ["1", "2", "3"]
    assert isinstance(hurt[0], Poisoned)
    assert hurt[1] == "x"


async def test_a_pool_that_broke_is_exchanged_and_nobody_pays(crew: Crew) -> None:
    """pebble gives up a whole pool when a child dies before the pool has heard what it took."""
    assert await crew.run(work, ["warm"]) == ["warm"]
    crew._pool._context.status = PoolStatus.ERROR
    items = ["a", "b", "c", "d"]
    assert await crew.run(work, items) == items


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items=st.lists(st.sampled_from(["ok", "ok", "ok", DIES, RAISES]), max_size=6))
async def test_any_mixture_gives_one_answer_per_item(crew: Crew, items: list[str]) -> None:
    answers = await crew.run(work, items)
    assert [isinstance(answer, Poisoned) for answer in answers] == [item != "ok" for item in items]
