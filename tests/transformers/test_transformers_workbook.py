"""The canonical record as a row of the sector database's workbook and back; a roster out of its pupil export."""

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from support.records import primary_records
from support.workbooks import PUPIL, PUPILS, RESULT, RESULTS, workbook

from schemas.check import Checker
from schemas.findings import FindingError
from schemas.media.workbook import faults, rows, tell
from schemas.profiles import profiles
from schemas.record import CanonicalRecord
from transformers.canonical import Members, members_of, read_members, record_of
from transformers.roster_file import FileRoster
from transformers.workbook import read_results, write_pupils, write_results

PROFILE = profiles()[RESULTS]
SPOKEN = "abcdefghijklmnopqrstuvwxyzăâđêôơưABCĐ0123456789áàảãạế=_<&'"


def carried(record: CanonicalRecord) -> Members:
    """What the sheet has places for: subjects that have a column, by code; a score only where there is one for it."""
    members = members_of(record, PROFILE)
    columns = {(column.of, column.field.member) for column in PROFILE.sheet.columns if column.field and column.of}  # type: ignore[union-attr]
    subjects = {row["code"]: row for row in members.get("results.subjects", ())}
    kept = []
    for code in PROFILE.subjects:
        told = {name: value for name, value in subjects.get(code, {}).items() if (code, name) in columns}
        if told:
            kept.append({"code": code, **told})
    return {**members, "results.subjects": tuple(kept)}


def written(records: Sequence[CanonicalRecord]) -> bytes:
    stream = BytesIO()
    write_results(records, stream)
    return stream.getvalue()


def regular(words: str) -> st.SearchStrategy[str]:
    """Texts that nothing is to be changed in."""
    return st.text(words, min_size=1, max_size=12).filter(lambda text: not text.isupper())


@st.composite
def records(draw: st.DrawFn) -> CanonicalRecord:
    record = draw(primary_records())
    codes = draw(st.lists(st.sampled_from(sorted(PROFILE.subjects)), unique=True))
    lines = record.results.subjects
    subjects = tuple(line.model_copy(update={"code": code}) for code, line in zip(codes, lines, strict=False))
    pupil = record.pupil.model_copy(update={"name": draw(regular(SPOKEN)), "code": draw(regular(SPOKEN))})
    results = record.results.model_copy(update={"subjects": subjects})
    told = {"class_name": f"{record.grade}{draw(regular('ABCabc/-'))}", "pupil": pupil, "results": results}
    return record.model_copy(update=told)


@settings(max_examples=25, deadline=None)
@given(st.lists(records(), min_size=1, max_size=2))
def test_what_the_sheet_carries_comes_back(told: list[CanonicalRecord]) -> None:
    found = [read_members(tell(row, PROFILE), PROFILE) for row in rows(written(told))]
    assert found == [carried(record) for record in told]


def test_what_the_sheet_lacks_is_the_callers_to_give() -> None:
    defaults: dict[str, Any] = {
        "uuid": "4ef748d9-2146-4a82-95a5-8534051475f0",
        "school_year": "2025-2026",
        "issued_at_place": "Thành phố Hồ Chí Minh",
        "created": __import__("datetime").date(2026, 5, 31),
        "issued": __import__("datetime").date(2026, 5, 31),
        "school": {
            "code": "79760401",
            "name": "Trường Tiểu học Mẫu",
            "authority_code": "79",
            "authority_name": "Sở Giáo dục và Đào tạo",
            "ward": "Phường Mẫu",
            "province": "Thành phố Hồ Chí Minh",
        },
        "principal": {"name": "Lê Văn Mẫu", "personal_id": "079070000001", "title": "Hiệu trưởng"},
        "pupil.name": "không lấy",
    }
    for name in ("personal_id", "birthplace", "residence", "ethnicity", "nationality"):
        defaults[f"pupil.{name}"] = "1"
    from schemas.record import Sex

    defaults["pupil.sex"] = Sex.FEMALE
    (members,) = read_results(workbook(RESULTS, RESULT), defaults=defaults)
    record = record_of(members, kind="primary")
    assert (record.grade, record.class_name, record.pupil.name) == (2, "2A1", "Nguyễn Thị Mẫu")
    assert [(line.code, line.name) for line in record.results.subjects][:2] == [("TOA", "Toán"), ("TV", "Tiếng Việt")]
    assert record.school.code == "79760401"


