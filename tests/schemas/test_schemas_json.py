"""JSON documents: what is refused as octets, what is told of each, and that schema, faults and rules agree."""

import copy
import json
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from support.mutations import mutated

from schemas.check import MOST_FINDINGS, Checked, Checker
from schemas.findings import Finding, FindingError, Severity
from schemas.media import json_schema
from schemas.media.json import (
    documents,
    each_document,
    faults,
    not_rising,
    profile_of_document,
    tell,
    unknown_profile,
)
from schemas.media.json_bounds import MOST_DOCUMENTS, MOST_VALUES_IN_ALL
from schemas.media.json_reading import MOST_OCTETS
from schemas.profiles import Medium, Profile, profiles
from schemas.rules import json as json_rules
from schemas.rules import rules

PROFILES = [profile for profile in profiles().values() if profile.medium is Medium.JSON]
PRIMARY, SECONDARY = profiles()["ndc-json/primary"], profiles()["ndc-json/secondary"]
STRUCTURE = {"X01", "X02", "X05", "X06", "X09", "X12", "X13"}
BOTH = pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)


def examples(*folders: str) -> list[Any]:
    return [
        pytest.param(profile, path, id=f"{profile.name}/{path.stem}")
        for profile in PROFILES
        for folder in folders
        for path in sorted(((profile.examples or Path()) / folder).glob("*.json"))
        if not path.stem.endswith(".findings")
    ]


def document(path: Path) -> dict[str, Any]:
    (found,) = documents(path.read_bytes())
    return found


def valid(profile: Profile, name: str) -> dict[str, Any]:
    return document((profile.examples or Path()) / "valid" / f"{name}.json")


def judged(told: dict[str, Any], profile: Profile) -> Checked:
    return Checker(profile, frozenset()).judge(tell(told, profile), faults(told, profile))


