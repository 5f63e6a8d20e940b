"""What every vendor's format promises, over whatever folders are found; a format brings examples of its own.

`examples/valid/` are bodies whose records all go through to an official record that the check lets pass.
`examples/refused/<rule>-….` are bodies in which that rule refuses something, at the door, on the way or in the check.
"""

import copy
import json
import random
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.mutations import mutated

from connectors import vendors
from connectors.arrivals import Arrival, ArrivalItem, Limits
from connectors.vendors import VendorFormat, formats
from schemas.check import Checker
from schemas.findings import Finding, FindingError, Severity
from schemas.identity import identify
from schemas.octets import parse_record
from schemas.profiles import Medium, Profile, profiles
from schemas.record import CanonicalRecord
from transformers.official import write_record

GIVEN = "0b6d7f1e-2a44-4c5b-9d10-6f1c0f3a9e57"
NAMES = sorted(formats())
needs_a_format = pytest.mark.skipif(not NAMES, reason="no vendor is here")


def examples(name: str, kind: str) -> list[Path]:
    folder = Path(str(sys.modules[f"connectors.vendors.{name}"].__file__)).parent / "examples" / kind
    return sorted(path for path in folder.iterdir() if path.is_file())


VALID = [pytest.param(name, path, id=f"{name}/{path.stem}") for name in NAMES for path in examples(name, "valid")]
REFUSED = [pytest.param(name, path, id=f"{name}/{path.stem}") for name in NAMES for path in examples(name, "refused")]


@cache
def checker(version: str) -> tuple[Profile, Checker]:
    profile = next(each for each in profiles().values() if version in each.versions and each.medium is Medium.XML)
    return profile, Checker(profile, required_slots=frozenset({"GVCN", "CBQL", "KY_PHAT_HANH"}))


def uuid_of(item: ArrivalItem) -> str:
    assert item.identity is not None
    return item.identity.uuid or GIVEN


