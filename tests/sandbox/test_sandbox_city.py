"""The portal's contract over HTTP, on a real process: envelope, codes, first acknowledgement for ever, durability, fault
buttons, returned records.
"""

import base64
import gzip
import hashlib
import json
import struct
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from support.portal_client import City
from support.stand_in import REPOSITORY

from sandbox.city.envelope import PackageRefused, pack, unpack
from sandbox.plans import Batch, plan
from sandbox.pupils import write_batch
from sandbox.world import World

SAMPLES = REPOSITORY.parent / "shared/spec/samples/signed"


@pytest.fixture(scope="module")
def batch(world: World) -> Batch:
    return plan(world, seed=21, count=6, schools=[world.schools[0].code])[0]


@pytest.fixture(scope="module")
def text(world: World, batch: Batch) -> bytes:
    return write_batch(world, batch, seed=21)[0]


@pytest.fixture(scope="module")
def calm_city(world: World, tmp_path_factory: pytest.TempPathFactory, start_city: Callable[..., City]) -> City:
    """One portal for the tests that press no button and leave nothing accepted behind that another would meet."""
    return start_city(world.folder, tmp_path_factory.mktemp("calm"))


def test_official_samples_are_accepted(tmp_path: Path, start_city: Callable[..., City]) -> None:
    """Thirteen records by other software, in mixed styles: the portal must accept each."""
    if not SAMPLES.is_dir():
        pytest.skip(f"no shared samples at {SAMPLES}")
    batches = sorted(SAMPLES.glob("batch-797604*.xml"))
    assert len(batches) == 3
    world = _world_of_samples(batches[0].parent, tmp_path / "world")
    city = start_city(world, tmp_path / "city")
    accepted = 0
    for path in batches:
        unit = path.stem.rpartition("-")[2]
        assert city.submit(unit, f"sample-{unit}", path.read_bytes())["Error"] == "0"
        count = len(etree.fromstring(path.read_bytes()).findall("HOC_BA"))
        rows = city.verdicts(unit, f"sample-{unit}", count)
        assert {row["error"] for row in rows.values()} == {"0"}, rows
        accepted += len(rows)
    packed = json.loads(next(batches[0].parent.glob("body-*.json")).read_text())
    unit = packed["authenticationRequest"]["ma_don_vi"]
    assert city.submit_content(unit, "packed-sample", packed["content"])["Error"] == "0"
    rows = city.verdicts(unit, "packed-sample", 1)
    assert {row["error"] for row in rows.values()} <= {"0", "R04"}
    assert accepted + sum(row["error"] == "0" for row in rows.values()) == 13


def _world_of_samples(signed: Path, folder: Path) -> Path:
    lines = (signed / "trust/registry.tsv").read_text(encoding="utf-8").splitlines()
    rows = [dict(zip(lines[0].split("\t"), line.split("\t"), strict=True)) for line in lines[1:]]
    for name, target in (
        ("root.pem", "roots"),
        ("ica.pem", "intermediates"),
        ("root.crl", "crls"),
        ("ica.crl", "crls"),
    ):
        (folder / "trust" / target).mkdir(parents=True, exist_ok=True)
        (folder / "trust" / target / name).write_bytes((signed / "trust" / name).read_bytes())
    password = hashlib.sha256(b"sample").hexdigest()
    units = {row["ma_don_vi"] for row in rows}
    accounts = [{"ma_don_vi": unit, "user_name": f"u{unit}", "password_sha256": password} for unit in units]
    (folder / "portal-accounts.json").write_text(json.dumps(accounts))
    (folder / "registry.json").write_text(json.dumps(rows))
    return folder


def test_wrong_password_and_wrong_tokens(calm_city: City, batch: Batch, text: bytes) -> None:
    account = calm_city.account(batch.school)
    wrong = {"user_name": account["user_name"], "password": hashlib.sha256(b"x").hexdigest()}
    reply = calm_city.http.post(calm_city.url("/api/token"), json=wrong)
    assert (reply.status_code, reply.json()["Error"]) == (200, "E02")
    for header in ({}, {"Authorization": "Bearer x.y.z"}, {"Authorization": "Bearer é"}):
        encoded = {name: value.encode("latin-1") for name, value in header.items()}
        reply = calm_city.http.post(calm_city.url("/api/giao-dich/1"), content=b"{}", headers=encoded)
        assert (reply.status_code, reply.json()["Error"]) == (401, "E01")
    assert calm_city.submit(batch.school, "m-pw", text, password=wrong["password"])["Error"] == "E02"
    assert calm_city.submit(batch.school, "m-pw", text, ma_don_vi="79760412")["Error"] == "E02"
    assert calm_city.result(batch.school, "m-pw")["Error"] == "E09", "a refused login leaves no trace"
    assert calm_city.submit(batch.school, "m-pw", text)["Error"] == "0"


