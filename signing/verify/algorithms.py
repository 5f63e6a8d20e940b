"""The whitelist: what may be used to sign, to digest and to canonicalise, and nothing else."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from signing.certificates import KeyKind, SigningKey

_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_MORE_2007 = "http://www.w3.org/2007/05/xmldsig-more#"
PSS_METHOD = f"{_MORE_2007}rsa-pss"

ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
FILTER2 = "http://www.w3.org/2002/06/xmldsig-filter2"


@dataclass(frozen=True, slots=True)
class C14nMethod:
    """One canonicalisation, comments always left out."""

    name: str
    """Short name."""
    exclusive: bool
    """Exclusive C14N 1.0."""
    version11: bool
    """Inclusive C14N 1.1: `xml:id` and `xml:base` are not inherited."""


C14N_METHODS: Mapping[str, C14nMethod] = {
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315": C14nMethod("c14n", exclusive=False, version11=False),
    "http://www.w3.org/2006/12/xml-c14n11": C14nMethod("c14n11", exclusive=False, version11=True),
    "http://www.w3.org/2001/10/xml-exc-c14n#": C14nMethod("exc-c14n", exclusive=True, version11=False),
}
DEFAULT_C14N = C14N_METHODS["http://www.w3.org/TR/2001/REC-xml-c14n-20010315"]
"""XMLDSig 1.1 4.4.3.2: a node set left at the end of the transforms is turned into octets by C14N 1.0."""


@dataclass(frozen=True, slots=True)
class Digest:
    """One digest algorithm."""

    name: str
    """Short name."""
    of: Callable[[bytes], Any]
    """The hashlib constructor."""
    hash: hashes.HashAlgorithm
    """The same algorithm for `cryptography`."""


SHA256 = Digest("sha256", hashlib.sha256, hashes.SHA256())
SHA384 = Digest("sha384", hashlib.sha384, hashes.SHA384())
SHA512 = Digest("sha512", hashlib.sha512, hashes.SHA512())

DIGESTS: Mapping[str, Digest] = {
    "http://www.w3.org/2001/04/xmlenc#sha256": SHA256,
    "http://www.w3.org/2001/04/xmldsig-more#sha384": SHA384,
    "http://www.w3.org/2001/04/xmlenc#sha512": SHA512,
}


@dataclass(frozen=True, slots=True)
class SignatureMethod:
    """One signature algorithm: what key it takes and how a value is checked."""

    name: str
    """Short name."""
    key: KeyKind
    """Kind of key."""
    digest: Digest
    """Digest of SignedInfo."""
    salt: int | None = None
    """Salt length in octets; None unless the padding is PSS."""

    def verifies(self, key: SigningKey, *, value: bytes, signed: bytes) -> bool:
        """Whether the value is this key's signature over the octets."""
        try:
            if self.key is KeyKind.RSA:
                self._rsa(key.public, value, signed)
            else:
                self._ecdsa(key, value, signed)
        except (InvalidSignature, ValueError):
            return False
        return True

    def _rsa(self, key: Any, value: bytes, signed: bytes) -> None:
        public: rsa.RSAPublicKey = key
        if self.salt is None:
            public.verify(value, signed, _PKCS1, self.digest.hash)
        else:
            scheme = padding.PSS(mgf=padding.MGF1(self.digest.hash), salt_length=self.salt)
            public.verify(value, signed, scheme, self.digest.hash)

    def _ecdsa(self, key: SigningKey, value: bytes, signed: bytes) -> None:
        """XMLDSig 1.1 6.4.3: r and s, each as long as the field, one after the other."""
        width = (key.bits + 7) // 8
        if len(value) != 2 * width:
            raise ValueError("length of an ECDSA value")
        der = encode_dss_signature(int.from_bytes(value[:width], "big"), int.from_bytes(value[width:], "big"))
        public: ec.EllipticCurvePublicKey = key.public
        public.verify(der, signed, ec.ECDSA(self.digest.hash))


_PKCS1 = padding.PKCS1v15()

SIGNATURE_METHODS: Mapping[str, SignatureMethod] = {
    f"{_MORE}rsa-sha256": SignatureMethod("rsa-sha256", KeyKind.RSA, SHA256),
    f"{_MORE}rsa-sha384": SignatureMethod("rsa-sha384", KeyKind.RSA, SHA384),
    f"{_MORE}rsa-sha512": SignatureMethod("rsa-sha512", KeyKind.RSA, SHA512),
    f"{_MORE_2007}sha256-rsa-MGF1": SignatureMethod("rsa-pss-sha256", KeyKind.RSA, SHA256, 32),
    f"{_MORE_2007}sha384-rsa-MGF1": SignatureMethod("rsa-pss-sha384", KeyKind.RSA, SHA384, 48),
    f"{_MORE_2007}sha512-rsa-MGF1": SignatureMethod("rsa-pss-sha512", KeyKind.RSA, SHA512, 64),
    f"{_MORE}ecdsa-sha256": SignatureMethod("ecdsa-sha256", KeyKind.EC, SHA256),
    f"{_MORE}ecdsa-sha384": SignatureMethod("ecdsa-sha384", KeyKind.EC, SHA384),
    f"{_MORE}ecdsa-sha512": SignatureMethod("ecdsa-sha512", KeyKind.EC, SHA512),
}


def pss_method(digest: Digest, *, salt: int) -> SignatureMethod:
    """The parameterised RSA-PSS method of RFC 6931 2.3.9, with its mask digest equal to its digest."""
    return SignatureMethod(f"rsa-pss-{digest.name}", KeyKind.RSA, digest, salt)
