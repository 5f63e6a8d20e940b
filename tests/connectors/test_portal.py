"""The portal's client against a real portal process and its fault buttons."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.portal_client import City

from connectors.portal import (
    AccountMissing,
    LoginRefused,
    PackageRefused,
    Portal,
    PortalDown,
    PortalSettings,
    ReplyLost,
    ResultRows,
    TryLater,
    UnknownMessage,
)
from sandbox.plans import plan
from sandbox.pupils import write_batch
from sandbox.world import World
from schemas.packing import pack

Settings = Callable[..., PortalSettings]


@pytest.fixture(scope="session")
def unit(world: World) -> str:
    return next(sender.schools[0] for sender in world.senders if sender.format == "official")


@pytest.fixture(scope="session")
def content(world: World, unit: str) -> bytes:
    """A signed batch of two records, packed."""
    batch = plan(world, seed=31, count=2, schools=[unit])[0]
    return pack(write_batch(world, batch, seed=31)[0]).encode()


async def _verdicts(portal: Portal, unit: str, messageid: str, *, count: int) -> ResultRows:
    async with asyncio.timeout(30):
        while True:
            answer = await portal.result(messageid=messageid, ma_don_vi=unit)
            if len(answer.rows) >= count:
                return answer
            await asyncio.sleep(0.05)


async def _submit(portal: Portal, unit: str, messageid: str, content: bytes) -> None:
    await portal.submit(messageid=messageid, ma_don_vi=unit, nam_hoc=2025, content=content)


def _calls(city: City) -> dict[str, int]:
    return dict(city.admin("/state")["calls"])


async def test_a_package_is_taken_and_its_verdicts_come_back(
    city: City, settings_for: Settings, unit: str, content: bytes
) -> None:
    async with Portal(settings_for(city.port)) as portal:
        await _submit(portal, unit, "m-1", content)
        answer = await _verdicts(portal, unit, "m-1", count=2)
        await _submit(portal, unit, "m-1", content)
    assert [(row.trang_thai, row.error) for row in answer.rows] == [(1, "0"), (1, "0")]
    assert (answer.unreadable, answer.refused) == (0, "")
    assert _calls(city)["token"] == 1, "one token serves every call"


async def test_many_calls_at_once_share_one_login(city: City, settings_for: Settings, unit: str) -> None:
    async with Portal(settings_for(city.port)) as portal:
        asked = [portal.result(messageid=f"never-{n}", ma_don_vi=unit) for n in range(12)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(answer) for answer in answers} == {UnknownMessage}
    assert _calls(city)["token"] == 1


async def test_a_lost_reply_is_told_as_lost_and_the_package_is_there(
    city: City, settings_for: Settings, unit: str, content: bytes
) -> None:
    city.admin("/faults", lost_reply_rate=1.0)
    async with Portal(settings_for(city.port)) as portal:
        with pytest.raises(ReplyLost):
            await _submit(portal, unit, "lost", content)
        assert len((await _verdicts(portal, unit, "lost", count=2)).rows) == 2
    assert _calls(city)["1"] == 1, "sent once, never again by itself"


async def test_a_reply_that_takes_too_long_is_lost(
    city: City, settings_for: Settings, unit: str, content: bytes
) -> None:
    async with Portal(settings_for(city.port, exchange_seconds=0.5)) as portal:
        with pytest.raises(UnknownMessage):
            await portal.result(messageid="slow", ma_don_vi=unit)
        city.admin("/faults", slow_reply_ms=60_000.0)
        with pytest.raises(ReplyLost) as lost:
            await _submit(portal, unit, "slow", content)
        assert len((await _verdicts(portal, unit, "slow", count=2)).rows) == 2
    assert lost.value.code == "TimeoutError"


async def test_nothing_left_when_there_is_nobody(city: City, settings_for: Settings, unit: str, content: bytes) -> None:
    async with Portal(settings_for(city.port)) as portal:
        with pytest.raises(UnknownMessage):
            await portal.result(messageid="early", ma_don_vi=unit)
        city.kill()
        with pytest.raises(PortalDown) as down:
            await _submit(portal, unit, "early", content)
        with pytest.raises(PortalDown):
            await portal.result(messageid="early", ma_don_vi=unit)
        city.start()
        await _submit(portal, unit, "early", content)
    assert down.value.code in {"ConnectError", "ReadError"}


async def test_a_portal_that_cuts_every_line_is_down_unless_a_package_was_on_it(
    city: City, settings_for: Settings, unit: str, content: bytes
) -> None:
    async with Portal(settings_for(city.port)) as portal:
        city.admin("/faults", down=True)
        with pytest.raises(PortalDown):
            await _submit(portal, unit, "cut", content)
        city.admin("/faults", down=False)
        with pytest.raises(UnknownMessage):
            await portal.result(messageid="cut", ma_don_vi=unit)
        city.admin("/faults", down=True)
        with pytest.raises(ReplyLost):
            await _submit(portal, unit, "cut", content)
        with pytest.raises(PortalDown):
            await portal.result(messageid="cut", ma_don_vi=unit)


async def test_an_error_page_proves_nothing_about_a_package(
    city: City, settings_for: Settings, unit: str, content: bytes
) -> None:
    async with Portal(settings_for(city.port)) as portal:
        with pytest.raises(UnknownMessage):
            await portal.result(messageid="page", ma_don_vi=unit)
        city.admin("/faults", error_rate=1.0)
        with pytest.raises(ReplyLost) as lost:
            await _submit(portal, unit, "page", content)
        with pytest.raises(PortalDown):
            await portal.result(messageid="page", ma_don_vi=unit)
    assert lost.value.code == "http-500"


async def test_now_and_then_an_error_page_does_not_stop_a_question(
    city: City, settings_for: Settings, unit: str
) -> None:
    city.admin("/faults", error_rate=0.4)
    async with Portal(settings_for(city.port, patience_seconds=20.0)) as portal:
        for number in range(8):
            with pytest.raises(UnknownMessage):
                await portal.result(messageid=f"flaky-{number}", ma_don_vi=unit)
    assert city.admin("/state")["fired"]["error_rate"] > 0


async def test_a_token_that_the_portal_forgot_is_renewed_within_the_call(
    city: City, settings_for: Settings, unit: str, content: bytes, tmp_path: Path
) -> None:
    async with Portal(settings_for(city.port)) as portal:
        with pytest.raises(UnknownMessage):
            await portal.result(messageid="forgot", ma_don_vi=unit)
        city.kill()
        city.data = tmp_path / "another"  # another secret: every token of before is void
        city.start()
        await _submit(portal, unit, "forgot", content)
    assert (_calls(city)["1"], _calls(city)["token"]) == (2, 1)


async def test_tokens_that_never_last_are_tried_once_more_and_then_left(
    city: City, settings_for: Settings, unit: str, content: bytes
) -> None:
    city.admin("/faults", token_ttl=0)
    async with Portal(settings_for(city.port)) as portal:
        with pytest.raises(TryLater) as later:
            await _submit(portal, unit, "brief", content)
        city.admin("/faults", token_ttl=3600)
        await _submit(portal, unit, "brief", content)
    assert later.value.code == "E01"


async def test_a_busy_portal_wants_it_later(city: City, settings_for: Settings, unit: str, content: bytes) -> None:
    city.admin("/faults", busy_rate=1.0)
    async with Portal(settings_for(city.port)) as portal:
        with pytest.raises(TryLater) as later:
            await _submit(portal, unit, "busy", content)
        with pytest.raises(UnknownMessage):
            await portal.result(messageid="busy", ma_don_vi=unit)
    assert later.value.code == "E08"


async def test_a_package_refused_whole_stays_refused_and_says_so(
    city: City, settings_for: Settings, unit: str, content: bytes
) -> None:
    city.admin("/faults", refuse_package_rate=1.0)
    async with Portal(settings_for(city.port)) as portal:
        with pytest.raises(PackageRefused) as refused:
            await _submit(portal, unit, "whole", content)
        answer = await portal.result(messageid="whole", ma_don_vi=unit)
    assert refused.value.code == answer.refused == "E04"
    assert answer.rows == ()


async def test_content_that_the_portal_cannot_open_is_refused(city: City, settings_for: Settings, unit: str) -> None:
    async with Portal(settings_for(city.port)) as portal:
        with pytest.raises(PackageRefused) as refused:
            await _submit(portal, unit, "broken", b"AAAA")
    assert refused.value.code == "E03"


async def test_a_body_over_the_limit_never_leaves(city: City, settings_for: Settings, unit: str) -> None:
    async with Portal(settings_for(city.port)) as portal:
        with pytest.raises(PackageRefused) as refused:
            await _submit(portal, unit, "large", b"A" * (10 * 1024 * 1024))
        with pytest.raises(UnknownMessage):
            await portal.result(messageid="large", ma_don_vi=unit)
    assert refused.value.code == "E06"
    assert "1" not in _calls(city)


async def test_a_body_of_just_the_limit_is_heard(city: City, settings_for: Settings, unit: str) -> None:
    async with Portal(settings_for(city.port)) as portal:
        with pytest.raises(PackageRefused) as refused:
            await _submit(portal, unit, "edge", b"A" * (10 * 1024 * 1024 - 1024))
    assert refused.value.code == "E03", "the portal read it all"


async def test_a_refused_login_holds_that_unit_only(
    city: City, settings_for: Settings, unit: str, content: bytes, world: World, accounts_file: Callable[..., Path]
) -> None:
    good = city.account("79")
    wrong = {**city.account(unit), "password_sha256": "0" * 64}
    file = accounts_file(good, wrong)
    async with Portal(settings_for(city.port, accounts=file)) as portal:
        with pytest.raises(LoginRefused):
            await _submit(portal, unit, "login", content)
        assert (await portal.returned(after="", limit=5)).bundles == ()
        accounts_file(good, city.account(unit))
        await _submit(portal, unit, "login", content)


async def test_an_account_that_is_missing_may_be_entered_while_the_hub_runs(
    city: City, settings_for: Settings, unit: str, accounts_file: Callable[..., Path]
) -> None:
    file = accounts_file(city.account("79"))
    async with Portal(settings_for(city.port, accounts=file)) as portal:
        with pytest.raises(AccountMissing):
            await portal.result(messageid="any", ma_don_vi=unit)
        file.write_text("[{half a file", encoding="utf-8")
        await portal.returned(after="", limit=5)
        plain = {name: value for name, value in city.account(unit).items() if name != "password_sha256"}
        accounts_file(city.account("79"), plain)
        with pytest.raises(UnknownMessage):
            await portal.result(messageid="any", ma_don_vi=unit)


async def test_without_accounts_nobody_is_called(city: City, settings_for: Settings, unit: str) -> None:
    async with Portal(settings_for(city.port, accounts=None)) as portal:
        with pytest.raises(AccountMissing):
            await _submit(portal, unit, "nobody", b"AAAA")
    assert _calls(city) == {}


async def test_verdicts_are_handed_on_as_they_come(
    city: City, settings_for: Settings, unit: str, content: bytes
) -> None:
    city.admin("/faults", duplicate_verdicts=True, foreign_verdicts=True, refuse_rate=1.0)
    async with Portal(settings_for(city.port)) as portal:
        await _submit(portal, unit, "odd", content)
        answer = await _verdicts(portal, unit, "odd", count=6)
    assert len({row.uuid for row in answer.rows}) == 3
    assert {(row.trang_thai, row.error) for row in answer.rows} == {(0, "R05")}
    assert all(row.error_description for row in answer.rows)


async def test_returned_records_page_by_page_and_their_receipt(
    city: City, settings_for: Settings, unit: str, content: bytes, world: World
) -> None:
    receiver = world.secondary
    async with Portal(settings_for(city.port)) as portal:
        await _submit(portal, unit, "given", content)
        rows = (await _verdicts(portal, unit, "given", count=2)).rows
        pupils = [each["so_cccd"] for each in city.admin("/records")["records"]]
        city.admin("/returns", ma_truong_den=receiver.code, ten_truong_den=receiver.name, so_cccd=pupils)
        first = await portal.returned(after="", limit=1)
        second = await portal.returned(after=first.cursor, limit=5)
        end = await portal.returned(after=second.cursor, limit=5)
        bundle = first.bundles[0]
        await portal.acknowledge_return(
            ma_tra_hoc_ba=bundle.ma_tra_hoc_ba, ma_truong_den=bundle.ma_truong_den, received=True, reason=""
        )
        with pytest.raises(UnknownMessage):
            await portal.acknowledge_return(
                ma_tra_hoc_ba="never", ma_truong_den=bundle.ma_truong_den, received=False, reason="không phải"
            )
    assert len(rows) == 2
    assert [len(page.bundles) for page in (first, second, end)] == [1, 1, 0]
    assert end.cursor == second.cursor
    assert bundle.ma_truong_den == receiver.code
    assert set(bundle.about()) == {"ten_truong_den", "so_cccd", "ma_hoc_sinh", "ho_va_ten", "nam_hoc"}
    receipts: list[dict[str, Any]] = city.admin("/returns")["receipts"]
    assert [(each["code"], each["trang_thai"]) for each in receipts] == [(bundle.ma_tra_hoc_ba, 1)]


def test_settings_refuse_to_send_passwords_in_clear_beyond_this_machine() -> None:
    for url in ("http://portal.example", "ftp://127.0.0.1", "https://user:secret@portal.example", "portal", "http://"):
        with pytest.raises(ValueError, match=r"cổng|địa chỉ"):
            PortalSettings(url=url)
    for url in ("https://portal.example", "http://[::1]:8080", "http://localhost:1"):
        PortalSettings(url=url)
    PortalSettings(url="http://city:8080", plain_http_exposes_passwords=True)


def test_settings_explain_themselves_in_two_languages() -> None:
    for name, field in PortalSettings.model_fields.items():
        assert field.description, name
        assert " / " in field.description, name


def test_secrets_do_not_show(world: World) -> None:
    from connectors.portal.accounts import Account

    told = json.loads((world.folder / "portal-accounts.json").read_text(encoding="utf-8"))[0]
    shown = repr(Account.model_validate(told))
    assert told["password"] not in shown
    assert told["password_sha256"] not in shown
