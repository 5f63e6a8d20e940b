"""Claims: fair between senders, in order per pupil, fenced by tokens; what is lost comes back."""

from support.arrivals import batch, enter_vendor, push, record

from ledger import dispatch, outcomes
from ledger.database import Connection, Pool
from ledger.dispatch import Lane, Reference
from ledger.outcomes import Limits, RecordOutcome, Step
from ledger.registry import Sender
from ledger.states import Fate, Stage

LANE = Lane(Stage.NORMALISE, "city")
LIMITS = Limits(refusals=1000, refusal_share=0.5, deaths=1000)


async def _claim(pool: Pool, limit: int = 100, lane: Lane = LANE, lease: float = 60) -> list[Reference]:
    async with pool.connection() as connection:
        return await dispatch.claim(connection, lane, limit=limit, lease_seconds=lease)


async def _write(pool: Pool, *written: RecordOutcome) -> frozenset[int]:
    async with pool.connection() as connection:
        return await outcomes.write_records(connection, written, payloads={}, limits=LIMITS)


def _done(reference: Reference) -> RecordOutcome:
    steps = tuple(Step(stage, Fate.DONE) for stage in (Stage.NORMALISE, Stage.CHECK, Stage.SIGN, Stage.VERIFY))
    return RecordOutcome(reference.id, reference.token, steps, Stage.PACK)


def _refused(reference: Reference, cause: str = "rules") -> RecordOutcome:
    return RecordOutcome(reference.id, reference.token, (Step(Stage.CHECK, Fate.REFUSED, cause),), None)


async def test_nothing_is_claimed_twice(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(*(record(pupil=f"{n}") for n in range(5))))
    first = await _claim(pool, 3)
    second = await _claim(pool)
    assert len(first) == 3
    assert len(second) == 2
    assert {r.id for r in first}.isdisjoint(r.id for r in second)


async def test_senders_share_a_lane(pool: Pool, vendor: Sender) -> None:
    small = await enter_vendor(pool, "SMALL", ["79760403"])
    await push(pool, vendor, batch(*(record(pupil=f"a{n}") for n in range(50))))
    await push(pool, small, batch(*(record("79760403", pupil=f"b{n}") for n in range(5))))
    claimed = await _claim(pool, 10)
    async with pool.connection() as connection:
        rows = await (
            await connection.execute(
                "select sender_id, count(*) from work where id = any(%s) group by 1", [[r.id for r in claimed]]
            )
        ).fetchall()
    assert dict(rows) == {vendor.id: 5, small.id: 5}


async def test_one_transfer_of_a_pupil_at_a_time(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(record(), record(text="newer")))
    first = await _claim(pool)
    assert len(first) == 1
    assert await _claim(pool) == []
    await _write(pool, _refused(first[0]))
    second = await _claim(pool)
    assert [r.id for r in second] != [r.id for r in first]
    assert len(second) == 1


async def test_a_stage_passed_does_not_free_the_next_of_the_pupil(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(record(), record(text="newer")))
    first = await _claim(pool)
    await _write(pool, _done(first[0]))
    assert await _claim(pool) == []
    assert [r.id for r in await _claim(pool, lane=Lane(Stage.PACK, "city"))] == [first[0].id]


async def test_an_old_token_writes_nothing(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(record()))
    frozen = await _claim(pool, lease=0)
    async with pool.connection() as connection:
        assert await dispatch.take_back_lost(connection) == 1
    again = await _claim(pool)
    assert again[0].id == frozen[0].id
    assert again[0].token > frozen[0].token
    assert await _write(pool, _refused(frozen[0])) == frozenset()
    assert await _write(pool, _done(again[0])) == {again[0].id}
    async with pool.connection() as connection:
        assert await (await connection.execute("select count(*) from outcomes")).fetchone() == (0,)


async def test_an_outcome_written_twice_counts_once(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(record()))
    claimed = await _claim(pool)
    assert await _write(pool, _refused(claimed[0])) == {claimed[0].id}
    assert await _write(pool, _refused(claimed[0])) == frozenset()
    async with pool.connection() as connection:
        assert await (await connection.execute("select count(*) from outcomes")).fetchone() == (1,)


async def test_a_refused_record_frees_its_uuid(pool: Pool, vendor: Sender) -> None:
    item = record()
    await push(pool, vendor, batch(item))
    await _write(pool, _refused((await _claim(pool))[0]))
    assert item.identity is not None
    again = await push(pool, vendor, batch(record(uuid=item.identity.uuid, text="mended")))
    assert again.lines[0].status == "accepted"


