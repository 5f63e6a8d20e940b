"""VNPT SmartCA for third parties, under `/sca/sp769`, as far as it is publicly told: certificates, sign, status by order."""

from base64 import b64encode
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from sandbox.signing_service.clients import Clients
from sandbox.signing_service.desk import Desk
from sandbox.signing_service.keys import Held
from sandbox.signing_service.store import EXPIRED, REFUSED, SIGNED, Entry

PREFIX = "/sca/sp769"
_SECONDS = 300.0
"""A holder has five minutes."""
_WAITING = "sig_wait_for_user_confirm"


def routes(desk: Desk, clients: Clients) -> APIRouter:
    """Every method."""
    router = APIRouter(prefix=f"{PREFIX}/v1")

    def refusal(told: dict[str, Any]) -> Response | None:
        return _refusal(desk, clients, told)

    @router.post("/credentials/get_certificate")
    def certificates(told: dict[str, Any]) -> Response:
        wrong = refusal(told)
        if wrong is not None:
            return wrong
        held = desk.held(str(told["user_id"]))
        assert held is not None
        return _said(200, "Success", {"user_certificates": [_certificate(held)]})

    @router.post("/signatures/sign")
    async def sign(told: dict[str, Any], request: Request) -> Response:
        wrong = refusal(told)
        if wrong is not None:
            return wrong
        reference, files = str(told.get("transaction_id")), told.get("sign_files") or []
        if not files or len(files) > desk.buttons.now.at_once:
            return _said(400, "BAD_REQUEST")
        if desk.store.referred_to(reference) is not None:
            return _said(400, "TRANSACTION_ID_EXISTED")
        held = desk.held(str(told["user_id"]))
        assert held is not None
        entry = desk.ask(
            held,
            [bytes.fromhex(each["data_to_be_signed"]) for each in files],
            reference=reference,
            note=str(told.get("transaction_desc", "")),
            names=[str(each["doc_id"]) for each in files],
            seconds=_SECONDS,
        )
        if desk.buttons.now.lose_begin:
            await request.scope["sandbox.cut"]()
        return _said(200, _WAITING, {"transaction_id": reference, "tran_code": entry.id})

    _statuses(router, desk)
    return router


def _refusal(desk: Desk, clients: Clients, told: dict[str, Any]) -> Response | None:
    """What is wrong with the account or the key, where something is."""
    faults = desk.buttons.now
    if not clients.known(str(told.get("sp_id", "")), str(told.get("sp_password", ""))):
        return _said(401, "SP_CREDENTIAL_INVALID")
    held = desk.held(str(told.get("user_id")))
    if held is None or told.get("serial_number", "") not in ("", held.serial):
        return _said(403, "CREDENTIAL_STATUS_INVALID")
    if faults.locked:
        return _said(403, "CREDENTIAL_STATUS_INVALID: credential locked")
    if faults.ended or held.ended:
        return _said(403, "CREDENTIAL_STATUS_INVALID: certificate expired")
    return None


def _statuses(router: APIRouter, desk: Desk) -> None:
    """What became of an order, by its name at the client or here."""

    @router.post("/signatures/sign/{order}/status")
    async def status(order: str, request: Request) -> Response:
        known = desk.store.referred_to(order)
        entry = await desk.look(known.id if known is not None else order)
        if desk.buttons.now.lose_progress:
            await request.scope["sandbox.cut"]()
        return _status(desk, entry)


def _status(desk: Desk, entry: Entry | None) -> Response:
    if entry is None:
        return _said(404, "TRANSACTION_NOT_FOUND")
    ended = {REFUSED: "TRANSACTION_REJECTED", EXPIRED: "TRANSACTION_EXPIRED"}.get(entry.state)
    if ended or entry.state != SIGNED:
        return _said(200, ended or _WAITING, {"transaction_id": entry.reference, "signatures": None})
    signatures = [
        {"doc_id": name, "signature_value": b64encode(value).decode(), "timestamp_signature": None}
        for name, value in zip(entry.names, desk.told(entry), strict=False)
    ]
    return _said(200, "SUCCESS", {"transaction_id": entry.reference, "signatures": signatures})


def _certificate(held: Held) -> dict[str, Any]:
    own, *above = (b64encode(each).decode() for each in held.certificates())
    return {
        "service_type": "ESEAL" if held.automatic else "SMARTCA",
        "cert_id": held.identifier,
        "cert_status": "Đang hoạt động",
        "serial_number": held.serial,
        "cert_data": own,
        "chain_data": {"ca_cert": above[0] if above else None, "root_cert": None},
    }


def _said(code: int, message: str, data: dict[str, Any] | None = None) -> Response:
    return JSONResponse({"status_code": code, "message": message, "data": data}, code)
