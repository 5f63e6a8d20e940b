"""Canonical records of every shape, for properties: whatever may be absent is there or not.

Names of ethnic groups and countries are official ones, so that forms with codes can write them; everything else is any
text. A form that cannot carry something says so itself: what it carries is `transformers.canonical.members_of`.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from schemas.codelists import countries, ethnic_groups
from schemas.record import (
    VIETNAM,
    Absences,
    Assessment,
    Attainment,
    BirthDate,
    CanonicalRecord,
    Certificate,
    Competences,
    Grading,
    Gradings,
    Occasion,
    PrimaryResults,
    Principal,
    Pupil,
    Qualities,
    Remarks,
    School,
    SecondaryResults,
    SecondarySubject,
    Sex,
    Status,
    SubjectResult,
    Teacher,
    YearAtSchool,
    YearResult,
)

Values = st.SearchStrategy[Any]


def is_tidy(text: str) -> bool:
    """The canonical record takes it as it is, or without the space around it."""
    try:
        Principal(name=text, personal_id="1", title="x")
    except ValueError:
        return False
    return True


def perhaps(values: Values) -> Values:
    """Absent, or one of these."""
    return st.none() | values


def texts() -> Values:
    """Names and remarks, some of them awkward for XML and for JSON."""
    awkward = [
        "Nguyễn Thị Mẫu",
        "a<b>&amp;\"'",
        "]]>",
        "dòng\r\ndòng\tcột",
        "<!-- -->",
        "&#13;",
        "\\u0041\\",
        "\U0001f600",
    ]
    return st.sampled_from(awkward) | st.text(min_size=1, max_size=12).filter(is_tidy)


def codes() -> Values:
    """Identifiers of some catalogue."""
    return st.text("0123456789ABCabc-", min_size=1, max_size=12)


def numbers() -> Values:
    """Measures and counts, with and without decimals."""
    decimals = st.decimals(min_value=0, max_value=999, places=4).map(Decimal.normalize)
    return decimals | st.integers(0, 400).map(Decimal)


def moments() -> Values:
    """Days, and moments of Vietnam to the second."""
    timed = st.datetimes(
        min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
        max_value=datetime(2100, 1, 1),  # noqa: DTZ001
        timezones=st.just(VIETNAM),
    ).map(lambda moment: moment - timedelta(microseconds=moment.microsecond))
    return st.dates(date(2000, 1, 1), date(2100, 1, 1)) | timed


def births() -> Values:
    """A day, a month or a year."""
    return st.dates(date(1990, 1, 1), date(2030, 1, 1)).flatmap(
        lambda day: st.sampled_from(
            [
                BirthDate(year=day.year, month=day.month, day=day.day),
                BirthDate(year=day.year, month=day.month),
                BirthDate(year=day.year),
            ]
        )
    )


def official_names(codes: Mapping[str, str]) -> Values:
    """Names of a code list, of several for one code the first."""
    return st.sampled_from(sorted({code: name for name, code in reversed(codes.items())}.values()))


def _schools() -> Values:
    return st.builds(
        School,
        **dict.fromkeys(("code", "authority_code"), codes()),
        **dict.fromkeys(("name", "authority_name", "ward", "province"), texts()),
        district=perhaps(texts()),
        **dict.fromkeys(("ward_code", "province_code"), perhaps(codes())),
    )


def _pupils() -> Values:
    places = ("birthplace", "origin", "residence")
    relatives = ("father", "mother", "guardian")
    return st.builds(
        Pupil,
        code=codes(),
        personal_id=codes(),
        name=texts(),
        sex=st.sampled_from(Sex),
        born=perhaps(births()),
        **dict.fromkeys(("weight_kg", "height_cm"), perhaps(numbers())),
        **dict.fromkeys(("birthplace", "residence"), texts()),
        **dict.fromkeys([f"{place}_{unit}" for place in places for unit in ("ward", "province")], perhaps(codes())),
        ethnicity=official_names(ethnic_groups.NAMES_TO_CODES),
        nationality=official_names(countries.NAMES_TO_CODES),
        **dict.fromkeys(("origin", "policy_group", *relatives), perhaps(texts())),
        **dict.fromkeys([f"{relative}_occupation" for relative in relatives], perhaps(texts())),
    )


def _teachers() -> Values:
    return st.builds(Teacher, name=perhaps(texts()), personal_id=perhaps(codes()))


def _years() -> Values:
    return st.builds(
        YearAtSchool,
        school_year=codes(),
        **dict.fromkeys(("class_name", "school_name"), texts()),
        province=perhaps(texts()),
        arrived=perhaps(moments()),
    )


def _records(results: Values, levels: Values, grades: Values) -> st.SearchStrategy[CanonicalRecord]:
    return st.builds(
        CanonicalRecord,
        **dict.fromkeys(("version", "uuid", "school_year"), codes()),
        circular=texts(),
        status=perhaps(st.sampled_from(Status)),
        **dict.fromkeys(("from_paper", "not_assessed"), perhaps(st.booleans())),
        occasion=st.sampled_from(Occasion),
        level=levels,
        grade=grades,
        **dict.fromkeys(("class_name", "issued_at_place"), texts()),
        register_number=perhaps(texts()),
        **dict.fromkeys(("created", "issued"), moments()),
        school=_schools(),
        pupil=_pupils(),
        absences=st.builds(Absences, **dict.fromkeys(Absences.model_fields, perhaps(numbers()))),
        principal=st.builds(Principal, name=texts(), personal_id=codes(), title=texts()),
        teacher=_teachers(),
        history=st.lists(_years(), max_size=3).map(tuple),
        results=results,
    )


def _remarks() -> Values:
    return st.builds(Remarks, **dict.fromkeys(Remarks.model_fields, perhaps(texts())))


def _primary_results() -> Values:
    judged = perhaps(st.sampled_from(Assessment))
    subjects = st.builds(
        SubjectResult,
        code=codes(),
        name=texts(),
        attainment=perhaps(st.sampled_from(Attainment)),
        score=perhaps(st.integers(0, 10) | st.just("M")),
        teacher=_teachers(),
    )
    return st.builds(
        PrimaryResults,
        result=perhaps(st.sampled_from(YearResult)),
        **dict.fromkeys(("promoted", "completed_grade"), st.booleans()),
        completed_primary=perhaps(st.booleans()),
        **dict.fromkeys(("completion_text", "award", "special_award"), perhaps(texts())),
        subjects=st.lists(subjects, max_size=4).map(tuple),
        competences=st.builds(Competences, **dict.fromkeys(Competences.model_fields, judged)),
        qualities=st.builds(Qualities, **dict.fromkeys(Qualities.model_fields, judged)),
        remarks=_remarks(),
    )


def _secondary_results() -> Values:
    occasions = ("term1", "term2", "year", "again")
    mark = st.decimals(min_value=0, max_value=10, places=1) | st.sampled_from(["Đ", "CĐ", "M"])
    subjects = st.builds(
        SecondarySubject,
        code=codes(),
        name=texts(),
        **dict.fromkeys(occasions, perhaps(mark)),
        comment=perhaps(texts()),
        teacher=_teachers(),
    )
    gradings = st.builds(Gradings, **dict.fromkeys(occasions, perhaps(st.sampled_from(Grading))))
    said = ("promotion_text", "completion_text", "contests", "summer_conduct", "award")
    return st.builds(
        SecondaryResults,
        **dict.fromkeys(("learning", "conduct"), gradings),
        promoted=st.booleans(),
        **dict.fromkeys(said, perhaps(texts())),
        subjects=st.lists(subjects, max_size=4).map(tuple),
        certificates=st.lists(
            st.builds(Certificate, **dict.fromkeys(Certificate.model_fields, perhaps(texts()))), max_size=2
        ).map(tuple),
        remarks=_remarks(),
    )


def primary_records() -> st.SearchStrategy[CanonicalRecord]:
    """Records of primary school."""
    return _records(_primary_results(), st.just("02"), st.integers(1, 5))


def secondary_records() -> st.SearchStrategy[CanonicalRecord]:
    """Records of lower and upper secondary school."""
    return st.sampled_from([("03", 6, 9), ("04", 10, 12)]).flatmap(
        lambda level: _records(_secondary_results(), st.just(level[0]), st.integers(level[1], level[2]))
    )
