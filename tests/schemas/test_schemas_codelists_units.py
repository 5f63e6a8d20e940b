"""Units with their days: how many, of what, which code is whose on which day."""

from collections import Counter
from datetime import date, timedelta

import pytest

from schemas.codelists import birth_places, levels
from schemas.codelists.units import (
    TWO_LEVELS,
    Kind,
    is_whole,
    province_of,
    provinces,
    sources,
    successors,
    unit,
    units,
    wards,
)

LAST_OF_THREE = TWO_LEVELS - timedelta(days=1)
NOW = date(2026, 5, 20)
EVERY = [known for several in units().values() for known in several]


def test_provinces_are_34_and_were_63() -> None:
    assert len(provinces(TWO_LEVELS)) == len(provinces(NOW)) == 34
    assert len(provinces(LAST_OF_THREE)) == 63


def test_every_ward_since_july_2025_is_there() -> None:
    assert Counter(known.kind for known in EVERY if known.stands(NOW)) == {Kind.PROVINCE: 34, Kind.WARD: 3321}
    kinds = Counter(ward.name.split()[0] for ward in wards("79", NOW))
    assert kinds == {"Phường": 113, "Xã": 54, "Đặc": 1}


def test_old_units_are_those_of_the_three_provinces_that_are_one_city_now() -> None:
    old = [known for known in EVERY if known.stands(LAST_OF_THREE)]
    assert Counter(known.parent for known in old if known.kind is Kind.DISTRICT) == {"79": 22, "74": 9, "77": 7}
    assert len(wards("79", LAST_OF_THREE)) == 273


@pytest.mark.parametrize("day", [LAST_OF_THREE, TWO_LEVELS, date(2026, 4, 29), date(2026, 4, 30)])
def test_a_code_has_one_unit_on_a_day_and_lies_in_one_that_is_there(day: date) -> None:
    standing = [known for known in EVERY if known.stands(day)]
    assert len({known.code for known in standing}) == len(standing)
    for known in standing:
        assert known.parent is None or unit(known.parent, day) is not None, known
        above = province_of(known.code, day)
        assert above is not None
        assert above.kind is Kind.PROVINCE


def test_codes_have_the_length_of_their_kind() -> None:
    lengths = {Kind.PROVINCE: 2, Kind.DISTRICT: 3, Kind.WARD: 5}
    assert all(len(known.code) == lengths[known.kind] and known.code.isdigit() for known in EVERY)


@pytest.mark.parametrize(
    ("code", "day", "name"),
    [
        ("79", LAST_OF_THREE, "Thành phố Hồ Chí Minh"),
        ("74", LAST_OF_THREE, "Tỉnh Bình Dương"),
        ("74", TWO_LEVELS, None),
        ("760", LAST_OF_THREE, "Quận 1"),
        ("760", TWO_LEVELS, None),
        ("26740", LAST_OF_THREE, "Phường Bến Nghé"),
        ("26740", TWO_LEVELS, "Phường Sài Gòn"),
        ("75", date(2026, 4, 29), "Tỉnh Đồng Nai"),
        ("75", date(2026, 4, 30), "Thành phố Đồng Nai"),
        ("26368", date(2026, 4, 29), "Xã Long Thành"),
        ("26368", date(2026, 4, 30), "Phường Long Thành"),
        ("99999", NOW, None),
    ],
)
def test_a_code_means_what_it_meant_on_that_day(code: str, day: date, name: str | None) -> None:
    known = unit(code, day)
    assert (known and known.name) == name


def test_the_wards_in_place_of_quan_1() -> None:
    names = {known.name for code in successors()["760"] if (known := unit(code, NOW))}
    assert names == {"Phường Tân Định", "Phường Sài Gòn", "Phường Bến Thành", "Phường Cầu Ông Lãnh"}


def test_every_old_district_and_every_ward_of_the_city_is_in_the_crosswalk() -> None:
    assert all((known := unit(code, LAST_OF_THREE)) and known.kind is Kind.DISTRICT for code in successors())
    assert {code for codes in successors().values() for code in codes} == {ward.code for ward in wards("79", NOW)}
    assert len(successors()) == 38


def test_what_is_not_whole_says_so() -> None:
    assert is_whole(Kind.WARD, NOW)
    assert not is_whole(Kind.WARD, LAST_OF_THREE)
    assert is_whole(Kind.PROVINCE, LAST_OF_THREE)


def test_the_laws_are_named() -> None:
    told = " ".join(sources())
    assert all(law in told for law in ("QĐ 19/2025/QĐ-TTg", "QĐ 124/2004/QĐ-TTg", "NQ 30/2026/QH16"))


def test_a_personal_number_begins_with_an_old_province_or_perhaps_a_country() -> None:
    assert len(birth_places.birth_places()) == 63
    assert birth_places.birth_places()["074"] == "Tỉnh Bình Dương"
    assert birth_places.may_begin("079315004217")
    assert birth_places.may_begin("187015004217")
    assert not birth_places.may_begin("003315004217")
    assert not birth_places.may_begin("٣٠٠315004217")


def test_levels_and_their_grades() -> None:
    assert list(levels.LEVELS) == ["01", "02", "03", "04", "05"]
    assert [levels.level_of(grade) for grade in (0, 1, 5, 6, 9, 10, 12, 13)] == [
        *(None, "02", "02", "03", "03", "04", "04", None),
    ]
    assert len(set(levels.STATUSES)) == len(levels.STATUSES) == 5
