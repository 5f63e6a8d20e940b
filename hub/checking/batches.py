"""Records out of an XML file of any size, in flat memory: read twice in blocks, cut by octets.

The first reading decides: the whole is well-formed, and it is plain, so that its tags alone tell where records start. The
second one hands the records over. What is not plain (comments, CDATA, a byte order mark) is cut by the thorough reader,
which needs it in memory.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.parsers import expat

from connectors.arrivals import Limits
from connectors.refusals import RECORD_TOO_LARGE
from hub.checking.items import Blob, FileFault, Item, Kind
from schemas.findings import Finding, FindingError
from schemas.octets import BYTE_ORDER_MARK, CLOSING, DECLARATION, OPENING, cut_batch, is_plain_shell
from schemas.rules import parcel
from schemas.rules.files import TOO_LARGE

MIB = 1024 * 1024
BLOCK = MIB
"""octets read at a time"""
MOST_AT_ONCE = 64 * MIB
"""size of a file that is cut in memory, at most"""
_MOST_AROUND = MIB
"""octets around the records that are kept, at most: start and end of the list, the batch's own signature"""
_OVERLAP = 4096
"""octets of a block that are looked at again with the next: a tag may be cut in two"""
_LARGEST_TAG = 8 * MIB
"""octets of one tag: the parser keeps it whole until it ends"""
_SPACE = re.compile(rb"[ \t\r\n]*")


