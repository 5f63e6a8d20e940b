"""The canonical record keeps text tidy, moments in Vietnam's time, and takes no value for another kind."""

import unicodedata
from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from schemas.record import Absences, BirthDate, Principal, SubjectResult, YearAtSchool


def year(**changes: object) -> YearAtSchool:
    told = {"school_year": "2025-2026", "class_name": "5A1", "school_name": "Trường Mẫu", **changes}
    return YearAtSchool.model_validate(told)


def test_text_is_tidy() -> None:
    name = unicodedata.normalize("NFD", "  Nguyễn Thị Mẫu ")
    assert Principal(name=name, personal_id="079070001234", title="Hiệu trưởng").name == "Nguyễn Thị Mẫu"


@pytest.mark.parametrize("text", ["", " \n", "a\x00b", "a\ufffeb", "\ud800"])
def test_text_that_cannot_be_written_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        year(class_name=text)


def test_a_moment_is_in_vietnams_time_to_the_second_and_a_day_stays_a_day() -> None:
    moment = datetime(2025, 9, 4, 17, 0, 0, 250_000, tzinfo=UTC)
    assert str(year(arrived=moment).arrived) == "2025-09-05 00:00:00+07:00"
    assert year(arrived=date(2025, 9, 5)).arrived == date(2025, 9, 5)
    with pytest.raises(ValidationError):
        year(arrived=datetime(2025, 9, 5))  # noqa: DTZ001 - a moment without a zone is none


@pytest.mark.parametrize("told", [{"year": 2015, "month": 2, "day": 30}, {"year": 2015, "day": 3}, {"year": 15}])
def test_a_birth_date_is_real(told: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        BirthDate.model_validate(told)


def test_no_value_stands_for_another_kind() -> None:
    for wrong in ("9", 8.5, True):
        with pytest.raises(ValidationError):
            SubjectResult.model_validate({"code": "TV", "name": "Tiếng Việt", "score": wrong})
    with pytest.raises(ValidationError):
        Absences.model_validate({"excused": "1", "unexcused": 0.5})


def test_a_record_is_frozen() -> None:
    with pytest.raises(ValidationError):
        year().class_name = "5A2"  # type: ignore[misc]
