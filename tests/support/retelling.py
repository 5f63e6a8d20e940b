"""What of a record is signed, by a canonicalisation that shares no code with the product's; and changes to it.

The standard library's C14N runs on expat and Python alone. It writes the exclusive form, of the whole record at once:
the parts are cut out of that, so that records whose signatures are canonicalised exclusively can be compared by it.
"""

import re
import xml.etree.ElementTree as ElementTree
from random import Random
from typing import Any

from hypothesis import strategies as st
from lxml import etree

Parts = tuple[tuple[str, ...], ...]
Spans = tuple[tuple[int, int], ...]

_DATA = re.compile(r"<DU_LIEU_HOC_BA[ >].*</DU_LIEU_HOC_BA>", re.DOTALL)
_SIGNATURE = re.compile(r"<((?:\w+:)?Signature)([ >].*?)</\1>", re.DOTALL)
_DECLARED = re.compile(r' xmlns(?::\w+)?="[^"]*"')
_SIGNED = re.compile(r"<((?:\w+:)?(?:SignedInfo|SignatureProperties|SignedProperties))[ >].*?</\1>", re.DOTALL)
_VALUE = re.compile(rb'(?<=>)[^<]+|(?<=")[^"<>]+(?=")')
_SIGNED_NAMES = frozenset({"DU_LIEU_HOC_BA", "SignedInfo", "SignatureProperties", "SignedProperties"})


def signed_parts(octets: bytes) -> Parts | None:
    """Canonical data, then of each signature the canonical SignedInfo and properties; None where it is no XML."""
    try:
        text = ElementTree.canonicalize(octets.decode("utf-8"))
    except (ElementTree.ParseError, UnicodeDecodeError, ValueError):
        return None
    parts = [tuple(_DATA.findall(text))]
    for _, signature in _SIGNATURE.findall(text):
        tag = signature.partition(">")[0]
        parts.append((*_DECLARED.findall(tag), *(part[0] for part in _SIGNED.finditer(signature))))
    return tuple(parts)


def signed_spans(octets: bytes) -> Spans:
    """Where in the octets the same parts stand."""
    text = octets.decode("latin-1")
    return tuple(found.span() for pattern in (_DATA, _SIGNED) for found in pattern.finditer(text))


PIECES = (
    *(b"", b" ", b"\n", b"\r", b"\t", b"x", b"0", b"<", b">", b"&", b'"', b"'", b"/", b"="),
    *(b"&#32;", b"&#x41;", b"&amp;", b"<x/>", b"<x>", b"<!---->", b"<?x?>", b"<![CDATA[]]>", b"<![CDATA[x]]>"),
    *(b' Id="data"', b' x="y"', b' xmlns=""', b' xmlns="urn:x"', b' xmlns:u="urn:u"', b' xml:space="preserve"'),
    *(b"\xcc\x81", b"\xc2\xa0", b"\xe2\x80\xa8", b"\x00", b"\xff", b"\xef\xbb\xbf"),
)


@st.composite
def octets_changed(draw: st.DrawFn, record: bytes) -> bytes:
    """A few octets of a signed part exchanged, taken out, put in or doubled: anywhere, or in a value."""
    start, end = draw(st.sampled_from(signed_spans(record)))
    values = [found.span() for found in _VALUE.finditer(record, start + 1, end)]
    first, last = draw(st.sampled_from(values) | st.just((start + 1, end)))
    at = draw(st.integers(first, last - 1))
    until = min(last, at + draw(st.integers(0, 2)))
    letter = st.sampled_from("aZ09 +/=\n").map(str.encode)
    put = draw(letter | st.sampled_from(PIECES) | st.binary(min_size=1, max_size=1) | st.just(record[at:until] * 2))
    return record[:at] + put + record[until:]


@st.composite
def elements_changed(draw: st.DrawFn, record: bytes) -> bytes:
    """An element of a signed part taken out, doubled, moved, renamed, filled or emptied; or nothing but written anew."""
    root, element = _element(draw, record)
    parent, at = element.getparent(), element.getparent().index(element)
    change = draw(st.sampled_from(["none", "out", "twice", "last", "renamed", "filled", "emptied", "child", "tail"]))
    if change == "out":
        parent.remove(element)
    elif change == "twice":
        parent.insert(at, etree.fromstring(etree.tostring(element, with_tail=False)))
    elif change == "last":
        parent.append(element)
    elif change == "renamed":
        element.tag = f"{element.tag}_"
    elif change == "filled":
        element.text = f"{element.text or ''}{draw(st.sampled_from([' ', '0', 'ộ']))}"
    elif change == "emptied":
        element.clear(keep_tail=True)
    elif change == "child":
        etree.SubElement(element, draw(st.sampled_from(["x", element.tag])))
    elif change == "tail":
        element.tail = f"{element.tail or ''}{draw(st.sampled_from([' ', '.']))}"
    return etree.tostring(root, encoding="utf-8")


