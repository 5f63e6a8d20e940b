"""What a remote signing service is asked and what it may answer (ETSI TS 119 432; CSC API v2), whoever provides it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Credential:
    """One key of a service, with its certificate."""

    identifier: str
    """the service's name of the key"""
    chain: tuple[bytes, ...] = field(repr=False)
    """DER: its certificate first, then those above it as far as the service tells"""
    algorithm: str
    """`rsa-sha256` or `ecdsa-sha256`: what the hub may ask of it"""
    at_once: int
    """hashes that one authorisation may cover"""
    automatic: bool
    """no person is asked: a seal that the service makes by itself"""


@dataclass(frozen=True, slots=True)
class Order:
    """Hashes that one holder is asked to sign, under one authorisation that is bound to exactly these."""

    reference: str
    """the hub's own identifier, 1 to 36 letters: the same order sent again is the same order, where the service knows it"""
    credential: str
    """which key"""
    digests: tuple[bytes, ...] = field(repr=False)
    """SHA-256 digests, in order"""
    algorithm: str
    """as its credential says"""
    note: str
    """what the holder is shown: kind and count, never a pupil's data"""
    until: datetime
    """the holder may agree until then"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The holder has been asked."""

    handle: str
    """what the service calls the order: needed to ask how it stands"""


@dataclass(frozen=True, slots=True)
class Signed:
    """The holder agreed."""

    values: tuple[bytes, ...] = field(repr=False)
    """one value per digest, in order, as XMLDSig writes them (EC: r and s, each as long as the field)"""


@dataclass(frozen=True, slots=True)
class Refused:
    """The holder said no."""

    why: str = ""
    """in the service's words; shown to staff"""


@dataclass(frozen=True, slots=True)
class Expired:
    """The holder did not answer in time, and can no longer do so."""


class SignerFault(Exception):
    """An exchange that brought no answer; the classes say what is surely true."""

    def __init__(self, why: str = "") -> None:
        self.why = why
        """short machine text: HTTP status or the service's error code; never a PIN, SAD or token"""
        super().__init__(why)


class SignerDown(SignerFault):
    """Not reached, or it says that it cannot now: nothing was asked of the holder."""


class OrderLost(SignerFault):
    """The order was sent and its answer was lost: the holder may have been asked."""


class AccountRefused(SignerFault):
    """The hub's own account at the service is refused: operators must act."""


class CredentialUnknown(SignerFault):
    """The service has no such key, or its certificate has ended."""


class CredentialLocked(SignerFault):
    """The key is locked: its holder must unlock it at the provider."""


class TooMany(SignerFault):
    """The order has more hashes than the service takes at once."""


class SigningService(Protocol):
    """A client of one service. Every call is bounded in time and memory by the settings; `SignerFault` when it fails."""

    async def credential(self, identifier: str) -> Credential:
        """A key's certificates and what it may be asked."""
        ...

    async def begin(self, order: Order) -> Waiting | Signed | Refused:
        """Ask the holder."""
        ...

    async def progress(self, order: Order, handle: str) -> Waiting | Signed | Refused | Expired:
        """How an order stands; `handle` is what `begin` answered, empty when that answer was lost.

        Raises:
            OrderLost: the service cannot be asked for an order by the hub's own name of it, or no longer knows it.
        """
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...
