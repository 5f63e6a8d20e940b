"""Secondary school by TT 22/2021: each rule by cases, and the recomputed results against the law stated anew."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas.told
from schemas.profiles import profiles
from schemas.record import Grading
from schemas.rules import rules
from schemas.rules.circular_22 import average, conduct_of, learning_of
from tests.support.secondary import PROFILE, view

T, K, D, CD = Grading.GOOD, Grading.FAIR, Grading.MET, Grading.NOT_MET
SCORED = ("VAN", "TOA", "NN1", "GCD", "LSD", "KTN", "CNG", "TIN")
IN_WORDS = ("GTC", "NTH", "DPH", "HTN")
UPPER = ("VAN", "TOA", "NN1", "LSU", "QPA", "VLI", "HOA", "SIN", "TIN")
GOOD = {
    "school_year": "2025-2026",
    "grade": "08",
    "absences.total": "3",
    **{f"results.{what}.{period}": "T" for what in ("learning", "conduct") for period in ("term1", "term2", "year")},
    "results.promoted": "1",
}


@pytest.fixture(autouse=True)
def _form(monkeypatch: pytest.MonkeyPatch) -> None:
    known = MappingProxyType({**profiles(), PROFILE.name: PROFILE})
    monkeypatch.setattr(schemas.told, "profiles", lambda: known)


def table(changes: Mapping[str, Mapping[str, str]] = MappingProxyType({})) -> list[dict[str, str]]:
    """Grade 8, everything good, but for the changes by subject."""
    rows = [{"code": code, "term1": "8.5", "term2": "8.5", "year": "8.5"} for code in SCORED]
    rows += [{"code": code, "term1": "Đ", "term2": "Đ", "year": "Đ"} for code in IN_WORDS]
    return [{**row, **changes.get(row["code"], {})} for row in rows]


def told(values: Mapping[str, str], rows: list[dict[str, str]]) -> set[tuple[str, str, str | None]]:
    return set(_told(values, rows))


def _told(values: Mapping[str, str], rows: list[dict[str, str]]) -> Iterator[tuple[str, str, str | None]]:
    for name in PROFILE.rules:
        rule = rules()[name]
        assert rule.look is not None
        for found in rule.look(view({**GOOD, **values}, rows)):
            for words in (rule.message, rule.remedy):
                assert "{" not in words.filled(found.values).vi + words.filled(found.values).en
            yield name, found.member or "", found.expected


def test_a_good_record_has_nothing_to_tell() -> None:
    assert told({}, table()) == set()


FAILED = {"results.learning.year": "CĐ", "results.promoted": "0"}
LOW = {"term1": "4.0", "term2": "4.0", "year": "4.0"}
LOWEST = {"term1": "3.0", "term2": "3.0", "year": "3.0"}
ALL_TERMS = ("term1", "term2", "year")


def learning(level: str, **more: str) -> dict[str, str]:
    return {**{f"results.learning.{period}": level for period in ALL_TERMS}, **more}


@pytest.mark.parametrize(
    ("values", "changes", "wanted"),
    [
        ({}, {"TOA": {"year": "8.55"}}, [("C01", "year", "0 … 10, Đ, CĐ, M")]),
        ({}, {"TOA": {"term1": "11"}}, [("C01", "term1", "0 … 10, Đ, CĐ, M")]),
        ({}, {"GTC": {"term1": "8.0"}}, [("C02", "term1", "Đ, CĐ")]),
        ({}, {"TOA": {"term1": "Đ"}}, [("C02", "term1", "0 … 10")]),
        ({}, {"TOA": {"year": "8.4"}}, [("C03", "year", "8.5")]),
        ({}, {"TOA": {"term1": "8.4", "term2": "8.7", "year": "8.6"}}, []),
        ({}, {"TOA": {"year": ""}}, [("C03", "year", "8.5")]),
        ({}, {"NTH": {"term1": "CĐ"}, "TOA": {}}, [("C06:term1", "", "K")]),
        ({}, {"NTH": {"year": "CĐ"}}, [("C04", "year", "Đ"), ("C06:year", "", "K")]),
        ({}, {"GTC": dict.fromkeys(ALL_TERMS, "M")}, []),
        ({}, {"GTC": {"term1": "M", "term2": "M"}}, [("C14", "year", None)]),
        ({}, {"GTC": {"year": "M"}}, [("C04", "year", "Đ"), ("C14", "year", None)]),
        ({}, {"XYZ": {}}, []),
        (learning("K"), {"TOA": LOW}, []),
        (learning("Đ"), {"TOA": LOW}, [("C06:all", "", "K")]),
        (learning("Đ"), {"TOA": LOWEST}, []),
        (learning("CĐ"), {"TOA": LOWEST}, [("C06:all", "", "Đ"), ("C10", "results.promoted", "0")]),
        ({"results.learning.again": "Đ"}, {}, [("C07", "results.learning.again", None)]),
        ({}, {"TOA": {"again": "6.0"}}, [("C07", "results.learning.again", "K"), ("C08", "again", None)]),
        ({"results.conduct.year": "K"}, {}, [("C09", "results.conduct.year", "T")]),
        ({"results.promoted": "0"}, {}, [("C10", "results.promoted", "1")]),
        ({"results.promoted": "0", "absences.total": "46"}, {}, []),
        ({"absences.total": "46"}, {}, [("C10", "results.promoted", "0")]),
        ({"absences.total": "45"}, {}, []),
        ({"results.promoted": "0", "absences.total": ""}, {}, []),
        ({"results.award": "Học sinh Xuất sắc"}, {}, [("C11", "results.award", None)]),
        ({"results.award": "Danh hiệu Học sinh Giỏi"}, {}, []),
        ({"results.award": "Giải ba học sinh giỏi cấp thành phố"}, {}, []),
        ({"results.completion_text": "Hoàn thành chương trình THCS"}, {}, [("C13", "results.completion_text", None)]),
        ({"results.completion_text": "Chưa hoàn thành chương trình THCS"}, {}, []),
    ],
)
def test_each_slip_is_told_of(
    values: dict[str, str], changes: dict[str, dict[str, str]], wanted: list[tuple[str, str, str | None]]
) -> None:
    expected = set()
    for rule, member, what in wanted:
        if rule.startswith("C06:"):
            periods = ALL_TERMS if rule == "C06:all" else (rule[4:],)
            expected |= {("C06", f"results.learning.{period}", what) for period in periods}
        else:
            expected.add((rule, member if member.startswith("results") else f"results.subjects.{member}", what))
    assert told(values, table(changes)) == expected


def test_pupils_who_are_not_assessed_are_left_alone() -> None:
    blank = [{"code": code} for code in (*SCORED, *IN_WORDS)]
    nothing = {name: "" for name in GOOD if name.startswith("results.learning")}
    assert told({**nothing, "not_assessed": "1", "results.promoted": "0"}, blank) == set()


def test_grade_nine_confirms_what_the_pupil_completed() -> None:
    done = "Đã hoàn thành chương trình trung học cơ sở"
    place = "results.completion_text"
    assert told({"grade": "09", place: done}, table()) == set()
    assert {rule for rule, _, _ in told({"grade": "09"}, table())} == {"C12"}
    assert told({"grade": "09", "school_year": "2024-2025"}, table()) == set()
    absent = {"grade": "09", "absences.total": "60", "results.promoted": "0"}
    assert {rule for rule, _, _ in told({**absent, place: done}, table())} == {"C13"}
    assert told(absent, table()) == set()


def test_the_last_grade_has_no_next_one() -> None:
    done = {"grade": "09", "results.completion_text": "Hoàn thành chương trình THCS"}
    assert told({**done, "results.promoted": "0"}, table()) == set()


def test_titles_need_their_results() -> None:
    nine = {code: dict.fromkeys(ALL_TERMS, "9.0") for code in SCORED[:6]}
    assert told({"results.award": "Học sinh Xuất sắc"}, table(nine)) == set()
    fair = {f"results.conduct.{period}": "K" for period in ALL_TERMS}
    assert {rule for rule, _, _ in told({**fair, "results.award": "Học sinh Xuất sắc"}, table(nine))} == {"C11"}
    assert {rule for rule, _, _ in told({**fair, "results.award": "Học sinh Giỏi"}, table())} == {"C11"}


def test_the_summer_mends_a_year() -> None:
    failed = {"TOA": {**LOW, "again": "5.0"}, "VAN": {**LOW, "again": "6.0"}, "KTN": {**LOW, "again": "5.5"}}
    terms = {f"results.learning.{period}": "CĐ" for period in ALL_TERMS}
    wrong = ("C07", "results.learning.again", "Đ")
    assert told({**terms, "results.learning.again": "K"}, table(failed)) == {wrong}
    assert told({**terms, "results.learning.again": "Đ"}, table(failed)) == set()
    assert {rule for rule, _, _ in told(terms, table(failed))} == {"C07", "C10"}


@pytest.mark.parametrize("grade", ["10", "11", "12"])
def test_upper_school_chooses_four(grade: str) -> None:
    words = ("GTC", "DPH", "HTN")
    rows = [{"code": code, **dict.fromkeys(ALL_TERMS, "8.5")} for code in UPPER]
    rows += [{"code": code, **dict.fromkeys(ALL_TERMS, "Đ")} for code in words]
    assert told({"grade": grade}, rows) == set()
    second = {"code": "NN2", **dict.fromkeys(ALL_TERMS, "8.5")}
    assert told({"grade": grade}, [*rows, second]) == set()
    fifth = {"code": "DLI", **dict.fromkeys(ALL_TERMS, "8.5")}
    assert told({"grade": grade}, [*rows, fifth]) == {("C05", "results.subjects", "4")}
    three = [row for row in rows if row["code"] != "SIN"]
    assert told({"grade": grade}, three) == {("C05", "results.subjects", "4")}


def test_lower_school_has_its_fixed_subjects() -> None:
    rows = table()
    assert told({}, [row for row in rows if row["code"] != "KTN"]) == {("C05", "results.subjects", "KTN")}
    foreign = {"code": "VLI", **dict.fromkeys(ALL_TERMS, "8.5")}
    assert told({}, [*rows, foreign]) == {("C05", "results.subjects.code", None)}
    assert ("C05", "results.subjects.code", None) in told({}, [*rows, rows[0]])


tenths = st.integers(0, 100).map(lambda number: Decimal(number) / 10)


@given(tenths, tenths)
def test_the_average_is_rounded_half_up(term1: Decimal, term2: Decimal) -> None:
    exact = (Fraction(term1) + 2 * Fraction(term2)) / 3
    assert Fraction(average(term1, term2)) == Fraction((exact * 10 + Fraction(1, 2)).__floor__(), 10)


@given(st.sampled_from(Grading), st.sampled_from(Grading))
def test_the_years_conduct(first: Grading, second: Grading) -> None:
    def naive() -> Grading:
        """Điều 8 khoản 2 điểm b, sentence by sentence."""
        if second is T and first in (T, K):
            return T
        if (second is K and first in (T, K, D)) or (second is D and first is T) or (second is T and first in (D, CD)):
            return K
        if (second is D and first in (K, D, CD)) or (second is K and first is CD):
            return D
        return CD

    assert conduct_of(first, second) is naive()


near = st.sampled_from([Decimal(text) for text in ("3.4", "3.5", "4.9", "5.0", "6.4", "6.5", "7.9", "8.0", "10")])
tables = st.tuples(
    st.lists(near | tenths, min_size=5, max_size=10), st.lists(st.sampled_from(["Đ", "Đ", "Đ", "CĐ"]), max_size=4)
)


@given(tables)
def test_the_learning_result(marks: tuple[list[Decimal], list[str]]) -> None:
    scores, words = marks
    readings = learning_of([*scores, *words])
    assert 1 <= len(readings) <= 2
    assert readings[0] is _naive(scores, words)


def _plain(scores: list[Decimal], words: list[str]) -> int:
    """Điều 9 khoản 2: 3 Tốt, 2 Khá, 1 Đạt, 0 Chưa đạt."""
    for level, (failed, every, six) in {3: (0, 6.5, 8.0), 2: (0, 5.0, 6.5), 1: (1, 3.5, 5.0)}.items():
        enough = len([score for score in scores if score >= Decimal(six)]) >= 6
        if words.count("CĐ") <= failed and all(score >= Decimal(every) for score in scores) and enough:
            return level
    return 0


def _naive(scores: list[Decimal], words: list[str]) -> Grading:
    """Khoản 3, by the others alone: were it not for one subject, Tốt or Khá, and now two steps lower at least."""
    level = _plain(scores, words)
    lifted = level
    for place in range(len(scores)):
        if _plain(scores[:place] + scores[place + 1 :], words) - level >= 2:
            lifted = level + 1
    if "CĐ" in words:
        fewer = list(words)
        fewer.remove("CĐ")
        if _plain(scores, fewer) - level >= 2:
            lifted = level + 1
    return (CD, D, K, T)[lifted]


@given(tables)
def test_a_better_mark_never_makes_the_result_worse(marks: tuple[list[Decimal], list[str]]) -> None:
    scores, words = marks
    ranks = [CD, D, K, T]
    plain = max(map(ranks.index, learning_of([*scores, *words])))
    better = max(map(ranks.index, learning_of([Decimal(10), *scores[1:], *words])))
    assert better >= plain


@pytest.mark.parametrize(
    ("scores", "words", "readings"),
    [
        ([8.5] * 8, "ĐĐ", (T,)),
        ([8.0] * 6 + [6.5] * 2, "Đ", (T,)),
        ([8.0] * 5 + [7.9] + [6.5] * 2, "Đ", (K,)),
        ([8.5] * 7 + [6.0], "Đ", (K,)),
        ([8.5] * 7 + [4.0], "Đ", (K,)),
        ([8.5] * 7 + [3.0], "Đ", (D,)),
        ([8.5] * 6 + [4.0] * 2, "Đ", (D,)),
        ([8.5] * 5 + [7.0] * 2 + [4.0], "Đ", (D, K)),
        ([7.0] * 7 + [3.0], "Đ", (D,)),
        ([6.0] * 8, "Đ", (D,)),
    ],
)
def test_clause_three(scores: list[float], words: str, readings: tuple[Grading, ...]) -> None:
    assert learning_of([*(Decimal(str(score)) for score in scores), *words]) == readings


def test_one_subject_in_words_counts_as_one_subject() -> None:
    eight = [Decimal("8.5")] * 8
    assert learning_of([*eight, "Đ", "CĐ"]) == (K,)
    assert learning_of([*eight, "CĐ", "CĐ"]) == (CD,)
