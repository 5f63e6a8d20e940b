"""The addresses of CSC API v2.0.0.2 under `/csc/v2`: what the service is, tokens, and each method by its path."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from sandbox.signing_service.clients import Clients
from sandbox.signing_service.csc import ECDSA_SHA256, RSA, RSA_SHA256, Csc, Fault
from sandbox.signing_service.desk import Desk

_METHODS = (
    *("info", "oauth2/token", "credentials/list", "credentials/info", "credentials/authorize"),
    *("credentials/authorizeCheck", "signatures/signHash", "signatures/signPolling"),
)
_Work = Callable[[dict[str, Any]], Awaitable[Response]]


def routes(desk: Desk, clients: Clients) -> APIRouter:
    """Every method, each by its path."""
    router = APIRouter(prefix="/csc/v2")
    _entering(router, desk, clients)
    _methods(router, desk, clients)
    return router


def _entering(router: APIRouter, desk: Desk, clients: Clients) -> None:
    """What the service is, and a token for it: the methods that need none."""

    @router.post("/info")
    def info() -> dict[str, Any]:
        return {
            "specs": "2.0.0.2",
            "name": "Dịch vụ ký số từ xa (giả lập)",
            "region": "VN",
            "lang": "vi",
            "description": "",
            "authType": ["oauth2client"],
            "asynchronousOperationMode": desk.buttons.now.asynchronous,
            "methods": list(_METHODS),
            "signAlgorithms": {"algos": [RSA_SHA256, RSA, ECDSA_SHA256]},
        }

    @router.post("/oauth2/token")
    async def token(request: Request) -> dict[str, Any]:
        form = await request.form()
        if form.get("grant_type") != "client_credentials":
            raise Fault("", error="unsupported_grant_type")
        if not clients.known(str(form.get("client_id", "")), str(form.get("client_secret", ""))):
            raise Fault("", error="invalid_client", status=401)
        seconds = int(desk.buttons.now.token_seconds)
        return {"access_token": clients.admit(), "token_type": "Bearer", "expires_in": seconds}


def _methods(router: APIRouter, desk: Desk, clients: Clients) -> None:
    """What a client may ask that has a token."""
    service = Csc(desk, clients)

    def admitted(request: Request) -> None:
        if clients.user_of(request.headers.get("authorization")) is None:
            raise Fault("The access token is not valid", error="invalid_token", status=401)

    @router.post("/credentials/list", dependencies=[Depends(admitted)])
    def credentials() -> dict[str, Any]:
        return {"credentialIDs": desk.keys.names()}

    @router.post("/credentials/info", dependencies=[Depends(admitted)])
    def credential(told: dict[str, Any]) -> dict[str, Any]:
        return service.credential(told)

    def offer(path: str, work: _Work, *, lost: Callable[[Response], bool]) -> None:
        """A method whose work is done before a button may cut the line."""

        async def method(told: dict[str, Any], request: Request) -> Response:
            answer = await work(told)
            if lost(answer):
                await request.scope["sandbox.cut"]()
            return answer

        router.add_api_route(path, method, methods=["POST"], dependencies=[Depends(admitted)])

    def begun(answer: Response) -> bool:
        """A holder is asked from now on, and the client is not told."""
        return answer.status_code == 202 and desk.buttons.now.lose_begin

    offer("/credentials/authorize", service.authorize, lost=begun)
    offer("/credentials/authorizeCheck", service.authorize_check, lost=lambda _: desk.buttons.now.lose_progress)
    offer("/signatures/signHash", service.sign_hash, lost=lambda _: desk.buttons.now.lose_begin)
    offer("/signatures/signPolling", service.poll, lost=lambda _: desk.buttons.now.lose_progress)
