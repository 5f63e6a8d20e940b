"""Certificates registered with the portal: real ledger, real portal process, one claim at a time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from structlog.testing import capture_logs
from support.authority import Holder, write_p12, write_secret
from support.portal_client import City
from support.registering import content, unapproved
from support.stages import CITY, Line, quick_settings

from connectors.portal import Catalogue, Portal, PortalSettings
from ledger import catalogues, certificate_messages, certificates, lanes, registry
from ledger.certificates import CertificateFacts, Wanted
from ledger.database import Pool
from routes import registering, way
from routes.certificate_settings import RegisteringSettings
from routes.crew import Crew
from routes.registering import register_for_ever, register_next, school_year_of
from routes.registration_message import CannotRegister, Hindrance, prepare_message
from routes.tools import Tools
from sandbox.world import World
from signing.seal.files import RsaKey
from signing.verify.policy import VIETNAM

FROM = datetime(2026, 1, 1, tzinfo=VIETNAM)
SLOW = {"approval_delay_ms": 600_000}


@pytest.fixture
def unit(world: World) -> str:
    return world.schools[0].code


@pytest.fixture
def key(world: World, unit: str) -> RsaKey:
    """A certificate of the school that nobody has approved; the hub does not hold its key."""
    return unapproved(world, unit)


@pytest.fixture
def city(resting_city: City) -> City:
    return resting_city


@pytest.fixture
async def line(pool: Pool, world: World, city: City) -> AsyncIterator[Line]:
    """Asks again at once; has no children, since nothing here needs them."""
    settings = quick_settings(
        world.folder, registering=RegisteringSettings(look_seconds=0.05, poll_delays_seconds=(0.0,))
    )
    async with pool.connection() as connection:
        await lanes.enter_destination(connection, CITY)
        await registry.import_world(connection, world.folder)
    connection_settings = PortalSettings(
        url=city.url(""), accounts=world.folder / "portal-accounts.json", patience_seconds=0.1, read_seconds=5.0
    )
    crew = Crew(children=1, seconds=1.0, initializer=way.equip)
    async with Portal(connection_settings) as client:
        yield Line(Tools(pool=pool, crew=crew, portals={CITY: client}, settings=settings))


@pytest.fixture
def calls(city: City) -> Callable[[str], int]:
    """How often the portal was called since the test began."""

    def count(what: str) -> int:
        return int(city.admin("/state")["calls"].get(what, 0))

    before = {what: count(what) for what in ("3", "danh-muc")}
    return lambda what: count(what) - before[what]


def kept(city: City, messageid: str) -> dict[str, Any]:
    """What the portal keeps of a message."""
    (found,) = [each for each in city.admin("/registrations")["registrations"] if each["messageid"] == messageid]
    return dict(found)


async def register(line: Line, unit: str, key: RsaKey, *, role: str = "KY_PHAT_HANH", **changes: Any) -> int:
    """A registration that waits for the portal's word."""
    certificate = key.chain[0]
    facts = CertificateFacts(
        sha256=bytes.fromhex(certificate.sha256),
        der=certificate.der,
        serial_hex=certificate.serial.upper(),
        not_before=certificate.not_before,
        not_after=certificate.not_after,
    )
    wanted = Wanted(unit, role, facts.sha256, FROM, "portal", "staff", "USB_TOKEN", "VNPT")
    async with line.pool.connection() as connection:
        await certificates.remember(connection, [facts])
        return await certificates.register(connection, replace(wanted, **changes), actor="văn thư")


async def prepare(line: Line, registration: int, signed: bytes | None) -> str:
    async with line.pool.connection() as connection:
        messageid = await prepare_message(
            connection, registration, destination=CITY, settings=line.tools.settings, signed=signed
        )
    assert messageid is not None
    return messageid


async def next_step(line: Line) -> bool:
    return await register_next(line.tools, CITY, line.tools.portals[CITY])


async def message(line: Line) -> tuple[str, str]:
    """State and cause of the only message."""
    ((state, cause),) = await line.rows("select state, cause from certificate_messages")
    return state, cause


