"""The registry of certificates: registered, approved, refused, ended, completed, found."""

import asyncio
from dataclasses import replace

import pytest
from decisions import DAY, LIFE, START, facts_of, history, spans_of, wish

from ledger import certificate_messages, certificate_views, certificates
from ledger.certificates import Entered, NoSuchRegistration, NoSuchUnit, NotInState, SpanEmpty
from ledger.database import Pool
from ledger.registry import Sender


async def test_a_registration_waits_until_it_is_approved(pool: Pool, vendor: Sender) -> None:
    async with pool.connection() as connection:
        await certificates.remember(connection, [facts_of()])
        registration = await certificates.register(connection, wish(facts_of()), actor="sở")
        assert await spans_of(connection) == []

        await certificates.approve(connection, registration, actor="phường", why="đúng hồ sơ")

        assert await spans_of(connection) == [(START + 3 * DAY, LIFE[1])]
        assert await history(connection, registration) == [
            ("sở", "registered", ""),
            ("phường", "approved", "đúng hồ sơ"),
        ]


async def test_ending_changes_nothing_for_what_was_signed_before(pool: Pool, vendor: Sender) -> None:
    async with pool.connection() as connection:
        await certificates.remember(connection, [facts_of()])
        registration = await certificates.register(connection, wish(facts_of()), actor="sở")
        await certificates.approve(connection, registration, actor="sở")

        await certificates.end(connection, registration, actor="sở", at=START + 9 * DAY, why="mất token")
        again = await certificates.register(connection, wish(facts_of(), day=12), actor="sở")
        await certificates.approve(connection, again, actor="sở")

        assert again == registration
        assert await spans_of(connection) == [(START + 3 * DAY, START + 9 * DAY), (START + 12 * DAY, LIFE[1])]


async def test_what_cannot_be_done_is_refused_and_changes_nothing(pool: Pool, vendor: Sender) -> None:
    async with pool.connection() as connection:
        await certificates.remember(connection, [facts_of()])
        registration = await certificates.register(connection, wish(facts_of()), actor="sở")
        with pytest.raises(NotInState, match="waiting"):
            await certificates.end(connection, registration, actor="sở", at=START, why="")
        with pytest.raises(SpanEmpty):
            await certificates.approve(connection, registration, actor="sở", valid_from=LIFE[1] + DAY)
        with pytest.raises(NoSuchRegistration):
            await certificates.approve(connection, registration + 1, actor="sở")
        with pytest.raises(NoSuchUnit):
            await certificates.register(connection, wish(facts_of(), unit="00000000"), actor="sở")
        await certificates.refuse(connection, registration, actor="sở", why="sai trường")
        with pytest.raises(NotInState, match="refused"):
            await certificates.approve(connection, registration, actor="sở")
        assert await spans_of(connection) == []


async def test_a_fingerprint_is_completed_once_the_certificate_is_seen(pool: Pool, vendor: Sender) -> None:
    async with pool.connection() as connection:
        for facts in (facts_of(known=False), facts_of(), facts_of(known=False)):
            await certificates.remember(connection, [facts])
        rows = await (await connection.execute("select der, subject, not_after from certificates")).fetchall()
    assert rows == [(b"a", "CN=a", LIFE[1])]


async def test_many_at_once_leave_one_registration_and_one_decision(pool: Pool, vendor: Sender) -> None:
    async with pool.connection() as connection:
        await certificates.remember(connection, [facts_of()])

    async def register() -> Entered:
        async with pool.connection() as connection:
            return await certificates.enter_waiting(connection, wish(facts_of()), actor="sở")

    async def approve(registration: int) -> str:
        try:
            async with pool.connection() as connection:
                await certificates.approve(connection, registration, actor="sở")
        except NotInState as error:
            return str(error.args[0])
        return "done"

    entered = await asyncio.gather(*(register() for _ in range(4)))
    decided = await asyncio.gather(*(approve(entered[0].id) for _ in range(4)))

    assert sorted(each.what for each in entered) == ["registered", "there", "there", "there"]
    assert sorted(decided) == ["approved", "approved", "approved", "done"]
    async with pool.connection() as connection:
        assert [what for _, what, _ in await history(connection, entered[0].id)] == ["registered", "approved"]


async def test_what_waits_is_completed_unless_a_portal_is_asked(pool: Pool, vendor: Sender) -> None:
    token, remote = (replace(wish(facts_of()), kind=kind, provider="VNPT") for kind in ("USB_TOKEN", "REMOTE_SIGNING"))
    async with pool.connection() as connection:
        await certificates.remember(connection, [facts_of()])
        whats = []
        for wanted in (wish(facts_of()), wish(facts_of()), token, wish(facts_of())):
            entered = await certificates.enter_waiting(connection, wanted, actor="sở")
            whats.append(entered.what)
        await certificate_messages.keep(
            connection, messageid="m", registration_id=entered.id, destination="city", content="c"
        )
        whats.append((await certificates.enter_waiting(connection, remote, actor="sở")).what)
        row = await certificate_views.registration(connection, entered.id)
    assert whats == ["registered", "there", "changed", "there", "there"]
    assert row is not None
    assert (row.kind, row.provider) == ("USB_TOKEN", "VNPT")


async def test_a_certificate_is_found_as_people_write_it(pool: Pool) -> None:
    facts, other = replace(facts_of(), serial_hex="0054010A"), replace(facts_of("b"), serial_hex="5505291")
    sha256 = facts.sha256.hex()
    async with pool.connection() as connection:
        await certificates.remember(connection, [facts, other])
        for name in ("54010A", "54:01:0a", "0x54010a", "00 54 01 0A", "5505290", sha256, sha256[:8].upper()):
            assert await certificates.find(connection, name) == [facts.sha256], name


async def test_what_names_nothing_finds_nothing(pool: Pool) -> None:
    async with pool.connection() as connection:
        await certificates.remember(connection, [replace(facts_of(), serial_hex="0")])
        for name in ("", "0", "%", "zz", "9" * 60, "٣", facts_of().sha256.hex()[:7], "f" * 65):
            assert await certificates.find(connection, name) == []


async def test_an_approval_given_again_is_one_registration_with_its_newest_span(pool: Pool, vendor: Sender) -> None:
    async with pool.connection() as connection:
        await certificates.remember(connection, [facts_of()])
        registration = await certificates.register(connection, wish(facts_of()), actor="sở")
        await certificates.approve(connection, registration, actor="sở")
        await certificates.end(connection, registration, actor="sở", at=START + 9 * DAY, why="mất token")
        await certificates.register(connection, wish(facts_of(), day=12), actor="sở")
        await certificates.approve(connection, registration, actor="sở")
        (row,) = await certificate_views.certificates(connection)
    assert (row.id, row.approved_from, row.approved_to) == (registration, START + 12 * DAY, LIFE[1])
