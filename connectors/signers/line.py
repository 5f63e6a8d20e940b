"""The line to a signing service: JSON asked and answered, bounded in time, size and number, repeated only where harmless.

What it cannot know it says: a request that may have been taken and was not answered is lost, never failed. Nothing that
is sent or received here is logged, for most of it is secret.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
from tenacity import AsyncRetrying

from connectors.exchanges import BROKEN_LINE, NOT_BEGUN, Unreadable, attempts, read_bounded, trust_for
from connectors.signers.protocol import OrderLost, SignerDown
from connectors.signers.settings import ServiceSettings

_NOT_NOW = frozenset({429, 503})
"""The service says that it did not take the request (RFC 9110 15.6.4, RFC 6585 4)."""
_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,40}", re.ASCII)
_LONG = re.compile(r"\S{24,}")
_WORDS = 200


@dataclass(frozen=True, slots=True)
class Reply:
    """A readable answer that is no failure of the service as a whole: HTTP 2xx or 4xx."""

    status: int
    """HTTP status"""
    document: Mapping[str, Any] = field(repr=False)
    """the JSON object; empty where a refusal has none; a list stands under the name `[]`"""

    @property
    def ok(self) -> bool:
        """2xx."""
        return self.status < 300

    def text(self, name: str) -> str:
        """A member that is text; empty where it is not there or is not."""
        told = self.document.get(name)
        return told if isinstance(told, str) else ""

    @property
    def code(self) -> str:
        """What is wrong, as short machine text: the service's own code, else the HTTP status."""
        told = str(self.document.get("error", ""))
        return told if _CODE.fullmatch(told) else f"http-{self.status}"


class Line:
    """One service's keep-alive connections, so many at once and no more."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._turns = asyncio.Semaphore(settings.exchanges)
        self._http = httpx.AsyncClient(
            verify=trust_for(settings.url, settings.ca_file),
            timeout=httpx.Timeout(settings.exchange_seconds, connect=min(5.0, settings.exchange_seconds / 2)),
            limits=httpx.Limits(max_connections=settings.exchanges, keepalive_expiry=10),
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            follow_redirects=False,
            trust_env=False,
        )

    async def close(self) -> None:
        """End every connection."""
        await self._http.aclose()

    def url(self, path: str) -> str:
        """A path under the service's base address."""
        return f"{self._settings.url.rstrip('/')}/{path}"

    async def ask(self, url: str, body: Mapping[str, Any], *, token: str = "", form: bool = False) -> Reply:
        """Ask what may be asked again without harm, for a few seconds; `token` is a bearer's, or empty.

        Raises:
            SignerDown: no answer that can be read came.
        """
        try:
            async for attempt in self._attempts(*BROKEN_LINE, Unreadable):
                with attempt:
                    reply = await self._exchange(url, body, token=token, form=form)
                    if reply.status >= 500 or reply.status in _NOT_NOW:
                        raise Unreadable(reply.code)
                    return reply
        except Unreadable as error:
            raise SignerDown(error.code) from None
        except BROKEN_LINE as error:
            raise SignerDown(type(error).__name__) from None
        raise AssertionError("unreachable")

    async def once(self, url: str, body: Mapping[str, Any], *, token: str = "") -> Reply:
        """Send what may not be taken twice: at most one request ever leaves.

        Raises:
            SignerDown: it surely was not taken.
            OrderLost: it may have been taken.
        """
        try:
            async for attempt in self._attempts(*NOT_BEGUN):
                with attempt:
                    reply = await self._exchange(url, body, token=token, form=False)
        except NOT_BEGUN as error:
            raise SignerDown(type(error).__name__) from None
        except Unreadable as error:
            raise OrderLost(error.code) from None
        except BROKEN_LINE as error:
            raise OrderLost(type(error).__name__) from None
        if reply.status in _NOT_NOW:
            raise SignerDown(reply.code)
        if reply.status >= 500:
            raise OrderLost(reply.code)
        return reply

    def _attempts(self, *errors: type[Exception]) -> AsyncRetrying:
        return attempts(*errors, patience_seconds=self._settings.patience_seconds)

    async def _exchange(self, url: str, body: Mapping[str, Any], *, token: str, form: bool) -> Reply:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self._turns, asyncio.timeout(self._settings.exchange_seconds):
            sent: dict[str, Any] = {"data": dict(body)} if form else {"content": orjson.dumps(body)}
            if not form:
                headers["Content-Type"] = "application/json"
            async with self._http.stream("POST", url, headers=headers, **sent) as response:
                return _read(response.status_code, await self._octets(response))

    async def _octets(self, response: httpx.Response) -> bytes:
        return await read_bounded(response, most=self._settings.reply_octets, refusal=Unreadable("reply-too-large"))


def words(text: str) -> str:
    """A service's sentence for staff: bounded, printable, without anything as long as a token."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text[:_WORDS])
    return _LONG.sub("…", plain).strip()


def _read(status: int, octets: bytes) -> Reply:
    try:
        told = orjson.loads(octets) if octets else {}
    except orjson.JSONDecodeError:
        if status < 400:
            raise Unreadable("reply-unreadable") from None
        told = {}
    if status in range(300, 400):
        raise Unreadable(f"http-{status}")
    if isinstance(told, list):
        return Reply(status, {"[]": told})
    if not isinstance(told, dict):
        raise Unreadable("reply-unreadable")
    return Reply(status, told)
