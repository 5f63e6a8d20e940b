"""The observed structure: what it carries comes back, teachers' slots wait in their places, and the data are canonical."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from support.records import primary_records, secondary_records

from schemas.octets import parse_record
from schemas.profiles import profiles
from schemas.record import CanonicalRecord
from transformers.canonical import members_of
from transformers.official import read_record, write_record

KINDS = {"hbs-2/primary": primary_records(), "hbs-2/secondary": secondary_records()}
cases = st.sampled_from(sorted(KINDS)).flatmap(lambda name: st.tuples(st.just(name), KINDS[name]))
slow = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
TEACHERS = "DU_LIEU_HOC_BA/DANH_SACH_THONG_TIN_KY"


@given(cases)
@slow
def test_what_the_profile_carries_comes_back(case: tuple[str, CanonicalRecord]) -> None:
    name, record = case
    profile = profiles()[name]
    octets = write_record(record, profile)
    again = read_record(parse_record(octets), profile)
    assert members_of(again, profile) == members_of(record, profile)
    assert write_record(again, profile) == octets


@given(cases)
@slow
def test_what_is_written_is_canonical_already(case: tuple[str, CanonicalRecord]) -> None:
    octets = write_record(case[1], profiles()[case[0]])
    root = parse_record(octets)
    assert etree.tostring(root, method="c14n", exclusive=True, with_comments=False) == octets
    for region in ("DU_LIEU_HOC_BA", "DU_LIEU_HOC_BA/THONG_TIN_HOC_BA"):
        assert etree.tostring(root.find(region), method="c14n", exclusive=True, with_tail=False) in octets


@given(cases)
@slow
def test_slots_wait_for_those_whom_the_data_name(case: tuple[str, CanonicalRecord]) -> None:
    name, record = case
    root = parse_record(write_record(record, profiles()[name]))
    named = [each for each in record.results.subjects if each.teacher.personal_id]
    slots = root.findall(f"{TEACHERS}/DANH_SACH_GVBM/GVBM")
    assert [slot.findtext("SO_CCCD") for slot in slots] == [each.teacher.personal_id for each in named]
    assert [slot.get("Id") for slot in slots] == marks(root)
    assert (root.find(f"{TEACHERS}/GVCN") is not None) == bool(record.teacher.personal_id)
    assert [slot.tag for slot in root.find("PHAT_HANH_HOC_BA")] == ["CBQL", "KY_PHAT_HANH"]
    assert {each.text for each in root.iter("NGAY_KY")} == {None}


def marks(root: Any) -> list[str]:
    """What ties each subject's results to a slot."""
    found = root.iterfind("DU_LIEU_HOC_BA/THONG_TIN_HOC_BA/TONG_KET/BANG_DIEM/DIEM_TONG_KET/GVBM")
    return [each.get("Id") for each in found if each.get("Id") is not None]


@given(cases)
@slow
def test_every_region_bears_its_identifier(case: tuple[str, CanonicalRecord]) -> None:
    name, record = case
    root = parse_record(write_record(record, profiles()[name]))
    assert root.find("DU_LIEU_HOC_BA").get("Id") == "data"
    assert root.find("DU_LIEU_HOC_BA/THONG_TIN_HOC_BA").get("Id") == "thongtinhocba"
    rows = root.findall("DU_LIEU_HOC_BA/THONG_TIN_HOC_BA/TONG_KET/BANG_DIEM/DIEM_TONG_KET")
    assert [row.get("Id") for row in rows] == [f"diem-{each.code}" for each in record.results.subjects]
