"""Registrations whose certificate's key is at a remote service: its holder is asked once, the portal told once.

The ledger, the signing service and the portal are real processes; the clocks of keeper and sender are the test's own.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from support.portal_client import City
from support.registering import content, unapproved
from support.signing_service import SigningService
from support.stages import CITY, Line, quick_settings

from connectors.portal import Portal, PortalSettings
from connectors.signers import Expired, Refused, Signed
from connectors.signers import Order as Outgoing
from hub.certificates.showing import registrations_as_json
from ledger import (
    certificate_views,
    certificates,
    lanes,
    registration_signatures,
    registry,
    signature_orders,
    signature_views,
)
from ledger.certificates import CertificateFacts, Wanted
from ledger.database import Pool
from ledger.signature_orders import Order
from routes import answering, asking, registration_signing, way
from routes.asking import Home
from routes.certificate_settings import RegisteringSettings
from routes.crew import Crew
from routes.registering import register_next
from routes.registration_message import CannotRegister, Hindrance, prepare_message
from routes.registration_signing import make_messages
from routes.registration_words import signature_standing
from routes.settings import LimitSettings
from routes.signers import Signers
from routes.signing_settings import KeyRule, SigningSettings, WaitingSettings
from routes.tools import Tools
from sandbox.world import World
from signing.certificates import Certificate, certificate_from_der
from signing.verify.policy import VIETNAM

HOME = "xa"
FROM = datetime(2026, 1, 1, tzinfo=VIETNAM)
WAITS = WaitingSettings(gather_seconds=0, poll_delays_seconds=(0.0,), approval_seconds=30, remind_delays_seconds=(0.0,))


@pytest.fixture(scope="module")
def service(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SigningService]:
    started = SigningService(world.folder, tmp_path_factory.mktemp("service"))
    started.start()
    yield started
    started.stop()


@dataclass(frozen=True)
class Desk:
    """A teacher's certificate that waits for the portal, and whoever takes it there."""

    line: Line
    service: SigningService
    registration: int
    certificate: Certificate

    async def send(self, signed: bytes | None = None) -> str | None:
        """What `hocba certificates send` does."""
        tools = self.line.tools
        async with self.line.pool.connection() as connection:
            return await prepare_message(
                connection,
                self.registration,
                destination=CITY,
                settings=tools.settings,
                signed=signed,
                signers=tools.signers,
            )

    async def ask(self) -> None:
        """One look of the keeper, its exchanges ended."""
        home = Home(HOME, at_once=50, exchanges=4)
        await asking.look(self.line.tools, home)
        await home.idle()

    async def until(self, done: Callable[[], Awaitable[bool]]) -> None:
        """Keeper, maker and sender in turns until it is done."""
        tools = self.line.tools
        for _ in range(60):
            await self.ask()
            await make_messages(tools, CITY)
            while await register_next(tools, CITY, tools.portals[CITY]):
                pass
            if await done():
                return
            await asyncio.sleep(0.02)
        pytest.fail(f"{await self.requests()} {await self.messages()}")

    async def requests(self) -> list[tuple[Any, ...]]:
        """(kind, role, state, cause) in order."""
        return await self.line.rows("select kind, role, state, cause from signature_requests order by id")

    async def messages(self) -> list[str]:
        """States of the messages."""
        return [state for (state,) in await self.line.rows("select state from certificate_messages")]

    async def approved(self) -> bool:
        """The portal has approved, and so has the registry."""
        return await self.line.rows("select state from certificate_registrations where id = %s", self.registration) == [
            ("approved",)
        ]

    async def closed(self) -> bool:
        """Somebody must act."""
        return await self.line.rows("select 1 from signature_requests where state in ('refused', 'failed')") != []

    def signed(self) -> set[str]:
        """Hashes that the service has signed."""
        return {row["hash"] for row in self.service.signed()}


Opened = Callable[..., Awaitable[Desk]]


