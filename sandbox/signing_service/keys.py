"""The keys that the service holds: a world's, by names that say nothing of their holders."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from sandbox import pki

SEALS = ("KY_PHAT_HANH", "GIAO_DICH")
"""An institution's keys: they sign by themselves, for whoever has their PIN."""
_PREHASHED = Prehashed(hashes.SHA256())
_PKCS1 = padding.PKCS1v15()


@dataclass(frozen=True, slots=True)
class Held:
    """One key with its certificates."""

    identifier: str
    """The service's name of it."""
    automatic: bool
    """A seal: nobody is asked."""
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    """The private key."""
    chain: tuple[x509.Certificate, ...]
    """Its certificate first."""

    @property
    def serial(self) -> str:
        """Serial number of its certificate, hexadecimal."""
        return f"{self.chain[0].serial_number:x}"

    @property
    def ended(self) -> bool:
        """Its certificate has ended."""
        return self.chain[0].not_valid_after_utc < datetime.now(UTC)

    def certificates(self) -> list[bytes]:
        """DER, its certificate first."""
        return [certificate.public_bytes(Encoding.DER) for certificate in self.chain]

    def sign(self, digest: bytes, *, der: bool) -> bytes:
        """The value over a SHA-256 digest; of an EC key as DER, or as r and s one after the other."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(digest, _PKCS1, _PREHASHED)
        value = self.key.sign(digest, ec.ECDSA(_PREHASHED))
        if der:
            return value
        width = (self.key.key_size + 7) // 8
        return b"".join(number.to_bytes(width, "big") for number in decode_dss_signature(value))


class Keys:
    """A world's keys, each read when it is first asked for."""

    def __init__(self, world: Path) -> None:
        self._world = world
        self._password = (world / "keys" / "password").read_bytes().strip()
        told: dict[str, str] = json.loads((world / "signing-credentials.json").read_bytes())
        self._places = {identifier: place for place, identifier in told.items()}
        self._read: dict[str, Held] = {}
        self._renewed: dict[str, Held] = {}

    def names(self) -> list[str]:
        """Every key's name."""
        return sorted(self._places)

    def get(self, identifier: str, *, renewed: bool = False) -> Held | None:
        """A key; the one that took its place, where it was renewed; None where there is none."""
        place = self._places.get(identifier)
        if place is None:
            return None
        held = self._read.get(identifier)
        if held is None:
            held = self._read[identifier] = self._load(identifier, place)
        return self._renewal(held) if renewed else held

    def other_than(self, identifier: str) -> Held:
        """Another person's key."""
        mine = self.get(identifier)
        assert mine is not None
        for name in self.names():
            other = self.get(name)
            if other is not None and other.key.public_key() != mine.key.public_key():
                return other
        return self._renewal(mine)

    def _load(self, identifier: str, place: str) -> Held:
        octets = (self._world / "keys" / f"{place}.p12").read_bytes()
        key, certificate, above = pkcs12.load_key_and_certificates(octets, self._password)
        if certificate is None or not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
            raise ValueError(f"{place}: neither an RSA nor an EC key with its certificate")
        role = place.partition("/")[2].partition("-")[0]
        return Held(identifier, role in SEALS, key, (certificate, *above))

    def _renewal(self, held: Held) -> Held:
        known = self._renewed.get(held.identifier)
        if known is None:
            authority = self._authority()
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            serial = pki.stable_serial(held.identifier, "renewed")
            certificate = pki.issue(authority, subject=held.chain[0].subject, key=key, serial=serial)
            known = Held(held.identifier, held.automatic, key, (certificate, authority.certificate))
            self._renewed[held.identifier] = known
        return known

    def _authority(self) -> pki.Authority:
        certificate = x509.load_pem_x509_certificate((self._world / "trust/intermediates/issuing.pem").read_bytes())
        return pki.Authority(certificate, pki.read_key((self._world / "authority/issuing.key").read_bytes()))
