"""Keys in PKCS#12 files of one folder: a school's seal perhaps, personal keys in the sandbox and in trials only.

<folder>/password                        the one password of all files
<folder>/<unit>/KY_PHAT_HANH.p12         the unit's seal on records
<folder>/<unit>/GIAO_DICH.p12            the unit's seal on transactions
<folder>/<unit>/<slot>-<SO_CCCD>.p12     a person's key

A file that its group or others can read is not used, nor is any file while they can read the password.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import pkcs12

from signing.certificates import Certificate, KeyKind, certificate_from_x509
from signing.seal.guarded import OpenToOthers, open_to_others, read_guarded
from signing.seal.homes import FILE
from signing.seal.keys import RSA_SHA256, TRANSACTION_ROLE, HomeDown, KeyMissing, SealingKey, method_of
from signing.verify.algorithms import SIGNATURE_METHODS

_CODE = re.compile(r"[0-9A-Za-z]{1,32}", re.ASCII)
_PKCS1 = padding.PKCS1v15()
_SHA256 = hashes.SHA256()


def _ecdsa(digest: hashes.HashAlgorithm) -> ec.ECDSA:
    """RFC 6979, where OpenSSL has it (3.2): the same octets get the same value."""
    try:
        return ec.ECDSA(digest, deterministic_signing=True)
    except UnsupportedAlgorithm:
        return ec.ECDSA(digest)


_ECDSA: Mapping[str, ec.ECDSA] = {
    uri: _ecdsa(method.digest.hash) for uri, method in SIGNATURE_METHODS.items() if method.key is KeyKind.EC
}


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
    """An elliptic-curve key in memory: ECDSA with the digest of its method."""

    chain: tuple[Certificate, ...]
    """Its certificate, then those above it."""
    private: ec.EllipticCurvePrivateKey
    """The private key."""
    method: str
    """What `sign` carries out."""

    def sign(self, octets: bytes) -> bytes:
        """XMLDSig 1.1 6.4.3: r and s, each as long as the field, one after the other."""
        r, s = decode_dss_signature(self.private.sign(octets, _ECDSA[self.method]))
        width = (self.private.key_size + 7) // 8
        return r.to_bytes(width, "big") + s.to_bytes(width, "big")


class FileKeyring:
    """Keys from PKCS#12 files, each read once per process and again when its file changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def key(self, unit: str, role: str, cccd: str = "") -> SealingKey:
        """The key of a unit's role, of this person where the role is a person's.

        Raises:
            KeyMissing: there is none, its file cannot be read, or its certificate is out of its time.
            HomeDown: its file, or the password's, is open to others; or there is no password.
        """
        # Codes and personal ids come from records: nothing but letters and digits may become part of a path.
        if not _CODE.fullmatch(unit) or not (cccd == "" or _CODE.fullmatch(cccd)):
            raise KeyMissing(role)
        path = self._folder / unit / (f"{role}-{cccd}.p12" if cccd else f"{role}.p12")
        password = self._password()
        try:
            key = _load(path, _changed(path, "key-file-open"), password)
        except (OSError, ValueError) as error:
            raise KeyMissing(role) from error
        # What a certificate out of its time would seal, verification could only refuse.
        if not key.chain[0].not_before <= datetime.now(UTC) <= key.chain[0].not_after:
            raise KeyMissing(role)
        return key

    def transaction_key(self, unit: str) -> SealingKey:
        """The key that signs a unit's transactions; raises as `key` does."""
        return self.key(unit, TRANSACTION_ROLE)

    def _password(self) -> bytes:
        path = self._folder / "password"
        try:
            return _read_password(path, _changed(path, "password-file-open"))
        except OpenToOthers as error:
            raise HomeDown(FILE, "password-file-open") from error
        except OSError as error:
            raise HomeDown(FILE, "password-file-missing") from error


def _changed(path: Path, why: str) -> int:
    """When it was changed last; part of the caches' keys, so that a renewed certificate is seen."""
    told = path.stat()
    if open_to_others(told.st_mode):
        raise HomeDown(FILE, why)
    return told.st_mtime_ns


@lru_cache(maxsize=8)
def _read_password(path: Path, changed: int) -> bytes:
    return read_guarded(path).octets.strip()


@lru_cache(maxsize=4096)
def _load(path: Path, changed: int, password: bytes) -> SealingKey:
    private, certificate, above = pkcs12.load_key_and_certificates(path.read_bytes(), password)
    if certificate is None:
        raise ValueError(f"{path.name}: no certificate")
    chain = tuple(certificate_from_x509(each) for each in (certificate, *above))
    method = method_of(chain[0].key)
    if isinstance(private, rsa.RSAPrivateKey) and method is not None:
        return RsaKey(chain, private)
    if isinstance(private, ec.EllipticCurvePrivateKey) and method is not None:
        return EcKey(chain, private, method)
    raise ValueError(f"{path.name}: neither an RSA nor an EC key that may sign")
