"""Who must sign: the policy's word on the day of issue, as far as the profile has the slots."""

from datetime import date
from pathlib import Path

import pytest

from schemas.check import Checker
from schemas.identity import issued_on
from schemas.octets import parse_record
from schemas.policies import SlotsPolicy
from schemas.profiles import Profile

EXAMPLE = (
    Path(__file__).resolve().parents[2] / "schemas" / "profiles" / "hbs_1_0" / "examples" / "valid" / "grade-5.xml"
)
CITY, NATION = {"GVCN", "CBQL", "KY_PHAT_HANH"}, {"CBQL", "KY_PHAT_HANH"}


@pytest.mark.parametrize(
    ("policy", "day", "slots"),
    [
        (SlotsPolicy("hcmc"), date(2026, 5, 30), CITY),
        (SlotsPolicy("hcmc"), date(2024, 6, 14), CITY),
        (SlotsPolicy("hcmc"), date(2024, 6, 13), NATION),
        (SlotsPolicy("hcmc"), date(2001, 1, 1), CITY),
        (SlotsPolicy("hcmc"), None, CITY),
        (SlotsPolicy(), date(2026, 5, 30), NATION),
        (SlotsPolicy("nobody"), date(2026, 5, 30), NATION),
        (SlotsPolicy("hcmc", frozenset({"CBQL", "GVBM"})), date(2026, 5, 30), {"CBQL"}),
    ],
)
def test_the_policy_answers_for_a_day(profile: Profile, policy: SlotsPolicy, day: date | None, slots: set[str]) -> None:
    assert policy.required(profile, day) == slots


@pytest.mark.parametrize(
    ("issued", "missing"), [("2026-05-30T08:00:00+07:00", 1), ("2024-06-01T08:00:00+07:00", 0), ("hôm nay", 1)]
)
def test_the_day_of_issue_decides(profile: Profile, issued: str, missing: int) -> None:
    root = parse_record(EXAMPLE.read_bytes())
    general = root.find("DU_LIEU_HOC_BA/THONG_TIN_CHUNG")
    general.find("NGAY_KY_PHAT_HANH_HOC_BA").text = issued
    root.find("DANH_SACH_THONG_TIN_KY").remove(root.find("DANH_SACH_THONG_TIN_KY/GVCN"))
    findings = Checker(profile, SlotsPolicy("hcmc")).check(root)
    assert sum(finding.rule == "S01" for finding in findings) == missing


def test_the_day_is_read_before_anything_is_believed() -> None:
    root = parse_record(EXAMPLE.read_bytes())
    general = root.find("DU_LIEU_HOC_BA/THONG_TIN_CHUNG")
    issued = general.find("NGAY_KY_PHAT_HANH_HOC_BA")
    created = general.findtext("NGAY_TAO_HOC_BA")[:10]
    assert str(issued_on(root)) == issued.text[:10]
    issued.text = "mai"
    assert str(issued_on(root)) == created
    general.remove(general.find("NGAY_TAO_HOC_BA"))
    assert issued_on(root) is None
