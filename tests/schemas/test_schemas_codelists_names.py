"""Ethnic groups and countries: whole, without doubles, found however they are spelt."""

import pytest

from schemas.codelists.countries import CODES as COUNTRY_CODES
from schemas.codelists.countries import COUNTRIES
from schemas.codelists.ethnic_groups import CODES as ETHNIC_CODES
from schemas.codelists.ethnic_groups import ETHNIC_GROUPS
from schemas.codelists.names import NameList

LISTS = [ETHNIC_GROUPS, COUNTRIES]


def test_there_are_54_groups_and_two_codes_for_nobody() -> None:
    assert list(ETHNIC_CODES) == [f"{number:02d}" for number in range(1, 57)]
    assert ETHNIC_CODES["01"] == "Kinh"
    assert ETHNIC_CODES["54"] == "Rơ-măm"


def test_every_country_of_iso_3166_is_there() -> None:
    assert len(COUNTRY_CODES) == 249
    assert all(len(code) == 2 and code.isupper() for code in COUNTRY_CODES)
    assert COUNTRY_CODES["VN"] == "Việt Nam"


@pytest.mark.parametrize("names", LISTS)
def test_each_name_is_one_codes(names: NameList) -> None:
    assert len(set(names.codes.values())) == len(names.codes)
    assert all(names.folded[key] == names.code_of(key) for key in names.folded)
    for spelling, code in names.names_to_codes.items():
        assert names.code_of(spelling.upper()) == code


@pytest.mark.parametrize("names", LISTS)
def test_read_backwards_a_code_gives_its_official_name(names: NameList) -> None:
    backwards = {code: name for name, code in reversed(tuple(names.names_to_codes.items()))}
    assert backwards == dict(names.codes)


@pytest.mark.parametrize("names", LISTS)
def test_the_source_is_named(names: NameList) -> None:
    assert any("QCVN 109:2017/BTTTT" in source for source in names.sources)


@pytest.mark.parametrize(
    ("names", "spelt", "official"),
    [
        (ETHNIC_GROUPS, "KINH", "Kinh"),
        (ETHNIC_GROUPS, "H’mông", "HMông"),
        (ETHNIC_GROUPS, "Ba Na", "Ba-na"),
        (ETHNIC_GROUPS, "khmer", "Khơ-me"),
        (ETHNIC_GROUPS, "Sao Hoả", None),
        (COUNTRIES, "Việt nam", "Việt Nam"),
        (COUNTRIES, "Úc", "Australia"),
        (COUNTRIES, "Mỹ", "Hoa Kỳ"),
        (COUNTRIES, "Atlantis", None),
    ],
)
def test_a_name_is_found_however_it_is_spelt(names: NameList, spelt: str, official: str | None) -> None:
    assert names.official(spelt) == official
