"""Who is calling: API keys, known to the hub by their digest only, remembered for a few seconds."""

import time
from collections import OrderedDict

from fastapi import Request

from console.gate import Gate
from console.problems import Problem
from ledger.registry import Sender, key_digest, sender_by_key
from schemas.findings import Words

REMEMBERED = 1000
"""keys remembered at once, wrong ones among them"""


class Keys:
    """Turns the Authorization header into a sender."""

    def __init__(self, gate: Gate, *, cache_seconds: float) -> None:
        self._gate = gate
        self._cache_seconds = cache_seconds
        self._known: OrderedDict[bytes, tuple[float, Sender | None]] = OrderedDict()

    async def sender(self, request: Request) -> Sender:
        """The sender whose key the request shows.

        Raises:
            Problem: no key, or none that is valid.
        """
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        sender = await self._look_up(key.strip()) if scheme.lower() == "bearer" and key.strip() else None
        if sender is None:
            raise Problem(
                "unauthenticated",
                Words(
                    vi="Gửi kèm tiêu đề «Authorization: Bearer <khóa API>»; khóa do đội vận hành hub cấp.",
                    en="Send «Authorization: Bearer <API key>»; the hub's operators issue keys.",
                ),
                headers={"WWW-Authenticate": 'Bearer realm="hocba"'},
            )
        return sender

    async def _look_up(self, key: str) -> Sender | None:
        digest = key_digest(key)
        until, sender = self._known.get(digest, (0.0, None))
        if time.monotonic() < until:
            return sender
        async with self._gate.connection() as connection:
            sender = await sender_by_key(connection, key)
        self._known[digest] = (time.monotonic() + self._cache_seconds, sender)
        self._known.move_to_end(digest)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return sender
