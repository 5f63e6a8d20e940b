"""CSC API v2.0.0.2 (Cloud Signature Consortium; ETSI TS 119 432): what becomes of hashes that a client has signed."""

import secrets
import time
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi.responses import JSONResponse, Response

from sandbox.signing_service.clients import Clients
from sandbox.signing_service.desk import Desk
from sandbox.signing_service.keys import Held
from sandbox.signing_service.store import AGREED, REFUSED, SIGNED, WAITING

SHA256 = "2.16.840.1.101.3.4.2.1"
RSA, RSA_SHA256 = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.11"
ECDSA_SHA256 = "1.2.840.10045.4.3.2"
_DAY = 86400.0


class Fault(Exception):
    """An answer in the specification's words for what is wrong (10.2)."""

    def __init__(self, description: str, *, error: str = "invalid_request", status: int = 400) -> None:
        self.description = description
        self.error = error
        self.status = status
        super().__init__(description)


@dataclass(frozen=True, slots=True)
class _Activation:
    """What a SAD stands for: one use, of one key, for exactly these hashes."""

    credential: str
    hashes: frozenset[bytes]
    order: str
    until: float


class Csc:
    """The remote service of the specification."""

    def __init__(self, desk: Desk, clients: Clients) -> None:
        self._desk = desk
        self._clients = clients
        self._activations: dict[str, _Activation] = {}

    def credential(self, told: dict[str, Any]) -> dict[str, Any]:
        """11.5 credentials/info."""
        held = self._held(told)
        faults = self._desk.buttons.now
        is_rsa = isinstance(held.key, rsa.RSAPrivateKey)
        certificates = [b64encode(each).decode() for each in held.certificates()]
        if told.get("certificates", "single") != "chain":
            certificates = certificates[:1]
        factor = (
            {"type": "Password", "id": "PIN", "format": "N", "label": "PIN"}
            if held.automatic
            else {"type": "ChallengeResponseOOB", "id": "mobile", "label": "Ứng dụng ký"}
        )
        return {
            "key": {
                "status": "disabled" if faults.locked else "enabled",
                "algo": [RSA_SHA256, RSA] if is_rsa else [ECDSA_SHA256],
                "len": held.key.key_size,
            },
            "cert": {"status": "expired" if faults.ended or held.ended else "valid", "certificates": certificates},
            "auth": {"mode": "explicit", "expression": factor["id"], "objects": [factor]},
            "SCAL": "2",
            "multisign": faults.at_once,
        }

    async def authorize(self, told: dict[str, Any]) -> Response:
        """11.6 credentials/authorize: the SAD at once, or a handle while the holder is asked."""
        held = self._usable(told)
        hashes = _hashes(told)
        if told.get("numSignatures") != len(hashes):
            raise Fault("Invalid value for parameter numSignatures")
        if len(hashes) > self._desk.buttons.now.at_once:
            raise Fault("Numbers of signatures is too high")
        if told.get("hashAlgorithmOID") != SHA256:
            raise Fault("Invalid parameter hashAlgorithmOID")
        given = {each.get("id"): each.get("value", "") for each in told.get("authData") or []}
        if held.automatic and not self._clients.pin_is(str(given.get("PIN", ""))):
            raise Fault("The authentication data is invalid", error="invalid_authentication_data")
        if not held.automatic and "mobile" not in given:
            raise Fault("The authentication data is invalid", error="invalid_authentication_data")
        if held.automatic or self._desk.buttons.now.approval == "sign":
            return JSONResponse({"SAD": self._activate(held.identifier, hashes), "expiresIn": 300})
        entry = self._desk.ask(
            held,
            hashes,
            reference=str(told.get("clientData") or ""),
            note=str(told.get("description") or ""),
            seconds=_DAY,
        )
        return JSONResponse({"handle": entry.id}, 202)

    async def authorize_check(self, told: dict[str, Any]) -> Response:
        """11.7 credentials/authorizeCheck."""
        entry = await self._desk.look(str(told.get("handle")), sign=False)
        if entry is None or entry.state not in (WAITING, AGREED, REFUSED):
            raise Fault("Invalid parameter handle")
        if entry.state == REFUSED:
            raise Fault("The user denied the request", error="access_denied")
        if entry.state == WAITING:
            return JSONResponse({"handle": entry.id}, 202)
        return JSONResponse({"SAD": self._activate(entry.credential, list(entry.hashes), order=entry.id)})

    async def sign_hash(self, told: dict[str, Any]) -> Response:
        """11.10 signatures/signHash."""
        held = self._usable(told)
        hashes = _hashes(told)
        self._check_algorithm(held, told)
        later = told.get("operationMode", "S") == "A"
        activation = self._activations.pop(str(told.get("SAD")), None)
        if activation is None or activation.credential != held.identifier:
            raise Fault("Invalid parameter SAD")
        if time.monotonic() > activation.until:
            raise Fault("SAD expired")
        if not set(hashes) <= activation.hashes:
            raise Fault("Hash is not authorized by the SAD")
        if later and not self._desk.buttons.now.asynchronous:
            raise Fault("Invalid parameter operationMode")
        if not (later or held.automatic or activation.order):
            raise Fault("Invalid parameter operationMode")  # its holder would have to be waited for
        order = activation.order
        if not order:
            period = told.get("validity_period", _DAY * 1000)
            if not isinstance(period, int | float) or period <= 0:
                raise Fault("Invalid parameter validity_period")
            reference = str(told.get("clientData") or "")
            order = self._desk.ask(held, hashes, reference=reference, seconds=period / 1000).id
        if later:
            return JSONResponse({"responseID": order})
        return await self._outcome(order)

    async def poll(self, told: dict[str, Any]) -> Response:
        """11.12 signatures/signPolling."""
        return await self._outcome(str(told.get("requestID")))

    async def _outcome(self, order: str) -> Response:
        entry = await self._desk.look(order)
        if entry is not None and entry.state == SIGNED:
            return JSONResponse({"signatures": [b64encode(value).decode() for value in self._desk.told(entry)]})
        if entry is not None and entry.state == WAITING:
            words = "The previous async request has been accepted but not yet completed"
            raise Fault(words, error="accepted_request", status=202)
        if entry is not None and entry.state == REFUSED:
            raise Fault("The user denied the request", error="access_denied")
        raise Fault("Invalid parameter requestID")

    def _activate(self, credential: str, hashes: list[bytes], *, order: str = "") -> str:
        sad = secrets.token_urlsafe(32)
        self._activations[sad] = _Activation(credential, frozenset(hashes), order, time.monotonic() + 300)
        return sad

    def _held(self, told: dict[str, Any]) -> Held:
        held = self._desk.held(str(told.get("credentialID")))
        if held is None:
            raise Fault("Invalid parameter credentialID")
        return held

    def _usable(self, told: dict[str, Any]) -> Held:
        held = self._held(told)
        if self._desk.buttons.now.locked:
            raise Fault("Credential locked")
        if self._desk.buttons.now.ended or held.ended:
            raise Fault("Signing certificate is expired")
        return held

    def _check_algorithm(self, held: Held, told: dict[str, Any]) -> None:
        chosen = told.get("signAlgo")
        if chosen not in ((RSA, RSA_SHA256) if isinstance(held.key, rsa.RSAPrivateKey) else (ECDSA_SHA256,)):
            raise Fault("Invalid parameter signAlgo")
        if told.get("hashAlgorithmOID", SHA256) != SHA256 or (chosen == RSA and "hashAlgorithmOID" not in told):
            raise Fault("Invalid parameter hashAlgorithmOID")


def _hashes(told: dict[str, Any]) -> list[bytes]:
    given = told.get("hashes")
    if not isinstance(given, list):
        raise Fault("Missing (or invalid type) array parameter hash")
    if not given:
        raise Fault("Empty hash array")
    try:
        hashes = [b64decode(str(each), validate=True) for each in given]
    except NotBase64 as error:
        raise Fault("Invalid Base64 hash string parameter") from error
    if any(len(each) != 32 for each in hashes):
        raise Fault("Invalid digest value length")
    return hashes
