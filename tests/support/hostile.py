"""Hostile octets by name, made when asked for: what somebody may send who means harm, or whose software went wild.

Of XML there are records and batches; of transaction 1 there are bodies. JSON rows and workbooks are made hostile beside
the tests of those media.
"""

import base64
import gzip
import json
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

from schemas.packing import pack

EXAMPLE = Path(__file__).resolve().parents[2] / "schemas/profiles/hbs_1_0/examples/valid/grade-5.xml"
MILLION = 10**6
MIB = 2**20

Maker = Callable[[], bytes]

_HEAD = b"<THONG_TIN_CHUNG>"
_LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))


def _record() -> bytes:
    content = EXAMPLE.read_bytes()
    return content[content.index(b"<HOC_BA") :]


def _with(inside: bytes) -> bytes:
    """A good record with this at the start of its general data."""
    assert _HEAD in _record()
    return _record().replace(_HEAD, _HEAD + inside, 1)


def _told(text: bytes) -> bytes:
    """A good record in whose pupil's name this stands."""
    before, _, rest = _record().partition(b"<HO_VA_TEN>")
    return before + b"<HO_VA_TEN>" + text + rest[rest.index(b"</HO_VA_TEN>") :]


def _rows(rows: bytes) -> bytes:
    return _record().replace(b"<BANG_DIEM>", b"<BANG_DIEM>" + rows, 1)


def _nested(levels: int) -> bytes:
    return _with(b"<A>" * levels + b"</A>" * levels)


def _prolog(prolog: bytes, text: bytes = b"&l;") -> bytes:
    return prolog + _told(text)


def _attributes(count: int, pattern: bytes = b' a%d=""') -> bytes:
    many = b"".join(pattern % number for number in range(count))
    return _record().replace(_HEAD, b"<THONG_TIN_CHUNG" + many + b">", 1)


def _cut(share: float) -> bytes:
    record = _record()
    return record[: int(len(record) * share)]


def _cut_in_letter() -> bytes:
    record = _record()
    return record[: record.index("ễ".encode()) + 1] if "ễ".encode() in record else _told("ễ".encode()[:1])


def _latin() -> bytes:
    return _told("José".encode("latin-1"))


def _wide(encoding: str) -> bytes:
    return _record().decode().encode(encoding)