@pytest.fixture
async def opened(pool: Pool, world: World, resting_city: City, service: SigningService) -> AsyncIterator[Opened]:
    """Opens a desk with a class teacher's certificate, or another role's; closes what it opened."""
    service.press()
    stack: list[Any] = []

    async def open_desk(*, role: str = "GVCN", waits: WaitingSettings = WAITS, **told: Any) -> Desk:
        signing = SigningSettings(
            trust_folder=world.folder / "trust",
            homes=(KeyRule(home=HOME),),
            services={HOME: service.settings(**told)},
            waiting=waits,
        )
        settings = quick_settings(
            world.folder,
            signing=signing,
            limits=LimitSettings(breaker_probe_seconds=(0.01,)),
            registering=RegisteringSettings(look_seconds=0.05, poll_delays_seconds=(0.0,)),
        )
        portal = Portal(
            PortalSettings(
                url=resting_city.url(""), accounts=world.folder / "portal-accounts.json", patience_seconds=0.2
            )
        )
        tools = Tools(
            pool=pool,
            crew=Crew(children=1, seconds=1.0, initializer=way.equip),
            portals={CITY: await portal.__aenter__()},
            settings=settings,
            signers=Signers(signing.services, certificate_seconds=600),
        )
        stack.append((portal, tools))
        service.press()
        place = _place(world, role)
        told_by_service = await tools.signers.credential(HOME, service.credential(place))
        certificate = certificate_from_der(told_by_service.chain[0])
        async with pool.connection() as connection:
            await lanes.enter_destination(connection, CITY)
            await registry.import_world(connection, world.folder)
        registration = await _register(pool, place.partition("/")[0], role, certificate)
        return Desk(Line(tools), service, registration, certificate)

    yield open_desk
    for portal, tools in stack:
        await tools.close()
        await portal.__aexit__(None, None, None)


def _place(world: World, role: str) -> str:
    """The first school's key of a role, as the file of credentials names it."""
    named: dict[str, str] = json.loads((world.folder / "signing-credentials.json").read_bytes())
    return min(place for place in named if place.startswith(f"{world.schools[0].code}/{role}"))


async def _register(pool: Pool, unit: str, role: str, certificate: Certificate) -> int:
    facts = CertificateFacts(
        sha256=bytes.fromhex(certificate.sha256),
        der=certificate.der,
        serial_hex=certificate.serial.upper(),
        not_before=certificate.not_before,
        not_after=certificate.not_after,
    )
    wanted = Wanted(unit, role, facts.sha256, FROM, "portal", "staff", "REMOTE_SIGNING", "VNPT")
    async with pool.connection() as connection:
        await connection.execute("delete from approved_certificates where sha256 = %s", [facts.sha256])
        await connection.execute(
            "update certificate_registrations set state = 'ended' where sha256 = %s", [facts.sha256]
        )
        await certificates.remember(connection, [facts])
        return await certificates.register(connection, wanted, actor="văn thư")


@pytest.mark.parametrize("role", ["GVCN", "GIAO_DICH"])
async def test_a_certificate_at_a_service_is_registered_with_its_holders_signature(
    opened: Opened, resting_city: City, role: str
) -> None:
    desk = await opened(role=role)
    before = len(desk.service.orders())
    assert await desk.send() is None
    assert await desk.send() is None, "asked already"
    await desk.until(desk.approved)
    assert await desk.requests() == [("registration", role, "used", "")]
    assert await desk.messages() == ["approved"]
    assert len(desk.service.orders()) == before + 1


async def test_a_holder_who_refuses_is_told_of_and_can_be_asked_again(opened: Opened) -> None:
    desk = await opened()
    desk.service.press(refuse=True)
    await desk.send()
    async with desk.line.pool.connection() as connection:
        (row,) = await signature_views.holders(connection, standing="open", limit=9)
        (waiting,) = await signature_views.waiting_records(connection, row.request, limit=9)
    assert (row.registers, waiting.kind, waiting.transfer) == (True, "registration", desk.registration)
    await desk.until(desk.closed)
    async with desk.line.pool.connection() as connection:
        told = (await registration_signatures.of_registrations(connection, [desk.registration]))[desk.registration]
        (row,) = await signature_views.holders(connection, standing="closed", limit=9)
        card = await certificate_views.registration(connection, desk.registration)
    assert (told.state, told.cause, row.registers) == ("refused", "signer-refused:GVCN", True)
    assert "từ chối" in signature_standing(told.state, told.cause).vi
    assert card is not None
    (listed,) = json.loads(registrations_as_json([card], signatures={desk.registration: told}))
    assert (listed["signature"]["state"], listed["signature"]["cause"]) == ("refused", "signer-refused:GVCN")
    assert json.loads(registrations_as_json([card], signatures={}))[0]["signature"] is None
    assert await desk.messages() == []
    desk.service.press()
    assert await desk.send() is None
    await desk.until(desk.approved)
    assert [state for *_, state, _ in await desk.requests()] == ["ended", "used"]


