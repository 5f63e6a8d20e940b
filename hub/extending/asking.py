"""Timestamps for a command that waits for each of them: the authorities of the settings, in turn."""

import asyncio
from types import TracebackType
from typing import Self

from routes.signing_settings import SigningSettings
from routes.stamping import Stamper, stamp, stamper_of
from signing.trust import Trust


class Authorities:
    """Who is asked, for as long as a command runs; calling it gives a DER token over a digest."""

    def __init__(self, settings: SigningSettings, trust: Trust) -> None:
        self._settings = settings
        self._trust = trust
        self._loop = asyncio.Runner()
        self._stamper: Stamper | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stamper is not None:
            self._loop.run(self._stamper.client.close())
        self._loop.close()

    def __call__(self, digest: bytes, *, algorithm: str) -> bytes:
        """A token over a digest.

        Raises:
            TimestampDown: no authority gave one that holds.
        """
        return self._loop.run(self._ask(digest, algorithm))

    async def _ask(self, digest: bytes, algorithm: str) -> bytes:
        self._stamper = self._stamper or stamper_of(self._settings, self._trust)
        return await stamp(self._stamper, digest, algorithm=algorithm)
