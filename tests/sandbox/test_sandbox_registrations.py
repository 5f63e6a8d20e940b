"""Transactions 3 and 4 and the catalogues of the portal's stand-in, on a real process.

What the hub's own software signed is judged here by libxmlsec1.
"""

import time
from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import pytest
from support.portal_client import City
from support.registering import content, request, unapproved

from sandbox.city.envelope import pack
from sandbox.plans import Batch, Task
from sandbox.pupils import write_batch
from sandbox.world import World
from signing.seal.files import RsaKey


@pytest.fixture(scope="module")
def unit(world: World) -> str:
    return world.schools[0].code


@pytest.fixture(scope="module")
def key(world: World, unit: str) -> RsaKey:
    return unapproved(world, unit)


@pytest.fixture
def city(resting_city: City) -> City:
    return resting_city


def _register(city: City, unit: str, body: dict[str, Any]) -> dict[str, Any]:
    return city.post("/api/giao-dich/3", unit, body)


def _ask(city: City, unit: str, messageid: str, **changes: Any) -> Any:
    headers = {"Authorization": f"Bearer {city.token(unit)}"}
    body = {"messageid": messageid, "ma_don_vi": unit, "ma_nam_hoc": 2025, **changes}
    return city.http.post(city.url("/api/giao-dich/4"), json=body, headers=headers).json()


