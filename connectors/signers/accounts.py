"""The hub's account at a service: its secret, and the tokens that it is given, each used until it ends or is refused."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from connectors.signers.line import Reply
from connectors.signers.protocol import AccountRefused, SignerDown

_UNAUTHORISED = 401
_DEFAULT_SECONDS = 3600.0
"""CSC API v2, 8.4.4: of a token that says nothing of its life."""


@dataclass(frozen=True, slots=True)
class Token:
    """One access token."""

    text: str = field(repr=False)
    """what it is"""
    until: float
    """on the monotonic clock; a little before the service forgets it"""

    @classmethod
    def read(cls, reply: Reply, *, asked_at: float) -> Self:
        """The token in a good answer; `asked_at` on the monotonic clock.

        Raises:
            SignerDown: there is none.
        """
        text, told = reply.text("access_token"), reply.document.get("expires_in")
        if not text or not text.isascii() or not text.isprintable():
            raise SignerDown("token-unreadable")
        try:
            seconds = float(told) if isinstance(told, (int, float, str)) else _DEFAULT_SECONDS
        except ValueError:
            seconds = 0.0
        return cls(text, asked_at + seconds - min(30.0, seconds / 10))


class Tokens:
    """The tokens of one service, one for each user that it wants them for."""

    def __init__(self, login: Callable[[str], Awaitable[Token]]) -> None:
        self._login = login
        self._known: dict[str, Token] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def under(self, user: str, exchange: Callable[[str], Awaitable[Reply]]) -> Reply:
        """An exchange under the user's token; one that the service no longer takes is renewed once, at once.

        401 means that the request was not taken (RFC 9110 15.5.2): sending it again is harmless whatever it is.

        Raises:
            AccountRefused: a fresh token is refused as well.
        """
        token = await self._token(user)
        reply = await exchange(token)
        if reply.status != _UNAUTHORISED:
            return reply
        reply = await exchange(await self._token(user, instead_of=token))
        if reply.status == _UNAUTHORISED:
            raise AccountRefused(reply.code)
        return reply

    async def _token(self, user: str, *, instead_of: str = "") -> str:
        async with self._locks[user]:
            known = self._known.get(user)
            if known is None or known.text == instead_of or time.monotonic() >= known.until:
                known = self._known[user] = await self._login(user)
            return known.text


def read_secret(path: Path | None) -> str:
    """What a secret file holds, as it stands now; empty where none is named.

    Raises:
        AccountRefused: it cannot be read.
    """
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        raise AccountRefused("secret-file-unreadable") from None
