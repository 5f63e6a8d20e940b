"""JSON octets as documents: one object, an array of objects, or an object a line, each within bounds, read as a stream.

Stricter than most readers: a name twice, NaN, a lone surrogate or a byte order mark means that two readers would
understand the file in two ways. Numbers keep the text that they are written with.
"""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from schemas.findings import FindingError
from schemas.media.json_bounds import (
    MOST_CHARACTERS,
    MOST_DOCUMENTS,
    MOST_VALUES,
    MOST_VALUES_IN_ALL,
    BrokenError,
    Number,
    count,
    no_number,
    object_of,
    refuse_huge,
    refuse_unwritable,
    too_many,
)
from schemas.rules import json as rules
from schemas.rules.rule import Rule

MOST_OCTETS = 64 * 1024 * 1024
"""of a file"""
_CHUNK = 128 * 1024
_SPACE = re.compile(r"[ \t\n\r]*")


def documents(octets: bytes) -> list[dict[str, Any]]:
    """Every document of a file.

    Raises:
        FindingError: not such JSON, or beyond a bound; the first reason, with its line and offset where they are known.
    """
    return list(each_document(octets))


def each_document(octets: bytes) -> Iterator[dict[str, Any]]:
    """The same one by one, in flat memory.

    Raises:
        FindingError: as soon as the reason is met.
    """
    _refuse_octets(octets)
    source = _Source(octets)
    values = 0
    for number, document in enumerate(_in_array(source) if source.peek() == "[" else _in_lines(source), start=1):
        values += source.values
        if values > MOST_VALUES_IN_ALL:
            source.refuse(rules.TOO_MANY, **too_many("all"))
        if number > MOST_DOCUMENTS:
            source.refuse(rules.TOO_MANY, **too_many("documents"))
        yield document


def _refuse_octets(octets: bytes) -> None:
    if len(octets) > MOST_OCTETS:
        raise FindingError([rules.TOO_LARGE.finding(seen=f"{len(octets):,} byte")])
    head = octets[:4]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head:
        what = {"what_vi": " mà UTF-16 hoặc UTF-32", "what_en": " but in UTF-16 or UTF-32"}
        raise FindingError([rules.NOT_UTF8.finding(offset=0, line=1, values=what)])
    if head.startswith(codecs.BOM_UTF8):
        raise FindingError([rules.BYTE_ORDER_MARK.finding(offset=0, line=1)])


def _in_lines(source: "_Source") -> Iterator[dict[str, Any]]:
    """One document, or one a line."""
    if not source.peek():
        source.refuse_syntax("Expecting value")
    while True:
        yield source.document()
        space = source.skip()
        if not source.peek():
            return
        if "\n" not in space:
            source.refuse_syntax("Extra data")


def _in_array(source: "_Source") -> Iterator[dict[str, Any]]:
    source.take()
    if source.peek() == "]":
        source.refuse(rules.NO_OBJECT, what_vi="Tệp không có bản ghi nào", what_en="The file has no document")
    while True:
        yield source.document()
        mark = source.peek()
        if mark not in {",", "]"}:
            source.refuse_syntax("Expecting ',' delimiter")
        source.take()
        if mark == "]":
            break
    if source.peek():
        source.refuse_syntax("Extra data")


