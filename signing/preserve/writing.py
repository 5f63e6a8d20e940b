"""Unsigned properties written as octets and put where they belong, without touching an octet that stands there."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import Any

from lxml import etree

from signing.preserve.places import Document
from signing.preserve.unsigned import StampKind, Unsigned
from signing.seal.places import Span, find_ordinals
from signing.seal.writing import EXCLUSIVE
from signing.trust.material import Material

_NAMES = {
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xades": "http://uri.etsi.org/01903/v1.3.2#",
    "xades141": "http://uri.etsi.org/01903/v1.4.1#",
}
_STAMPS = {StampKind.SIGNATURE: "xades:SignatureTimeStamp", StampKind.ARCHIVE: "xades141:ArchiveTimeStamp"}
_TIMESTAMP = ("xades", "ds")
_VALUES = ("xades",)


class Pen:
    """Writes properties for one place: a namespace that is in scope there under its usual prefix is not declared again."""

    def __init__(self, unsigned: Unsigned) -> None:
        place = next(each for each in (unsigned.holder, unsigned.around, unsigned.qualifying) if each is not None)
        self._scope = place.nsmap

    def stamp(self, kind: StampKind, token: bytes, *, identifier: str) -> str:
        """A timestamp, its canonicalisation exclusive."""
        name = _STAMPS[kind]
        prefixes = dict.fromkeys((name.partition(":")[0], *_TIMESTAMP))
        return (
            f'<{name}{self._declared(prefixes)} Id="{identifier}">'
            f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"></ds:CanonicalizationMethod>'
            f"<xades:EncapsulatedTimeStamp>{_base64(token)}</xades:EncapsulatedTimeStamp></{name}>"
        )

    def values(self, material: Material) -> str:
        """CertificateValues and RevocationValues, as far as there is something for them."""
        declared = self._declared(_VALUES)
        return _certificates(material, declared) + _revocations(material, declared)

    def validation_data(self, material: Material, *, of: str) -> str:
        """TimeStampValidationData of the timestamp with this identifier."""
        uri = f' URI="#{of}"' if of else ""
        declared = self._declared(("xades141", "xades"))
        inside = _certificates(material, "") + _revocations(material, "")
        return f"<xades141:TimeStampValidationData{declared}{uri}>{inside}</xades141:TimeStampValidationData>"

    def further_data(self, material: Material) -> str:
        """AnyValidationData: for a signature whose own values are there, and lack something."""
        declared = self._declared(("xades141", "xades"))
        inside = _certificates(material, "") + _revocations(material, "")
        return f"<xades141:AnyValidationData{declared}>{inside}</xades141:AnyValidationData>"

    def around(self, content: str, unsigned: Unsigned) -> str:
        """The elements that must stand around the first properties."""
        if unsigned.holder is None:
            opening = self._declared(_VALUES) if unsigned.around is not None else ""
            content = f"<xades:UnsignedSignatureProperties{opening}>{content}</xades:UnsignedSignatureProperties>"
        if unsigned.around is None:
            content = f"<xades:UnsignedProperties{self._declared(_VALUES)}>{content}</xades:UnsignedProperties>"
        return content

    def _declared(self, prefixes: Iterable[str]) -> str:
        wanted = [prefix for prefix in prefixes if self._scope.get(prefix) != _NAMES[prefix]]
        return "".join(f' xmlns:{prefix}="{_NAMES[prefix]}"' for prefix in sorted(wanted))


def _certificates(material: Material, declared: str) -> str:
    inside = _encapsulated("EncapsulatedX509Certificate", material.certificates)
    return f"<xades:CertificateValues{declared}>{inside}</xades:CertificateValues>" if inside else ""


def _revocations(material: Material, declared: str) -> str:
    lists = _encapsulated("EncapsulatedCRLValue", material.lists)
    answers = _encapsulated("EncapsulatedOCSPValue", material.responses)
    inside = f"<xades:CRLValues>{lists}</xades:CRLValues>" if lists else ""
    inside += f"<xades:OCSPValues>{answers}</xades:OCSPValues>" if answers else ""
    return f"<xades:RevocationValues{declared}>{inside}</xades:RevocationValues>" if inside else ""


def _encapsulated(name: str, values: Sequence[bytes]) -> str:
    return "".join(f"<xades:{name}>{_base64(value)}</xades:{name}>" for value in values)


def _base64(octets: bytes) -> str:
    return b64encode(octets).decode("ascii")


def appended(document: Document, unsigned: Unsigned, content: str) -> bytes:
    """The document with this content after the last unsigned property of a signature."""
    whole = Pen(unsigned).around(content, unsigned).encode()
    place = next(each for each in (unsigned.holder, unsigned.around, unsigned.qualifying) if each is not None)
    span = find_ordinals(document.octets, {_ordinal(document.root, place)})[0]
    # UnsignedSignatureProperties come first in UnsignedProperties; everything else goes last.
    return _inserted(document.octets, span, whole, first=unsigned.holder is None and unsigned.around is not None)


def _ordinal(root: Any, wanted: Any) -> int:
    return next(number for number, element in enumerate(root.iter(etree.Element)) if element is wanted)


def _inserted(octets: bytes, span: Span, content: bytes, *, first: bool) -> bytes:
    if span.one_tag:
        tag = octets[span.start : span.end - 2].rstrip()
        whole = b"%b>%b</%b>" % (tag, content, tag[1:].split()[0])
        return octets[: span.start] + whole + octets[span.end :]
    place = span.inside if first else span.closing
    return octets[:place] + content + octets[place:]
