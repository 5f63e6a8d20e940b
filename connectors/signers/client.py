"""What the clients of all providers share: their line, the keys they were told of, and how an order's end is read."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, TypeVar

from connectors.signers.line import Line
from connectors.signers.protocol import Credential, Expired, Order, OrderLost, TooMany
from connectors.signers.remembered import Remembered
from connectors.signers.settings import ServiceSettings
from connectors.signers.values import ECDSA, Chain


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key as a service tells of it."""

    chain: Chain = field(repr=False)
    """its certificates"""
    at_once: int
    """hashes that one authorisation may cover, as the service has it"""
    automatic: bool = False
    """nobody is asked: the hub's PIN, or its account alone, is enough"""


Told = TypeVar("Told", bound=Key)


class Client(ABC, Generic[Told]):
    """One service; faults are told as `connectors.signers.protocol` has them."""

    def __init__(self, name: str, settings: ServiceSettings) -> None:
        self.name = name
        self._settings = settings
        self._line = Line(settings)
        self._keys = Remembered(self._fetch)

    async def close(self) -> None:
        """Close the connections."""
        await self._line.close()

    async def credential(self, identifier: str) -> Credential:
        """A key as the service tells of it now."""
        key = await self._keys.afresh(identifier)
        return Credential(
            identifier, key.chain.certificates, key.chain.algorithm, self._most(key), automatic=key.automatic
        )

    @abstractmethod
    async def _fetch(self, identifier: str) -> Told:
        """Ask for a key."""

    async def _key_for(self, order: Order) -> Told:
        """The key of an order that it can take at once.

        Raises:
            TooMany: it cannot.
        """
        key = await self._keys.get(order.credential)
        if len(order.digests) > self._most(key):
            raise TooMany(str(len(order.digests)))
        return key

    def _most(self, key: Told) -> int:
        return min(key.at_once, self._settings.at_once)

    async def _width(self, order: Order) -> int:
        """Octets of r and of s of what an order's holder signed; 0 for RSA.

        What was signed before a key was locked is still good: an RSA value is read without asking after its key.
        """
        return (await self._keys.get(order.credential)).chain.width if order.algorithm == ECDSA else 0


def unknown(order: Order) -> Expired:
    """A service that no longer knows what it was asked: the holder's time is over.

    Raises:
        OrderLost: it is not: the service has lost the order.
    """
    if datetime.now(UTC) < order.until:
        raise OrderLost("unknown-order")
    return Expired()
