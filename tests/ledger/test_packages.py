"""Packages: gathered under a lock, sealed once, one live way per record, never sent twice without asking."""

import asyncio

import psycopg
import pytest
from steps import (
    ask,
    carry,
    change,
    claim,
    gather,
    members,
    package_lease,
    pupils,
    sealed,
    sending,
)
from support.arrivals import batch, enter_vendor, push, record

from ledger import dispatch, packages
from ledger.database import Pool
from ledger.packages import Closing
from ledger.registry import Sender
from ledger.states import Stage
from routes.settings import PackingSettings


async def test_a_package_is_one_schools(pool: Pool, vendor: Sender) -> None:
    both = batch(*pupils(3).items, *pupils(2, "79760402").items)
    await push(pool, vendor, both)
    assert await gather(pool, await carry(pool)) == 5
    rows = await ask(
        pool,
        "select u.code, p.members, p.octets, p.state from packages p join units u on u.id = p.unit_id order by 1",
    )
    size = len(both.items[0].octets)
    assert rows == [("79760401", 3, 3 * size, "open"), ("79760402", 2, 2 * size, "open")]


async def test_a_package_fills_over_many_claims_and_closes_when_it_is_full(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, pupils(7))
    ready = await carry(pool)
    closing = Closing(records=3, raw_octets=10**8, quiet_seconds=60, max_age_seconds=120)
    for start in range(0, 7, 2):
        await gather(pool, ready[start : start + 2], closing)
    assert [count for _, count in await members(pool)] == [3, 3, 1]
    states = await ask(pool, "select p.state, w.state from packages p join work w on w.id = p.id order by p.id")
    assert states == [("closed", "ready"), ("closed", "ready"), ("open", "waiting")]


async def test_a_package_closes_before_it_grows_too_large(pool: Pool, vendor: Sender) -> None:
    arrival = pupils(5)
    await push(pool, vendor, arrival)
    closing = Closing(
        records=100, raw_octets=2 * len(arrival.items[0].octets) + 1, quiet_seconds=60, max_age_seconds=120
    )
    await gather(pool, await carry(pool), closing)
    assert [count for _, count in await members(pool)] == [2, 2, 1]


async def test_workers_gather_side_by_side_into_one_open_package_per_school(pool: Pool, vendor: Sender) -> None:
    for turn in range(6):
        school = "79760401" if turn % 2 else "79760402"
        await push(pool, vendor, batch(*(record(school, pupil=f"{school}{turn}{n}") for n in range(5))))
    ready = await carry(pool)
    await asyncio.gather(*(gather(pool, ready[start::3]) for start in range(3)))
    assert [count for _, count in await members(pool)] == [15, 15]
    assert await ask(pool, "select count(*) from work where state = 'gathered'") == [(30,)]


async def test_the_draft_holds_the_octets_in_order_of_acceptance(pool: Pool, vendor: Sender) -> None:
    arrival = pupils(4)
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
    await push(pool, vendor, pupils(1))
    await gather(pool, await carry(pool))
    reference = await package_lease(pool)
    async with pool.connection() as connection:
        assert await packages.draft(connection, reference) is not None
    await push(pool, vendor, batch(record(pupil="late")))
    await gather(pool, await carry(pool))
    assert [count for _, count in await members(pool)] == [1, 1]


async def test_what_is_sealed_is_kept_whole_before_it_is_sent(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, pupils(2))
    await gather(pool, await carry(pool))
    await sealed(pool, b"final")
    ((state, messageid, body),) = await ask(pool, "select state, messageid, body from packages")
    assert (state, body) == ("sealed", b"final")
    _, outgoing = await sending(pool)
    assert (outgoing.state, outgoing.messageid, outgoing.content) == ("sending", messageid, b"final")
    assert await ask(pool, "select state, sending_at is not null from packages") == [("sending", True)]


async def test_who_finds_sending_asks_first(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, pupils(2))
    await gather(pool, await carry(pool))
    await sealed(pool)
    await sending(pool)
    await change(pool, "update work set lease_until = now() - interval '1 s' where state = 'leased'")
    async with pool.connection() as connection:
        await dispatch.take_back_lost(connection)
    _, found = await sending(pool)
    assert (found.state, found.content) == ("uncertain", b"")


async def test_what_never_arrived_goes_again_under_its_name(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, pupils(2))
    await gather(pool, await carry(pool))
    await sealed(pool, b"final")
    reference, first = await sending(pool)
    async with pool.connection() as connection:
        await packages.not_sent(connection, reference.id)
        await dispatch.give_back(connection, [reference])
    _, again = await sending(pool)
    assert (again.messageid, again.content, again.state) == (first.messageid, b"final", "sending")


async def test_a_spent_messageid_is_not_used_again(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, pupils(2))
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
    arrival = pupils(5)
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
    await push(pool, vendor, pupils(1))
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
