"""Canonical → row of the National Data Centre → canonical is the identity on what its tables can carry."""

from datetime import date, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.records import primary_records, secondary_records

from schemas.layout import Form
from schemas.media.json import documents, faults, profile_of_document
from schemas.profiles import Profile, profiles
from schemas.record import VIETNAM, BirthDate, CanonicalRecord
from schemas.told import mapped
from transformers.canonical import Members, members_of
from transformers.ndc import Envelope, Event, UncodedError, read_envelope, read_row, write_row

PRIMARY, SECONDARY = profiles()["ndc-json/primary"], profiles()["ndc-json/secondary"]
EARLY = datetime(2026, 5, 28, 8, 30, tzinfo=VIETNAM)
ENVELOPE = Envelope("r-1", Event.NEW, 1, EARLY, EARLY)
BOTH = pytest.mark.parametrize("profile", [PRIMARY, SECONDARY], ids=lambda profile: profile.name)


def a_record(profile: Profile) -> CanonicalRecord:
    """The first valid example, as a canonical record."""
    assert profile.examples is not None
    example = sorted((profile.examples / "valid").glob("*.json"))[0]
    return read_row(documents(example.read_bytes())[0], profile)


def carried(record: CanonicalRecord, profile: Profile) -> Members:
    """What the tables have places for: moments to the day, and no session missed by absence."""
    members: Members = {}
    for name, value in members_of(record, profile).items():
        if isinstance(value, tuple):
            members[name] = tuple({inner: to_the_day(got) for inner, got in row.items()} for row in value)
        elif not (name == "absences.total" and value == 0):
            members[name] = to_the_day(value)
    for name in ("pupil.weight_kg", "pupil.height_cm"):
        if members.get(name) == 0:
            del members[name]
    return members


def to_the_day(value: Any) -> Any:
    return value.astimezone(VIETNAM).date() if isinstance(value, datetime) else value


def through_octets(row: dict[str, Any]) -> dict[str, Any]:
    (document,) = documents(orjson.dumps(row))
    return document


@given(st.one_of(primary_records(), secondary_records()))
@settings(max_examples=120, deadline=None)
def test_a_row_gives_the_record_back(record: CanonicalRecord) -> None:
    profile = PRIMARY if record.results.kind == "primary" else SECONDARY
    row = write_row(record, profile, ENVELOPE)
    again = read_row(through_octets(row), profile)
    assert members_of(again, profile) == carried(record, profile)
    assert members_of(read_row(row, profile), profile) == carried(record, profile)
    assert write_row(again, profile, ENVELOPE) == row
    assert profile_of_document(row) is profile


def test_birth_dates_stand_in_the_column_of_what_is_known() -> None:
    record = a_record(PRIMARY)
    columns = ("ngaythangnamsinh", "thangnamsinh", "namsinh")
    for born, column, text in (
        (BirthDate(year=2015, month=5, day=7), columns[0], "2015-05-07"),
        (BirthDate(year=2015, month=5), columns[1], "2015-05"),
        (BirthDate(year=2015), columns[2], "2015"),
    ):
        pupil = record.pupil.model_copy(update={"born": born})
        row = write_row(record.model_copy(update={"pupil": pupil}), PRIMARY, ENVELOPE)
        assert {name: row[name] for name in columns if name in row} == {column: text}
        assert read_row(row, PRIMARY).pupil.born == born


def test_the_most_exact_of_several_columns_counts() -> None:
    row = write_row(a_record(PRIMARY), PRIMARY, ENVELOPE)
    row |= {"ngaythangnamsinh": "2015-05-07", "thangnamsinh": "2015-05", "namsinh": "2015"}
    assert read_row(row, PRIMARY).pupil.born == BirthDate(year=2015, month=5, day=7)
    row |= {"ngaythangnamsinh": "", "thangnamsinh": None}
    assert read_row(row, PRIMARY).pupil.born == BirthDate(year=2015)


@BOTH
def test_every_column_is_mapped_or_declared_beside_the_record(profile: Profile) -> None:
    assert profile.layout is not None
    beside = {field.member for field in profile.layout.beside}
    assert beside == {"key", *(f"envelope.{name}" for name in ("record_id", "event", "version", "updated", "stored"))}
    known = mapped(profile.name).readers
    fields = set(CanonicalRecord.model_fields)
    assert {name.partition(".")[0] for name in known} <= fields


@BOTH
def test_an_envelope_comes_back_as_it_was(profile: Profile) -> None:
    record = a_record(profile)
    envelope = Envelope("r-7", Event.CANCEL, -3, EARLY, datetime(2026, 6, 1, tzinfo=VIETNAM))
    row = write_row(record, profile, envelope)
    assert (row["sukien"], row["phienban"], row["thoigiancapnhat"]) == ("CANCEL", -3, "2026-05-28T08:30:00")
    assert read_envelope(through_octets(row), profile) == envelope
    assert read_envelope(row | {"sukien": "UPdate"}, profile).event is Event.UPDATE
    own = Envelope.of(record, event=Event.NEW, version=1, updated=EARLY)
    assert own.record_id == record.uuid


@pytest.mark.parametrize(
    ("record_id", "version", "moment"),
    [
        ("", 1, EARLY),
        ("x" * 151, 1, EARLY),
        ("x", 0, EARLY),
        ("x", 100_000, EARLY),
        ("x", 1, EARLY.replace(tzinfo=None)),
    ],
)
def test_an_envelope_that_the_centre_would_refuse_is_none(record_id: str, version: int, moment: datetime) -> None:
    with pytest.raises(ValueError, match=r"record_id|version|moments"):
        Envelope(record_id, Event.NEW, version, moment, moment)


def test_a_name_without_a_code_is_told_with_its_column() -> None:
    record = a_record(PRIMARY)
    pupil = record.pupil.model_copy(update={"ethnicity": "Không có dân tộc này"})
    with pytest.raises(UncodedError) as caught:
        write_row(record.model_copy(update={"pupil": pupil}), PRIMARY, ENVELOPE)
    assert (caught.value.column, caught.value.member) == ("dantoc", "pupil.ethnicity")


def test_a_subjects_long_name_is_written_short() -> None:
    record = a_record(SECONDARY)
    long = record.results.subjects[0].model_copy(update={"code": "QPA", "name": "Giáo dục quốc phòng và an ninh"})
    results = record.results.model_copy(update={"subjects": (long,)})
    row = write_row(record.model_copy(update={"results": results}), SECONDARY, ENVELOPE)
    assert row["bangdiem"][0]["tenmonhoc"] == "GDQP và an ninh"
    assert not [finding for finding in faults(row, SECONDARY) if "tenmonhoc" in (finding.path or "")]


def test_days_are_days() -> None:
    record = a_record(PRIMARY).model_copy(update={"issued": EARLY, "created": date(2026, 5, 27)})
    row = write_row(record, PRIMARY, ENVELOPE)
    assert (row["ngaykyphathanh"], row["ngaytao"]) == ("2026-05-28", "2026-05-27")
    assert mapped(PRIMARY.name).fields["issued"][0].form is Form.DAY
