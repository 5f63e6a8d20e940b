"""Orders from being asked to being answered: what holders do, as the buttons want them, and what is signed then."""

import asyncio
import secrets
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from sandbox.buttons import Buttons
from sandbox.signing_service.faults import Faults
from sandbox.signing_service.keys import Held, Keys
from sandbox.signing_service.store import AGREED, EXPIRED, REFUSED, SIGNED, WAITING, Entry, Store


class Desk:
    """Every order of the service."""

    def __init__(self, store: Store, keys: Keys, buttons: Buttons[Faults]) -> None:
        self.store = store
        self.keys = keys
        self.buttons = buttons
        self._busy: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def held(self, identifier: str) -> Held | None:
        """A key as it stands."""
        return self.keys.get(identifier, renewed=self.buttons.now.certificate_changed)

    def ask(
        self,
        held: Held,
        hashes: Sequence[bytes],
        *,
        reference: str = "",
        note: str = "",
        names: Sequence[str] = (),
        seconds: float,
    ) -> Entry:
        """Ask a key's holder; a seal has none, and agrees."""
        now = time.time()
        entry = Entry(
            id=secrets.token_hex(12),
            credential=held.identifier,
            reference=reference,
            note=note,
            hashes=tuple(hashes),
            names=tuple(names),
            asked_at=now,
            until=now + seconds,
            state=AGREED if held.automatic else WAITING,
            values=(),
        )
        self.store.add(entry)
        return entry

    async def look(self, identifier: str, *, sign: bool = True) -> Entry | None:
        """How an order stands now; what its holder agreed to is signed, once, unless the client has to ask for that."""
        async with self._busy[identifier]:
            entry = None if self.buttons.now.forgotten else self.store.order(identifier)
            if entry is not None and entry.state == WAITING:
                entry = self._heard(entry)
            if entry is not None and entry.state == AGREED and sign:
                entry = await self._sign(entry)
            return entry

    async def decide(self, identifier: str, *, agreed: bool) -> Entry | None:
        """A holder answers, by hand."""
        if await self.look(identifier, sign=False) is None:
            return None
        self.store.decide(identifier, AGREED if agreed else REFUSED)
        return self.store.order(identifier)

    def _heard(self, entry: Entry) -> Entry:
        """What the holder of a waiting order has answered by now."""
        faults, now = self.buttons.now, time.time()
        takes_ms = faults.approve_ms_of.get(entry.credential, faults.approve_ms)
        if faults.expire or now > entry.until:
            state = EXPIRED
        elif faults.refuse:
            state = REFUSED
        elif faults.by_hand or now < entry.asked_at + takes_ms / 1000:
            return entry
        else:
            state = AGREED
        self.store.decide(entry.id, state)
        return self.store.order(entry.id) or entry

    async def _sign(self, entry: Entry) -> Entry:
        values, signed = await asyncio.to_thread(self._values, entry)
        self.store.finish(entry, values=values, signed=signed)
        return replace(entry, state=SIGNED, values=tuple(values))

    def _values(self, entry: Entry) -> tuple[list[bytes], list[tuple[str, bytes]]]:
        """Values, and what was really signed by whose key."""
        faults = self.buttons.now
        held = self.held(entry.credential)
        assert held is not None
        if faults.wrong_value == "garbage":
            return [secrets.token_bytes(256) for _ in entry.hashes], []
        if faults.wrong_value == "other-key":
            held = self.keys.other_than(entry.credential)
        digests = list(entry.hashes)
        if faults.wrong_value == "other-digest":
            digests = [bytes(255 - octet for octet in digest) for digest in digests]
        values = [held.sign(digest, der=faults.der_values) for digest in digests]
        return values, [(held.identifier, digest) for digest in digests]

    def told(self, entry: Entry) -> list[bytes]:
        """The values of a signed order as the client is told them."""
        values = list(entry.values)
        if self.buttons.now.disorder:
            values.reverse()
        return values[:-1] if self.buttons.now.too_few else values