def test_an_expired_token_is_e01_and_leaves_no_trace(city: City, batch: Batch, text: bytes) -> None:
    city.admin("/faults", token_ttl=0)
    assert city.submit(batch.school, "m-ttl", text)["Error"] == "E01"
    city.admin("/faults", token_ttl=60)
    city.tokens.clear()
    assert city.result(batch.school, "m-ttl")["Error"] == "E09"


def test_a_used_messageid_gets_its_first_ack_again(city: City, batch: Batch, text: bytes) -> None:
    first = city.submit(batch.school, "m-again", text)
    assert first["Error"] == "0"
    assert city.submit_content(batch.school, "m-again", "not even Base64") == first
    refused = city.submit_content(batch.school, "m-broken", "not even Base64")
    assert refused["Error"] == "E03"
    assert city.submit(batch.school, "m-broken", text) == refused
    result = city.result(batch.school, "m-broken")
    assert (result["Error"], result["data"]) == ("E03", [])
    assert city.admin("/state")["calls"]["messageid-again"] == 2


@pytest.mark.parametrize("messageid", ["", "a" * 65, "a/b", "ă", 7, None])
def test_bad_messageids(calm_city: City, batch: Batch, text: bytes, messageid: object) -> None:
    head = {**calm_city.head(batch.school, "x"), "messageid": messageid}
    reply = calm_city.post("/api/giao-dich/1", batch.school, {"authenticationRequest": head, "content": pack(text)})
    assert (reply["Error"], reply["MessageId"]) == ("E04", "")


def test_type_function_and_year_are_checked(calm_city: City, batch: Batch, text: bytes) -> None:
    assert calm_city.submit(batch.school, "m1", text, type="XYZ")["Error"] == "E04"
    assert calm_city.submit(batch.school, "m1", text, function="2")["Error"] == "E04"
    assert calm_city.submit(batch.school, "m1", text, nam_hoc="2025")["Error"] == "E04"
    assert calm_city.submit(batch.school, "m1", text, nam_hoc=2024)["Error"] == "0"
    rows = calm_city.verdicts(batch.school, "m1", 6)
    assert {(row["error"], row["error_field_title"]) for row in rows.values()} == {("R01", "TEN_NAM_HOC")}


def test_a_body_over_ten_megabytes_is_e06(calm_city: City, batch: Batch) -> None:
    headers = {"Authorization": f"Bearer {calm_city.token(batch.school)}"}
    reply = calm_city.http.post(calm_city.url("/api/giao-dich/1"), content=b"x" * (10 * 2**20 + 1), headers=headers)
    assert (reply.status_code, reply.json()["Error"]) == (413, "E06")
    chunks = (b"x" * 2**20 for _ in range(11))
    reply = calm_city.http.post(calm_city.url("/api/giao-dich/1"), content=chunks, headers=headers)
    assert (reply.status_code, reply.json()["Error"]) == (413, "E06")


LIST = b'<DANH_SACH_HOC_BA id="dataDanhSach">%s</DANH_SACH_HOC_BA>'
BROKEN = {
    "not-xml": (b"hello", "E04"),
    "doctype": (b"<!DOCTYPE x><DANH_SACH_HOC_BA/>", "E04"),
    "other-encoding": (b'<?xml version="1.0" encoding="UTF-16"?><a/>', "E04"),
    "other-root": (b"<HOC_BA/>", "E04"),
    "no-id": (b"<DANH_SACH_HOC_BA><HOC_BA/></DANH_SACH_HOC_BA>", "E04"),
    "namespace": (b'<DANH_SACH_HOC_BA xmlns:a="urn:a" id="dataDanhSach"><HOC_BA/></DANH_SACH_HOC_BA>', "E04"),
    "xml-attribute": (b'<DANH_SACH_HOC_BA xml:lang="vi" id="dataDanhSach"><HOC_BA/></DANH_SACH_HOC_BA>', "E04"),
    "empty": (LIST % b"", "E04"),
    "stranger": (LIST % b"<HOC_BA/><X/>", "E04"),
    "too-many": (LIST % (b"<HOC_BA/>" * 2001), "E04"),
    "unsigned": (LIST % b"<HOC_BA/>", "E05"),
}


@pytest.mark.parametrize("name", list(BROKEN))
def test_broken_lists(calm_city: City, batch: Batch, name: str) -> None:
    octets, code = BROKEN[name]
    assert calm_city.submit(batch.school, f"m-{name}", octets)["Error"] == code


