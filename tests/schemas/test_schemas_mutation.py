"""No rule can lose its body unnoticed: without it, the example that it refuses or remarks on is told of otherwise."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.check import Checker
from schemas.octets import parse_record
from schemas.profiles import Medium, Profile, profiles
from schemas.rules import rules
from tests.support.roster import SmallRoster
from tests.support.without import checker_without, parts_of

EVERY_SLOT = frozenset({"GVBM", "GVCN", "CBQL", "KY_PHAT_HANH"})
ROSTER = Path(__file__).resolve().parents[2] / "schemas" / "profiles" / "hbs_1_0" / "examples" / "roster.json"


def examples_of(profile: Profile, rule: str) -> list[Path]:
    assert profile.examples is not None
    return sorted(profile.examples.glob(f"*/{rule}.xml"))


def cases() -> Iterator[tuple[str, str, str]]:
    """Profile, rule, part, for every rule of an XML profile that has an example of it."""
    for profile in profiles().values():
        if profile.medium is not Medium.XML or profile.examples is None:
            continue
        for name in profile.rules:
            if examples_of(profile, name):
                for part in parts_of(rules()[name]):
                    yield profile.name, name, part


@pytest.mark.parametrize(("profile_name", "rule", "part"), list(cases()))
def test_the_example_shows_when_a_rule_is_empty(
    profile_name: str, rule: str, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = profiles()[profile_name]
    roster = SmallRoster.from_file(ROSTER) if rules()[rule].roster else None
    roots = {path: parse_record(path.read_bytes()) for path in examples_of(profile, rule)}
    whole = Checker(profile, EVERY_SLOT, roster)
    before = {path: [finding.as_dict() for finding in whole.check(root)] for path, root in roots.items()}
    assert all(finding["rule"] == rule for findings in before.values() for finding in findings)
    emptied = checker_without(monkeypatch, profile, rule, part, slots=EVERY_SLOT, roster=roster)
    after = {path: [finding.as_dict() for finding in emptied.check(root)] for path, root in roots.items()}
    assert after != before


def test_every_rule_that_finds_something_is_emptied_somewhere() -> None:
    """Rules of profiles that are not XML have their own examples."""
    in_xml = {name for each in profiles().values() if each.medium is Medium.XML for name in each.rules}
    wanted = {(name, part) for name in in_xml for part in parts_of(rules()[name])}
    assert {(rule, part) for _, rule, part in cases()} == wanted


def test_the_examples_are_what_is_told() -> None:
    for profile_name, rule, _ in cases():
        for path in examples_of(profiles()[profile_name], rule):
            told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            assert {finding["rule"] for finding in told} == {rule}
