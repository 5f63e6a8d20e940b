"""Records out of files as `hub.checking.sources` finds them, and after them the whole batch where it is signed as one.

Rows of tables and of the National Data Centre bear no signatures: their files are passed by and named.
"""

import io
from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any, BinaryIO
from xml.parsers import expat

from connectors.official import read_packed_json
from hub.checking.items import Blob, Found, Item, Kind, Opened, Skipped
from hub.checking.sources import LIMITS, read_blob
from hub.evidence.judging import ENDINGS as EVIDENCE
from hub.verifying.forms import form_items, is_form
from schemas.octets import BATCH
from signing.verify.transaction import BATCH_LIMITS

_BLOCK = 1024 * 1024
_SEPARATOR = " "


class Whole(Item):
    """A whole batch that bears a signature of its own; without octets where it is larger than any batch may be."""


class _Enough(Exception):
    """What was asked is known."""


def read(blob: Blob) -> Iterator[Found]:
    """One file: its records, then itself."""
    if blob.name.endswith(EVIDENCE):
        # Judged with the record that it lies beside.
        yield Skipped(blob.name)
        return
    if is_form(blob):
        yield from form_items(blob, read)
        return
    opened: Opened | None = None
    records = 0
    for each in read_blob(blob, inside=read):
        if isinstance(each, Opened) and each.file == blob.name:
            opened = each
            continue
        own = isinstance(each, Item) and each.file == blob.name
        if own and isinstance(each, Item) and each.kind is not Kind.XML:
            yield Skipped(blob.name)
            return
        if opened is not None and not records:
            yield opened
        records += own
        yield each
    if opened is not None and not records:
        yield opened
    if opened is not None and records:
        yield from _whole(blob, opened.kind)


def _whole(blob: Blob, kind: Kind) -> Iterator[Item]:
    if kind is Kind.XML:
        if bears_signature(blob.open):
            yield _item(blob.name, _octets(blob), blob.size)
        return
    with blob.open() as stream:
        text = _unpacked(stream.read())
    if bears_signature(lambda: io.BytesIO(text)):
        yield _item(blob.name, text, len(text))


def _item(name: str, octets: bytes | None, size: int) -> Item:
    return Whole(name, 0, Kind.XML, octets, 0, 1, size)


def _octets(blob: Blob) -> bytes | None:
    if blob.size > BATCH_LIMITS.octets:
        return None
    with blob.open() as stream:
        content = stream.read(BATCH_LIMITS.octets + 1)
    return content if len(content) <= BATCH_LIMITS.octets else None


def _unpacked(body: bytes) -> bytes:
    """The batch in a body of transaction 1 whose records have been read already."""
    arrival = read_packed_json(body, LIMITS)
    records = [item.octets for item in arrival.items]
    return b"".join(part for pair in zip_longest(arrival.gaps, records, fillvalue=b"") for part in pair)


def bears_signature(start: Callable[[], BinaryIO]) -> bool:
    """Whether a `Signature` stands right below the list of records, whatever its namespace; read by blocks."""
    found, depth = False, 0
    parser = expat.ParserCreate("UTF-8", _SEPARATOR)

    def begin(name: str, _: Any) -> None:
        nonlocal found, depth
        if not depth and name != BATCH:
            raise _Enough
        if depth == 1 and name.rpartition(_SEPARATOR)[2] == "Signature":
            found = True
            raise _Enough
        depth += 1

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    try:
        with start() as stream:
            while block := stream.read(_BLOCK):
                parser.Parse(block, False)
    except (_Enough, expat.ExpatError):
        # What is no XML has been told of when its records were looked for.
        return found
    return found