def test_another_schools_certificate_is_e07_and_the_cities_is_accepted(calm_city: City, world: World) -> None:
    """A transaction sealed by the Sở (intermediary) is accepted for a school; one sealed by another school is not."""
    school, other = world.schools[0].code, world.schools[1].code
    (batch,) = plan(world, seed=22, count=2, schools=[school])
    records = write_batch(world, batch, seed=22)[0]
    for unit, messageid, expected in ((other, "m-other", "E07"), ("79", "m-so", "0")):
        resealed = _reseal(world, records, unit)
        assert calm_city.submit(school, messageid, resealed)["Error"] == expected


def _reseal(world: World, text: bytes, unit: str) -> bytes:
    from sandbox import signer

    root = etree.fromstring(text)
    records = [etree.tostring(each, method="c14n", exclusive=True).decode() for each in root.findall("HOC_BA")]
    by = signer.load_credential(world.key_file(unit, "GIAO_DICH"), world.password)
    return signer.seal_batch(records, by=by, at="2026-05-30T08:00:00+07:00", signature_id="sig-again").encode()


def test_a_school_sends_its_own_records_only_and_the_city_any(calm_city: City, world: World) -> None:
    own, other = world.schools[0].code, world.schools[1].code
    (batch,) = plan(world, seed=23, count=2, schools=[other])
    records = write_batch(world, batch, seed=23)[0]
    assert calm_city.submit(own, "m-foreign", _reseal(world, records, own))["Error"] == "0"
    rows = calm_city.verdicts(own, "m-foreign", 2)
    assert {(row["error"], row["error_field_title"]) for row in rows.values()} == {("R01", "MA_TRUONG")}
    assert calm_city.submit("79", "m-city", _reseal(world, records, "79"))["Error"] == "0"
    assert {row["error"] for row in calm_city.verdicts("79", "m-city", 2).values()} == {"0"}


def test_a_uuid_is_used_once_it_was_accepted(city: City, batch: Batch, text: bytes) -> None:
    assert city.submit(batch.school, "m-a", text)["Error"] == "0"
    city.verdicts(batch.school, "m-a", 6)
    assert city.submit(batch.school, "m-b", text)["Error"] == "0"
    assert {row["error"] for row in city.verdicts(batch.school, "m-b", 6).values()} == {"R04"}
    records = city.admin("/records")["records"]
    assert [row["messageid"] for row in records] == ["m-a"] * 6
    assert [row["position"] for row in records] == list(range(1, 7))
    assert {row["error"] for row in city.admin("/refusals")["records"]} == {"R04"}


def test_the_store_survives_a_kill(world: World, tmp_path: Path, start_city: Callable[..., City]) -> None:
    """Killed right after the acknowledgements: what was acknowledged is judged after the restart, once."""
    city = start_city(world.folder, tmp_path / "city")
    batches = [replace(each, name=f"{turn}.xml") for turn, each in enumerate(plan(world, seed=24, count=120, size=15))]
    sent = {}
    for turn, each in enumerate(batches):
        if each.format == "official":
            octets, entries = write_batch(world, each, seed=24)
            sent[f"m-{turn}"] = (each.school, entries, city.submit(each.school, f"m-{turn}", octets), octets)
    city.kill()
    city.start()
    for messageid, (school, entries, ack, octets) in sent.items():
        assert city.submit(school, messageid, octets) == ack
        rows = city.verdicts(school, messageid, len(entries))
        assert {row["error"] for row in rows.values()} == {"0"}
    records = city.admin("/records")["records"]
    assert (
        len({row["uuid"] for row in records}) == len(records) == sum(len(entries) for _, entries, _, _ in sent.values())
    )
    assert city.stop() == 0


def test_lost_replies_are_stored(city: City, batch: Batch, text: bytes) -> None:
    city.token(batch.school)
    city.admin("/faults", lost_reply_rate=1)
    with pytest.raises(httpx.RemoteProtocolError):
        city.submit(batch.school, "m-lost", text)
    city.admin("/faults", lost_reply_rate=0)
    assert city.result(batch.school, "m-lost")["Error"] == "0"
    assert len(city.verdicts(batch.school, "m-lost", 6)) == 6
    assert city.admin("/state")["fired"] == {"lost_reply_rate": 1}


def test_down_cuts_every_connection_but_admin(city: City, batch: Batch, text: bytes) -> None:
    city.token(batch.school)
    city.admin("/faults", down=True)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        city.submit(batch.school, "m-down", text)
    city.admin("/faults", down=False)
    assert city.result(batch.school, "m-down")["Error"] == "E09"


