"""What is asked of the registry of certificates: lists, history, what was seen, who lacks one."""

from datetime import UTC, datetime, timedelta

import pytest
from steps import change
from support.arrivals import DEADLINE, batch, push, record

from ledger import certificate_views as views
from ledger import certificates
from ledger.certificate_views import PERSONAL_ROLES
from ledger.certificates import Wanted
from ledger.database import Pool
from ledger.registry import Sender

NOW = datetime.now(UTC)
SCHOOL, OTHER = "79760401", "79760402"


async def plant(
    pool: Pool, name: str, *, holder: str = "institution", days: int = 300, standing: str = "good", known: bool = True
) -> bytes:
    """A certificate by a name of one letter; it ends in so many days."""
    sha256 = name.encode() * 32
    span = (NOW - timedelta(days=400), NOW + timedelta(days=days)) if known else (None, None)
    await change(
        pool,
        "insert into certificates (sha256, serial_hex, subject, issuer, holder, not_before, not_after, standing,"
        " revoked_at) values (%s, %s, %s, 'CN=CA', %s, %s, %s, %s, %s)",
        [sha256, name.upper() * 4, f"CN={name}", holder, *span, standing, NOW if standing == "revoked" else None],
    )
    return sha256


async def register(pool: Pool, sha256: bytes, *, unit: str, role: str, state: str, days: int = 300) -> int:
    """A registration and its event; with the approval itself where it is approved."""
    (row,) = await _rows(
        pool,
        "insert into certificate_registrations (unit_id, role, sha256, valid_from, state, approver, source)"
        " select id, %s, %s, %s, %s, 'city', 'staff' from units where code = %s returning id",
        [role, sha256, NOW - timedelta(days=1), state, unit],
    )
    what = "registered" if state == "waiting" else state
    await change(
        pool,
        "insert into certificate_events (registration_id, actor, what, why) values (%s, 'console', 'registered', ''),"
        " (%s, 'console', %s, 'vì thế')",
        [row, row, what],
    )
    if state == "approved":
        await change(
            pool,
            "insert into approved_certificates select id, %s, 'AA', %s, %s, %s from units where code = %s",
            [role, sha256, NOW - timedelta(days=1), NOW + timedelta(days=days), unit],
        )
    return int(row)


async def see(pool: Pool, sha256: bytes, *, unit: str, role: str, records: int) -> None:
    await change(
        pool,
        "insert into certificates_seen (unit_id, role, sha256, records) select id, %s, %s, %s from units where code = %s",
        [role, sha256, records, unit],
    )


async def _rows(pool: Pool, query: str, values: list[object]) -> list[int]:
    async with pool.connection() as connection:
        return [row[0] for row in await (await connection.execute(query.encode(), values)).fetchall()]


async def test_registrations_are_listed_by_unit_role_and_state_and_page_by_page(pool: Pool, vendor: Sender) -> None:
    a, b = await plant(pool, "a"), await plant(pool, "b")
    first = await register(pool, a, unit=SCHOOL, role="KY_PHAT_HANH", state="approved")
    second = await register(pool, b, unit=SCHOOL, role="GIAO_DICH", state="waiting")
    third = await register(pool, a, unit=OTHER, role="KY_PHAT_HANH", state="refused")
    await see(pool, a, unit=SCHOOL, role="KY_PHAT_HANH", records=7)
    async with pool.connection() as connection:

        async def listed(**asked: object) -> list[int]:
            return [row.id for row in await views.certificates(connection, **asked)]  # type: ignore[arg-type]

        assert await listed() == [first, second, third]
        assert await listed(unit=SCHOOL) == [first, second]
        assert await listed(role="KY_PHAT_HANH") == [first, third]
        assert await listed(state="waiting") == [second]
        assert await listed(after=first, limit=1) == [second]
        one, none = await views.registration(connection, first), await views.registration(connection, third + 1)
    assert none is None
    assert one is not None
    assert (one.unit, one.role, one.state, one.records, one.serial_hex) == (
        SCHOOL,
        "KY_PHAT_HANH",
        "approved",
        7,
        "AAAA",
    )
    assert one.approved_from is not None
    assert "CN=a" not in repr(one)


