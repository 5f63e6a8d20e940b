"""Certificate authorities over HTTP: a bounded question, a bounded answer, nowhere else."""

import asyncio
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from connectors.exchanges import read_bounded
from routes.signing_settings import RevocationSettings

REDIRECTS = 2
"""to another path of the same server; never to another one"""
GIVEN_UP = 2
"""questions in a row without an answer after which an authority is left alone until the next round"""


class NoAnswer(Exception):
    """The authority did not answer, or not with what was asked for; `args[0]` says how."""


class _Away(NoAnswer):
    """It may answer if it is asked again."""


class Authorities:
    """A round of questions. Each authority that keeps silent is left alone for the rest of it."""

    def __init__(self, settings: RevocationSettings) -> None:
        self._settings = settings
        self._silent: dict[str, int] = {}
        self._turns = asyncio.Semaphore(settings.exchanges)
        self._http = httpx.AsyncClient(
            timeout=settings.reply_seconds,
            follow_redirects=False,
            headers={"accept-encoding": "identity", "user-agent": "hocba-hub"},
        )

    async def __aenter__(self) -> Self:
        """Ready to ask."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the connections go."""
        await self._http.aclose()

    async def revocation_list(self, url: str) -> bytes:
        """The octets at the address of a list.

        Raises:
            NoAnswer: there are none.
        """
        return await self._ask("GET", url, b"", "*/*")

    async def response(self, url: str, question: bytes) -> bytes:
        """The octets that answer an OCSP request (RFC 6960 A.1).

        Raises:
            NoAnswer: there are none.
        """
        return await self._ask("POST", url, question, "application/ocsp-response")

    async def _ask(self, method: str, url: str, body: bytes, accepted: str) -> bytes:
        server = origin(url)
        async with self._turns:
            if self._silent.get(server, 0) >= GIVEN_UP:
                raise NoAnswer("silent")
            try:
                answer = await self._with_tries(method, url, body, accepted)
            except _Away:
                self._silent[server] = self._silent.get(server, 0) + 1
                raise
            self._silent.pop(server, None)
            return answer

    async def _with_tries(self, method: str, url: str, body: bytes, accepted: str) -> bytes:
        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(self._settings.tries),
            wait=wait_random_exponential(multiplier=0.2, max=5.0),
            retry=retry_if_exception_type(_Away),
            reraise=True,
        ):
            with attempt:
                return await self._once(method, url, body, accepted)
        raise NoAnswer("never asked")

    async def _once(self, method: str, url: str, body: bytes, accepted: str) -> bytes:
        headers = {"accept": accepted} | ({"content-type": "application/ocsp-request"} if body else {})
        try:
            async with asyncio.timeout(self._settings.reply_seconds):
                for _ in range(REDIRECTS + 1):
                    async with self._http.stream(method, url, content=body or None, headers=headers) as reply:
                        if not reply.has_redirect_location:
                            return await self._read(reply)
                        url = _same_server(url, reply.headers["location"])
        except (httpx.TransportError, TimeoutError) as error:
            raise _Away(type(error).__name__) from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise NoAnswer(type(error).__name__) from error
        raise NoAnswer("too many redirects")

    async def _read(self, reply: httpx.Response) -> bytes:
        if reply.is_server_error or reply.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise _Away(f"HTTP {reply.status_code}")
        if reply.status_code != httpx.codes.OK:
            raise NoAnswer(f"HTTP {reply.status_code}")
        return await read_bounded(reply, most=self._settings.reply_octets, refusal=NoAnswer("too large"))


def origin(url: str) -> str:
    """Scheme, host and port, for the log and to compare; the rest of an address may name a certificate."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{(parts.hostname or '').lower()}:{parts.port or ''}"


def askable(url: str) -> bool:
    """HTTP or HTTPS, to a host, without a password in it."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return False


def _same_server(url: str, location: str) -> str:
    target = str(httpx.URL(url).join(location))
    if origin(target) != origin(url):
        raise NoAnswer("sent elsewhere")
    return target
