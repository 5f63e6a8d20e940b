"""Acceptance: a receipt is a promise, a repeat is harmless, a UUID is one record's for ever."""

import asyncio
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.arrivals import batch, enter_vendor, push, record

from ledger.acceptance import IdempotencyClash
from ledger.database import Pool
from ledger.registry import Sender


async def _count(pool: Pool, table: str) -> int:
    async with pool.connection() as connection:
        row = await (await connection.execute(f"select count(*) from {table}".encode())).fetchone()
        assert row is not None
        return int(row[0])


async def test_what_is_accepted_stands_in_the_ledger(pool: Pool, vendor: Sender) -> None:
    item = record()
    receipt = await push(pool, vendor, batch(item, record(pupil="7900000002")))
    assert (receipt.accepted, receipt.refused, receipt.duplicate) == (2, 0, 0)
    async with pool.connection() as connection:
        rows = await (
            await connection.execute(
                "select p.octets, w.stage, w.state, t.fate from records r join payloads p on p.sha256 = r.received_sha256"
                " join transfers t on t.record_id = r.id join work w on w.id = t.id where r.uuid = %s",
                [item.identity.uuid if item.identity else ""],
            )
        ).fetchall()
    assert [(bytes(row[0]), *row[1:]) for row in rows] == [(item.octets, "normalise", "ready", "open")]


async def test_a_repeat_with_the_same_key_gets_the_first_receipt(pool: Pool, vendor: Sender) -> None:
    arrival = batch(record(), record(pupil="7900000002"))
    first = await push(pool, vendor, arrival, key="k1")
    again = await push(pool, vendor, arrival, key="k1")
    assert again.receipt == first.receipt
    assert again.repeated
    assert again.lines == first.lines
    assert await _count(pool, "records") == 2


async def test_a_key_used_for_another_body_is_refused_with_the_first_receipt(pool: Pool, vendor: Sender) -> None:
    first = await push(pool, vendor, batch(record()), key="k1")
    with pytest.raises(IdempotencyClash) as caught:
        await push(pool, vendor, batch(record()), key="k1")
    assert caught.value.receipt == first.receipt
    assert await _count(pool, "submissions") == 1


async def test_the_same_octets_again_are_a_duplicate_not_a_second_record(pool: Pool, vendor: Sender) -> None:
    item = record()
    await push(pool, vendor, batch(item))
    again = await push(pool, vendor, batch(item, record(pupil="7900000009")))
    assert [line.status for line in again.lines] == ["duplicate", "accepted"]
    assert await _count(pool, "records") == 2


async def test_a_uuid_with_other_octets_is_refused_and_the_rest_goes_on(pool: Pool, vendor: Sender) -> None:
    uuid = uuid4()
    await push(pool, vendor, batch(record(uuid=uuid)))
    second = await push(pool, vendor, batch(record(uuid=uuid, text="other"), record(pupil="7900000002")))
    assert [line.status for line in second.lines] == ["refused", "accepted"]
    assert [finding.rule for finding in second.lines[0].findings] == ["B02"]


async def test_a_school_that_the_sender_may_not_speak_for_is_refused(pool: Pool, vendor: Sender) -> None:
    receipt = await push(pool, vendor, batch(record("79999999"), record()))
    assert [line.status for line in receipt.lines] == ["refused", "accepted"]
    assert [finding.rule for finding in receipt.lines[0].findings] == ["A01"]


async def test_a_uuid_that_the_hub_gives_is_given_once_for_ever(pool: Pool, vendor: Sender) -> None:
    bare = record(uuid="", text="vendor json")
    first = await push(pool, vendor, batch(bare))
    again = await push(pool, vendor, batch(bare))
    assert first.lines[0].uuid
    assert again.lines[0].uuid == first.lines[0].uuid
    assert again.lines[0].status == "duplicate"


async def test_two_senders_racing_for_one_uuid_leave_one_record(pool: Pool, vendor: Sender) -> None:
    other = await enter_vendor(pool, "OTHER", ["79760403"])
    uuid = uuid4()
    receipts = await asyncio.gather(
        push(pool, vendor, batch(record(uuid=uuid, text="a"))),
        push(pool, other, batch(record("79760403", uuid=uuid, text="b"))),
    )
    assert sorted(receipt.lines[0].status for receipt in receipts) == ["accepted", "refused"]
    assert await _count(pool, "records") == 1


async def test_a_refused_uuid_may_be_presented_again(pool: Pool, vendor: Sender) -> None:
    uuid = uuid4()
    await push(pool, vendor, batch(record(uuid=uuid)))
    async with pool.connection() as connection:
        await connection.execute("update uuids set state = 'free' where uuid = %s", [uuid])
    again = await push(pool, vendor, batch(record(uuid=uuid, text="mended")))
    assert again.lines[0].status == "accepted"