@st.composite
def attributes_changed(draw: st.DrawFn, record: bytes) -> bytes:
    """An attribute of an element in a signed part set, changed, renamed or taken away; or all of them put in another
    order."""
    root, element = _element(draw, record)
    names = sorted(element.attrib)
    name = draw(st.sampled_from(names)) if names else "x"
    value = element.get(name, "")
    change = draw(st.sampled_from(["set", "changed", "renamed", "away", "order"]))
    if change == "set":
        element.set(draw(st.sampled_from(["Id", "id", "URI", "Algorithm", "Target", "x", "{urn:x}Id"])), "x")
    elif change == "changed":
        element.set(name, draw(st.sampled_from([f"{value} ", f" {value}", f"{value}x", value.upper(), ""])))
    elif change in ("renamed", "away"):
        element.attrib.pop(name, None)
    if change == "renamed":
        element.set(f"{name}_", value)
    elif change == "order":
        told = draw(st.permutations(list(element.attrib.items())))
        element.attrib.clear()
        element.attrib.update(told)
    return etree.tostring(root, encoding="utf-8")


@st.composite
def surroundings_changed(draw: st.DrawFn, record: bytes) -> bytes:
    """A namespace or an `xml:` attribute on an element around what is signed: inclusive forms take it in."""
    text = record.decode()
    name = draw(st.sampled_from(["HOC_BA", "DANH_SACH_THONG_TIN_KY", "GVCN", "CBQL", "KY_PHAT_HANH"]))
    what = draw(st.sampled_from([' xmlns:u="urn:u"', ' xmlns=""', ' xml:lang="vi"', ' xml:space="preserve"', ' a="b"']))
    return re.sub(rf"<{name}(?=[ >])", f"<{name}{what}", text, count=1).encode()


def _element(draw: st.DrawFn, record: bytes) -> tuple[Any, Any]:
    root = etree.fromstring(record)
    parts = [each for each in root.iter("{*}*") if etree.QName(each).localname in _SIGNED_NAMES]
    part = draw(st.sampled_from(parts))
    return root, draw(st.sampled_from(list(part.iter("{*}*"))))


_TAG = re.compile(r"<(/?)([\w:]+)((?: [\w:]+=\"[^\"]*\")*)>(?:([^<]+))?(?:(?<=>)</\2>)?")
_ATTRIBUTE = re.compile(r' ([\w:]+)="([^"]*)"')


@st.composite
def written_otherwise(draw: st.DrawFn, record: bytes) -> bytes:
    """Other octets for the same: quotes, white space in tags, order of attributes, characters by number or in CDATA,
    namespaces declared again, empty elements as one tag."""
    chance = Random(draw(st.integers(0, 2**32)))

    def attribute(found: re.Match[str]) -> str:
        quote = "'" if "'" not in found[2] and chance.random() < 0.3 else '"'
        space = chance.choice([" ", "  ", "\n", "\t"])
        equals = chance.choice(["=", " = "])
        return f"{space}{found[1]}{equals}{quote}{_character(found[2])}{quote}"

    def _character(text: str) -> str:
        if not text.isalnum() or chance.random() > 0.3:
            return text
        at = chance.randrange(len(text))
        return f"{text[:at]}&#{chance.choice([str(ord(text[at])), f'x{ord(text[at]):x}'])};{text[at + 1 :]}"

    def words(text: str) -> str:
        if "&" in text or "]" in text or chance.random() > 0.2:
            return text
        return chance.choice([f"<![CDATA[{text}]]>", f"{text}<![CDATA[]]>", _character(text)])

    def tag(found: re.Match[str]) -> str:
        closing, name, attributes, text = found[1], found[2], found[3], found[4] or ""
        if closing:
            return f"</{name}{chance.choice(['', ' '])}>{text}"
        told = [attribute(each) for each in _ATTRIBUTE.finditer(attributes)]
        chance.shuffle(told)
        inside = f"{name}{''.join(told)}{chance.choice(['', '', ' '])}"
        if found[0].endswith(f"</{name}>"):
            return f"<{inside}/>" if chance.random() < 0.5 else f"<{inside}></{name}>"
        return f"<{inside}>{words(text)}"

    return _TAG.sub(tag, record.decode()).encode()