async def test_what_ends_soon_comes_first_where_nothing_follows(pool: Pool, vendor: Sender) -> None:
    soon, later, short = await plant(pool, "a", days=20), await plant(pool, "b"), await plant(pool, "c", days=5)
    gone = await plant(pool, "d", days=5, standing="revoked")
    await register(pool, soon, unit=SCHOOL, role="KY_PHAT_HANH", state="approved")
    await register(pool, short, unit=OTHER, role="KY_PHAT_HANH", state="approved")
    await register(pool, later, unit=OTHER, role="KY_PHAT_HANH", state="approved")
    await register(pool, gone, unit=OTHER, role="GIAO_DICH", state="approved")
    async with pool.connection() as connection:
        found = await views.expiring(connection, days=30)
        fewer = await views.expiring(connection, days=10)
        figures = await views.counts(connection, days=30)
    assert [(row.sha256, row.successor) for row in found] == [(soon, False), (short, True)]
    assert [row.sha256 for row in fewer] == [short]
    assert figures.expiring == 1


async def test_a_successor_that_was_revoked_follows_nothing(pool: Pool, vendor: Sender) -> None:
    soon, revoked = await plant(pool, "a", days=20), await plant(pool, "b", standing="revoked")
    for each in (soon, revoked):
        await register(pool, each, unit=SCHOOL, role="KY_PHAT_HANH", state="approved")
    async with pool.connection() as connection:
        assert [row.successor for row in await views.expiring(connection, days=30)] == [False]


async def test_revoked_ones_tell_who_uses_them(pool: Pool, vendor: Sender) -> None:
    held, gone, good = [
        await plant(pool, n, standing=s) for n, s in (("a", "on-hold"), ("b", "revoked"), ("c", "good"))
    ]
    await register(pool, gone, unit=SCHOOL, role="KY_PHAT_HANH", state="approved")
    await see(pool, gone, unit=SCHOOL, role="KY_PHAT_HANH", records=3)
    await see(pool, gone, unit=OTHER, role="GIAO_DICH", records=2)
    await register(pool, good, unit=OTHER, role="KY_PHAT_HANH", state="approved")
    async with pool.connection() as connection:
        first, second = await views.revoked(connection)
        figures = await views.counts(connection, days=30)
    assert (first.sha256, second.sha256) == (gone, held)
    assert [(use.unit, use.role, use.state, use.records) for use in first.uses] == [
        (SCHOOL, "KY_PHAT_HANH", "approved", 3),
        (OTHER, "GIAO_DICH", "", 2),
    ]
    assert second.uses == ()
    assert figures.revoked == 1


async def test_seen_but_not_approved_ones_are_listed_institutions_apart_from_persons(
    pool: Pool, vendor: Sender
) -> None:
    approved, loose, asked = [await plant(pool, name) for name in "abc"]
    person = await plant(pool, "d", holder="person")
    await register(pool, approved, unit=SCHOOL, role="KY_PHAT_HANH", state="approved")
    waiting = await register(pool, asked, unit=SCHOOL, role="KY_PHAT_HANH", state="waiting")
    await see(pool, approved, unit=SCHOOL, role="KY_PHAT_HANH", records=9)
    await see(pool, approved, unit=OTHER, role="KY_PHAT_HANH", records=8)
    await see(pool, loose, unit=SCHOOL, role="GIAO_DICH", records=7)
    await see(pool, asked, unit=SCHOOL, role="KY_PHAT_HANH", records=6)
    await see(pool, person, unit=SCHOOL, role="CBQL", records=5)
    async with pool.connection() as connection:
        found = await views.unregistered(connection)
        mine = await views.unregistered(connection, unit=OTHER)
        persons = await views.unregistered(connection, roles=PERSONAL_ROLES)
        figures = await views.counts(connection, days=30)
    assert [(row.unit, row.role, row.sha256, row.records, row.registration, row.state) for row in found] == [
        (OTHER, "KY_PHAT_HANH", approved, 8, None, ""),
        (SCHOOL, "GIAO_DICH", loose, 7, None, ""),
        (SCHOOL, "KY_PHAT_HANH", asked, 6, waiting, "waiting"),
    ]
    assert [row.unit for row in mine] == [OTHER]
    assert [(row.role, row.holder) for row in persons] == [("CBQL", "person")]
    assert (figures.unregistered, figures.unregistered_schools, figures.waiting) == (3, 2, 1)