async def test_two_senders_racing_for_a_freed_uuid_leave_one_record(pool: Pool, vendor: Sender) -> None:
    other = await enter_vendor(pool, "OTHER", ["79760403"])
    for turn in range(5):
        uuid = uuid4()
        await push(pool, vendor, batch(record(uuid=uuid, pupil=f"{turn}")))
        async with pool.connection() as connection:
            await connection.execute("update uuids set state = 'free' where uuid = %s", [uuid])
        receipts = await asyncio.gather(
            push(pool, vendor, batch(record(uuid=uuid, pupil=f"{turn}", text="a"))),
            push(pool, other, batch(record("79760403", uuid=uuid, pupil=f"{turn}", text="b"))),
        )
        assert sorted(receipt.lines[0].status for receipt in receipts) == ["accepted", "refused"]
        async with pool.connection() as connection:
            rows = await (
                await connection.execute(
                    "select r.id = u.record_id from uuids u join records r on r.uuid = u.uuid where u.uuid = %s"
                    " order by r.id",
                    [uuid],
                )
            ).fetchall()
        assert rows == [(False,), (True,)]


async def test_a_freed_uuid_waits_for_who_is_taking_it(pool: Pool, vendor: Sender) -> None:
    """The row is locked by somebody who has not committed: what it says then counts, not what it said before."""
    uuid = uuid4()
    await push(pool, vendor, batch(record(uuid=uuid)))
    async with pool.connection() as taking:
        await taking.execute("update uuids set state = 'free' where uuid = %s", [uuid])
        await taking.commit()
        await taking.execute("update uuids set state = 'claimed', record_id = record_id where uuid = %s", [uuid])
        waiting = asyncio.create_task(push(pool, vendor, batch(record(uuid=uuid, text="other"))))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        await taking.commit()
    assert (await waiting).lines[0].status == "refused"


async def test_one_uuid_twice_in_a_submission(pool: Pool, vendor: Sender) -> None:
    uuid = uuid4()
    twice = record(uuid=uuid, pupil="1")
    receipt = await push(pool, vendor, batch(twice, twice, record(uuid=uuid, pupil="2")))
    assert [line.status for line in receipt.lines] == ["accepted", "duplicate", "refused"]
    assert await _count(pool, "records") == 1


async def test_two_pushes_that_meet_a_pupil_for_the_first_time_agree_who_it_is(pool: Pool, vendor: Sender) -> None:
    for turn in range(8):
        code, cccd = f"79{turn:08d}", f"0793150042{turn:02d}"
        other = record(pupil=code) if turn % 2 else record(pupil="TAM-1", cccd=cccd)
        await asyncio.gather(push(pool, vendor, batch(other)), push(pool, vendor, batch(record(pupil=code, cccd=cccd))))
        async with pool.connection() as connection:
            rows = await (
                await connection.execute(
                    "select distinct pupil_id from pupil_keys where value = any(%s)", [[code, cccd]]
                )
            ).fetchall()
        assert len(rows) == 1


async def test_a_failure_half_way_leaves_nothing(pool: Pool, vendor: Sender) -> None:
    async with pool.connection() as connection:
        await connection.execute(
            "create function full_disk() returns trigger language plpgsql as $$ begin"
            " raise exception using errcode = 'disk_full'; end $$"
        )
        await connection.execute("create trigger full_disk before insert on work execute function full_disk()")
    with pytest.raises(psycopg.errors.DiskFull):
        await push(pool, vendor, batch(record()))
    for table in ("submissions", "records", "uuids", "payloads", "pupils", "transfers"):
        assert await _count(pool, table) == 0, table


async def test_one_pupil_is_known_by_either_key(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(record(pupil="7900000001", cccd="079315004217")))
    await push(pool, vendor, batch(record(pupil="TAM-1", cccd="079315004217")))
    await push(pool, vendor, batch(record(pupil="7900000001", cccd="079315004999")))
    assert await _count(pool, "pupils") == 1


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pushes=st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=6), min_size=1, max_size=5))
async def test_positions_rise_in_order_of_acceptance_for_every_pupil(
    pool: Pool, vendor: Sender, pushes: list[list[int]]
) -> None:
    for pupils in pushes:
        await push(pool, vendor, batch(*(record(pupil=f"79000000{pupil:02d}") for pupil in pupils)))
    async with pool.connection() as connection:
        rows = await (
            await connection.execute(
                "select w.sequence_id, w.state, row_number() over (partition by w.sequence_id order by w.position)"
                " from work w order by w.position"
            )
        ).fetchall()
        await connection.execute("truncate work")
    for _, state, number in rows:
        assert state == ("ready" if number == 1 else "queued")
