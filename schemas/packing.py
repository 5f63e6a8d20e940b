"""The envelope of the official transactions (CV 2088 Phụ lục 1.2): Base64 of a 4-byte little-endian length and one
gzip member. Nothing is unpacked beyond its bound, whatever the envelope says of itself.
"""

import binascii
import re
import struct
import zlib

from schemas.findings import Finding, FindingError
from schemas.rules.envelope import AFTER_END, AMBIGUOUS_QUOTE, BASE64, GZIP, LENGTH, TOO_LARGE_UNPACKED

MIB = 1024 * 1024
LIMIT = 64 * MIB
_GZIP = 31  # zlib's word for: window of 2^15, gzip header and trailer
_HEADER = struct.Struct("<I")

_QUOTES = {"none": b'"', "backslash": b'\\"', "entity": b"&quot;"}
_ESCAPED = re.compile(rb"""<[^<>"'&\\]*=\s*(\\"|&quot;)""")
_LOOK_AT = 4096


class PackingError(FindingError):
    """Content that cannot be packed or unpacked."""

    def __init__(self, finding: Finding) -> None:
        super().__init__([finding])

    @property
    def finding(self) -> Finding:
        """What is wrong with it."""
        return self.findings[0]


def pack(text: bytes, *, escape: str = "none", level: int = 1) -> str:
    """The envelope around UTF-8 text; `escape` is the kind of «escape quote», `level` gzip's, 1 fast to 9 small."""
    quote = _QUOTES[escape]
    if escape == "entity" and quote in text:
        raise PackingError(AMBIGUOUS_QUOTE.finding())
    if escape != "none":
        text = text.replace(b'"', quote)
    squeeze = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
    member = squeeze.compress(text) + squeeze.flush()
    return binascii.b2a_base64(_HEADER.pack(len(text)) + member, newline=False).decode("ascii")


def unpack(content: str, *, limit: int = LIMIT) -> bytes:
    """The text in an envelope, its quotes as they were; at most `limit` octets are ever unpacked."""
    try:
        packed = binascii.a2b_base64(content.encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise PackingError(BASE64.finding()) from error
    if len(packed) < _HEADER.size:
        raise PackingError(GZIP.finding(seen=f"{len(packed)} byte"))
    (length,) = _HEADER.unpack_from(packed)
    if length > limit:
        raise PackingError(TOO_LARGE_UNPACKED.finding(seen=f"{length} byte", expected=f"≤ {limit} byte"))
    return _unescaped(_inflate(memoryview(packed)[_HEADER.size :], length))


def _inflate(member: memoryview, length: int) -> bytes:
    """One gzip member of exactly `length` octets; one octet more is asked for, so that a lie shows."""
    expand = zlib.decompressobj(_GZIP)
    try:
        text = expand.decompress(member, length + 1)
    except zlib.error as error:
        raise PackingError(GZIP.finding()) from error
    if len(text) > length or (expand.eof and len(text) < length):
        told = f"> {length}" if len(text) > length else str(len(text))
        raise PackingError(LENGTH.finding(seen=f"{length} byte", expected=f"{told} byte"))
    if not expand.eof:
        raise PackingError(GZIP.finding())
    if expand.unused_data:
        raise PackingError(AFTER_END.finding(seen=f"{len(expand.unused_data)} byte"))
    return text


def _unescaped(text: bytes) -> bytes:
    """Which «escape quote» was used shows in the first attribute: no XML has an escaped quote where a value starts."""
    told = _ESCAPED.search(text, 0, _LOOK_AT)
    return text if told is None else text.replace(told.group(1), b'"')
