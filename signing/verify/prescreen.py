"""Steps 1 and 2: the octets before anything is parsed, then a parser that fetches and expands nothing."""

from collections.abc import Sequence
from typing import Any

from lxml import etree

from schemas.profiles import Slot, Tie
from signing.verify.canonical import XML_NAMESPACE
from signing.verify.faults import Fault
from signing.verify.policy import Limits

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ATTRIBUTES: Any = etree.XPath("//@*", smart_strings=True)
_XINCLUDE = "{http://www.w3.org/2001/XInclude}*"
_IDENTIFIERS = frozenset({"id", "Id", "ID", "iD"})


def prescreen_octets(octets: bytes, limits: Limits) -> int:
    """Step 1: size, encoding, no DTD, bounded numbers of tags and namespaces; answers how many namespaces may be
    declared."""
    if len(octets) > limits.octets:
        raise Fault("too-large", seen=str(len(octets)), expected=f"≤ {limits.octets}")
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in octets:
        raise Fault("not-utf8")
    if b"!" in octets and (b"<!DOCTYPE" in octets or b"<!ENTITY" in octets):
        raise Fault("doctype")
    _check_declared_encoding(octets)
    if octets.count(b"<") > limits.tags:
        raise Fault("too-large", expected=f"≤ {limits.tags} <")
    declared = octets.count(b"xmlns")
    if declared > limits.namespaces:
        raise Fault("too-many-attributes", expected=f"≤ {limits.namespaces} xmlns")
    return declared


def _check_declared_encoding(octets: bytes) -> None:
    start = len(_BYTE_ORDER_MARK) if octets.startswith(_BYTE_ORDER_MARK) else 0
    if octets.startswith(b"<?xml", start):
        declaration = octets[start : octets.find(b"?>", start)].lower()
        if b"encoding" in declaration and b"utf-8" not in declaration:
            raise Fault("not-utf8")


def parse(octets: bytes, *, huge: bool = False) -> Any:
    """Step 2: parse with a parser that knows no entities, no DTD and no network."""
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=huge,
        remove_comments=False,
        remove_pis=False,
        remove_blank_text=False,
    )
    try:
        return etree.fromstring(octets, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Fault("not-well-formed") from error


def check_scope(root: Any, limits: Limits, *, declared: int) -> None:
    """Step 1: few namespaces in scope at any element. Inclusive canonicalisation weighs each pair of them at every
    element: 400 above 300,000 elements take it minutes."""
    if declared <= limits.scope:
        return
    scope = 0
    for event, _ in etree.iterwalk(root, events=("start-ns", "end-ns")):
        scope += 1 if event == "start-ns" else -1
        if scope > limits.scope:
            raise Fault("too-many-attributes", expected=f"≤ {limits.scope} xmlns")


def check_crowding(root: Any, limits: Limits) -> None:
    """Step 1: few attributes on any one element. Canonicalisation sorts them by comparing pairs: 100,000 take it a
    minute."""
    if any(len(element.attrib) > limits.crowd for element in root.iter(etree.Element)):
        raise Fault("too-many-attributes", expected=f"≤ {limits.crowd} / <…>")


def prescreen_tree(root: Any, limits: Limits, slots: Sequence[Slot] = ()) -> None:
    """Step 1, the part that only a parsed document can answer: comments, attributes, identifiers used once.

    What ties a slot to its region stands twice, in the one and in the other; those two places and no third.
    """
    if next(root.iter(etree.Comment, etree.ProcessingInstruction, etree.Entity, _XINCLUDE), None) is not None:
        raise Fault("comment")
    attributes = _ATTRIBUTES(root)
    if len(attributes) > limits.attributes:
        raise Fault("too-many-attributes", seen=str(len(attributes)), expected=f"≤ {limits.attributes}")
    identifiers: set[str] = set()
    repeated: set[str] = set()
    for value in attributes:
        name = value.attrname
        if name[0] == "{":
            if name == f"{XML_NAMESPACE}base":
                raise Fault("xml-base")
            name = name[name.index("}") + 1 :]
        if name in _IDENTIFIERS:
            if value in identifiers:
                repeated.add(value)
            identifiers.add(value)
    if repeated:
        _check_tied(root, repeated, attributes, [slot for slot in slots if slot.tie is not None])


def _check_tied(root: Any, repeated: set[str], attributes: Sequence[Any], slots: Sequence[Slot]) -> None:
    """A repeated identifier is one slot's tie and one mark's, under exactly the declared attribute."""
    places: dict[str, list[tuple[str, Any]]] = {}
    for value in attributes:
        if value in repeated and value.attrname.rpartition("}")[2] in _IDENTIFIERS:
            places.setdefault(str(value), []).append((value.attrname, value.getparent()))
    ends = [(slot.tie.attribute, *_ends(root, slot, slot.tie)) for slot in slots if slot.tie is not None]
    for value, found in places.items():
        names, elements = {name for name, _ in found}, [element for _, element in found]
        if len(elements) != 2 or not any(
            names == {name}
            and sum(each in holders for each in elements) == sum(each in marks for each in elements) == 1
            for name, holders, marks in ends
        ):
            raise Fault("identifier-repeated", seen=value)


def _ends(root: Any, slot: Slot, tie: Tie) -> tuple[set[Any], set[Any]]:
    return set(root.findall(slot.path)), set(root.findall(f"{slot.region_path}/{tie.mark}"))