@pytest.mark.parametrize(
    ("buttons", "cause"),
    [({"locked": True}, "signer-locked:GVCN"), ({"wrong_value": "other-key"}, "signer-foreign:GVCN")],
)
async def test_what_brings_no_signature_is_for_staff(opened: Opened, buttons: dict[str, Any], cause: str) -> None:
    desk = await opened()
    await desk.send()
    desk.service.press(**buttons)
    await desk.until(desk.closed)
    assert [told for *_, told in await desk.requests()] == [cause]
    assert await desk.messages() == []


async def test_a_holder_who_does_not_answer_is_given_up_and_can_be_asked_again(opened: Opened) -> None:
    desk = await opened(waits=WAITS.model_copy(update={"give_up_seconds": 0.001}))
    desk.service.press(expire=True)
    await desk.send()
    await desk.until(desk.closed)
    assert [told for *_, told in await desk.requests()] == ["signature-unanswered:GVCN"]
    desk.service.press()
    await desk.send()
    await desk.until(desk.approved)


async def test_a_signing_time_that_has_grown_old_is_prepared_anew(opened: Opened) -> None:
    desk = await opened()
    await desk.send()
    await desk.line.rows("update signature_requests set prepared_at = now() - interval '90 days' returning id")
    await desk.until(desk.approved)
    assert [state for *_, state, _ in await desk.requests()] == ["ended", "used"]


async def test_the_key_of_another_certificate_is_never_asked(opened: Opened, world: World) -> None:
    desk = await opened(role="GIAO_DICH")
    own = unapproved(world, world.schools[0].code).chain[0]
    other = await _register(desk.line.pool, world.schools[0].code, "KY_PHAT_HANH", own)
    before = len(desk.service.orders())
    with pytest.raises(CannotRegister) as refused:
        await Desk(desk.line, desk.service, other, own).send()
    assert refused.value.hindrance is Hindrance.KEY_MISSING
    assert await desk.requests() == []
    assert len(desk.service.orders()) == before


async def test_what_the_school_has_signed_itself_takes_the_place_of_asking(opened: Opened, world: World) -> None:
    desk = await opened()
    await desk.send()
    wrong = content(unapproved(world, world.schools[0].code))
    with pytest.raises(CannotRegister):
        await desk.send(wrong)
    assert [state for *_, state, _ in await desk.requests()] == ["wanted"]


async def test_a_registration_that_was_decided_elsewhere_asks_nobody(opened: Opened) -> None:
    desk = await opened()
    before = len(desk.service.orders())
    await desk.send()
    async with desk.line.pool.connection() as connection:
        await certificates.approve(connection, desk.registration, actor="sở")
    await desk.ask()
    await make_messages(desk.line.tools, CITY)
    assert [state for *_, state, _ in await desk.requests()] == ["ended"]
    assert len(desk.service.orders()) == before


POINTS = {
    "sign.after-placing": asking,
    "sign.after-reply": asking,
    "sign.after-answer": answering,
    "register.before-keeping": registration_signing,
    "register.after-keeping": registration_signing,
}


