"""Records in and out of batches without changing one octet, and a parser that fetches and expands nothing.

A batch is read once by expat, which tells the octet where every element starts: what looks like a tag inside a comment
or CDATA cannot fool it. Records are slices of what was received; all that lies around them is kept as gaps. The plain
batch, without comments and CDATA, is cut faster by its tags alone, by whoever then parses each record.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any
from xml.parsers import expat

from lxml import etree

from schemas.findings import Finding, FindingError
from schemas.rules import parcel
from schemas.rules.rule import Rule

BATCH = "DANH_SACH_HOC_BA"
RECORD = "HOC_BA"
XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00")
_TAG = re.compile(rb"""<[^"'>]*(?:"[^"]*"[^"'>]*|'[^']*'[^"'>]*)*>""")
DECLARATION = re.compile(
    rb"""<\?xml[ ]version=["']1\.0["'](?:[ ]encoding=["'][Uu][Tt][Ff]-8["'])?(?:[ ]standalone=["'](?:yes|no)["'])?[ ]?\?>"""
)
OPENING = re.compile(rb"<HOC_BA(?=[ \t\r\n/>])")
CLOSING = re.compile(rb"</HOC_BA[ \t\r\n]*>")
_BETWEEN = re.compile(rb"(?:[ \t\r\n]++|<!--(?>.*?-->)|<\?(?>.*?\?>))*+", re.DOTALL)

LARGEST_RECORD = 16 * 1024 * 1024
"""Octets of one record, at most."""
MOST_TAGS = 20_000
"""Tags of one record, and attributes, at most: twenty times what the longest form has with every signature."""
MOST_TAGS_OF_BATCH = 1_500_000
"""Tags of one batch, at most: twice those of 2,000 records signed three times."""
MOST_PARTS = 100_000
"""Elements right below a batch, at most."""
MOST_FAULTS = 200
"""Faults of a batch as a whole that are told, at most."""
_LONGEST_SEEN = 60


@dataclass(frozen=True, slots=True)
class CutBatch:
    """A batch as received, cut: gap, record, gap … is the batch again."""

    records: tuple[bytes, ...]
    """each HOC_BA, in order, octet for octet"""
    gaps: tuple[bytes, ...]
    """octets before, between and after the records: one more than there are records"""
    warnings: tuple[Finding, ...] = ()
    """remarks on the batch, which goes on"""


def cut_batch(content: bytes) -> CutBatch:
    """Cut DANH_SACH_HOC_BA, or one HOC_BA, by octet offsets; FindingError with every fault of the batch as a whole."""
    if content.startswith(_WIDE):
        raise FindingError([parcel.NOT_UTF8.finding(offset=0)])
    if content.count(b"<") > MOST_TAGS_OF_BATCH:
        raise FindingError([_too_many_tags(MOST_TAGS_OF_BATCH)])
    survey = _Survey(content)
    survey.run()
    faults = list(islice(chain(survey.faults, _faults_of_whole(survey)), MOST_FAULTS))
    if faults:
        raise FindingError(faults)
    starts = [place.start for place in survey.records]
    ends = [place.end for place in survey.records]
    return CutBatch(
        records=tuple(content[start:end] for start, end in zip(starts, ends, strict=True)),
        gaps=tuple(content[end:start] for end, start in zip([0, *ends], [*starts, len(content)], strict=True)),
        warnings=_warnings(content, survey),
    )


def cut_plain_batch(content: bytes) -> CutBatch | None:
    """Cut a batch in which `<HOC_BA` can only be a tag: no comment, CDATA, DTD or instruction, nothing to remark on.

    The records themselves are not looked at: a caller that finds one of them not well-formed asks `cut_batch`. None
    where the batch is not that plain.
    """
    declaration = DECLARATION.match(content)
    inside = declaration.end() if declaration else 0
    if b"<!" in content or content.find(b"<?", inside) >= 0 or content.startswith(BYTE_ORDER_MARK):
        return None
    places = None if content.count(b"<") > MOST_TAGS_OF_BATCH else _plain_records(content)
    if places is None:
        return None
    ends = [0, *(end for _, end in places)]
    starts = [*(start for start, _ in places), len(content)]
    gaps = tuple(content[end:start] for end, start in zip(ends, starts, strict=True))
    if not is_plain_shell(b"<HOC_BA/>".join(gaps), records=len(places)):
        return None
    return CutBatch(tuple(content[start:end] for start, end in places), gaps)


def _plain_records(content: bytes) -> list[tuple[int, int]] | None:
    """Start and end of each record; None where tags do not simply follow one another."""
    places: list[tuple[int, int]] = []
    opening = OPENING.search(content)
    while opening is not None:
        start = opening.start()
        closing = CLOSING.search(content, start)
        if closing is None:
            return None
        opening = OPENING.search(content, start + 1)
        if opening is not None and opening.start() < closing.start():
            return None
        if len(places) == MOST_PARTS:
            return None
        places.append((start, closing.end()))
    return places or None


def is_plain_shell(shell: bytes, *, records: int) -> bool:
    """What lies around the records is one list of all of them, perhaps with the transaction's signature as its last child."""
    try:
        root = etree.fromstring(shell, _PARSER)
    except etree.XMLSyntaxError:
        return False
    if root.tag == RECORD:
        return len(root) == 0
    if root.tag != BATCH or root.nsmap or any(str(name).startswith("{") for name in root.attrib):
        return False
    *others, last = root
    if any(part.tag != RECORD for part in others) or last.tag not in (RECORD, f"{{{XMLDSIG}}}Signature"):
        return False
    if len(others) + (last.tag == RECORD) != records:
        return False  # one of them is inside the signature
    return not any((text or "").strip(" \t\r\n") for text in (root.text, *(part.tail for part in root)))


@dataclass(slots=True)
class _Place:
    """An element right below the batch, or the one record that is the whole."""

    name: str
    attributes: Mapping[str, str]
    start: int
    line: int
    end: int = 0


@dataclass(slots=True)
class _Survey:
    """One pass of expat over a batch: where its parts start and end, and what it should not have."""

    content: bytes
    root: _Place | None = None
    parts: list[_Place] = field(default_factory=list)
    mark: tuple[int, int] | None = None
    """offset and line of the first comment or processing instruction outside the records"""
    faults: list[Finding] = field(default_factory=list)
    _depth: int = 0
    _parser: Any = None

    @property
    def records(self) -> list[_Place]:
        """The elements that will be cut out."""
        if self.root is not None and self.root.name == RECORD:
            return [self.root]
        return [part for part in self.parts if part.name == RECORD]

    def run(self) -> None:
        """Read it all; what is not XML, not UTF-8 or has a DTD stops the reading."""
        parser = self._parser = expat.ParserCreate("UTF-8")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CommentHandler = self._mark
        parser.ProcessingInstructionHandler = self._mark
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            parser.Parse(self.content, True)
        except expat.ExpatError as error:
            raise FindingError(self.faults or [self._not_xml(error)]) from error
        finally:
            self._parser = None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._depth < 2:
            place = _Place(name, attributes, self._parser.CurrentByteIndex, self._parser.CurrentLineNumber)
            if self._depth:
                if len(self.parts) == MOST_PARTS:
                    raise FindingError([parcel.TOO_MUCH.finding(line=place.line, expected=f"≤ {MOST_PARTS} học bạ")])
                self.parts.append(place)
            else:
                self.root = place
        self._depth += 1

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._depth < 2:
            place = self.parts[-1] if self._depth else self.root
            assert place is not None
            opened = self._tag_end(place.start)
            empty = self.content.endswith(b"/>", place.start, opened)
            place.end = opened if empty else self._tag_end(self._parser.CurrentByteIndex)

    def _tag_end(self, start: int) -> int:
        """The octet after the tag that starts here; expat has found it well formed."""
        tag = _TAG.match(self.content, start)
        assert tag is not None
        return tag.end()

    def body_start(self) -> int:
        """The octet after the start tag of the root."""
        assert self.root is not None
        return self._tag_end(self.root.start)

    def _mark(self, *_: str) -> None:
        if self.mark is None and not self._is_in_record():
            self.mark = (self._parser.CurrentByteIndex, self._parser.CurrentLineNumber)

    def _is_in_record(self) -> bool:
        if not self._depth or self.root is None:
            return False
        return self.root.name == RECORD or (self._depth > 1 and self.parts[-1].name == RECORD)

    def _declaration(self, version: str, encoding: str | None, _: int) -> None:
        if encoding is not None and encoding.upper() != "UTF-8":
            seen = encoding[:_LONGEST_SEEN]
            self.faults.append(parcel.NOT_UTF8.finding(line=1, seen=seen, expected="UTF-8"))
        if version != "1.0":
            self.faults.append(parcel.NOT_XML.finding(line=1, seen=version, values=_reason("version")))

    def _doctype(self, *_: object) -> None:
        self.faults.append(
            parcel.DTD.finding(line=self._parser.CurrentLineNumber, offset=self._parser.CurrentByteIndex)
        )
        raise FindingError(self.faults)

    def _not_xml(self, error: expat.ExpatError) -> Finding:
        offset = max(0, self._parser.ErrorByteIndex)
        try:
            self.content.decode("utf-8")
        except UnicodeDecodeError as wrong:
            line = self.content.count(b"\n", 0, wrong.start) + 1
            return parcel.NOT_UTF8.finding(line=line, offset=wrong.start, expected="UTF-8")
        values = _reason(expat.ErrorString(error.code))
        return parcel.NOT_XML.finding(line=error.lineno, offset=max(offset, 0), values=values)


def _reason(told: str | None) -> dict[str, str]:
    vi, en = parcel.SYNTAX.get(told or "", parcel.OTHER_SYNTAX)
    return {"reason_vi": vi, "reason_en": en}


def _faults_of_whole(survey: _Survey) -> Iterator[Finding]:
    root = survey.root
    assert root is not None
    if root.name == RECORD:
        return
    if root.name != BATCH:
        shown = root.name[:_LONGEST_SEEN]
        yield parcel.WRONG_ROOT.finding(line=root.line, seen=shown, expected=f"{BATCH}, {RECORD}")
        return
    for name, value in root.attributes.items():
        if name == "xmlns" or name.startswith(("xmlns:", "xml:")):
            shown, named = value[:_LONGEST_SEEN], name[:_LONGEST_SEEN]
            yield parcel.CONTEXT_ON_BATCH.finding(path=BATCH, line=root.line, seen=shown, values={"name": named})
    yield from _foreign_parts(survey)
    yield from _foreign_text(survey)
    if not survey.records:
        yield parcel.EMPTY_BATCH.finding(path=BATCH, line=root.line)


def _foreign_parts(survey: _Survey) -> Iterator[Finding]:
    """What is neither a record nor, last of all, the transaction's signature."""
    for turn, part in enumerate(survey.parts, start=1):
        if part.name == RECORD or (turn == len(survey.parts) and _is_signature(part)):
            continue
        name = f"<{part.name[:60]}>"
        yield _foreign(part.line, part.start, name, name)


def _is_signature(part: _Place) -> bool:
    prefix, _, name = part.name.rpartition(":")
    return name == "Signature" and part.attributes.get(f"xmlns:{prefix}" if prefix else "xmlns") == XMLDSIG


def _foreign_text(survey: _Survey) -> Iterator[Finding]:
    """Between the parts there is only white space, comments and processing instructions."""
    assert survey.root is not None
    content, line, counted = survey.content, 1, 0
    last = max(survey.body_start(), content.rfind(b"<", 0, survey.root.end))
    ends = [survey.body_start(), *(part.end for part in survey.parts)]
    starts = [*(part.start for part in survey.parts), last]
    for end, start in zip(ends, starts, strict=True):
        if start > end and not _BETWEEN.fullmatch(content, end, start):
            line, counted = line + content.count(b"\n", counted, end), end
            yield _foreign(line, end, "chữ giữa các học bạ", "text between records")


def _foreign(line: int, offset: int, vi: str, en: str) -> Finding:
    return parcel.FOREIGN_CONTENT.finding(path=BATCH, line=line, offset=offset, values={"what_vi": vi, "what_en": en})


def _warnings(content: bytes, survey: _Survey) -> tuple[Finding, ...]:
    warnings = []
    if content.startswith(BYTE_ORDER_MARK):
        warnings.append(parcel.BYTE_ORDER_MARK.finding(line=1, offset=0))
    if survey.mark is not None:
        offset, line = survey.mark
        warnings.append(parcel.COMMENT_OUTSIDE.finding(line=line, offset=offset))
    return tuple(warnings)


_PARSER = etree.XMLParser(
    encoding="utf-8",
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    huge_tree=False,
    remove_comments=False,
    remove_pis=False,
    remove_blank_text=False,
)


def parse_record(octets: bytes) -> Any:
    """The HOC_BA element of one record's octets; FindingError where it is not one."""
    if octets.startswith(_WIDE):
        raise _refused(parcel.NOT_UTF8)
    if b"<!DOCTYPE" in octets:
        raise _refused(parcel.DTD)
    if len(octets) > LARGEST_RECORD:
        raise FindingError([parcel.TOO_MUCH.finding(path=RECORD, expected=f"≤ {LARGEST_RECORD} byte")])
    if len(octets) > MOST_TAGS and max(octets.count(b"<"), octets.count(b"=")) > MOST_TAGS:
        raise FindingError([_too_many_tags(MOST_TAGS)])
    try:
        root: Any = etree.fromstring(octets, _PARSER)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _unreadable(octets, error) from error
    if root.tag != RECORD:
        raise FindingError(
            [parcel.WRONG_ROOT.finding(line=root.sourceline, seen=str(root.tag)[:_LONGEST_SEEN], expected=RECORD)]
        )
    return root


def _too_many_tags(most: int) -> Finding:
    return parcel.TOO_MUCH.finding(expected=f"≤ {most} thẻ · tags")


def _refused(rule: Rule) -> FindingError:
    return FindingError([rule.finding(path=RECORD, offset=0)])


def _unreadable(octets: bytes, error: Exception) -> FindingError:
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError as wrong:
        return FindingError([parcel.NOT_UTF8.finding(path=RECORD, offset=wrong.start, expected="UTF-8")])
    line = error.lineno if isinstance(error, etree.XMLSyntaxError) else None
    return FindingError([parcel.RECORD_UNREADABLE.finding(path=RECORD, line=line)])
