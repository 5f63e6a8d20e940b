"""Codes of units: known on the day of issue, and one in another."""

import pytest

from schemas.profiles import profiles
from schemas.rules import rules
from schemas.rules.view import RecordView
from schemas.told import LaidOut, Told

NOW, BEFORE = "2026-05-20", "2025-05-20"
PROFILE = profiles()["ndc-json/primary"]


def told_of(rule: str, day: str, **codes: str) -> list[tuple[str | None, str | None]]:
    values = {"issued": day, **{name.replace("__", "."): code for name, code in codes.items()}}
    look = rules()[rule].look
    assert look is not None
    view = RecordView(Told(values, {}, LaidOut(PROFILE)), PROFILE, frozenset())
    return [(found.member, found.expected) for found in look(view)]


@pytest.mark.parametrize(
    ("day", "member", "code", "known"),
    [
        (NOW, "school__authority_code", "79", True),
        (NOW, "school__authority_code", "74", False),
        (BEFORE, "school__authority_code", "74", True),
        (BEFORE, "school__authority_code", "03", False),
        (NOW, "school__ward_code", "26740", True),
        (NOW, "pupil__birthplace_ward", "26734", False),
        (BEFORE, "pupil__birthplace_ward", "26734", True),
        (BEFORE, "pupil__birthplace_ward", "99999", True),
        (NOW, "pupil__residence_province", "75", True),
        (NOW, "pupil__residence_province", "7", True),
        (NOW, "pupil__residence_province", "", True),
        ("", "pupil__residence_province", "03", True),
    ],
)
def test_a_code_is_known_on_the_day_of_issue(day: str, member: str, code: str, known: bool) -> None:
    assert told_of("B27", day, **{member: code}) == ([] if known else [(member.replace("__", "."), None)])


@pytest.mark.parametrize(
    ("day", "ward", "province", "expected"),
    [
        (NOW, "26740", "79", None),
        (NOW, "26740", "01", "79 (Thành phố Hồ Chí Minh)"),
        (NOW, "25747", "79", None),
        (BEFORE, "25747", "74", None),
        (BEFORE, "25747", "79", None),
        (BEFORE, "25747", "01", "74 (Tỉnh Bình Dương)"),
        (NOW, "99999", "79", None),
        (NOW, "26740", "03", None),
        (NOW, "26740", "", None),
        ("", "26740", "01", None),
    ],
)
def test_a_ward_lies_in_its_province(day: str, ward: str, province: str, expected: str | None) -> None:
    found = told_of("B28", day, pupil__origin_ward=ward, pupil__origin_province=province)
    assert found == ([] if expected is None else [("pupil.origin_ward", expected)])
