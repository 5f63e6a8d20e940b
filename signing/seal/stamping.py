"""Level B-T: the timestamp of a seal that the hub has made (EN 319 132-1 5.3), put beside it as an unsigned property.

What is stamped is the canonical `ds:SignatureValue`; what is written lies outside everything that a signature covers, and
not one octet that is there already is changed. A seal in the plain property form has no place for it: a timestamp is a
property of XAdES, whose baseline wants the signed properties beside it (EN 319 132-1 6.3), and a `QualifyingProperties`
without them is no level that any verifier knows. So that form cannot be stamped, and the settings say so.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from schemas.profiles import Slot
from signing.seal.places import Span, find_spans
from signing.seal.writing import EXCLUSIVE
from signing.timestamps import TokenUnreadable, read_token
from signing.verify.envelope import DS, SIGNATURE
from signing.verify.locate import IDENTIFIER_ATTRIBUTES, untied
from signing.verify.prescreen import parse
from signing.verify.properties import QUALIFYING, SIGNATURE_TIMESTAMP

TRANSACTION_PATH = ""
"""where a transaction's signature stands: the last child of its batch"""
HUB_MADE = "sig-"
"""how the identifier of every seal of the hub begins"""
_OPENING, _CLOSING = b"<ds:Signature ", b"</ds:Signature>"
_VALUE = "ds:SignatureValue"
_QUALIFYING = "ds:Object/xades:QualifyingProperties"
_UNSIGNED = f"{_QUALIFYING}/xades:UnsignedProperties"
_PROPERTIES = f"{_UNSIGNED}/xades:UnsignedSignatureProperties"
_BASE64 = re.compile(rb"[A-Za-z0-9+/]+={0,2}")


class CannotStamp(Exception):
    """There is no seal of the hub at the place, it has no place for a timestamp, or the token is another seal's."""


@dataclass(frozen=True, slots=True)
class _Found:
    """One seal in the octets."""

    start: int
    """where it begins"""
    octets: bytes
    """it"""
    spans: Mapping[str, Span]
    """places in it"""


def imprint(octets: bytes, path: str, *, algorithm: str = "sha256") -> bytes:
    """The digest that a timestamp on the seal at a path must bear.

    `octets` is a record and `path` a slot's below HOC_BA, with its number where there are several; or a batch with
    `TRANSACTION_PATH`.

    Raises:
        CannotStamp: no seal of the hub is there.
    """
    return _imprint(_find(octets, path), algorithm)


def with_timestamp(octets: bytes, path: str, token: bytes) -> bytes:
    """The same octets with a DER TimeStampToken in the seal at a path, after those that it has already.

    Raises:
        CannotStamp: no seal of the hub is there, it is in the property form, or the token was made for something else.
    """
    found = _find(octets, path)
    try:
        told = read_token(token)
        fits = told.imprint == _imprint(found, told.algorithm)
    except (TokenUnreadable, ValueError) as error:
        raise CannotStamp(path) from error
    if not fits:
        raise CannotStamp(path)
    _check_uncovered(octets, path)
    place, text = _landing(found, path, _stamp(token))
    return b"".join((octets[:place], text, octets[place:]))


def _check_uncovered(octets: bytes, path: str) -> None:
    """Nobody may have signed over the seal's place: the last of all, over a transaction, nobody can have."""
    if path == TRANSACTION_PATH:
        return
    root = parse(octets)
    slot = root.find(path)
    own = slot.find(SIGNATURE)
    signed = {
        (reference.get("URI") or "").removeprefix("#")
        for signature in root.iter(SIGNATURE)
        if signature is not own
        for reference in signature.iter(f"{DS}Reference")
    }
    for element in (slot, *slot.iterancestors()):
        if any(element.get(name) in signed for name in IDENTIFIER_ATTRIBUTES):
            raise CannotStamp(path)


def wanted(root: Any, slots: Sequence[Slot]) -> list[str]:
    """The paths of the hub's seals in a record that have a place for a timestamp and none in it.

    Raises:
        Fault: slots that stand once per signer are not in order.
    """
    found = []
    for slot in untied(root, slots):
        signature = root.find(f"{slot.path}/{SIGNATURE}")
        if signature is not None and _lacks(signature):
            found.append(slot.path)
    return found


def _lacks(signature: Any) -> bool:
    ours = signature.get("Id", "").startswith(HUB_MADE) and signature.prefix == "ds"
    has_place = any(each.prefix == "xades" for each in signature.iterfind(f"{{*}}Object/{QUALIFYING}"))
    return ours and has_place and next(signature.iter(SIGNATURE_TIMESTAMP), None) is None


def _find(octets: bytes, path: str) -> _Found:
    first, last = 0, len(octets)
    if path != TRANSACTION_PATH:
        span = find_spans(octets, {path}).get(path)
        if span is None:
            raise CannotStamp(path)
        first, last = span.inside, span.closing
    start = octets.rfind(_OPENING, first, last)
    end = octets.find(_CLOSING, start, last) + len(_CLOSING)
    signature = octets[start:end] if 0 <= start < end else b""
    if f' Id="{HUB_MADE}'.encode() not in signature[: signature.find(b">")]:
        raise CannotStamp(path)
    try:
        spans = find_spans(signature, {_VALUE, _QUALIFYING, _UNSIGNED, _PROPERTIES})
    except expat.ExpatError as error:
        raise CannotStamp(path) from error
    return _Found(start, signature, spans)


def _imprint(found: _Found, algorithm: str) -> bytes:
    """The hub writes in exclusive canonical form: only the namespace has to be declared on the element itself."""
    span = found.spans.get(_VALUE)
    value = b"" if span is None else found.octets[span.inside : span.closing]
    if not _BASE64.fullmatch(value):
        raise CannotStamp(_VALUE)
    canonical = b'<ds:SignatureValue xmlns:ds="http://www.w3.org/2000/09/xmldsig#">%b</ds:SignatureValue>' % value
    return hashlib.new(algorithm, canonical).digest()


def _landing(found: _Found, path: str, stamp: bytes) -> tuple[int, bytes]:
    """Where it goes, and what has to be written around it there."""
    around = (
        (_PROPERTIES, b"", b""),
        (_UNSIGNED, b"<xades:UnsignedSignatureProperties>", b"</xades:UnsignedSignatureProperties>"),
        (
            _QUALIFYING,
            b"<xades:UnsignedProperties><xades:UnsignedSignatureProperties>",
            b"</xades:UnsignedSignatureProperties></xades:UnsignedProperties>",
        ),
    )
    for place, before, after in around:
        span = found.spans.get(place)
        if span is not None and not span.one_tag:
            return found.start + span.closing, before + stamp + after
    raise CannotStamp(path)


def _stamp(token: bytes) -> bytes:
    return (
        b"<xades:SignatureTimeStamp>"
        b'<ds:CanonicalizationMethod Algorithm="%b"></ds:CanonicalizationMethod>'
        b"<xades:EncapsulatedTimeStamp>%b</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>"
    ) % (EXCLUSIVE.encode(), b64encode(token))
