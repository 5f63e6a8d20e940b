"""Documents that are read whole: the packed body of transaction 1, rows of the National Data Centre, workbooks."""

from collections.abc import Iterator
from typing import Any

import orjson

from connectors.arrivals import Limits
from connectors.bodies import has_too_many_parts
from connectors.official import read_packed_json
from hub.checking.batches import MIB, laid_out
from hub.checking.items import Blob, FileFault, Item, Kind
from schemas.findings import FindingError
from schemas.rules.files import TOO_LARGE

MOST_JSON = 64 * MIB
"""size of a JSON file, at most"""
MOST_WORKBOOK = 32 * MIB
"""size of a workbook as packed, at most"""

_VERSIONED = ("idbanghi", "phienban", "madinhdanhhocba")
"""columns of a document that tell which version of what it is"""


def json_items(blob: Blob, limits: Limits) -> Iterator[Item | FileFault]:
    """The records in a transaction's body, or one row after another."""
    content = _read(blob, MOST_JSON)
    if content is None:
        yield _too_large(blob, MOST_JSON)
        return
    try:
        if _is_transaction(content):
            arrival = read_packed_json(content, limits)
            records = tuple(item.octets for item in arrival.items)
            yield from laid_out(blob.name, arrival.gaps, records, limits)
        else:
            yield from _rows(blob, content)
    except FindingError as error:
        yield FileFault(blob.name, error.findings)


def workbook_items(blob: Blob) -> Iterator[Item | FileFault]:
    """One record per row of a workbook."""
    from schemas.media import workbook

    content = _read(blob, MOST_WORKBOOK)
    if content is None:
        yield _too_large(blob, MOST_WORKBOOK)
        return
    try:
        for number, row in enumerate(workbook.rows(content), start=1):
            yield Item(blob.name, number, Kind.WORKBOOK, row)
    except FindingError as error:
        yield FileFault(blob.name, error.findings)


def _rows(blob: Blob, content: bytes) -> Iterator[Item | FileFault]:
    """One document after another; at the end, versions that do not rise from one to the next."""
    from schemas.media import json

    told: list[dict[str, Any]] = []
    for number, document in enumerate(json.each_document(content), start=1):
        told.append({name: document[name] for name in _VERSIONED if name in document})
        yield Item(blob.name, number, Kind.JSON, document)
    for place, finding in json.not_rising(told):
        yield FileFault(blob.name, (finding,), record=place + 1)


def _is_transaction(content: bytes) -> bool:
    """It has the envelope's members; what cannot be read is not looked into here."""
    if b'"authenticationRequest"' not in content and b'"content"' not in content:
        return False
    if has_too_many_parts(content):
        return b'"authenticationRequest"' in content
    try:
        document: Any = orjson.loads(content)
    except orjson.JSONDecodeError:
        return b'"authenticationRequest"' in content
    return isinstance(document, dict) and ("authenticationRequest" in document or "content" in document)


def _read(blob: Blob, most: int) -> bytes | None:
    if blob.size > most:
        return None
    with blob.open() as stream:
        content = stream.read(most + 1)
    return content if len(content) <= most else None


def _too_large(blob: Blob, most: int) -> FileFault:
    values = {"what_vi": f"JSON và XLSX đọc được đến {most // MIB} MB", "what_en": f"at most {most // MIB} MB"}
    return FileFault(
        blob.name, (TOO_LARGE.finding(seen=f"{blob.size} byte", expected=f"≤ {most} byte", values=values),)
    )