def _decided(city: City, unit: str, messageid: str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if rows := _ask(city, unit, messageid):
            (row,) = rows
            return dict(row)
        time.sleep(0.05)
    raise AssertionError("nobody decided")


def _judge(world: World, city: City, unit: str, number: int) -> str:
    """What the portal says of a record that the unregistered certificate issued."""
    sender = next(each for each in world.senders if unit in each.schools)
    room = next(school for school in world.schools if school.code == unit).classes[0].name
    batch = Batch("b.xml", sender.code, unit, "official", (Task(number, unit, room, "unapproved-certificate"),))
    text, _ = write_batch(world, batch, seed=77)
    assert city.submit(unit, f"m-{number}", text)["Error"] == "0"
    (row,) = city.verdicts(unit, f"m-{number}", 1).values()
    return str(row["error"])


def test_a_registered_certificate_waits_is_approved_and_counts(
    city: City, world: World, unit: str, key: RsaKey
) -> None:
    assert _judge(world, city, unit, 1) == "R03"
    city.admin("/faults", approval_delay_ms=600_000)

    assert _register(city, unit, request(key, unit, "dk-1")) == {
        "messageid": "dk-1",
        "error": "0",
        "error_filed_title": "",
        "error_description": "",
    }
    assert _ask(city, unit, "dk-1") == []
    assert _judge(world, city, unit, 2) == "R03", "what waits does not count"

    city.admin("/faults", approval_delay_ms=0)
    assert _decided(city, unit, "dk-1") == {
        "messageid": "dk-1",
        "ma_don_vi": unit,
        "serial_number": key.chain[0].serial.upper(),
        "trang_thai_phe_duyet": 1,
        "error": "0",
        "error_field_title": "",
        "error_description": "",
    }
    assert _judge(world, city, unit, 3) == "0"
    city.kill()
    city.start()
    assert _judge(world, city, unit, 4) == "0", "kept over a restart"


def test_a_certificate_counts_from_its_day_on(city: City, world: World) -> None:
    other = world.schools[1].code
    theirs = unapproved(world, other)
    city.admin("/faults", approval_delay_ms=0)
    days = (date(2033, 1, 1), date(2026, 1, 1))
    for number, (day, code) in enumerate(zip(days, ("R03", "0"), strict=True), start=5):
        _register(city, other, request(theirs, other, f"from-{number}", valid_from=day))
        assert _decided(city, other, f"from-{number}")["trang_thai_phe_duyet"] == 1
        assert _judge(world, city, other, number) == code


def test_somebody_decides_before_the_clock_does(city: City, unit: str, key: RsaKey) -> None:
    city.admin("/faults", approval_delay_ms=600_000)
    for messageid, approve in (("yes", True), ("no", False)):
        _register(city, unit, request(key, unit, messageid))
        assert city.admin("/registrations", messageid=messageid, approve=approve, reason="chưa rõ") == {"decided": True}
    assert city.admin("/registrations", messageid="yes", approve=False) == {"decided": False}, "said once"
    yes, no = _decided(city, unit, "yes"), _decided(city, unit, "no")
    assert (yes["trang_thai_phe_duyet"], yes["error"]) == (1, "0")
    assert (no["trang_thai_phe_duyet"], no["error"], no["error_description"]) == (0, "R03", "chưa rõ")
    assert {
        each["state"] for each in city.admin("/registrations")["registrations"] if each["messageid"] in ("yes", "no")
    } == {"approved", "refused"}


def test_buttons_refuse_lose_and_busy(city: City, unit: str, key: RsaKey) -> None:
    city.admin("/faults", busy_rate=1)
    assert _register(city, unit, request(key, unit, "dk"))["error"] == "E08"
    assert _ask(city, unit, "dk")["Error"] == "E09", "left no trace"
    city.admin("/faults", busy_rate=0, lost_reply_rate=1, approval_delay_ms=0, refuse_registration_rate=1)
    with pytest.raises(httpx.TransportError):
        _register(city, unit, request(key, unit, "dk"))
    row = _decided(city, unit, "dk")
    assert (row["trang_thai_phe_duyet"], row["error"]) == (0, "R03")
    fired = city.admin("/state")["fired"]
    assert {name: fired[name] for name in ("busy_rate", "lost_reply_rate", "refuse_registration_rate")} == {
        "busy_rate": 1,
        "lost_reply_rate": 1,
        "refuse_registration_rate": 1,
    }


def test_a_used_messageid_gets_its_first_ack_again(city: City, unit: str, key: RsaKey) -> None:
    broken = request(key, unit, "again", content="!")
    first = _register(city, unit, broken)
    assert first["error"] == "E03"
    assert _register(city, unit, request(key, unit, "again")) == first
    row = _decided(city, unit, "again")
    assert (row["trang_thai_phe_duyet"], row["error"]) == (0, "E03")


def test_what_it_does_not_know_and_whom_it_does_not_answer(city: City, world: World, unit: str, key: RsaKey) -> None:
    other = world.schools[1].code
    _register(city, unit, request(key, unit, "mine"))
    assert _ask(city, unit, "never")["Error"] == "E09"
    assert _ask(city, other, "mine")["Error"] == "E09", "another unit's"
    assert _ask(city, unit, "mine", ma_don_vi=other)["Error"] == "E02"
    assert _ask(city, unit, "mine", ma_nam_hoc="2025")["Error"] == "E04"
    assert _register(city, unit, request(key, unit, "m", ma_don_vi=other))["error"] == "E02"
    without = city.http.post(city.url("/api/giao-dich/3"), json=request(key, unit, "m"))
    assert (without.status_code, without.json()["error"]) == (401, "E01")


def _spoiled(octets: bytes) -> bytes:
    place = octets.index(b"<CHUNG_THU_SO>") + 200
    return octets[:place] + (b"B" if octets[place : place + 1] == b"A" else b"A") + octets[place + 1 :]


WRONG: dict[str, tuple[str, Callable[[RsaKey, RsaKey], dict[str, Any]]]] = {
    "type": ("E04", lambda ours, _: {"type": "XYZ"}),
    "function": ("E04", lambda ours, _: {"function": "1"}),
    "messageid": ("E04", lambda ours, _: {"messageid": "a/b"}),
    "nothing-in-it": ("E04", lambda ours, _: {"content": ""}),
    "no-day": ("E04", lambda ours, _: {"ngay_hieu_luc": "mai"}),
    "no-issuer": ("E04", lambda ours, _: {"nha_phat_hanh": ""}),
    "serial-of-another": ("E04", lambda ours, _: {"serial_number": "0A1B"}),
    "serial-in-small-letters": ("E04", lambda ours, _: {"serial_number": "abc"}),
    "not-packed": ("E03", lambda ours, _: {"content": "AAAA"}),
    "another-root": ("E04", lambda ours, _: {"content": pack(b"<HOC_BA/>")}),
    "document-type": ("E04", lambda ours, _: {"content": pack(b"<!DOCTYPE a><a/>")}),
    "unsigned": (
        "E05",
        lambda ours, _: {"content": pack(content(ours).split(b"<ds:Signature ")[0] + b"</DANG_KY_CHUNG_THU_SO>")},
    ),
    "tampered": ("E05", lambda ours, _: {"content": pack(_spoiled(content(ours)))}),
    "by-another-certificate": ("E05", lambda ours, theirs: {"content": pack(content(theirs, of=ours.chain[0]))}),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_registration_is_refused(city: City, world: World, unit: str, key: RsaKey, name: str) -> None:
    code, spoil = WRONG[name]
    changes = spoil(key, unapproved(world, world.schools[1].code))
    ack = _register(city, unit, request(key, unit, f"wrong-{name}") | changes)
    assert ack["error"] == code
    assert ack["error_description"]


def test_catalogues_and_what_is_withdrawn_from_them(city: City, unit: str) -> None:
    headers = {"Authorization": f"Bearer {city.token(unit)}"}

    def codes(kind: str) -> list[str]:
        return [row["ma"] for row in city.http.get(city.url(f"/api/danh-muc/{kind}"), headers=headers).json()]

    assert codes("kieu-chu-ky") == ["REMOTE_SIGNING", "USB_TOKEN"]
    assert codes("nha-phat-hanh") == ["VNPT", "BKAV", "VIETTEL", "BAN_CO_YEU"]
    city.admin("/faults", withdrawn_catalogue_codes=["BKAV"])
    assert codes("nha-phat-hanh") == ["VNPT", "VIETTEL", "BAN_CO_YEU"]