def test_errors_busy_and_whole_refusals(city: City, batch: Batch, text: bytes) -> None:
    head = {"Authorization": f"Bearer {city.token(batch.school)}"}
    city.admin("/faults", error_rate=1)
    assert city.http.post(city.url("/api/giao-dich/1"), content=b"{}", headers=head).status_code == 500
    city.admin("/faults", error_rate=0, busy_rate=1)
    reply = city.http.post(city.url("/api/giao-dich/1"), content=b"{}", headers=head)
    assert (reply.status_code, reply.json()["Error"], reply.headers["retry-after"]) == (503, "E08", "1")
    city.admin("/faults", busy_rate=0, refuse_package_rate=1)
    assert city.submit(batch.school, "m-whole", text)["Error"] == "E04"
    city.admin("/faults", refuse_package_rate=0)
    assert city.submit(batch.school, "m-half", text)["Error"] == "0"


def test_verdicts_refused_late_twice_missing_foreign(city: City, batch: Batch, text: bytes) -> None:
    city.admin("/faults", refuse_rate=0.5, verdict_delay_ms=600)
    city.submit(batch.school, "m-v", text)
    assert city.result(batch.school, "m-v")["data"] == []
    first = city.verdicts(batch.school, "m-v", 6)
    assert {row["error"] for row in first.values()} <= {"0", "R05"}
    city.admin("/faults", refuse_rate=0, duplicate_verdicts=True, foreign_verdicts=True, shuffled_verdicts=True)
    rows = city.result(batch.school, "m-v")["data"]
    assert len(rows) == 14
    assert len({row["ma_tra_cuu_uuid"] for row in rows}) == 7
    city.http.delete(city.url("/admin/faults"))
    city.admin("/faults", missing_verdict_rate=1)
    assert city.result(batch.school, "m-v")["data"] == []
    assert city.http.post(city.url("/admin/faults"), json={"unknown": 1}).status_code == 422


def test_slow_is_before_the_work(city: City, batch: Batch, text: bytes) -> None:
    """A client that gives up early can see E09 first and the package in force later: what settle times are for."""
    city.token(batch.school)
    city.admin("/faults", slow_ms=700)
    city.http.timeout = httpx.Timeout(0.2)
    with pytest.raises(httpx.ReadTimeout):
        city.submit(batch.school, "m-slow", text)
    city.http.timeout = httpx.Timeout(30)
    city.admin("/faults", slow_ms=0)
    assert city.result(batch.school, "m-slow")["Error"] == "E09"
    assert len(city.verdicts(batch.school, "m-slow", 6)) == 6


def test_returned_bundles_hold_the_original_octets(city: City, world: World) -> None:
    (batch,) = plan(world, seed=25, count=10, schools=[world.schools[0].code])
    octets, entries = write_batch(world, batch, seed=25)
    city.submit(batch.school, "m-r", octets)
    city.verdicts(batch.school, "m-r", 10)
    oldest = {entry.uuid for entry in entries if entry.grade == 5}
    school = world.secondary.code
    made = city.admin("/returns", ma_truong_den=school, ten_truong_den=world.secondary.name, count=1)["bundles"]
    made += city.admin("/returns", ma_truong_den=school, count=1, tampered=True)["bundles"]
    headers = {"Authorization": f"Bearer {city.token(school)}"}
    page = city.http.get(city.url("/api/tra-hoc-ba"), params={"sau": "", "so_luong": 1}, headers=headers).json()
    assert len(page["data"]) == 1
    rest = city.http.get(city.url("/api/tra-hoc-ba"), params={"sau": page["cursor"]}, headers=headers).json()["data"]
    good, tampered = page["data"][0], rest[0]
    assert {uuid for bundle in made for uuid in bundle["uuids"]} == oldest
    record = unpack(good["content"])[len(LIST % b"") - len(b"</DANH_SACH_HOC_BA>") : -len(b"</DANH_SACH_HOC_BA>")]
    assert record.startswith(b"<HOC_BA ")
    assert record in octets
    assert unpack(tampered["content"]).replace(b"<NOI_SINH>X", b"<NOI_SINH>")[36:-19] in octets
    body = {"ma_tra_hoc_ba": good["ma_tra_hoc_ba"], "ma_truong_den": school, "trang_thai": 1, "ly_do": ""}
    assert city.post("/api/tra-hoc-ba/xac-nhan", school, body)["Error"] == "0"
    assert city.post("/api/tra-hoc-ba/xac-nhan", school, {**body, "ma_tra_hoc_ba": "TRA-X"})["Error"] == "E09"
    city.admin("/returns", ma_truong_den=school, again=good["ma_tra_hoc_ba"])
    receipts = city.admin("/returns")["receipts"]
    assert [(row["code"], row["trang_thai"]) for row in receipts] == [(good["ma_tra_hoc_ba"], 1)]
    everything = city.http.get(city.url("/api/tra-hoc-ba"), headers=headers).json()["data"]
    assert [bundle["ma_tra_hoc_ba"] for bundle in everything].count(good["ma_tra_hoc_ba"]) == 2
    stranger = {"Authorization": f"Bearer {city.token(batch.school)}"}
    assert city.http.get(city.url("/api/tra-hoc-ba"), headers=stranger).json()["data"] == []


