"""A client of Viettel MySign: one token per holder, hashes left with the gateway, their state by the gateway's name."""

import re
import time
import unicodedata
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from connectors.signers.accounts import Token, Tokens, read_secret
from connectors.signers.client import Client, Key, unknown
from connectors.signers.line import Reply
from connectors.signers.mysign.codes import EXPIRED, FAULTS, REFUSED, SIGNED, WAITING, fault_of
from connectors.signers.protocol import (
    CredentialLocked,
    CredentialUnknown,
    Expired,
    Order,
    OrderLost,
    Refused,
    Signed,
    SignerDown,
    Waiting,
)
from connectors.signers.settings import ServiceSettings
from connectors.signers.values import read_chain, read_values

_SHA256 = "2.16.840.1.101.3.4.2.1"
_TEXT = 72
"""letters of a text, whose Base64 must have fewer than 100"""
_LATER = 1
"""`async`: hashes are left, and asked for"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key(Key):
    identifier: str
    sign_algorithm: str


class MySignService(Client[_Key]):
    """One service, whose holders are always asked."""

    def __init__(self, name: str, settings: ServiceSettings) -> None:
        super().__init__(name, settings)
        self._tokens = Tokens(self._login)

    async def begin(self, order: Order) -> Waiting | Signed | Refused:
        """Leave the order's hashes with the gateway."""
        key = await self._key_for(order)
        body = self._account() | {
            "credentialID": key.identifier,
            "numSignatures": len(order.digests),
            "description": _plain(order.note),
            "documents": [
                {"document_id": f"{order.reference}-{number}", "document_name": _plain(f"Hoc ba {number}")}
                for number in range(1, len(order.digests) + 1)
            ],
            "hash": [b64encode(digest).decode("ascii") for digest in order.digests],
            "hashAlgo": _SHA256,
            "signAlgo": key.sign_algorithm,
            "async": _LATER,
        }
        reply = await self._under(order.credential, "signHash", body, self._line.once)
        if not reply.ok or reply.code in FAULTS:
            raise fault_of(reply)
        if transaction := reply.text("transactionId"):
            return Waiting(transaction)
        values = read_values(reply.document.get("signatures"), count=len(order.digests), width=key.chain.width)
        if values is None:
            raise OrderLost("reply-unreadable")
        return Signed(values)

    async def progress(self, order: Order, handle: str) -> Waiting | Signed | Refused | Expired:
        """How an order stands; the gateway knows no name of it but its own."""
        if not handle:
            raise OrderLost("unknown-order")
        reply = await self._under(order.credential, "requests/status", {"transactionId": handle}, self._line.ask)
        state = str(reply.document.get("status", ""))
        if not reply.ok and not state:
            return unknown(order)
        if state == SIGNED:
            told, width = reply.document.get("signatures"), await self._width(order)
            values = read_values(told, count=len(order.digests), width=width)
            if values is None:
                raise SignerDown("values-unreadable")
            return Signed(values)
        if state in WAITING:
            return Waiting(handle)
        if state == REFUSED:
            return Refused()
        if state in EXPIRED:
            return Expired()
        raise FAULTS.get(state, SignerDown)(f"status-{state[:10]}")

    async def _fetch(self, identifier: str) -> _Key:
        user, _, wanted = identifier.partition("/")
        body = self._account() | {
            "profile_id": self._settings.profile,
            "user_id": user,
            "certificates": "chain",
            "certInfo": True,
            "authInfo": True,
        }
        reply = await self._under(identifier, "certificates/info", body, self._line.ask)
        if not reply.ok:
            raise fault_of(reply)
        found = reply.document.get("[]")
        mine = [each for each in found or [] if isinstance(each, dict) and wanted in ("", each.get("credential_id"))]
        if len(mine) != 1:
            raise CredentialUnknown("several-keys" if mine else "no-key")
        return _read_key(mine[0])

    async def _under(
        self, identifier: str, method: str, body: dict[str, Any], send: Callable[..., Awaitable[Reply]]
    ) -> Reply:
        url = self._line.url(f"vtss/service/{method}")
        return await self._tokens.under(identifier.partition("/")[0], lambda token: send(url, body, token=token))

    async def _login(self, user: str) -> Token:
        body = self._account() | {"profile_id": self._settings.profile, "user_id": user}
        asked_at = time.monotonic()
        reply = await self._line.ask(self._line.url("vtss/service/ras/v1/login"), body)
        if not reply.ok:
            raise fault_of(reply)
        return Token.read(reply, asked_at=asked_at)

    def _account(self) -> dict[str, Any]:
        return {
            "client_id": self._settings.client_id,
            "client_secret": read_secret(self._settings.client_secret_file),
        }


def _read_key(told: dict[str, Any]) -> _Key:
    key, cert = told.get("key") or {}, told.get("cert") or {}
    if key.get("status") == "disabled":
        raise CredentialLocked("key-disabled")
    if cert.get("status") not in (None, "valid"):
        raise CredentialUnknown("certificate-ended")
    chain = read_chain(cert.get("certificates"))
    algorithms = key.get("algo")
    if not isinstance(algorithms, list) or not algorithms:
        raise CredentialUnknown("algorithm")
    multisign = str(told.get("multisign", "1"))
    at_once = int(multisign) if re.fullmatch(r"[0-9]{1,12}", multisign) else 1
    return _Key(
        chain=chain,
        at_once=max(1, at_once),
        identifier=str(told.get("credential_id")),
        sign_algorithm=str(algorithms[0]),
    )


def _plain(text: str) -> str:
    """A text as the gateway takes it: Base64 of letters without marks, digits, spaces and hyphens."""
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    kept = re.sub(r"[^A-Za-z0-9 _-]", "", "".join(each for each in bare if not unicodedata.combining(each)))
    return b64encode(kept[:_TEXT].encode("ascii")).decode("ascii")
