"""The generator: reproducible, without repeats, consistent with TT 27/2020 as the law words it, and accepted by
libxmlsec1 as signed."""

import base64
import hashlib
import json
import unicodedata
from pathlib import Path

import pytest
import xmlsec
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from sandbox.faults import OFFICIAL
from sandbox.official import write_data
from sandbox.plans import plan
from sandbox.pupils import write_batch, write_batches
from sandbox.records import Draft, draft
from sandbox.results import TESTED
from sandbox.saokhue import write_saokhue
from sandbox.saokhue_faults import SAOKHUE
from sandbox.world import World, build_world

DSIG = "{http://www.w3.org/2000/09/xmldsig#}"


def _drafts(world: World, seed: int, count: int) -> list[Draft]:
    school = world.schools[0]
    return [
        draft(seed=seed, number=n, school=school, room=school.classes[n % len(school.classes)]) for n in range(count)
    ]


def _result_by_law(record: Draft) -> str:
    """TT 27, Điều 9.2a, word for word."""
    levels = [mark.level for mark in record.marks]
    scores = [int(mark.score) for mark in record.marks if mark.score is not None]
    qualities = [text for tag, text in record.assessments.items() if not tag.startswith("NHAN_XET")]
    all_best = set(levels) == {"T"} and set(qualities) == {"T"}
    if all_best and min(scores) >= 9:
        return "Hoàn thành xuất sắc"
    if all_best and min(scores) >= 7:
        return "Hoàn thành tốt"
    if set(levels) <= {"T", "H"} and set(qualities) <= {"T", "Đ"} and min(scores) >= 5:
        return "Hoàn thành"
    return "Chưa hoàn thành"


def test_records_follow_the_law_and_never_repeat(world: World) -> None:
    drafts = _drafts(world, 1, 3000)
    for record in drafts:
        assert record.summary["KET_QUA_XEP_LOAI"] == _result_by_law(record)
        assert [mark.score is not None for mark in record.marks] == [mark.code in TESTED for mark in record.marks]
        assert ("DA_HOAN_THANH_CHUONG_TRINH_TIEU_HOC" in record.summary) == (record.room.grade == 5)
        assert record.years[-1]["NAM_HOC"] == record.general["TEN_NAM_HOC"]
    assert {record.result for record in drafts} == {"HTXS", "HTT", "HT", "CHT"}
    for tag in ("MA_TRA_CUU_UUID", "SO_CCCD", "MA_HOC_SINH"):
        assert len({record.general[tag] for record in drafts}) == len(drafts)


def test_seeds_give_the_same_and_other_pupils(world: World) -> None:
    first, again, other = (_drafts(world, seed, 200) for seed in (1, 1, 2))
    assert [write_data(record) for record in first] == [write_data(record) for record in again]
    for tag in ("MA_TRA_CUU_UUID", "SO_CCCD", "MA_HOC_SINH"):
        assert not {record.general[tag] for record in first} & {record.general[tag] for record in other}


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1), st.integers(0, 500))
@settings(max_examples=60, deadline=None)
def test_data_are_written_in_canonical_form(world: World, remark: str, number: int) -> None:
    """Whatever the text, what is digested is what Canonical XML says: so signatures hold in every verifier."""
    record = (
        _drafts(world, 3, 1)[0]
        if number == 0
        else draft(seed=3, number=number, school=world.schools[0], room=world.schools[0].classes[0])
    )
    record.summary["NHAN_XET_GVCN"] = remark + "&<>\"'\r\t"
    text = write_data(record)
    assert etree.tostring(etree.fromstring(text), method="c14n", exclusive=True) == text.encode()


def test_signed_batches_hold_in_libxmlsec1(world: World) -> None:
    batches = [each for each in plan(world, seed=4, count=45, size=15) if each.format == "official"]
    for batch in batches:
        octets, entries = write_batch(world, batch, seed=4)
        root = etree.fromstring(octets)
        assert [len(octets) / len(entries) < 26_000, len(octets) / len(entries) > 15_000] == [True, True]
        _verify(root[-1], root)
        for record in root[:-1]:
            alone = etree.fromstring(etree.tostring(record, with_tail=False))
            signatures = list(alone.iter(f"{DSIG}Signature"))
            assert len(signatures) == 3
            for signature in signatures:
                _verify(signature, alone[0])