class _Source:
    """A file's text, decoded and forgotten piece by piece."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._fed = 0
        """octets decoded"""
        self._text = ""
        self._base = 0
        """octet that the text begins with"""
        self._at = 0
        """where in the text"""
        self.values = 0
        """values of the last document"""
        self._numbers = 0
        """numbers met while one document is read: they cost the most"""
        self._read = json.JSONDecoder(
            object_pairs_hook=object_of, parse_float=self._number, parse_int=self._number, parse_constant=no_number
        ).raw_decode

    def peek(self) -> str:
        """The next character that is not space; empty at the end."""
        self.skip()
        return self._text[self._at : self._at + 1]

    def take(self) -> None:
        """One character on."""
        self._at += 1

    def skip(self) -> str:
        """Pass by space; what was passed by, cut short where there is much of it."""
        passed = ""
        while True:
            end = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
            passed = passed or self._text[self._at : end]
            if "\n" not in passed and "\n" in self._text[self._at : end]:
                passed = "\n"
            self._at = end
            if end < len(self._text):
                return passed
            self._forget()
            if not self._more():
                return passed

    def document(self) -> dict[str, Any]:
        """The next document, within its bounds."""
        self.peek()
        if self._at > _CHUNK // 2:
            self._forget()
        while True:
            self._numbers = 0
            try:
                document, end = self._read(self._text, self._at)
            except json.JSONDecodeError as error:
                self._extend(error)
            except BrokenError as error:
                self.refuse(error.rule, **error.values)
            except RecursionError:
                self.refuse(rules.TOO_DEEP)
            else:
                return self._bounded(document, end)

    def _number(self, text: str) -> Number:
        self._numbers += 1
        if self._numbers > MOST_VALUES:
            raise BrokenError(rules.TOO_MANY, **too_many("values"))
        if len(text) > 8 or "e" in text or "E" in text:
            refuse_huge(text)
        return Number(text)

    def _bounded(self, document: Any, end: int) -> dict[str, Any]:
        if not isinstance(document, dict):
            self.refuse(
                rules.NO_OBJECT,
                what_vi="Bản ghi không phải là một đối tượng JSON",
                what_en="The document is no JSON object",
            )
        try:
            self.values = count(document)
            refuse_unwritable(document, self._text[self._at : end])
        except BrokenError as error:
            self.refuse(error.rule, **error.values)
        self._at = end
        return document

    def _extend(self, error: json.JSONDecodeError) -> None:
        """More text, since this may be cut off; where there is none, or enough, the error stands."""
        size = len(self._text) - self._at
        if size > _CHUNK and self._text.count(",", self._at) > 2 * MOST_VALUES:
            self.refuse(rules.TOO_MANY, **too_many("values"))  # told before they are all made, which takes longer
        if size <= MOST_CHARACTERS and self._more(max(_CHUNK, size)):
            return
        if size > MOST_CHARACTERS and (error.pos >= len(self._text) - 8 or error.msg.startswith("Unterminated")):
            self.refuse(rules.TOO_MANY, **too_many("characters"))
        self._at = error.pos
        self.refuse_syntax(error.msg)

    def _more(self, size: int = _CHUNK) -> bool:
        if self._fed >= len(self._octets):
            return False
        piece = self._octets[self._fed : self._fed + size]
        last = self._fed + size >= len(self._octets)
        try:
            self._text += self._decoder.decode(piece, final=last)
        except UnicodeDecodeError as error:
            pending = len(error.object) - len(piece)
            self._refuse_at(self._fed - pending + error.start, rules.NOT_UTF8, {"what_vi": "", "what_en": ""})
        self._fed += len(piece)
        return True

    def _forget(self) -> None:
        self._base += len(self._text[: self._at].encode())
        self._text, self._at = self._text[self._at :], 0

    def refuse_syntax(self, reason: str) -> NoReturn:
        """Not JSON here."""
        reason_vi, reason_en = next(
            (words for start, words in rules.SYNTAX.items() if reason.startswith(start)), rules.OTHER_SYNTAX
        )
        self.refuse(rules.NOT_JSON, reason_vi=reason_vi, reason_en=reason_en)

    def refuse(self, rule: Rule, **values: object) -> NoReturn:
        """A rule does not hold here, or in the document that begins here."""
        self._refuse_at(self._base + len(self._text[: self._at].encode()), rule, values)

    def _refuse_at(self, offset: int, rule: Rule, values: dict[str, object]) -> NoReturn:
        line = self._octets.count(b"\n", 0, offset) + 1
        raise FindingError([rule.finding(line=line, offset=offset, values=values)]) from None