async def settle(line: Line, *states: str) -> str:
    """Go on until the message is in one of the states; its cause."""
    async with asyncio.timeout(20):
        while True:
            state, cause = await message(line)
            if state in states:
                return cause
            if not await next_step(line):
                await asyncio.sleep(0.02)


async def story(line: Line, registration: int) -> list[tuple[str, str]]:
    return [
        (actor, what)
        for actor, what in await line.rows(
            "select actor, what from certificate_events where registration_id = %s order by id", registration
        )
    ]


async def state_of(line: Line, registration: int) -> str:
    ((state,),) = await line.rows("select state from certificate_registrations where id = %s", registration)
    return str(state)


async def test_a_certificate_that_the_portal_approves_is_approved_here(
    line: Line, city: City, unit: str, key: RsaKey
) -> None:
    city.admin("/faults", **SLOW)
    registration = await register(line, unit, key)
    messageid = await prepare(line, registration, content(key))
    assert await prepare(line, registration, content(key)) == messageid, "one at a time"

    assert await next_step(line)
    assert await message(line) == ("sent", "")
    assert await next_step(line)
    assert await message(line) == ("sent", ""), "no row yet: still waiting"
    assert await state_of(line, registration) == "waiting"
    city.admin("/registrations", messageid=messageid, approve=True)
    await settle(line, "approved")

    assert await state_of(line, registration) == "approved"
    assert await story(line, registration) == [("văn thư", "registered"), (CITY, "sent"), (CITY, "approved")]
    ((valid_from, valid_to),) = await line.rows(
        "select valid_from, valid_to from approved_certificates where sha256 = %s", bytes.fromhex(key.chain[0].sha256)
    )
    assert (valid_from, valid_to) == (FROM, key.chain[0].not_after)
    there = kept(city, messageid)
    assert (there["ma_don_vi"], there["starts"]) == (unit, "2026-01-01")
    assert not await next_step(line), "its journey is over"


async def test_a_delegated_key_signs_its_own_registration(line: Line, unit: str, key: RsaKey, tmp_path: Path) -> None:
    """A school whose key the hub holds: nobody has to sign anything."""
    holder = Holder(key.private, x509.load_der_x509_certificate(key.chain[0].der))
    write_p12(tmp_path / unit / "KY_PHAT_HANH.p12", holder, password=b"thu", chain=[])
    write_secret(tmp_path / "password", b"thu")
    signing = line.tools.settings.signing.model_copy(update={"keys_folder": tmp_path})
    line.tools.settings.signing = signing
    registration = await register(line, unit, key)
    await prepare(line, registration, None)
    await settle(line, "approved")
    assert await state_of(line, registration) == "approved"


async def test_a_refusal_stands_in_the_registry_with_the_portals_words(
    line: Line, city: City, unit: str, key: RsaKey
) -> None:
    city.admin("/faults", **SLOW)
    registration = await register(line, unit, key)
    messageid = await prepare(line, registration, content(key))
    await settle(line, "sent")
    city.admin("/registrations", messageid=messageid, approve=False, reason="sai đơn vị")
    assert await settle(line, "refused") == "registration-refused:R03"
    assert await state_of(line, registration) == "refused"
    ((why,),) = await line.rows("select why from certificate_events where what = 'refused'")
    assert "sai đơn vị" in why
    assert not await line.rows(
        "select 1 from approved_certificates where sha256 = %s", bytes.fromhex(key.chain[0].sha256)
    )


async def test_a_lost_reply_is_asked_about_and_found(
    line: Line, city: City, unit: str, key: RsaKey, calls: Callable[[str], int]
) -> None:
    city.admin("/faults", lost_reply_rate=1.0)
    registration = await register(line, unit, key)
    await prepare(line, registration, content(key))
    await next_step(line)
    assert await message(line) == ("sending", "reply-lost")
    await settle(line, "approved")
    assert await state_of(line, registration) == "approved"
    assert calls("3") == 1, "sent once"


