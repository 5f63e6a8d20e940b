"""Keys that live at a remote signing service: which credential is whose, and what is known of it here.

The file of credentials is JSON, by «unit/role» for an institution's key and «unit/role-SO_CCCD» for a person's.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from signing.certificates import Certificate, CertificateUnreadable, certificate_from_der
from signing.seal.keys import ECDSA_SHA256, RSA_SHA256, TRANSACTION_ROLE, CertificateWanted, KeyMissing, RemoteKey
from signing.verify.algorithms import SIGNATURE_METHODS

METHODS = {"rsa-sha256": RSA_SHA256, "ecdsa-sha256": ECDSA_SHA256}
"""What a service may be asked → identifier of the XML signature method."""


@dataclass(frozen=True, slots=True)
class _Known:
    chain: tuple[Certificate, ...]
    """empty when what the service told is of no use"""
    method: str
    until: float


class RemoteKeyring:
    """One service's keys. Their certificates are told to it by whoever may speak to the service."""

    def __init__(self, home: str, credentials: Path) -> None:
        self.home = home
        self._path = credentials
        self._changed = (-1, -1)
        self._names: dict[str, str] = {}
        self._known: dict[str, _Known] = {}

    def learn(self, credential: str, *, chain: Sequence[bytes], algorithm: str, seconds: float) -> None:
        """A credential's certificates as its service told them; believed for so long. What is of no use, a certificate
        that cannot be read or whose key cannot sign by the algorithm, is a key that is missing for as long."""
        self._known[credential] = _Known(*_read(chain, algorithm), time.monotonic() + seconds)

    def key(self, unit: str, role: str, cccd: str = "") -> RemoteKey:
        """The key of a unit's role, or of a person in it.

        Raises:
            KeyMissing: the file names none, or its certificate is of no use, out of its time or another person's.
            CertificateWanted: its certificate has to be asked for first.
        """
        credential = self._credentials().get(f"{unit}/{role}-{cccd}" if cccd else f"{unit}/{role}")
        if credential is None:
            raise KeyMissing(role)
        known = self._known.get(credential)
        if known is None or known.until < time.monotonic():
            raise CertificateWanted((self.home, credential, role))
        if not known.chain or not known.chain[0].not_before <= datetime.now(UTC) <= known.chain[0].not_after:
            raise KeyMissing(role)
        # Verification could only refuse what another person signs: nobody is asked for it.
        if cccd and cccd not in known.chain[0].personal_ids:
            raise KeyMissing(role)
        return RemoteKey(known.chain, known.method, self.home, credential)

    def transaction_key(self, unit: str) -> RemoteKey:
        """The key that signs a unit's transactions; raises as `key` does."""
        return self.key(unit, TRANSACTION_ROLE)

    def _credentials(self) -> dict[str, str]:
        """As the file stands; a file that cannot be read has no keys, and the next look tries again."""
        try:
            status = self._path.stat()
            changed = (status.st_mtime_ns, status.st_size)
            if changed != self._changed:
                self._names = _names(orjson.loads(self._path.read_bytes()))
                self._changed = changed
        except (OSError, ValueError):
            return {}
        return self._names


def _names(told: object) -> dict[str, str]:
    if not isinstance(told, dict):
        raise ValueError("credentials")
    return {name: credential for name, credential in told.items() if isinstance(credential, str) and credential}


def _read(chain: Sequence[bytes], algorithm: str) -> tuple[tuple[Certificate, ...], str]:
    method = METHODS.get(algorithm, "")
    try:
        read = tuple(certificate_from_der(der) for der in chain)
    except CertificateUnreadable:
        return (), method
    key = read[0].key if read else None
    usable = key is not None and key.allowed and method and SIGNATURE_METHODS[method].key is key.kind
    return (read if usable else ()), method
