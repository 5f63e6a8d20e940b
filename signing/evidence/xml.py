"""The evidence record of RFC 6283 (XMLERS), with inclusive canonical XML 1.0 as its canonicalisation method.

Read narrowly: what the hub does not write (encryption, supporting information, attributes, cryptographic information
beside the tokens) is refused, and so is anything but RFC 3161 tokens. No DTD, no entity, no comment is let through.
"""

import binascii
from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree

from signing.certificates import decode_base64
from signing.evidence.records import (
    LONGEST,
    MOST_LISTS,
    MOST_TIMESTAMPS,
    ArchiveTimestamp,
    Chain,
    EvidenceRecord,
    RecordUnreadable,
    Syntax,
    check_counts,
)
from signing.verify.canonical import PLAIN, canonical_octets
from signing.verify.faults import Fault
from signing.verify.policy import Limits
from signing.verify.prescreen import check_crowding, check_scope, parse, prescreen_octets, prescreen_tree

NAMESPACE = "urn:ietf:params:xml:ns:ers"
CANONICALISATION = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_DIGESTS = {
    "sha256": "http://www.w3.org/2001/04/xmlenc#sha256",
    "sha384": "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "sha512": "http://www.w3.org/2001/04/xmlenc#sha512",
}
_BY_URI = {uri: name for name, uri in _DIGESTS.items()}
_LIMITS = Limits(octets=LONGEST, tags=16 * MOST_TIMESTAMPS * MOST_LISTS, attributes=8 * MOST_TIMESTAMPS * MOST_LISTS)
_Q = f"{{{NAMESPACE}}}"
_HEAD = b"<?xml version='1.0' encoding='UTF-8'?>\n"


def write(chains: Sequence[Chain]) -> bytes:
    """The record of these chains, UTF-8; its inside is in canonical form already."""
    inside = _sequence(chains, declared=False)
    return b'%s<EvidenceRecord xmlns="%s" Version="1.0">%s</EvidenceRecord>' % (_HEAD, NAMESPACE.encode(), inside)


def write_sequence(chains: Sequence[Chain]) -> bytes:
    """The canonical ArchiveTimeStampSequence: what a chain that comes after these covers."""
    return _sequence(chains, declared=True)


def read(octets: bytes) -> EvidenceRecord:
    """Read a record.

    Raises:
        RecordUnreadable: it is none, larger than allowed, or has what the hub does not read.
    """
    try:
        declared = prescreen_octets(octets, _LIMITS)
        root = parse(octets)
        check_scope(root, _LIMITS, declared=declared)
        check_crowding(root, _LIMITS)
        prescreen_tree(root, _LIMITS)
    except Fault as fault:
        raise RecordUnreadable(fault.kind.cause) from fault
    try:
        return _record(root)
    except ValueError as error:
        # An element has fewer children than it is taken apart into.
        raise RecordUnreadable("structure") from error


def evidence_record(chains: Sequence[Chain]) -> EvidenceRecord:
    """Chains as this syntax has them."""
    return EvidenceRecord(
        Syntax.XML,
        tuple(chains),
        links=tuple(tuple(link(each.token) for each in chain.timestamps) for chain in chains),
        sequences=tuple(write_sequence(chains[:count]) for count in range(1, len(chains) + 1)),
    )


def link(token: bytes) -> bytes:
    """What a renewal in the same chain covers (4.2.1): the canonical TimeStamp element."""
    return _stamp(token, declared=True)


def canonical(octets: bytes) -> bytes:
    """A data object as this syntax covers it (3.2): XML in its canonical form, anything else as it is."""
    try:
        root = parse(octets)
    except Fault:
        return octets
    form: bytes = etree.tostring(root.getroottree(), method="c14n", exclusive=False, with_comments=False)
    return form


# ---------------------------------------------------------------- reading


def _record(root: Any) -> EvidenceRecord:
    if root.tag != f"{_Q}EvidenceRecord" or dict(root.attrib) != {"Version": "1.0"}:
        raise RecordUnreadable("version" if root.tag == f"{_Q}EvidenceRecord" else "structure")
    (sequence,) = _children(root, "ArchiveTimeStampSequence")
    chains = _children(sequence, "ArchiveTimeStampChain", several=True, ordered=True)
    check_counts(len(chains), 1, 0, 0)
    read = [_chain(chain) for chain in chains]
    return EvidenceRecord(
        Syntax.XML,
        tuple(chain for chain, _ in read),
        links=tuple(links for _, links in read),
        sequences=tuple(_up_to(sequence, len(read))),
    )


def _up_to(sequence: Any, count: int) -> Iterator[bytes]:
    """The canonical form of the sequence with its first chain alone, then with the first two, and so on: what is taken
    away for it is the later chains and nothing else, white space between them stays."""
    whole = _canonical(sequence)
    for chains in range(1, count):
        tree = parse(whole)
        for later in list(tree)[chains:]:
            _take_out(later)
        yield _canonical(tree)
    yield whole


def _canonical(element: Any) -> bytes:
    return canonical_octets(element, PLAIN[CANONICALISATION])