@settings(max_examples=10, deadline=None)
@given(records())
def test_a_written_header_is_merged_as_the_import_wants_it_and_nothing_is_a_formula(record: CanonicalRecord) -> None:
    pupil = record.pupil.model_copy(update={"name": "=1+1"})
    page = load_workbook(BytesIO(written([record.model_copy(update={"pupil": pupil})])))["KQHT"]
    assert {str(merged) for merged in page.merged_cells.ranges} >= {"A1:A3", "F1:S1", "F2:G2", "J2:J3", "W2:AA2"}
    assert (page["D4"].value, page["D4"].data_type) == ("=1+1", "s")


@settings(max_examples=20, deadline=None)
@given(records())
def test_a_written_list_of_pupils_is_read_again(record: CanonicalRecord) -> None:
    profile, stream = profiles()[PUPILS], BytesIO()
    write_pupils([record], stream)
    (row,) = rows(stream.getvalue())
    assert tell(row, profile).values["pupil.code"] == record.pupil.code


STATUSES = [
    ("Đang học", "05/09/2025", True),
    ("Chuyển đến", "05/01/2026", True),
    ("Chuyển đi", "05/01/2026", True),
    ("Chuyển đi", "", False),
    ("Thôi học", "05/01/2026", False),
    ("Trạng thái lạ", "", True),
]


@pytest.mark.parametrize(("status", "since", "enrolled"), STATUSES)
def test_a_roster_knows_who_is_at_the_school(status: str, since: str, enrolled: bool) -> None:
    content = workbook(PUPILS, {**PUPIL, "Trạng thái HS": status, "Ngày nhập trạng thái": since})
    roster = FileRoster.from_workbook(content, school_code="79760401", school_year="2025-2026")
    pupil = roster.pupil("79760401", "2025-2026", "7900123456")
    assert pupil is not None
    assert (pupil.name, pupil.class_name, pupil.personal_id) == ("Nguyễn Thị Mẫu", "2A1", "079318004217")
    assert pupil.enrolled is enrolled


def test_a_roster_of_a_file_knows_nothing_else() -> None:
    import datetime

    roster = FileRoster.from_workbook(workbook(PUPILS, PUPIL), school_code="79760401", school_year="2025-2026")
    assert roster.covers("79760401", "2025-2026")
    assert not roster.covers("79760401", "2024-2025")
    assert roster.pupil("79760401", "2024-2025", "7900123456") is None
    assert roster.pupil("79760401", "2025-2026", "1") is None
    assert roster.school("79760401", datetime.date(2026, 5, 31)) is None
    assert roster.assigned("79760401", "2025-2026", "2A1", "GVCN", "079070000001") is None


def test_a_roster_is_not_made_of_results() -> None:
    with pytest.raises(FindingError) as caught:
        FileRoster.from_workbook(workbook(RESULTS, RESULT), school_code="1", school_year="2025-2026")
    assert [finding.rule for finding in caught.value.findings] == ["W13"]


@pytest.mark.parametrize("profile", [RESULTS, PUPILS])
def test_a_rule_switched_to_a_roster_is_not_asked_of_a_sheet_without_a_school(profile: str) -> None:
    content = workbook(profile, RESULT if profile == RESULTS else PUPIL)
    (row,) = rows(content)
    checker = Checker(replace(profiles()[profile]), required_slots=frozenset())
    assert checker.judge(tell(row, row.profile), faults(row, row.profile)).passed
