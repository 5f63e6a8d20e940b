"""Transactions 3 and 4 and the catalogues: the client against a real portal process, well and flaky."""

import asyncio
import json
from collections.abc import Callable

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from support.portal_client import City
from support.registering import LONG_AGO, content, unapproved

from connectors.exchanges import Unreadable
from connectors.portal import (
    Catalogue,
    CatalogueRow,
    LoginRefused,
    PackageRefused,
    Portal,
    PortalDown,
    PortalFault,
    PortalSettings,
    RegistrationRow,
    ReplyLost,
    TryLater,
    UnknownMessage,
)
from connectors.portal.answers import ROWS, Reply, read_answer
from connectors.portal.catalogues import read_catalogue
from connectors.portal.registrations import ERROR, check_registered, read_registration
from sandbox.world import World
from schemas.packing import pack
from tests.connectors.test_portal_hostile import HTML, MAY_HAVE_ARRIVED, Hostile, hostile, http
from transformers.transactions import CertificateRegistration

Settings = Callable[..., PortalSettings]


@pytest.fixture
def city(resting_city: City) -> City:
    return resting_city


@pytest.fixture(scope="session")
def unit(world: World) -> str:
    return world.schools[0].code


@pytest.fixture(scope="session")
def registration(world: World, unit: str) -> CertificateRegistration:
    serial = unapproved(world, unit).chain[0].serial.upper()
    return CertificateRegistration(unit, serial, LONG_AGO, "REMOTE_SIGNING", "VIETTEL")


@pytest.fixture(scope="session")
def packed(world: World, unit: str) -> str:
    return pack(content(unapproved(world, unit)))


async def _decided(portal: Portal, unit: str, messageid: str) -> RegistrationRow:
    async with asyncio.timeout(30):
        while True:
            row = await portal.registration_result(messageid=messageid, ma_don_vi=unit, nam_hoc=2025)
            if row is not None:
                return row
            await asyncio.sleep(0.05)


async def test_a_certificate_is_registered_waits_and_is_approved(
    city: City, settings_for: Settings, registration: CertificateRegistration, packed: str
) -> None:
    city.admin("/faults", approval_delay_ms=600_000)
    async with Portal(settings_for(city.port)) as portal:
        await portal.register_certificate(registration, messageid="dk-1", content=packed)
        waiting = await portal.registration_result(messageid="dk-1", ma_don_vi=registration.unit, nam_hoc=2025)
        city.admin("/registrations", messageid="dk-1", approve=True)
        row = await _decided(portal, registration.unit, "dk-1")
        await portal.register_certificate(registration, messageid="dk-1", content=packed)
    assert waiting is None
    assert row == RegistrationRow(True, registration.serial_number, "0", "", "")
    (kept,) = [each for each in city.admin("/registrations")["registrations"] if each["messageid"] == "dk-1"]
    assert (kept["kind"], kept["issuer"], kept["starts"]) == ("REMOTE_SIGNING", "VIETTEL", "2026-01-01")


async def test_a_refusal_says_why_and_is_of_the_certificate_not_of_the_message(
    city: City, settings_for: Settings, registration: CertificateRegistration, packed: str
) -> None:
    city.admin("/faults", approval_delay_ms=600_000)
    async with Portal(settings_for(city.port)) as portal:
        await portal.register_certificate(registration, messageid="dk-2", content=packed)
        city.admin("/registrations", messageid="dk-2", approve=False, reason="sai đơn vị")
        refused = await _decided(portal, registration.unit, "dk-2")
        with pytest.raises(PackageRefused) as broken:
            await portal.register_certificate(registration, messageid="dk-3", content="AAAA")
        malformed = await _decided(portal, registration.unit, "dk-3")
    assert (refused.approved, refused.error, refused.error_description) == (False, "R03", "sai đơn vị")
    assert (refused.malformed, malformed.malformed) == (False, True)
    assert broken.value.code == malformed.error == "E03"


async def test_a_lost_reply_is_told_as_lost_and_the_registration_is_there(
    city: City, settings_for: Settings, registration: CertificateRegistration, packed: str
) -> None:
    before = city.admin("/state")["calls"].get("3", 0)
    city.admin("/faults", lost_reply_rate=1.0)
    async with Portal(settings_for(city.port)) as portal:
        with pytest.raises(ReplyLost):
            await portal.register_certificate(registration, messageid="lost", content=packed)
        assert (await _decided(portal, registration.unit, "lost")).approved
    assert city.admin("/state")["calls"]["3"] == before + 1, "sent once, never again by itself"


