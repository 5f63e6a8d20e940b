"""Step 8: what a signature says of itself, read only from elements that the signature covers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from signing.certificates import Certificate, CertificateUnreadable, decode_base64, read_certificate
from signing.verify.algorithms import DIGESTS
from signing.verify.envelope import DS, ReadSignature
from signing.verify.faults import Fault
from signing.verify.results import Form

XADES = "{http://uri.etsi.org/01903/v1.3.2#}"
_PROPERTIES = f"{DS}SignatureProperties"
_PROPERTY = f"{DS}SignatureProperty"
QUALIFYING = f"{XADES}QualifyingProperties"
_SIGNED, _UNSIGNED = f"{XADES}SignedProperties", f"{XADES}UnsignedProperties"
_PROPERTY_TIMES = frozenset({"SigningTime", f"{DS}SigningTime"})
_CERTIFICATE_REFERENCES = (f"{XADES}SigningCertificateV2", f"{XADES}SigningCertificate")
_SIGNATURE_PROPERTIES = f"{XADES}SignedSignatureProperties"
_POLICY, _POLICY_ID = f"{XADES}SignaturePolicyIdentifier", f"{XADES}SignaturePolicyId"
_CERT, _CERT_DIGEST = f"{XADES}Cert", f"{XADES}CertDigest"
_DIGEST_METHOD, _DIGEST_VALUE = f"{DS}DigestMethod", f"{DS}DigestValue"
_X509_DATA, _X509_NAME, _X509_CERTIFICATE = f"{DS}X509Data", f"{DS}X509SubjectName", f"{DS}X509Certificate"
SIGNATURE_TIMESTAMP = f"{XADES}SignatureTimeStamp"
_XADES_TIME = f"{XADES}SigningTime"
_TIMES = (*_PROPERTY_TIMES, _XADES_TIME)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class SignedProperties:
    """The properties of one signature: elements that references may name, and where its times stand."""

    by_identifier: dict[str, Any]
    """Elements of `ds:Object` that a reference may cover, and `ds:KeyInfo`, by identifier."""
    qualifying: Any | None
    """The one `xades:SignedProperties`, or None."""
    has_property: bool
    """There is a `ds:SignatureProperties`."""
    unsigned: Any | None
    """The one `xades:UnsignedProperties`, or None. Anybody may have written it."""


@dataclass(frozen=True, slots=True)
class SignedFacts:
    """What was read from covered elements."""

    signing_time: datetime
    """The claimed signing time."""
    form: Form
    """Where it stands."""


def collect_properties(signature: ReadSignature) -> SignedProperties:
    """The objects of a signature hold signature properties or one set of XAdES properties, and nothing else."""
    identified: dict[str, Any] = {}
    qualifying = unsigned = None
    has_property = False
    for holder in signature.objects:
        if len(holder) != 1:
            raise Fault("signature-malformed", expected="SignatureProperties, QualifyingProperties")
        content = holder[0]
        if content.tag == _PROPERTIES and not has_property:
            has_property = True
            _remember(identified, holder, content, *content)
        elif content.tag == QUALIFYING and qualifying is None:
            qualifying, unsigned = _parts(content)
            _remember(identified, qualifying)
        else:
            raise Fault("signature-malformed", expected="SignatureProperties, QualifyingProperties")
    _remember(identified, signature.key_info)
    return SignedProperties(identified, qualifying, has_property, unsigned)


def _remember(identified: dict[str, Any], *elements: Any) -> None:
    for element in elements:
        identifier = element.get("Id")
        if identifier:
            identified[identifier] = element


def _parts(content: Any) -> tuple[Any, Any | None]:
    """XAdES 1.3.2: signed properties, then unsigned ones or none."""
    signed, *more = content if len(content) else (None,)
    if signed is None or signed.tag != _SIGNED or len(more) > 1 or (more and more[0].tag != _UNSIGNED):
        raise Fault("signature-malformed", expected="SignedProperties, UnsignedProperties")
    return signed, more[0] if more else None


def read_facts(signature: ReadSignature, properties: SignedProperties, covered: Iterable[Any]) -> SignedFacts:
    """Signing time and form, from covered elements only; any other time in the signature is a contradiction."""
    _check_targets(signature, properties)
    covered_elements = set(covered)
    times: set[datetime] = set()
    forms: set[Form] = set()
    for element in signature.element.iter(*_TIMES):
        if covered_elements.isdisjoint(element.iterancestors()):
            raise Fault("signing-time-conflict", seen="unsigned")
        forms.add(_form_of(element))
        times.add(parse_instant(element.text or ""))
    if not times:
        raise Fault("signing-time-missing")
    if len(times) > 1 and len({moment.replace(microsecond=0) for moment in times}) > 1:
        raise Fault("signing-time-conflict", seen=", ".join(sorted(moment.isoformat() for moment in times)))
    if properties.qualifying is not None and properties.qualifying not in covered_elements:
        raise Fault("properties-unsigned")
    form = Form.BOTH if len(forms) > 1 else forms.pop()
    if form is Form.PROPERTY and properties.qualifying is not None:
        form = Form.BOTH
    return SignedFacts(min(times), form)


def _form_of(element: Any) -> Form:
    parent = element.getparent().tag
    if element.tag == _XADES_TIME and parent == _SIGNATURE_PROPERTIES:
        return Form.XADES
    if element.tag in _PROPERTY_TIMES and parent == _PROPERTY:
        return Form.PROPERTY
    raise Fault("signing-time-conflict", seen="misplaced")


def parse_instant(text: str) -> datetime:
    """An `xs:dateTime` with its zone, as CV 2088 1.4 has it."""
    return _parse_stripped(text.strip())


@lru_cache(maxsize=64)
def _parse_stripped(text: str) -> datetime:
    """Kept for a while: a slot says the same time up to three times. What is kept is as short as the pattern is."""
    if not _INSTANT.fullmatch(text):
        raise Fault("signing-time-missing", seen=text[:40], expected="YYYY-MM-DDThh:mm:ss+07:00")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise Fault("signing-time-missing", seen=text[:40]) from error


def _check_targets(signature: ReadSignature, properties: SignedProperties) -> None:
    """XMLDSig 1.1 5.2 and EN 319 132-1 4.3.1: properties say which signature they belong to."""
    expected = f"#{signature.element.get('Id', '')}"
    holders = [holder[0] for holder in signature.objects]
    for content in holders:
        named = [content] if content.tag == QUALIFYING else list(content)
        for element in named:
            if element.get("Target") != expected or expected == "#":
                raise Fault("target-wrong", seen=element.get("Target"), expected=expected)
    if properties.has_property and any(
        child.tag != _PROPERTY for content in holders if content.tag == _PROPERTIES for child in content
    ):
        raise Fault("signature-malformed", expected="SignatureProperty")


def signing_certificate(signature: ReadSignature) -> tuple[Certificate, tuple[Certificate, ...]]:
    """CV 2088 1.6: X509SubjectName and X509Certificate are both there; of several certificates, the signer's and the
    others."""
    named = False
    certificates: list[Certificate] = []
    for data in signature.key_info.iterchildren(_X509_DATA):
        for part in data:
            if part.tag == _X509_NAME:
                named = named or bool((part.text or "").strip())
            elif part.tag == _X509_CERTIFICATE:
                certificates.append(_read(part))
    if not certificates or len(certificates) > 8:
        raise Fault("certificate-missing")
    if not named:
        raise Fault("subject-name-missing")
    if len(certificates) == 1:
        return certificates[0], ()
    issuers = {certificate.issuer_der for certificate in certificates}
    ends = {certificate.sha256: certificate for certificate in certificates if certificate.subject_der not in issuers}
    if len(ends) != 1:
        raise Fault("certificate-missing", seen=str(len(ends)), expected="1")
    (end,) = ends.values()
    return end, tuple(certificate for certificate in certificates if certificate.sha256 != end.sha256)


def _read(element: Any) -> Certificate:
    try:
        return read_certificate(element.text or "")
    except CertificateUnreadable as error:
        raise Fault("certificate-unreadable") from error


def check_certificate_reference(properties: SignedProperties, certificate: Certificate) -> None:
    """EN 319 102-1 5.2.3: one of the digests in SigningCertificate(V2) is the signer's certificate's.

    Other entries may list the certificates above it. The digest binds the certificate whole, so the issuer and serial
    number beside it add nothing and are not compared.
    """
    if properties.qualifying is None:
        return
    signature_properties = _first(properties.qualifying, _SIGNATURE_PROPERTIES)
    if signature_properties is None:
        raise Fault("certificate-reference-missing")
    for policy in signature_properties.iterchildren(_POLICY):
        if _first(policy, _POLICY_ID) is not None:
            raise Fault("signature-policy")
    digests = [
        digest
        for named in signature_properties.iterchildren(*_CERTIFICATE_REFERENCES)
        for entry in named.iterchildren(_CERT)
        for digest in entry.iterchildren(_CERT_DIGEST)
    ]
    if not digests:
        raise Fault("certificate-reference-missing")
    if not any(_names(digest, certificate) for digest in digests[:8]):
        raise Fault("certificate-digest")


def _first(element: Any, tag: str) -> Any | None:
    """As `find` does it, in a third of the time."""
    return next(element.iterchildren(tag), None)


def _names(element: Any, certificate: Certificate) -> bool:
    named = _first(element, _DIGEST_METHOD)
    method = None if named is None else DIGESTS.get(named.get("Algorithm", ""))
    if method is None:
        raise Fault("algorithm-forbidden", expected="SHA-256, SHA-384, SHA-512")
    value = _first(element, _DIGEST_VALUE)
    try:
        return decode_base64("" if value is None else value.text or "") == certificate.digest(method.name)
    except ValueError as error:
        raise Fault("certificate-digest") from error
