"""The observed structure is explained like the official one: places of several steps, teachers' slots, both levels."""

import random
from typing import Any

import pytest
from lxml import etree

from schemas.check import Checker
from schemas.explain import Explainer
from schemas.findings import Finding
from schemas.octets import parse_record
from schemas.profiles import Profile, by_version, profile_of, profiles

CITY = frozenset({"GVBM", "GVCN", "CBQL", "KY_PHAT_HANH"})
GOOD = {"hbs-2/primary": "grade-5", "hbs-2/secondary": "grade-9"}
RECORD = "DU_LIEU_HOC_BA/THONG_TIN_HOC_BA"
MARKS = f"{RECORD}/TONG_KET/BANG_DIEM"
TEACHERS = "DU_LIEU_HOC_BA/DANH_SACH_THONG_TIN_KY/DANH_SACH_GVBM"


def record(name: str) -> Any:
    folder = profiles()[name].examples
    assert folder is not None
    return parse_record((folder / "valid" / f"{GOOD[name]}.xml").read_bytes())


@pytest.fixture(params=sorted(GOOD))
def profile(request: pytest.FixtureRequest) -> Profile:
    found: Profile = profiles()[request.param]
    return found


@pytest.fixture
def checker(profile: Profile) -> Checker:
    return Checker(profile, required_slots=CITY)


def told(findings: tuple[Finding, ...]) -> list[tuple[str, str | None]]:
    return [(finding.rule, finding.path) for finding in findings]


def test_a_record_finds_its_profile_by_version_and_level() -> None:
    assert profile_of("2.0", "02") is profiles()["hbs-2/primary"]
    assert profile_of("2.0", "03") is profile_of("2.0", "04") is profiles()["hbs-2/secondary"]
    assert profile_of("1.0", "02") is profiles()["hbs-1.0"]
    assert ("1.0", "03") not in by_version()


def test_a_teachers_number_is_told_at_its_row(checker: Checker, profile: Profile) -> None:
    root = record(profile.name)
    root.find(f"{MARKS}/DIEM_TONG_KET[2]/GVBM/SO_CCCD_GIAO_VIEN_BO_MON").text = "12"
    place = f"{MARKS}/DIEM_TONG_KET[2]/GVBM/SO_CCCD_GIAO_VIEN_BO_MON"
    assert told(checker.check(root)) == [("B05", place), ("S06", f"{TEACHERS}/GVBM[2]/SO_CCCD")]


def test_a_slot_of_nobodys_region_is_told(checker: Checker, profile: Profile) -> None:
    root = record(profile.name)
    root.find(f"{TEACHERS}/GVBM[2]").set("Id", "nobody")
    (finding,) = checker.check(root)
    assert told((finding,)) == [("S06", f"{TEACHERS}/GVBM[2]/SO_CCCD")]
    assert finding.expected is None


@pytest.mark.parametrize("missing", ["GVBM", "GVCN"])
def test_slots_that_the_policy_wants_are_asked_for(checker: Checker, profile: Profile, missing: str) -> None:
    root = record(profile.name)
    for slot in root.findall(f"DU_LIEU_HOC_BA/DANH_SACH_THONG_TIN_KY//{missing}"):
        slot.getparent().remove(slot)
    path = next(slot.path for slot in profile.slots if slot.name == missing)
    assert told(checker.check(root)) == [("S01", path)]
    assert Checker(profile, required_slots=frozenset({"CBQL"})).check(root) == ()


def test_faults_of_structure_are_told_where_they_are(checker: Checker, profile: Profile) -> None:
    root = record(profile.name)
    row = root.find(f"{MARKS}/DIEM_TONG_KET[3]")
    row.append(etree.Element("LA"))
    row.remove(row.find("TEN_MON_HOC"))
    root.find(RECORD).set("Id", "khac")
    root.find(f"{TEACHERS}/GVBM[1]").set("ten", "x")
    assert sorted(told(checker.check(root))) == [
        ("X01", f"{MARKS}/DIEM_TONG_KET[3]/TEN_MON_HOC"),
        ("X02", f"{MARKS}/DIEM_TONG_KET[3]/LA"),
        ("X07", f"{TEACHERS}/GVBM[1]"),
        ("X07", RECORD),
    ]


def damaged(root: Any, rng: random.Random) -> Any:
    """One slip of an export."""
    element = rng.choice([each for each in root.iter("*") if each.getparent() is not None])
    kind = rng.randrange(5)
    if kind == 0:
        element.getparent().remove(element)
    elif kind == 1:
        element.getparent().append(element)
    elif kind == 2:
        element.text = rng.choice(["", " x ", "-1", "CĐ", "11", "²"])
    elif kind == 3:
        element.tag = rng.choice(["LA", "GVBM", "NAM", "DIEM_TONG_KET"])
    else:
        element.set(rng.choice(["Id", "x"]), " ")
    return root


def test_the_long_form_finds_what_the_gate_finds(profile: Profile) -> None:
    gate, explainer, rng = etree.XMLSchema(etree.parse(str(profile.schema))), Explainer(profile), random.Random(2088)
    wrong = [root for _ in range(150) if not gate.validate(root := damaged(record(profile.name), rng))]
    assert len(wrong) > 75
    assert all(list(explainer.explain(root)) for root in wrong)
