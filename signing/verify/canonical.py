"""Canonical octets of an element in its place: what ancestors inside the document lend it is included."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lxml import etree

from signing.verify.algorithms import C14N_METHODS, DEFAULT_C14N, C14nMethod

_PARSER = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False)

XML_NAMESPACE = "{http://www.w3.org/XML/1998/namespace}"


@dataclass(frozen=True, slots=True)
class Canonicalisation:
    """A method with its parameters: the key under which canonical octets are kept for a record."""

    method: C14nMethod = DEFAULT_C14N
    """The method."""
    prefixes: tuple[str, ...] = ()
    """InclusiveNamespaces PrefixList of exclusive C14N; `#default` is the default namespace."""


PLAIN: Mapping[str, Canonicalisation] = {uri: Canonicalisation(method) for uri, method in C14N_METHODS.items()}
"""Every method without parameters, by its URI: nearly all that signatures ask for, made once."""

EXCLUSIVE = PLAIN["http://www.w3.org/2001/10/xml-exc-c14n#"]
"""What the hub itself writes."""


def canonical_octets(element: Any, how: Canonicalisation) -> bytes:
    """The element's canonical form, without comments, as C14N asks of a document subset: the namespaces in scope and,
    for inclusive methods, the `xml:` attributes of ancestors are part of it."""
    if how.method.exclusive:
        prefixes = list(how.prefixes) or None
        octets = etree.tostring(
            element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=prefixes
        )
        return bytes(octets)
    with _inherited_xml_attributes(element, version11=how.method.version11):
        alone = _alone(element) if element.nsmap else element
        return bytes(etree.tostring(alone, method="c14n", exclusive=False, with_comments=False))


def _alone(element: Any) -> Any:
    """The element as the root of a document of its own, with the namespaces in scope declared on it.

    lxml canonicalises an inner element through a copy of its start tag; libxml2 2.14 then no longer recognises the
    default namespace below it and writes `xmlns=""` where there is none. Only inclusive methods look there.
    """
    octets = etree.tostring(element, encoding="utf-8", xml_declaration=False, with_tail=False)
    return etree.fromstring(octets, _PARSER)


@contextmanager
def _inherited_xml_attributes(element: Any, *, version11: bool) -> Iterator[None]:
    """C14N 1.0 2.4 and C14N 1.1 2.4: the nearest ancestor's `xml:` attributes appear on an orphan element."""
    lent: list[str] = []
    for ancestor in element.iterancestors():
        for name, value in ancestor.attrib.items():
            if name.startswith(XML_NAMESPACE) and name not in element.attrib:
                if version11 and name == f"{XML_NAMESPACE}id":
                    continue
                element.set(name, value)
                lent.append(name)
    try:
        yield
    finally:
        for name in lent:
            del element.attrib[name]
