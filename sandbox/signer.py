"""The schools' signing software: every byte of a signature is written in canonical form, so that only digests are left
to compute. Three forms of signed properties: the official `property`, `xades` B-B, and `both` in one signature.
"""

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

DSIG = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = DSIG + "enveloped-signature"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_SHA1 = DSIG + "rsa-sha1"
FORMS = ("both", "property", "xades")
_SHORT = {
    NameOID.USER_ID: "UID",
    NameOID.COMMON_NAME: "CN",
    NameOID.ORGANIZATION_NAME: "O",
    NameOID.STATE_OR_PROVINCE_NAME: "ST",
    NameOID.COUNTRY_NAME: "C",
}


@dataclass(frozen=True, slots=True)
class Credential:
    """A key with its certificate, ready to be written into signatures."""

    key: rsa.RSAPrivateKey
    """The private key."""
    certificate: str
    """DER in Base64."""
    digest: str
    """SHA-256 of the DER in Base64."""
    subject: str
    """X509SubjectName, most specific part first."""


@dataclass(frozen=True, slots=True)
class Style:
    """How one signature is written."""

    form: str = "both"
    """`property`, `xades` or `both`."""
    prefix: str = "ds"
    """Namespace prefix of XMLDSig, or empty for the default namespace."""
    weak: bool = False
    """Sign with SHA-1, as no one may any more."""
    subject_name: bool = True
    """Write X509SubjectName, as CV 2088 demands."""


def credential(key: rsa.RSAPrivateKey, certificate: x509.Certificate) -> Credential:
    """A credential from its two halves."""
    der = certificate.public_bytes(serialization.Encoding.DER)
    parts = [_name_part(part) for part in reversed(list(certificate.subject))]
    return Credential(key, base64.b64encode(der).decode(), _b64_sha256(der), ",".join(parts))


@lru_cache(maxsize=4096)
def load_credential(path: Path, password: str) -> Credential:
    """The credential in a PKCS#12 file, read once per process."""
    key, certificate, _ = pkcs12.load_key_and_certificates(path.read_bytes(), password.encode())
    if not isinstance(key, rsa.RSAPrivateKey) or certificate is None:
        raise ValueError(f"{path.name}: no RSA key with its certificate")
    return credential(key, certificate)


@lru_cache(maxsize=256)
def with_certificate(path: Path, password: str, certificate: Path) -> Credential:
    """The key of a PKCS#12 file with another certificate over the same key."""
    own = load_credential(path, password)
    return credential(own.key, x509.load_pem_x509_certificate(certificate.read_bytes()))


def sign_record(record_id: str, data: str, *, slots: str) -> str:
    """The whole `HOC_BA` around canonical data and written slots."""
    return f'<HOC_BA id="{record_id}">{data}<DANH_SACH_THONG_TIN_KY>{slots}</DANH_SACH_THONG_TIN_KY></HOC_BA>'


def seal_batch(
    records: list[str], *, by: Credential, at: str, signature_id: str, canonical: bytes | None = None
) -> str:
    """`DANH_SACH_HOC_BA` with the transaction signature as its last child. Records that are not in canonical form (some
    faults) need the canonical form of the unsigned list."""
    opening, closing = '<DANH_SACH_HOC_BA id="dataDanhSach">', "</DANH_SACH_HOC_BA>"
    body = "".join(records)
    digest = _b64_sha256(canonical or f"{opening}{body}{closing}".encode())
    signature = write_signature(
        digest, uri="#dataDanhSach", by=by, at=at, signature_id=signature_id, transforms=(ENVELOPED, EXCLUSIVE)
    )
    return f"{opening}{body}{signature}{closing}"


def data_digest(data: str) -> str:
    """The digest of canonical data, as every slot's signature carries it."""
    return _b64_sha256(data.encode())


