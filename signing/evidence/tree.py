"""Hash trees and their reduced trees, as RFC 4998 4.2 and RFC 6283 3.2.1 have them.

Every leaf is one data object: groups of documents are not made here, so the first list of a reduced tree holds the leaf
and whoever shares its father. Nodes have two children; the last node of a level whose count is odd has three, so that no
list of one value stands inside a tree (the standards differ on whether such a value is hashed once more).
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ReducedTree = tuple[tuple[bytes, ...], ...]
"""Lists of hash values from the leaf's up to the root's children, each in ascending order; fathers are left out. Empty
where the tree is its one leaf."""


class NotInTree(Exception):
    """The digest is no leaf of the tree, or not in the first list of the reduced tree."""


@dataclass(frozen=True, slots=True)
class HashTree:
    """A whole tree: one timestamp over its root proves every leaf."""

    algorithm: str
    """hashlib's name."""
    levels: tuple[Sequence[bytes], ...]
    """Hash values from the leaves (ascending, each once) to the root alone."""

    @classmethod
    def of(cls, leaves: Iterable[bytes], algorithm: str) -> "HashTree":
        """Of digests in any order; one that is given twice is one leaf.

        Raises:
            ValueError: there is no leaf, or one is no digest of this algorithm.
        """
        level: Sequence[bytes] = sorted(set(leaves))
        size = hashlib.new(algorithm).digest_size
        if not level or any(len(leaf) != size for leaf in level):
            raise ValueError(f"leaves of {algorithm}")
        levels = [level]
        while len(level) > 1:
            level = [node(level[start:end], algorithm) for start, end in _groups(len(level))]
            levels.append(level)
        return cls(algorithm, tuple(levels))

    @property
    def root(self) -> bytes:
        """What is timestamped."""
        return self.levels[-1][0]

    @property
    def leaves(self) -> Sequence[bytes]:
        """The digests, ascending."""
        return self.levels[0]

    def reduced(self, leaf: bytes) -> ReducedTree:
        """What leads from one leaf to the root.

        Raises:
            NotInTree: it is no leaf of this tree.
        """
        place = bisect_left(self.leaves, leaf)
        if place == len(self.leaves) or self.leaves[place] != leaf:
            raise NotInTree
        lists = []
        for number, level in enumerate(self.levels[:-1]):
            start, end = _group(place, len(level))
            group = level[start:end] if number == 0 else [level[at] for at in range(start, end) if at != place]
            lists.append(tuple(sorted(group)))
            place = start // 2
        return tuple(lists)


def root_of(reduced: ReducedTree, leaf: bytes, algorithm: str) -> bytes:
    """The root that a reduced tree leads to (RFC 4998 4.3 steps 1 and 2).

    A first list of one value is handed up as it is (RFC 6283 3.1.1).

    Raises:
        NotInTree: the leaf is not in the first list.
    """
    if not reduced:
        return leaf
    if leaf not in reduced[0]:
        raise NotInTree
    value = node(reduced[0], algorithm) if len(reduced[0]) > 1 else leaf
    for each in reduced[1:]:
        value = node((*each, value), algorithm)
    return value


def node(children: Iterable[bytes], algorithm: str) -> bytes:
    """The father of hash values: they are put in ascending order, joined and hashed."""
    return hashlib.new(algorithm, b"".join(sorted(children))).digest()


def _groups(count: int) -> Iterable[tuple[int, int]]:
    """Start and end of each node's children among so many; at least two."""
    last = count // 2 - 1
    for number in range(last + 1):
        yield 2 * number, count if number == last else 2 * number + 2


def _group(place: int, count: int) -> tuple[int, int]:
    """Start and end of the group in which a place lies."""
    number = min(place // 2, count // 2 - 1)
    return 2 * number, count if number == count // 2 - 1 else 2 * number + 2
