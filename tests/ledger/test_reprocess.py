"""Trying again by cause: what may go goes at its old place, what would overtake is superseded, refused stays refused."""

import pytest
from steps import (
    LIMITS,
    ask,
    carry,
    claim,
    died,
    fates,
    gather,
    judge,
    package_lease,
    places,
    refused,
    sealed,
    sent,
    stopped,
    write,
)
from support.arrivals import batch, push, record

from ledger import packages, reprocess
from ledger.database import Pool
from ledger.dispatch import Reference
from ledger.outcomes import move_one
from ledger.registry import Sender
from ledger.reprocess import Retried
from ledger.states import Fate, Stage, State


async def _retry(pool: Pool, cause: str = "poison", *, dry_run: bool = False, limit: int = 1000) -> Retried:
    async with pool.connection() as connection:
        return await reprocess.retry(connection, cause=cause, dry_run=dry_run, by="test", limit=limit)


async def _dead(pool: Pool, vendor: Sender, *pupils: str) -> list[Reference]:
    await push(pool, vendor, batch(*(record(pupil=pupil) for pupil in pupils)))
    references = await claim(pool)
    await write(pool, *map(died, references))
    return references


async def test_a_dry_run_only_tells(pool: Pool, vendor: Sender) -> None:
    await _dead(pool, vendor, "1", "2")
    assert await _retry(pool, dry_run=True) == Retried(retried=2, superseded=0, packages=0)
    assert await fates(pool) == [("dead", "poison")] * 2
    assert await places(pool) == []


async def test_only_the_named_cause_goes_again(pool: Pool, vendor: Sender) -> None:
    await _dead(pool, vendor, "1")
    await push(pool, vendor, batch(record(pupil="2"), record(pupil="3")))
    other, bad = await claim(pool)
    await write(pool, died(other, "worker-lost"), refused(bad, "poison"))
    assert await _retry(pool) == Retried(1, 0, 0)
    assert await fates(pool) == [("open", ""), ("dead", "worker-lost"), ("refused", "poison")]
    assert await ask(pool, "select fate, actor from events order by id desc limit 1") == [("retry", "test")]


async def test_it_goes_on_where_it_stopped(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(record()))
    await write(pool, stopped((await claim(pool))[0], Fate.DEAD, "poison", Stage.VERIFY))
    await _retry(pool)
    assert await places(pool) == [("record", "verify", "ready")]


async def test_what_is_held_keeps_its_place_and_goes_first(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(record(), record(text="newer")))
    first = (await claim(pool))[0]
    await write(pool, stopped(first, Fate.HELD, "seal-key-missing", Stage.SIGN))
    assert await claim(pool) == []
    assert await _retry(pool, "seal-key-missing") == Retried(1, 0, 0)
    assert await claim(pool) == []
    assert [r.id for r in await claim(pool, Stage.SIGN)] == [first.id]


@pytest.mark.parametrize("newer", ["on its way", "approved", "held"])
async def test_what_would_overtake_is_superseded(pool: Pool, vendor: Sender, newer: str) -> None:
    await _dead(pool, vendor, "1")
    await push(pool, vendor, batch(record(pupil="1", text="newer")))
    if newer == "approved":
        await gather(pool, await carry(pool))
        await sealed(pool)
        await judge(pool, await sent(pool))
    elif newer == "held":
        await write(pool, stopped((await claim(pool))[0], Fate.HELD, "indeterminate"))
    assert await _retry(pool) == Retried(retried=0, superseded=1, packages=0)
    assert (await fates(pool))[0] == ("superseded", "newer-transfer-has-gone")
    assert await ask(pool, "select fate from outcomes order by id desc limit 1") == [("superseded",)]
    assert await _retry(pool) == Retried(0, 0, 0)


async def test_a_newer_one_that_was_refused_has_not_gone(pool: Pool, vendor: Sender) -> None:
    await _dead(pool, vendor, "1")
    await push(pool, vendor, batch(record(pupil="1", text="newer")))
    await write(pool, refused((await claim(pool))[0]))
    assert await _retry(pool) == Retried(1, 0, 0)


async def test_two_dead_ones_of_a_pupil_go_one_after_the_other(pool: Pool, vendor: Sender) -> None:
    (first,) = await _dead(pool, vendor, "1")
    (second,) = await _dead(pool, vendor, "1")
    assert await _retry(pool) == Retried(2, 0, 0)
    assert [r.id for r in await claim(pool, Stage.CHECK)] == [first.id]
    assert await claim(pool, Stage.CHECK) == []
    await write(pool, *map(refused, [Reference("record", first.id, await _token(pool, first.id))]))
    assert [r.id for r in await claim(pool, Stage.CHECK)] == [second.id]


async def _token(pool: Pool, work: int) -> int:
    ((token,),) = await ask(pool, "select token from work where id = %s", [work])
    return int(token)


async def test_a_push_that_races_a_retry_waits_behind_it(pool: Pool, vendor: Sender) -> None:
    """The pupil is locked from the look for newer transfers until the old one stands in the table again."""
    (old,) = await _dead(pool, vendor, "1")
    async with pool.connection() as retrying:
        await reprocess.retry(retrying, cause="poison", dry_run=False)
        async with pool.connection() as connection:
            await connection.execute("set local lock_timeout = '200ms'")
            row = await (
                await connection.execute("select count(*) from (select from pupils for update skip locked) p")
            ).fetchone()
            assert row == (0,)
    await push(pool, vendor, batch(record(pupil="1", text="newer")))
    assert await places(pool) == [("record", "check", "ready"), ("record", "normalise", "queued")]
    assert [r.id for r in await claim(pool, Stage.CHECK)] == [old.id]


async def test_held_packages_are_freed(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(record()))
    await gather(pool, await carry(pool))
    await sealed(pool)
    reference = await package_lease(pool, Stage.DELIVER)
    async with pool.connection() as connection:
        await move_one(connection, id=reference.id, token=reference.token, stage=Stage.DELIVER, state=State.HELD)
        await packages.set_cause(connection, reference.id, "login-refused")
    assert await _retry(pool, "login-refused", dry_run=True) == Retried(0, 0, 1)
    assert await _retry(pool, "login-refused") == Retried(0, 0, 1)
    assert [r.id for r in await claim(pool, Stage.DELIVER)] == [reference.id]


async def test_a_large_cause_goes_in_portions(pool: Pool, vendor: Sender) -> None:
    await _dead(pool, vendor, *(f"{n}" for n in range(5)))
    assert [(await _retry(pool, limit=2)).retried for _ in range(4)] == [2, 2, 1, 0]


async def test_what_died_after_it_was_sent_is_packed_anew(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(record()))
    await gather(pool, await carry(pool))
    await sealed(pool)
    reference = await package_lease(pool, Stage.DELIVER)
    async with pool.connection() as connection:
        members = await packages.unjudged(connection, reference.id)
        rows = [packages.Judged(member, None, Fate.DEAD, "package-refused:E04") for member in members.values()]
        await packages.judge(connection, reference, rows, limits=LIMITS)
    assert await _retry(pool, "package-refused:E04") == Retried(1, 0, 0)
    assert await gather(pool, await claim(pool, Stage.PACK)) == 1
    assert await ask(pool, "select state from packages order by id") == [("judged",), ("open",)]
