"""Lanes: what people, breakers and limits stop, in words, and what happens to leases meanwhile."""

import pytest
from steps import ask, carry, change, claim, died, gather, passed, places, refused, sealed, sending, write
from support.arrivals import batch, enter_vendor, push, record

from ledger import dispatch, lanes
from ledger.database import Pool
from ledger.lanes import Breaker
from ledger.outcomes import EventNote, Limits, move_one, note
from ledger.registry import Sender
from ledger.states import Fate, Stage, State

DELAYS = (5.0, 30.0, 120.0)


async def _set(pool: Pool, stage: Stage, state: str) -> None:
    async with pool.connection() as connection:
        await lanes.set_lane(
            connection, stage=stage.value, destination="city", state=state, why="bảo trì / maintenance", by="test"
        )


async def _fail(pool: Pool, times: int = 1) -> None:
    for _ in range(times):
        async with pool.connection() as connection:
            await lanes.record_failure(connection, destination="city", threshold=3, delays=DELAYS)


async def _breaker(pool: Pool) -> Breaker:
    async with pool.connection() as connection:
        (breaker,) = await lanes.breakers(connection)
    return breaker


async def _pause_seconds(pool: Pool) -> int:
    ((seconds,),) = await ask(
        pool, "select round(extract(epoch from probe_at - now()))::int from destinations where name = 'city'"
    )
    return int(seconds)


async def test_a_paused_lane_gives_its_leases_back_at_once(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(record(pupil="1"), record(pupil="2")))
    references = await claim(pool)
    await _set(pool, Stage.NORMALISE, "paused")
    assert await places(pool) == [("record", "normalise", "ready")] * 2
    async with pool.connection() as connection:
        assert await lanes.closed_lanes(connection) == {("normalise", "city")}
    assert await write(pool, *map(passed, references)) == frozenset()
    await _set(pool, Stage.NORMALISE, "open")
    async with pool.connection() as connection:
        assert await lanes.closed_lanes(connection) == set()


async def test_an_exchange_that_has_begun_keeps_its_lease(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(record()))
    await gather(pool, await carry(pool))
    await sealed(pool)
    reference, _ = await sending(pool)
    await _set(pool, Stage.DELIVER, "paused")
    assert ("package", "deliver", "leased") in await places(pool)
    async with pool.connection() as connection:
        assert await move_one(connection, id=reference.id, token=reference.token, stage=Stage.POLL, state=State.WAITING)


async def test_a_pause_does_not_wait_for_an_outcome_that_is_being_written(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(record(pupil="1"), record(pupil="2")))
    first, _ = await claim(pool)
    async with pool.connection() as writing:
        await writing.execute("select 1 from work where id = %s for update", [first.id])
        async with pool.connection() as connection:
            await connection.execute("set local lock_timeout = '2s'")
            await lanes.set_lane(connection, stage="normalise", destination="city", state="paused", why="", by="test")
    assert [state for _, _, state in await places(pool)] == ["leased", "ready"]


async def test_the_breaker_opens_after_a_row_of_failures_and_its_pauses_grow(pool: Pool, vendor: Sender) -> None:
    await _fail(pool, 2)
    assert (await _breaker(pool)).state == "closed"
    await _fail(pool)
    assert (await _breaker(pool)).state == "open"
    assert await _pause_seconds(pool) == 5
    for pause in (30, 120, 120):
        async with pool.connection() as connection:
            await lanes.begin_probe(connection, destination="city", patience_seconds=60)
        assert (await _breaker(pool)).state == "probing"
        await _fail(pool)
        assert await _pause_seconds(pool) == pause


async def test_exchanges_that_were_out_when_the_breaker_opened_do_not_lengthen_the_pause(
    pool: Pool, vendor: Sender
) -> None:
    await _fail(pool, 11)
    assert (await _breaker(pool)).failures == 3
    assert await _pause_seconds(pool) == 5


async def test_a_probe_is_due_only_when_its_time_has_come(pool: Pool, vendor: Sender) -> None:
    await _fail(pool, 3)
    assert not (await _breaker(pool)).due
    await change(pool, "update destinations set probe_at = now() - interval '1 s'")
    assert (await _breaker(pool)).due


async def test_an_answer_closes_the_breaker_and_calls_back_what_it_sent_away(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(record()))
    await gather(pool, await carry(pool))
    await sealed(pool)
    reference, _ = await sending(pool)
    async with pool.connection() as connection:
        await move_one(
            connection,
            id=reference.id,
            token=reference.token,
            stage=Stage.DELIVER,
            state=State.WAITING,
            due_seconds=3600,
        )
        await note(connection, "package", EventNote(reference.id, Stage.DELIVER, Fate.DOWN, "destination-down"))
    await _fail(pool, 3)
    async with pool.connection() as connection:
        await lanes.record_success(connection, destination="city")
    breaker = await _breaker(pool)
    assert (breaker.state, breaker.failures, breaker.probe_at) == ("closed", 0, None)
    assert [r.id for r in await claim(pool, Stage.DELIVER)] == [reference.id]


