"""The pages of rules are the rules': complete, up to date, with examples that are there."""

from pathlib import Path

import pytest

from schemas.catalogue import FAMILIES, entries, entry, page_name, pages, write
from schemas.findings import Severity
from schemas.profiles import profiles
from schemas.rules import rules

DOCUMENTS = Path(__file__).resolve().parents[2] / "docs" / "rules"


def test_the_pages_are_up_to_date() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in DOCUMENTS.glob("*.md")}
    assert written == dict(pages()), "run: python -m schemas.catalogue docs/rules"


def test_every_rule_has_its_section_and_its_line() -> None:
    told = pages()
    for rule in rules().values():
        assert f"| [{rule.id}]({page_name(rule.id)}) |" in told["README.md"]
        assert told[f"{rule.id[0]}.md"].count(f"\n## {rule.id}\n") == 1
    assert {rule_id[0] for rule_id in rules()} <= set(FAMILIES)


def test_a_section_has_words_weight_basis_uses_and_examples() -> None:
    (section,) = [part for part in pages()["B.md"].split("\n## ") if part.startswith("B10\n")]
    rule = rules()["B10"]
    for words in (rule.title, rule.message, rule.remedy):
        assert words.vi in section
        assert words.en in section
    assert rule.basis in section
    assert "- hbs-1.0: lỗi · error; sai · fails: [B10.xml]" in section
    assert "- hbs-2/primary (quan sát được · observed): lỗi · error" in section
    assert "hbs-2/secondary" not in section


def test_what_needs_a_roster_says_so() -> None:
    section = pages()["B.md"].split("\n## B04\n")[1].split("\n## ")[0]
    assert "cần danh sách" in section


def test_examples_are_those_that_fail_and_not_what_is_found_of_them() -> None:
    for each in entries():
        for use in each.uses:
            assert all(path.is_file() and path.stem == each.rule.id for path in use.failing)
            suffixes = {path.suffix for path in use.failing}
            assert suffixes <= {f".{use.profile.medium.value}"}
            assert all(path.parent.name == "valid" for path in use.passing)


def test_a_use_has_the_profiles_own_weight() -> None:
    for each in entries():
        for use in each.uses:
            assert use.severity is use.profile.severities.get(each.rule.id, each.rule.severity)
    assert entry("B27").rule.severity is Severity.WARNING


def test_what_a_profile_names_is_used_there() -> None:
    for profile in profiles().values():
        used = {each.rule.id for each in entries() for use in each.uses if use.profile is profile}
        assert set(profile.rules) <= used


def test_an_unknown_rule_is_not_found() -> None:
    with pytest.raises(KeyError):
        entry("B99")


def test_writing_leaves_no_page_of_a_family_that_is_no_more(tmp_path: Path) -> None:
    (tmp_path / "Q.md").write_text("old", encoding="utf-8")
    write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(pages())


def test_the_page_of_profiles_names_each_with_its_status() -> None:
    lines = (DOCUMENTS.parent / "profiles.md").read_text(encoding="utf-8").splitlines()
    for name, profile in profiles().items():
        (line,) = [each for each in lines if each.startswith(f"| `{name}` |")]
        assert line.endswith("| quan sát được · observed |") == profile.observed
        assert f"| {', '.join(sorted(profile.levels))} |" in line
