"""Official bodies at the door: named cases with what is found in them, properties over mutations, bounds."""

import base64
import json
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.mutations import mutated

from connectors.arrivals import Arrival, Limits
from connectors.official import read_batch_xml, read_packed_json
from sandbox.faults import OFFICIAL
from sandbox.plans import Batch, Task, plan
from sandbox.pupils import write_batch
from sandbox.world import World
from schemas.findings import Finding, FindingError, Severity

CASES = Path(__file__).parent / "cases" / "official"
SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "spec" / "samples"
BODIES = sorted(path for path in CASES.iterdir() if path.suffix in {".xml", ".json"})


def read(path: Path, limits: Limits) -> Arrival:
    reader = read_batch_xml if path.suffix == ".xml" else read_packed_json
    return reader(path.read_bytes(), limits)


def told(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    shown = ("rule", "path", "line", "offset", "seen", "expected", "uuid")
    return [{name: getattr(each, name) for name in shown if getattr(each, name) is not None} for each in findings]


def outcome(path: Path, limits: Limits) -> dict[str, Any]:
    try:
        arrival = read(path, limits)
    except FindingError as refusal:
        return {"refused_whole": told(refusal.findings)}
    return {
        "records": [
            {"uuid": item.identity and item.identity.uuid, "findings": told(item.findings)} for item in arrival.items
        ]
    }


@pytest.mark.parametrize("path", BODIES, ids=lambda path: path.name)
def test_cases(path: Path, limits: Limits) -> None:
    expected = path.with_name(path.name + ".findings")
    assert outcome(path, limits) == json.loads(expected.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", BODIES, ids=lambda path: path.name)
def test_every_refusal_is_in_two_languages_and_says_how_to_mend_it(path: Path, limits: Limits) -> None:
    try:
        findings = [finding for item in read(path, limits).items for finding in item.findings]
    except FindingError as refusal:
        findings = list(refusal.findings)
        assert findings
    for finding in findings:
        words = (finding.message.vi, finding.message.en, finding.remedy.vi, finding.remedy.en, finding.basis)
        assert all(words), finding
        assert "{" not in "".join(words), "a name was left unfilled"


def test_nothing_of_the_login_is_kept(limits: Limits) -> None:
    body = (CASES / "good-transaction.json").read_bytes()
    head = json.loads(body)["authenticationRequest"]
    kept = repr(read_packed_json(body, limits))
    for name in ("token", "user_name", "password", "messageid"):
        assert head[name] not in kept


def test_an_xml_batch_comes_apart_and_together_octet_for_octet(limits: Limits) -> None:
    body = (CASES / "good-batch.xml").read_bytes()
    assert joined(read_batch_xml(body, limits)) == body


def joined(arrival: Arrival) -> bytes:
    octets = [arrival.gaps[0]]
    for item, gap in zip(arrival.items, arrival.gaps[1:], strict=True):
        octets += [item.octets, gap]
    return b"".join(octets)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples of other software are not beside this repository")
def test_samples_of_other_software_are_taken(limits: Limits) -> None:
    found = [path for path in SAMPLES.rglob("*") if path.suffix in {".xml", ".json"}]
    assert len(found) >= 6
    for path in found:
        arrival = read(path, limits)
        assert [item.findings for item in arrival.items] == [()] * len(arrival.items)
        if path.suffix == ".xml":
            assert joined(arrival) == path.read_bytes()


def test_the_sandboxes_faults_of_the_door_are_refused_alone(world: World, limits: Limits) -> None:
    batch = plan(world, seed=41, count=8, senders=[_official(world)], schools=[_school(world)])[0]
    for name, fault in OFFICIAL.items():
        if fault.place != "door":
            continue
        tasks = list(batch.tasks)
        tasks[1] = replace(tasks[1], fault=name)
        wrong = {1}
        if fault.pair:
            tasks[2] = replace(tasks[2], fault=name, uuid_of=tasks[1].number)
            wrong.add(2)
        arrival = read_batch_xml(_write(world, batch, tasks), limits)
        refused = {number for number, item in enumerate(arrival.items) if item.findings}
        assert refused == wrong, name
        assert all(item.identity is not None for item in arrival.items), name


def test_faults_of_later_stages_pass_the_door(world: World, limits: Limits) -> None:
    batch = plan(world, seed=42, count=8, senders=[_official(world)], schools=[_school(world)])[0]
    names = [name for name, fault in OFFICIAL.items() if fault.place == "check" and not fault.pair and fault.draft]
    for name in names[:12]:
        tasks = [replace(batch.tasks[0], fault=name), *batch.tasks[1:3]]
        arrival = read_batch_xml(_write(world, batch, tasks), limits)
        assert not any(item.findings for item in arrival.items), name


def _official(world: World) -> str:
    return next(sender.code for sender in world.senders if sender.format == "official")


def _school(world: World) -> str:
    return next(sender.schools[0] for sender in world.senders if sender.format == "official")


def _write(world: World, batch: Batch, tasks: list[Task]) -> bytes:
    return write_batch(world, replace(batch, tasks=tuple(tasks)), seed=41)[0]


@pytest.mark.parametrize("body", [b" " * 301, (CASES / "good-batch.xml").read_bytes()])
def test_a_body_over_the_limit_is_refused_before_it_is_read(body: bytes) -> None:
    tight = Limits(body_octets=300)
    for reader in (read_batch_xml, read_packed_json):
        with pytest.raises(FindingError) as refusal:
            reader(body, tight)
        assert [finding.rule for finding in refusal.value.findings] == ["D01"]


def test_too_many_records_refuse_the_batch() -> None:
    with pytest.raises(FindingError) as refusal:
        read(CASES / "good-batch.xml", Limits(records=1))
    assert [(finding.rule, finding.seen) for finding in refusal.value.findings] == [("D02", "2")]


def test_a_record_over_the_limit_is_refused_alone() -> None:
    body = (CASES / "good-batch.xml").read_bytes().replace(b"<TEN_LOP>5A1", b"<TEN_LOP>" + b"5" * 900, 1)
    arrival = read_batch_xml(body, Limits(record_octets=900))
    assert [[finding.rule for finding in item.findings] for item in arrival.items] == [["D03"], []]


def test_a_bomb_is_not_unpacked(limits: Limits) -> None:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    million = b" " * 1024 * 1024
    member = b"".join([squeeze.compress(million) for _ in range(200)]) + squeeze.flush()
    for length in (200 * 1024 * 1024, 64 * 1024 * 1024, 100):
        content = base64.b64encode(struct.pack("<I", length) + member).decode()
        body = json.dumps({"authenticationRequest": {}, "content": content}).encode()
        with pytest.raises(FindingError):
            read_packed_json(body, limits)


def read_or_refused(reader: Callable[[bytes, Limits], Arrival], body: bytes) -> Arrival | None:
    """What is read; None where it is refused in so many words."""
    try:
        return reader(body, Limits())
    except FindingError as error:
        refusal = error
    assert refusal.findings
    return None


@settings(max_examples=150)
@given(st.data())
def test_any_mutation_of_an_xml_body_is_read_or_refused(data: st.DataObject) -> None:
    source = data.draw(st.sampled_from(["good-batch.xml", "good-single-record.xml", "comment-in-one-record.xml"]))
    body = data.draw(mutated((CASES / source).read_bytes()))
    arrival = read_or_refused(read_batch_xml, body)
    if arrival is None:
        return
    assert joined(arrival) == body
    for item in arrival.items:
        errors = [finding for finding in item.findings if finding.severity is Severity.ERROR]
        assert item.identity is not None or errors


@settings(max_examples=150)
@given(st.data())
def test_any_mutation_of_a_packed_body_is_read_or_refused(data: st.DataObject) -> None:
    body = data.draw(mutated((CASES / "good-transaction.json").read_bytes()))
    arrival = read_or_refused(read_packed_json, body)
    assert arrival is None or arrival.items


@settings(max_examples=60)
@given(st.data())
def test_any_mutation_of_what_is_packed_is_read_or_refused(data: st.DataObject) -> None:
    document = json.loads((CASES / "good-transaction.json").read_bytes())
    octets = data.draw(mutated(base64.b64decode(document["content"])))
    document["content"] = base64.b64encode(octets).decode()
    read_or_refused(read_packed_json, json.dumps(document).encode())
