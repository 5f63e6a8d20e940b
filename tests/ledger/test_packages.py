"""Packages: gathered under a lock, sealed once, one live way per record, never sent twice without asking."""

import asyncio
from uuid import UUID

import psycopg
import pytest
from steps import (
    GATHERED,
    LIMITS,
    ask,
    carry,
    change,
    claim,
    fates,
    gather,
    judge,
    package_lease,
    places,
    refused,
    sealed,
    sending,
    sent,
    write,
)
from support.arrivals import Batch, Item, batch, enter_vendor, push, record

from ledger import dispatch, packages
from ledger.database import Pool
from ledger.packages import Closing, Judged, VerdictRow
from ledger.registry import Sender
from ledger.states import Fate, Stage
from routes.settings import PackingSettings


def _pupils(count: int, school: str = "79760401") -> Batch:
    return batch(*(record(school, pupil=f"{school}{n:03d}") for n in range(count)))


def _uuid(item: Item) -> UUID:
    assert item.identity is not None
    return UUID(item.identity.uuid)


async def _members(pool: Pool) -> list[tuple[int, int]]:
    return [tuple(row) for row in await ask(pool, "select id, members from packages order by id")]  # type: ignore[misc]


async def test_a_package_is_one_schools(pool: Pool, vendor: Sender) -> None:
    both = batch(*_pupils(3).items, *_pupils(2, "79760402").items)
    await push(pool, vendor, both)
    assert await gather(pool, await carry(pool)) == 5
    rows = await ask(
        pool,
        "select u.code, p.members, p.octets, p.state from packages p join units u on u.id = p.unit_id order by 1",
    )
    size = len(both.items[0].octets)
    assert rows == [("79760401", 3, 3 * size, "open"), ("79760402", 2, 2 * size, "open")]


async def test_a_package_fills_over_many_claims_and_closes_when_it_is_full(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, _pupils(7))
    ready = await carry(pool)
    closing = Closing(records=3, raw_octets=10**8, quiet_seconds=60, max_age_seconds=120)
    for start in range(0, 7, 2):
        await gather(pool, ready[start : start + 2], closing)
    assert [count for _, count in await _members(pool)] == [3, 3, 1]
    states = await ask(pool, "select p.state, w.state from packages p join work w on w.id = p.id order by p.id")
    assert states == [("closed", "ready"), ("closed", "ready"), ("open", "waiting")]


async def test_a_package_closes_before_it_grows_too_large(pool: Pool, vendor: Sender) -> None:
    arrival = _pupils(5)
    await push(pool, vendor, arrival)
    closing = Closing(
        records=100, raw_octets=2 * len(arrival.items[0].octets) + 1, quiet_seconds=60, max_age_seconds=120
    )
    await gather(pool, await carry(pool), closing)
    assert [count for _, count in await _members(pool)] == [2, 2, 1]


async def test_workers_gather_side_by_side_into_one_open_package_per_school(pool: Pool, vendor: Sender) -> None:
    for turn in range(6):
        school = "79760401" if turn % 2 else "79760402"
        await push(pool, vendor, batch(*(record(school, pupil=f"{school}{turn}{n}") for n in range(5))))
    ready = await carry(pool)
    await asyncio.gather(*(gather(pool, ready[start::3]) for start in range(3)))
    assert [count for _, count in await _members(pool)] == [15, 15]
    assert await ask(pool, "select count(*) from work where state = 'gathered'") == [(30,)]


async def test_the_draft_holds_the_octets_in_order_of_acceptance(pool: Pool, vendor: Sender) -> None:
    arrival = _pupils(4)
    await push(pool, vendor, arrival)
    ready = await carry(pool)
    await gather(pool, ready[::-1])
    reference = await package_lease(pool)
    async with pool.connection() as connection:
        draft = await packages.draft(connection, reference)
    assert draft is not None
    assert (draft.unit_code, draft.nam_hoc, draft.seal, draft.gaps) == ("79760401", 2025, "intermediary", ())
    assert draft.octets == tuple(item.octets for item in arrival.items)


async def test_a_closed_package_takes_nobody_in(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, _pupils(1))
    await gather(pool, await carry(pool))
    reference = await package_lease(pool)
    async with pool.connection() as connection:
        assert await packages.draft(connection, reference) is not None
    await push(pool, vendor, batch(record(pupil="late")))
    await gather(pool, await carry(pool))
    assert [count for _, count in await _members(pool)] == [1, 1]


async def test_what_is_sealed_is_kept_whole_before_it_is_sent(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, _pupils(2))
    await gather(pool, await carry(pool))
    await sealed(pool, b"final")
    ((state, messageid, body),) = await ask(pool, "select state, messageid, body from packages")
    assert (state, body) == ("sealed", b"final")
    _, outgoing = await sending(pool)
    assert (outgoing.state, outgoing.messageid, outgoing.content) == ("sending", messageid, b"final")
    assert await ask(pool, "select state, sending_at is not null from packages") == [("sending", True)]


