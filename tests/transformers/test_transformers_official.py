"""Canonical → official → canonical is the identity; what is written is canonical XML already and passes the checker."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from lxml import etree
from support.records import primary_records

from schemas.check import Checker
from schemas.octets import cut_batch, parse_record
from schemas.profiles import profiles
from schemas.record import CanonicalRecord, Sex
from transformers.canonical import members_of
from transformers.official import read_record, write_record

PROFILE = profiles()["hbs-1.0"]
REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLES = REPOSITORY / "schemas" / "profiles" / "hbs_1_0" / "examples" / "valid"
SAMPLES = REPOSITORY.parent / "shared" / "spec" / "samples"
SLOTS = ["GVCN", "CBQL", "KY_PHAT_HANH"]

records = primary_records().filter(lambda record: record.pupil.sex is not Sex.UNKNOWN)
"""CV 2088 writes Nam or Nữ only"""


@given(records)
@settings(max_examples=80, deadline=None)
def test_a_record_comes_back_as_it_was(record: CanonicalRecord) -> None:
    octets = write_record(record, PROFILE)
    root = parse_record(octets)
    again = read_record(root, PROFILE)
    assert members_of(again, PROFILE) == members_of(record, PROFILE)
    assert write_record(again, PROFILE) == octets


@given(records)
@settings(max_examples=50, deadline=None)
def test_what_is_written_is_canonical_already(record: CanonicalRecord) -> None:
    octets = write_record(record, PROFILE)
    root = parse_record(octets)
    data = root.find("DU_LIEU_HOC_BA")
    canonical = etree.tostring(data, method="c14n", exclusive=True, with_comments=False)
    assert octets[octets.index(b"<DU_LIEU_HOC_BA") :].startswith(canonical)
    assert etree.tostring(root, method="c14n", exclusive=True, with_comments=False) == octets


@given(records)
@settings(max_examples=25, deadline=None)
def test_slots_wait_empty_for_those_whom_the_data_name(record: CanonicalRecord) -> None:
    slots = parse_record(write_record(record, PROFILE)).find("DANH_SACH_THONG_TIN_KY")
    named = SLOTS if record.teacher.personal_id else SLOTS[1:]
    assert [slot.tag for slot in slots] == named
    assert {slot.findtext("NGAY_KY") for slot in slots} == {""}
    assert slots.findtext("CBQL/SO_CCCD") == record.principal.personal_id


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.xml")), ids=lambda path: path.stem)
def test_an_example_keeps_its_meaning(example: Path) -> None:
    record = read_record(parse_record(example.read_bytes()), PROFILE)
    octets = write_record(record, PROFILE)
    assert Checker(PROFILE, required_slots=frozenset(SLOTS)).check(parse_record(octets)) == ()
    assert read_record(parse_record(octets), PROFILE) == record


def test_the_samples_keep_every_value() -> None:
    files = sorted(SAMPLES.rglob("*.xml"))
    if not files:
        pytest.skip("no samples: put the specification's samples into ../shared/spec/samples")
    for octets in (record for file in files for record in cut_batch(file.read_bytes()).records):
        root = parse_record(octets)
        again = parse_record(write_record(read_record(root, PROFILE), PROFILE))
        for one, other in zip(*(each.find("DU_LIEU_HOC_BA").iter() for each in (root, again)), strict=True):
            assert (one.tag, (one.text or "").strip()) == (other.tag, (other.text or "").strip())
