"""Sao Khuê's format against the sandbox's generator: what it writes is what the official record would have said."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from connectors.arrivals import Limits
from connectors.vendors import formats
from connectors.vendors.fields import Day, Number, PersonName
from sandbox.official import write_data
from sandbox.plans import Task, make_draft
from sandbox.records import CITY, SCHOOL_YEAR, Draft
from sandbox.saokhue import write_saokhue
from sandbox.saokhue_faults import SAOKHUE
from sandbox.world import World
from schemas.check import Checker
from schemas.findings import Finding, FindingError, Severity
from schemas.octets import parse_record
from schemas.profiles import profiles
from schemas.record import CanonicalRecord
from transformers.official import read_record, write_record

pytestmark = pytest.mark.skipif("saokhue" not in formats(), reason="the vendor has left")

PROFILE = profiles()["hbs-1.0"]
CHECKER = Checker(PROFILE, required_slots=frozenset({"GVCN", "CBQL", "KY_PHAT_HANH"}))
UUID = "0b6d7f1e-2a44-4c5b-9d10-6f1c0f3a9e57"


def make(world: World, *, seed: int, number: int) -> Draft:
    school = world.schools[number % len(world.schools)]
    room = school.classes[number % len(school.classes)]
    return make_draft(world, Task(number, school.code, room.name), seed=seed)


def body_of(draft: Draft, *entries: dict[str, Any], **more: object) -> bytes:
    school = draft.school
    header = {"ma": school.code, "ten": school.name, "xa_phuong": school.ward_name, "tinh": CITY}
    batch = {"dinh_dang": "saokhue/1", "truong": header, "nam_hoc": SCHOOL_YEAR, "hoc_ba": list(entries), **more}
    return json.dumps(batch, ensure_ascii=False).encode()


def convert(body: bytes) -> CanonicalRecord:
    (item,) = formats()["saokhue"].read(body, Limits()).items
    assert item.identity is not None
    return formats()["saokhue"].to_canonical(item.octets, uuid=item.identity.uuid or UUID).record


def findings_of(body: bytes) -> list[Finding]:
    try:
        record = convert(body)
    except FindingError as error:
        return list(error.findings)
    found = CHECKER.check(parse_record(write_record(record, PROFILE)))
    return [finding for finding in found if finding.severity is Severity.ERROR]


@settings(max_examples=60)
@given(seed=st.integers(1, 50), number=st.integers(0, 400))
def test_every_generated_record_says_what_the_official_one_says(world: World, seed: int, number: int) -> None:
    draft = make(world, seed=seed, number=number)
    record = convert(body_of(draft, write_saokhue(draft)))
    written = parse_record(write_record(record, PROFILE))
    assert CHECKER.check(written) == ()
    official = read_record(parse_record(f"<HOC_BA>{write_data(draft)}</HOC_BA>".encode()), PROFILE)
    assert comparable(record) == comparable(official)
    assert record.uuid == (official.uuid if write_saokhue(draft)["uuid"] else UUID)


def comparable(record: CanonicalRecord) -> dict[str, Any]:
    """All but what the vendor's format tells less exactly: moments are days there, and the day of issue is not told."""
    told = record.model_dump(exclude={"uuid", "created", "issued"})
    for year in told["history"]:
        year["arrived"] = year["arrived"].isoformat()[:10]
    return told


@pytest.mark.parametrize("name", SAOKHUE)
def test_every_fault_is_refused_where_it_can_be_known(world: World, name: str) -> None:
    fault = SAOKHUE[name]
    number = next(n for n in range(400) if make(world, seed=3, number=n).room.grade in fault.grades)
    draft = make(world, seed=3, number=number)
    entry = write_saokhue(draft)
    fault.spoil(entry)
    found = findings_of(body_of(draft, entry))
    assert bool(found) == (fault.place == "check")
    for finding in found:
        assert finding.path


def test_all_faults_are_told_at_once(world: World) -> None:
    draft = make(world, seed=4, number=1)
    entry = write_saokhue(draft)
    del entry["hoc_sinh"]["ho_ten"], entry["ket_qua"]
    entry |= {"khoi": 7, "ngay_tao": "2026-02-30", "la": 1}
    entry["mon"]["TV"] = {"muc": "X", "diem": "tám"}
    told = {(finding.rule, finding.path) for finding in findings_of(body_of(draft, entry))}
    assert told == {
        ("V01", "hoc_ba.hoc_sinh.ho_ten"),
        ("V01", "hoc_ba.ket_qua"),
        ("V02", "hoc_ba.la"),
        ("V04", "hoc_ba.khoi"),
        ("V04", "hoc_ba.mon.TV.muc"),
        ("V05", "hoc_ba.ngay_tao"),
        ("V06", "hoc_ba.mon.TV.diem"),
    }


