"""Rules and profiles on a screen: looked up by name, in two languages, with what was only observed marked as such."""

import json

import pytest
from support.command_line import Hocba

from schemas.profiles import profiles
from schemas.rules import rules

OBSERVED = "(quan sát được · observed)"
COMMANDS = (("rule",), ("profile",), ("profile", "list"), ("profile", "show"), ("profile", "coverage"))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help(hocba: Hocba, command: tuple[str, ...]) -> None:
    told = hocba(*command, "--help")
    assert told.code == 0
    assert " ".join(command) in told.said


def test_a_rule_is_told_in_two_languages_with_its_profiles(hocba: Hocba) -> None:
    rule = rules()["B10"]
    for name in ("B10", "b10"):
        told = hocba("rule", name)
        assert told.code == 0
        for words in (rule.title, rule.message, rule.remedy):
            assert words.vi in told.said
            assert words.en in told.said
        assert rule.basis in told.said
        assert "hbs-1.0: lỗi · error, ví dụ sai · failing example: B10.xml" in told.said
        assert f"hbs-2/primary {OBSERVED}: lỗi · error" in told.said


def test_rules_of_the_doors_are_told_too(hocba: Hocba) -> None:
    told = hocba("rule", "D01", "V01")
    assert told.code == 0
    assert "The body is within its size" in told.said


def test_without_a_name_every_rule_is_listed(hocba: Hocba) -> None:
    told = hocba("rule")
    ids = [line.split()[0] for line in told.out.splitlines() if line.strip()]
    assert ids == sorted(ids)
    assert set(rules()) | {"D01", "V01"} <= set(ids)


def test_every_profile_is_listed_and_the_observed_ones_are_marked(hocba: Hocba) -> None:
    lines = {line.split()[0]: line for line in hocba("profile", "list").out.splitlines()}
    assert set(lines) == set(profiles())
    assert all((OBSERVED in lines[name]) == profile.observed for name, profile in profiles().items())


def test_a_profile_shows_what_it_declares(hocba: Hocba) -> None:
    told = hocba("profile", "show", "hbs-1.0")
    assert told.code == 0
    assert OBSERVED not in told.said
    for words in ("GVCN → CBQL → KY_PHAT_HANH", "CV 2088", "MA_MON_HOC (14)", "3, 5", "B10"):
        assert words in told.said


@pytest.mark.parametrize(
    ("arguments", "name"),
    [(("hbs-2", "--level", "secondary"), "hbs-2/secondary"), (("ndc-json/primary",), "ndc-json/primary")],
)
def test_a_profile_is_named_in_full_or_by_folder_and_level(hocba: Hocba, arguments: tuple[str, ...], name: str) -> None:
    assert hocba("profile", "show", *arguments).said.startswith(f"{name} {OBSERVED}")


def test_the_coverage_report_says_what_becomes_of_each_field(hocba: Hocba) -> None:
    told = hocba("profile", "coverage", "hbs-1.0", "ndc-json")
    assert told.code == 0
    assert told.said.startswith(f"hbs-1.0 → ndc-json/primary {OBSERVED}")
    members = {"pupil.born", "created", "school.province_code"}
    lines = {name: line for line in told.out.splitlines() for name in members & set(line.split())}
    assert lines["pupil.born"].startswith("giữ nguyên · lossless")
    assert lines["created"].startswith("hẹp lại · narrowed")
    assert "bỏ giờ, chỉ còn ngày · the hour is dropped" in lines["created"]
    assert lines["school.province_code"].startswith("cần bổ sung · needs default")
    assert "phải ký lại" in told.said


def test_the_coverage_report_as_json(hocba: Hocba) -> None:
    told = hocba("profile", "coverage", "hbs-2", "hbs-1.0", "--format", "json")
    report = json.loads(told.out)
    assert report["source"] == {"name": "hbs-2/primary", "observed": True}
    assert {each["member"]: each["outcome"] for each in report["members"]}["not_assessed"] == "lost"


FORESEEN = [
    (("rule", "B100"), "Không có quy tắc «B100». → Có phải: B10"),
    (("rule", "?"), "«hocba rule» in cả danh mục"),
    (("profile", "show", "hbs-3"), "Không có cấu trúc «hbs-3». → Có phải: hbs-2"),
    (("profile", "show", "hbs-2"), "«hbs-2» là của nhiều cấu trúc: hbs-2/primary, hbs-2/secondary"),
    (("profile", "coverage", "hbs-2", "ndc-json"), "--level primary|secondary"),
    (("profile", "coverage", "hbs-1.0", "hbs-2/secondary"), "không cùng cấp học"),
]


@pytest.mark.parametrize(("arguments", "words"), FORESEEN)
def test_what_is_not_there_is_said_with_what_may_be_meant(hocba: Hocba, arguments: tuple[str, ...], words: str) -> None:
    told = hocba(*arguments)
    assert words in told.said
    assert told.code == 64
    assert "Traceback" not in told.said
