"""What is fuzzed: a reader that takes octets, and the octets to begin with."""

import binascii
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import orjson
from support.workbooks import PUPIL, PUPILS, RESULT, RESULTS, SHEET, edited, with_shared_strings, workbook

from connectors.arrivals import Limits
from connectors.official import read_batch_xml, read_packed_json
from fuzz import signatures
from schemas.check import Checker
from schemas.findings import Finding, FindingError
from schemas.identity import identify
from schemas.media import json, xml
from schemas.media import workbook as books
from schemas.octets import cut_batch, cut_plain_batch, parse_record
from schemas.packing import pack, unpack
from schemas.profiles import Medium, Profile, profile_of, profiles
from transformers.canonical import read_members, record_of

SECONDS = 1.0
"""Processor time of one input, at most."""
FOUND = Path(__file__).resolve().parents[1] / "schemas" / "found"
"""What was found: files named target-…"""

_CASES = Path(__file__).resolve().parents[1] / "schemas" / "cases"
_SLOTS = frozenset({"GVCN", "CBQL", "KY_PHAT_HANH"})
_SOME = 40
_LIMITS = Limits()


class SlowError(Exception):
    """An input took longer than any may."""


@dataclass(frozen=True, slots=True)
class Target:
    """One reader."""

    read: Callable[[bytes], Sequence[Finding]]
    """returns what it finds, or raises FindingError"""
    seeds: Callable[[], Sequence[bytes]]
    """octets that it takes, or refuses for one reason"""

    def attempt(self, octets: bytes) -> None:
        """Read once. Whatever is raised here should not have been."""
        began = time.process_time()
        try:
            findings = self.read(octets)
        except FindingError as refusal:
            findings = refusal.findings
            if not findings:
                raise
        for finding in findings:
            orjson.dumps(finding.as_dict())
        if time.process_time() - began > SECONDS:
            raise SlowError(f"{time.process_time() - began:.1f} s")


@cache
def _checker(name: str) -> Checker:
    return Checker(profiles()[name], required_slots=_SLOTS)


def _batch(octets: bytes) -> Sequence[Finding]:
    """A plain cut whose records can be read is the thorough cut; both are the batch again."""
    plain = cut_plain_batch(octets)
    if plain is not None and all(map(_is_readable, plain.records)):
        assert cut_batch(octets) == plain
    arrival = read_batch_xml(octets, _LIMITS)
    records = [item.octets for item in arrival.items]
    assert b"".join(part for pair in zip(arrival.gaps, (*records, b""), strict=True) for part in pair) == octets
    return [finding for item in arrival.items for finding in item.findings]


def _is_readable(record: bytes) -> bool:
    try:
        parse_record(record)
    except FindingError:
        return False
    return True


def _record(octets: bytes) -> Sequence[Finding]:
    """What passes the check of its profile becomes a canonical record."""
    root = parse_record(octets)
    identity = identify(root)
    profile = profile_of(identity.version, identity.level) or profiles()["hbs-1.0"]
    checked = _checker(profile.name).examine(root)
    if checked.passed:
        record_of(read_members(xml.tell(root, profile), profile), kind=profile.kind)
    return checked.findings


def _body(octets: bytes) -> Sequence[Finding]:
    arrival = read_packed_json(octets, _LIMITS)
    return [finding for item in arrival.items for finding in item.findings]


def _packed(octets: bytes) -> Sequence[Finding]:
    """The envelope is given, so that what is in it is what changes."""
    unpack(binascii.b2a_base64(octets, newline=False).decode())
    return ()


def _rows(octets: bytes) -> Sequence[Finding]:
    found: list[Finding] = []
    for document in json.documents(octets)[:_SOME]:
        profile = json.profile_of_document(document)
        if profile is None:
            found.append(json.unknown_profile())
            continue
        told = json.tell(document, profile)
        found += _judged(profile, told, json.faults(document, profile))
    return found


def _workbook(octets: bytes) -> Sequence[Finding]:
    found: list[Finding] = []
    for _, row in zip(range(_SOME), books.rows(octets), strict=False):
        found += _judged(row.profile, books.tell(row, row.profile), books.faults(row, row.profile))
    return found


def _sheet(octets: bytes) -> Sequence[Finding]:
    """The package is whole, so that its first sheet is what changes."""
    return _workbook(edited(_books()[0], SHEET, lambda _: octets))


def _judged(profile: Profile, told: object, faults: Sequence[Finding]) -> Sequence[Finding]:
    return _checker(profile.name).judge(told, faults).findings  # type: ignore[arg-type]


def _examples(medium: Medium, ending: str) -> Iterator[bytes]:
    for profile in profiles().values():
        if profile.medium is medium and profile.examples is not None:
            for path in sorted(profile.examples.rglob(f"*{ending}")):
                if not path.name.endswith(".findings.json"):
                    yield path.read_bytes()


@cache
def _records() -> Sequence[bytes]:
    return [octets[octets.index(b"<HOC_BA") :] for octets in _examples(Medium.XML, ".xml") if b"<HOC_BA" in octets]


@cache
def _batches() -> Sequence[bytes]:
    valid = [record for record in _records() if b"DANH_SACH_HOC_BA" not in record][:3]
    cases = [path.read_bytes() for path in sorted((_CASES / "batches").rglob("*.xml"))]
    return [*cases, b"<DANH_SACH_HOC_BA>" + b"\n".join(valid) + b"</DANH_SACH_HOC_BA>"]


@cache
def _bodies() -> Sequence[bytes]:
    head = {"type": "HBS", "function": "1", "token": "t"}
    return [orjson.dumps({"authenticationRequest": head, "content": pack(batch)}) for batch in _batches()[-4:]]


@cache
def _members() -> Sequence[bytes]:
    return [
        binascii.a2b_base64(pack(batch, escape=escape)) for batch in _batches()[:4] for escape in ("none", "backslash")
    ]


@cache
def _documents() -> Sequence[bytes]:
    return list(_examples(Medium.JSON, ".json"))


@cache
def _books() -> Sequence[bytes]:
    results, pupils = workbook(RESULTS, RESULT), workbook(PUPILS, PUPIL)
    return [results, pupils, with_shared_strings(results), *_examples(Medium.WORKBOOK, ".xlsx")]


@cache
def _sheets() -> Sequence[bytes]:
    found: list[bytes] = []
    for book in _books():
        edited(book, SHEET, lambda octets: found.append(octets) or octets)  # type: ignore[func-returns-value]
    return found


TARGETS: Mapping[str, Target] = {
    "batch": Target(_batch, _batches),
    "record": Target(_record, _records),
    "body": Target(_body, _bodies),
    "packed": Target(_packed, _members),
    "json": Target(_rows, _documents),
    "workbook": Target(_workbook, _books),
    "sheet": Target(_sheet, _sheets),
    "prescreen": Target(signatures.prescreen, signatures.records),
    "signed": Target(signatures.signed_record, signatures.records),
    "sealed": Target(signatures.signed_list, signatures.lists),
    "certificate": Target(signatures.certificate, signatures.certificates),
}
