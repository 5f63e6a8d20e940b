"""Where elements stand in the octets of a record, so that one place can be filled without touching another."""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from xml.parsers import expat

_START_TAG = re.compile(rb"""<[^\s/>]+(?:\s+[^\s=>]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*/?>""")


@dataclass(frozen=True, slots=True)
class Span:
    """One element's place, in octets."""

    start: int
    """where its start tag begins"""
    inside: int
    """where its content begins; equal to `end` for an element written as one empty tag"""
    closing: int
    """where its end tag begins; equal to `end` for an element written as one empty tag"""
    end: int
    """after its last octet"""

    @property
    def one_tag(self) -> bool:
        """Written as one empty tag, such as `<CBQL/>`."""
        return self.inside == self.end


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a seal goes in a record, and what it covers."""

    path: str
    """the slot, below HOC_BA"""
    region_path: str
    """the element that it signs, below HOC_BA"""
    region_id: str
    """that element's identifier"""
    later: tuple[str, ...]
    """paths of the slots that come after it in the profile's order"""


def find_spans(octets: bytes, paths: Collection[str]) -> dict[str, Span]:
    """The first element at each of these paths below the root; the empty path is the root itself.

    A path may end with a number, 1-based, as in A/B[2].
    """
    numbered = {path.rpartition("[")[0] for path in paths if path.endswith("]")}
    numbers: Counter[str] = Counter()
    deepest = max(path.count("/") + 1 if path else 0 for path in paths)
    found: dict[str, Span] = {}
    starts: dict[str, int] = {}
    steps: list[str] = []
    depth = -1
    parser = expat.ParserCreate()

    def opened(name: str, _: object) -> None:
        nonlocal depth
        depth += 1
        if depth <= deepest:
            del steps[max(depth - 1, 0) :]
            if depth:
                steps.append(name)
            path = "/".join(steps)
            if path in numbered:
                numbers[path] += 1
                path = f"{path}[{numbers[path]}]"
            if path in paths and path not in found:
                starts[path] = parser.CurrentByteIndex

    def closed(_: str) -> None:
        nonlocal depth
        if depth <= deepest:
            path = "/".join(steps[:depth])
            path = f"{path}[{numbers[path]}]" if path in numbered else path
            if path in starts:
                found[path] = _span(octets, starts.pop(path), parser.CurrentByteIndex)
        depth -= 1

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.Parse(octets, True)
    return found


def find_ordinals(octets: bytes, ordinals: Collection[int]) -> list[Span]:
    """The elements with these numbers, in document order; the root is number 0."""
    found: dict[int, Span] = {}
    starts: list[tuple[int, int] | None] = []
    seen = 0
    parser = expat.ParserCreate()

    def opened(_: str, __: object) -> None:
        nonlocal seen
        starts.append((seen, parser.CurrentByteIndex) if seen in ordinals else None)
        seen += 1

    def closed(_: str) -> None:
        start = starts.pop()
        if start is not None:
            found[start[0]] = _span(octets, start[1], parser.CurrentByteIndex)

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.Parse(octets, True)
    return [found[number] for number in sorted(found)]


def _span(octets: bytes, start: int, closing: int) -> Span:
    tag = _START_TAG.match(octets, start)
    assert tag is not None  # the parser has just read this start tag
    if tag[0].endswith(b"/>"):
        return Span(start, tag.end(), tag.end(), tag.end())
    return Span(start, tag.end(), closing, octets.index(b">", closing) + 1)
