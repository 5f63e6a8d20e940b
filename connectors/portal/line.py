"""The line to a portal: one keep-alive connection pool, one token per unit, and what may be asked again.

What is sent once leaves at most once per call, but for two cases in which it surely was not taken: the line was never
opened, or the portal said E01 and a fresh token is at hand. Everything else may be asked again for a few seconds.
"""

import asyncio
import ssl
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import httpx
import orjson
import structlog
from tenacity import AsyncRetrying

from connectors.exchanges import BROKEN_LINE, NOT_BEGUN, Unreadable, attempts, read_bounded, trust_for
from connectors.portal.accounts import Account, Accounts
from connectors.portal.answers import DONE, FAULTS, TOKEN_EXPIRED, Answer, Reply, read_answer
from connectors.portal.faults import PackageRefused, PortalDown, ReplyLost, TryLater
from connectors.portal.settings import PortalSettings

log = structlog.get_logger(__name__)

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    until: float
    """on the monotonic clock; a little before the portal forgets it"""


@dataclass(frozen=True, slots=True)
class Call:
    """One request."""

    path: str
    body: bytes | None = None
    """JSON to POST; None: GET"""
    query: Mapping[str, str] | None = None
    expected: str = "Error"
    """member that a good answer has"""


class Line:
    """One portal's line, spoken on as any unit that has an account."""

    def __init__(self, settings: PortalSettings) -> None:
        self._settings = settings
        self._accounts = Accounts(settings.accounts)
        self._tokens: dict[str, _Token] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._http = httpx.AsyncClient(
            base_url=settings.url,
            verify=_trust(settings),
            timeout=httpx.Timeout(settings.read_seconds, connect=settings.connect_seconds),
            limits=httpx.Limits(max_connections=settings.connections, keepalive_expiry=settings.keepalive_seconds),
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            follow_redirects=False,
            trust_env=False,
            proxy=settings.proxy,
        )

    async def close(self) -> None:
        """End every connection."""
        await self._http.aclose()

    def account(self, unit: str) -> Account:
        """A unit's account.

        Raises:
            AccountMissing: there is none.
        """
        return self._accounts.of(unit)

    async def once(self, unit: str, path: str, body: Callable[[str], bytes], *, expected: str = "Error") -> Answer:
        """Send what may not leave twice; `body` is written around the token.

        Raises:
            ReplyLost: it may have arrived.
            PortalFault: any other kind: it surely was not taken.
        """

        async def exchange(token: str) -> Answer:
            octets = body(token)
            if len(octets) > self._settings.body_octets:
                raise PackageRefused("E06")
            return await self._send_once(Call(path, octets, expected=expected), token)

        return await self._authorised(unit, exchange)

    async def ask(self, unit: str, call: Call) -> Answer:
        """Ask what may be asked again without harm."""

        async def exchange(token: str) -> Answer:
            return await self._patiently(call, token=token)

        return await self._authorised(unit, exchange)

    async def _authorised(self, unit: str, exchange: Callable[[str], Awaitable[Answer]]) -> Answer:
        """An exchange under the unit's token; one that the portal no longer takes is renewed once, at once."""
        token = await self._token(unit)
        answer = await exchange(token)
        if answer.code != TOKEN_EXPIRED:
            return answer
        return await exchange(await self._token(unit, instead_of=token))

    async def _token(self, unit: str, *, instead_of: str = "") -> str:
        async with self._locks[unit]:
            known = self._tokens.get(unit)
            if known is not None and known.text != instead_of and time.monotonic() < known.until:
                return known.text
            fresh = await self._login(unit)
            self._tokens[unit] = fresh
            return fresh.text

    async def _login(self, unit: str) -> _Token:
        account = self._accounts.of(unit)
        body = orjson.dumps({"user_name": account.user_name, "password": account.hashed})
        asked_at = time.monotonic()
        answer = await self._patiently(Call(self._settings.paths.token, body, expected="token"), token=None)
        token, lifetime = answer.document.get("token"), answer.document.get("expires_in")
        if answer.code != DONE:
            raise FAULTS.get(answer.code, TryLater)(answer.code)
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise PortalDown("token-unreadable")
        seconds = lifetime if isinstance(lifetime, (int, float)) else 0
        log.info("portal.token", unit=unit, seconds=seconds)
        return _Token(token, asked_at + seconds - min(30.0, seconds / 10))

    async def _patiently(self, call: Call, *, token: str | None) -> Answer:
        """A call that may be repeated without harm, for a few seconds."""
        try:
            async for attempt in self._attempts(*BROKEN_LINE, Unreadable):
                with attempt:
                    return read_answer(await self._send(call, token), expected=call.expected)
        except Unreadable as error:
            raise PortalDown(error.code) from error
        except BROKEN_LINE as error:
            raise PortalDown(type(error).__name__) from error
        raise AssertionError("unreachable")

    async def _send_once(self, call: Call, token: str) -> Answer:
        """A call of which at most one may ever leave; only a line that was never opened is tried again."""
        try:
            async for attempt in self._attempts(*NOT_BEGUN):
                with attempt:
                    return read_answer(await self._send(call, token), expected=call.expected)
        except NOT_BEGUN as error:
            raise PortalDown(type(error).__name__) from error
        except Unreadable as error:
            raise ReplyLost(error.code) from error
        except BROKEN_LINE as error:
            raise ReplyLost(type(error).__name__) from error
        raise AssertionError("unreachable")

    def _attempts(self, *errors: type[Exception]) -> AsyncRetrying:
        return attempts(*errors, patience_seconds=self._settings.patience_seconds)

    async def _send(self, call: Call, token: str | None) -> Reply:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        if call.body is not None:
            headers["Content-Type"] = JSON
        async with (
            asyncio.timeout(self._settings.exchange_seconds),
            self._http.stream(
                "GET" if call.body is None else "POST",
                call.path,
                content=call.body,
                params=call.query,
                headers=headers,
            ) as response,
        ):
            reply = Reply(response.status_code, await self._read(response))
        log.debug("portal.reply", path=call.path, status=reply.status, octets=len(reply.body))
        return reply

    async def _read(self, response: httpx.Response) -> bytes:
        return await read_bounded(response, most=self._settings.reply_octets, refusal=Unreadable("reply-too-large"))


def _trust(settings: PortalSettings) -> ssl.SSLContext:
    context = trust_for(settings.url, settings.ca_file)
    if settings.client_certificate is not None and httpx.URL(settings.url).scheme != "http":
        password = settings.client_key_password
        context.load_cert_chain(
            settings.client_certificate,
            settings.client_key,
            None if password is None else password.get_secret_value(),
        )
    return context
