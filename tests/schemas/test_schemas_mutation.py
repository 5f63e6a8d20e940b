"""No rule can lose its body unnoticed: without it, the example that it refuses or remarks on is told of otherwise."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.check import Checker
from schemas.media import json as json_medium
from schemas.media import json_reading
from schemas.octets import parse_record
from schemas.profiles import Medium, Profile, profiles
from schemas.rules import rules
from tests.support.roster import SmallRoster
from tests.support.without import checker_without, parts_of

EVERY_SLOT = frozenset({"GVBM", "GVCN", "CBQL", "KY_PHAT_HANH"})
ROSTER = Path(__file__).resolve().parents[2] / "schemas" / "profiles" / "hbs_1_0" / "examples" / "roster.json"


SUFFIXES = {Medium.XML: ".xml", Medium.JSON: ".json"}
"""media whose examples are told of by `Checker` alone; a workbook's are read by its own reader, which has its own tests"""


def examples_of(profile: Profile, rule: str) -> list[Path]:
    assert profile.examples is not None
    return sorted(profile.examples.glob(f"*/{rule}{SUFFIXES[profile.medium]}"))


def told_by(checker: Checker, example: Path) -> list[dict[str, Any]]:
    """Every finding of one example."""
    octets, profile = example.read_bytes(), checker.profile
    if profile.medium is Medium.XML:
        return [finding.as_dict() for finding in checker.check(parse_record(octets))]
    [document] = json_reading.documents(octets)
    checked = checker.judge(json_medium.tell(document, profile), json_medium.faults(document, profile))
    return [finding.as_dict() for finding in checked.findings]


def cases() -> Iterator[tuple[str, str, str]]:
    """Profile, rule, part, for every rule of a profile that has an example of it."""
    for profile in profiles().values():
        if profile.medium not in SUFFIXES or profile.examples is None:
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
    examples = examples_of(profile, rule)
    whole = Checker(profile, EVERY_SLOT, roster)
    before = {path: told_by(whole, path) for path in examples}
    assert all(findings and {finding["rule"] for finding in findings} == {rule} for findings in before.values())
    emptied = checker_without(monkeypatch, profile, rule, part, slots=EVERY_SLOT, roster=roster)
    assert {path: told_by(emptied, path) for path in examples} != before


def test_every_rule_that_finds_something_is_emptied_somewhere() -> None:
    """Rules of workbooks have their own examples."""
    named = {name for each in profiles().values() if each.medium in SUFFIXES for name in each.rules}
    wanted = {(name, part) for name in named for part in parts_of(rules()[name])}
    assert {(rule, part) for _, rule, part in cases()} == wanted
