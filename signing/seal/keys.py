"""What seals ask of a key, wherever it lives: a file, a token or HSM, a remote signing service.

A key that is at hand signs (`SealingKey`). One that is not (`RemoteKey`) says whose it is, so that a signature can be
prepared; its value comes later, through the ledger.
"""

from dataclasses import dataclass
from typing import Protocol

from signing.certificates import Certificate, KeyKind, SigningKey

TRANSACTION_ROLE = "GIAO_DICH"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
_ECDSA = {
    256: ECDSA_SHA256,
    384: "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
    521: "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
}
"""A curve's digest is as strong as the curve (FIPS 186-5 6.1.1)."""


def method_of(key: SigningKey) -> str | None:
    """Identifier of the signature method that a key seals with here; None for a key that may not sign."""
    if not key.allowed:
        return None
    return RSA_SHA256 if key.kind is KeyKind.RSA else _ECDSA.get(key.bits)


class KeyMissing(Exception):
    """The key of a role is not there, cannot be read, or its certificate is out of its time."""

    def __init__(self, role: str) -> None:
        self.role = role
        """GVCN, CBQL, KY_PHAT_HANH or GIAO_DICH"""
        super().__init__(role)


class HomeDown(Exception):
    """The token or HSM is gone, full or out of order: the work waits, nothing is wrong with it."""

    def __init__(self, home: str, why: str) -> None:
        self.home = home
        """name of the home in the settings"""
        self.why = why
        """short machine text, never a PIN"""
        super().__init__(f"{home}: {why}")


class CertificateWanted(Exception):
    """The certificates of remote credentials are not known here yet: they have to be fetched first."""

    def __init__(self, *wanted: tuple[str, str, str]) -> None:
        self.wanted = wanted
        """name of the service in the settings, the service's identifier of the key, and whose role it is, of each"""
        super().__init__(", ".join(sorted({home for home, _, _ in wanted})))


class SignerIdentity(Protocol):
    """Whose key it is and how it signs: all that preparing a signature asks."""

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """Its certificate first, then those above it as far as they are known."""
        ...

    @property
    def method(self) -> str:
        """Identifier of the XML signature method that it carries out."""
        ...


class SealingKey(SignerIdentity, Protocol):
    """A key that signs here and now."""

    def sign(self, octets: bytes) -> bytes:
        """The signature value over the octets of a canonical SignedInfo, as XMLDSig writes it.

        Raises:
            HomeDown: the token that holds it does not answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class RemoteKey:
    """A key that signs elsewhere, later."""

    chain: tuple[Certificate, ...]
    """Its certificate first, then those above it as far as they are known."""
    method: str
    """Identifier of the XML signature method that it carries out."""
    home: str
    """Name of the service in the settings."""
    credential: str
    """The service's identifier of the key."""


AnyKey = SealingKey | RemoteKey
"""A key at hand, or one that is asked."""


class Keyring(Protocol):
    """Where keys are asked for."""

    def key(self, unit: str, role: str, cccd: str = "") -> AnyKey:
        """The key of a unit's role, of this person where the role is a person's.

        Raises:
            KeyMissing: there is none.
            HomeDown: its token cannot be reached.
            CertificateWanted: it is a remote one that is not known here yet.
        """
        ...

    def transaction_key(self, unit: str) -> AnyKey:
        """The key that signs a unit's transactions; raises as `key` does."""
        ...
