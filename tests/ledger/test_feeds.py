"""Feeds: every outcome once and in order, whatever commits when, and an inbox that belongs to the school."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from steps import ask, change, claim, refused, write
from support.arrivals import batch, enter_vendor, push, record

from ledger import dispatch, feeds, outcomes
from ledger.database import Connection, Pool
from ledger.feeds import FeedPage, OutcomeRow
from ledger.registry import Sender


async def _number(pool: Pool) -> int:
    async with pool.connection() as connection:
        return await dispatch.number_feeds(connection)


async def _read(pool: Pool, sender: Sender, after: int = 0, limit: int = 100) -> FeedPage[OutcomeRow]:
    async with pool.connection() as connection:
        return await feeds.outcomes(connection, sender_id=sender.id, after=after, limit=limit)


async def _refuse(pool: Pool, vendor: Sender, count: int) -> list[int]:
    await push(pool, vendor, batch(*(record(pupil=f"{vendor.code}{n}") for n in range(count))))
    references = await claim(pool)
    await write(pool, *map(refused, references))
    return [r.id for r in references]


async def test_a_row_tells_who_what_and_why(pool: Pool, vendor: Sender) -> None:
    receipt = await push(pool, vendor, batch(record()))
    await write(pool, refused((await claim(pool))[0], "rule:B10"))
    await _number(pool)
    page = await _read(pool, vendor)
    (row,) = page.rows
    assert (row.receipt, row.line, row.school, row.fate, row.stage, row.cause) == (
        receipt.receipt,
        0,
        "79760401",
        "refused",
        "check",
        "rule:B10",
    )
    assert row.uuid == receipt.lines[0].uuid
    assert (page.next, page.more) == (row.position, False)


async def test_what_has_no_position_does_not_exist_yet(pool: Pool, vendor: Sender) -> None:
    await _refuse(pool, vendor, 2)
    assert (await _read(pool, vendor)).rows == ()
    assert await _number(pool) == 2
    assert await _number(pool) == 0
    assert len((await _read(pool, vendor)).rows) == 2


async def test_a_feed_is_its_senders_own(pool: Pool, vendor: Sender) -> None:
    other = await enter_vendor(pool, "OTHER", ["79760403"])
    await _refuse(pool, vendor, 2)
    await _number(pool)
    assert (await _read(pool, other)).rows == ()


async def test_pages_follow_each_other_without_gap_or_overlap(pool: Pool, vendor: Sender) -> None:
    await _refuse(pool, vendor, 7)
    await _number(pool)
    seen: list[int] = []
    page = await _read(pool, vendor, limit=3)
    while True:
        seen += [row.position for row in page.rows]
        if not page.more:
            break
        page = await _read(pool, vendor, after=page.next, limit=3)
    assert seen == sorted(set(seen))
    assert len(seen) == 7
    assert (await _read(pool, vendor, after=page.next)).next == page.next


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(4)), looks=st.lists(st.booleans(), min_size=4, max_size=4))
async def test_a_reader_misses_nothing_in_whatever_order_transactions_commit(
    pool: Pool, vendor: Sender, order: list[int], looks: list[bool]
) -> None:
    """Four transactions write outcomes one after the other and commit in any order, while a reader pages."""
    await change(pool, "truncate outcomes")
    await push(pool, vendor, batch(*(record(pupil=f"{n}") for n in range(4))))
    transfers = [r.id for r in await claim(pool)]
    seen: list[str] = []
    after = 0
    async with _four_connections(pool) as transactions:
        for connection, transfer in zip(transactions, transfers, strict=True):
            await outcomes.feed(connection, [(transfer, "dead")])
        for place, look in zip(order, looks, strict=True):
            await transactions[place].commit()
            if look:
                await _number(pool)
                page = await _read(pool, vendor, after=after)
                after, seen = page.next, seen + [row.uuid for row in page.rows]
    await _number(pool)
    seen += [row.uuid for row in (await _read(pool, vendor, after=after)).rows]
    expected = await ask(
        pool,
        "select uuid::text from records r join transfers t on t.record_id = r.id where t.id = any(%s)",
        [transfers],
    )
    assert sorted(seen) == sorted(uuid for (uuid,) in expected)
    await change(pool, "update work set state = 'leased'  where state = 'ready'")
    await change(pool, "delete from work")


@asynccontextmanager
async def _four_connections(pool: Pool) -> AsyncIterator[list[Connection]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(await Connection.connect(pool.conninfo)) for _ in range(4)]


async def test_numbering_a_flood_takes_several_turns(pool: Pool, vendor: Sender) -> None:
    await _refuse(pool, vendor, 5)
    async with pool.connection() as connection:
        assert await dispatch.number_feeds(connection, limit=3) == 3
    first = (await _read(pool, vendor)).rows
    assert await _number(pool) == 2
    assert (await _read(pool, vendor)).rows[:3] == first