RECORDS: Mapping[str, Maker] = {
    "billion-laughs": lambda: _prolog(b'<!DOCTYPE HOC_BA [<!ENTITY l0 "lol">' + _LAUGHS + b"]>", b"&l9;"),
    "quadratic-blow-up": lambda: _prolog(b'<!DOCTYPE HOC_BA [<!ENTITY l "' + b"x" * 50_000 + b'">]>', b"&l;" * 50_000),
    "external-entity": lambda: _prolog(b'<!DOCTYPE HOC_BA [<!ENTITY l SYSTEM "file:///etc/passwd">]>'),
    "parameter-entity": lambda: _prolog(b'<!DOCTYPE HOC_BA [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p">%p;]>'),
    "external-dtd": lambda: _prolog(b'<!DOCTYPE HOC_BA SYSTEM "http://127.0.0.1:9/hocba.dtd">', b"A"),
    "dtd-that-never-ends": lambda: b"<!DOCTYPE HOC_BA [" + b"<!ELEMENT A ANY>" * 100_000,
    "attribute-defaults": lambda: _prolog(b'<!DOCTYPE HOC_BA [<!ATTLIST HOC_BA a CDATA "b">]>', b"A"),
    "xinclude": lambda: _with(
        b'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
    ),
    "stylesheet": lambda: b'<?xml-stylesheet href="http://127.0.0.1:9/a.xsl" type="text/xsl"?>' + _record(),
    "schema-location": lambda: _record().replace(
        b"<HOC_BA",
        b'<HOC_BA xmlns:x="http://www.w3.org/2001/XMLSchema-instance"'
        b' x:noNamespaceSchemaLocation="http://127.0.0.1:9/a.xsd" x:type="A"',
        1,
    ),
    "instructions": lambda: _with(b"<?a b?>" * 100_000),
    "comments": lambda: _with(b"<!---->" * MILLION),
    "comment-with-a-record": lambda: _with(b"<!-- </HOC_BA><HOC_BA> -->"),
    "comment-not-closed": lambda: _with(b"<!-- ") + b"-" * MILLION,
    "ten-levels-deeper": lambda: _nested(10),
    "deep": lambda: _nested(10_000),
    "deep-and-not-closed": lambda: _with(b"<A>" * MILLION),
    "attributes": lambda: _attributes(50_000),
    "attributes-below-the-bound": lambda: _attributes(9_000),
    "attributes-twice": lambda: _attributes(50_000, b' a="%d"'),
    "attributes-of-a-namespace": lambda: _attributes(50_000, b' xml:a%d=""'),
    "attribute-of-9-megabytes": lambda: _record().replace(b"<HOC_BA", b'<HOC_BA a="' + b"x" * 9 * MIB + b'"', 1),
    "attribute-not-closed": lambda: _record().replace(b"<HOC_BA", b'<HOC_BA a="' + b"<" * MILLION, 1),
    "namespaces": lambda: _attributes(50_000, b' xmlns:n%d="urn:n"'),
    "namespaces-below-the-bound": lambda: _attributes(9_000, b' xmlns:n%d="urn:n"'),
    "namespace-on-each": lambda: _with(b"".join(b'<n%d:A xmlns:n%d="urn:%d"/>' % (n, n, n) for n in range(50_000))),
    "text-of-100-megabytes": lambda: _told(b"x" * 100 * 10**6),
    "text-of-9-megabytes": lambda: _told(b"x" * 9 * MIB),
    "text-of-9-megabytes-of-accents": lambda: _told("a\u0301".encode() * 3 * MIB),
    "spaces-of-9-megabytes": lambda: _told(b" " * 9 * MIB),
    "number-of-9-megabytes": lambda: _with(b"<CAN_NANG>" + b"9" * 9 * MIB + b"</CAN_NANG>"),
    "date-of-9-megabytes": lambda: _with(b"<NGAY_SINH>" + b"1/" * 4 * MIB + b"</NGAY_SINH>"),
    "grade-of-a-megabyte": lambda: _record().replace(b"<MA_KHOI>", b"<MA_KHOI>" + b"0" * MIB, 1),
    "siblings-unknown": lambda: _with(b"<A/>" * MILLION),
    "siblings-known": lambda: _rows(b"<MON_HOC/>" * MILLION),
    "siblings-below-the-bound": lambda: _rows(b"<MON_HOC/>" * 9_000),
    "subjects-below-the-bound": lambda: _rows(
        b"".join(b"<MON_HOC><MA_MON_HOC>X%d</MA_MON_HOC></MON_HOC>" % n for n in range(2_200))
    ),
    "values-below-the-bound": lambda: _rows(
        b"".join(b"<MON_HOC><MUC_DAT_DUOC> %d</MUC_DAT_DUOC></MON_HOC>" % n for n in range(2_200))
    ),
    "signatures": lambda: _with(b'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>' * 100_000),
    "slots": lambda: _record().replace(b"<GVCN>", b"<GVCN/>" * 100_000 + b"<GVCN>", 1),
    "utf-16": lambda: _wide("utf-16"),
    "utf-16-without-a-mark": lambda: _wide("utf-16-le"),
    "utf-16-the-other-way": lambda: _wide("utf-16-be"),
    "utf-32": lambda: _wide("utf-32"),
    "utf-7": lambda: b'<?xml version="1.0" encoding="utf-7"?>' + _wide("utf-7"),
    "ebcdic": lambda: '<?xml version="1.0" encoding="cp037"?><HOC_BA/>'.encode("cp037"),
    "utf-8-called-latin-1": lambda: b'<?xml version="1.0" encoding="iso-8859-1"?>' + _record(),
    "utf-8-called-utf-16": lambda: b'<?xml version="1.0" encoding="utf-16"?>' + _record(),
    "latin-1-called-utf-8": lambda: b'<?xml version="1.0" encoding="utf-8"?>' + _latin(),
    "latin-1-called-so": lambda: b'<?xml version="1.0" encoding="iso-8859-1"?>' + _latin(),
    "encoding-that-nobody-knows": lambda: b'<?xml version="1.0" encoding="' + b"x" * 10_000 + b'"?>' + _record(),
    "utf-8-too-long": lambda: _told(b"\xc0\xbc\xe0\x80\xbc"),
    "surrogates": lambda: _told(b"\xed\xa0\x80\xed\xb0\x80"),
    "beyond-unicode": lambda: _told(b"\xf4\x90\x80\x80"),
    "cut-letter": lambda: _told(b"\xe1\xba"),
    "nul": lambda: _told(b"A\x00B"),
    "nul-first": lambda: b"\x00" + _record(),
    "nul-last": lambda: _record() + b"\x00",
    "controls": lambda: _told(bytes(range(1, 32))),
    "controls-by-number": lambda: _told(b"&#0;&#1;&#xFFFE;&#xD800;&#x110000;"),
    "number-that-never-ends": lambda: _told(b"&#" + b"9" * MILLION + b";"),
    "references": lambda: _told(b"&#65;" * MILLION),
    "mark-inside": lambda: _told(b"\xef\xbb\xbf"),
    "mark-before-the-root": lambda: b"\n\xef\xbb\xbf" + _record(),
    "marks-twice": lambda: b"\xef\xbb\xbf\xef\xbb\xbf" + _record(),
    "name-too-long": lambda: _with(b"<" + b"A" * MILLION + b"/>"),
    "name-long": lambda: _with(b"<" + b"A" * 40_000 + b"/>"),
    "attribute-name-long": lambda: _with(b"<A " + b"a" * 40_000 + b'=""/>'),
    "prefix-not-declared": lambda: _with(b"<p:A/>"),
    "instruction-called-xml": lambda: _with(b"<?xml version='1.0'?>"),
    "version-2": lambda: b'<?xml version="2.0"?>' + _record(),
    "version-1.1": lambda: b'<?xml version="1.1"?>' + _told(b"&#1;"),
    "cdata-with-a-record": lambda: _told(b"<![CDATA[</HOC_BA><HOC_BA>]]>"),
    "cdata-not-closed": lambda: _told(b"<![CDATA[") + b"]" * MILLION,
    "cdata-ended-twice": lambda: _told(b"<![CDATA[A]]>]]>"),
    "cdata-sections": lambda: _told(b"<![CDATA[<]]>" * 500_000),
    "cdata-as-structure": lambda: _with(b"<![CDATA[A]]>"),
    "cut-in-half": lambda: _cut(0.5),
    "cut-before-the-end": lambda: _record().rstrip()[:-1],
    "cut-in-a-letter": _cut_in_letter,
    "cut-at-the-start": lambda: _record()[1:],
    "empty": lambda: b"",
    "one-octet": lambda: b"<",
    "white": lambda: b" \t\r\n" * 250_000,
    "mark-only": lambda: b"\xef\xbb\xbf",
    "no-xml": lambda: b"PK\x03\x04" + bytes(1000),
    "html": lambda: b"<html><body><p>500<br></body></html>",
    "ones": lambda: b"\xff" * MILLION,
    "openings": lambda: b"<HOC_BA " * MILLION,
    "openings-closed": lambda: b"<HOC_BA>" * 300_000 + b"</HOC_BA>" * 300_000,
    "closings": lambda: b"<HOC_BA>" + b"</HOC_BA " * MILLION,
    "quotes": lambda: b"<HOC_BA " + b"a='\" " * MILLION,
    "two-roots": lambda: _record() + _record(),
    "root-in-a-namespace": lambda: _record().replace(b"<HOC_BA", b'<HOC_BA xmlns="urn:x"', 1),
    "another-root": lambda: b"<HOC_BA_/>",
}
"""What claims to be one record."""


