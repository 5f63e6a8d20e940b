"""Certificates as signatures carry them: read once, kept by their Base64 text, reduced to what verification asks."""

import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


class KeyKind(StrEnum):
    """The kinds of key that may sign."""

    RSA = "RSA"
    EC = "EC"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A certificate's public key."""

    kind: KeyKind
    """RSA, EC, or something that may not sign."""
    bits: int
    """Modulus or field size."""
    allowed: bool
    """RSA of 2048 to 8192 bits, or one of the curves P-256, P-384, P-521 (TT 15/2025/TT-BKHCN)."""
    public: Any
    """The `cryptography` key object."""

    @property
    def name(self) -> str:
        """For example `RSA-2048`."""
        return f"{self.kind}-{self.bits}"


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate, read."""

    der: bytes
    """Its DER octets."""
    sha256: str
    """Lower-case hex SHA-256 of the DER."""
    serial: str
    """Serial number in lower-case hex without leading zeros."""
    subject: str
    """RFC 4514 subject. Names a person: never to be logged."""
    issuer: str
    """RFC 4514 issuer."""
    subject_der: bytes
    """The subject's DER, to compare with issuers."""
    issuer_der: bytes
    """The issuer's DER."""
    personal_ids: frozenset[str]
    """12-digit personal ids named in UID and serialNumber of the subject."""
    not_before: datetime
    """Start of validity, UTC."""
    not_after: datetime
    """End of validity, UTC."""
    is_ca: bool
    """basicConstraints says CA."""
    may_sign: bool
    """Key usage, where stated, has digitalSignature or contentCommitment, and no purpose excludes signing."""
    key: SigningKey
    """Its public key."""

    def digest(self, algorithm: str) -> bytes:
        """Digest of the DER by a hashlib name."""
        return bytes.fromhex(self.sha256) if algorithm == "sha256" else hashlib.new(algorithm, self.der).digest()


class CertificateUnreadable(Exception):
    """The text is not Base64 of a certificate that can be read."""


_CURVES = {"secp256r1", "secp384r1", "secp521r1"}
_SMALLEST_RSA, _LARGEST_RSA = 2048, 8192
_LONGEST_TEXT = 16_384
_PERSONAL_ID = re.compile(r"(?:CCCD:|PNOVN-|IDCVN-)?([0-9]{12})", re.IGNORECASE)
_NOT_FOR_DOCUMENTS = {
    ExtendedKeyUsageOID.SERVER_AUTH,
    ExtendedKeyUsageOID.CODE_SIGNING,
    ExtendedKeyUsageOID.TIME_STAMPING,
    ExtendedKeyUsageOID.OCSP_SIGNING,
}


def decode_base64(text: str) -> bytes:
    """Base64 as XML Schema has it: white space is nothing, anything else outside the alphabet is an error."""
    parts = text.encode("ascii").split()
    return binascii.a2b_base64(parts[0] if len(parts) == 1 else b"".join(parts), strict_mode=True)


def read_certificate(text: str) -> Certificate:
    """Read a certificate from the text of an X509Certificate element.

    A school's few certificates stand on thousands of records: they are kept by that text, which is bounded so that
    hostile records cannot fill the memory.
    """
    if len(text) > _LONGEST_TEXT:
        raise CertificateUnreadable("certificate")
    return _read_text(text)


@lru_cache(maxsize=4096)
def _read_text(text: str) -> Certificate:
    try:
        return certificate_from_der(decode_base64(text))
    except CertificateUnreadable:
        raise
    except Exception as error:
        # The parser raises many kinds of error on hostile input, none of which may reach a caller.
        raise CertificateUnreadable("certificate") from error


def certificate_from_der(der: bytes) -> Certificate:
    """Read a certificate from DER."""
    try:
        return certificate_from_x509(x509.load_der_x509_certificate(der))
    except Exception as error:
        raise CertificateUnreadable("certificate") from error


def certificate_from_x509(parsed: x509.Certificate) -> Certificate:
    """Read a certificate that `cryptography` has parsed."""
    der = parsed.public_bytes(Encoding.DER)
    return Certificate(
        der=der,
        sha256=hashlib.sha256(der).hexdigest(),
        serial=f"{parsed.serial_number:x}",
        subject=parsed.subject.rfc4514_string(),
        issuer=parsed.issuer.rfc4514_string(),
        subject_der=parsed.subject.public_bytes(),
        issuer_der=parsed.issuer.public_bytes(),
        personal_ids=_personal_ids(parsed.subject),
        not_before=parsed.not_valid_before_utc,
        not_after=parsed.not_valid_after_utc,
        is_ca=_is_ca(parsed),
        may_sign=_may_sign(parsed),
        key=_signing_key(parsed),
    )


def _personal_ids(subject: x509.Name) -> frozenset[str]:
    named = [*subject.get_attributes_for_oid(NameOID.USER_ID), *subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)]
    matches = (_PERSONAL_ID.fullmatch(str(attribute.value).strip()) for attribute in named)
    return frozenset(match.group(1) for match in matches if match)


def _is_ca(parsed: x509.Certificate) -> bool:
    try:
        return parsed.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _may_sign(parsed: x509.Certificate) -> bool:
    try:
        usage = parsed.extensions.get_extension_for_class(x509.KeyUsage).value
        if not (usage.digital_signature or usage.content_commitment):
            return False
    except x509.ExtensionNotFound:
        pass
    try:
        purposes = set(parsed.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return True
    return not purposes <= _NOT_FOR_DOCUMENTS


def _signing_key(parsed: x509.Certificate) -> SigningKey:
    public = parsed.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        bits = public.key_size
        return SigningKey(KeyKind.RSA, bits, _SMALLEST_RSA <= bits <= _LARGEST_RSA, public)
    if isinstance(public, ec.EllipticCurvePublicKey):
        return SigningKey(KeyKind.EC, public.key_size, public.curve.name in _CURVES, public)
    return SigningKey(KeyKind.OTHER, 0, allowed=False, public=public)
