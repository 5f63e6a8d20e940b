"""Keys in PKCS#12 files of one folder: a school's seal perhaps, personal keys in the sandbox and in trials only.

<folder>/password                        the one password of all files
<folder>/<unit>/KY_PHAT_HANH.p12         the unit's seal on records
<folder>/<unit>/GIAO_DICH.p12            the unit's seal on transactions
<folder>/<unit>/<slot>-<SO_CCCD>.p12     a person's key
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import pkcs12

from signing.certificates import Certificate, certificate_from_x509
from signing.seal.keys import ECDSA_SHA256, RSA_SHA256, TRANSACTION_ROLE, KeyMissing, SealingKey

_CODE = re.compile(r"[0-9A-Za-z]{1,32}", re.ASCII)
_PKCS1 = padding.PKCS1v15()
_SHA256 = hashes.SHA256()
_ECDSA = ec.ECDSA(_SHA256)


@dataclass(frozen=True, slots=True)
class RsaKey:
    """An RSA key in memory: PKCS#1 v1.5 with SHA-256."""

    chain: tuple[Certificate, ...]
    """Its certificate, then those above it."""
    private: rsa.RSAPrivateKey
    """The private key."""
    method: str = RSA_SHA256
    """What `sign` carries out."""

    def sign(self, octets: bytes) -> bytes:
        """The signature value."""
        return self.private.sign(octets, _PKCS1, _SHA256)


@dataclass(frozen=True, slots=True)
class EcKey:
    """An elliptic-curve key in memory: ECDSA with SHA-256."""

    chain: tuple[Certificate, ...]
    """Its certificate, then those above it."""
    private: ec.EllipticCurvePrivateKey
    """The private key."""
    method: str = ECDSA_SHA256
    """What `sign` carries out."""

    def sign(self, octets: bytes) -> bytes:
        """XMLDSig 1.1 6.4.3: r and s, each as long as the field, one after the other."""
        r, s = decode_dss_signature(self.private.sign(octets, _ECDSA))
        width = (self.private.key_size + 7) // 8
        return r.to_bytes(width, "big") + s.to_bytes(width, "big")


class FileKeyring:
    """Keys from PKCS#12 files, each read once per process and again when its file changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._password = (folder / "password").read_bytes().strip()

    def key(self, unit: str, role: str, cccd: str = "") -> SealingKey:
        """The key of a unit's role, of this person where the role is a person's; KeyMissing when there is none."""
        # Codes and personal ids come from records: nothing but letters and digits may become part of a path.
        if not _CODE.fullmatch(unit) or not (cccd == "" or _CODE.fullmatch(cccd)):
            raise KeyMissing(role)
        path = self._folder / unit / (f"{role}-{cccd}.p12" if cccd else f"{role}.p12")
        try:
            key = _load(path, path.stat().st_mtime_ns, self._password)
        except (OSError, ValueError) as error:
            raise KeyMissing(role) from error
        # What a certificate out of its time would seal, verification could only refuse.
        if not key.chain[0].not_before <= datetime.now(UTC) <= key.chain[0].not_after:
            raise KeyMissing(role)
        return key

    def transaction_key(self, unit: str) -> SealingKey:
        """The key that signs a unit's transactions; KeyMissing when there is none."""
        return self.key(unit, TRANSACTION_ROLE)


@lru_cache(maxsize=4096)
def _load(path: Path, changed: int, password: bytes) -> SealingKey:
    """Read one file; `changed` is part of the cache's key, so that a renewed certificate is seen."""
    private, certificate, above = pkcs12.load_key_and_certificates(path.read_bytes(), password)
    if certificate is None:
        raise ValueError(f"{path.name}: no certificate")
    chain = tuple(certificate_from_x509(each) for each in (certificate, *above))
    if isinstance(private, rsa.RSAPrivateKey):
        return RsaKey(chain, private)
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return EcKey(chain, private)
    raise ValueError(f"{path.name}: neither an RSA nor an EC key")