async def test_coverage_says_per_school_what_is_there_and_what_lacks(pool: Pool, vendor: Sender) -> None:
    seal, person, ended = (
        await plant(pool, "a"),
        await plant(pool, "b", holder="person"),
        await plant(pool, "c", days=-1),
    )
    await register(pool, seal, unit=SCHOOL, role="KY_PHAT_HANH", state="approved")
    await register(pool, ended, unit=OTHER, role="KY_PHAT_HANH", state="approved")
    await register(pool, seal, unit=OTHER, role="GIAO_DICH", state="waiting")
    await see(pool, seal, unit=SCHOOL, role="KY_PHAT_HANH", records=4)
    await see(pool, ended, unit=OTHER, role="GIAO_DICH", records=3)
    await see(pool, person, unit=SCHOOL, role="GVCN", records=4)
    await change(pool, "update units set transaction_seal = 'pass-through' where code = %s", [OTHER])
    await push(pool, vendor, batch(record(OTHER)))
    async with pool.connection() as connection:
        first, second = await views.coverage(connection)
        sums = await views.coverage_sums(connection)
        figures = await views.counts(connection, days=30)
        (lacking,) = await views.coverage(connection, lacking=True)
        (one,) = await views.coverage(connection, unit=SCHOOL)
    assert (first.unit, first.lacking, first.deadline) == (SCHOOL, (), None)
    assert [(each.role, each.approved, each.seen, each.records) for each in first.roles] == [
        ("KY_PHAT_HANH", 1, 1, 4),
        ("GIAO_DICH", 0, 0, 0),
    ]
    assert [(each.role, each.seen, each.unregistered) for each in first.persons] == [("GVCN", 1, 1)]
    assert (second.unit, second.lacking, second.deadline) == (OTHER, ("KY_PHAT_HANH", "GIAO_DICH"), DEADLINE)
    assert [(each.waiting, each.seen, each.unregistered) for each in second.roles] == [(0, 0, 0), (1, 1, 1)]
    assert (lacking, one) == (second, first)
    assert (sums.schools, sums.sealed, sums.sealing, sums.transacting, sums.signing, sums.persons) == (2, 1, 1, 0, 2, 1)
    assert (figures.unsealed_due, figures.next_deadline) == (1, DEADLINE)


async def test_one_that_was_approved_twice_is_one_certificate(pool: Pool, vendor: Sender) -> None:
    a = await plant(pool, "a")
    async with pool.connection() as connection:
        wanted = Wanted(SCHOOL, "KY_PHAT_HANH", a, NOW - timedelta(days=90), "city", "staff")
        one = await certificates.register(connection, wanted, actor="console")
        await certificates.approve(connection, one, actor="console")
        await certificates.end(connection, one, actor="console", at=NOW - timedelta(days=60), why="mất thẻ")
        await certificates.register(connection, wanted, actor="console")
        since = NOW - timedelta(days=30)
        await certificates.approve(connection, one, actor="console", valid_from=since, valid_to=NOW + timedelta(days=9))
        (listed,) = await views.certificates(connection)
        (ending,) = await views.expiring(connection, days=30)
        (school,) = await views.coverage(connection, unit=SCHOOL)
        told = await views.history(connection, sha256=a)
    assert (listed.id, listed.approved_from, listed.state) == (one, since, "approved")
    assert (ending.registration, ending.successor) == (one, False)
    assert school.roles[0].approved == 1
    assert [event.what for event in reversed(told)] == ["registered", "approved", "ended", "registered", "approved"]