async def test_a_busy_portal_a_closed_one_and_a_refused_login(
    city: City, settings_for: Settings, registration: CertificateRegistration, packed: str,
    accounts_file: Callable[..., object],
) -> None:  # fmt: skip
    city.admin("/faults", busy_rate=1.0)
    wrong = accounts_file({**city.account(registration.unit), "password_sha256": "0" * 64})
    async with Portal(settings_for(city.port)) as portal, Portal(settings_for(city.port, accounts=wrong)) as stranger:
        with pytest.raises(TryLater):
            await portal.register_certificate(registration, messageid="busy", content=packed)
        with pytest.raises(LoginRefused):
            await stranger.register_certificate(registration, messageid="busy", content=packed)
        with pytest.raises(UnknownMessage):
            await portal.registration_result(messageid="busy", ma_don_vi=registration.unit, nam_hoc=2025)
        city.kill()
        with pytest.raises(PortalDown):
            await portal.register_certificate(registration, messageid="busy", content=packed)
        with pytest.raises(PortalDown):
            await portal.catalogue(Catalogue.ISSUERS)
        city.start()


async def test_now_and_then_an_error_page_does_not_stop_a_question(
    city: City, settings_for: Settings, registration: CertificateRegistration
) -> None:
    city.admin("/faults", error_rate=0.4)
    async with Portal(settings_for(city.port, patience_seconds=20.0)) as portal:
        for number in range(4):
            with pytest.raises(UnknownMessage):
                await portal.registration_result(messageid=f"flaky-{number}", ma_don_vi=registration.unit, nam_hoc=2025)
            assert len(await portal.catalogue(Catalogue.SIGNATURE_KINDS)) == 2
    assert city.admin("/state")["fired"]["error_rate"] > 0


async def test_catalogues_as_they_stand(city: City, settings_for: Settings) -> None:
    async with Portal(settings_for(city.port)) as portal:
        assert await portal.catalogue(Catalogue.SIGNATURE_KINDS) == (
            CatalogueRow("REMOTE_SIGNING", "Ký số từ xa"),
            CatalogueRow("USB_TOKEN", "USB Token"),
        )
        assert [row.code for row in await portal.catalogue(Catalogue.ISSUERS)][:2] == ["VNPT", "BKAV"]


@pytest.mark.parametrize("name", sorted(MAY_HAVE_ARRIVED))
async def test_whatever_is_not_the_contract_is_a_lost_reply(name: str, settings_for: Settings) -> None:
    async with (
        hostile(registration=MAY_HAVE_ARRIVED[name]) as server,
        Portal(settings_for(server.port, reply_octets=150_000, read_seconds=2.0)) as portal,
    ):
        with pytest.raises(ReplyLost):
            await portal.register_certificate(
                CertificateRegistration("79", "0A", LONG_AGO, "USB_TOKEN", "VNPT"), messageid="m", content="AAAA"
            )
    assert server.calls["/api/giao-dich/3"] == 1, "sent once only"


def small(code: object, messageid: object = "m", status: int = 200) -> Reply:
    return Reply(status, orjson.dumps({"messageid": messageid, "error": code, "error_filed_title": ""}))


def test_an_acknowledgement_is_read_in_small_letters() -> None:
    for reply in (small("0"), small(0), small("0", ""), Reply(200, b'{"Error": "0", "MessageId": "m"}')):
        check_registered(read_answer(reply, expected=ERROR), messageid="m")
    for reply in (small("0", "another"), small("0", status=500), small("E99"), small("E09"), small(None)):
        with pytest.raises(Unreadable):
            check_registered(read_answer(reply, expected=ERROR), messageid="m")
    for code, kind in (("E01", TryLater), ("E02", LoginRefused), ("E05", PackageRefused), ("E08", TryLater)):
        with pytest.raises(kind):
            check_registered(read_answer(small(code), expected=ERROR), messageid="m")


def row(**changes: object) -> dict[str, object]:
    return {
        "messageid": "m",
        "ma_don_vi": "79",
        "serial_number": "0A",
        "trang_thai_phe_duyet": 1,
        "error": "0",
    } | changes


def rows(*found: object) -> RegistrationRow | None:
    answer = read_answer(Reply(200, orjson.dumps(found)), expected=ROWS)
    return read_registration(answer, messageid="m", ma_don_vi="79")


@pytest.mark.parametrize(
    "odd",
    [
        7,
        None,
        {},
        row(messageid="another"),
        row(messageid=None),
        row(ma_don_vi="79760401"),
        row(trang_thai_phe_duyet=2),
        row(trang_thai_phe_duyet=True),
        row(trang_thai_phe_duyet=1.0),
        row(trang_thai_phe_duyet=None),
        row(trang_thai_phe_duyet=1, error="R03"),
        row(trang_thai_phe_duyet=0, error="0"),
        row(trang_thai_phe_duyet=0, error=""),
    ],
)
def test_a_row_that_cannot_be_believed_decides_nothing(odd: object) -> None:
    assert rows(odd) is None
    sound = rows(odd, row())
    assert sound is not None
    assert sound.approved