async def test_who_finds_sending_asks_first(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, _pupils(2))
    await gather(pool, await carry(pool))
    await sealed(pool)
    await sending(pool)
    await change(pool, "update work set lease_until = now() - interval '1 s' where state = 'leased'")
    async with pool.connection() as connection:
        await dispatch.take_back_lost(connection)
    _, found = await sending(pool)
    assert (found.state, found.content) == ("uncertain", b"")


async def test_what_never_arrived_goes_again_under_its_name(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, _pupils(2))
    await gather(pool, await carry(pool))
    await sealed(pool, b"final")
    reference, first = await sending(pool)
    async with pool.connection() as connection:
        await packages.not_sent(connection, reference.id)
        await dispatch.give_back(connection, [reference])
    _, again = await sending(pool)
    assert (again.messageid, again.content, again.state) == (first.messageid, b"final", "sending")


async def test_a_spent_messageid_is_not_used_again(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, _pupils(2))
    await gather(pool, await carry(pool))
    await sealed(pool)
    reference, first = await sending(pool)
    async with pool.connection() as connection:
        await packages.unseal(connection, reference.id, cause="certificate-not-approved")
    await change(pool, "update work set stage = 'pack', state = 'held' where state = 'leased'")
    await change(pool, "update work set state = 'ready' where state = 'held'")
    await sealed(pool)
    _, again = await sending(pool)
    assert again.messageid != first.messageid


async def test_a_package_refused_whole_is_halved_until_one_stands_alone(pool: Pool, vendor: Sender) -> None:
    arrival = _pupils(5)
    await push(pool, vendor, arrival)
    await gather(pool, await carry(pool))
    seen = []
    await sealed(pool)
    reference, _ = await sending(pool)
    async with pool.connection() as connection:
        assert await packages.split(connection, reference, cause="package-refused:E04") == 2
    for half in await claim(pool, Stage.PACK):
        async with pool.connection() as connection:
            draft = await packages.draft(connection, half)
            assert draft is not None
            seen.append(draft.octets)
            if len(draft.octets) == 2:
                assert await packages.split(connection, half, cause="package-refused:E04") == 2
    octets = tuple(item.octets for item in arrival.items)
    assert seen == [octets[:2], octets[2:]]
    rows = await ask(pool, "select state, members, parent_id is not null from packages order by id")
    assert rows == [
        ("split", 5, False),
        ("split", 2, True),
        ("closed", 3, True),
        ("closed", 1, True),
        ("closed", 1, True),
    ]
    live = await ask(pool, "select count(*), count(distinct record_id) from package_members where live")
    assert live == [(5, 5)]


async def test_one_live_way_per_record_and_destination(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, _pupils(1))
    await gather(pool, await carry(pool))
    with pytest.raises(psycopg.errors.UniqueViolation):
        await change(
            pool,
            "with twin as (insert into packages (id, destination, kind, profile, unit_id, sender_id, school_year, seal,"
            " state, closes_at) select nextval('ids'), destination, kind, profile, unit_id, sender_id, school_year,"
            " 'delegated', 'open', now() from packages returning id)"
            " insert into package_members (package_id, transfer_id, record_id, destination, place)"
            " select twin.id, transfer_id, record_id, destination, 0 from package_members, twin",
        )


async def test_an_approved_record_has_gone_for_ever(pool: Pool, vendor: Sender) -> None:
    item = record()
    await push(pool, vendor, batch(item))
    await gather(pool, await carry(pool))
    await sealed(pool)
    assert await judge(pool, await sent(pool)) is True
    assert await places(pool) == []
    assert await fates(pool) == [("done", "")]
    assert await ask(pool, "select state from uuids") == [("used",)]
    assert await ask(pool, "select live, judged from package_members") == [(True, True)]
    ((fate, verdict),) = await ask(pool, "select fate, verdict from outcomes")
    assert (fate, verdict["trang_thai"], verdict["error_description"]) == ("approved", 1, "lời của cổng")
    again = await push(pool, vendor, batch(item, record(uuid=_uuid(item), text="other")))
    assert [line.status for line in again.lines] == ["duplicate", "refused"]


async def test_verdicts_come_one_by_one_and_count_once(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, _pupils(3))
    await gather(pool, await carry(pool))
    await sealed(pool)
    reference = await sent(pool)
    assert await judge(pool, reference, most=2) is False
    assert [place for place in await places(pool) if place[0] == "record"] == [GATHERED]
    assert await ask(pool, "select state, body is not null from packages") == [("sent", True)]
    assert await judge(pool, reference) is True
    assert await judge(pool, reference) is None
    assert await ask(pool, "select count(*), count(distinct transfer_id) from verdicts") == [(3, 3)]
    assert await ask(pool, "select state, body is null, judged_at is not null from packages") == [
        ("judged", True, True)
    ]
    assert await ask(pool, "select count(*) from outcomes") == [(3,)]


