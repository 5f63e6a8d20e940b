"""The remote signing services that a worker speaks to, and their keys' certificates as last told."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.signers import Credential, ServiceSettings, SigningService, adapters


@dataclass(frozen=True, slots=True)
class _Known:
    credential: Credential
    until: float


class Signers:
    """Clients of every service in the settings, opened once."""

    def __init__(self, services: Mapping[str, ServiceSettings], *, certificate_seconds: float) -> None:
        self.services: dict[str, SigningService] = {
            name: adapters()[settings.adapter].open(name, settings) for name, settings in services.items()
        }
        self.at_once = {name: settings.at_once for name, settings in services.items()}
        self.exchanges = {name: settings.exchanges for name, settings in services.items()}
        self._seconds = certificate_seconds
        self._known: dict[tuple[str, str], _Known] = {}
        self._asking: dict[tuple[str, str], asyncio.Task[Credential]] = {}

    async def close(self) -> None:
        """Close every client."""
        await asyncio.gather(*(service.close() for service in self.services.values()))

    async def credential(self, home: str, name: str) -> Credential:
        """A key's certificates and what it may be asked, from its service or as told a while ago.

        Raises:
            SignerFault: the service did not say.
        """
        key = (home, name)
        known = self._known.get(key)
        if known is not None and known.until > time.monotonic():
            return known.credential
        asking = self._asking.get(key)
        if asking is None:
            asking = self._asking[key] = asyncio.create_task(self.services[home].credential(name))
            asking.add_done_callback(lambda _: self._asking.pop(key, None))
        credential = await asyncio.shield(asking)
        self._known[key] = _Known(credential, time.monotonic() + self._seconds)
        return credential

    def forget(self, home: str, name: str) -> None:
        """The service was found to use another certificate: ask again."""
        self._known.pop((home, name), None)