def _batch(inside: bytes) -> bytes:
    return b"<DANH_SACH_HOC_BA>" + inside + b"</DANH_SACH_HOC_BA>"


BATCHES: Mapping[str, Maker] = {
    "batch-of-a-million": lambda: _batch(b"<HOC_BA/>" * MILLION),
    "batch-of-a-million-opened": lambda: _batch(b"<HOC_BA></HOC_BA>" * MILLION),
    "batch-of-strangers": lambda: _batch(b"<A/>" * MILLION),
    "batch-of-comments": lambda: _batch(b"<HOC_BA/>" + b"<!---->" * MILLION),
    "batch-of-instructions": lambda: _batch(b"<HOC_BA/>" + b"<?a?>" * MILLION),
    "batch-of-spaces": lambda: _batch(b" " * 9 * MIB + b"<HOC_BA/>" + b" " * 100 * MIB),
    "batch-of-words": lambda: _batch(b"<HOC_BA/>" + b"x " * 5 * MILLION),
    "batch-of-words-between": lambda: _batch(b"<HOC_BA/>x" * 200_000),
    "batch-of-tags": lambda: _batch(b"<!---->" + b"<HOC_BA>" + b"<A/>" * 10 * MILLION + b"</HOC_BA>"),
    "batch-of-deep-records": lambda: _batch((b"<HOC_BA>" + b"<A>" * 200 + b"</A>" * 200 + b"</HOC_BA>") * 2_000),
    "batch-of-batches": lambda: _batch(_batch(_record())),
    "batch-deep": lambda: b"<DANH_SACH_HOC_BA>" * 100_000,
    "batch-with-attributes": lambda: (
        b"<DANH_SACH_HOC_BA"
        + b"".join(b' xmlns:n%d="urn:n"' % n for n in range(50_000))
        + b">"
        + _record()
        + b"</DANH_SACH_HOC_BA>"
    ),
    "batch-with-plain-attributes": lambda: (
        b"<DANH_SACH_HOC_BA"
        + b"".join(b' a%d=""' % n for n in range(200_000))
        + b">"
        + _record()
        + b"</DANH_SACH_HOC_BA>"
    ),
    "batch-cut": lambda: _batch(_record() * 20)[: -len(_record())],
    "batch-signed-by-records": lambda: _batch(
        b'<HOC_BA/><Signature xmlns="http://www.w3.org/2000/09/xmldsig#">' + b"<HOC_BA/>" * 300_000 + b"</Signature>"
    ),
    "batch-with-a-record-in-a-comment": lambda: _batch(b"<!-- <HOC_BA> -->" + _record() + b"<!-- </HOC_BA> -->"),
    "batch-with-a-record-in-cdata": lambda: _batch(b"<![CDATA[<HOC_BA>]]>" + _record()),
    "batch-of-all-that-is-deep": lambda: _batch(_nested(250) * 500),
    "batch-below-the-bound": lambda: _batch((b"<HOC_BA>" + b"<A/>" * 19_000 + b"</HOC_BA>") * 78),
    "batch-of-the-same": lambda: _batch(_record() * 1_000),
}
"""What claims to be a batch."""


