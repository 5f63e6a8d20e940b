"""Step 4: a `ds:Signature` read strictly, element by element; what is not on the whitelist is refused here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from signing.certificates import decode_base64
from signing.verify.algorithms import (
    DIGESTS,
    ENVELOPED,
    FILTER2,
    PSS_METHOD,
    SHA256,
    SIGNATURE_METHODS,
    Digest,
    SignatureMethod,
    pss_method,
)
from signing.verify.canonical import PLAIN, Canonicalisation
from signing.verify.faults import Fault

XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
DS = f"{{{XMLDSIG}}}"
SIGNATURE = f"{DS}Signature"
_EXCLUSIVE = "{http://www.w3.org/2001/10/xml-exc-c14n#}"
_PSS = "{http://www.w3.org/2007/05/xmldsig-more#}"
_CORE = [f"{DS}SignedInfo", f"{DS}SignatureValue", f"{DS}KeyInfo"]
_OBJECT = f"{DS}Object"
_METHODS = [f"{DS}CanonicalizationMethod", f"{DS}SignatureMethod"]
_REFERENCE = f"{DS}Reference"
_TRANSFORMS, _TRANSFORM = f"{DS}Transforms", f"{DS}Transform"
_DIGEST = [f"{DS}DigestMethod", f"{DS}DigestValue"]
_REFERENCE_ATTRIBUTES = frozenset({"Id", "URI", "Type"})
_MOST_PREFIXES = 16
_MOST_OBJECTS = 4


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference of SignedInfo."""

    target: str
    """The identifier after `#`."""
    canonicalisation: Canonicalisation
    """How the target becomes octets."""
    enveloped: bool
    """The enveloped-signature transform is there."""
    subtracts_signatures: bool
    """XPath Filter 2.0 that subtracts every signature is there."""
    digest: Digest
    """Digest algorithm."""
    value: bytes
    """Digest value."""


@dataclass(frozen=True, slots=True)
class ReadSignature:
    """A signature whose structure is that of the standard and whose algorithms are on the whitelist."""

    element: Any
    """The `ds:Signature` element."""
    signed_info: Any
    """The `ds:SignedInfo` element."""
    canonicalisation: Canonicalisation
    """How SignedInfo becomes octets."""
    method: SignatureMethod
    """Signature method."""
    references: tuple[Reference, ...]
    """All references."""
    value: bytes
    """Signature value."""
    value_element: Any
    """The `ds:SignatureValue` element."""
    key_info: Any
    """The `ds:KeyInfo` element."""
    objects: tuple[Any, ...]
    """All `ds:Object` elements."""


def read_signature(element: Any, *, most_references: int) -> ReadSignature:
    """XMLDSig 1.1 section 4: read one signature, or say why not."""
    children = list(element)
    objects = children[3:]
    if [child.tag for child in children[:3]] != _CORE or len(objects) > _MOST_OBJECTS:
        raise Fault("signature-malformed", expected="SignedInfo, SignatureValue, KeyInfo, Object")
    if objects and {child.tag for child in objects} != {_OBJECT}:
        raise Fault("signature-malformed", expected="Object")
    signed_info, value, key_info = children[:3]
    parts = list(signed_info)
    tags = [part.tag for part in parts]
    count = len(tags) - len(_METHODS)
    if not 1 <= count <= most_references or tags != [*_METHODS, *[_REFERENCE] * count]:
        raise Fault("signature-malformed", expected=f"1 - {most_references} Reference")
    return ReadSignature(
        element=element,
        signed_info=signed_info,
        canonicalisation=read_canonicalisation(parts[0], fault="c14n-forbidden"),
        method=_signature_method(parts[1]),
        references=tuple(_reference(part) for part in parts[2:]),
        value=_base64(value),
        value_element=value,
        key_info=key_info,
        objects=tuple(objects),
    )


def _base64(element: Any) -> bytes:
    if len(element):
        raise Fault("signature-malformed", expected="Base64")
    try:
        return decode_base64(element.text or "")
    except ValueError as error:
        raise Fault("signature-malformed", expected="Base64") from error


def read_canonicalisation(element: Any, *, fault: str) -> Canonicalisation:
    """The method that an element names, with its parameters; one that is not on the whitelist is this fault."""
    plain = PLAIN.get(element.get("Algorithm", ""))
    if plain is None:
        raise Fault(fault, seen=element.get("Algorithm"))
    if len(element) == 0:
        return plain
    if not plain.method.exclusive or [child.tag for child in element] != [f"{_EXCLUSIVE}InclusiveNamespaces"]:
        raise Fault(fault, seen=etree.QName(element[0]).localname)
    prefixes = tuple((element[0].get("PrefixList") or "").split())
    if len(prefixes) > _MOST_PREFIXES:
        raise Fault(fault, seen=f"PrefixList: {len(prefixes)}")
    return Canonicalisation(plain.method, prefixes)