async def test_a_message_that_never_arrived_goes_again_after_the_settle_time(
    line: Line, city: City, unit: str, key: RsaKey, calls: Callable[[str], int]
) -> None:
    """A worker died after saying «sending» and before a byte left."""
    registration = await register(line, unit, key)
    messageid = await prepare(line, registration, content(key))
    async with line.pool.connection() as connection:
        claimed = await certificate_messages.claim(connection, destination=CITY, lease_seconds=0.0)
    assert claimed is not None
    assert claimed.found == "ready"
    await next_step(line)
    assert await message(line) == ("sending", "reply-lost"), "unknown there, and too early to believe"
    assert calls("3") == 0
    await settle(line, "approved")
    assert calls("3") == 1
    assert kept(city, messageid)["state"] == "approved"


async def test_a_worker_that_died_after_sending_is_followed_by_a_question(
    line: Line, city: City, unit: str, key: RsaKey, monkeypatch: pytest.MonkeyPatch, calls: Callable[[str], int]
) -> None:
    class Died(BaseException):
        pass

    def die(point: str) -> None:
        if point == "register.after-exchange":
            raise Died

    registration = await register(line, unit, key)
    await prepare(line, registration, content(key))
    monkeypatch.setattr(registering, "crash_point", die)
    with pytest.raises(Died):
        await next_step(line)
    monkeypatch.undo()
    assert await message(line) == ("sending", "")
    await line.rows("update certificate_messages set due_at = now() returning 1")
    await settle(line, "approved")
    assert calls("3") == 1
    assert await state_of(line, registration) == "approved"


async def test_a_message_that_went_twice_is_registered_once(
    line: Line, city: City, unit: str, key: RsaKey, calls: Callable[[str], int]
) -> None:
    """The portal denied a message that was on its way: the same messageid gets its first acknowledgement again."""
    registration = await register(line, unit, key)
    messageid = await prepare(line, registration, content(key))
    await next_step(line)
    await line.rows("update certificate_messages set state = 'ready', due_at = now() returning 1")
    await settle(line, "approved")
    assert calls("3") == 2
    assert kept(city, messageid)["state"] == "approved"
    assert await story(line, registration) == [
        ("văn thư", "registered"),
        (CITY, "sent"),
        (CITY, "sent"),
        (CITY, "approved"),
    ]


async def test_nothing_leaves_while_staff_have_paused_the_lane(
    line: Line, unit: str, key: RsaKey, calls: Callable[[str], int]
) -> None:
    await prepare(line, await register(line, unit, key), content(key))
    async with line.pool.connection() as connection:
        await lanes.set_lane(connection, stage="deliver", destination=CITY, state="paused", why="bảo trì", by="văn thư")
    stop = asyncio.Event()
    loop = asyncio.create_task(register_for_ever(line.tools, stop))
    await asyncio.sleep(0.3)
    stop.set()
    await loop
    assert await message(line) == ("ready", "")
    assert (calls("3"), calls("danh-muc")) == (0, 0)


async def test_whoever_lost_the_claim_writes_nothing(line: Line, unit: str, key: RsaKey) -> None:
    await prepare(line, await register(line, unit, key), content(key))
    async with line.pool.connection() as connection:
        slow = await certificate_messages.claim(connection, destination=CITY, lease_seconds=0.0)
    async with line.pool.connection() as connection:
        other = await certificate_messages.claim(connection, destination=CITY, lease_seconds=60.0)
        assert await certificate_messages.claim(connection, destination=CITY, lease_seconds=60.0) is None
    assert slow is not None
    assert other is not None
    assert (slow.found, other.found) == ("ready", "sending")
    async with line.pool.connection() as connection:
        assert not await certificate_messages.again(connection, slow, due_seconds=0.0, cause="try-later")
        assert not await certificate_messages.end(connection, slow, state="approved")
        assert await certificate_messages.wait(connection, other, due_seconds=60.0)
    assert await message(line) == ("sending", "")


