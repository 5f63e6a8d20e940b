"""Where elements stand in the octets of a record, so that one place can be filled without touching another."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.parsers import expat

from signing.verify.envelope import SIGNATURE

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


def element_at(root: Any, path: str) -> Any:
    """What `root.find` finds at a path of names, child by child as far as that is certain: it takes a third of the time."""
    element = root
    for step in path.split("/"):
        child = next(element.iterchildren(step), None)
        if child is None:
            return None if element is root and "[" not in step else root.find(path)
        element = child
    return element


def has_signature(root: Any, path: str) -> bool:
    """Whether an element at this path has a signature in it."""
    return element_at(root, path) is not None and root.find(f"{path}/{SIGNATURE}") is not None


def find_spans_of(root: Any, octets: bytes, paths: Collection[str]) -> dict[str, Span]:
    """The same as `find_spans` where the octets have been parsed to `root`.

    Most elements are the only ones of their name: what is in the tree and can be in one place only, is there.
    """
    found: dict[str, Span] = {}
    others: set[str] = set()
    for path in paths:
        element = element_at(root, path) if path else root
        if element is not None:
            span = _only(octets, element.tag.encode())
            if span is None:
                others.add(path)
            else:
                found[path] = span
    return found | find_spans(octets, others) if others else found


def _only(octets: bytes, name: bytes) -> Span | None:
    """The one element that can have this name, whatever else the octets hold; None where there may be several."""
    opening, ending = b"<" + name, b"</" + name
    start, closing = octets.find(opening), octets.rfind(ending)
    if start < 0:
        return None
    # Most names are in one pair of tags and nowhere else: that takes one look through all octets instead of two.
    if closing > start and octets.count(name) == 2:
        return _span(octets, start, closing)
    if octets.rfind(opening) != start or (closing >= 0 and octets.rfind(ending, start, closing) >= 0):
        return None
    return _span(octets, start, closing)


def find_spans(octets: bytes, paths: Collection[str]) -> dict[str, Span]:
    """The first element at each of these paths below the root, of a well-formed document; the empty path is the root.

    A path may end with a number, 1-based, as in A/B[2].
    """
    tags = _plain_tags(octets, frozenset(paths))
    return _spans(octets, _every_tag(octets) if tags is None else tags, paths)


Tag = tuple[int, int, str]
"""Octet where it begins; depth of its element, the root's being 0; its name, or no name for an end tag."""


def _spans(octets: bytes, tags: Iterable[Tag], paths: Collection[str]) -> dict[str, Span]:
    numbered = {path.rpartition("[")[0] for path in paths if path.endswith("]")}
    numbers: Counter[str] = Counter()
    found: dict[str, Span] = {}
    names: dict[int, str] = {}
    starts: dict[int, tuple[str, int]] = {}
    for at, depth, name in tags:
        if not name:
            names.pop(depth, None)
            if depth in starts:
                path, start = starts.pop(depth)
                found[path] = _span(octets, start, at)
            continue
        names[depth] = name
        steps = [names[level] for level in range(1, depth + 1) if level in names]
        if len(steps) < depth:
            continue
        path = "/".join(steps)
        if path in numbered:
            numbers[path] += 1
            path = f"{path}[{numbers[path]}]"
        if path in paths and path not in found:
            starts[depth] = path, at
    return found


@lru_cache(maxsize=1024)
def _tags_named(names: frozenset[str]) -> re.Pattern[bytes]:
    alternatives = "|".join(re.escape(name) for name in sorted(names))
    return re.compile(rf"<(?:(/?)({alternatives})(?=[\s/>])|[!?])".encode())


@lru_cache(maxsize=1024)
def _names(paths: frozenset[str]) -> frozenset[str]:
    return frozenset(step.partition("[")[0] for path in paths for step in path.split("/") if step)


def _plain_tags(octets: bytes, paths: frozenset[str]) -> list[Tag] | None:
    """The tags of these paths' elements and of the root, in order; None where tags cannot be told from other text by
    their first letter.

    Without comments, CDATA sections, DTD and instructions each «<» begins a tag, and depth is a matter of counting.
    «/>» may stand in a text or an attribute too: then the sum over the whole document is not zero.
    """
    begin = octets.find(b"?>") + 2 if octets.startswith((b"<?xml", b"\xef\xbb\xbf<?xml")) else 0
    begin = octets.find(b"<", begin)
    root = _START_TAG.match(octets, begin)
    if root is None:
        return None
    name = root[0].strip(b"</>").split()[0].decode()
    depth, counted = 0, begin
    tags: list[Tag] = []
    for match in _tags_named(_names(paths) | {name}).finditer(octets, begin):
        if match[2] is None:
            return None
        at = match.start()
        depth, counted = depth + _depth(octets, counted, at), at
        if match[1]:
            tags.append((at, depth - 1, ""))
        else:
            tags.append((at, depth, match[2].decode()))
            tag = _START_TAG.match(octets, at)
            if tag is not None and tag[0].endswith(b"/>"):
                tags.append((at, depth, ""))
    return tags if depth + _depth(octets, counted, len(octets)) == 0 else None


def _depth(octets: bytes, start: int, end: int) -> int:
    """How many more elements are open at `end` than at `start`."""
    opened_or_closed = octets.count(b"<", start, end)
    return opened_or_closed - 2 * octets.count(b"</", start, end) - octets.count(b"/>", start, end)


def _every_tag(octets: bytes) -> list[Tag]:
    tags: list[Tag] = []
    depth = -1
    parser = expat.ParserCreate()

    def opened(name: str, _: object) -> None:
        nonlocal depth
        depth += 1
        tags.append((parser.CurrentByteIndex, depth, name))

    def closed(_: str) -> None:
        nonlocal depth
        tags.append((parser.CurrentByteIndex, depth, ""))
        depth -= 1

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.Parse(octets, True)
    return tags


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