@pytest.mark.parametrize("point", POINTS)
async def test_whatever_dies_between_two_steps_one_registration_is_sent(
    opened: Opened, resting_city: City, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    class Died(BaseException):
        pass

    died: list[str] = []

    def die(passed: str) -> None:
        if passed == point and not died:
            died.append(passed)
            raise Died

    desk = await opened()
    hashes = desk.signed()
    calls = resting_city.admin("/state")["calls"].get("3", 0)
    await desk.send()
    monkeypatch.setattr(POINTS[point], "crash_point", die)
    with suppress(Died):
        await desk.until(desk.approved)
    assert died == [point]
    await desk.line.rows("update signature_requests set due_at = now() where state in ('wanted', 'asked') returning id")
    await desk.until(desk.approved)
    assert await desk.messages() == ["approved"]
    assert len(desk.signed() - hashes) == 1
    assert resting_city.admin("/state")["calls"]["3"] == calls + 1


async def test_two_workers_at_once_make_one_message(opened: Opened) -> None:
    desk = await opened()
    await asyncio.gather(desk.send(), desk.send())
    for _ in range(3):
        await asyncio.gather(desk.ask(), desk.ask())
    await asyncio.gather(*(make_messages(desk.line.tools, CITY) for _ in range(3)))
    assert [state for *_, state, _ in await desk.requests()] == ["used"]
    assert await desk.messages() == ["ready"]


async def test_what_has_vanished_from_the_head_of_a_keys_queue_stops_nobody_behind_it(opened: Opened) -> None:
    desk = await opened()
    await desk.send()
    await desk.line.rows(
        "insert into signature_requests (id, kind, work_id, place, role, unit_id, home, credential, algorithm, digest,"
        " prepared, state) overriding system value select 0, 'record', -1, '/HOC_BA', 'GVCN', unit_id, home, credential,"
        " 'ecdsa-sha256', digest, prepared, 'wanted' from signature_requests returning id"
    )
    await desk.until(desk.approved)
    assert [state for *_, state, _ in await desk.requests()] == ["wanted", "used"]


async def _taken_twice(desk: Desk) -> tuple[Order, Order, Signed]:
    """One order in the hands of two workers, the first one's lease having run out, and what its service answers."""
    await desk.send()
    await desk.ask()
    await desk.line.rows("update signature_requests set due_at = now() returning id")
    async with desk.line.pool.connection() as connection:
        first = await signature_orders.due_order(connection, home=HOME, lease_seconds=0)
    async with desk.line.pool.connection() as connection:
        second = await signature_orders.due_order(connection, home=HOME, lease_seconds=60)
    assert first is not None
    assert second is not None
    assert first.id == second.id
    (line,) = first.lines
    outgoing = Outgoing(str(first.id), first.credential, (line.digest,), first.algorithm, "", first.until)
    answer = await desk.line.tools.signers.services[HOME].progress(outgoing, first.handle or "")
    assert isinstance(answer, Signed)
    return first, second, answer


async def test_an_answer_that_two_workers_bring_is_taken_once(opened: Opened) -> None:
    desk = await opened()
    first, second, answer = await _taken_twice(desk)
    tools = desk.line.tools
    await asyncio.gather(answering.take(tools, first, answer), answering.take(tools, second, answer))
    for late in (Signed((b"another",)), Refused(), Expired()):
        await answering.take(tools, first, late)
    await desk.until(desk.approved)
    assert [(state, cause) for *_, state, cause in await desk.requests()] == [("used", "")]
    assert await desk.messages() == ["approved"]


@pytest.mark.parametrize("turn", ["expired-first", "too-few-first"])
async def test_a_value_that_comes_after_its_order_was_given_up_is_not_taken(opened: Opened, turn: str) -> None:
    desk = await opened()
    first, second, answer = await _taken_twice(desk)
    tools = desk.line.tools
    await answering.take(tools, first, Expired() if turn == "expired-first" else Signed(()))
    await answering.take(tools, second, answer)
    assert [state for *_, state, _ in await desk.requests()] == ["wanted"]
    await desk.until(desk.approved)
    assert [state for *_, state, _ in await desk.requests()] == ["used"]


async def test_more_values_than_were_asked_for_are_not_taken_for_others(opened: Opened) -> None:
    desk = await opened()
    first, _, answer = await _taken_twice(desk)
    await answering.take(desk.line.tools, first, Signed((*answer.values, b"one too many")))
    await desk.until(desk.approved)
    assert [state for *_, state, _ in await desk.requests()] == ["used"]


async def test_a_holder_whose_key_was_renewed_meanwhile_is_not_asked_for_the_old_certificate(
    opened: Opened, world: World
) -> None:
    desk = await opened()
    before = len(desk.service.orders())
    await desk.send()
    desk.service.press(certificate_changed=True)
    desk.line.tools.signers.forget(HOME, desk.service.credential(_place(world, "GVCN")))
    await desk.ask()
    assert await desk.line.rows("select state, asks from signature_requests") == [("stale", 0)]
    await make_messages(desk.line.tools, CITY)
    assert [(state, cause) for *_, state, cause in await desk.requests()] == [("failed", "seal-key-missing:GVCN")]
    assert len(desk.service.orders()) == before
