"""The portal's addresses: tokens, catalogues, transactions 1 to 4, returned records; what is denied, in its own words."""

import asyncio
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from sandbox.city.portal import WORDS, Denied, Portal, ack_of
from sandbox.city.registrations import acknowledgement

MAX_BODY = 10 * 1024 * 1024
DRAINED = 64 * 1024 * 1024
_STATUS = {"E01": 401, "E06": 413, "E08": 503}
_SIGNATURE_KINDS = [{"ma": "REMOTE_SIGNING", "ten": "Ký số từ xa"}, {"ma": "USB_TOKEN", "ten": "USB Token"}]
_ISSUERS = [{"ma": code, "ten": code.replace("_", " ")} for code in ("VNPT", "BKAV", "VIETTEL", "BAN_CO_YEU")]


def routes(portal: Portal) -> APIRouter:
    """The portal's addresses."""
    router = APIRouter()
    _entering(router, portal)
    _records(router, portal)
    _registrations(router, portal)
    _returns(router, portal)
    return router


async def _answer(portal: Portal, request: Request, name: str, work: Any) -> Response:
    portal.note(name)
    try:
        unit = portal.unit_of(request.headers.get("authorization"))
        return _json(await run_in_threadpool(work, unit))
    except Denied as denied:
        return _denied(denied)


def _entering(router: APIRouter, portal: Portal) -> None:
    """Tokens and catalogues."""

    @router.post("/api/token")
    async def token(request: Request) -> Response:
        portal.note("token")
        try:
            return _json(portal.token(_object(await request.body())))
        except Denied as denied:
            return _denied(denied)

    @router.get("/api/danh-muc/kieu-chu-ky")
    async def signature_kinds(request: Request) -> Response:
        return await _answer(portal, request, "danh-muc", lambda _: portal.catalogue(_SIGNATURE_KINDS))

    @router.get("/api/danh-muc/nha-phat-hanh")
    async def issuers(request: Request) -> Response:
        return await _answer(portal, request, "danh-muc", lambda _: portal.catalogue(_ISSUERS))


def _records(router: APIRouter, portal: Portal) -> None:
    """Transactions 1 and 2: packages of records, and what became of them."""

    @router.post("/api/giao-dich/1")
    async def submit(request: Request) -> Response:
        portal.note("1")
        try:
            unit = portal.unit_of(request.headers.get("authorization"))
            body = await _read_body(request)
            if portal.buttons.strikes("busy_rate"):
                raise Denied("E08")
            ack = await portal.submit(body, unit)
        except Denied as denied:
            return _denied(denied)
        if portal.buttons.strikes("lost_reply_rate"):
            await request.scope["sandbox.cut"]()
        await asyncio.sleep(portal.buttons.now.slow_reply_ms / 1000)
        return _json(ack)

    @router.post("/api/giao-dich/2")
    async def result(request: Request) -> Response:
        body = await request.body()
        return await _answer(portal, request, "2", lambda unit: portal.result(_object(body), unit))


def _registrations(router: APIRouter, portal: Portal) -> None:
    """Transactions 3 and 4: certificates registered, and the decision on them."""

    @router.post("/api/giao-dich/3")
    async def register(request: Request) -> Response:
        portal.note("3")
        try:
            unit = portal.unit_of(request.headers.get("authorization"))
            body = _object(await _read_body(request))
            if portal.buttons.strikes("busy_rate"):
                raise Denied("E08")
            ack = await run_in_threadpool(portal.register, body, unit)
        except Denied as denied:
            words = denied.description or WORDS[denied.code]
            return _json(acknowledgement("", denied.code, words), status=_STATUS.get(denied.code, 200))
        if portal.buttons.strikes("lost_reply_rate"):
            await request.scope["sandbox.cut"]()
        await asyncio.sleep(portal.buttons.now.slow_reply_ms / 1000)
        return _json(ack)

    @router.post("/api/giao-dich/4")
    async def registration_result(request: Request) -> Response:
        body = await request.body()
        return await _answer(portal, request, "4", lambda unit: portal.registration_result(_object(body), unit))


def _returns(router: APIRouter, portal: Portal) -> None:
    """Records that come back to a pupil's new school."""

    @router.get("/api/tra-hoc-ba")
    async def returned(request: Request, sau: str = "", so_luong: int = 50) -> Response:
        return await _answer(
            portal, request, "tra-hoc-ba", lambda unit: portal.returned(unit, after=sau, limit=so_luong)
        )

    @router.post("/api/tra-hoc-ba/xac-nhan")
    async def acknowledge(request: Request) -> Response:
        body = await request.body()
        return await _answer(portal, request, "xac-nhan", lambda unit: portal.acknowledge(_object(body), unit))


async def _read_body(request: Request) -> bytes:
    """The body, refused by its declared length before a byte of it is kept; read to the end, so that the refusal can be
    heard by a client that is still sending."""
    too_long = int(request.headers.get("content-length") or 0) > MAX_BODY
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY:
            too_long = True
        if size > DRAINED:
            break
        if not too_long:
            chunks.append(chunk)
    if too_long:
        raise Denied("E06")
    return b"".join(chunks)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as broken:
        raise Denied("E04", "không phải JSON") from broken
    if not isinstance(found, dict):
        raise Denied("E04", "không phải JSON")
    return found


def _denied(denied: Denied) -> Response:
    words = denied.description or WORDS[denied.code]
    headers = {"Retry-After": "1"} if denied.code == "E08" else {}
    return _json(ack_of("", denied.code, words), status=_STATUS.get(denied.code, 200), headers=headers)


def _json(content: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers=headers, media_type="application/json; charset=utf-8")
