"""A school's own batch goes on octet for octet, as one package, or its records go under another seal."""

import pytest
from steps import (
    ask,
    carry,
    change,
    claim,
    gather,
    members,
    package_lease,
    places,
    pupils,
    refused,
    sealed,
    sending,
    write,
)
from support.arrivals import Batch, Item, batch, enter_vendor, push, record

from ledger import packages
from ledger.database import Pool
from ledger.registry import Sender
from ledger.states import Stage


@pytest.fixture
async def school(pool: Pool) -> Sender:
    """A vendor whose school signs its transactions itself."""
    return await enter_vendor(pool, "OWN", ["79760409"], seal="pass-through")


def _batch(count: int) -> Batch:
    return batch(*pupils(count, "79760409").items, sealed=True)


async def test_a_whole_batch_keeps_its_gaps(pool: Pool, school: Sender) -> None:
    arrival = _batch(3)
    await push(pool, school, arrival)
    ready = await carry(pool)
    await gather(pool, ready[:1])
    await gather(pool, ready[1:])
    reference = await package_lease(pool)
    async with pool.connection() as connection:
        draft = await packages.draft(connection, reference)
    assert draft is not None
    assert (draft.seal, draft.gaps) == ("pass-through", arrival.gaps)
    assert draft.octets == tuple(item.octets for item in arrival.items)


async def test_two_batches_of_a_school_stay_two_packages(pool: Pool, school: Sender) -> None:
    for turn in range(2):
        await push(pool, school, batch(*(record("79760409", pupil=f"{turn}{n}") for n in range(2)), sealed=True))
    await gather(pool, await carry(pool))
    assert [count for _, count in await members(pool)] == [2, 2]


async def test_a_batch_waits_for_its_last_record(pool: Pool, school: Sender) -> None:
    await push(pool, school, _batch(3))
    ready = await carry(pool)
    await gather(pool, ready[:2])
    reference = await package_lease(pool)
    async with pool.connection() as connection:
        assert await packages.draft(connection, reference) is None
    assert ("package", "pack", "waiting") in await places(pool)
    await gather(pool, ready[2:])
    assert await ask(pool, "select state, members from packages") == [("closed", 3)]


async def test_a_batch_that_lost_a_record_is_packed_again_under_another_seal(pool: Pool, school: Sender) -> None:
    await push(pool, school, _batch(3))
    ready = await carry(pool)
    await gather(pool, ready[:2])
    await write(pool, refused(ready[2]))
    reference = await package_lease(pool)
    async with pool.connection() as connection:
        assert await packages.draft(connection, reference) is None
    await gather(pool, await claim(pool, Stage.PACK))
    rows = await ask(pool, "select seal, state, members, cause from packages order by id")
    assert rows == [("pass-through", "split", 2, "batch-incomplete"), ("intermediary", "open", 2, "")]


async def test_a_batch_does_not_wait_for_ever(pool: Pool, school: Sender) -> None:
    await push(pool, school, _batch(2))
    ready = await carry(pool)
    await gather(pool, ready[:1])
    await change(pool, "update packages set closes_at = now()")
    reference = await package_lease(pool)
    async with pool.connection() as connection:
        assert await packages.draft(connection, reference) is None
    assert await ask(pool, "select state from packages") == [("split",)]


@pytest.mark.parametrize(
    "items",
    [
        (record("79760409", pupil="1"), record("79760409", pupil="1", text="another year")),
        (record("79760409", pupil="1"), record("79999999", pupil="2")),
    ],
    ids=["one-pupil-twice", "one-refused-at-the-door"],
)
async def test_a_batch_that_cannot_go_whole_is_not_tried(pool: Pool, school: Sender, items: tuple[Item, ...]) -> None:
    await push(pool, school, batch(*items, sealed=True))
    await gather(pool, await carry(pool))
    assert await ask(pool, "select seal from packages") == [("intermediary",)]


async def test_a_school_batch_that_is_split_changes_its_seal(pool: Pool, school: Sender) -> None:
    await push(pool, school, _batch(2))
    await gather(pool, await carry(pool))
    await sealed(pool)
    reference, _ = await sending(pool)
    async with pool.connection() as connection:
        await packages.split(connection, reference, cause="package-refused:E05")
    assert await ask(pool, "select seal, count(*) from packages group by 1 order by 1") == [
        ("intermediary", 2),
        ("pass-through", 1),
    ]
