"""What an evidence record says, whichever syntax it is written in."""

from dataclasses import dataclass, field
from enum import StrEnum

from signing.evidence.tree import ReducedTree

LONGEST = 4 * 1024 * 1024
"""octets of a record that is read, at most: tokens may carry revocation lists"""
MOST_CHAINS = 16
"""chains of a record: each is a hash algorithm that was given up"""
MOST_TIMESTAMPS = 64
"""timestamps of a chain: each outlives the certificate of the one before"""
MOST_LISTS = 64
"""lists of a reduced tree: two to the power of so many objects under one timestamp"""
MOST_VALUES = 1024
"""hash values of one list"""

ALGORITHMS = ("sha256", "sha384", "sha512")
"""what the hub reads and writes; which of them may be relied on, and when, the suites say (`schemas.algorithms`)"""


class Syntax(StrEnum):
    """The two standards for one thing."""

    ASN1 = "RFC 4998"
    """Over the octets of the data object; in DER."""
    XML = "RFC 6283"
    """Over the canonical form of a data object that is XML (3.2), and over the octets of any other."""


@dataclass(frozen=True, slots=True)
class ArchiveTimestamp:
    """One timestamp with what leads to it."""

    reduced: ReducedTree
    """From what it covers to what the timestamp was given for; empty when that is the same."""
    token: bytes = field(repr=False)
    """RFC 3161 TimeStampToken, DER."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Timestamps over one hash algorithm: each covers the one before."""

    algorithm: str
    """hashlib's name."""
    timestamps: tuple[ArchiveTimestamp, ...]
    """The oldest first; at least one."""


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """What proves one data object."""

    syntax: Syntax
    """How it is written."""
    chains: tuple[Chain, ...]
    """The oldest first; at least one. Each one after the first covers the object anew, and all chains before."""
    links: tuple[tuple[bytes, ...], ...] = field(repr=False)
    """For each timestamp of each chain the octets that a renewal in the same chain covers, as they stand in the record:
    of RFC 4998 the token (5.2), of RFC 6283 the canonical TimeStamp element (4.2.1)."""
    sequences: tuple[bytes, ...] = field(repr=False)
    """For each chain the octets of all chains up to and with it that a new chain covers: the DER of the
    ArchiveTimeStampSequence (5.2), or its canonical element (4.2.2)."""

    @property
    def last(self) -> ArchiveTimestamp:
        """The one that all the rest rests on now."""
        return self.chains[-1].timestamps[-1]


class RecordUnreadable(Exception):
    """No evidence record, or one with something in it that the hub neither writes nor reads."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
        """short machine text"""


def check_counts(chains: int, timestamps: int, lists: int, values: int) -> None:
    """Hold what was read to the bounds; each number is the largest found.

    Raises:
        RecordUnreadable: one of them is too large, or there is nothing.
    """
    bounds = ((chains, MOST_CHAINS), (timestamps, MOST_TIMESTAMPS), (lists, MOST_LISTS), (values, MOST_VALUES))
    if not chains or not timestamps:
        raise RecordUnreadable("empty")
    if any(number > most for number, most in bounds):
        raise RecordUnreadable("too-large")