def _transaction(content: str, **beside: object) -> bytes:
    head = {"type": "HBS", "function": "1"}
    return json.dumps({"authenticationRequest": head, "content": content, **beside}).encode()


def _enveloped(member: bytes, length: int) -> bytes:
    return _transaction(base64.b64encode(struct.pack("<I", length) + member).decode())


def _bomb(size: int, told: int | None = None) -> bytes:
    return _enveloped(gzip.compress(bytes(size), 9), size if told is None else told)


BODIES: Mapping[str, Maker] = {
    "bomb": lambda: _bomb(60 * MIB),
    "bomb-of-spaces": lambda: _enveloped(gzip.compress(b" " * 60 * MIB, 9), 60 * MIB),
    "bomb-of-tags": lambda: _enveloped(gzip.compress(_batch(b"<HOC_BA/>" * 7 * MILLION), 9), 9 * 7 * MILLION + 37),
    "bomb-of-tags-in-records": lambda: _transaction(
        pack(_batch((b"<HOC_BA>" + b"<A/>" * 400_000 + b"</HOC_BA>") * 30), level=9)
    ),
    "bomb-of-tags-in-comments": lambda: _transaction(
        pack(_batch(b"<!---->" + (b"<HOC_BA>" + b"<A/>" * 400_000 + b"</HOC_BA>") * 30), level=9)
    ),
    "bomb-of-records-below-the-bound": lambda: _transaction(
        pack(_batch((b"<HOC_BA>" + b"<A/>" * 19_000 + b"</HOC_BA>") * 800), level=9)
    ),
    "bomb-that-says-so": lambda: _bomb(200 * MIB),
    "bomb-that-lies": lambda: _bomb(200 * MIB, 1000),
    "length-too-short": lambda: _enveloped(gzip.compress(_record()), 10),
    "length-too-long": lambda: _enveloped(gzip.compress(_record()), 10**6),
    "length-nought": lambda: _enveloped(gzip.compress(_record()), 0),
    "length-of-four-gigabytes": lambda: _enveloped(gzip.compress(_record()), 2**32 - 1),
    "nothing-packed": lambda: _enveloped(b"", 0),
    "empty-packed": lambda: _enveloped(gzip.compress(b""), 0),
    "members-twice": lambda: _enveloped(gzip.compress(_record()) * 2, len(_record())),
    "member-cut": lambda: _enveloped(gzip.compress(_record())[:-9], len(_record())),
    "checksum-wrong": lambda: _enveloped(gzip.compress(_record())[:-8] + bytes(8), len(_record())),
    "no-gzip": lambda: _enveloped(b"\x1f\x8b" + bytes(range(256)), 256),
    "zip-inside": lambda: _enveloped(b"PK\x03\x04" + bytes(500), 500),
    "gzip-in-gzip": lambda: _transaction(pack(gzip.compress(_record()))),
    "envelope-in-envelope": lambda: _transaction(pack(pack(_record()).encode())),
    "not-base64": lambda: _transaction("ký tự" * 1000),
    "base64-with-spaces": lambda: _transaction(" \n".join(pack(_record()))),
    "base64-cut": lambda: _transaction(pack(_record())[:-3]),
    "content-a-list": lambda: json.dumps({"authenticationRequest": {}, "content": [""] * 1000}).encode(),
    "content-missing": lambda: b'{"authenticationRequest": {}}',
    "content-twice": lambda: _transaction("").replace(b"{", b'{"content": "", ', 1),
    "members": lambda: _transaction(pack(_record()), **{f"m{n}": n for n in range(200_000)}),
    "deep-json": lambda: b"[" * 100_000 + b"]" * 100_000,
    "deep-object": lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "number-of-a-megabyte": lambda: b'{"content": ' + b"9" * MIB + b"}",
    "nan": lambda: b'{"content": NaN}',
    "names-that-collide": lambda: json.dumps({"\ud800" * 3: 1, "content": ""}).encode(),
    "surrogate-content": lambda: _transaction("\ud800"),
    "not-json": lambda: _record(),
    "json-cut": lambda: _transaction(pack(_record()))[:-50],
    "json-empty": lambda: b"",
    "json-in-utf-16": lambda: _transaction(pack(_record())).decode().encode("utf-16"),
    "json-beyond-its-size": lambda: _transaction("A" * 12 * MIB),
    "json-lists": lambda: b'{"content": [' + b"[]," * 3 * MILLION + b"[]]}",
}
"""What claims to be the body of transaction 1."""

HOSTILE: Mapping[str, Maker] = {**RECORDS, **BATCHES, **BODIES}


def packed(octets: bytes) -> bytes:
    """A batch or record as the body of transaction 1."""
    return _transaction(pack(octets))
