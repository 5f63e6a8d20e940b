"""A client of CSC API v2: authorise a key for exactly these hashes, have them signed, ask later how it stands.

A holder is waited for where the service does it: at the authorisation (202 and a handle, 11.6) or at the signature
(`operationMode` A and a responseID, 11.10). Which one it was stands before the handle.
"""

import time
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

from connectors.signers.accounts import Token, Tokens, read_secret
from connectors.signers.client import Client, unknown
from connectors.signers.csc.credential import Details, auth_data, read_details
from connectors.signers.csc.refusals import outcome_of_refusal
from connectors.signers.line import Reply
from connectors.signers.protocol import (
    AccountRefused,
    Expired,
    Order,
    OrderLost,
    Refused,
    Signed,
    SignerDown,
    Waiting,
)
from connectors.signers.remembered import Remembered
from connectors.signers.settings import ServiceSettings
from connectors.signers.values import read_values

SHA256 = "2.16.840.1.101.3.4.2.1"
_ACCEPTED = 202
_AT_AUTHORISATION, _AT_SIGNATURE = "authorize", "sign"
_NOTE = 500
"""letters of `description` (11.6)"""


class CscService(Client[Details]):
    """One service, of whichever provider."""

    def __init__(self, name: str, settings: ServiceSettings) -> None:
        super().__init__(name, settings)
        self._tokens = Tokens(self._login)
        self._asynchronous = Remembered(self._signs_later)

    async def begin(self, order: Order) -> Waiting | Signed | Refused:
        """Authorise the key for the order's hashes, then have them signed."""
        details = await self._key_for(order)
        later = not details.automatic and await self._asynchronous.get("")
        body = self._hashes(order) | {
            "numSignatures": len(order.digests),
            "authData": auth_data(details, read_secret(self._settings.pin_file)),
            "description": order.note[:_NOTE],
        }
        # Where nobody is asked, an authorisation that is lost leaves nothing behind; elsewhere it may be on a telephone.
        send = self._ask if details.automatic else self._once
        reply = await send("credentials/authorize", body)
        if not reply.ok:
            return outcome_of_refusal(reply)
        if handle := reply.text("handle"):
            return Waiting(f"{_AT_AUTHORISATION}:{handle}")
        if not reply.text("SAD"):
            raise OrderLost("reply-unreadable")
        return await self._sign(order, details, reply.text("SAD"), later=later)

    async def progress(self, order: Order, handle: str) -> Waiting | Signed | Refused | Expired:
        """How an order stands; a holder who agreed at the authorisation is followed by the signature at once."""
        step, _, identifier = handle.partition(":")
        if not identifier:
            raise OrderLost("unknown-order")  # clientData is no name that a service can be asked for
        if step == _AT_AUTHORISATION:
            return await self._authorised(order, identifier)
        reply = await self._ask("signatures/signPolling", {"requestID": identifier, "clientData": order.reference})
        if reply.status == _ACCEPTED or reply.code == "accepted_request":
            return Waiting(handle)
        if not reply.ok:
            return _gone(reply, order) or outcome_of_refusal(reply)
        values = _values(reply, order, await self._width(order))
        if values is None:
            raise SignerDown("values-unreadable")
        return Signed(values)

    async def _authorised(self, order: Order, identifier: str) -> Waiting | Signed | Refused | Expired:
        details = await self._keys.get(order.credential)
        reply = await self._ask("credentials/authorizeCheck", {"handle": identifier})
        if not reply.ok:
            return _gone(reply, order) or outcome_of_refusal(reply)
        if reply.status == _ACCEPTED:
            return Waiting(f"{_AT_AUTHORISATION}:{reply.text('handle') or identifier}")
        if not reply.text("SAD"):
            raise SignerDown("reply-unreadable")
        return await self._sign(order, details, reply.text("SAD"), later=False)

    async def _sign(self, order: Order, details: Details, sad: str, *, later: bool) -> Waiting | Signed | Refused:
        body = self._hashes(order) | {"SAD": sad, "signAlgo": details.sign_algorithm}
        if later:
            remaining = (order.until - datetime.now(UTC)).total_seconds()
            body |= {"operationMode": "A", "validity_period": max(1, int(remaining * 1000))}
        reply = await self._once("signatures/signHash", body)
        if not reply.ok:
            return outcome_of_refusal(reply)
        if later and (response := reply.text("responseID")):
            return Waiting(f"{_AT_SIGNATURE}:{response}")
        values = _values(reply, order, details.chain.width)
        if values is None:
            raise OrderLost("values-unreadable")
        return Signed(values)

    def _hashes(self, order: Order) -> dict[str, Any]:
        return {
            "credentialID": order.credential,
            "hashes": [b64encode(digest).decode("ascii") for digest in order.digests],
            "hashAlgorithmOID": SHA256,
            "clientData": order.reference,
        }

    async def _fetch(self, identifier: str) -> Details:
        body = {"credentialID": identifier, "certificates": "chain", "certInfo": True, "authInfo": True}
        reply = await self._ask("credentials/info", body)
        if not reply.ok:
            outcome_of_refusal(reply)
            raise AccountRefused(reply.code)
        return read_details(reply)

    async def _signs_later(self, _: str) -> bool:
        """Whether hashes may be left with the service (11.1); one that does not say answers while it is waited for."""
        reply = await self._line.ask(self._line.url("info"), {})
        return reply.ok and reply.document.get("asynchronousOperationMode") is True

    async def _ask(self, method: str, body: dict[str, Any]) -> Reply:
        return await self._tokens.under("", lambda token: self._line.ask(self._line.url(method), body, token=token))

    async def _once(self, method: str, body: dict[str, Any]) -> Reply:
        return await self._tokens.under("", lambda token: self._line.once(self._line.url(method), body, token=token))

    async def _login(self, _: str) -> Token:
        """OAuth 2.0 client credentials (RFC 6749 4.4; CSC API v2, 8.4.4)."""
        body = {
            "grant_type": "client_credentials",
            "scope": "service",
            "client_id": self._settings.client_id,
            "client_secret": read_secret(self._settings.client_secret_file),
        }
        asked_at = time.monotonic()
        url = self._settings.token_url or self._line.url("oauth2/token")
        reply = await self._line.ask(url, body, form=True)
        if not reply.ok:
            raise AccountRefused(reply.code)
        return Token.read(reply, asked_at=asked_at)


def _values(reply: Reply, order: Order, width: int) -> tuple[bytes, ...] | None:
    return read_values(reply.document.get("signatures"), count=len(order.digests), width=width)


def _gone(reply: Reply, order: Order) -> Expired | None:
    """A service that no longer knows what it was asked (11.10 `validity_period`)."""
    told = reply.text("error_description").lower()
    if "parameter requestid" not in told and "parameter handle" not in told:
        return None
    return unknown(order)