def errors(findings: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def journey(form: VendorFormat, item: ArrivalItem) -> list[Finding]:
    """Why an item does not become an official record that passes; nothing when it does."""
    if errors(item.findings):
        return errors(item.findings)
    try:
        record = form.to_canonical(item.octets, uuid=uuid_of(item)).record
    except FindingError as error:
        return list(error.findings)
    profile, check = checker(record.version)
    return errors(check.check(parse_record(write_record(record, profile))))


@pytest.mark.parametrize("name", NAMES)
def test_a_format_brings_examples_and_a_title(name: str) -> None:
    assert formats()[name].title
    assert examples(name, "valid")
    assert examples(name, "refused")


@pytest.mark.parametrize(("name", "path"), VALID)
def test_valid_examples_become_official_records_of_what_they_say(name: str, path: Path) -> None:
    form = formats()[name]
    arrival = form.read(path.read_bytes(), Limits())
    assert arrival.format == name
    assert arrival.items
    assert len(arrival.gaps) == len(arrival.items) + 1
    for item in arrival.items:
        assert not item.signed
        assert journey(form, item) == []
        _same_person(form, item)


def _same_person(form: VendorFormat, item: ArrivalItem) -> None:
    record = form.to_canonical(item.octets, uuid=uuid_of(item)).record
    profile, _ = checker(record.version)
    written = identify(parse_record(write_record(record, profile)))
    told = item.identity
    assert told is not None
    assert written.uuid == uuid_of(item)
    for each in ("school_year", "school_code", "level", "grade", "class_name", "pupil_code", "personal_id"):
        assert getattr(told, each) == getattr(written, each), each


@pytest.mark.parametrize(("name", "path"), VALID)
def test_the_same_push_gives_the_same_octets_and_the_same_record(name: str, path: Path) -> None:
    form, body = formats()[name], path.read_bytes()
    first, second = form.read(body, Limits()), form.read(body, Limits())
    assert first == second
    for item in first.items:
        records = [form.to_canonical(item.octets, uuid=uuid_of(item)).record for _ in range(2)]
        assert records[0] == records[1]


@pytest.mark.parametrize(("name", "path"), REFUSED)
def test_refused_examples_are_refused_by_their_rule(name: str, path: Path) -> None:
    form, rule = formats()[name], path.stem.partition("-")[0]
    try:
        arrival = form.read(path.read_bytes(), Limits())
    except FindingError as error:
        found = list(error.findings)
    else:
        found = [finding for item in arrival.items for finding in journey(form, item)]
    assert rule in {finding.rule for finding in found}
    for finding in found:
        _well_told(finding)


def _well_told(finding: Finding) -> None:
    words = (finding.message.vi, finding.message.en, finding.remedy.vi, finding.remedy.en, finding.basis)
    assert all(words), finding
    assert not any("{" in text for text in words), "a name was left unfilled"
    assert finding.seen is None or (len(finding.seen) <= 200 and "\0" not in finding.seen)
    if finding.rule.startswith("V"):
        assert finding.path
        assert finding.personal or finding.seen is None


@pytest.mark.parametrize("name", NAMES)
def test_limits_are_kept(name: str) -> None:
    form = formats()[name]
    bodies = [path.read_bytes() for path in examples(name, "valid")]
    body = next(body for body in bodies if len(form.read(body, Limits()).items) > 1)
    for tight in (Limits(body_octets=len(body) - 1), Limits(records=1), Limits(json_depth=2)):
        with pytest.raises(FindingError):
            form.read(body, tight)
    for item in form.read(body, Limits(record_octets=50)).items:
        assert errors(item.findings)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", [b"", b"\0", b"null", b"[]", b"{}", b"<HOC_BA/>", b'"x"', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_body_of_the_format_is_refused_in_words(name: str, body: bytes) -> None:
    with pytest.raises(FindingError) as refusal:
        formats()[name].read(body, Limits())
    for finding in refusal.value.findings:
        _well_told(finding)


def read_or_refused(form: VendorFormat, body: bytes) -> Arrival | None:
    try:
        return form.read(body, Limits())
    except FindingError as error:
        refusal = error
    assert refusal.findings
    return None


def convert_or_refuse(form: VendorFormat, item: ArrivalItem) -> CanonicalRecord | None:
    try:
        return form.to_canonical(item.octets, uuid=uuid_of(item)).record
    except FindingError as error:
        refusal = error
    assert refusal.findings
    return None


@needs_a_format
@settings(max_examples=120, deadline=None)
@given(st.data())
def test_any_mutation_is_read_or_refused(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(NAMES))
    path = data.draw(st.sampled_from(examples(name, "valid")))
    _survives(formats()[name], data.draw(mutated(path.read_bytes())))


@needs_a_format
@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_value_in_any_place_is_read_or_refused(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(NAMES))
    path = data.draw(st.sampled_from(examples(name, "valid")))
    try:
        document = json.loads(path.read_bytes())
    except ValueError:
        pytest.skip("not a JSON format")
    chance = random.Random(data.draw(st.integers(0, 2**32)))
    for value in data.draw(st.lists(VALUES, min_size=1, max_size=3)):
        place, key = chance.choice(list(_places(document)))
        place[key] = copy.deepcopy(value)
    _survives(formats()[name], json.dumps(document, ensure_ascii=chance.random() < 0.5).encode(errors="replace"))


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["", " ", "\0", "\ud800", "9,0", "1e400", "²", "٣", "T", "2026-02-29", "0000", "9" * 5000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else []
    for key in keys:
        yield node, key
        yield from _places(node[key])


def _survives(form: VendorFormat, body: bytes) -> None:
    arrival = read_or_refused(form, body)
    for item in () if arrival is None else arrival.items:
        assert item.identity is not None or errors(item.findings)
        if errors(item.findings):
            continue
        record = convert_or_refuse(form, item)
        if record is not None:
            profile, check = checker(record.version)
            check.check(parse_record(write_record(record, profile)))


@pytest.fixture
def newcomer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A folder more, and nothing else."""
    name = "nha_cung_cap_moi"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("FORMAT = object()\n", encoding="utf-8")
    monkeypatch.setattr(vendors, "__path__", [*vendors.__path__, str(tmp_path)])
    formats.cache_clear()
    yield name
    sys.modules.pop(f"connectors.vendors.{name}", None)
    formats.cache_clear()


def test_being_there_is_joining(newcomer: str) -> None:
    assert set(formats()) == {*NAMES, newcomer}
