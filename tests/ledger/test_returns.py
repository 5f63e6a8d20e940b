"""What a destination gives back: kept once under a durable cursor, the school's own, acknowledged when confirmed."""

import hashlib
from datetime import date

import psycopg
import pytest
from steps import ask, change, claim
from support.arrivals import enter_vendor

from ledger import dispatch, feeds, lanes, registry, reprocess, returns
from ledger.database import Pool
from ledger.dispatch import Reference
from ledger.feeds import InboxItem
from ledger.registry import Sender, UnitRow
from ledger.returns import Bundle, Returned
from ledger.states import Stage

SCHOOL = "79760401"
RECORD = b"<HOC_BA>2025</HOC_BA>"


def _returned(code: str, school: str = SCHOOL) -> Returned:
    content = f"<DANH_SACH_HOC_BA>{code}</DANH_SACH_HOC_BA>".encode()
    return Returned(
        ma_tra_hoc_ba=code,
        ma_truong_di="79760499",
        ma_truong_den=school,
        ngay_tra="2026-08-01",
        content=content,
        sha256=hashlib.sha256(content).digest(),
        about={"ma_hoc_sinh": "7900000001", "ho_va_ten": "Nguyễn An"},
    )


async def _keep(pool: Pool, *codes: str, cursor: str = "1", school: str = SCHOOL) -> int:
    async with pool.connection() as connection:
        return await returns.keep(
            connection,
            destination="city",
            bundles=[_returned(code, school) for code in codes],
            cursor_name="city/returns",
            cursor=cursor,
        )


async def _cursor(pool: Pool) -> str:
    async with pool.connection() as connection:
        return await returns.cursor_of(connection, "city/returns")


async def _load(pool: Pool) -> tuple[Reference, Bundle]:
    (reference,) = await claim(pool, Stage.RETURN)
    async with pool.connection() as connection:
        bundle = await returns.load_bundle(connection, reference)
    assert bundle is not None
    return reference, bundle


async def _deliver(pool: Pool) -> Bundle:
    """One bundle goes into its inbox and gets its position."""
    reference, bundle = await _load(pool)
    async with pool.connection() as connection:
        records = [("0b0c0d0e-0000-4000-8000-000000000001", "2025-2026", hashlib.sha256(RECORD).digest(), RECORD)]
        assert await returns.to_inbox(connection, reference, bundle, records)
    async with pool.connection() as connection:
        await dispatch.number_feeds(connection)
    return bundle


async def _inbox(pool: Pool, sender: Sender) -> tuple[InboxItem, ...]:
    async with pool.connection() as connection:
        return (await feeds.inbox(connection, sender_id=sender.id, after=0, limit=10)).rows


async def _confirm(pool: Pool, sender: Sender, bundle: Bundle, *, received: bool = True) -> str | None:
    async with pool.connection() as connection:
        return await returns.confirm(connection, sender=sender, bundle_id=bundle.id, received=received, reason="")


async def test_a_bundle_and_the_cursor_behind_it_are_kept_together(pool: Pool, vendor: Sender) -> None:
    assert await _cursor(pool) == ""
    assert await _keep(pool, "TRA-1", "TRA-2", cursor="7") == 2
    assert await _cursor(pool) == "7"
    assert await ask(pool, "select kind, stage, state from work") == [("bundle", "return", "ready")] * 2


async def test_a_failure_keeps_neither(pool: Pool, vendor: Sender) -> None:
    await change(pool, "alter table bundles add check (ma_tra_hoc_ba <> 'TRA-2')")
    with pytest.raises(psycopg.errors.CheckViolation):
        await _keep(pool, "TRA-1", "TRA-2", cursor="9")
    assert await _cursor(pool) == ""
    assert await ask(pool, "select count(*) from bundles") == [(0,)]


async def test_a_bundle_that_comes_again_is_one(pool: Pool, vendor: Sender) -> None:
    await _keep(pool, "TRA-1")
    assert await _keep(pool, "TRA-1", "TRA-2", cursor="2") == 1
    assert await ask(pool, "select count(*) from work") == [(2,)]


async def test_a_bundle_is_shown_confirmed_and_acknowledged(pool: Pool, vendor: Sender) -> None:
    await _keep(pool, "TRA-1")
    bundle = await _deliver(pool)
    (item,) = await _inbox(pool, vendor)
    assert (item.reference, item.school, item.pupil_ref, item.confirmation) == ("TRA-1", SCHOOL, "7900000001", None)
    assert [record.octets for record in item.records] == [RECORD]
    assert await claim(pool, Stage.RETURN) == []
    assert await _confirm(pool, vendor, bundle) == "confirmed"
    reference, confirmed = await _load(pool)
    assert (confirmed.state, confirmed.confirmation) == ("confirmed", "received")
    async with pool.connection() as connection:
        assert await returns.acknowledged(connection, reference, confirmed)
        assert not await returns.acknowledged(connection, reference, confirmed)
    assert await ask(pool, "select fate from transfers") == [("done",)]
    assert await ask(pool, "select count(*) from work") == [(0,)]


