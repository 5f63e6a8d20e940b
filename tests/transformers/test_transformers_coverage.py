"""What the coverage report says is what happens: lossless comes back equal, lost has no place, defaults are missed."""

import io
import itertools
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.records import primary_records, secondary_records

from schemas.check import Checker
from schemas.media import json as json_medium
from schemas.media import json_faults, workbook
from schemas.media import xml as xml_medium
from schemas.octets import parse_record
from schemas.profiles import Medium, Profile, profiles
from schemas.record import VIETNAM, CanonicalRecord
from schemas.rules import structure
from schemas.told import mapped
from transformers.canonical import Members, members_of, read_members, record_of
from transformers.coverage import KindsDifferError, Outcome, coverage
from transformers.ndc import Envelope, Event, write_row
from transformers.official import read_record, write_record
from transformers.places import places_of
from transformers.workbook import write_pupils, write_results

PROFILES = list(profiles().values())
PAIRS = [(a, b) for a, b in itertools.permutations(PROFILES, 2) if a.kind == b.kind]
DAY = datetime(2026, 5, 28, tzinfo=VIETNAM)


def through(record: CanonicalRecord, profile: Profile) -> Members:
    """What is read again of a record that was written as a profile has it."""
    if profile.medium is Medium.XML:
        return read_members(xml_medium.tell(parse_record(write_record(record, profile)), profile), profile)
    if profile.medium is Medium.JSON:
        row = write_row(record, profile, Envelope.of(record, event=Event.NEW, version=1, updated=DAY))
        return read_members(json_medium.tell(row, profile), profile)
    stream = io.BytesIO()
    (write_results if profile.name.endswith("results") else write_pupils)([record], stream)
    (row,) = workbook.rows(stream.getvalue())
    return read_members(workbook.tell(row, profile), profile)


def everything(record: CanonicalRecord) -> Members:
    """Every member of a record that some profile has a place for."""
    found: Members = {}
    for profile in PROFILES:
        if profile.kind == record.results.kind:
            for name, value in members_of(record, profile).items():
                found[name] = _merged(found.get(name, ()), value) if isinstance(value, tuple) else value
    return found