HOSTILE: dict[str, tuple[str, bytes]] = {
    "empty": ("J01", b""),
    "only-space": ("J01", b" \n" * 100),
    "cut-short": ("J01", b'{"hovaten": "Nguy'),
    "comma-left-over": ("J01", b'[{"a": "1",}]'),
    "two-on-a-line": ("J01", b"{} {}"),
    "after-the-array": ("J01", b"[{}] x"),
    "single-quotes": ("J01", b"{'a': 1}"),
    "comment": ("J01", b'{"a": 1 /* x */}'),
    "leading-zero": ("J01", b'{"a": 01}'),
    "line-end-in-a-text": ("J01", b'{"a": "x\ny"}'),
    "latin": ("J02", b'{"a": "\xe9"}'),
    "cut-inside-a-letter": ("J02", '{"a": "ễ'.encode()[:-1]),
    "surrogates-as-octets": ("J02", b'{"a": "\xed\xa0\x80"}'),
    "utf-16": ("J02", '{"a": 1}'.encode("utf-16")),
    "utf-16-without-mark": ("J02", '{"a": 1}'.encode("utf-16-be")),
    "utf-32": ("J02", '{"a": 1}'.encode("utf-32")),
    "mark": ("J03", b'\xef\xbb\xbf{"a": 1}'),
    "twice": ("J04", b'{"a": 1, "b": {"c": 1, "c": 2}}'),
    "twice-by-escape": ("J04", b'{"a": 1, "\\u0061": 2}'),
    "nan": ("J05", b'{"a": NaN}'),
    "infinity": ("J05", b'{"a": [-Infinity]}'),
    "forty-one-digits": ("J06", b'{"a": ' + b"9" * 41 + b"}"),
    "megabytes-of-digits": ("J06", b'{"a": ' + b"9" * 1_000_000 + b"}"),
    "exponent": ("J06", b'{"a": 1e999999999}'),
    "small-exponent": ("J06", b'{"a": 1E-41}'),
    "twenty-one-deep": ("J07", b'{"a":' * 21 + b"1" + b"}" * 21),
    "a-million-brackets": ("J07", b"[" * 1_000_000),
    "a-million-objects": ("J07", b'{"a":' * 1_000_000),
    "many-members": ("J08", b"{" + b",".join(b'"n%d": ""' % n for n in range(50_001)) + b"}"),
    "many-entries": ("J08", b'{"a": [' + b"1," * 50_000 + b"1]}"),
    "long-text": ("J08", b'{"a": "' + b"x" * 3_000_000 + b'"}'),
    "endless-text": ("J08", b'{"a": "' + b"x" * 3_000_000),
    "many-documents": ("J08", b"{}\n" * (MOST_DOCUMENTS + 1)),
    "many-values": ("J08", (b'{"a": [' + b'"",' * 49_000 + b'""]}\n') * (MOST_VALUES_IN_ALL // 49_000 + 1)),
    "lone-surrogate": ("J09", b'{"a": "\\ud800"}'),
    "surrogates-the-wrong-way": ("J09", b'{"a": "\\udc00\\ud800"}'),
    "null-character": ("J09", b'{"a": "\\u0000"}'),
    "backspace": ("J09", b'{"a": "\\b"}'),
    "in-a-name": ("J09", b'{"a\\u0001": 1}'),
    "no-character": ("J09", '{"a": "\uffff"}'.encode()),
    "number": ("J10", b"7"),
    "text": ("J10", b'"x"'),
    "null": ("J10", b"null"),
    "array-in-array": ("J10", b"[[]]"),
    "empty-array": ("J10", b"[]"),
    "too-large": ("J11", b" " * (MOST_OCTETS + 1)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_octets_are_refused_in_words(name: str) -> None:
    rule, octets = HOSTILE[name]
    with pytest.raises(FindingError) as caught:
        documents(octets)
    (finding,) = caught.value.findings
    assert finding.rule == rule
    assert finding.message.vi != finding.message.en
    assert "{" not in finding.message.vi + finding.remedy.vi


def test_what_a_document_may_not_be_is_all_there() -> None:
    own = {rule.id for rule in vars(json_rules).values() if getattr(rule, "id", "").startswith("J0")}
    assert {rule for rule, _ in HOSTILE.values()} == own | {"J10", "J11"}


@pytest.mark.parametrize(
    ("octets", "line", "offset"),
    [
        (b'[\n{"a": 1},\n{"b" 1}]', 3, 17),
        ('{"ễ": 1}\n{"ễ": tru}'.encode(), 2, 19),
        (b'{"a": 1}\n{"a": 1, "a": 2}', 2, 9),
        (b'{"a": "' + b"x" * 300_000 + b'\n"}', 1, 300_007),
    ],
)
def test_a_fault_has_its_place(octets: bytes, line: int, offset: int) -> None:
    with pytest.raises(FindingError) as caught:
        documents(octets)
    assert [(finding.line, finding.offset) for finding in caught.value.findings] == [(line, offset)]


def test_one_object_an_array_and_lines_are_the_same_documents() -> None:
    told = [{"a": str(number), "b": [{"c": "\u1ec5 \U0001f600" * 500}]} for number in range(300)]
    lines = [json.dumps(each, ensure_ascii=bool(place % 2)) for place, each in enumerate(told)]
    assert documents("\n".join(lines).encode()) == told
    assert documents(("\r\n\r\n".join(lines) + "\n").encode()) == told
    assert documents(f"[{','.join(lines)}]".encode()) == told
    assert documents(json.dumps(told, indent=4).encode()) == told
    assert documents(lines[0].encode()) == told[:1]


def test_documents_before_a_fault_are_read() -> None:
    found: list[dict[str, Any]] = []
    with pytest.raises(FindingError):
        found.extend(each_document(b'{"a": "1"}\n{"a": "2"}\n{"a"'))
    reading = each_document(b'{"a": "1"}\n{"a"')
    assert next(reading) == {"a": "1"}


def test_numbers_keep_the_text_that_they_are_written_with() -> None:
    told = tell(documents(b'{"cannang": 34.50, "chieucao": 1.41e2, "phienban": 7, "duoclenlop": true}')[0], PRIMARY)
    assert told.values == {"pupil.weight_kg": "34.50", "pupil.height_cm": "141", "results.promoted": "1"}
    assert tell({"trichluc": False, "cannang": 34.5}, PRIMARY).values == {"from_paper": "0", "pupil.weight_kg": "34.5"}


def _read(octets: bytes) -> tuple[list[dict[str, Any]], tuple[Finding, ...]]:
    try:
        return documents(octets), ()
    except FindingError as error:
        return [], error.findings


@given(st.sampled_from(examples("valid")).map(lambda each: each.values), st.data())
@settings(max_examples=150, deadline=None)
def test_mutated_octets_are_documents_or_one_refusal(example: tuple[Profile, Path], data: st.DataObject) -> None:
    profile, path = example
    octets = data.draw(mutated(path.read_bytes()))
    found, refused = _read(octets)
    assert len(refused) <= 1
    for each in found:
        told = judged(each, profile)
        # Whatever is still to be filled in a message must be the document's own words.
        unfilled = [name for each in told.findings for name in re.findall(r"\{[a-z_]+\}", each.message.vi)]
        assert all(name.encode() in octets for name in unfilled)


@pytest.mark.parametrize(("profile", "path"), examples("valid"))
def test_a_valid_example_passes_without_a_word(profile: Profile, path: Path) -> None:
    told = document(path)
    assert judged(told, profile).findings == ()
    assert profile_of_document(told) is profile


@pytest.mark.parametrize(("profile", "path"), examples("refused", "remarked"))
def test_an_example_is_told_of_by_its_rule_alone(profile: Profile, path: Path) -> None:
    findings = judged(document(path), profile).findings
    wanted = json.loads(path.with_suffix(".findings.json").read_text(encoding="utf-8"))
    assert [finding.as_dict() for finding in findings] == wanted
    assert {finding.rule for finding in findings} == {path.stem}
    weight = Severity.ERROR if path.parent.name == "refused" else Severity.WARNING
    assert {finding.severity for finding in findings} == {weight}


@BOTH
def test_every_rule_has_an_example(profile: Profile) -> None:
    names = {path.stem for own, path in (each.values for each in examples("refused", "remarked")) if own is profile}
    looked_up = {name for name in profile.rules if not rules()[name].roster}
    assert names == looked_up | STRUCTURE


def of_a_look(each: Any) -> bool:
    """An example that a rule's body tells of, not the tables."""
    rule = rules().get(each.values[1].stem)
    return rule is not None and rule.look is not None


@pytest.mark.parametrize(("profile", "path"), list(filter(of_a_look, examples("refused", "remarked"))))
def test_a_rule_without_its_body_lets_its_example_pass(
    profile: Profile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = rules()[path.stem]
    blind = {**rules(), rule.id: replace(rule, look=_sees_nothing)}
    monkeypatch.setattr("schemas.check.rules", lambda: blind)
    assert path.stem not in {finding.rule for finding in judged(document(path), profile).findings}


def _sees_nothing(_: Any) -> Iterator[Any]:
    return iter(())


def test_every_fault_is_told_at_once() -> None:
    told = valid(PRIMARY, "grade-4")
    del told["tenlop"]
    told |= {"hoten": "x", "cannang": "34,5", "chieucao": 500, "tengvcn": "x" * 151, "sodinhdanh": "123", "makhoi": "6"}
    told["dsbangdiem"][1]["diemkiemtradinhky"] = "7.5"
    told["dsbangdiem"][2] |= {"la": 1, "tenmonhoc": None}
    told["quatrinhhoctap"].append("2026-2027")
    found = {(finding.rule, finding.path) for finding in faults(told, PRIMARY)}
    assert found == {
        ("X01", "tenlop"),
        ("X02", "hoten"),
        ("X05", "cannang"),
        ("X13", "chieucao"),
        ("X12", "tengvcn"),
        ("B05", "sodinhdanh"),
        ("X05", "makhoi"),
        ("B09", "dsbangdiem[2]/diemkiemtradinhky"),
        ("X02", "dsbangdiem[3]/la"),
        ("X06", "dsbangdiem[3]/tenmonhoc"),
        ("X05", f"quatrinhhoctap[{len(told['quatrinhhoctap'])}]"),
    }


@pytest.mark.parametrize(
    ("column", "value", "word"),
    [
        ("makhoi", 4, "ngoặc kép"),
        ("phienban", "2", "không có dấu ngoặc kép"),
        ("duoclenlop", "true", "không có dấu ngoặc kép"),
        ("nanglucngonngu", "\u00d0", "U+0110"),
        ("nanglucngonngu", "t", "chữ hoa"),
        ("ngaytao", " 2026-05-20", "dấu cách"),
        ("xeploai", "Hoa\u0300n tha\u0300nh tốt", "NFC"),
    ],
)
def test_a_slip_is_recognised(column: str, value: Any, word: str) -> None:
    told = valid(PRIMARY, "grade-4") | {column: value}
    (finding,) = faults(told, replace(PRIMARY, rules=()))
    assert finding.path == column
    if not finding.rule.startswith("J"):
        assert word in finding.remedy.vi


def test_columns_for_one_birth_agree() -> None:
    told = valid(PRIMARY, "grade-4-birth-year")
    told["ngaythangnamsinh"] = f"{told['namsinh']}-05-17"
    assert faults(told, PRIMARY) == []
    told["thangnamsinh"] = f"{told['namsinh']}-06"
    assert [(finding.rule, finding.path) for finding in faults(told, PRIMARY)] == [("X05", "thangnamsinh")]


def test_a_document_full_of_faults_is_told_of_within_bounds() -> None:
    told = valid(PRIMARY, "grade-4")
    told |= {f"la{number}": number for number in range(40_000)}
    told["dsbangdiem"] = [{} for _ in range(9_000)]
    findings = judged(told, PRIMARY).findings
    assert len(findings) == MOST_FINDINGS + 1
    assert {finding.rule for finding in faults(told, PRIMARY)} >= {"J08"}
    assert len(faults(told, PRIMARY)) < 5_000


def test_a_pupil_who_is_not_assessed_needs_no_levels() -> None:
    told = valid(PRIMARY, "grade-2-not-assessed")
    assert not {"xeploai", "nanglucngonngu"} & told.keys()
    told["cokhuyettatkhongdanhgia"] = False
    assert {finding.path for finding in judged(told, PRIMARY).findings if finding.rule == "B14"} >= {
        "xeploai",
        "nanglucngonngu",
        "phamchatyeunuoc",
    }


def test_a_document_of_no_table_is_told_so() -> None:
    assert profile_of_document({"namhoc": "2025-2026"}) is None
    assert profile_of_document({"la": 1}) is None
    assert profile_of_document({"bangdiem": []}) is SECONDARY
    assert profile_of_document({"dsbangdiem": []}) is PRIMARY
    assert unknown_profile().rule == "J17"


def test_versions_rise() -> None:
    sent = [("a", 1), ("b", 1), ("a", 2), ("a", 2), ("b", -1), ("a", 1), ("a", 3), (None, 1), ("c", "x")]
    octets = "\n".join(json.dumps({"idbanghi": name, "phienban": version}) for name, version in sent)
    found = [
        (place, finding.rule, finding.seen, finding.expected)
        for place, finding in not_rising(documents(octets.encode()))
    ]
    assert found == [(3, "J15", "2", "> 2"), (4, "J15", "-1", "> 1"), (5, "J15", "1", "> 2")]


@BOTH
def test_the_shipped_schema_is_what_the_tables_say(profile: Profile) -> None:
    assert profile.schema is not None
    assert profile.schema.read_text(encoding="utf-8") == json_schema.written(profile)


def validator(profile: Profile) -> Draft202012Validator:
    schema = json.loads(json_schema.written(profile), parse_float=Decimal)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


_VALIDATORS = {profile.name: validator(profile) for profile in PROFILES}


def agrees(octets: str, profile: Profile) -> bool:
    """Schema, and tables with B14, say the same of a document; that columns agree no schema can say."""
    by_schema = _VALIDATORS[profile.name].is_valid(json.loads(octets, parse_float=Decimal))
    told = documents(octets.encode())[0]
    lifted = [finding for finding in judged(told, profile).findings if finding.rule == "B14"]
    sayable = [fault for fault in faults(told, profile) if not (fault.expected or "").startswith("khớp với")]
    return by_schema == (not sayable and not lifted)


@pytest.mark.parametrize(("profile", "path"), examples("valid", "refused", "remarked"))
def test_schema_and_tables_agree_on_examples(profile: Profile, path: Path) -> None:
    assert agrees(path.read_text(encoding="utf-8"), profile)


WRONG = (
    *(None, "", " ", "x", "x" * 3000, "M", "10", "11", "7.5", "10.0", "Đ", "CĐ", "T", "0", "1", "02", "05", "9"),
    *("2026-02-30", "2026-05-20", "2015-13", "2015-05", "2015", "1800", "2026-05-28T16:30:00", "2025-2026", "\u00a0"),
    *(
        True,
        False,
        0,
        1,
        2,
        -1,
        200,
        201,
        300.5,
        34.5,
        0.00001,
        12.3456,
        12.34567,
        100_000,
        [],
        {},
        [1],
        [{}],
        {"a": 1},
    ),
)


@given(st.sampled_from(examples("valid")).map(lambda each: each.values), st.integers(0, 2**32), st.integers(1, 3))
@settings(max_examples=300, deadline=None)
def test_schema_and_tables_agree_on_what_was_damaged(example: tuple[Profile, Path], seed: int, times: int) -> None:
    profile, path = example
    told, rng = json.loads(path.read_text(encoding="utf-8")), random.Random(seed)
    for _ in range(times):
        damage(told, rng)
    assert agrees(json.dumps(told), profile)


def damage(told: dict[str, Any], rng: random.Random) -> None:
    """One slip of an export, or of a hostile sender."""
    lists = [value for value in told.values() if isinstance(value, list) and value]
    rows = [row for rows in lists for row in rows if isinstance(row, dict) and row]
    target = rng.choice([told, told, *rows[:3]])
    name = rng.choice(sorted(target))
    kind = rng.randrange(6)
    if kind == 0:
        del target[name]
    elif kind == 1:
        target[rng.choice(["la", "HOVATEN", "key", "diem"])] = rng.choice(WRONG)
    elif kind == 2 and lists:
        rng.choice(lists).append(copy.deepcopy(rng.choice(WRONG)))
    else:
        target[name] = copy.deepcopy(rng.choice(WRONG))