async def test_the_first_word_of_a_school_counts(pool: Pool, vendor: Sender) -> None:
    await _keep(pool, "TRA-1")
    bundle = await _deliver(pool)
    await _confirm(pool, vendor, bundle, received=False)
    assert await _confirm(pool, vendor, bundle, received=True) == "confirmed"
    assert await ask(pool, "select confirmation from bundles") == [("refused",)]
    reference, confirmed = await _load(pool)
    async with pool.connection() as connection:
        await returns.acknowledged(connection, reference, confirmed)
    assert await ask(pool, "select fate, cause from transfers") == [("refused", "refused-by-school")]


async def test_nobody_else_reads_or_confirms(pool: Pool, vendor: Sender) -> None:
    other = await enter_vendor(pool, "OTHER", ["79760403"])
    await _keep(pool, "TRA-1")
    bundle = await _deliver(pool)
    assert await _inbox(pool, other) == ()
    assert await _confirm(pool, other, bundle) is None


async def test_the_inbox_is_the_schools_when_it_changes_its_vendor(pool: Pool, vendor: Sender) -> None:
    await _keep(pool, "TRA-1")
    bundle = await _deliver(pool)
    successor = await enter_vendor(pool, "NEXT", [SCHOOL])
    await enter_vendor(pool, "HOASEN", ["79760402"])
    assert await _inbox(pool, vendor) == ()
    assert [item.bundle for item in await _inbox(pool, successor)] == [bundle.id]
    assert await _confirm(pool, vendor, bundle) is None
    assert await _confirm(pool, successor, bundle) == "confirmed"


async def test_the_inbox_is_the_schools_when_its_row_is_renewed(pool: Pool, vendor: Sender) -> None:
    await _keep(pool, "TRA-1")
    bundle = await _deliver(pool)
    await change(pool, "update units set valid_to = today() where code = %s", [SCHOOL])
    async with pool.connection() as connection:
        today = (await (await connection.execute("select today()")).fetchone() or (date.min,))[0]
        await registry.enter_units(
            connection, [UnitRow(SCHOOL, "school", "Tên mới", None, "02", "intermediary", today, None)]
        )
        await registry.enter_sender(
            connection, code="HOASEN", name="", format="official", signing="own", schools=[SCHOOL]
        )
    assert [item.bundle for item in await _inbox(pool, vendor)] == [bundle.id]
    assert await _confirm(pool, vendor, bundle) == "confirmed"


async def test_a_school_that_the_hub_learns_of_later_gets_its_bundle(pool: Pool, vendor: Sender) -> None:
    await _keep(pool, "TRA-1", school="79760410")
    reference, bundle = await _load(pool)
    assert bundle.unit_id is None
    async with pool.connection() as connection:
        assert await returns.fail(connection, reference, bundle, cause="unmatched-school", findings=())
    assert await ask(pool, "select fate, cause from transfers") == [("held", "unmatched-school")]
    late = await enter_vendor(pool, "LATE", ["79760410"])
    async with pool.connection() as connection:
        assert (await reprocess.retry(connection, cause="unmatched-school", dry_run=False)).retried == 1
    await _deliver(pool)
    assert len(await _inbox(pool, late)) == 1


async def test_a_confirmation_during_a_reminder_is_acknowledged_at_once(pool: Pool, vendor: Sender) -> None:
    """The worker looks at an unconfirmed bundle and puts it aside again: a confirmation meanwhile waits for that."""
    await _keep(pool, "TRA-1")
    bundle = await _deliver(pool)
    await change(pool, "update work set state = 'ready' where state = 'waiting'")
    (reference,) = await claim(pool, Stage.RETURN)
    async with pool.connection() as looking:
        assert await returns.load_bundle(looking, reference) is not None
        async with pool.connection() as connection:
            await connection.execute("set local lock_timeout = '100ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                await returns.confirm(connection, sender=vendor, bundle_id=bundle.id, received=True, reason="")
            await connection.rollback()


async def test_returned_work_stands_in_its_own_lane(pool: Pool, vendor: Sender) -> None:
    await _keep(pool, "TRA-1")
    async with pool.connection() as connection:
        await lanes.set_lane(connection, stage="deliver", destination="city", state="paused", why="", by="test")
        assert await dispatch.ready_lanes(connection) == {("return", "city")}


async def test_a_failed_bundle_that_the_city_has_mended_is_examined_again(pool: Pool, vendor: Sender) -> None:
    await _keep(pool, "B1", school="79999999")
    reference, bundle = await _load(pool)
    async with pool.connection() as connection:
        await returns.fail(connection, reference, bundle, cause="unmatched-school", findings=())
    assert await _keep(pool, "B1", cursor="2", school="79999999") == 0
    assert await claim(pool, Stage.RETURN) == []
    assert await _keep(pool, "B1", cursor="3", school=SCHOOL) == 1
    _, again = await _load(pool)
    assert (again.id, again.ma_truong_den, again.state) == (bundle.id, SCHOOL, "arrived")
    assert await ask(pool, "select fate, cause from transfers") == [("open", "")]


async def test_a_bundle_in_the_inbox_is_not_exchanged_under_the_schools_hands(pool: Pool, vendor: Sender) -> None:
    await _keep(pool, "B1")
    await _deliver(pool)
    assert await _keep(pool, "B1", cursor="2", school="79760402") == 0
    assert await ask(pool, "select ma_truong_den, state from bundles") == [(SCHOOL, "inbox")]
