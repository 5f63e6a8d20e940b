"""The sign stage with keys at a remote service: who is asked when, what comes of each answer, and what never happens.

The ledger, the children and the service are real; only the clocks of dispatcher and keeper are the test's own.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.portal_client import City
from support.signing_service import SigningService
from support.stages import CITY, Line, quick_settings

from connectors.arrivals import Arrival
from connectors.portal import Portal, PortalSettings
from ledger import lanes, registry, reprocess
from ledger.database import Pool
from ledger.states import Stage
from routes import asking, way
from routes.adopting import adopt
from routes.asking import Home
from routes.crew import Crew
from routes.settings import LimitSettings, RouteSettings
from routes.signers import Signers
from routes.signing_settings import KeyRule, SigningSettings, WaitingSettings
from routes.tools import Tools
from sandbox.world import World

Generate = Callable[..., Arrival]

JSON = "SAOKHUE"
HOME = "xa"
PERSONAL = ("GVBM", "GVCN", "CBQL")
WAITS = WaitingSettings(
    gather_seconds=0,
    poll_delays_seconds=(0.0,),
    approval_seconds=30,
    remind_delays_seconds=(0.0,),
)


@pytest.fixture(scope="module")
def service(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SigningService]:
    started = SigningService(world.folder, tmp_path_factory.mktemp("service"))
    started.start()
    yield started
    started.stop()


@dataclass(frozen=True)
class Desk:
    """A line whose keys are partly at the service, and the keeper that asks for them."""

    line: Line
    service: SigningService
    home: Home

    async def ask(self) -> None:
        """One look of the keeper, its exchanges ended."""
        await asking.look(self.line.tools, self.home)
        await self.home.idle()

    async def until(self, done: Callable[[], Awaitable[bool]], *, rounds: int = 60) -> None:
        """Stages and keeper in turns until it is done."""
        for _ in range(rounds):
            await self.line.settle(rounds=6)
            if await done():
                return
            await self.ask()
        pytest.fail(f"{await self.requests()} {await self.line.fates()}")

    async def requests(self) -> list[tuple[Any, ...]]:
        """(role, state, cause, asks) in order."""
        return await self.line.rows("select role, state, cause, asks from signature_requests order by id")

    async def ended(self) -> bool:
        """Nothing is unfinished."""
        return await self.line.rows("select count(*) from work") == [(0,)]

    async def held(self) -> bool:
        """All that is unfinished is held."""
        return await self.line.rows("select distinct state from work") == [("held",)]

    async def causes(self) -> list[tuple[str, str]]:
        """(fate, cause) of every transfer."""
        return await self.line.rows("select fate, cause from transfers order by id")  # type: ignore[return-value]


Opened = Callable[..., Awaitable[Desk]]
Crews = Callable[[RouteSettings], Crew]


@pytest.fixture(scope="module")
def crews() -> Iterator[Crews]:
    """One crew of children for each way of being equipped: they are what takes long to start."""
    made: dict[str, Crew] = {}

    def crew(settings: RouteSettings) -> Crew:
        name = settings.signing.model_dump_json()
        if name not in made:
            equipment = (settings.signing, settings.check)
            made[name] = Crew(children=1, seconds=20.0, initializer=way.equip, initargs=equipment)
        return made[name]

    yield crew
    for each in made.values():
        asyncio.run(each.__aexit__(None, None, None))


@pytest.fixture
async def opened(pool: Pool, world: World, city: City, service: SigningService, crews: Crews) -> AsyncIterator[Opened]:
    """Opens a desk with other settings; closes what it opened."""
    service.press()
    stack: list[Any] = []

    async def open_desk(*, remote: tuple[str, ...] = PERSONAL, waits: WaitingSettings = WAITS, **told: Any) -> Desk:
        signing = SigningSettings(
            trust_folder=world.folder / "trust",
            keys_folder=world.folder / "keys",
            homes=tuple(KeyRule(home=HOME, role=role) for role in remote),
            services={HOME: service.settings(**told)},
            waiting=waits,
        )
        limits = LimitSettings(breaker_probe_seconds=(0.01,))
        settings = quick_settings(world.folder, signing=signing, limits=limits)
        async with pool.connection() as connection:
            await lanes.enter_destination(connection, CITY)
            await registry.import_world(connection, world.folder)
        portal = Portal(
            PortalSettings(url=city.url(""), accounts=world.folder / "portal-accounts.json", patience_seconds=0.2)
        )
        tools = Tools(
            pool=pool,
            crew=crews(settings),
            portals={CITY: await portal.__aenter__()},
            settings=settings,
            signers=Signers(signing.services, certificate_seconds=600),
        )
        stack.append((portal, tools))
        return Desk(Line(tools), service, Home(HOME, at_once=50, exchanges=4))

    yield open_desk
    for portal, tools in stack:
        await tools.close()
        await portal.__aexit__(None, None, None)


async def test_records_are_signed_by_their_people_in_the_legal_order_and_approved(
    opened: Opened, city: City, generate: Generate
) -> None:
    desk = await opened()
    receipt = await desk.line.push(JSON, generate(2, numbers=range(6)))
    await desk.until(desk.ended)
    assert set(await desk.causes()) == {("done", "")}, await desk.line.fates()
    assert {row["uuid"] for row in city.admin("/records")["records"]} >= {each.uuid for each in receipt.lines}
    requests = await desk.requests()
    assert [role for role, *_ in requests] == ["GVCN"] * 6 + ["CBQL"] * 6
    assert {(state, asks) for _, state, _, asks in requests} == {("used", 1)}


async def test_one_approval_covers_all_that_waits_for_a_person(
    opened: Opened, world: World, generate: Generate
) -> None:
    desk = await opened()
    before = len(desk.service.orders())
    of_one_class = (0, len(world.schools[2].classes))
    await desk.line.push(JSON, generate(2, numbers=of_one_class))
    await desk.until(desk.ended)
    ((requests, people, orders),) = await desk.line.rows(
        "select count(*), count(distinct credential), count(distinct order_id) from signature_requests"
        " where role = 'GVCN'"
    )
    assert (requests, people, orders) == (2, 1, 1)
    assert (
        len(desk.service.orders()) - before
        == (await desk.line.rows("select count(distinct order_id) from signature_requests"))[0][0]
    )


async def test_the_date_of_issue_is_fixed_before_the_first_signature(opened: Opened, generate: Generate) -> None:
    desk = await opened()
    await desk.line.push(JSON, generate(2, numbers=range(1)))
    await desk.line.settle(rounds=6)
    dates = []
    for _ in range(3):
        ((octets,),) = await desk.line.rows(
            "select p.octets from records r join payloads p on p.sha256 = r.official_sha256"
        )
        dates.append(bytes(octets).partition(b"<NGAY_KY_PHAT_HANH_HOC_BA>")[2].partition(b"<")[0])
        await desk.ask()
        await desk.ask()
        await desk.line.step(Stage.SIGN)
    assert len(set(dates)) == 1
    assert dates[0]


async def test_a_record_whose_last_key_is_missing_costs_nobody_a_signature(
    opened: Opened, world: World, generate: Generate, tmp_path: Path
) -> None:
    desk = await opened(remote=(*PERSONAL, "KY_PHAT_HANH"))
    before = len(desk.service.orders())
    schools = world.schools[2].code
    changed = tmp_path / "credentials.json"
    text = (world.folder / "signing-credentials.json").read_text(encoding="utf-8")
    changed.write_text(text.replace(f"{schools}/KY_PHAT_HANH", "khong-co/KY_PHAT_HANH"), encoding="utf-8")
    desk = await opened(remote=(*PERSONAL, "KY_PHAT_HANH"), credentials=changed)
    await desk.line.push(JSON, generate(2, numbers=range(1)))
    await desk.until(desk.held)
    assert await desk.causes() == [("held", "seal-key-missing:KY_PHAT_HANH")]
    assert await desk.requests() == []
    assert len(desk.service.orders()) == before


async def test_a_holder_who_refuses_holds_the_record_until_staff_ask_again(opened: Opened, generate: Generate) -> None:
    desk = await opened()
    desk.service.press(refuse=True)
    await desk.line.push(JSON, generate(2, numbers=range(1)))
    await desk.until(desk.held)
    assert await desk.causes() == [("held", "signer-refused:GVCN")]
    desk.service.press()
    await desk.ask()
    assert [state for _, state, *_ in await desk.requests()] == ["refused"]
    async with desk.line.pool.connection() as connection:
        await reprocess.retry(connection, cause="signer-refused:GVCN", dry_run=False)
    await desk.until(desk.ended)
    assert await desk.causes() == [("done", "")]
    assert [(role, state) for role, state, *_ in await desk.requests()] == [
        ("GVCN", "ended"),
        ("GVCN", "used"),
        ("CBQL", "used"),
    ]


async def test_who_does_not_answer_is_asked_again_and_given_up_in_the_end(opened: Opened, generate: Generate) -> None:
    desk = await opened()
    desk.service.press(expire=True)
    await desk.line.push(JSON, generate(2, numbers=range(1)))
    await desk.line.settle(rounds=6)
    for _ in range(6):
        await desk.ask()
    ((role, state, _, asks),) = await desk.requests()
    assert (role, state in ("wanted", "asked")) == ("GVCN", True)
    assert asks >= 2
    impatient = await opened(waits=WAITS.model_copy(update={"give_up_seconds": 0.001}))
    impatient.service.press(expire=True)
    await impatient.until(impatient.held)
    assert await impatient.causes() == [("held", "signature-unanswered:GVCN")]


async def test_an_old_signing_time_is_written_anew_before_its_holder_is_asked_again(
    opened: Opened, generate: Generate
) -> None:
    desk = await opened()
    desk.service.press(expire=True)
    await desk.line.push(JSON, generate(2, numbers=range(1)))
    await desk.line.settle(rounds=6)
    await desk.ask()
    await desk.ask()
    first = await desk.line.rows("select digest from signature_requests")
    desk.service.press()
    later = await opened(waits=WAITS.model_copy(update={"fresh_seconds": 0.001}))
    await asyncio.sleep(1.1)
    await later.ask()
    await later.line.settle(rounds=6)
    second = await later.line.rows("select digest from signature_requests")
    assert first != second
    await desk.until(desk.ended)
    assert await desk.causes() == [("done", "")]


WRONG = ("other-digest", "other-key", "garbage")


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_value_that_is_not_the_prepared_signatures_is_never_used(
    opened: Opened, generate: Generate, wrong: str
) -> None:
    desk = await opened()
    desk.service.press(wrong_value=wrong)
    await desk.line.push(JSON, generate(2, numbers=range(1)))
    await desk.until(desk.held)
    assert await desk.causes() == [("held", "signer-foreign:GVCN")]
    assert await desk.line.rows("select count(*) from signature_requests where value is not null") == [(0,)]


async def test_values_in_another_order_are_not_taken_for_each_other(opened: Opened, generate: Generate) -> None:
    desk = await opened()
    desk.service.press(disorder=True)
    await desk.line.push(JSON, generate(2, numbers=range(6)))
    await desk.line.settle(rounds=6)
    for _ in range(4):
        await desk.ask()
    desk.service.press()
    await desk.until(lambda: _either(desk.ended, desk.held))
    async with desk.line.pool.connection() as connection:
        await reprocess.retry(connection, cause="signer-foreign:GVCN", dry_run=False)
    await desk.until(desk.ended)
    assert set(await desk.causes()) == {("done", "")}


async def _either(*conditions: Callable[[], Awaitable[bool]]) -> bool:
    return any([await condition() for condition in conditions])


async def test_a_locked_key_holds_the_record_and_says_whose(opened: Opened, generate: Generate) -> None:
    desk = await opened()
    await desk.line.push(JSON, generate(2, numbers=range(1)))
    await desk.line.settle(rounds=6)
    desk.service.press(locked=True)
    await desk.until(desk.held)
    assert await desk.causes() == [("held", "signer-locked:GVCN")]


async def test_a_key_that_is_locked_before_anybody_was_asked_is_named_by_its_role(
    opened: Opened, generate: Generate
) -> None:
    # Other settings than the other tests': children that know no certificate yet.
    desk = await opened(waits=WAITS.model_copy(update={"certificate_seconds": 598.0}))
    desk.service.press(locked=True)
    await desk.line.push(JSON, generate(2, numbers=range(1)))
    await desk.line.step(*Stage)
    assert await desk.causes() == [("held", "signer-locked:GVCN")]


async def test_a_service_that_is_down_costs_time_and_nothing_else(opened: Opened, generate: Generate) -> None:
    # Other settings than the other tests': children that know no certificate yet.
    desk = await opened(waits=WAITS.model_copy(update={"certificate_seconds": 599.0}))
    desk.service.press(error=503)
    await desk.line.push(JSON, generate(2, numbers=range(1)))
    await desk.line.step(*Stage)
    rows = await desk.line.rows("select distinct fate, cause from attempts where stage = 'sign'")
    assert rows == [("down", f"signer-down:{HOME}")]
    assert await desk.requests() == []
    desk.service.press()
    await desk.until(desk.ended)
    assert await desk.causes() == [("done", "")]


async def test_what_a_service_was_asked_that_is_no_more_goes_to_who_signs_now(
    opened: Opened, generate: Generate
) -> None:
    desk = await opened()
    desk.service.press(approve_ms=3_600_000)
    await desk.line.push(JSON, generate(2, numbers=range(2)))
    await desk.line.settle(rounds=6)
    await desk.ask()
    await desk.line.rows("update signature_requests set home = 'cũ' returning 1")
    last = "(select max(id) from signature_requests)"
    await desk.line.rows(f"update signature_requests set state = 'wanted' where id = {last} returning 1")
    assert {state for _, state, _, _ in await desk.requests()} == {"asked", "wanted"}
    assert await adopt(desk.line.tools) == 0  # a worker of older settings may be at it
    assert await adopt(desk.line.tools, quiet_seconds=0) == 1  # the holder of the other may still agree
    await desk.line.rows(
        "update signature_requests set until_at = now() - interval '1 s' where home = 'cũ' returning 1"
    )
    assert await adopt(desk.line.tools, quiet_seconds=0) == 1
    desk.service.press()
    await desk.until(desk.ended)
    assert await desk.causes() == [("done", "")] * 2
    assert await desk.line.rows("select distinct home from signature_requests") == [(HOME,)]


@pytest.mark.parametrize("lost", ["lose_begin", "lose_progress"])
async def test_a_lost_reply_signs_nothing_twice(opened: Opened, generate: Generate, lost: str) -> None:
    desk = await opened()
    before = desk.service.signed()[-1:]
    after = before[0]["position"] if before else 0
    desk.service.press(**{lost: True, "approve_ms": 1})
    await desk.line.push(JSON, generate(2, numbers=range(1)))
    await desk.line.settle(rounds=6)
    for _ in range(3):
        await desk.ask()
    desk.service.press()
    await desk.line.rows("update signature_requests set due_at = now() where state in ('wanted', 'asked') returning id")
    await desk.until(desk.ended)
    assert await desk.causes() == [("done", "")]
    assert len({row["hash"] for row in desk.service.signed(after)}) == 2


async def test_a_package_waits_for_its_units_remote_seal(opened: Opened, world: World, generate: Generate) -> None:
    desk = await opened(remote=(*PERSONAL, "KY_PHAT_HANH", "GIAO_DICH"))
    await desk.line.rows(
        "update units set transaction_seal = 'delegated' where code = %s returning id", world.schools[2].code
    )
    await desk.line.push(JSON, generate(2, numbers=range(3)))
    await desk.until(desk.ended)
    assert set(await desk.causes()) == {("done", "")}
    rows = await desk.line.rows("select kind, role, state from signature_requests order by id desc limit 1")
    assert rows == [("package", "GIAO_DICH", "used")]


async def test_nothing_of_a_person_is_in_the_story_or_the_attempts(opened: Opened, generate: Generate) -> None:
    desk = await opened()
    desk.service.press(refuse=True)
    await desk.line.push(JSON, generate(2, numbers=range(1)))
    await desk.until(desk.held)
    ((cccd,),) = await desk.line.rows("select convert_from(prepared, 'UTF8')::jsonb ->> 'cccd' from signature_requests")
    assert len(cccd) == 12
    told = await desk.line.rows(
        "select e.cause, e.detail::text from events e union all select a.cause, a.detail::text from attempts a"
    )
    assert cccd not in str(told)


async def test_a_record_that_is_never_content_with_what_it_is_given_waits(opened: Opened, generate: Generate) -> None:
    forgetful = await opened(waits=WAITS.model_copy(update={"certificate_seconds": 1e-9}))
    await forgetful.line.push(JSON, generate(2, numbers=range(1)))
    await forgetful.line.step(*Stage)
    rows = await forgetful.line.rows("select distinct fate, cause from attempts where stage = 'sign'")
    assert rows == [("down", f"signer-down:{HOME}")]