def test_pushed_again_in_another_order_it_is_the_same_record(world: World) -> None:
    draft = make(world, seed=5, number=2)
    entry = write_saokhue(draft)
    backwards = dict(reversed(entry.items())) | {"hoc_sinh": dict(reversed(entry["hoc_sinh"].items()))}
    pushes = [body_of(draft, entry), body_of(draft, backwards, xuat_luc="2026-06-01T08:00:00")]
    first, second = (formats()["saokhue"].read(body, Limits()).items for body in pushes)
    assert first[0].octets == second[0].octets


def test_a_changed_mark_is_another_record(world: World) -> None:
    draft = make(world, seed=5, number=2)
    entry = write_saokhue(draft)
    before = formats()["saokhue"].read(body_of(draft, entry), Limits()).items[0].octets
    entry["mon"]["TV"]["muc"] = "C"
    assert formats()["saokhue"].read(body_of(draft, entry), Limits()).items[0].octets != before


def test_a_record_is_not_taken_under_anothers_uuid(world: World) -> None:
    draft = make(world, seed=6, number=3)
    (item,) = formats()["saokhue"].read(body_of(draft, write_saokhue(draft) | {"uuid": draft.uuid}), Limits()).items
    with pytest.raises(FindingError) as refusal:
        formats()["saokhue"].to_canonical(item.octets, uuid=UUID)
    assert [(finding.rule, finding.expected) for finding in refusal.value.findings] == [("V09", UUID)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("NGUYỄN THỊ ÁNH", "Nguyễn Thị Ánh"),
        ("nguye\u0302\u0303n thi\u0323 a\u0301nh", "Nguyễn Thị Ánh"),
        ("  Trần   Văn\tĐức ", "Trần Văn Đức"),
        ("Y BLIP Niê", "Y BLIP Niê"),
        ("H'MÔNG", "H'Mông"),
        ("LÊ-AN", "Lê-An"),
        ("Ánh", "Ánh"),
        ("ĐỖ", "Đỗ"),
    ],
)
def test_names_as_people_write_them(written: str, meant: str) -> None:
    assert TypeAdapter(PersonName).validate_python(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"), [("25,5", "25.5"), ("25.5", "25.5"), (25, "25"), (25.5, "25.5"), (" 7 ", "7"), ("0", "0")]
)
def test_numbers_as_vendors_write_them(written: object, meant: str) -> None:
    assert str(TypeAdapter(Number).validate_python(written)) == meant


@pytest.mark.parametrize(
    "written", ["", "1e3", "-1", True, None, "25 kg", "1.000,5", "٣", "²", float("inf"), "9" * 30, []]
)
def test_what_is_no_number(written: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Number).validate_python(written)


@pytest.mark.parametrize("written", ["2026-05-31", "31/05/2026", "2026-5-31", " 31/5/2026 "])
def test_days_year_first_or_day_first(written: str) -> None:
    assert TypeAdapter(Day).validate_python(written).isoformat() == "2026-05-31"


@pytest.mark.parametrize(
    "written", ["2026-02-30", "31/31/2026", "0000-01-01", "31-05-2026", 20260531, None, "٢٠٢٦-05-31"]
)
def test_what_is_no_day(written: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Day).validate_python(written)


def test_what_was_made_regular_is_told(world: World) -> None:
    draft = make(world, seed=3, number=5)
    entry = write_saokhue(draft)
    entry["hoc_sinh"]["ho_ten"] = unicodedata.normalize("NFD", "NGUYỄN  VĂN MẪU")
    entry["hoc_sinh"]["can_nang"] = "31,5"
    entry["hoc_sinh"]["noi_sinh"] = " Quận 1 "
    (item,) = formats()["saokhue"].read(body_of(draft, entry), Limits()).items
    converted = formats()["saokhue"].to_canonical(item.octets, uuid=draft.uuid)
    told = [(note.rule, note.path, note.expected) for note in converted.notes]
    assert told == [
        ("N01", "hoc_ba.hoc_sinh.ho_ten", "NGUYỄN  VĂN MẪU"),
        ("N02", "hoc_ba.hoc_sinh.ho_ten", "NGUYỄN VĂN MẪU"),
        ("N08", "hoc_ba.hoc_sinh.ho_ten", "Nguyễn Văn Mẫu"),
        ("N03", "hoc_ba.hoc_sinh.can_nang", "31.5"),
        ("N02", "hoc_ba.hoc_sinh.noi_sinh", "Quận 1"),
    ]
    assert converted.record.pupil.name == "Nguyễn Văn Mẫu"
    assert {(note.severity, note.uuid, note.personal) for note in converted.notes} == {
        (Severity.WARNING, draft.uuid, True)
    }
