"""What every profile must keep, whoever wrote it: one suite over whatever is found under `schemas/profiles`.

A profile joins by being there; this is what holds it to its word. Where one truly cannot, it is excused below, by name and
with the reason; an excuse that is no longer needed fails as well.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from support.members import members_of
from support.xsd import XS, Schema

from schemas.check import Checker
from schemas.findings import Finding, FindingError, Severity
from schemas.layout import Block, Field, Form, Rows, below, fields_of, rows_of
from schemas.media import json as json_medium
from schemas.media import json_faults, workbook
from schemas.media.json_reading import documents
from schemas.octets import parse_record
from schemas.profiles import Medium, Profile, Slot, profiles
from schemas.record import CanonicalRecord
from schemas.rules import rules

EXCUSED: Mapping[tuple[str, str], str] = {}
"""(profile, what it is excused from) → why"""

PROFILES = list(profiles().values())
XML = [profile for profile in PROFILES if profile.medium is Medium.XML]
SLOTS = {"GVBM", "GVCN", "CBQL", "KY_PHAT_HANH"}
FOLDER = Path(__file__).resolve().parents[2] / "schemas" / "profiles"
DAY = date(2026, 6, 1)

each_profile = pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
each_xml_profile = pytest.mark.parametrize("profile", XML, ids=lambda profile: profile.name)


def unexcused(profile: Profile, what: str, faults: Sequence[object]) -> None:
    """No faults, or an excuse for them; never an excuse for nothing."""
    if (profile.name, what) in EXCUSED:
        assert faults, f"{profile.name} no longer needs to be excused from {what}"
    else:
        assert not faults


# What a profile says of itself.


@each_profile
def test_its_name_is_its_folders(profile: Profile) -> None:
    folder, _, level = profile.name.partition("/")
    assert (FOLDER / folder.replace("-", "_").replace(".", "_")).is_dir()
    siblings = [other for other in profiles() if other.partition("/")[0] == folder]
    assert level or siblings == [profile.name]


@each_profile
def test_one_that_was_only_observed_says_so(profile: Profile) -> None:
    assert ("quan sát" in profile.title) == profile.observed


@each_profile
def test_its_files_are_there(profile: Profile) -> None:
    told = [profile.schema, profile.batch_schema, *profile.transactions.values()]
    assert all(path.is_file() for path in told if path is not None)
    assert (profile.schema is None) == (profile.medium is Medium.WORKBOOK)
    assert profile.layout is not None
    assert bool(profile.versions) == (profile.medium is Medium.XML)


@each_profile
def test_its_levels_have_one_kind_of_outcome(profile: Profile) -> None:
    assert profile.levels
    assert profile.levels in ({"02"}, {"03", "04"})
    assert profile.kind == ("primary" if "02" in profile.levels else "secondary")


@each_profile
def test_its_rules_exist(profile: Profile) -> None:
    assert set(profile.rules) <= set(rules())
    assert len(set(profile.rules)) == len(profile.rules)
    assert set(profile.severities) <= set(rules())


# Who signs.


@each_profile
def test_its_slots_are_known_and_so_is_who_signs(profile: Profile) -> None:
    names = [slot.name for slot in profile.slots]
    assert len(set(names)) == len(names)
    assert set(names) <= SLOTS
    assert set(profile.signed) == {slot.name for slot in profile.slots if slot.holder == "person"}
    for each in profile.signers:
        assert each.slots <= SLOTS
        assert each.basis


@each_profile
def test_who_must_sign_follows_from_policy_and_day(profile: Profile) -> None:
    own = {slot.name for slot in profile.slots}
    for policy in {each.policy for each in profile.signers}:
        steps = sorted((each for each in profile.signers if each.policy == policy), key=lambda each: each.since)
        assert len({each.since for each in steps}) == len(steps)
        assert profile.required(policy, steps[0].since - timedelta(days=1)) == frozenset()
        for each in steps:
            assert profile.required(policy, each.since) == each.slots & own
        assert profile.required(policy, date.max) == steps[-1].slots & own
    assert profile.required("nobody's", DAY) == frozenset()


# Its tables beside the canonical record.


@cache
def known_members(kind: str) -> Mapping[str, bool]:
    return dict(members_of(CanonicalRecord, kind))


@each_profile
def test_the_members_of_its_tables_exist(profile: Profile) -> None:
    assert profile.layout is not None
    known = known_members(profile.kind)
    single = [field.member for _, field in fields_of(profile.layout) if known.get(field.member) is not False]
    lists = [rows.member for _, rows in rows_of(profile.layout) if known.get(rows.member) is not True]
    inner = [
        f"{rows.member}.{field.member}"
        for _, rows in rows_of(profile.layout)
        for field in rows.fields
        if known.get(f"{rows.member}.{field.member}") is not False
    ]
    unexcused(profile, "members that exist", [*single, *lists, *inner])


@each_profile
def test_no_member_has_two_places(profile: Profile) -> None:
    """But for a birth date, which some forms split into what is known of it."""
    assert profile.layout is not None
    told = [field.member for _, field in fields_of(profile.layout)]
    twice = {member for member in told if told.count(member) > 1} - {"pupil.born"}
    for _, rows in rows_of(profile.layout):
        inner = [field.member for field in rows.fields]
        twice |= {f"{rows.member}.{member}" for member in inner if inner.count(member) > 1}
    lists = [rows.member for _, rows in rows_of(profile.layout)]
    twice |= {member for member in lists if lists.count(member) > 1}
    unexcused(profile, "one place per member", sorted(twice))


def every_field(layout: Block) -> Iterator[Field]:
    yield from (field for _, field in fields_of(layout))
    for _, rows in rows_of(layout):
        yield from rows.fields


@each_profile
def test_its_coded_fields_have_their_codes(profile: Profile) -> None:
    assert profile.layout is not None
    for field in every_field(profile.layout):
        assert bool(field.codes) == (field.form is Form.CODE), field.element


@each_profile
def test_the_members_of_its_signers_and_rules_have_a_place(profile: Profile) -> None:
    assert profile.layout is not None
    placed = {field.member for _, field in fields_of(profile.layout)}
    for _, rows in rows_of(profile.layout):
        placed |= {f"{rows.member}.{field.member}" for field in rows.fields}
    assert set(profile.signed.values()) <= placed


# Its tables beside its schema.


@cache
def schema_of(name: str) -> Schema:
    schema = profiles()[name].schema
    assert schema is not None
    return Schema(schema)


def assert_same(schema: Schema, part: Block | Rows, type_name: str, slots: frozenset[str]) -> None:
    """A block holds what its type holds, in that order, but for where people sign."""
    found = schema.children(type_name)
    if isinstance(part, Rows):
        ((row, row_type),) = found.items()
        assert row == part.row
        assert_same_row(schema, part.fields, row_type)
        return
    assert [name for name in found if name not in slots] == [child.element for child in part.children]
    for child in part.children:
        if isinstance(child, Block | Rows):
            assert_same(schema, child, found[child.element], slots)


def assert_same_row(schema: Schema, fields: Sequence[Field], type_name: str) -> None:
    found = schema.children(type_name)
    grouped = [
        (around or own[0].element, own)
        for around, group in groupby(fields, key=lambda field: field.element.rpartition("/")[0])
        for own in ([list(group)] if around else [[field] for field in group])
    ]
    assert list(found) == [name for name, _ in grouped]
    for name, own in grouped:
        if "/" in own[0].element:
            assert list(schema.children(found[name])) == [field.element.rpartition("/")[2] for field in own]


@each_xml_profile
def test_its_tables_follow_the_schemas_order(profile: Profile) -> None:
    assert profile.layout is not None
    schema = schema_of(profile.name)
    top = profile.layout.element
    inside = [slot.path.split("/") for slot in profile.slots if slot.path.startswith(f"{top}/")]
    assert_same(schema, profile.layout, schema.at(top), frozenset(path[1] for path in inside))


@each_xml_profile
def test_its_code_lists_are_the_schemas(profile: Profile) -> None:
    assert profile.layout is not None
    schema = schema_of(profile.name)
    fields = [(below(path, field.element), field) for path, field in fields_of(profile.layout)]
    for path, rows in rows_of(profile.layout):
        fields += [(f"{path}/{rows.row}/{field.element}", field) for field in rows.fields]
    for path, field in fields:
        if field.codes is not None:
            assert schema.listed(schema.at(path)) == list(field.codes.values()), path
    for name, codes in profile.codes.items():
        listed = schema.listed("".join(word.capitalize() for word in name.split("_")))
        assert listed == list(codes) or not listed, name


@each_xml_profile
def test_its_versions_and_levels_are_the_schemas(profile: Profile) -> None:
    schema = schema_of(profile.name)
    assert set(schema.listed("PhienBan")) == profile.versions
    assert set(schema.listed("MaCapHoc")) == profile.levels


@each_xml_profile
def test_every_type_of_value_has_its_words(profile: Profile) -> None:
    for name, type_ in schema_of(profile.name).simple.items():
        words = {part.get("{http://www.w3.org/XML/1998/namespace}lang") for part in type_.iter(f"{XS}documentation")}
        assert words == {"vi", "en"}, name


@each_xml_profile
def test_its_slots_and_what_they_sign_are_in_the_schema(profile: Profile) -> None:
    schema = schema_of(profile.name)
    for slot in profile.slots:
        wanted = ["NGAY_KY", "SO_CCCD"] if slot.holder == "person" else ["NGAY_KY"]
        assert list(schema.children(schema.at(slot.path))) == wanted
        identifier = schema.attributes(schema.at(slot.region_path))["Id"]
        assert slot.tie is not None or schema.listed(identifier) == [slot.region_id]
        assert slot.tie is None or ends_meet(schema, slot)


def ends_meet(schema: Schema, slot: Slot) -> bool:
    assert slot.tie is not None
    ends = (slot.path, f"{slot.region_path}/{slot.tie.mark}")
    return all(slot.tie.attribute in schema.attributes(schema.at(path)) for path in ends)


@each_xml_profile
def test_its_batch_holds_its_records(profile: Profile) -> None:
    assert profile.examples is not None
    assert profile.batch_schema is not None
    gate = etree.XMLSchema(etree.parse(str(profile.batch_schema)))
    batch = etree.Element("DANH_SACH_HOC_BA", id="dataDanhSach")
    batch.extend([parse_record(path.read_bytes()) for path in examples(profile, "valid")])
    assert gate.validate(batch), gate.error_log.last_error


# Its examples.


def examples(profile: Profile, folder: str) -> list[Path]:
    if profile.examples is None:
        return []
    found = sorted((profile.examples / folder).glob(f"*.{profile.medium.value}"))
    return [path for path in found if not path.name.endswith(".findings.json")]


def told_of(path: Path) -> list[dict[str, Any]]:
    """The findings expected of an example, beside it."""
    beside = path.with_suffix(".findings.json")
    told: list[dict[str, Any]] = json.loads((beside if beside.exists() else path.with_suffix(".json")).read_bytes())
    return told


def _in_xml(path: Path, checker: Checker) -> Sequence[Finding]:
    return checker.check(parse_record(path.read_bytes()))


def _in_json(path: Path, checker: Checker) -> Sequence[Finding]:
    try:
        told = documents(path.read_bytes())
    except FindingError as refused:
        return refused.findings
    return [
        finding
        for document in told
        for finding in checker.judge(
            json_medium.tell(document, checker.profile), json_faults.faults(document, checker.profile)
        ).findings
    ]


def _in_a_workbook(path: Path, checker: Checker) -> Sequence[Finding]:
    try:
        lines = list(workbook.rows(path))
    except FindingError as refused:
        return refused.findings
    assert {line.profile_name for line in lines} == {checker.profile.name}
    return [
        finding
        for line in lines
        for finding in checker.judge(
            workbook.tell(line, checker.profile), workbook.faults(line, checker.profile)
        ).findings
    ]


CHECKS: Mapping[Medium, Callable[[Path, Checker], Sequence[Finding]]] = {
    Medium.XML: _in_xml,
    Medium.JSON: _in_json,
    Medium.WORKBOOK: _in_a_workbook,
}
"""how a file of each medium is checked"""


@cache
def checker_of(name: str) -> Checker:
    profile = profiles()[name]
    return Checker(profile, required_slots=profile.required("hcmc", DAY))


def found_in(path: Path, profile: Profile) -> Sequence[Finding]:
    return CHECKS[profile.medium](path, checker_of(profile.name))


def cases(*folders: str) -> Any:
    """Every example of these folders, of every profile."""
    found = [
        pytest.param(profile, path, id=f"{profile.name}-{folder}-{path.stem}")
        for profile in PROFILES
        for folder in folders
        for path in examples(profile, folder)
    ]
    return pytest.mark.parametrize(("profile", "path"), found)


@cases("valid")
def test_a_valid_example_passes(profile: Profile, path: Path) -> None:
    assert [finding.as_dict() for finding in found_in(path, profile) if finding.severity is Severity.ERROR] == []


@cases("refused", "remarked")
def test_an_example_is_told_of_by_its_rule(profile: Profile, path: Path) -> None:
    found = found_in(path, profile)
    assert path.stem in {finding.rule for finding in found}
    assert [finding.as_dict() for finding in found] == told_of(path)
    weight = Severity.ERROR if path.parent.name == "refused" else Severity.WARNING
    assert weight in {finding.severity for finding in found if finding.rule == path.stem}
    assert (Severity.ERROR in {finding.severity for finding in found}) == (path.parent.name == "refused")


@each_profile
def test_it_has_its_examples(profile: Profile) -> None:
    """A good one, and one for each rule that looks or lends its words; what needs a roster has its own."""
    named = [
        rule for name in profile.rules for rule in [rules()[name]] if (rule.look or rule.members) and not rule.roster
    ]
    shown = {path.stem for path in [*examples(profile, "refused"), *examples(profile, "remarked")]}
    missing = [rule.id for rule in named if rule.id not in shown]
    unexcused(profile, "examples", missing if examples(profile, "valid") else ["valid", *missing])
