"""A `ds:Signature` written octet by octet in exclusive canonical form (W3C Exclusive XML Canonicalization 1.0)."""

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from signing.seal.keys import SealingKey, SignerIdentity
from signing.seal.prepared import Prepared
from signing.verify.policy import VIETNAM
from signing.verify.results import Form

_XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
_XADES = "http://uri.etsi.org/01903/v1.3.2#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = f"{_XMLDSIG}enveloped-signature"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_DS = f' xmlns:ds="{_XMLDSIG}"'
_ETSI = f' xmlns:xades="{_XADES}"'


@dataclass(frozen=True, slots=True)
class Payload:
    """What a signature covers besides its own properties."""

    identifier: str
    """Identifier of the signed element, without «#»."""
    digest: bytes
    """SHA-256 of its canonical octets."""
    transforms: tuple[str, ...] = (EXCLUSIVE,)
    """How its octets came about."""


def stamp(moment: datetime) -> str:
    """A moment as CV 2088 1.4 writes it: to the second, in Vietnam's time."""
    return moment.astimezone(VIETNAM).isoformat(timespec="seconds")


def write_signature(payload: Payload, *, key: SealingKey, form: Form, signature_id: str, at: datetime) -> str:
    """One signature over the payload and over its own signing time, in one of the three forms."""
    prepared = prepare_signature(payload, key=key, form=form, signature_id=signature_id, at=at)
    return prepared.written(key.sign(prepared.octets))


def prepare_signature(
    payload: Payload, *, key: SignerIdentity, form: Form, signature_id: str, at: datetime
) -> Prepared:
    """The same signature with everything but its value; the same arguments give the same octets."""
    time = stamp(at)
    data_id = f"{signature_id}-r0"
    references = [_reference(f'Id="{data_id}" URI="#{payload.identifier}"', payload.transforms, payload.digest)]
    objects = []
    if form is not Form.XADES:
        alone, inside = (_properties(signature_id, time, declared=declared) for declared in (_DS, ""))
        references.append(_reference(f'URI="#{signature_id}-props"', (EXCLUSIVE,), _sha256(alone)))
        objects.append(f"<ds:Object>{inside}</ds:Object>")
    if form is not Form.PROPERTY:
        certificate = _certificate_digest(key.chain[0].sha256)
        alone = _signed_properties(signature_id, time, data_id, certificate, etsi=_ETSI, ds=_DS)
        inside = _signed_properties(signature_id, time, data_id, certificate, etsi="", ds="")
        kind = f'Type="http://uri.etsi.org/01903#SignedProperties" URI="#{signature_id}-xades"'
        references.append(_reference(kind, (EXCLUSIVE,), _sha256(alone)))
        objects.append(
            f'<ds:Object><xades:QualifyingProperties{_ETSI} Target="#{signature_id}">{inside}'
            "</xades:QualifyingProperties></ds:Object>"
        )
    return Prepared(
        signature_id=signature_id,
        info=_signed_info(key.method, references),
        rest=_key_info(key.chain[0].subject, key.chain[0].der) + "".join(objects),
        method=key.method,
        certificate=key.chain[0].der,
    )


def _signed_info(method: str, references: Sequence[str]) -> str:
    return _methods(method) + "".join(references)


@lru_cache(maxsize=16)
def _methods(method: str) -> str:
    return _empty("CanonicalizationMethod", EXCLUSIVE) + _empty("SignatureMethod", method)


def _reference(attributes: str, transforms: tuple[str, ...], digest: bytes) -> str:
    return (
        f"<ds:Reference {attributes}>{_transforms(transforms)}"
        f"<ds:DigestValue>{_base64(digest)}</ds:DigestValue></ds:Reference>"
    )


@lru_cache(maxsize=16)
def _transforms(transforms: tuple[str, ...]) -> str:
    steps = "".join(_empty("Transform", transform) for transform in transforms)
    return f"<ds:Transforms>{steps}</ds:Transforms>{_empty('DigestMethod', _SHA256)}"


def _properties(signature_id: str, time: str, *, declared: str) -> str:
    """CV 2088 1.6; with the namespace declared on it, it is its own canonical form."""
    return (
        f'<ds:SignatureProperties{declared} Id="{signature_id}-props">'
        f'<ds:SignatureProperty Target="#{signature_id}"><SigningTime>{time}</SigningTime></ds:SignatureProperty>'
        "</ds:SignatureProperties>"
    )


def _signed_properties(signature_id: str, time: str, data_id: str, certificate: str, *, etsi: str, ds: str) -> str:
    """EN 319 132-1 baseline B; with the namespaces declared, it is its own canonical form."""
    return (
        f'<xades:SignedProperties{etsi} Id="{signature_id}-xades"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{time}</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest>"
        f'<ds:DigestMethod{ds} Algorithm="{_SHA256}"></ds:DigestMethod>'
        f"<ds:DigestValue{ds}>{certificate}</ds:DigestValue>"
        "</xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>"
        f'<xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference="#{data_id}">'
        "<xades:MimeType>text/xml</xades:MimeType></xades:DataObjectFormat></xades:SignedDataObjectProperties>"
        "</xades:SignedProperties>"
    )


@lru_cache(maxsize=1024)
def _key_info(subject: str, der: bytes) -> str:
    """CV 2088 1.6 demands X509SubjectName beside the certificate; a key signs many records with the same one."""
    return (
        f"<ds:KeyInfo><ds:X509Data><ds:X509SubjectName>{_escape(subject)}</ds:X509SubjectName>"
        f"<ds:X509Certificate>{_base64(der)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    )


@lru_cache(maxsize=1024)
def _certificate_digest(sha256: str) -> str:
    return _base64(bytes.fromhex(sha256))


def _empty(name: str, algorithm: str) -> str:
    return f'<ds:{name} Algorithm="{algorithm}"></ds:{name}>'


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")


def _sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _base64(octets: bytes) -> str:
    return b64encode(octets).decode("ascii")
