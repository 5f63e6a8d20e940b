"""Rules are declared once and found; each speaks both languages."""

import pytest

from schemas.profiles import Profile, profiles
from schemas.record import Assessment, Attainment, YearResult
from schemas.rules import rules
from schemas.rules.results import result_of


def test_every_rule_speaks_both_languages() -> None:
    for rule in rules().values():
        for words in (rule.title, rule.message, rule.remedy):
            assert words.vi
            assert words.en
            assert words.vi != words.en
        assert rule.basis


@pytest.mark.parametrize("profile", profiles().values(), ids=lambda profile: profile.name)
def test_a_profile_names_rules_that_exist(profile: Profile) -> None:
    assert set(profile.rules) <= set(rules())
    assert len(set(profile.rules)) == len(profile.rules)
    assert profile.schema is None or profile.schema.exists()


@pytest.mark.parametrize(
    ("levels", "judged", "lowest", "result"),
    [
        ("T", "T", 9, YearResult.EXCELLENT),
        ("T", "T", 8, YearResult.GOOD),
        ("T", "T", 7, YearResult.GOOD),
        ("T", "T", 6, YearResult.DONE),
        ("TH", "T", 10, YearResult.DONE),
        ("T", "TĐ", 10, YearResult.DONE),
        ("H", "Đ", 5, YearResult.DONE),
        ("H", "Đ", 4, YearResult.NOT_DONE),
        ("TC", "T", 10, YearResult.NOT_DONE),
        ("T", "TC", 10, YearResult.NOT_DONE),
        ("", "T", 10, YearResult.EXCELLENT),
    ],
)
def test_the_years_result(levels: str, judged: str, lowest: int, result: YearResult) -> None:
    assert result_of({Attainment(each) for each in levels}, {Assessment(each) for each in judged}, lowest) is result