class _NotPlainError(Exception):
    """Tags alone do not tell where the records are."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """One record of a plain batch."""

    octets: bytes | None
    """None for one that is larger than any record may be"""
    size: int
    offset: int
    line: int


@dataclass(slots=True)
class _Cutter:
    """Cuts a plain batch as its blocks come."""

    limit: int
    """octets of a record, at most"""
    shell: bytearray = field(default_factory=bytearray)
    """what lies around the records, each run of records as one empty element"""
    runs: int = 0
    _held: bytearray = field(default_factory=bytearray)
    _offset: int = 0
    """of the file, where `_held` starts"""
    _line: int = 1
    """where `_held` starts"""
    _start: _Cut | None = None
    """the record that is open, without its octets; `_held` starts with it unless it is too large"""
    _looked: int = 0
    """octets of `_held` in which its end was not found"""
    _after_record: bool = False

    def feed(self, block: bytes) -> Iterator[_Cut]:
        """The records that end in this block."""
        self._held += block
        while True:
            if self._start is None and not self._open():
                return
            cut = self._close()
            if cut is None:
                return
            yield cut

    def end(self) -> None:
        """The file has ended."""
        if self._start is not None:
            raise _NotPlainError
        self._around(len(self._held))

    def _open(self) -> bool:
        found = OPENING.search(self._held)
        if found is None:
            self._around(max(0, len(self._held) - 8))
            return False
        self._around(found.start())
        self._start = _Cut(None, 0, self._offset, self._line)
        self._looked = 0
        return True

    def _close(self) -> _Cut | None:
        start = self._start
        assert start is not None
        inside = self._offset == start.offset
        found = CLOSING.search(self._held, self._looked)
        end = len(self._held) if found is None else found.start()
        if OPENING.search(self._held, 1 if inside and not self._looked else self._looked, end) is not None:
            raise _NotPlainError
        if found is None:
            self._looked = max(1, len(self._held) - _OVERLAP)
            if len(self._held) > self.limit:
                self._drop(self._looked)
                self._looked = 0
            return None
        size = self._offset + found.end() - start.offset
        whole = inside and size <= self.limit
        octets = bytes(self._held[: found.end()]) if whole else None
        self._drop(found.end())
        self._start = None
        if not self._after_record:
            self.shell += b"<HOC_BA/>"
            self.runs += 1
            self._after_record = True
        return _Cut(octets, size, start.offset, start.line)

    def _around(self, length: int) -> None:
        """Take what lies outside the records away; white space between records leaves no trace."""
        if _SPACE.fullmatch(self._held, 0, length) is None:
            self.shell += self._held[:length]
            self._after_record = False
            if len(self.shell) > _MOST_AROUND:
                raise _NotPlainError
        self._drop(length)

    def _drop(self, length: int) -> None:
        self._line += self._held.count(b"\n", 0, length)
        self._offset += length
        del self._held[:length]


def xml_items(blob: Blob, limits: Limits) -> Iterator[Item | FileFault]:
    """Every record of a file, and what is wrong with the file as a whole."""
    try:
        plain = _is_plain(blob, limits)
    except expat.ExpatError as error:
        plain = False
        if blob.size > MOST_AT_ONCE:
            yield FileFault(blob.name, (_not_xml(error),))
            return
    if plain:
        for number, cut in enumerate(_cuts(blob, limits), start=1):
            yield _told(blob, number, cut, limits)
    elif blob.size > MOST_AT_ONCE:
        yield FileFault(blob.name, (_too_large(blob),))
    else:
        yield from _thorough(blob, limits)


def _told(blob: Blob, number: int, cut: _Cut, limits: Limits) -> Item | FileFault:
    if cut.octets is None:
        return FileFault(blob.name, (_record_too_large(cut.size, limits, offset=cut.offset, line=cut.line),))
    return Item(blob.name, number, Kind.XML, cut.octets, cut.offset, cut.line, cut.size)


def _record_too_large(size: int, limits: Limits, *, offset: int, line: int) -> Finding:
    return RECORD_TOO_LARGE.finding(seen=str(size), expected=f"≤ {limits.record_octets}", offset=offset, line=line)


def _is_plain(blob: Blob, limits: Limits) -> bool:
    """One reading of the whole: plain, its list sound, and every tag of it in its place.

    Raises:
        expat.ExpatError: it is not well-formed.
    """
    parser, cutter, fed = expat.ParserCreate("UTF-8"), _Cutter(limits.record_octets), 0
    try:
        with blob.open() as stream:
            for block in _plain_blocks(stream):
                for _ in cutter.feed(block):
                    pass
                parser.Parse(block, False)
                fed += len(block)
                if fed - parser.CurrentByteIndex > _LARGEST_TAG:
                    return False
        cutter.end()
    except _NotPlainError:
        return False
    parser.Parse(b"", True)
    return cutter.runs > 0 and is_plain_shell(bytes(cutter.shell), records=cutter.runs)


def _cuts(blob: Blob, limits: Limits) -> Iterator[_Cut]:
    """The records of a file that was found plain."""
    cutter = _Cutter(limits.record_octets)
    with blob.open() as stream:
        while block := stream.read(BLOCK):
            yield from cutter.feed(block)


def _plain_blocks(stream: BinaryIO) -> Iterator[bytes]:
    """The file by blocks, as long as nothing in it can hide a tag; its declaration is left where it is."""
    block = stream.read(BLOCK)
    declaration = DECLARATION.match(block)
    inside = declaration.end() if declaration else 0
    if block.startswith(BYTE_ORDER_MARK) or _hides(block[inside:]):
        raise _NotPlainError
    while block:
        yield block
        last, block = block[-1:], stream.read(BLOCK)
        if _hides(last + block):
            raise _NotPlainError


def _hides(octets: bytes) -> bool:
    return b"<!" in octets or b"<?" in octets


def _thorough(blob: Blob, limits: Limits) -> Iterator[Item | FileFault]:
    with blob.open() as stream:
        content = stream.read(MOST_AT_ONCE + 1)
    if len(content) > MOST_AT_ONCE:
        yield FileFault(blob.name, (_too_large(blob),))
        return
    try:
        cut = cut_batch(content)
    except FindingError as error:
        yield FileFault(blob.name, error.findings)
        return
    if cut.warnings:
        yield FileFault(blob.name, cut.warnings)
    yield from laid_out(blob.name, cut.gaps, cut.records, limits)


def laid_out(
    file: str, gaps: tuple[bytes, ...], records: tuple[bytes, ...], limits: Limits
) -> Iterator[Item | FileFault]:
    """Records of a batch that is cut already, each with its place."""
    offset, line = 0, 1
    for number, (gap, octets) in enumerate(zip(gaps, records, strict=False), start=1):
        offset, line = offset + len(gap), line + gap.count(b"\n")
        if len(octets) > limits.record_octets:
            yield FileFault(file, (_record_too_large(len(octets), limits, offset=offset, line=line),))
        else:
            yield Item(file, number, Kind.XML, octets, offset, line, len(octets))
        offset, line = offset + len(octets), line + octets.count(b"\n")


def _too_large(blob: Blob) -> Finding:
    most = MOST_AT_ONCE // MIB
    values = {
        "what_vi": f"lô có chú thích, CDATA hoặc nội dung lạ giữa các học bạ chỉ đọc được đến {most} MB",
        "what_en": f"a batch with comments, CDATA or foreign content between its records is read up to {most} MB",
    }
    return TOO_LARGE.finding(seen=f"{blob.size} byte", expected=f"≤ {MOST_AT_ONCE} byte", values=values)


def _not_xml(error: expat.ExpatError) -> Finding:
    vi, en = parcel.SYNTAX.get(expat.ErrorString(error.code) or "", parcel.OTHER_SYNTAX)
    return parcel.NOT_XML.finding(line=error.lineno, values={"reason_vi": vi, "reason_en": en})