async def test_a_stopped_senders_work_rests_and_others_go_on(pool: Pool, vendor: Sender) -> None:
    other = await enter_vendor(pool, "OTHER", ["79760403"])
    await push(pool, vendor, batch(*(record(pupil=f"a{n}") for n in range(4))))
    await push(pool, other, batch(record("79760403", pupil="b")))
    strict = Limits(refusals=2, refusal_share=0.5, deaths=10)
    claimed = await _claim(pool, 4)
    async with pool.connection() as connection:
        mine = await _of_sender(connection, claimed, vendor)
        await outcomes.write_records(connection, [_refused(r) for r in mine], payloads={}, limits=strict)
        row = await (await connection.execute("select stopped_why from senders where id = %s", [vendor.id])).fetchone()
        await dispatch.give_back(connection, claimed)
    assert row is not None
    assert "2 hồ sơ bị từ chối" in row[0]
    await push(pool, vendor, batch(record(pupil="later")))
    rest = await _claim(pool)
    async with pool.connection() as connection:
        assert rest == await _of_sender(connection, rest, other)
        assert len(rest) == 1


async def _of_sender(connection: Connection, references: list[Reference], sender: Sender) -> list[Reference]:
    rows = await (
        await connection.execute(
            "select id from work where id = any(%s) and sender_id = %s", [[r.id for r in references], sender.id]
        )
    ).fetchall()
    return [r for r in references if r.id in {row[0] for row in rows}]


async def test_positions_of_the_feed_never_appear_below_one_that_was_read(pool: Pool, vendor: Sender) -> None:
    """A transaction that began early and commits late gets a later position than what was numbered meanwhile."""
    await push(pool, vendor, batch(record(pupil="a"), record(pupil="b")))
    early, quick = await _claim(pool)
    async with pool.connection() as slow:
        await outcomes.write_records(slow, [_refused(early)], payloads={}, limits=LIMITS)
        # `slow` has not committed; the other one has, although its row came later
        async with pool.connection() as connection:
            await connection.execute("set local lock_timeout = '2s'")
            await outcomes.feed(connection, [(quick.id, "dead")])
        async with pool.connection() as connection:
            await dispatch.number_feeds(connection)
    async with pool.connection() as connection:
        await dispatch.number_feeds(connection)
        rows = await (await connection.execute("select transfer_id from outcomes order by position")).fetchall()
    assert [row[0] for row in rows] == [quick.id, early.id]


async def _losses(pool: Pool) -> list[tuple[int, int]]:
    async with pool.connection() as connection:
        rows = await connection.execute(
            "select losses, (select count(*)::int from attempts where cause = 'lease-lost') from work order by id"
        )
        return await rows.fetchall()


async def test_work_that_nobody_took_up_is_not_lost_however_often_its_lease_runs_out(
    pool: Pool, vendor: Sender
) -> None:
    await push(pool, vendor, batch(record()))
    for _ in range(3):
        await _claim(pool, lease=0)
        async with pool.connection() as connection:
            assert await dispatch.take_back_lost(connection) == 1
    assert await _losses(pool) == [(0, 0)]


async def test_work_whose_worker_vanished_counts_its_losses(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(record()))
    for _ in range(2):
        references = await _claim(pool, lease=0)
        async with pool.connection() as connection:
            await dispatch.begin(connection, references, lease_seconds=0)
        async with pool.connection() as connection:
            assert await dispatch.take_back_lost(connection) == 1
    assert await _losses(pool) == [(2, 2)]


async def test_a_worker_at_work_keeps_its_lease_and_one_with_an_old_token_does_not(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(record()))
    old = await _claim(pool, lease=0)
    async with pool.connection() as connection:
        await dispatch.take_back_lost(connection)
    new = await _claim(pool, lease=0)
    async with pool.connection() as connection:
        await dispatch.renew(connection, old, lease_seconds=60)
        await dispatch.begin(connection, old, lease_seconds=60)
    async with pool.connection() as connection:
        await dispatch.renew(connection, new, lease_seconds=60)
        assert await dispatch.take_back_lost(connection) == 0
        rows = await (await connection.execute("select token, begun from work")).fetchall()
    assert rows == [(new[0].token, False)]
