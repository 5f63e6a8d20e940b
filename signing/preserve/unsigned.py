"""What stands unsigned in a signature (EN 319 132-1 5.3 to 5.5): timestamps, certificate and revocation values.

Not signed means that anybody may have put it there: a timestamp counts once its token is proven, a certificate or a list
once its authority's signature is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from signing.certificates import decode_base64
from signing.preserve.problems import CannotPreserve
from signing.trust.material import Material
from signing.verify.canonical import PLAIN, Canonicalisation
from signing.verify.envelope import DS, ReadSignature
from signing.verify.properties import XADES

XADES_141 = "{http://uri.etsi.org/01903/v1.4.1#}"
QUALIFYING, SIGNED = f"{XADES}QualifyingProperties", f"{XADES}SignedProperties"
UNSIGNED, OF_SIGNATURE = f"{XADES}UnsignedProperties", f"{XADES}UnsignedSignatureProperties"
CERTIFICATE_VALUES, REVOCATION_VALUES = f"{XADES}CertificateValues", f"{XADES}RevocationValues"
VALIDATION_DATA = f"{XADES_141}TimeStampValidationData"
_TOKEN, _METHOD = f"{XADES}EncapsulatedTimeStamp", f"{DS}CanonicalizationMethod"
_HOLDERS = frozenset({CERTIFICATE_VALUES, REVOCATION_VALUES, VALIDATION_DATA, f"{XADES_141}AnyValidationData"})
_DER = frozenset({None, "http://uri.etsi.org/01903/v1.2.2#DER"})
_MOST_VALUES = 200
_MOST_STAMPS = 40


class StampKind(StrEnum):
    """Which timestamp of a signature."""

    SIGNATURE = "signature"
    """over the signature value (EN 319 132-1 5.3)"""
    ARCHIVE = "archive"
    """over everything before it, the data included (EN 319 132-1 5.5.2, namespace v1.4.1)"""


_KINDS = {f"{XADES}SignatureTimeStamp": StampKind.SIGNATURE, f"{XADES_141}ArchiveTimeStamp": StampKind.ARCHIVE}
_OTHER_STAMPS = frozenset(
    {
        f"{XADES}ArchiveTimeStamp",
        f"{XADES}SigAndRefsTimeStamp",
        f"{XADES}RefsOnlyTimeStamp",
        f"{XADES_141}SigAndRefsTimeStampV2",
        f"{XADES_141}RefsOnlyTimeStampV2",
        f"{XADES}CounterSignature",
    }
)


@dataclass(frozen=True, slots=True)
class Stamp:
    """One timestamp as it stands in a signature."""

    kind: StampKind
    """which"""
    identifier: str
    """its Id; empty where it has none"""
    token: bytes
    """DER TimeStampToken; empty where it is no Base64"""
    how: Canonicalisation
    """how what it covers becomes octets"""
    position: int
    """0-based place among the unsigned properties of its signature"""


@dataclass(frozen=True, slots=True)
class Unsigned:
    """The unsigned properties of one signature."""

    qualifying: Any
    """the `xades:QualifyingProperties`"""
    around: Any | None
    """the `xades:UnsignedProperties`; None where there are none yet"""
    holder: Any | None
    """the `xades:UnsignedSignatureProperties`; None where there are none yet"""
    properties: tuple[Any, ...]
    """its children, in order"""
    stamps: tuple[Stamp, ...]
    """its timestamps, in order"""

    def of_kind(self, kind: StampKind) -> list[Stamp]:
        """Its timestamps of one kind, in order."""
        return [each for each in self.stamps if each.kind is kind]

    def kept(self, *, before: int | None = None) -> Material:
        """Certificates and revocation data that stand before a place; all of them where none is named."""
        holders = [each for each in self.properties[:before] if each.tag in _HOLDERS]
        return Material(
            certificates=_values(holders, f"{XADES}EncapsulatedX509Certificate"),
            lists=_values(holders, f"{XADES}EncapsulatedCRLValue"),
            responses=_values(holders, f"{XADES}EncapsulatedOCSPValue"),
        )


def read_unsigned(signature: ReadSignature, *, slot: str) -> Unsigned:
    """Read them.

    Raises:
        CannotPreserve: the signature has no XAdES properties, or timestamps of a kind that is not computed here.
    """
    qualifying = next((each[0] for each in signature.objects if len(each) and each[0].tag == QUALIFYING), None)
    if qualifying is None:
        raise CannotPreserve("form-property", slot=slot)
    around = _only(qualifying, UNSIGNED, slot)
    holder = None if around is None else _only(around, OF_SIGNATURE, slot)
    properties = () if holder is None else tuple(holder)
    if any(each.tag in _OTHER_STAMPS for each in properties):
        raise CannotPreserve("unsupported-property", slot=slot)
    stamps = tuple(
        _stamp(element, position, slot) for position, element in enumerate(properties) if element.tag in _KINDS
    )
    if len(stamps) > _MOST_STAMPS:
        raise CannotPreserve("unsupported-property", slot=slot)
    return Unsigned(qualifying, around, holder, properties, stamps)


def _only(parent: Any, tag: str, slot: str) -> Any | None:
    found = list(parent.iterchildren(tag))
    if len(found) > 1:
        raise CannotPreserve("unsupported-property", slot=slot)
    return found[0] if found else None


def _stamp(element: Any, position: int, slot: str) -> Stamp:
    """One token over what is implied (EN 319 132-1 5.5.2.2 «not distributed»); anything else is not computed here."""
    tags = [child.tag for child in element]
    if tags not in ([_TOKEN], [_METHOD, _TOKEN]):
        raise CannotPreserve("unsupported-property", slot=slot)
    how: Canonicalisation | None = Canonicalisation()
    if tags[0] == _METHOD:
        how = None if len(element[0]) else PLAIN.get(element[0].get("Algorithm", ""))
    token = element[-1]
    if how is None or token.get("Encoding") not in _DER or len(token):
        raise CannotPreserve("unsupported-property", slot=slot)
    return Stamp(_KINDS[element.tag], element.get("Id", ""), _decoded(token) or b"", how, position)


def _values(holders: Sequence[Any], tag: str) -> tuple[bytes, ...]:
    found: dict[bytes, None] = {}
    for element in _within(holders, tag):
        value = _decoded(element)
        if value is not None and element.get("Encoding") in _DER:
            found[value] = None
        if len(found) > _MOST_VALUES:
            break
    return tuple(found)


def _within(holders: Sequence[Any], tag: str) -> Iterator[Any]:
    for holder in holders:
        yield from holder.iter(tag)


def _decoded(element: Any) -> bytes | None:
    """What is no Base64 is no value; where a timestamp covers it, its octets count all the same."""
    try:
        return decode_base64(element.text or "")
    except ValueError:
        return None