async def test_an_answer_leaves_a_retry_its_own_time(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(record()))
    await gather(pool, await carry(pool))
    await sealed(pool)
    reference, _ = await sending(pool)
    async with pool.connection() as connection:
        await move_one(
            connection, id=reference.id, token=reference.token, stage=Stage.DELIVER, state=State.WAITING, due_seconds=99
        )
        await note(connection, "package", EventNote(reference.id, Stage.DELIVER, Fate.RETRY, "try-later"))
    await _fail(pool, 3)
    async with pool.connection() as connection:
        await lanes.record_success(connection, destination="city")
    assert await claim(pool, Stage.DELIVER) == []


async def test_a_bad_export_stops_its_sender_in_words_and_nobody_else(pool: Pool, vendor: Sender) -> None:
    other = await enter_vendor(pool, "OTHER", ["79760403"])
    await push(pool, vendor, batch(*(record(pupil=f"{n}") for n in range(10))))
    await push(pool, other, batch(record("79760403", pupil="x")))
    mine = await claim(pool, limit=8)
    limits = Limits(refusals=3, refusal_share=0.5, deaths=1000)
    senders = dict(await ask(pool, "select id, sender_id from work"))
    mine = [r for r in mine if senders[r.id] == vendor.id]
    await write(pool, *map(refused, mine[:3]), limits=limits)
    ((why,),) = await ask(pool, "select stopped_why from senders where stopped_at is not null")
    assert why == "3 hồ sơ bị từ chối trên 3 hồ sơ: bản xuất có lỗi hàng loạt? / 3 of 3 records refused: a bad export?"
    assert await ask(pool, "select count(*) from work where state = 'leased' and sender_id = %s", [vendor.id]) == [(0,)]
    assert await ask(pool, "select count(*) from work where state = 'leased' and sender_id = %s", [other.id]) == [(1,)]
    assert await claim(pool) == []
    receipt = await push(pool, vendor, batch(record(pupil="still accepted")))
    assert receipt.accepted == 1
    async with pool.connection() as connection:
        assert await lanes.resume_sender(connection, code="HOASEN")
        assert not await lanes.resume_sender(connection, code="NOBODY")
    assert len(await claim(pool)) == 8
    assert await ask(pool, "select passed, refused from senders where id = %s", [vendor.id]) == [(0, 0)]


async def test_a_few_refusals_among_many_stop_nobody(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(*(record(pupil=f"{n}") for n in range(10))))
    references = await claim(pool)
    limits = Limits(refusals=3, refusal_share=0.5, deaths=1000)
    await write(pool, *map(passed, references[:6]), limits=limits)
    await write(pool, *map(refused, references[6:]), limits=limits)
    assert await ask(pool, "select count(*) from senders where stopped_at is not null") == [(0,)]


async def test_what_is_packed_already_goes_its_way_when_its_sender_is_stopped(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(record(pupil="1"), record(pupil="2")))
    good, bad = await claim(pool)
    await write(pool, passed(good), refused(bad), limits=Limits(1, 0.1, 1000))
    assert [r.id for r in await claim(pool, Stage.PACK)] == [good.id]


@pytest.mark.parametrize(("deaths", "closed"), [(2, False), (3, True)])
async def test_deaths_stop_a_destination_in_words_until_a_person_resumes(
    pool: Pool, vendor: Sender, deaths: int, closed: bool
) -> None:
    await push(pool, vendor, batch(*(record(pupil=f"{n}") for n in range(deaths))))
    await write(pool, *map(died, await claim(pool)), limits=Limits(1000, 1.0, 3))
    async with pool.connection() as connection:
        stopped = await lanes.closed_lanes(connection)
    assert stopped == ({("deliver", "city"), ("poll", "city")} if closed else set())
    if closed:
        assert await ask(pool, "select distinct state, why, by from lanes") == [
            ("stopped", "3 hồ sơ hỏng trên đường tới city. / 3 records died on the way.", "hub")
        ]
        await _set(pool, Stage.DELIVER, "open")
        assert await ask(pool, "select deaths from destinations") == [(0,)]


async def test_the_load_of_a_lane_is_what_is_leased(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(*(record(pupil=f"{n}") for n in range(5))))
    await claim(pool, limit=2)
    async with pool.connection() as connection:
        assert await dispatch.loads(connection) == {("normalise", "city"): 2}
        assert await dispatch.ready_lanes(connection) == {("normalise", "city")}
