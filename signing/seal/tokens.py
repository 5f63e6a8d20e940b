"""Keys on a PKCS#11 token or HSM: they never leave it, and each value it gives is verified before it is used.

A key is found by its label, on the private key and on its certificate alike:

<unit>/KY_PHAT_HANH          the unit's seal on records
<unit>/GIAO_DICH             the unit's seal on transactions
<unit>/<slot>-<SO_CCCD>      a person's key

A renewed certificate stands beside the old one under the same label; the newest that is in its time is used, with the
private key of the same identifier (CKA_ID). Authorities' certificates are found by their subject.
"""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from pkcs11 import Attribute, Mechanism, ObjectClass, SignMixin

from signing.certificates import Certificate, CertificateUnreadable, KeyKind, certificate_from_der
from signing.seal.cryptoki import Held, Sessions
from signing.seal.keys import TRANSACTION_ROLE, HomeDown, KeyMissing, SealingKey, method_of
from signing.seal.pins import PinFile
from signing.verify.algorithms import SIGNATURE_METHODS

KEPT_SECONDS = 60.0
"""What was looked up is believed this long: a record costs one signature and nothing else."""

_LONGEST_CHAIN = 6

Name = tuple[str, bytes]
"""Label and identifier of a private key."""


@dataclass(frozen=True, slots=True)
class TokenKey:
    """A key on a token."""

    chain: tuple[Certificate, ...]
    """Its certificate, then those above it that are on the token."""
    method: str
    """What `sign` carries out."""
    sessions: Sessions = field(repr=False)
    """Its token's."""
    name: Name = field(repr=False)
    """Names a person where the role is a person's: never to be logged."""

    def sign(self, octets: bytes) -> bytes:
        """The signature value; raises HomeDown when the token does not answer, or answers with another's value."""
        value = self.sessions.run(lambda held: self._signed(held, octets))
        if not SIGNATURE_METHODS[self.method].verifies(self.chain[0].key, value=value, signed=octets):
            raise HomeDown(self.sessions.home, "wrong-signature")
        return value

    def _signed(self, held: Held, octets: bytes) -> bytes:
        """PKCS#11 writes an ECDSA value as XMLDSig does: r and s, each as long as the field."""
        private = _private_key(held, self.name)
        if private is None:
            raise HomeDown(self.sessions.home, "key-gone")
        how = SIGNATURE_METHODS[self.method]
        if how.key is KeyKind.RSA:
            return private.sign(octets, mechanism=Mechanism.SHA256_RSA_PKCS)
        return private.sign(how.digest.of(octets).digest(), mechanism=Mechanism.ECDSA)


@dataclass(frozen=True, slots=True)
class Holding:
    """A key that a token has."""

    unit: str
    """whose"""
    role: str
    """what for; of a person's key without the person"""
    until: datetime
    """when the newest certificate beside it ends, UTC"""


@dataclass(frozen=True, slots=True)
class _Known:
    key: TokenKey
    until: float


class TokenKeyring:
    """The keys of one token."""

    def __init__(self, name: str, *, module: Path, token: str, pin_file: Path, sessions: int) -> None:
        self.home = name
        self._sessions = _sessions(name, module, token, pin_file, sessions)
        self._known: dict[str, _Known] = {}

    def key(self, unit: str, role: str, cccd: str = "") -> SealingKey:
        """The key of a unit's role, or of a person in it.

        Raises:
            KeyMissing: the token has none, none that may sign, or its certificate is out of its time.
            HomeDown: the token cannot be asked.
        """
        label = f"{unit}/{role}-{cccd}" if cccd else f"{unit}/{role}"
        known = self._known.get(label)
        if known is None or known.until < time.monotonic():
            key = self._sessions.run(lambda held: _find(held, label, self._sessions))
            if key is None:
                raise KeyMissing(role)
            known = self._known[label] = _Known(key, time.monotonic() + KEPT_SECONDS)
        if not _in_time(known.key.chain[0]):
            raise KeyMissing(role)
        return known.key

    def transaction_key(self, unit: str) -> SealingKey:
        """The key that signs a unit's transactions; raises as `key` does."""
        return self.key(unit, TRANSACTION_ROLE)

    def holdings(self) -> tuple[Holding, ...]:
        """Every key of a unit on the token, whether it may sign or not; raises HomeDown as `key` does."""
        return self._sessions.run(_holdings)


@cache
def _sessions(home: str, module: Path, token: str, pin_file: Path, size: int) -> Sessions:
    """One pool for each token in a process, however many keyrings there are."""
    return Sessions(home, module=module, token=token, pins=PinFile(pin_file, home=home, token=token), size=size)


def _holdings(held: Held) -> tuple[Holding, ...]:
    found: dict[str, Holding] = {}
    for each in list(held.session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})):
        label = str(each[Attribute.LABEL])
        unit, _, role = label.partition("/")
        ends = [certificate.not_after for certificate, _ in _certificates(held, {Attribute.LABEL: label})]
        if role and ends:
            found[label] = Holding(unit, role.partition("-")[0], max(ends))
    return tuple(found.values())


def _find(held: Held, label: str, sessions: Sessions) -> TokenKey | None:
    """The newest certificate of this label that is in its time and has its key beside it."""
    there = [
        (certificate, identifier)
        for certificate, identifier in _certificates(held, {Attribute.LABEL: label})
        if _in_time(certificate)
    ]
    for certificate, identifier in sorted(there, key=lambda each: each[0].not_before, reverse=True):
        method = method_of(certificate.key)
        if method is not None and _private_key(held, (label, identifier)) is not None:
            return TokenKey(_chain(held, certificate), method, sessions, (label, identifier))
    return None


def _in_time(certificate: Certificate) -> bool:
    return certificate.not_before <= datetime.now(UTC) <= certificate.not_after


def _certificates(held: Held, wanted: dict[Attribute, object]) -> list[tuple[Certificate, bytes]]:
    """Certificates that can be read, each with its identifier."""
    found = []
    for each in list(held.session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE, **wanted})):
        try:
            found.append((certificate_from_der(bytes(each[Attribute.VALUE])), bytes(each[Attribute.ID])))
        except CertificateUnreadable:
            continue
    return found


def _chain(held: Held, certificate: Certificate) -> tuple[Certificate, ...]:
    chain = [certificate]
    while chain[-1].issuer_der != chain[-1].subject_der and len(chain) < _LONGEST_CHAIN:
        above = _certificates(held, {Attribute.SUBJECT: chain[-1].issuer_der})
        # An authority that has changed its key keeps its name: the one above is the one that has signed.
        authorities = [each for each, _ in above if each.is_ca and each not in chain and _issued(each, chain[-1])]
        if not authorities:
            break
        chain.append(authorities[0])
    return tuple(chain)


def _issued(above: Certificate, below: Certificate) -> bool:
    try:
        x509.load_der_x509_certificate(below.der).verify_directly_issued_by(x509.load_der_x509_certificate(above.der))
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _private_key(held: Held, name: Name) -> SignMixin | None:
    """Kept with its session: a handle is good there alone."""
    if name not in held.keys:
        label, identifier = name
        wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: label, Attribute.SIGN: True}
        found = list(held.session.get_objects(wanted | ({Attribute.ID: identifier} if identifier else {})))
        if len(found) != 1 or not isinstance(found[0], SignMixin):
            return None
        held.keys[name] = found[0]
    return held.keys[name]
