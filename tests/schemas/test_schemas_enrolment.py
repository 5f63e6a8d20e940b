"""Rules that ask a roster: told of by example where there is one, *not checked* where there is none or it does not know."""

import json
from pathlib import Path

import pytest

from schemas.check import Checker
from schemas.findings import Severity
from schemas.octets import parse_record
from schemas.profiles import Profile
from schemas.rules import rules
from tests.support.roster import SmallRoster

EXAMPLES = Path(__file__).resolve().parents[2] / "schemas" / "profiles" / "hbs_1_0" / "examples"
GOOD = EXAMPLES / "valid" / "grade-5.xml"
SLOTS = frozenset({"GVCN", "CBQL", "KY_PHAT_HANH"})
ASKING = {name for name, rule in rules().items() if rule.roster}


@pytest.fixture
def roster() -> SmallRoster:
    return SmallRoster.from_file(EXAMPLES / "roster.json")


@pytest.mark.parametrize("name", sorted(ASKING))
def test_an_example_is_told_of_by_its_rule_alone(name: str, profile: Profile, roster: SmallRoster) -> None:
    file = EXAMPLES / "enrolment" / f"{name}.xml"
    checked = Checker(profile, SLOTS, roster).examine(parse_record(file.read_bytes()))
    told = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    assert [finding.as_dict() for finding in checked.findings] == told
    assert {finding.rule for finding in checked.findings} == {name}
    assert {finding.severity for finding in checked.findings} == {rules()[name].severity}


@pytest.mark.parametrize("name", ["valid/grade-5", *(f"enrolment/{name}" for name in sorted(ASKING))])
def test_without_a_roster_nothing_is_passed(name: str, profile: Profile) -> None:
    checked = Checker(profile, SLOTS).examine(parse_record((EXAMPLES / f"{name}.xml").read_bytes()))
    assert set(checked.not_checked) == ASKING
    assert not [finding for finding in checked.findings if finding.rule in ASKING]


def test_a_record_that_the_roster_knows_passes(profile: Profile, roster: SmallRoster) -> None:
    checked = Checker(profile, SLOTS, roster).examine(parse_record(GOOD.read_bytes()))
    assert (checked.findings, checked.not_checked) == ((), ())


def test_what_the_roster_does_not_know_is_not_passed(profile: Profile) -> None:
    nothing = SmallRoster({"schools": [], "pupils": [], "assigned": []})
    checked = Checker(profile, SLOTS, nothing).examine(parse_record(GOOD.read_bytes()))
    assert checked.findings == ()
    assert sorted(checked.not_checked) == sorted(ASKING)


def changed(roster: SmallRoster, part: str, **values: object) -> SmallRoster:
    first, *others = roster.content[part]
    return SmallRoster({**roster.content, part: [{**first, **values}, *others]})


@pytest.mark.parametrize(
    ("part", "values", "rule", "path"),
    [
        ("schools", {"levels": ["03"]}, "B04", "MA_CAP_HOC"),
        ("schools", {"active": False}, "B04", "MA_TRUONG"),
        ("pupils", {"enrolled": False}, "B06", "MA_HOC_SINH"),
        ("pupils", {"class_name": "5A2"}, "B06", "TEN_LOP"),
        ("pupils", {"personal_id": "079315004218"}, "B26", "SO_CCCD"),
    ],
)
def test_what_the_roster_knows_otherwise(
    profile: Profile, roster: SmallRoster, part: str, values: dict[str, object], rule: str, path: str
) -> None:
    findings = Checker(profile, SLOTS, changed(roster, part, **values)).check(parse_record(GOOD.read_bytes()))
    assert [(each.rule, (each.path or "").rpartition("/")[2]) for each in findings] == [(rule, path)]


def test_a_pupil_whom_a_covered_school_lacks(profile: Profile, roster: SmallRoster) -> None:
    others = changed(roster, "pupils", code="7900999999")
    checked = Checker(profile, SLOTS, others).examine(parse_record(GOOD.read_bytes()))
    assert [finding.rule for finding in checked.findings] == ["B06"]
    assert checked.not_checked == ("B26",)


def test_an_unmatched_number_is_not_checked(profile: Profile, roster: SmallRoster) -> None:
    unmatched = changed(roster, "pupils", personal_id=None)
    checked = Checker(profile, SLOTS, unmatched).examine(parse_record(GOOD.read_bytes()))
    assert (checked.findings, checked.not_checked) == ((), ("B26",))


def test_a_successor_may_sign(profile: Profile, roster: SmallRoster) -> None:
    text = GOOD.read_text(encoding="utf-8").replace("079185004321", "079185004399")
    assert Checker(profile, SLOTS, roster).check(parse_record(text.encode())) == ()
    stranger = Checker(profile, SLOTS, roster).check(parse_record(text.replace("004399", "004388").encode()))
    assert [(finding.rule, finding.severity) for finding in stranger] == [("S07", Severity.WARNING)]


def test_roles_that_the_roster_has_nobody_for_are_not_checked(profile: Profile, roster: SmallRoster) -> None:
    only = [row for row in roster.content["assigned"] if row["role"] != "CBQL"]
    checked = Checker(profile, SLOTS, SmallRoster({**roster.content, "assigned": only})).examine(
        parse_record(GOOD.read_bytes())
    )
    assert (checked.findings, checked.not_checked) == ((), ("S07",))
