"""JSON octets as documents: one object, an array of objects, or an object a line, each within bounds, read as a stream.

Stricter than most readers: a name twice, NaN, a lone surrogate or a byte order mark means that two readers would
understand the file in two ways. Numbers keep the text that they are written with.
"""

import codecs
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from schemas.findings import FindingError
from schemas.rules import json as rules
from schemas.rules.rule import Rule

MOST_OCTETS = 64 * 1024 * 1024
"""of a file"""
MOST_CHARACTERS = 1024 * 1024
"""of one document"""
MOST_DOCUMENTS = 100_000
"""in a file"""
MOST_VALUES = 50_000
"""in one document: members of objects and entries of arrays"""
MOST_VALUES_IN_ALL = 1_000_000
"""in a file, so that what is read fits into memory"""
MOST_DIGITS = 40
"""of a number, and the largest exponent"""
DEEPEST = 20
"""levels of nesting"""

_CHUNK = 128 * 1024
_SHOWN = 60
_SPACE = re.compile(r"[ \t\n\r]*")
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = ("\\u", "\\b", "\\f")
_TOO_MANY = {
    "values": ("giá trị trong một bản ghi", "values in one document", MOST_VALUES),
    "all": ("giá trị trong tệp", "values in the file", MOST_VALUES_IN_ALL),
    "characters": ("ký tự trong một bản ghi", "characters in one document", MOST_CHARACTERS),
    "documents": ("bản ghi trong tệp", "documents in the file", MOST_DOCUMENTS),
}


class Number(str):
    """A number as it is written: 7.0 stays 7.0."""

    __slots__ = ()


class _BrokenError(Exception):
    """A rule does not hold inside a document; the reader knows where that is."""

    def __init__(self, rule: Rule, **values: object) -> None:
        self.rule, self.values = rule, values
        super().__init__(rule.id)


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
            source.refuse(rules.TOO_MANY, **_too_many("all"))
        if number > MOST_DOCUMENTS:
            source.refuse(rules.TOO_MANY, **_too_many("documents"))
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
            object_pairs_hook=_object, parse_float=self._number, parse_int=self._number, parse_constant=_no_number
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
            except _BrokenError as error:
                self.refuse(error.rule, **error.values)
            except RecursionError:
                self.refuse(rules.TOO_DEEP)
            else:
                return self._bounded(document, end)

    def _number(self, text: str) -> Number:
        self._numbers += 1
        if self._numbers > MOST_VALUES:
            raise _BrokenError(rules.TOO_MANY, **_too_many("values"))
        if len(text) > 8 or "e" in text or "E" in text:
            _refuse_huge(text)
        return Number(text)

    def _bounded(self, document: Any, end: int) -> dict[str, Any]:
        if not isinstance(document, dict):
            self.refuse(
                rules.NO_OBJECT,
                what_vi="Bản ghi không phải là một đối tượng JSON",
                what_en="The document is no JSON object",
            )
        try:
            self.values = _count(document)
            _refuse_unwritable(document, self._text[self._at : end])
        except _BrokenError as error:
            self.refuse(error.rule, **error.values)
        self._at = end
        return document

    def _extend(self, error: json.JSONDecodeError) -> None:
        """More text, since this may be cut off; where there is none, or enough, the error stands."""
        size = len(self._text) - self._at
        if size <= MOST_CHARACTERS and self._more(max(_CHUNK, size)):
            return
        if size > MOST_CHARACTERS and (error.pos >= len(self._text) - 8 or error.msg.startswith("Unterminated")):
            self.refuse(rules.TOO_MANY, **_too_many("characters"))
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


def _too_many(what: str) -> dict[str, object]:
    vi, en, most = _TOO_MANY[what]
    return {"what_vi": vi, "what_en": en, "most": f"{most:,}".replace(",", ".")}


def _count(document: Any) -> int:
    """Values in a document, within its bounds."""
    count = 0
    level: list[Any] = [document]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for each in level:
            count += len(each)
            inner = each.values() if type(each) is dict else each
            below += [value for value in inner if type(value) is dict or type(value) is list]
        if count > MOST_VALUES:
            raise _BrokenError(rules.TOO_MANY, **_too_many("values"))
        if not below:
            return count
        level = below
    raise _BrokenError(rules.TOO_DEEP)


def _refuse_unwritable(document: Any, raw: str) -> None:
    """Characters that no record can hold: written as they are, or escaped; the reader itself knows the rest."""
    if "\ufffe" in raw or "\uffff" in raw or any(escape in raw for escape in _ESCAPES):
        for text in _texts(document):
            if found := _UNWRITABLE.search(text):
                raise _BrokenError(rules.UNWRITABLE, code=f"U+{ord(found[0]):04X}")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise _BrokenError(rules.TWICE, name=shown(name))
    return found


def _refuse_huge(text: str) -> None:
    whole, _, exponent = text.lower().partition("e")
    if len(whole) > MOST_DIGITS or len(exponent) > 4 or abs(int(exponent or "0")) > MOST_DIGITS:
        raise _BrokenError(rules.HUGE_NUMBER)


def _no_number(text: str) -> NoReturn:
    raise _BrokenError(rules.NO_NUMBER, name=text)


def shown(name: str) -> str:
    """A name as far as it can be told again in words."""
    return "".join(letter if letter.isprintable() else "?" for letter in name[:_SHOWN])