def write_signature(
    digest: str,
    *,
    uri: str,
    by: Credential,
    at: str,
    signature_id: str,
    style: Style = Style(),
    transforms: tuple[str, ...] = (EXCLUSIVE,),
) -> str:
    """One `Signature` over the data with this digest and over its own signing time."""
    name = f"{style.prefix}:" if style.prefix else ""
    declaration = f' xmlns:{style.prefix}="{DSIG}"' if style.prefix else f' xmlns="{DSIG}"'
    reference_id = f"{signature_id}-r0"
    references = [_reference(name, f'Id="{reference_id}" URI="{uri}"', transforms, digest)]
    objects = []
    if style.form != "xades":
        properties = _properties(name, declaration, signature_id, at)
        references.append(_reference(name, f'URI="#{signature_id}-props"', (EXCLUSIVE,), _digest(properties)))
        objects.append(properties)
    if style.form != "property":
        signed = _signed_properties(name, declaration, signature_id, at, reference_id, by.digest)
        kind = f'Type="http://uri.etsi.org/01903#SignedProperties" URI="#{signature_id}-xades"'
        references.append(_reference(name, kind, (EXCLUSIVE,), _digest(signed)))
        inherited = signed.replace(f' xmlns:xades="{XADES}"', "")
        objects.append(
            f'<xades:QualifyingProperties xmlns:xades="{XADES}" Target="#{signature_id}">'
            f"{inherited}</xades:QualifyingProperties>"
        )
    info = (
        f"<{name}SignedInfo{declaration}>{_empty(name, 'CanonicalizationMethod', EXCLUSIVE)}"
        f"{_empty(name, 'SignatureMethod', RSA_SHA1 if style.weak else RSA_SHA256)}"
        f"{''.join(references)}</{name}SignedInfo>"
    )
    value = by.key.sign(info.encode(), padding.PKCS1v15(), hashes.SHA1() if style.weak else hashes.SHA256())  # noqa: S303
    subject = f"<{name}X509SubjectName>{_escape(by.subject)}</{name}X509SubjectName>" if style.subject_name else ""
    inside = (
        f"{info}<{name}SignatureValue>{base64.b64encode(value).decode()}</{name}SignatureValue>"
        f"<{name}KeyInfo><{name}X509Data>{subject}<{name}X509Certificate>{by.certificate}</{name}X509Certificate>"
        f"</{name}X509Data></{name}KeyInfo>" + "".join(f"<{name}Object>{each}</{name}Object>" for each in objects)
    )
    return f'<{name}Signature{declaration} Id="{signature_id}">{inside.replace(declaration, "")}</{name}Signature>'


def _properties(name: str, declaration: str, signature_id: str, at: str) -> str:
    return (
        f'<{name}SignatureProperties{declaration} Id="{signature_id}-props">'
        f'<{name}SignatureProperty Target="#{signature_id}"><SigningTime>{at}</SigningTime></{name}SignatureProperty>'
        f"</{name}SignatureProperties>"
    )


def _signed_properties(
    name: str, declaration: str, signature_id: str, at: str, reference_id: str, certificate_digest: str
) -> str:
    return (
        f'<xades:SignedProperties xmlns:xades="{XADES}" Id="{signature_id}-xades"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{at}</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest>"
        f'<{name}DigestMethod{declaration} Algorithm="{SHA256}"></{name}DigestMethod>'
        f"<{name}DigestValue{declaration}>{certificate_digest}</{name}DigestValue>"
        "</xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>"
        f'<xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference="#{reference_id}">'
        "<xades:MimeType>text/xml</xades:MimeType></xades:DataObjectFormat></xades:SignedDataObjectProperties>"
        "</xades:SignedProperties>"
    )


def _reference(name: str, attributes: str, transforms: tuple[str, ...], digest: str) -> str:
    steps = "".join(_empty(name, "Transform", transform) for transform in transforms)
    return (
        f"<{name}Reference {attributes}><{name}Transforms>{steps}</{name}Transforms>"
        f"{_empty(name, 'DigestMethod', SHA256)}<{name}DigestValue>{digest}</{name}DigestValue></{name}Reference>"
    )


def _empty(name: str, tag: str, algorithm: str) -> str:
    return f'<{name}{tag} Algorithm="{algorithm}"></{name}{tag}>'


def _name_part(part: x509.NameAttribute[str | bytes]) -> str:
    """One part as the JDK writes it: what has no short name, by its number and the hexadecimal of its encoding."""
    text = str(part.value)
    if part.oid in _SHORT:
        escaped = "".join(f"\\{char}" if char in ',+"\\<>;=' else char for char in text)
        return f"{_SHORT[part.oid]}={escaped}"
    return f"{part.oid.dotted_string}=#0c{len(text.encode()):02x}{text.encode().hex()}"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _digest(canonical: str) -> str:
    return _b64_sha256(canonical.encode())


def _b64_sha256(octets: bytes) -> str:
    return base64.b64encode(hashlib.sha256(octets).digest()).decode()