def _verify(signature: etree._Element, target: etree._Element) -> None:
    der = base64.b64decode(signature.findtext(f".//{DSIG}X509Certificate"))
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(der, xmlsec.constants.KeyDataFormatCertDer)
    for element in (target, *signature.iter()):
        for name in ("Id", "id"):
            if element.get(name):
                context.register_id(element, name)
    context.verify(signature)


def test_both_forms_and_both_prefixes_occur(world: World) -> None:
    octets = b"".join(write_batch(world, each, seed=5)[0] for each in plan(world, seed=5, count=60, senders=["HOASEN"]))
    root = etree.fromstring(b"<x>" + octets.replace(b'<?xml version="1.0" encoding="UTF-8"?>', b"") + b"</x>")
    kinds = set()
    for signature in root.iter(f"{DSIG}Signature"):
        forms = tuple(sorted(etree.QName(each[0]).localname for each in signature.findall(f"{DSIG}Object")))
        kinds.add((forms, signature.prefix))
    assert {forms for forms, _ in kinds} == {
        ("QualifyingProperties",),
        ("SignatureProperties",),
        ("QualifyingProperties", "SignatureProperties"),
    }
    assert {prefix for _, prefix in kinds} == {"ds", None}


def test_batches_on_disk_are_written_once(world: World, tmp_path: Path) -> None:
    first = write_batches(world, tmp_path / "b", count=20, seed=6, size=4, processes=1)
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (tmp_path / "b").iterdir()}
    assert write_batches(world, tmp_path / "b", count=20, seed=6, size=4) == first
    assert digests == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (tmp_path / "b").iterdir()}
    assert sum(len(file["records"]) for file in first["files"]) == 20
    with pytest.raises(FileExistsError):
        write_batches(world, tmp_path / "b", count=21, seed=6)


def test_every_fault_is_planned_once(world: World) -> None:
    batches = plan(world, seed=7, count=600, size=50, wrong=-1)
    named = {"official": [], "saokhue": []}
    for batch in batches:
        named[batch.format] += [task.fault for task in batch.tasks if task.fault]
    pairs = {name for name, fault in OFFICIAL.items() if fault.pair == "same-uuid"}
    assert sorted(named["official"]) == sorted([*OFFICIAL, *pairs])
    assert sorted(named["saokhue"]) == sorted(SAOKHUE)


@pytest.mark.parametrize("name", list(SAOKHUE))
def test_json_faults_change_the_entry(world: World, name: str) -> None:
    school = world.schools[2]
    room = next(room for room in school.classes if room.grade in SAOKHUE[name].grades)
    good = write_saokhue(draft(seed=8, number=1, school=school, room=room))
    bad = json.loads(json.dumps(good))
    SAOKHUE[name].spoil(bad)
    assert bad != good


def test_vendor_json_has_the_vendors_habits(world: World) -> None:
    school = world.schools[2]
    entries = [write_saokhue(draft(seed=8, number=n, school=school, room=school.classes[n % 10])) for n in range(200)]
    names = [entry["hoc_sinh"]["ho_ten"] for entry in entries]
    assert any(name.isupper() for name in names)
    assert any(name != unicodedata.normalize("NFC", name) for name in names)
    assert {type(entry["khoi"]) for entry in entries} == {int, str}
    assert {type(entry["mon"]["TV"]["diem"]) for entry in entries} == {int, str}
    assert {entry["uuid"] is None for entry in entries} == {True, False}


def test_a_world_is_built_once(world: World, tmp_path: Path) -> None:
    before = (world.folder / "keys/password").read_text()
    assert build_world(world.folder, distinct_keys=12) == world
    assert (world.folder / "keys/password").read_text() == before
    with pytest.raises(FileExistsError):
        build_world(world.folder, seed=2)
    for path in (world.folder / "keys").rglob("*.p12"):
        assert path.stat().st_mode & 0o077 == 0
    rows = json.loads((world.folder / "registry.json").read_text())
    for unit in ("79", *(school.code for school in world.schools), world.secondary.code):
        assert {"KY_PHAT_HANH", "GIAO_DICH"} <= {row["role"] for row in rows if row["ma_don_vi"] == unit}
        assert world.key_file(unit, "GIAO_DICH").exists()
