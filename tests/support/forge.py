"""Signing software that is not the hub's: every style in the field, and everything that no software should write.

A signature is written with blanks for its digests and its value, put in its place, and filled in there: digests are
taken of what stands in the finished document, as any other software would.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from lxml import etree

from support.authority import Holder

XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
DS = f"{{{XMLDSIG}}}"
SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"
C14N = {
    "exc": "http://www.w3.org/2001/10/xml-exc-c14n#",
    "inc": "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "c11": "http://www.w3.org/2006/12/xml-c14n11",
}
ENVELOPED = f"{XMLDSIG}enveloped-signature"
DIGESTS = {
    "sha1": f"{XMLDSIG}sha1",
    "sha256": "http://www.w3.org/2001/04/xmlenc#sha256",
    "sha384": "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "sha512": "http://www.w3.org/2001/04/xmlenc#sha512",
}
_HASHES = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
VIETNAM = timezone(timedelta(hours=7))


@dataclass(frozen=True, slots=True)
class Style:
    """How one signature is written."""

    c14n: str = "exc"
    """exc, inc or c11."""
    prefix: str = "ds"
    """Prefix of XMLDSig; empty for the default namespace."""
    form: str = "both"
    """property, xades or both."""
    digest: str = "sha256"
    """sha256, sha384, sha512; sha1 is weak."""
    pss: bool = False
    """RSA-PSS instead of PKCS#1 v1.5."""
    uri: str = "#data"
    """Reference to the data."""
    transforms: tuple[str, ...] = ()
    """Before the canonicalisation."""
    subject_name: bool = True
    """Write X509SubjectName."""
    key_info: Callable[[str], str] = lambda text: text
    """Changes what stands in KeyInfo."""
    template: Callable[[str], str] = lambda text: text
    """Changes the signature before anything is digested."""


@dataclass(frozen=True, slots=True)
class Place:
    """One slot to be filled."""

    slot: str
    """GVCN, CBQL or KY_PHAT_HANH."""
    by: Holder
    """Who signs."""
    at: datetime
    """SigningTime."""
    cccd: str = ""
    """SO_CCCD; empty for an institution."""
    style: Style = Style()
    """How."""
    ngay_ky: str | None = None
    """NGAY_KY when it is not the SigningTime."""
    parent: str = "DANH_SACH_THONG_TIN_KY"
    """Where the slot stands."""

    def but(self, **changes: Any) -> "Place":
        """The same with changes; those of the style by name."""
        own = {name: value for name, value in changes.items() if name in Place.__slots__}
        rest = {name: value for name, value in changes.items() if name not in Place.__slots__}
        return replace(self, **{**own, "style": replace(own.get("style", self.style), **rest)})


def stamp(moment: datetime) -> str:
    return moment.astimezone(VIETNAM).isoformat(timespec="seconds")


def record(data: str, places: list[Place], *, identifier: str, layout: str = "compact") -> bytes:
    """A record around its data region, signed in the order of the places."""
    gap = "\n  " if layout == "pretty" else ""
    slots = "".join(gap + slot_text(place, identifier) for place in places)
    text = (
        f'<HOC_BA id="hb-{identifier}">{gap}{data}{gap}<DANH_SACH_THONG_TIN_KY>{slots}{gap}</DANH_SACH_THONG_TIN_KY>'
        f"{gap}</HOC_BA>"
    )
    for place in places:
        text = fill(text, place, identifier)
    return text.encode()


def slot_text(place: Place, identifier: str) -> str:
    """A slot with a signature that has blanks."""
    named = f"<SO_CCCD>{place.cccd}</SO_CCCD>" if place.cccd else ""
    date = place.ngay_ky if place.ngay_ky is not None else stamp(place.at)
    signature = blank_signature(signature_id(place.slot, identifier), place.by, place.at, place.style)
    return f"<{place.slot}><NGAY_KY>{date}</NGAY_KY>{named}{signature}</{place.slot}>"


