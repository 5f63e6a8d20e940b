"""A client of VNPT SmartCA: certificates of a holder, one transaction per order, its state by the provider's name or ours.

Every answer is `{status_code, message, data}`; the code inside decides, and HTTP only where there is none. Nothing says
how a holder's no or the end of the time is written, so it is told by words that integrators have met.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from connectors.signers.accounts import read_secret
from connectors.signers.client import Client, Key, unknown
from connectors.signers.line import Reply, words
from connectors.signers.protocol import (
    AccountRefused,
    CredentialLocked,
    CredentialUnknown,
    Expired,
    Order,
    OrderLost,
    Refused,
    Signed,
    SignerDown,
    TooMany,
    Waiting,
)
from connectors.signers.values import read_chain, read_values

_LOCKED = ("lock", "khóa", "khoá", "tạm dừng")
_REFUSED = ("reject", "refus", "denied", "cancel", "từ chối", "hủy", "huỷ")
_EXPIRED = ("expire", "timeout", "hết hạn", "quá hạn")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key(Key):
    serial: str


class SmartCaService(Client[_Key]):
    """One service, whose holders are always asked; it does not say how many hashes it takes at once."""

    async def begin(self, order: Order) -> Waiting | Signed | Refused:
        """One transaction under the order's own name; one that the service has already is asked how it stands."""
        if len(order.digests) > self._settings.at_once:
            raise TooMany(str(len(order.digests)))
        key = await self._keys.get(order.credential)
        body = self._account(order.credential) | {
            "transaction_id": order.reference,
            "transaction_desc": order.note,
            "serial_number": key.serial,
            "time_stamp": datetime.now(UTC).strftime("%Y%m%d%H%M%SZ"),
            "sign_files": [
                {"file_type": "xml", "sign_type": "hash", "doc_id": name, "data_to_be_signed": digest.hex()}
                for name, digest in zip(_names(order), order.digests, strict=True)
            ],
        }
        reply = await self._line.once(self._line.url("v1/signatures/sign"), body)
        code = _code(reply)
        if code == 200:
            told = _data(reply).get("tran_code")
            return Waiting(told if isinstance(told, str) and told else order.reference)
        if code >= 500:
            raise OrderLost(f"code-{code}")
        if code == 400:
            return await self._known_already(order)
        raise _refusal(reply)

    async def progress(self, order: Order, handle: str) -> Waiting | Signed | Refused | Expired:
        """How an order stands, by the service's name of it, or by its own where that was lost."""
        path = f"v1/signatures/sign/{quote(handle or order.reference, safe='')}/status"
        reply = await self._line.ask(self._line.url(path), {})
        code = _code(reply)
        if code in (400, 404):
            return unknown(order)
        if code >= 500:
            raise SignerDown(f"code-{code}")
        if code != 200:
            raise _refusal(reply)
        signatures = _data(reply).get("signatures")
        if isinstance(signatures, list) and signatures:
            return Signed(_in_order(signatures, order, await self._width(order)))
        message = reply.text("message").lower()
        if any(word in message for word in _REFUSED):
            return Refused(words(reply.text("message")))
        if any(word in message for word in _EXPIRED):
            return Expired()
        return Waiting(handle or order.reference)

    async def _known_already(self, order: Order) -> Waiting | Signed | Refused:
        """An order that was refused as malformed or as a double: whichever it was, the service knows it or it does not."""
        try:
            found = await self.progress(order, order.reference)
        except OrderLost:
            raise SignerDown("code-400") from None
        if isinstance(found, Expired):
            raise SignerDown("code-400")
        return found

    async def _fetch(self, identifier: str) -> _Key:
        wanted = identifier.partition("/")[2]
        # The number of an inquiry is asked for, and names nothing.
        body = self._account(identifier) | {"serial_number": wanted, "transaction_id": f"HOI-{time.time_ns()}"}
        reply = await self._line.ask(self._line.url("v1/credentials/get_certificate"), body)
        code = _code(reply)
        if code >= 500:
            raise SignerDown(f"code-{code}")
        if code != 200:
            raise _refusal(reply)
        found = _data(reply).get("user_certificates")
        mine = [each for each in found or [] if isinstance(each, dict) and wanted in ("", each.get("serial_number"))]
        if len(mine) != 1:
            raise CredentialUnknown("several-certificates" if mine else "no-certificate")
        above = mine[0].get("chain_data") or {}
        chain = [mine[0].get("cert_data"), above.get("ca_cert"), above.get("root_cert")]
        return _Key(
            chain=read_chain([each for each in chain if each]),
            at_once=self._settings.at_once,
            serial=str(mine[0].get("serial_number", "")),
        )

    def _account(self, identifier: str) -> dict[str, Any]:
        return {
            "sp_id": self._settings.client_id,
            "sp_password": read_secret(self._settings.client_secret_file),
            "user_id": identifier.partition("/")[0],
        }


def _names(order: Order) -> list[str]:
    """The documents' names within their order."""
    return [f"{number:04d}" for number in range(1, len(order.digests) + 1)]


def _code(reply: Reply) -> int:
    told = reply.document.get("status_code")
    return told if isinstance(told, int) else reply.status


def _data(reply: Reply) -> Mapping[str, Any]:
    told = reply.document.get("data")
    return told if isinstance(told, dict) else {}


def _in_order(signatures: list[Any], order: Order, width: int) -> tuple[bytes, ...]:
    """The values by the documents' names; their order in the answer is not relied on."""
    by_name = {each.get("doc_id"): each.get("signature_value") for each in signatures if isinstance(each, dict)}
    told = [by_name.get(name) for name in _names(order)]
    values = read_values(told, count=len(order.digests), width=width)
    if values is None:
        raise SignerDown("values-unreadable")
    return values


def _refusal(reply: Reply) -> AccountRefused | CredentialUnknown | CredentialLocked | SignerDown:
    """What a code says (3.1): 401 of the account or of the holder's name, 403 of the certificate."""
    code, message = _code(reply), reply.text("message").lower()
    if code == 401:
        return AccountRefused("code-401")
    if code == 403:
        return (
            CredentialLocked("code-403") if any(word in message for word in _LOCKED) else CredentialUnknown("code-403")
        )
    return SignerDown(f"code-{code}")
