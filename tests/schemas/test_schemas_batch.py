"""What only the whole batch can show: twice the same pupil or UUID, two schools, two years, too many, too large."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.findings import Severity
from schemas.rules.batch import BATCH_RULES, MIB, MOST_PACKED, MOST_RECORDS, BatchEntry, look_batch

GOOD = BatchEntry(
    number=1,
    uuid="11111111-1111-4111-8111-111111111111",
    pupil_code="7900000001",
    personal_id="079315004211",
    school_code="79760001",
    school_year="2025-2026",
    level="02",
    occasion="year",
    octets=9000,
)
OTHER = replace(
    GOOD,
    number=2,
    uuid="22222222-2222-4222-8222-222222222222",
    pupil_code="7900000002",
    personal_id="079315004212",
)


def told(*entries: BatchEntry, packed: int | None = None) -> list[tuple[int, str]]:
    return [(number, finding.rule) for number, finding in look_batch(entries, packed=packed)]


def test_a_good_batch_has_nothing_to_tell() -> None:
    assert told(GOOD, OTHER, packed=MOST_PACKED - 5000) == []


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"uuid": GOOD.uuid.upper()}, "B02"),
        ({"pupil_code": GOOD.pupil_code}, "B03"),
        ({"personal_id": GOOD.personal_id}, "B03"),
        ({"pupil_code": "TAM-1", "personal_id": GOOD.personal_id}, "B03"),
        ({"school_code": "79760002"}, "G01"),
        ({"school_year": "2024-2025"}, "G02"),
    ],
)
def test_the_second_record_is_told_of(changes: dict[str, str], rule: str) -> None:
    assert told(GOOD, replace(OTHER, **changes)) == [(2, rule)]


@pytest.mark.parametrize(
    "changes",
    [{"school_year": "2024-2025"}, {"level": "03"}, {"occasion": "transfer"}],
    ids=["year", "level", "occasion"],
)
def test_a_pupil_has_one_record_for_each_year_level_and_occasion(changes: dict[str, str]) -> None:
    same = replace(OTHER, pupil_code=GOOD.pupil_code, personal_id=GOOD.personal_id, **changes)
    assert "B03" not in [rule for _, rule in told(GOOD, same)]


def test_temporary_codes_name_nobody() -> None:
    first, second = replace(GOOD, pupil_code="TAM-1"), replace(OTHER, pupil_code="TAM-1")
    assert told(first, second) == []


def test_the_very_same_record_twice_is_remarked_on_and_versions_are_not() -> None:
    first, again = replace(GOOD, digest=b"x"), replace(GOOD, number=2, digest=b"x")
    assert told(first, again) == [(2, "G04")]
    assert told(first, replace(again, digest=b"y")) == [(2, "B02")]
    assert told(replace(GOOD, series=b"s"), replace(GOOD, number=2, series=b"s")) == []


def test_what_a_transaction_cannot_carry() -> None:
    many = (replace(GOOD, number=n, uuid=f"{n}", pupil_code=f"{n}", personal_id="") for n in range(MOST_RECORDS + 3))
    assert [(n, f.rule) for n, f in look_batch(many)] == [(MOST_RECORDS, "G03")]
    assert told(GOOD, OTHER, packed=MOST_PACKED) == [(1, "T01")]
    large = [
        replace(OTHER, number=n, uuid=f"{n}", pupil_code=f"{n}", personal_id="", octets=30 * MIB) for n in range(5)
    ]
    assert told(*large) == [(2, "G03")]


def test_words_are_whole_and_never_name_a_person() -> None:
    same = replace(GOOD, number=2, school_code="79760002", school_year="2024-2025")
    pupil = replace(OTHER, pupil_code=GOOD.pupil_code, number=3)
    twice = [replace(GOOD, number=number, uuid="twice", digest=b"x") for number in (4, 5)]
    findings = [finding for _, finding in look_batch([GOOD, same, pupil, *twice], packed=MOST_PACKED)]
    assert {finding.rule for finding in findings} == {"B02", "B03", "G01", "G02", "G04", "T01"}
    for finding in findings:
        words = finding.message.vi + finding.message.en + finding.remedy.vi + finding.remedy.en
        assert "{" not in words
        assert GOOD.pupil_code not in words + str(finding.seen)
        assert GOOD.personal_id not in words + str(finding.seen)
    assert {rule.id for rule in BATCH_RULES} == {finding.rule for finding in findings} | {"G03"}
    assert {f.rule for f in findings if f.severity is Severity.WARNING} == {"G01", "G02", "G04"}


entries = st.builds(
    BatchEntry,
    number=st.just(0),
    uuid=st.sampled_from("abcdefgh"),
    pupil_code=st.sampled_from(["", "1", "2", "3", "TAM-1"]),
    personal_id=st.sampled_from(["", "1", "2", "3"]),
    school_code=st.just("79760001"),
    school_year=st.just("2025-2026"),
    level=st.sampled_from(["02", "03"]),
    occasion=st.sampled_from(["year", "transfer"]),
    octets=st.just(1),
)


@given(st.lists(entries, max_size=12))
def test_a_record_is_told_of_where_an_earlier_one_is_the_same(batch: list[BatchEntry]) -> None:
    batch = [replace(entry, number=number) for number, entry in enumerate(batch)]
    wanted = []
    for place, entry in enumerate(batch):
        if any(before.uuid == entry.uuid for before in batch[:place]):
            wanted.append((place, "B02"))
            continue
        firsts = [b for n, b in enumerate(batch[:place]) if all(x.uuid != b.uuid for x in batch[:n])]
        if any(_same_pupil(before, entry) for before in firsts):
            wanted.append((place, "B03"))
    assert told(*batch) == wanted


def _same_pupil(one: BatchEntry, two: BatchEntry) -> bool:
    if (one.level, one.occasion) != (two.level, two.occasion):
        return False
    lasting = one.pupil_code == two.pupil_code and one.pupil_code not in ("", "TAM-1")
    return lasting or (one.personal_id == two.personal_id != "")