def signature_id(slot: str, identifier: str) -> str:
    return f"sig-{slot.lower()}-{identifier}"


def fill(text: str, place: Place, identifier: str) -> str:
    """Fill in the blanks of a slot's signature."""
    return fill_signature(text, signature_id(place.slot, identifier), place.by, place.style)


def batch(records: list[bytes], *, by: Holder, at: datetime, style: Style = Style(), gap: str = "") -> bytes:
    """A sealed batch."""
    style = replace(style, uri="#dataDanhSach", transforms=(ENVELOPED,))
    body = gap.join(one.decode() for one in records)
    blank = blank_signature("sig-batch", by, at, style)
    text = f'<DANH_SACH_HOC_BA id="dataDanhSach">{gap}{body}{gap}{blank}</DANH_SACH_HOC_BA>'
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + fill_signature(text, "sig-batch", by, style).encode()


def blank_signature(identifier: str, by: Holder, at: datetime, style: Style) -> str:
    """A signature whose digests and value are blanks of its own."""
    name = f"{style.prefix}:" if style.prefix else ""
    declaration = f'xmlns:{style.prefix}="{XMLDSIG}"' if style.prefix else f'xmlns="{XMLDSIG}"'
    properties = (
        f'<{name}Object><{name}SignatureProperties Id="{identifier}-props"><{name}SignatureProperty'
        f' Target="#{identifier}"><SigningTime{"" if style.prefix else _NONE}>{stamp(at)}</SigningTime>'
        f"</{name}SignatureProperty></{name}SignatureProperties></{name}Object>"
    )
    xades = (
        f'<{name}Object><xades:QualifyingProperties xmlns:xades="{XADES}" Target="#{identifier}">'
        f'<xades:SignedProperties Id="{identifier}-xades"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{stamp(at)}</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest>"
        f'<{name}DigestMethod Algorithm="{DIGESTS["sha256"]}"/>'
        f"<{name}DigestValue>{_b64(hashlib.sha256(by.der).digest())}</{name}DigestValue></xades:CertDigest>"
        "</xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties></xades:SignedProperties>"
        f"</xades:QualifyingProperties></{name}Object>"
    )
    wanted = [("-props", properties, style.form != "xades"), ("-xades", xades, style.form != "property")]
    references = [_reference(name, style.uri, style, (*style.transforms, C14N[style.c14n]), f"[{identifier}:0]")]
    objects = ""
    for turn, (suffix, text, there) in enumerate(wanted, 1):
        if there:
            blank = f"[{identifier}:{turn}]"
            own = _reference(name, f"#{identifier}{suffix}", style, (C14N[style.c14n],), blank)
            # EN 319 132-1 4.4.2: the reference to SignedProperties says so.
            references.append(own.replace(f'{suffix}"', f'{suffix}" Type="{SIGNED_PROPERTIES}"') if turn == 2 else own)
            objects += text
    subject = f"<{name}X509SubjectName>CN=x</{name}X509SubjectName>" if style.subject_name else ""
    key_info = style.key_info(
        f"<{name}X509Data>{subject}<{name}X509Certificate>{_b64(by.der)}</{name}X509Certificate></{name}X509Data>"
    )
    return style.template(
        f'<{name}Signature {declaration} Id="{identifier}"><{name}SignedInfo>'
        f'<{name}CanonicalizationMethod Algorithm="{C14N[style.c14n]}"/>'
        f'<{name}SignatureMethod Algorithm="{_method(by, style)}"/>{"".join(references)}</{name}SignedInfo>'
        f"<{name}SignatureValue>[{identifier}:value]</{name}SignatureValue><{name}KeyInfo>{key_info}</{name}KeyInfo>"
        f"{objects}</{name}Signature>"
    )


_NONE = ' xmlns=""'


