"""What each timestamp of a record covers, and so which leaf stands for it in a tree: the data object at first, then the
timestamp before it, or the data object anew together with everything that was there."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from types import ModuleType

from signing.evidence import asn1, xml
from signing.evidence.records import ArchiveTimestamp, Chain, EvidenceRecord, RecordUnreadable, Syntax
from signing.evidence.tree import HashTree, NotInTree, ReducedTree, node

_WAYS: Mapping[Syntax, ModuleType] = {Syntax.ASN1: asn1, Syntax.XML: xml}


def write_record(syntax: Syntax, chains: Sequence[Chain]) -> bytes:
    """The octets of a record."""
    octets: bytes = _WAYS[syntax].write(chains)
    return octets


def read_record(octets: bytes) -> EvidenceRecord:
    """A record in either syntax; which one its first octet says: DER begins with a SEQUENCE.

    Raises:
        RecordUnreadable: it is none.
    """
    if not octets:
        raise RecordUnreadable("empty")
    return asn1.read(octets) if octets.startswith(b"\x30") else xml.read(octets)


def data_digest(syntax: Syntax, octets: bytes, algorithm: str) -> bytes:
    """The digest of a data object: of its octets (RFC 4998 4.2), or of its canonical form (RFC 6283 3.2)."""
    covered = octets if syntax is Syntax.ASN1 else xml.canonical(octets)
    return hashlib.new(algorithm, covered).digest()


def link_digest(syntax: Syntax, token: bytes, algorithm: str) -> bytes:
    """The leaf for a timestamp that a renewal in the same chain covers (RFC 4998 5.2, RFC 6283 4.2.1)."""
    return hashlib.new(algorithm, _WAYS[syntax].link(token)).digest()


def first(leaf: bytes, tree: HashTree, token: bytes) -> tuple[Chain, ...]:
    """The chains of a new record.

    Raises:
        NotInTree: it is no leaf of the tree.
    """
    return (Chain(tree.algorithm, (ArchiveTimestamp(tree.reduced(leaf), token),)),)


def renewed(syntax: Syntax, chains: Sequence[Chain], tree: HashTree, token: bytes) -> tuple[Chain, ...]:
    """Chains whose last timestamp is covered by another one of the same algorithm.

    Raises:
        NotInTree: the tree has no leaf for that timestamp.
    """
    last = chains[-1]
    if tree.algorithm != last.algorithm:
        raise NotInTree
    leaf = link_digest(syntax, last.timestamps[-1].token, last.algorithm)
    added = ArchiveTimestamp(tree.reduced(leaf), token)
    return (*chains[:-1], Chain(last.algorithm, (*last.timestamps, added)))


def rehashed_leaf(syntax: Syntax, chains: Sequence[Chain], digest: bytes, algorithm: str) -> bytes:
    """The leaf for a data object and all its chains under a new algorithm; `digest` is the object's, by that one."""
    so_far = _sequence_digest(syntax, chains, algorithm)
    return joined(syntax, digest, so_far, algorithm)


def rehashed(syntax: Syntax, chains: Sequence[Chain], digest: bytes, tree: HashTree, token: bytes) -> tuple[Chain, ...]:
    """Chains with another after them, of another algorithm.

    Raises:
        NotInTree: the tree has no leaf for the object and its chains.
    """
    so_far = _sequence_digest(syntax, chains, tree.algorithm)
    reduced = tree.reduced(leaf := joined(syntax, digest, so_far, tree.algorithm))
    if syntax is Syntax.XML:
        reduced = _with_group(leaf, tuple(sorted((digest, so_far))), reduced)
    return (*chains, Chain(tree.algorithm, (ArchiveTimestamp(reduced, token),)))


def chains_of(syntax: Syntax, octets: bytes, steps: Iterable[tuple[int, HashTree, bytes]]) -> tuple[Chain, ...]:
    """The chains about one data object: of each timestamp, from the first on, the number of its chain, the tree that it
    stands over and its token.

    Raises:
        NotInTree: some tree has no leaf for the object or for what was there before.
    """
    chains: tuple[Chain, ...] = ()
    for number, tree, token in steps:
        if not chains:
            chains = first(data_digest(syntax, octets, tree.algorithm), tree, token)
        elif number == len(chains):
            chains = renewed(syntax, chains, tree, token)
        else:
            chains = rehashed(syntax, chains, data_digest(syntax, octets, tree.algorithm), tree, token)
    return chains


def joined(syntax: Syntax, digest: bytes, so_far: bytes, algorithm: str) -> bytes:
    """A data object's digest and its chains' digest as one: in this order (RFC 4998 5.2 step 4, as its verifiers read
    it), or as a group of two (RFC 6283 4.2.2)."""
    if syntax is Syntax.XML:
        return node((digest, so_far), algorithm)
    return hashlib.new(algorithm, digest + so_far).digest()


def _sequence_digest(syntax: Syntax, chains: Sequence[Chain], algorithm: str) -> bytes:
    return hashlib.new(algorithm, _WAYS[syntax].write_sequence(chains)).digest()


def _with_group(leaf: bytes, group: tuple[bytes, ...], reduced: ReducedTree) -> ReducedTree:
    """The way from the members of a leaf's group instead of from the leaf."""
    if not reduced:
        return (group,)
    return (group, tuple(value for value in reduced[0] if value != leaf), *reduced[1:])
