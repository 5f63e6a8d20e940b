"""A PDF from outside, opened: within bounds, not encrypted, with nothing in it that runs, and what is attached to it."""

import hashlib
import io
from collections.abc import Iterator
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodeLimits, DocumentDecodeBudget, StreamDecodeLimits
from pyhanko.pdf_utils.misc import PdfDecodeLimitError
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.printed.problems import Wrong
from signing.printed.results import Attachment

MIB = 1024 * 1024
MOST_OCTETS = 16 * MIB
"""octets of a file: a form of five years has some 300 kB"""
MOST_UNPACKED = 16 * MIB
"""octets of one stream when unpacked"""
MOST_OBJECTS = 20_000
"""objects of a file; a form of five years has some 500"""
MOST_REVISIONS = 60
MOST_ATTACHMENTS = 20
_MOST_NODES = 200

_LIMITS = DecodeLimits(
    per_stream=StreamDecodeLimits(max_output_size=MOST_UNPACKED),
    document_budget=DocumentDecodeBudget(base_allowance=4 * MOST_UNPACKED, max_ratio=4),
)
_ACTIVE_KEYS = frozenset({"/JS", "/JavaScript", "/AA", "/XFA", "/RichMediaContent"})
_ACTIVE_ACTIONS = frozenset(
    {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition", "/Movie", "/Sound"}
)


def open_pdf(octets: bytes) -> PdfFileReader:
    """The file, opened.

    Raises:
        Wrong: pdf-too-large, pdf-encrypted, pdf-unreadable, pdf-swollen or pdf-active.
    """
    if len(octets) > MOST_OCTETS:
        raise Wrong("pdf-too-large", seen=str(len(octets)))
    if not octets.startswith(b"%PDF-"):
        raise Wrong("pdf-unreadable")
    try:
        reader = PdfFileReader(io.BytesIO(octets), decode_limits=_LIMITS)
        if reader.security_handler is not None:
            raise Wrong("pdf-encrypted")
        if reader.total_revisions > MOST_REVISIONS:
            raise Wrong("pdf-unreadable", seen=f"{reader.total_revisions} revisions")
        _refuse_active(reader)
    except (Wrong, MemoryError):
        raise
    except PdfDecodeLimitError as error:
        raise Wrong("pdf-swollen") from error
    except Exception as error:
        # The library raises many kinds of error on hostile input; each of them is a refusal, none may escape.
        raise Wrong("pdf-unreadable", seen=type(error).__name__) from error
    return reader


def entry(holder: Any, key: str, otherwise: Any) -> Any:
    """What a dictionary says under a key. Its own `get` hands out a reference where there is one."""
    try:
        return holder[key]
    except KeyError:
        return otherwise


def _refuse_active(reader: PdfFileReader) -> None:
    """Look through every object of every revision: what was once there could be brought back."""
    seen = 0
    for revision in range(reader.total_revisions):
        resolver = reader.get_historical_resolver(revision)
        for reference in sorted(reader.xrefs.explicit_refs_in_revision(revision), key=lambda each: each.idnum):
            seen += 1
            if seen > MOST_OBJECTS:
                raise Wrong("pdf-unreadable", seen=f"> {MOST_OBJECTS} objects")
            _look(resolver.get_object(reference))


def _look(value: Any) -> None:
    rest = [value]
    while rest:
        each = rest.pop()
        if isinstance(each, generic.DictionaryObject):
            if _ACTIVE_KEYS & each.keys() or (str(entry(each, "/S", "")) in _ACTIVE_ACTIONS):
                raise Wrong("pdf-active")
            rest += [each.raw_get(key) for key in each]
        elif isinstance(each, generic.ArrayObject):
            rest += [each.raw_get(index) for index in range(len(each))]


def attachments_of(reader: PdfFileReader) -> tuple[Attachment, ...]:
    """The files inside, by name.

    Raises:
        Wrong: pdf-attachments or pdf-swollen.
    """
    try:
        found = sorted(_attached(reader), key=lambda each: each.name)
    except PdfDecodeLimitError as error:
        raise Wrong("pdf-swollen") from error
    except (Wrong, MemoryError):
        raise
    except Exception as error:
        # As in `open_pdf`: damaged streams among it.
        raise Wrong("pdf-attachments", seen=type(error).__name__) from error
    if len({each.name for each in found}) < len(found) or len(found) > MOST_ATTACHMENTS:
        raise Wrong("pdf-attachments")
    return tuple(found)


def _attached(reader: PdfFileReader) -> Iterator[Attachment]:
    names = entry(reader.root, "/Names", {})
    rest = [names["/EmbeddedFiles"]] if "/EmbeddedFiles" in names else []
    nodes = 0
    while rest:
        node = rest.pop()
        nodes += 1
        if nodes > _MOST_NODES:
            raise Wrong("pdf-attachments")
        rest += list(entry(node, "/Kids", ()))
        pairs = list(entry(node, "/Names", ()))
        if len(pairs) > 2 * MOST_ATTACHMENTS:
            raise Wrong("pdf-attachments")
        yield from (_attachment(each) for each in pairs[1::2])


def _attachment(specification: Any) -> Attachment:
    told = specification.get_object()
    octets = bytes(told["/EF"]["/F"].data)
    return Attachment(str(entry(told, "/UF", entry(told, "/F", ""))), octets, hashlib.sha256(octets).hexdigest())
