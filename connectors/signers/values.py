"""What services answer, as the hub wants it: certificate chains in DER, signature values as XMLDSig writes them."""

from base64 import b64decode
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from connectors.signers.protocol import CredentialUnknown, SignerDown

RSA, ECDSA = "rsa-sha256", "ecdsa-sha256"


@dataclass(frozen=True, slots=True)
class Chain:
    """A key's certificates and what they say of it."""

    certificates: tuple[bytes, ...] = field(repr=False)
    """DER, the key's own first"""
    algorithm: str
    """`rsa-sha256` or `ecdsa-sha256`"""
    width: int
    """octets of r and of s; 0 for RSA"""


def read_chain(told: object) -> Chain:
    """A chain that came as a list of Base64 texts, the key's own certificate first.

    Raises:
        SignerDown: it cannot be read.
        CredentialUnknown: its certificate has ended, or its key is of a kind that the hub does not use.
    """
    try:
        certificates = tuple(_octets(text) for text in told) if isinstance(told, list) else ()
        own = x509.load_der_x509_certificate(certificates[0])
        key = own.public_key()
    except (ValueError, IndexError, x509.InvalidVersion):
        raise SignerDown("certificate-unreadable") from None
    if own.not_valid_after_utc < datetime.now(UTC):
        raise CredentialUnknown("certificate-ended")
    if isinstance(key, rsa.RSAPublicKey):
        return Chain(certificates, RSA, 0)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return Chain(certificates, ECDSA, (key.curve.key_size + 7) // 8)
    raise CredentialUnknown("key-kind")


def read_values(told: object, *, count: int, width: int) -> tuple[bytes, ...] | None:
    """Values that came as a list of Base64 texts; None where they are not so many, or cannot be read."""
    if not isinstance(told, list) or len(told) != count:
        return None
    try:
        values = tuple(_octets(text) for text in told)
    except ValueError:
        return None
    return tuple(as_xmldsig(value, width=width) for value in values)


def as_xmldsig(value: bytes, *, width: int) -> bytes:
    """An ECDSA value as XMLDSig 1.1 6.4.3 writes it, r and s each as long as the field, whichever form it came in.

    Services answer either that or DER (CSC API v2 leaves it open). What is neither comes back as it is: whoever verifies
    it refuses it.
    """
    if width == 0 or len(value) == 2 * width:
        return value
    try:
        r, s = decode_dss_signature(value)
        return r.to_bytes(width, "big") + s.to_bytes(width, "big")
    except (ValueError, OverflowError):
        return value


def _octets(text: object) -> bytes:
    """Base64, which some services break into lines."""
    if not isinstance(text, str):
        raise ValueError("no text")
    return b64decode("".join(text.split()), validate=True)
