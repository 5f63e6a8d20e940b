"""The evidence record of RFC 4998 in DER.

Read narrowly: what the hub does not write (encryption, attributes, cryptographic information beside the tokens) is
refused, and so is any coding but the one DER has, since a later chain covers these very octets.
"""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

from asn1crypto import algos, cms, core

from signing.evidence.records import (
    ALGORITHMS,
    LONGEST,
    MOST_CHAINS,
    MOST_LISTS,
    MOST_TIMESTAMPS,
    ArchiveTimestamp,
    Chain,
    EvidenceRecord,
    RecordUnreadable,
    Syntax,
    check_counts,
)
from signing.evidence.tree import ReducedTree


class _Algorithms(core.SequenceOf):  # type: ignore[misc]
    _child_spec = algos.DigestAlgorithm


class _PartialHashtree(core.SequenceOf):  # type: ignore[misc]
    _child_spec = core.OctetString


class _ReducedHashtree(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _PartialHashtree


class _ArchiveTimeStamp(core.Sequence):  # type: ignore[misc]
    _fields = [  # noqa: RUF012 - as asn1crypto has it
        ("digest_algorithm", algos.DigestAlgorithm, {"implicit": 0, "optional": True}),
        ("attributes", cms.CMSAttributes, {"implicit": 1, "optional": True}),
        ("reduced_hashtree", _ReducedHashtree, {"implicit": 2, "optional": True}),
        ("time_stamp", cms.ContentInfo),
    ]


class _ArchiveTimeStampChain(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _ArchiveTimeStamp


class _ArchiveTimeStampSequence(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _ArchiveTimeStampChain


class _EvidenceRecord(core.Sequence):  # type: ignore[misc]
    _fields = [  # noqa: RUF012 - as asn1crypto has it
        ("version", core.Integer),
        ("digest_algorithms", _Algorithms),
        ("crypto_infos", core.Sequence, {"implicit": 0, "optional": True}),
        ("encryption_info", core.Sequence, {"implicit": 1, "optional": True}),
        ("archive_time_stamp_sequence", _ArchiveTimeStampSequence),
    ]


def write(chains: Sequence[Chain]) -> bytes:
    """The record of these chains, DER."""
    # In the order of their use; one that is used again is named once.
    used = dict.fromkeys(chain.algorithm for chain in chains)
    algorithms = _sequence(b"".join(_algorithm(each, _SEQUENCE) for each in used))
    return _sequence(_VERSION + algorithms + write_sequence(chains))


def write_sequence(chains: Sequence[Chain]) -> bytes:
    """The DER of an ArchiveTimeStampSequence: what a chain that comes after these covers."""
    return _sequence(b"".join(_chain(chain) for chain in chains))


def read(octets: bytes) -> EvidenceRecord:
    """Read a record.

    Raises:
        RecordUnreadable: it is none, not in DER, larger than allowed, or has what the hub does not read.
    """
    if len(octets) > LONGEST:
        raise RecordUnreadable("too-large")
    try:
        chains = tuple(_chains(_EvidenceRecord.load(octets, strict=True)))
    except RecordUnreadable:
        raise
    except Exception as error:
        # Parsed lazily and made by others: whatever breaks (RecursionError among them), it is no record.
        raise RecordUnreadable("structure") from error
    if write(chains) != octets:
        raise RecordUnreadable("not-der")
    return evidence_record(chains)


def evidence_record(chains: Sequence[Chain]) -> EvidenceRecord:
    """Chains as this syntax has them."""
    return EvidenceRecord(
        Syntax.ASN1,
        tuple(chains),
        links=tuple(tuple(link(each.token) for each in chain.timestamps) for chain in chains),
        sequences=tuple(_sequence(content) for content in accumulate(_chain(chain) for chain in chains)),
    )


def link(token: bytes) -> bytes:
    """What a renewal in the same chain covers (5.2): the content of the timeStamp field."""
    return token


# ---------------------------------------------------------------- reading


def _chains(parsed: Any) -> Iterator[Chain]:
    if parsed["version"].native != 1:
        raise RecordUnreadable("version")
    if any(not isinstance(parsed[name], core.Void) for name in ("crypto_infos", "encryption_info")):
        raise RecordUnreadable("not-supported")
    sequence = parsed["archive_time_stamp_sequence"]
    check_counts(_count(sequence, MOST_CHAINS), 1, 0, 0)
    for chain in sequence:
        check_counts(1, _count(chain, MOST_TIMESTAMPS), 0, 0)
        timestamps = [_read_timestamp(each) for each in chain]
        named = {algorithm for algorithm, _ in timestamps}
        if len(named) != 1:
            raise RecordUnreadable("algorithms")
        yield Chain(named.pop(), tuple(each for _, each in timestamps))


def _read_timestamp(parsed: Any) -> tuple[str, ArchiveTimestamp]:
    if not isinstance(parsed["attributes"], core.Void) or isinstance(parsed["digest_algorithm"], core.Void):
        raise RecordUnreadable("not-supported")
    algorithm = str(parsed["digest_algorithm"]["algorithm"].native)
    if algorithm not in ALGORITHMS:
        raise RecordUnreadable("algorithms")
    lists = parsed["reduced_hashtree"]
    reduced: ReducedTree = ()
    if not isinstance(lists, core.Void):
        check_counts(1, 1, _count(lists, MOST_LISTS), 0)
        reduced = tuple(_values(each.contents, hashlib.new(algorithm).digest_size) for each in lists)
    return algorithm, ArchiveTimestamp(reduced, bytes(parsed["time_stamp"].dump()))


def _count(elements: Any, most: int) -> int:
    """How many there are, by their heads alone: four megabytes of empty ones would cost half a gigabyte as objects."""
    contents, at = elements.contents, 0
    for number in range(most + 1):
        if at >= len(contents):
            return number
        octets = contents[at + 1] & 0x7F if contents[at + 1] & 0x80 else 0
        size = int.from_bytes(contents[at + 2 : at + 2 + octets], "big") if octets else contents[at + 1]
        at += 2 + octets + size
    raise RecordUnreadable("too-large")


def _values(contents: bytes, size: int) -> tuple[bytes, ...]:
    """The hash values of one list, at least one, each as long as its algorithm makes them."""
    step = 2 + size
    count, rest = divmod(len(contents), step)
    check_counts(1, 1, 1, count)
    if not count or rest or any(contents[at : at + 2] != bytes((4, size)) for at in range(0, len(contents), step)):
        raise RecordUnreadable("structure")
    return tuple(contents[at + 2 : at + step] for at in range(0, len(contents), step))


# ---------------------------------------------------------------- writing
#
# A hundred thousand records are written in one go: the few constructs are put together by hand, ten times as fast as by
# the classes above, and read back by these in the tests.

_SEQUENCE, _OCTETS = b"\x30", b"\x04"
_VERSION = core.Integer(1).dump()
_OIDS = {name: core.ObjectIdentifier(algos.DigestAlgorithmId.unmap(name)).dump() for name in ALGORITHMS}
_DIGEST_ALGORITHM, _REDUCED = b"\xa0", b"\xa2"


def _chain(chain: Chain) -> bytes:
    return _sequence(b"".join(_timestamp(each, chain.algorithm) for each in chain.timestamps))


def _timestamp(each: ArchiveTimestamp, algorithm: str) -> bytes:
    lists = b"".join(_sequence(b"".join(_wrapped(_OCTETS, value) for value in values)) for values in each.reduced)
    reduced = _wrapped(_REDUCED, lists) if each.reduced else b""
    return _sequence(_algorithm(algorithm, _DIGEST_ALGORITHM) + reduced + each.token)


def _algorithm(name: str, tag: bytes) -> bytes:
    """An AlgorithmIdentifier without parameters (RFC 5754 2)."""
    return _wrapped(tag, _OIDS[name])


def _sequence(content: bytes) -> bytes:
    return _wrapped(_SEQUENCE, content)


def _wrapped(tag: bytes, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return tag + bytes([size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return tag + bytes([0x80 | len(length)]) + length + content