def _reference(name: str, uri: str, style: Style, transforms: tuple[str, ...], blank: str) -> str:
    steps = "".join(f'<{name}Transform Algorithm="{each}"/>' for each in transforms)
    return (
        f'<{name}Reference URI="{uri}"><{name}Transforms>{steps}</{name}Transforms>'
        f'<{name}DigestMethod Algorithm="{DIGESTS[style.digest]}"/>'
        f"<{name}DigestValue>{blank}</{name}DigestValue></{name}Reference>"
    )


def _method(by: Holder, style: Style) -> str:
    if isinstance(by.key, ec.EllipticCurvePrivateKey):
        return f"http://www.w3.org/2001/04/xmldsig-more#ecdsa-{style.digest}"
    if style.pss:
        return f"http://www.w3.org/2007/05/xmldsig-more#{style.digest}-rsa-MGF1"
    return (
        f"{XMLDSIG}rsa-sha1" if style.digest == "sha1" else f"http://www.w3.org/2001/04/xmldsig-more#rsa-{style.digest}"
    )


def fill_signature(text: str, identifier: str, by: Holder, style: Style) -> str:
    """Digests of what the references mean, then the value."""
    root = etree.fromstring(text.encode())
    signature = next(each for each in root.iter(f"{DS}Signature") if each.get("Id") == identifier)
    for reference in signature.iter(f"{DS}Reference"):
        blank = reference.findtext(f"{DS}DigestValue")
        if blank is None or not blank.startswith("["):
            continue
        target = _target(root, signature, reference.get("URI", "#")[1:])
        if ENVELOPED in [each.get("Algorithm") for each in reference.iter(f"{DS}Transform")]:
            octets = _without(target, signature)
        else:
            octets = canonical(target, style.c14n)
        text = text.replace(blank, _b64(hashlib.new(style.digest, octets).digest()))
    root = etree.fromstring(text.encode())
    signature = next(each for each in root.iter(f"{DS}Signature") if each.get("Id") == identifier)
    signed = canonical(signature.find(f"{DS}SignedInfo"), style.c14n)
    return text.replace(f"[{identifier}:value]", _b64(sign(by, signed, style)))


def _target(root: Any, signature: Any, identifier: str) -> Any:
    """The first element of this identifier: in the signature, else in the document."""
    for within in (signature, root):
        for element in within.iter():
            if identifier in (element.get("Id"), element.get("id")):
                return element
    return root


def _without(target: Any, signature: Any) -> bytes:
    place = signature.getparent()
    index = list(place).index(signature)
    assert not signature.tail
    place.remove(signature)
    octets = canonical(target, "exc")
    place.insert(index, signature)
    return octets


def canonical(element: Any, how: str) -> bytes:
    """The canonical form of an element of a document whose root declares nothing."""
    alone = etree.fromstring(etree.tostring(element, with_tail=False))
    return bytes(etree.tostring(alone, method="c14n", exclusive=how == "exc", with_comments=False))


def sign(by: Holder, octets: bytes, style: Style) -> bytes:
    algorithm = _HASHES[style.digest]()
    if isinstance(by.key, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(by.key.sign(octets, ec.ECDSA(algorithm)))
        width = (by.key.key_size + 7) // 8
        return r.to_bytes(width, "big") + s.to_bytes(width, "big")
    if style.pss:
        scheme = padding.PSS(mgf=padding.MGF1(algorithm), salt_length=algorithm.digest_size)
        return bytes(by.key.sign(octets, scheme, algorithm))
    return bytes(by.key.sign(octets, padding.PKCS1v15(), algorithm))


def _b64(octets: bytes) -> str:
    return b64encode(octets).decode()


def signature_of(record_text: str, slot: str) -> str:
    """The text of a slot's signature."""
    found = re.search(rf"<{slot}>.*?(<(?:\w+:)?Signature .*?</(?:\w+:)?Signature>)</{slot}>", record_text, re.DOTALL)
    assert found is not None
    return found[1]
