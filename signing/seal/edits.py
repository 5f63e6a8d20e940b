"""Octets put into a record's slots: what is not replaced stays as it is, to the last octet."""

from collections.abc import Mapping, Sequence

from signing.seal.places import Landing, Span
from signing.seal.prepared import CannotSeal

Edit = tuple[int, int, bytes]
"""First octet replaced, first octet kept again, what comes between."""


def fillings(octets: bytes, spans: Mapping[str, Span], written: Sequence[tuple[Landing, bytes]]) -> list[Edit]:
    """What puts these contents into their slots, present or absent.

    Raises:
        CannotSeal: there is no place for one of them.
    """
    edits: list[Edit] = []
    absent: dict[str, list[tuple[Landing, bytes]]] = {}
    for landing, content in written:
        span = spans.get(landing.path)
        if span is not None:
            edits.append(fill(octets, span, content))
        else:
            parent, _, name = landing.path.rpartition("/")
            absent.setdefault(parent, []).append((landing, _element(name, content)))
    for parent, group in absent.items():
        edits.extend(_insertions(octets, spans, parent, group))
    return edits


def _insertions(
    octets: bytes, spans: Mapping[str, Span], parent: str, group: Sequence[tuple[Landing, bytes]]
) -> list[Edit]:
    """Absent slots go before the first slot that comes after them, or at the end of their list; an absent list goes
    after the data."""
    span = spans.get(parent)
    together = b"".join(element for _, element in group)
    if span is None:
        data = spans.get(group[0][0].region_path)
        if "/" in parent or data is None:
            raise CannotSeal(parent)
        return [(data.end, data.end, _element(parent, together))]
    if span.one_tag:
        return [fill(octets, span, together)]
    edits = []
    for landing, element in group:
        following = [spans[path].start for path in landing.later if path in spans and path.rpartition("/")[0] == parent]
        place = min(following, default=span.closing)
        edits.append((place, place, element))
    return edits


def _element(name: str, content: bytes) -> bytes:
    return b"<%b>%b</%b>" % (name.encode(), content, name.encode())


def fill(octets: bytes, span: Span, content: bytes) -> Edit:
    """Replace what an element holds; its start tag stays as it is."""
    if not span.one_tag:
        return span.inside, span.closing, content
    tag = octets[span.start : span.end - 2].rstrip()
    return span.start, span.end, b"%b>%b</%b>" % (tag, content, tag[1:].split()[0])


def edited(octets: bytes, edits: Sequence[Edit]) -> bytes:
    """The octets with these edits, none of which may overlap."""
    pieces: list[bytes] = []
    kept = 0
    for start, end, content in sorted(edits, key=lambda edit: edit[:2]):
        pieces += [octets[kept:start], content]
        kept = end
    return b"".join((*pieces, octets[kept:]))