def _take_out(element: Any) -> None:
    """An element without the text after it, which lxml counts as the element's own."""
    before, above, tail = element.getprevious(), element.getparent(), element.tail or ""
    above.remove(element)
    before.tail = (before.tail or "") + tail


def _chain(element: Any) -> tuple[Chain, tuple[bytes, ...]]:
    digest, method, *timestamps = element
    if (digest.tag, method.tag) != (f"{_Q}DigestMethod", f"{_Q}CanonicalizationMethod"):
        raise RecordUnreadable("structure")
    if len(digest) or len(method) or dict(method.attrib) != {"Algorithm": CANONICALISATION}:
        raise RecordUnreadable("algorithms")
    algorithm = _BY_URI.get(digest.get("Algorithm", ""))
    if algorithm is None:
        raise RecordUnreadable("algorithms")
    check_counts(1, len(timestamps), 0, 0)
    _check_ordered(timestamps, "ArchiveTimeStamp")
    return (
        Chain(algorithm, tuple(_timestamp(each) for each in timestamps)),
        tuple(_canonical(each.find(f"{_Q}TimeStamp")) for each in timestamps),
    )


def _timestamp(element: Any) -> ArchiveTimestamp:
    *trees, stamp = element
    if stamp.tag != f"{_Q}TimeStamp" or stamp.attrib or len(trees) > 1:
        raise RecordUnreadable("not-supported")
    (token,) = _children(stamp, "TimeStampToken")
    if dict(token.attrib) != {"Type": "RFC3161"} or len(token):
        raise RecordUnreadable("not-supported")
    return ArchiveTimestamp(_reduced(trees[0]) if trees else (), _base64(token))


def _reduced(element: Any) -> Any:
    if element.tag != f"{_Q}HashTree":
        raise RecordUnreadable("structure")
    lists = _children(element, "Sequence", several=True, ordered=True)
    check_counts(1, 1, len(lists), max(map(len, lists), default=0))
    return tuple(tuple(_base64(value) for value in _children(each, "DigestValue", several=True)) for each in lists)


def _children(element: Any, name: str, *, several: bool = False, ordered: bool = False) -> list[Any]:
    """All children, which have this one name."""
    found = list(element)
    if not found or (len(found) > 1 and not several) or any(each.tag != f"{_Q}{name}" for each in found):
        raise RecordUnreadable("structure")
    if ordered:
        _check_ordered(found, name)
    return found


def _check_ordered(elements: Sequence[Any], name: str) -> None:
    """Numbered from one on, in the order in which they stand (2.1)."""
    wanted = [(f"{_Q}{name}", {"Order": str(number)}) for number in range(1, len(elements) + 1)]
    if [(each.tag, dict(each.attrib)) for each in elements] != wanted:
        raise RecordUnreadable("order")


def _base64(element: Any) -> bytes:
    if len(element):
        raise RecordUnreadable("structure")
    try:
        return decode_base64(element.text or "")
    except (ValueError, binascii.Error, IndexError) as error:
        raise RecordUnreadable("structure") from error


# ---------------------------------------------------------------- writing
#
# Put together in canonical form by hand: lxml would take longer over a hundred thousand of them than the hashing does.


def _sequence(chains: Sequence[Chain], *, declared: bool) -> bytes:
    inside = b"".join(_written(chain, number) for number, chain in enumerate(chains, start=1))
    return b"<ArchiveTimeStampSequence%s>%s</ArchiveTimeStampSequence>" % (_declared(declared), inside)


def _written(chain: Chain, number: int) -> bytes:
    timestamps = b"".join(
        b'<ArchiveTimeStamp Order="%d">%s%s</ArchiveTimeStamp>'
        % (order, _tree(each), _stamp(each.token, declared=False))
        for order, each in enumerate(chain.timestamps, start=1)
    )
    return (
        b'<ArchiveTimeStampChain Order="%d"><DigestMethod Algorithm="%s"></DigestMethod>'
        b'<CanonicalizationMethod Algorithm="%s"></CanonicalizationMethod>%s</ArchiveTimeStampChain>'
        % (number, _DIGESTS[chain.algorithm].encode(), CANONICALISATION.encode(), timestamps)
    )


def _tree(each: ArchiveTimestamp) -> bytes:
    if not each.reduced:
        return b""
    lists = b"".join(
        b'<Sequence Order="%d">%s</Sequence>'
        % (order, b"".join(b"<DigestValue>%s</DigestValue>" % b64encode(value) for value in values))
        for order, values in enumerate(each.reduced, start=1)
    )
    return b"<HashTree>%s</HashTree>" % lists


def _stamp(token: bytes, *, declared: bool) -> bytes:
    return b'<TimeStamp%s><TimeStampToken Type="RFC3161">%s</TimeStampToken></TimeStamp>' % (
        _declared(declared),
        b64encode(token),
    )


def _declared(declared: bool) -> bytes:
    return b' xmlns="%s"' % NAMESPACE.encode() if declared else b""