async def test_a_campaigns_deadline_binds_schools_that_have_signed(pool: Pool, vendor: Sender) -> None:
    ahead = NOW + timedelta(days=5)
    await see(pool, await plant(pool, "a"), unit=OTHER, role="KY_PHAT_HANH", records=3)
    async with pool.connection() as connection:
        none, due = [await views.counts(connection, days=30, ahead=moment) for moment in (None, ahead)]
        over = await views.counts(connection, days=30, ahead=NOW - timedelta(days=1))
        quiet, signing = await views.coverage(connection, ahead=ahead)
    assert (none.unsealed_due, over.unsealed_due, due.unsealed_due, due.next_deadline) == (0, 0, 1, ahead)
    assert (quiet.deadline, signing.deadline) == (None, ahead)


@pytest.mark.parametrize("standing", ["revoked", "on-hold"])
async def test_a_seal_that_was_revoked_covers_nobody(pool: Pool, vendor: Sender, standing: str) -> None:
    await register(pool, await plant(pool, "a", standing=standing), unit=SCHOOL, role="KY_PHAT_HANH", state="approved")
    async with pool.connection() as connection:
        (school,) = await views.coverage(connection, unit=SCHOOL)
    assert school.lacking == ("KY_PHAT_HANH",)


async def test_a_seal_known_by_its_fingerprint_only_covers_its_school(pool: Pool, vendor: Sender) -> None:
    await register(
        pool,
        await plant(pool, "a", standing="unknown", known=False),
        unit=SCHOOL,
        role="KY_PHAT_HANH",
        state="approved",
    )
    async with pool.connection() as connection:
        (school,) = await views.coverage(connection, unit=SCHOOL)
    assert school.lacking == ()


@pytest.mark.parametrize("typed", ["doc lap", "ĐỘC  LẬP", "79760402"])
async def test_schools_are_found_without_accents(pool: Pool, vendor: Sender, typed: str) -> None:
    await change(pool, "update units set name = 'Trường Tiểu học Độc Lập' where code = %s", [OTHER])
    async with pool.connection() as connection:
        assert [school.unit for school in await views.coverage(connection, search=typed)] == [OTHER]
        assert [school.unit for school in await views.coverage(connection, limit=1)] == [SCHOOL]
        assert [school.unit for school in await views.coverage(connection, after=SCHOOL)] == [OTHER]


async def test_history_tells_newest_first_and_the_certificate_with_its_uses(pool: Pool, vendor: Sender) -> None:
    a = await plant(pool, "a")
    one = await register(pool, a, unit=SCHOOL, role="KY_PHAT_HANH", state="approved")
    two = await register(pool, a, unit=OTHER, role="GIAO_DICH", state="refused")
    async with pool.connection() as connection:
        told = await views.history(connection, sha256=a)
        card = await views.certificate(connection, sha256=a)
        assert await views.certificate(connection, sha256=bytes(32)) is None
        assert await views.history(connection, sha256=bytes(32)) == []
    assert [(event.registration, event.unit, event.what, event.why) for event in told] == [
        (two, OTHER, "refused", "vì thế"),
        (two, OTHER, "registered", ""),
        (one, SCHOOL, "approved", "vì thế"),
        (one, SCHOOL, "registered", ""),
    ]
    assert card is not None
    assert [(use.unit, use.state) for use in card.uses] == [(SCHOOL, "approved"), (OTHER, "refused")]
