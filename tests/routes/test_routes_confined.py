"""A child for strangers' files: it ends within its bounds, and the next file is judged by another one."""

import asyncio
import os
import time
from collections.abc import Iterator

import pytest

from routes.confined import MIB, Cell, Overrun


@pytest.fixture
def cell() -> Iterator[Cell]:
    made = Cell(seconds=2.0, octets=512 * MIB)
    yield made
    made.close()


def _endless(_: int) -> None:
    while True:
        time.sleep(0.01)


def _greedy(octets: int) -> int:
    return len(bytearray(octets))


def _deadly(status: int) -> None:
    os._exit(status)


def _wrong(text: str) -> int:
    return int(text)


def test_whatever_breaks_a_child_is_told_and_the_next_one_works(cell: Cell) -> None:
    for work, given in ((_endless, 0), (_greedy, 2**31), (_deadly, 9)):
        with pytest.raises(Overrun):
            cell.run(work, given)  # type: ignore[arg-type]
        assert cell.run(_greedy, 1000) == 1000


def test_a_functions_own_error_is_its_answer(cell: Cell) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        cell.run(_wrong, "không")
    assert cell.run(_wrong, "7") == 7


def test_an_event_loop_goes_on_meanwhile(cell: Cell) -> None:
    async def story() -> tuple[int, int]:
        turns = 0
        asking = asyncio.create_task(cell.ask(_greedy, 10))
        while not asking.done():
            turns += 1
            await asyncio.sleep(0.001)
        return await asking, turns

    answer, turns = asyncio.run(story())
    assert answer == 10
    assert turns > 1
