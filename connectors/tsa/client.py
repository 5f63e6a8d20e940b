"""One question to several authorities: bounded in time and size, and never to an address that is not in the settings."""

import asyncio
import ssl
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

import httpx
import structlog
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from connectors.exchanges import read_bounded
from connectors.tsa.settings import TimestampSettings

log = structlog.get_logger(__name__)

Accepted = TypeVar("Accepted")
_HEADERS = {
    "content-type": "application/timestamp-query",
    "accept": "application/timestamp-reply",
    "accept-encoding": "identity",
    "user-agent": "hocba-hub",
}


class Useless(Exception):
    """What an authority answered is not what was asked for; `args[0]` says why in machine text."""


class TimestampDown(Exception):
    """No authority gave a timestamp in time."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        self.reasons = reasons
        """what each of them did last, as «authority: reason»; empty where none is set"""
        super().__init__("; ".join(reasons))


class _NobodyYet(Exception):
    """A round that ended without an answer that was taken."""


class Timestampers:
    """All authorities of the settings, and which of them was good last."""

    def __init__(self, settings: TimestampSettings) -> None:
        self._settings = settings
        self._urls = tuple(httpx.URL(url) for url in settings.urls)
        self._first = 0
        self._turns = asyncio.Semaphore(settings.concurrency)
        self._http = httpx.AsyncClient(
            verify=ssl.create_default_context(cafile=settings.ca_file),
            timeout=settings.exchange_seconds,
            limits=httpx.Limits(max_connections=settings.concurrency),
            headers=_HEADERS,
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let the connections go."""
        await self._http.aclose()

    async def obtain(self, request: bytes, accept: Callable[[bytes], Accepted]) -> Accepted:
        """What `accept` makes of the first reply that it takes; it raises `Useless` for one that it does not.

        The authority that was good last is asked first, then the others, then all again after a pause, as long as the
        settings' patience lasts.

        Raises:
            TimestampDown: none gave one.
        """
        if not self._urls:
            raise TimestampDown(())
        async with self._turns:
            patience = self._settings.patience_seconds
            ends = time.monotonic() + patience
            reasons: dict[int, str] = {}
            try:
                async for attempt in AsyncRetrying(
                    retry=retry_if_exception_type(_NobodyYet),
                    stop=stop_after_delay(patience),
                    wait=wait_random_exponential(multiplier=0.1, max=2.0),
                    reraise=True,
                ):
                    with attempt:
                        return await self._round(request, accept, reasons, ends=ends)
            except _NobodyYet as error:
                told = tuple(f"{self._name(place)}: {why}" for place, why in sorted(reasons.items()))
                raise TimestampDown(told) from error
        raise AssertionError("unreachable")

    async def _round(
        self, request: bytes, accept: Callable[[bytes], Accepted], reasons: dict[int, str], *, ends: float
    ) -> Accepted:
        count = len(self._urls)
        for place in [(self._first + step) % count for step in range(count)]:
            left, usual = ends - time.monotonic(), self._settings.exchange_seconds
            if left <= 0:
                break
            try:
                accepted = accept(await self._exchange(place, request, seconds=min(left, usual)))
            except Useless as error:
                if left >= usual or place not in reasons:
                    # What it did in time says more than that the time ran out.
                    reasons[place] = str(error)
                self._leave(place, str(error))
            else:
                self._first = place
                return accepted
        raise _NobodyYet

    def _leave(self, place: int, reason: str) -> None:
        """Others that wait need not find out for themselves that this one is no good now."""
        if place == self._first:
            self._first = (place + 1) % len(self._urls)
        log.warning("tsa.useless", authority=self._name(place), reason=reason)

    def _name(self, place: int) -> str:
        """For the log: the rest of an address may be a customer's key."""
        url = self._urls[place]
        return f"{url.scheme}://{url.netloc.decode('ascii')}"

    async def _exchange(self, place: int, request: bytes, *, seconds: float) -> bytes:
        try:
            async with (
                asyncio.timeout(seconds),
                self._http.stream("POST", self._urls[place], content=request) as reply,
            ):
                return await self._read(reply)
        except (httpx.HTTPError, OSError) as error:
            raise Useless(type(error).__name__) from error

    async def _read(self, reply: httpx.Response) -> bytes:
        if reply.status_code != httpx.codes.OK:
            raise Useless(f"HTTP {reply.status_code}")
        return await read_bounded(reply, most=self._settings.reply_octets, refusal=Useless("too large"))