async def test_a_busy_portal_is_tried_by_the_schedule_and_then_left_to_staff(
    line: Line, city: City, unit: str, key: RsaKey
) -> None:
    city.admin("/faults", busy_rate=1.0)
    registration = await register(line, unit, key)
    first = await prepare(line, registration, content(key))
    for _ in range(3):
        await next_step(line)
        assert await message(line) == ("ready", "try-later")
    await next_step(line)
    assert await message(line) == ("dead", "try-later")
    async with line.pool.connection() as connection:
        assert await certificate_messages.standing(connection) == {(CITY, "dead", "try-later"): 1}
    assert await state_of(line, registration) == "waiting", "staff may send it again"

    city.admin("/faults", busy_rate=0.0)
    assert await prepare(line, registration, content(key)) != first
    async with line.pool.connection() as connection:
        assert await certificate_messages.standing(connection) == {(CITY, "ready", ""): 1}
    async with asyncio.timeout(20):
        while await state_of(line, registration) != "approved":
            await next_step(line)


async def test_a_portal_that_is_down_costs_no_tries(line: Line, city: City, unit: str, key: RsaKey) -> None:
    city.kill()
    await prepare(line, await register(line, unit, key), content(key))
    for _ in range(4):
        await next_step(line)
        assert await message(line) == ("ready", "destination-down")
        await line.rows("update certificate_messages set due_at = now() returning 1")
    city.start()
    await settle(line, "approved")


async def test_a_message_that_the_portal_cannot_read_is_dead_and_its_registration_waits(
    line: Line, city: City, unit: str, key: RsaKey
) -> None:
    registration = await register(line, unit, key)
    await prepare(line, registration, content(key))
    await line.rows("update certificate_messages set content = 'AAAA' returning 1")
    assert await settle(line, "dead") == "registration-rejected:E03"
    assert await state_of(line, registration) == "waiting"


async def test_the_same_refusal_is_learnt_when_its_reply_was_lost(
    line: Line, city: City, unit: str, key: RsaKey
) -> None:
    city.admin("/faults", lost_reply_rate=1.0)
    await prepare(line, await register(line, unit, key), content(key))
    await line.rows("update certificate_messages set content = 'AAAA' returning 1")
    assert await settle(line, "dead") == "registration-rejected:E03"


async def test_what_staff_decided_meanwhile_is_neither_sent_nor_overruled(
    line: Line, city: City, unit: str, key: RsaKey, calls: Callable[[str], int]
) -> None:
    city.admin("/faults", **SLOW)
    registration = await register(line, unit, key)
    messageid = await prepare(line, registration, content(key))
    await settle(line, "sent")
    await line.rows("update certificate_registrations set state = 'refused' where id = %s returning 1", registration)
    city.admin("/registrations", messageid=messageid, approve=True)
    await settle(line, "approved")
    assert await state_of(line, registration) == "refused"

    other = await register(line, unit, key, role="GIAO_DICH")
    await prepare(line, other, content(key))
    await line.rows("update certificate_registrations set state = 'ended' where id = %s returning 1", other)
    await next_step(line)
    assert (await line.rows("select state, cause from certificate_messages where registration_id = %s", other)) == [
        ("dead", "registration-ended")
    ]
    assert calls("3") == 1


async def test_what_is_never_decided_is_left_to_staff(line: Line, city: City, unit: str, key: RsaKey) -> None:
    city.admin("/faults", **SLOW)
    await prepare(line, await register(line, unit, key), content(key))
    await settle(line, "sent")
    await line.rows("update certificate_messages set sent_at = now() - interval '40 days' returning 1")
    assert await settle(line, "dead") == "registration-unanswered"