def _digest_method(element: Any) -> Digest:
    digest = DIGESTS.get(element.get("Algorithm", ""))
    if digest is None or len(element):
        raise Fault("algorithm-forbidden", seen=element.get("Algorithm"), expected="SHA-256, SHA-384, SHA-512")
    return digest


def _signature_method(element: Any) -> SignatureMethod:
    name = element.get("Algorithm", "")
    if name == PSS_METHOD:
        return _parameterised_pss(element)
    method = SIGNATURE_METHODS.get(name)
    if method is None or len(element):
        raise Fault("algorithm-forbidden", seen=name, expected="RSA, RSA-PSS, ECDSA; SHA-256, SHA-384, SHA-512")
    return method


def _parameterised_pss(element: Any) -> SignatureMethod:
    """RFC 6931 2.3.9; a mask digest other than the digest itself is not on the whitelist."""
    digest, salt = SHA256, None
    parameters = list(element[0]) if len(element) == 1 and element[0].tag == f"{_PSS}RSAPSSParams" else []
    if len(element) and not parameters and element[0].tag != f"{_PSS}RSAPSSParams":
        raise Fault("algorithm-forbidden", seen=PSS_METHOD)
    for parameter in parameters:
        text = (parameter.text or "").strip()
        if parameter.tag == f"{DS}DigestMethod":
            digest = _digest_method(parameter)
        elif parameter.tag == f"{_PSS}SaltLength" and text.isascii() and text.isdigit() and len(text) <= 3:
            salt = int(text)
        elif not _harmless_pss_parameter(parameter, text):
            raise Fault("algorithm-forbidden", seen=PSS_METHOD)
    if any(not _mask_digest_is(digest, parameter) for parameter in parameters):
        raise Fault("algorithm-forbidden", seen=PSS_METHOD)
    return pss_method(digest, salt=digest.hash.digest_size if salt is None else salt)


def _harmless_pss_parameter(parameter: Any, text: str) -> bool:
    return (parameter.tag == f"{_PSS}TrailerField" and text == "1") or parameter.tag == f"{_PSS}MaskGenerationFunction"


def _mask_digest_is(digest: Digest, parameter: Any) -> bool:
    if parameter.tag != f"{_PSS}MaskGenerationFunction":
        return True
    if parameter.get("Algorithm") != "http://www.w3.org/2007/05/xmldsig-more#MGF1" or len(parameter) != 1:
        return False
    return parameter[0].tag == f"{DS}DigestMethod" and _digest_method(parameter[0]) is digest


def _reference(element: Any) -> Reference:
    """XMLDSig 1.1 4.4.3: attributes, transforms, digest."""
    uri = element.get("URI", "")
    if not _REFERENCE_ATTRIBUTES.issuperset(element.keys()) or len(uri) < 2 or uri[0] != "#" or "(" in uri:
        raise Fault("reference-foreign", seen=uri)
    parts = list(element)
    transforms: Sequence[Any] = ()
    if parts and parts[0].tag == _TRANSFORMS:
        transforms = list(parts.pop(0))
    if [part.tag for part in parts] != _DIGEST:
        raise Fault("signature-malformed", expected="Transforms, DigestMethod, DigestValue")
    canonicalisation, enveloped, subtracts = _transforms(transforms)
    return Reference(
        target=uri[1:],
        canonicalisation=canonicalisation,
        enveloped=enveloped,
        subtracts_signatures=subtracts,
        digest=_digest_method(parts[0]),
        value=_base64(parts[1]),
    )


def _transforms(elements: Sequence[Any]) -> tuple[Canonicalisation, bool, bool]:
    """At most one of each: enveloped-signature, the filter that subtracts signatures, then one canonicalisation."""
    enveloped = subtracts = False
    canonicalisation: Canonicalisation | None = None
    for element in elements:
        name = element.get("Algorithm", "")
        if element.tag != _TRANSFORM or canonicalisation is not None:
            raise Fault("transform-forbidden", seen=name)
        if name == ENVELOPED and not enveloped and len(element) == 0:
            enveloped = True
        elif name == FILTER2 and not subtracts and _subtracts_signatures(element):
            subtracts = True
        else:
            canonicalisation = read_canonicalisation(element, fault="transform-forbidden")
    return canonicalisation or Canonicalisation(), enveloped, subtracts


def _subtracts_signatures(element: Any) -> bool:
    """Literally `/descendant::prefix:Signature` with the prefix bound to XMLDSig: what EU DSS writes."""
    if [child.tag for child in element] != [f"{{{FILTER2}}}XPath"] or element[0].get("Filter") != "subtract":
        return False
    prefix, _, name = (element[0].text or "").strip().removeprefix("/descendant::").partition(":")
    return name == "Signature" and element[0].nsmap.get(prefix) == XMLDSIG