def _merged(rows: tuple[Mapping[str, Any], ...], more: tuple[Mapping[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    return tuple({**old, **new} for old, new in itertools.zip_longest(rows, more, fillvalue={}))


def fitted(record: CanonicalRecord, *pair: Profile) -> CanonicalRecord:
    """With values that the code lists of both have, so that it can be written at all."""
    members = everything(record)
    for profile in pair:
        for name, fields in mapped(profile.name).fields.items():
            codes = fields[0].codes
            if codes is not None and name in members and members[name] not in codes:
                members[name] = next(iter(codes))
    return record_of(_with_subjects(members, *pair), kind=record.results.kind)


def _with_subjects(members: Members, *pair: Profile) -> Members:
    """Where one of them has columns for subjects, with subjects that have one."""
    columns = next(
        (each for profile in pair if (each := places_of(profile).get("results.subjects")) and each.columns), None
    )
    if columns is None:
        return members
    rows = members.get("results.subjects", ())
    return {
        **members,
        "results.subjects": tuple({**row, "code": code} for row, code in zip(rows, columns.columns, strict=False)),
    }


def converted(record: CanonicalRecord, source: Profile, target: Profile) -> tuple[Members, Members]:
    """What the source tells of a record, and what the target tells of that; what it cannot tell is given."""
    told = through(record, source)
    given = {name: value for name, value in everything(record).items() if name not in places_of(source)}
    lists = {name: _named(rows) for name, rows in told.items() if isinstance(rows, tuple)}
    again = record_of({"grade": record.grade, **given, **told, **lists}, kind=source.kind)
    return told, through(again, target)


def _named(rows: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    """Subjects must have names, which a workbook has in its header only."""
    return tuple({"name": row["code"], **row} if "code" in row else row for row in rows)


def values_of(members: Members, member: str, place_list: str) -> Any:
    if not place_list:
        return members.get(member)
    return [row.get(member.removeprefix(f"{place_list}.")) for row in members.get(place_list, ())]


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=lambda profile: profile.name)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_lossless_comes_back_and_what_is_lost_does_not(source: Profile, target: Profile, data: Any) -> None:
    drawn = data.draw(primary_records() if source.kind == "primary" else secondary_records())
    told, again = converted(fitted(drawn, source, target), source, target)
    places = places_of(source)
    for each in coverage(source, target).members:
        if each.outcome is Outcome.LOSSLESS and each.member not in mapped(source.name).rows:
            list_ = places[each.member].list
            assert values_of(again, each.member, list_) == values_of(told, each.member, list_), each.member
        elif each.outcome is Outcome.LOSSLESS:
            assert len(again.get(each.member, ())) == len(told.get(each.member, ())), each.member
        elif each.outcome is Outcome.LOST:
            assert each.member not in again
            assert each.member not in {
                f"{rows}.{name}"
                for rows, told_rows in again.items()
                if isinstance(told_rows, tuple)
                for row in told_rows
                for name in row
            }


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=lambda profile: profile.name)
def test_every_member_of_the_source_is_told_of_once(source: Profile, target: Profile) -> None:
    report = coverage(source, target)
    told = [each.member for each in report.members]
    assert len(told) == len(set(told))
    lists = {each.member for each in report.members if each.outcome is Outcome.LOST}
    wanted = {name for name, place in places_of(source).items() if place.list not in lists or not place.list}
    assert {each.member for each in report.members if each.source is not None} == wanted
    assert sum(report.counts.values()) == len(told)
    assert all(bool(each.reasons) == (each.outcome is Outcome.NARROWED) for each in report.members if each.source)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_a_profile_carries_itself(profile: Profile) -> None:
    assert {each.outcome for each in coverage(profile, profile).members} == {Outcome.LOSSLESS}


WRITTEN = [(a, b) for a, b in PAIRS if a.medium is Medium.XML and b.medium is not Medium.WORKBOOK]


@pytest.mark.parametrize(("source", "target"), WRITTEN, ids=lambda profile: profile.name)
def test_what_the_target_misses_is_what_the_report_says(source: Profile, target: Profile) -> None:
    """Of every valid example: nothing is missing that the report does not name."""
    report = {each.target: each for each in coverage(source, target).members if each.target}
    assert source.examples is not None
    missed: set[str] = set()
    for example in sorted((source.examples / "valid").glob("*.xml")):
        record = read_record(parse_record(example.read_bytes()), source)
        for path in _missing(record, target):
            missed.add(path)
            assert report[path].outcome in (Outcome.NEEDS_DEFAULT, Outcome.NARROWED), path
    always = {each.target for each in report.values() if each.outcome is Outcome.NEEDS_DEFAULT and not each.reasons}
    assert missed >= always


def _missing(record: CanonicalRecord, target: Profile) -> set[str]:
    if target.medium is Medium.XML:
        root = parse_record(write_record(record, target))
        findings = Checker(target, required_slots=frozenset()).check(root)
    else:
        row = write_row(record, target, Envelope.of(record, event=Event.NEW, version=1, updated=DAY))
        findings = tuple(json_faults.faults(row, target))
    numbered = {each.path or "" for each in findings if each.rule == structure.MISSING.id}
    return {
        "".join(part.split("[")[0] + "/" for part in path.split("/"))[:-1]
        for path in numbered
        if "THONG_TIN_KY" not in path and "PHAT_HANH_HOC_BA/" not in path
    }


SAID: list[tuple[str, str, str, Outcome, str]] = [
    ("hbs-1.0", "ndc-json/primary", "issued", Outcome.NARROWED, "hour"),
    ("hbs-1.0", "ndc-json/primary", "pupil.ethnicity", Outcome.NARROWED, "56 codes"),
    ("hbs-1.0", "ndc-json/primary", "class_name", Outcome.NARROWED, "10 characters"),
    ("hbs-1.0", "ndc-json/primary", "pupil.weight_kg", Outcome.NARROWED, "1 at least"),
    ("hbs-1.0", "ndc-json/primary", "teacher.name", Outcome.NARROWED, "mandatory there"),
    ("hbs-1.0", "ndc-json/primary", "uuid", Outcome.LOSSLESS, ""),
    ("hbs-1.0", "ndc-json/primary", "school.province_code", Outcome.NEEDS_DEFAULT, ""),
    ("ndc-json/primary", "hbs-1.0", "pupil.sex", Outcome.NARROWED, "lacks: 0"),
    ("ndc-json/primary", "hbs-1.0", "not_assessed", Outcome.LOST, ""),
    ("ndc-json/primary", "hbs-1.0", "version", Outcome.NARROWED, "only: 1.0"),
    ("hbs-1.0", "hbs-2/primary", "history.province", Outcome.NEEDS_DEFAULT, ""),
    ("hbs-1.0", "sector-workbook/results", "history", Outcome.LOST, ""),
    ("hbs-1.0", "sector-workbook/results", "results.subjects", Outcome.NARROWED, "with a column"),
    ("hbs-1.0", "sector-workbook/results", "results.promoted", Outcome.NARROWED, "empty cell"),
    ("sector-workbook/pupils", "hbs-1.0", "results.subjects", Outcome.NEEDS_DEFAULT, ""),
]


@pytest.mark.parametrize(("source", "target", "member", "outcome", "words"), SAID, ids=lambda value: str(value))
def test_the_report_says_why(source: str, target: str, member: str, outcome: Outcome, words: str) -> None:
    (told,) = [each for each in coverage(profiles()[source], profiles()[target]).members if each.member == member]
    assert told.outcome is outcome
    assert words in " ".join(reason.en for reason in told.reasons)
    assert all(reason.vi and reason.vi != reason.en for reason in told.reasons)


def test_the_report_as_json_names_what_was_only_observed() -> None:
    told = coverage(profiles()["hbs-1.0"], profiles()["hbs-2/primary"]).as_dict()
    assert told["source"] == {"name": "hbs-1.0", "observed": False}
    assert told["target"] == {"name": "hbs-2/primary", "observed": True}
    assert set(told["counts"]) == {outcome.value for outcome in Outcome}


def test_no_record_is_of_both_kinds() -> None:
    with pytest.raises(KindsDifferError):
        coverage(profiles()["hbs-1.0"], profiles()["hbs-2/secondary"])