def test_an_unmatched_return_is_seen_by_the_city_account(city: City, world: World, batch: Batch, text: bytes) -> None:
    city.submit(batch.school, "m-u", text)
    city.verdicts(batch.school, "m-u", 6)
    city.admin("/returns", ma_truong_den=world.secondary.code, khoi=3, unmatched=True)
    headers = {"Authorization": f"Bearer {city.token('79')}"}
    (bundle,) = city.http.get(city.url("/api/tra-hoc-ba"), headers=headers).json()["data"]
    assert bundle["ma_truong_den"] == "79999999"


def test_catalogues_need_a_token(calm_city: City, batch: Batch) -> None:
    path = calm_city.url("/api/danh-muc/kieu-chu-ky")
    assert calm_city.http.get(path).json()["Error"] == "E01"
    reply = calm_city.http.get(path, headers={"Authorization": f"Bearer {calm_city.token(batch.school)}"})
    assert "USB_TOKEN" in {row["ma"] for row in reply.json()}


def test_approvals_are_read_again_when_they_change(
    world: World, tmp_path: Path, start_city: Callable[..., City]
) -> None:
    folder = tmp_path / "world"
    folder.mkdir()
    for name in ("trust", "portal-accounts.json", "world.json"):
        (folder / name).symlink_to(world.folder / name)
    (folder / "registry.json").write_text("[]")
    (batch,) = plan(world, seed=26, count=2, schools=[world.schools[0].code])
    octets, _ = write_batch(world, batch, seed=26)
    city = start_city(folder, tmp_path / "city")
    assert city.submit(batch.school, "m-1", octets)["Error"] == "E07"
    time.sleep(0.01)
    (folder / "registry.json").write_text((world.folder / "registry.json").read_text())
    assert city.submit(batch.school, "m-2", octets)["Error"] == "0"
    city.stop()


def test_a_sample_is_verified_by_seed(world: World, tmp_path: Path, start_city: Callable[..., City]) -> None:
    """With a sample of nothing, a tampered record passes: so the share is honoured, and 'all' is what catches it."""
    (batch,) = plan(world, seed=27, count=3, schools=[world.schools[0].code])
    tampered = write_batch(world, batch, seed=27)[0].replace(b"<DAN_TOC>", b"<DAN_TOC>X")
    city = start_city(world.folder, tmp_path / "city", "--verify", "sample:0")
    assert city.submit(batch.school, "m-1", tampered)["Error"] == "0"
    assert {row["error"] for row in city.verdicts(batch.school, "m-1", 3).values()} == {"0"}
    assert city.admin("/state")["verify_share"] == 0
    city.stop()


@given(st.binary(max_size=400))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_envelope_round_trips(octets: bytes) -> None:
    content = pack(octets)
    assert struct.unpack("<I", base64.b64decode(content)[:4]) == (len(octets),)
    assert gzip.decompress(base64.b64decode(content)[4:]) == octets
    assert unpack(content) == octets


@given(st.binary(min_size=1, max_size=200), st.data())
@settings(max_examples=100)
def test_an_envelope_that_lies_is_refused(octets: bytes, data: st.DataObject) -> None:
    raw = base64.b64decode(pack(octets))
    length = struct.pack("<I", data.draw(st.integers(0, 2**32 - 1).filter(lambda n: n != len(octets))))
    cut = data.draw(st.integers(4, len(raw) - 1))
    for lie in (length + raw[4:], raw[:cut], raw + b"\0", raw + raw[4:]):
        with pytest.raises(PackageRefused, match="E03"):
            unpack(base64.b64encode(lie).decode())


def test_a_bomb_is_refused_without_being_unpacked() -> None:
    bomb = struct.pack("<I", 5) + gzip.compress(b"\0" * (200 * 2**20), compresslevel=9)
    with pytest.raises(PackageRefused, match="E03"):
        unpack(base64.b64encode(bomb).decode())