async def test_what_cannot_be_sent_is_said_at_once(line: Line, world: World, unit: str, key: RsaKey) -> None:
    other = unapproved(world, world.schools[1].code)
    registration = await register(line, unit, key)
    attempts = {
        Hindrance.KEY_MISSING: (registration, None),
        Hindrance.SIGNATURE: (registration, content(other, of=key.chain[0])),
        Hindrance.ANOTHER_CERTIFICATE: (registration, content(other)),
        Hindrance.NOT_WAITING: (registration + 1000, content(key)),
        Hindrance.SPAN_EMPTY: (
            await register(line, unit, key, role="CBQL", valid_from=datetime(2999, 1, 1, tzinfo=UTC)),
            content(key),
        ),
        Hindrance.DETAILS_MISSING: (await register(line, unit, key, role="GIAO_DICH", provider=""), content(key)),
    }
    for hindrance, (number, signed) in attempts.items():
        with pytest.raises(CannotRegister) as refused:
            await prepare(line, number, signed)
        assert refused.value.hindrance is hindrance
        assert bool(refused.value.findings) == (hindrance is Hindrance.SIGNATURE)
    await line.rows(
        "update certificates set der = null where sha256 = %s returning 1", bytes.fromhex(key.chain[0].sha256)
    )
    with pytest.raises(CannotRegister) as refused:
        await prepare(line, registration, content(key))
    assert refused.value.hindrance is Hindrance.CERTIFICATE_UNKNOWN
    assert await line.rows("select 1 from certificate_messages") == []


async def test_the_loop_registers_and_keeps_catalogues_and_says_no_name(
    line: Line, city: City, unit: str, key: RsaKey, calls: Callable[[str], int]
) -> None:
    registration = await register(line, unit, key)
    await prepare(line, registration, content(key))
    stop = asyncio.Event()
    with capture_logs() as logs:
        loop = asyncio.create_task(register_for_ever(line.tools, stop))
        async with asyncio.timeout(20):
            while True:
                if await state_of(line, registration) == "approved":
                    break
                await asyncio.sleep(0.05)
        stop.set()
        await loop
    async with line.pool.connection() as connection:
        kinds = await catalogues.entries(connection, destination=CITY, kind="kieu-chu-ky")
    assert [(each.code, each.gone_at) for each in kinds] == [("REMOTE_SIGNING", None), ("USB_TOKEN", None)]
    told = repr(logs)
    assert "registering.decided" in told
    certificate = key.chain[0]
    assert not [word for word in (certificate.subject, certificate.serial.upper()) if word in told]
    assert calls("danh-muc") == 2, "once a day"


async def test_a_code_that_leaves_a_catalogue_is_gone_and_may_come_back(line: Line, city: City) -> None:
    portal = line.tools.portals[CITY]

    async def fetch() -> dict[str, bool]:
        await line.rows("update catalogues set fetched_at = fetched_at - interval '2 days' returning 1")
        await registering.fetch_catalogues(line.tools, CITY, portal)
        async with line.pool.connection() as connection:
            found = await catalogues.entries(connection, destination=CITY, kind="nha-phat-hanh")
        return {each.code: each.gone_at is not None for each in found}

    assert not any((await fetch()).values())
    city.admin("/faults", withdrawn_catalogue_codes=["BKAV"])
    assert [code for code, gone in (await fetch()).items() if gone] == ["BKAV"]
    city.admin("/faults", withdrawn_catalogue_codes=["BKAV", "VNPT", "VIETTEL", "BAN_CO_YEU"])
    assert [code for code, gone in (await fetch()).items() if gone] == ["BKAV"], "an empty catalogue is none"
    city.admin("/faults", withdrawn_catalogue_codes=[])
    assert not any((await fetch()).values())


def test_a_school_year_begins_in_august() -> None:
    assert school_year_of(datetime(2026, 7, 31, 12, tzinfo=VIETNAM)) == 2025
    assert school_year_of(datetime(2026, 7, 31, 20, tzinfo=UTC)) == 2026
    assert school_year_of(datetime(2027, 1, 1, tzinfo=VIETNAM)) == 2026


async def test_a_code_that_the_portals_catalogue_lacks_is_said_before_anything_leaves(
    line: Line, unit: str, key: RsaKey
) -> None:
    registration = await register(line, unit, key)
    async with line.pool.connection() as connection:
        await catalogues.keep(connection, destination=CITY, kind=Catalogue.ISSUERS, names={"KHÁC": "Nhà khác"})
    with pytest.raises(CannotRegister) as refused:
        await prepare(line, registration, content(key))
    assert refused.value.hindrance is Hindrance.CODE_UNKNOWN
