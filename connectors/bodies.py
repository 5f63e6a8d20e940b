"""What bodies go through whatever their format: size, JSON, depth, number and size of records, codes, double UUIDs."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import orjson

from connectors.arrivals import ArrivalItem, Limits
from connectors.refusals import (
    BODY_TOO_LARGE,
    CODE_UNUSABLE,
    MEMBER_TWICE,
    NO_RECORDS,
    NOT_AN_OBJECT,
    NOT_JSON,
    RECORD_TOO_LARGE,
    TOO_DEEP,
    TOO_MANY_RECORDS,
    UUID_TWICE,
)
from schemas.findings import Finding, FindingError
from schemas.identity import RecordIdentity

LONGEST_CODE = 100
"""Characters of a code, at most."""
MOST_PARTS = 1_000_000
"""Commas and openings of a JSON body, at most: four times those of 2,000 records."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_OFFICIAL = {
    "uuid": "MA_TRA_CUU_UUID",
    "version": "PHIEN_BAN",
    "school_year": "TEN_NAM_HOC",
    "school_code": "MA_TRUONG",
    "level": "MA_CAP_HOC",
    "grade": "MA_KHOI",
    "class_name": "TEN_LOP",
    "pupil_code": "MA_HOC_SINH",
    "personal_id": "SO_CCCD",
}


def check_size(body: bytes, limits: Limits) -> None:
    """Refuse a body that is too large."""
    if len(body) > limits.body_octets:
        raise FindingError([BODY_TOO_LARGE.finding(seen=str(len(body)), expected=f"≤ {limits.body_octets}")])


def read_json_object(body: bytes, limits: Limits) -> dict[str, Any]:
    """A body that is one JSON object, no deeper than allowed."""
    check_size(body, limits)
    if has_too_many_parts(body):
        raise FindingError([BODY_TOO_LARGE.finding(expected=f"≤ {MOST_PARTS} phần tử JSON · JSON elements")])
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # The parser's own words may quote the text: only the place is told. Its depth limit is beyond ours.
        if "depth" in error.msg:
            raise FindingError([_too_deep(limits)]) from error
        raise FindingError([NOT_JSON.finding(line=error.lineno, offset=_octets_before(error))]) from error
    if not isinstance(document, dict):
        raise FindingError([NOT_AN_OBJECT.finding()])
    _check_depth(document, limits)
    _check_members(body)
    return document


def has_too_many_parts(body: bytes) -> bool:
    """JSON of so many values that reading it takes longer than it is worth; told without reading it."""
    return sum(map(body.count, (b",", b"[", b"{"))) > MOST_PARTS


def _octets_before(error: orjson.JSONDecodeError) -> int:
    return len(error.doc[: error.pos].encode(errors="surrogatepass"))


def _too_deep(limits: Limits) -> Finding:
    return TOO_DEEP.finding(expected=f"≤ {limits.json_depth}")


def _check_depth(document: object, limits: Limits) -> None:
    level, depth = [document], 0
    while level:
        depth += 1
        if depth > limits.json_depth:
            raise FindingError([_too_deep(limits)])
        level = [child for each in level for child in _children(each)]


def _children(node: object) -> list[object]:
    inside = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [child for child in inside if isinstance(child, (dict, list))]


def _check_members(body: bytes) -> None:
    """Refuse an object that names a member twice: readers differ in which one counts (RFC 8259 §4)."""
    json.loads(body, object_pairs_hook=_members, parse_int=str, parse_float=str)


def _members(pairs: list[tuple[str, object]]) -> None:
    names = {name for name, _ in pairs}
    if len(names) < len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise FindingError([MEMBER_TWICE.finding(seen=_CONTROL.sub("�", twice[:80]))])


def check_count(records: int, limits: Limits) -> None:
    """Refuse a batch with no record, or with too many."""
    if not records:
        raise FindingError([NO_RECORDS.finding()])
    if records > limits.records:
        raise FindingError([TOO_MANY_RECORDS.finding(seen=str(records), expected=f"≤ {limits.records}")])


def size_findings(octets: bytes, limits: Limits) -> tuple[Finding, ...]:
    """What is wrong with a record's size."""
    if len(octets) <= limits.record_octets:
        return ()
    return (RECORD_TOO_LARGE.finding(seen=str(len(octets)), expected=f"≤ {limits.record_octets}"),)


def identity_findings(identity: RecordIdentity) -> tuple[Finding, ...]:
    """What makes a record's codes unusable as keys, whatever they mean."""
    return tuple(
        CODE_UNUSABLE.finding(path=_OFFICIAL[each.name], expected=f"≤ {LONGEST_CODE}")
        for each in fields(identity)
        if len(value := getattr(identity, each.name)) > LONGEST_CODE or _CONTROL.search(value)
    )


def refuse_doubles(items: Sequence[ArrivalItem], *, path: str) -> tuple[ArrivalItem, ...]:
    """Of records that share a UUID in one batch none is taken: which one is meant cannot be known."""
    times = Counter(item.identity.uuid for item in items if item.identity is not None)
    return tuple(_refuse_double(item, times, path) for item in items)


def _refuse_double(item: ArrivalItem, times: Counter[str], path: str) -> ArrivalItem:
    uuid = "" if item.identity is None else item.identity.uuid
    if not uuid or times[uuid] < 2:
        return item
    finding = UUID_TWICE.finding(path=path, seen=uuid, uuid=uuid, values={"times": times[uuid]})
    return replace(item, findings=(*item.findings, finding))
