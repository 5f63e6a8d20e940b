"""Canonical → official → canonical is the identity; what is written is canonical XML already and passes the checker."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from schemas.check import Checker
from schemas.octets import cut_batch, parse_record
from schemas.profiles import profiles
from schemas.record import (
    VIETNAM,
    Absences,
    Assessment,
    Attainment,
    BirthDate,
    CanonicalRecord,
    Competences,
    PrimaryResults,
    Principal,
    Pupil,
    Qualities,
    Remarks,
    School,
    Sex,
    SubjectResult,
    Teacher,
    YearAtSchool,
    YearResult,
)
from transformers.official import read_record, write_record

PROFILE = profiles()["hbs-1.0"]
REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLES = REPOSITORY / "schemas" / "profiles" / "hbs_1_0" / "examples" / "valid"
SAMPLES = REPOSITORY.parent / "shared" / "spec" / "samples"
SLOTS = ["GVCN", "CBQL", "KY_PHAT_HANH"]


def tidy(text: str) -> bool:
    try:
        Principal(name=text, personal_id="1", title="x")
    except ValueError:
        return False
    return True


texts = st.one_of(
    st.sampled_from(["Nguyễn Thị Mẫu", "a<b>&amp;\"'", "]]>", "dòng\r\ndòng\tcột", "<!-- -->", "&#13;", "\U0001f600"]),
    st.text(min_size=1, max_size=12).filter(tidy),
)
codes = st.text("0123456789ABCabc-", min_size=1, max_size=12)
numbers = st.decimals(min_value=0, max_value=999, places=4).map(Decimal.normalize) | st.integers(0, 400).map(Decimal)
moments = st.dates(date(2000, 1, 1), date(2100, 1, 1)) | st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(VIETNAM),
).map(lambda moment: moment - timedelta(microseconds=moment.microsecond))


def made(model: type, **known: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.builds(model, **known)


def perhaps(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | strategy


born = st.dates(date(1990, 1, 1), date(2030, 1, 1)).flatmap(
    lambda day: st.sampled_from(
        [
            BirthDate(year=day.year, month=day.month, day=day.day),
            BirthDate(year=day.year, month=day.month),
            BirthDate(year=day.year),
        ]
    )
)
levels = perhaps(st.sampled_from(Assessment))
subjects = made(
    SubjectResult,
    code=codes,
    name=texts,
    attainment=perhaps(st.sampled_from(Attainment)),
    score=perhaps(st.integers(0, 10) | st.just("M")),
)
results = made(
    PrimaryResults,
    result=perhaps(st.sampled_from(YearResult)),
    promoted=st.booleans(),
    completion_text=perhaps(texts),
    completed_grade=st.booleans(),
    completed_primary=perhaps(st.booleans()),
    award=perhaps(texts),
    special_award=perhaps(texts),
    subjects=st.lists(subjects, max_size=4).map(tuple),
    competences=made(Competences, **dict.fromkeys(Competences.model_fields, levels)),
    qualities=made(Qualities, **dict.fromkeys(Qualities.model_fields, levels)),
    remarks=made(Remarks, **dict.fromkeys(Remarks.model_fields, perhaps(texts))),
)
school = made(
    School, code=codes, name=texts, authority_code=codes, authority_name=texts, ward=texts, province=texts,
    district=perhaps(texts),
)  # fmt: skip
pupil = made(
    Pupil,
    code=codes,
    personal_id=codes,
    name=texts,
    sex=st.sampled_from([Sex.MALE, Sex.FEMALE]),
    born=born,
    weight_kg=perhaps(numbers),
    height_cm=perhaps(numbers),
    **dict.fromkeys(("birthplace", "residence", "ethnicity", "nationality"), texts),
    **dict.fromkeys(("origin", "father", "mother", "guardian"), perhaps(texts)),
)
history = made(YearAtSchool, school_year=codes, class_name=texts, school_name=texts, arrived=perhaps(moments))
records = made(
    CanonicalRecord,
    version=codes,
    circular=texts,
    uuid=codes,
    school_year=codes,
    level=codes,
    grade=st.integers(1, 12),
    class_name=texts,
    register_number=perhaps(texts),
    issued_at_place=texts,
    created=moments,
    issued=moments,
    school=school,
    pupil=pupil,
    absences=made(Absences, excused=numbers, unexcused=numbers),
    principal=made(Principal, name=texts, personal_id=codes, title=texts),
    teacher=made(Teacher, name=perhaps(texts), personal_id=perhaps(codes)),
    history=st.lists(history, max_size=3).map(tuple),
    results=results,
)


@given(records)
@settings(max_examples=80, deadline=None)
def test_a_record_comes_back_as_it_was(record: CanonicalRecord) -> None:
    octets = write_record(record, PROFILE)
    root = parse_record(octets)
    assert read_record(root, PROFILE) == record
    assert write_record(read_record(root, PROFILE), PROFILE) == octets


@given(records)
@settings(max_examples=50, deadline=None)
def test_what_is_written_is_canonical_already(record: CanonicalRecord) -> None:
    octets = write_record(record, PROFILE)
    root = parse_record(octets)
    data = root.find("DU_LIEU_HOC_BA")
    canonical = etree.tostring(data, method="c14n", exclusive=True, with_comments=False)
    assert octets[octets.index(b"<DU_LIEU_HOC_BA") :].startswith(canonical)
    assert etree.tostring(root, method="c14n", exclusive=True, with_comments=False) == octets


@given(records)
@settings(max_examples=25, deadline=None)
def test_slots_wait_empty_for_those_whom_the_data_name(record: CanonicalRecord) -> None:
    slots = parse_record(write_record(record, PROFILE)).find("DANH_SACH_THONG_TIN_KY")
    named = SLOTS if record.teacher.personal_id else SLOTS[1:]
    assert [slot.tag for slot in slots] == named
    assert {slot.findtext("NGAY_KY") for slot in slots} == {""}
    assert slots.findtext("CBQL/SO_CCCD") == record.principal.personal_id


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.xml")), ids=lambda path: path.stem)
def test_an_example_keeps_its_meaning(example: Path) -> None:
    record = read_record(parse_record(example.read_bytes()), PROFILE)
    octets = write_record(record, PROFILE)
    assert Checker(PROFILE, required_slots=frozenset(SLOTS)).check(parse_record(octets)) == ()
    assert read_record(parse_record(octets), PROFILE) == record


def test_the_samples_keep_every_value() -> None:
    files = sorted(SAMPLES.rglob("*.xml"))
    if not files:
        pytest.skip("no samples: put the specification's samples into ../shared/spec/samples")
    for octets in (record for file in files for record in cut_batch(file.read_bytes()).records):
        root = parse_record(octets)
        again = parse_record(write_record(read_record(root, PROFILE), PROFILE))
        for one, other in zip(*(each.find("DU_LIEU_HOC_BA").iter() for each in (root, again)), strict=True):
            assert (one.tag, (one.text or "").strip()) == (other.tag, (other.text or "").strip())