async def test_what_the_city_refuses_frees_its_uuid_and_the_next(pool: Pool, vendor: Sender) -> None:
    first = record()
    await push(pool, vendor, batch(first))
    await push(pool, vendor, batch(record(text="newer")))
    await gather(pool, await carry(pool))
    assert await claim(pool) == []
    await sealed(pool)
    await judge(pool, await sent(pool), Fate.REFUSED, "city:R01")
    assert await fates(pool) == [("refused", "city:R01"), ("open", "")]
    assert len(await claim(pool)) == 1
    assert await ask(pool, "select state from uuids where uuid = %s", [_uuid(first)]) == [("free",)]
    assert await ask(pool, "select live from package_members") == [(False,)]


async def test_a_record_that_died_lets_the_next_go_and_one_that_is_held_does_not(pool: Pool, vendor: Sender) -> None:
    for pupil in ("1", "2"):
        await push(pool, vendor, batch(record(pupil=pupil)))
        await push(pool, vendor, batch(record(pupil=pupil, text="newer")))
    await gather(pool, await carry(pool))
    await sealed(pool)
    reference = await sent(pool)
    await judge(pool, reference, Fate.DEAD, "package-refused:E04", most=1)
    await judge(pool, reference, Fate.HELD, "uuid-used-elsewhere")
    assert len(await claim(pool)) == 1
    assert sorted(await places(pool)) == [
        ("record", "normalise", "leased"),
        ("record", "normalise", "queued"),
        ("record", "pack", "held"),
    ]


async def test_used_elsewhere_is_looked_for_in_the_packages_before(pool: Pool, vendor: Sender) -> None:
    """R04 of a UUID that an earlier message of ours may have carried: that message is asked about."""
    item = record()
    await push(pool, vendor, batch(item))
    await gather(pool, await carry(pool))
    await sealed(pool)
    _, first = await sending(pool)
    await change(pool, "update work set state = 'ready', lease_until = null where state = 'leased'")
    reference = await package_lease(pool, Stage.DELIVER)
    async with pool.connection() as connection:
        await packages.split(connection, reference, cause="package-refused:E04")
    await sealed(pool)
    reference = await sent(pool)
    async with pool.connection() as connection:
        member = (await packages.unjudged(connection, reference.id))[_uuid(item)]
        earlier = await packages.earlier_messages(connection, reference.id, [member.record_id])
        assert earlier == {first.messageid: [_uuid(item)]}
        row = VerdictRow(_uuid(item), 1, "0", "", "")
        await packages.judge(connection, reference, [Judged(member, row, Fate.DONE, "reconciled")], limits=LIMITS)
    assert await fates(pool) == [("done", "reconciled")]


# ---------------------------------------------------------------- a school's own batch goes on octet for octet


@pytest.fixture
async def school(pool: Pool) -> Sender:
    """A vendor whose school signs its transactions itself."""
    return await enter_vendor(pool, "OWN", ["79760409"], seal="pass-through")


def _batch(count: int) -> Batch:
    return batch(*_pupils(count, "79760409").items, sealed=True)


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
    assert [count for _, count in await _members(pool)] == [2, 2]


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


async def test_two_hundred_schools_interleaved_still_fill_their_packages(pool: Pool) -> None:
    """400 records a second from 200 schools in turn, under the default settings, on a clock that the test moves."""
    schools = [f"7976{n:04d}" for n in range(200)]
    sender = await enter_vendor(pool, "MANY", schools)
    packing = PackingSettings()
    closing = Closing(
        records=packing.records,
        raw_octets=packing.raw_octets,
        quiet_seconds=packing.quiet_seconds,
        max_age_seconds=packing.max_age_seconds,
    )
    for turn in range(44):
        await push(pool, sender, batch(*(record(schools[n % 200], pupil=f"{turn}-{n}") for n in range(500))))
        ready = await carry(pool)
        for start in range(0, len(ready), 100):
            await gather(pool, ready[start : start + 100], closing)
        await _let_pass(pool, seconds=500 / 400)
    await _let_pass(pool, seconds=2 * packing.max_age_seconds)
    ((count, average, open_ones),) = await ask(
        pool, "select sum(members), avg(members), count(*) filter (where state = 'open') from packages"
    )
    assert (count, open_ones) == (22_000, 0)
    assert average >= 100


async def _let_pass(pool: Pool, *, seconds: float) -> None:
    """Time goes by for every package that waits; those whose time has come are closed."""
    await change(
        pool, "update packages set closes_at = closes_at - %s * interval '1 s' where state = 'open'", [seconds]
    )
    await change(
        pool,
        "update work set due_at = due_at - %s * interval '1 s' where kind = 'package' and state = 'waiting'",
        [seconds],
    )
    async with pool.connection() as connection:
        await dispatch.release_due(connection)
    for reference in await claim(pool, Stage.PACK, limit=1000):
        async with pool.connection() as connection:
            await packages.draft(connection, reference)