def test_rows_that_contradict_each_other_are_no_answer() -> None:
    assert rows() is None
    assert rows(row(), row()) == rows(row())
    with pytest.raises(Unreadable):
        rows(row(), row(trang_thai_phe_duyet=0, error="R03"))
    with pytest.raises(UnknownMessage):
        rows(row(trang_thai_phe_duyet=0, error="E09"))
    with pytest.raises(UnknownMessage):
        read_registration(read_answer(Reply(200, b'{"Error": "E09"}'), expected=ROWS), messageid="m", ma_don_vi="79")


def catalogue(document: object) -> tuple[CatalogueRow, ...]:
    return read_catalogue(read_answer(Reply(200, orjson.dumps(document)), expected=ROWS))


@pytest.mark.parametrize(
    "odd",
    [
        [],
        {},
        {"Error": "0"},
        [7],
        [{"ma": ""}],
        [{"ma": "A" * 65}],
        [{"ma": "A\nB"}],
        [{"ten": "không mã"}],
        [{"ma": "VNPT"}, None],
        [{"ma": str(number)} for number in range(5001)],
    ],
)
def test_a_catalogue_that_cannot_be_read_whole_is_none(odd: object) -> None:
    with pytest.raises(Unreadable):
        catalogue(odd)


def test_a_catalogue_names_each_code_once() -> None:
    assert catalogue([{"ma": "A", "ten": None}, {"ma": "B", "ten": "b"}, {"ma": "A", "ten": "a" * 9000}]) == (
        CatalogueRow("A", "a" * 500),
        CatalogueRow("B", "b"),
    )
    with pytest.raises(TryLater):
        catalogue({"Error": "E08"})


scalars = st.none() | st.booleans() | st.integers() | st.sampled_from(["0", "1", "m", "E04", "E09", "79"])
words = st.sampled_from(["messageid", "error", "Error", "ma", "ten", "trang_thai_phe_duyet", "ma_don_vi", "[]"])
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=6), max_leaves=20
)


@given(document=values, status=st.sampled_from([200, 401, 413, 500]))
def test_any_json_is_an_answer_a_fault_or_unreadable(document: object, status: int) -> None:
    reply = Reply(status, json.dumps(document).encode())
    for expected, reading in (
        (ERROR, lambda answer: check_registered(answer, messageid="m")),
        (ROWS, lambda answer: read_registration(answer, messageid="m", ma_don_vi="79")),
        (ROWS, read_catalogue),
    ):
        try:
            reading(read_answer(reply, expected=expected))
        except (PortalFault, Unreadable):
            continue


async def test_nothing_of_a_registration_is_in_an_address_or_a_log(settings_for: Settings) -> None:
    answers = {
        "registration": http(200, json.dumps({"messageid": "m", "error": "0"})),
        "registration_result": http(200, "[]"),
        "issuers": http(200, '[{"ma": "VNPT", "ten": "VNPT"}]'),
    }
    told = CertificateRegistration("79", "0A1B2C3D", LONG_AGO, "USB_TOKEN", "VNPT")
    async with hostile(**answers) as server, Portal(settings_for(server.port)) as portal:
        with capture_logs() as logs:
            await portal.register_certificate(told, messageid="m", content="U0VDUkVU")
            await portal.registration_result(messageid="m", ma_don_vi="79", nam_hoc=2025)
            await portal.catalogue(Catalogue.ISSUERS)
    assert _lines(server) == [
        "POST /api/token HTTP/1.1",
        "POST /api/giao-dich/3 HTTP/1.1",
        "POST /api/giao-dich/4 HTTP/1.1",
        "GET /api/danh-muc/nha-phat-hanh HTTP/1.1",
    ]
    sent = json.loads(server.requests[1].split(b"\r\n\r\n", 1)[1])
    assert sent["content"] == "U0VDUkVU"
    assert logs
    assert not [word for word in ("U0VDUkVU", "0A1B2C3D") if word in repr(logs)]


def _lines(server: Hostile) -> list[str]:
    return [request.split(b"\r\n", 1)[0].decode() for request in server.requests]


async def test_a_page_is_no_answer_to_a_question(settings_for: Settings) -> None:
    answers = {"registration_result": http(200, HTML), "issuers": http(502, HTML)}
    async with hostile(**answers) as server, Portal(settings_for(server.port, patience_seconds=0.1)) as portal:
        with pytest.raises(PortalDown):
            await portal.registration_result(messageid="m", ma_don_vi="79", nam_hoc=2025)
        with pytest.raises(PortalDown):
            await portal.catalogue(Catalogue.ISSUERS)
