"""Viettel MySign's gateway, under `/vtss/service`, as far as it is publicly told: login, certificates, hashes, status."""

from base64 import b64decode, b64encode
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from sandbox.signing_service.clients import Clients
from sandbox.signing_service.desk import Desk
from sandbox.signing_service.keys import Held
from sandbox.signing_service.store import EXPIRED, REFUSED, SIGNED, Entry

_RSA = "1.2.840.113549.1.1.1"
_SECONDS = 300.0
"""A holder has five minutes."""


def routes(desk: Desk, clients: Clients) -> APIRouter:
    """Every method."""
    router = APIRouter(prefix="/vtss/service")
    _entering(router, desk, clients)
    _signing(router, desk, clients)
    return router


def _entering(router: APIRouter, desk: Desk, clients: Clients) -> None:
    """Who is there, and with which certificate."""

    @router.post("/ras/v1/login")
    def login(told: dict[str, Any]) -> Response:
        if not clients.known(str(told.get("client_id", "")), str(told.get("client_secret", ""))):
            return _wrong(400, "86024", "Client secret is invalid")
        user = str(told.get("user_id"))
        if desk.held(user) is None:
            return _wrong(400, "58008", "User ID does not exist")
        seconds = str(int(desk.buttons.now.token_seconds))
        token = {"access_token": clients.admit(user), "refresh_token": "", "token_type": "Bearer"}
        return JSONResponse({**token, "expires_in": seconds})

    @router.post("/certificates/info")
    def certificates(told: dict[str, Any], request: Request) -> Response:
        user = clients.user_of(request.headers.get("authorization"))
        if user is None or told.get("user_id") != user:
            return _wrong(401, "59033", "user ID or password is invalid")
        held = desk.held(user)
        assert held is not None
        return JSONResponse([_certificate(desk, held)])


def _signing(router: APIRouter, desk: Desk, clients: Clients) -> None:
    """Hashes in, what became of them out."""

    def user_of(request: Request) -> str | None:
        return clients.user_of(request.headers.get("authorization"))

    @router.post("/signHash")
    async def sign_hash(told: dict[str, Any], request: Request) -> Response:
        user, faults = user_of(request), desk.buttons.now
        if user is None or told.get("credentialID") != user:
            return _wrong(401, "59033", "user ID or password is invalid")
        held = desk.held(user)
        assert held is not None
        if faults.locked:
            return _wrong(400, "invalid_request", "Credential locked")
        if faults.ended or held.ended:
            return _wrong(400, "13004", "Certificate expired or revoked")
        hashes, documents = told.get("hash") or [], told.get("documents") or []
        if not hashes or not told.get("numSignatures") == len(hashes) == len(documents) <= faults.at_once:
            return _wrong(400, "invalid_request", "numSignatures")
        entry = desk.ask(
            held,
            [b64decode(each, validate=True) for each in hashes],
            reference=str(documents[0]["document_id"]).rpartition("-")[0],
            note=b64decode(str(told.get("description", ""))).decode("ascii"),
            seconds=_SECONDS,
        )
        if faults.lose_begin:
            await request.scope["sandbox.cut"]()
        return JSONResponse({"transactionId": entry.id})

    @router.post("/requests/status")
    async def status(told: dict[str, Any], request: Request) -> Response:
        if user_of(request) is None:
            return _wrong(401, "59033", "user ID or password is invalid")
        entry = await desk.look(str(told.get("transactionId")))
        if desk.buttons.now.lose_progress:
            await request.scope["sandbox.cut"]()
        if entry is None:
            return _wrong(400, "invalid_request", "transactionId")
        return JSONResponse(_status(desk, entry))


def _status(desk: Desk, entry: Entry) -> dict[str, Any]:
    if entry.state == SIGNED:
        # As the gateway breaks its lines.
        told = [b64encode(value).decode() for value in desk.told(entry)]
        return {"status": "1", "signatures": [f"{value[:76]}\r\n{value[76:]}" for value in told]}
    return {"status": {REFUSED: "4002", EXPIRED: "4001"}.get(entry.state, "4000"), "signatures": None}


def _certificate(desk: Desk, held: Held) -> dict[str, Any]:
    faults = desk.buttons.now
    return {
        "key": {"status": "disabled" if faults.locked else "enabled", "algo": [_RSA], "len": str(held.key.key_size)},
        "cert": {
            "status": "expired" if faults.ended or held.ended else "valid",
            "certificates": [b64encode(each).decode() for each in held.certificates()],
            "serialNumber": held.serial,
        },
        "authMode": "implicit",
        "multisign": "2147483647",
        "credential_id": held.identifier,
        "scal": "2",
    }


def _wrong(status: int, error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status)
