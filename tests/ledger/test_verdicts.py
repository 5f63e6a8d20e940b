"""Verdicts: what each means for the record, its UUID, its pupil's next one, and whoever sent it."""

from uuid import UUID

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
    pupils,
    sealed,
    sending,
    sent,
)
from support.arrivals import Item, batch, push, record

from ledger import packages
from ledger.database import Pool
from ledger.packages import Judged, VerdictRow
from ledger.registry import Sender
from ledger.states import Fate, Stage


def _uuid(item: Item) -> UUID:
    assert item.identity is not None
    return UUID(item.identity.uuid)


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
    await push(pool, vendor, pupils(3))
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


async def test_a_record_that_died_at_the_city_is_told_of_and_counted(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, pupils(3))
    await gather(pool, await carry(pool))
    await sealed(pool)
    reference = await sent(pool)
    await judge(pool, reference, Fate.DEAD, "package-refused:E04", most=2)
    await judge(pool, reference)
    letters = await ask(pool, "select stage, message ->> 'cause', message ->> 'destination' from dead_letters")
    assert letters == [("poll", "package-refused:E04", "city")] * 2
    assert await ask(pool, "select deaths from destinations where name = 'city'") == [(2,)]
    assert await ask(pool, "select fate, count(*) from outcomes group by 1 order by 1") == [
        ("approved", 1),
        ("dead", 2),
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
