"""Refusals over HTTP: RFC 9457 problem details, Vietnamese first, all faults at once, never a stack trace."""

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.findings import Finding, Severity, Words

MEDIA_TYPE = "application/problem+json"
log = structlog.get_logger("console")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of refusal, as its `type` names it."""

    id: str
    """last part of the type URN"""
    status: int
    """HTTP status"""
    title: Words
    """what happened, the same for every occurrence"""


def _kind(id: str, status: int, vi: str, en: str) -> tuple[str, Kind]:
    return id, Kind(id, status, Words(vi=vi, en=en))


KINDS: dict[str, Kind] = dict(
    [
        _kind("unauthenticated", 401, "Thiếu khóa API hoặc khóa không còn hiệu lực.", "No valid API key."),
        _kind("forbidden", 403, "Không được phép.", "Not allowed."),
        _kind("not-found", 404, "Không tìm thấy.", "Not found."),
        _kind("method", 405, "Phương thức HTTP không dùng được ở địa chỉ này.", "Method not allowed here."),
        _kind("too-slow", 408, "Nội dung gửi đến quá chậm.", "The body arrived too slowly."),
        _kind("idempotency-clash", 409, "Khóa chống trùng đã dùng cho nội dung khác.",
              "The idempotency key was used for another body."),
        _kind("too-large", 413, "Nội dung vượt quá dung lượng cho phép.", "The body is too large."),
        _kind("unsupported", 415, "Kiểu nội dung không được hỗ trợ.", "Unsupported content type."),
        _kind("unreadable", 422, "Không đọc được nội dung gửi.", "The body cannot be read."),
        _kind("unprintable", 422, "Hồ sơ chưa in được.", "The record cannot be printed."),
        _kind("parameters", 422, "Tham số không hợp lệ.", "Invalid parameters."),
        _kind("other", 400, "Yêu cầu không hợp lệ.", "Bad request."),
        _kind("internal", 500, "Lỗi trong hub; đội vận hành đã được báo.", "A fault inside the hub."),
        _kind("unavailable", 503, "Hub tạm thời chưa nhận được; chưa có gì được ghi nhận.",
              "The hub cannot take this now; nothing was accepted."),
    ]
)  # fmt: skip
"""Every kind of refusal that the API gives."""


@dataclass(eq=False)  # not frozen: Python writes the traceback into an exception that passes a context manager
class Problem(Exception):
    """A refusal on its way to the client."""

    kind: str
    """id in `KINDS`"""
    detail: Words | None = None
    """this occurrence; never another sender's or a pupil's data"""
    findings: Sequence[Finding] = ()
    """all faults at once"""
    headers: Mapping[str, str] = field(default_factory=dict)
    """further headers"""
    more: Mapping[str, object] = field(default_factory=dict)
    """further members of the problem object"""

    def response(self, instance: str) -> Response:
        """What the client gets."""
        kind = KINDS[self.kind]
        body: dict[str, object] = {
            "type": f"urn:hocba:problem:{kind.id}",
            "title": kind.title.vi,
            "title_en": kind.title.en,
            "status": kind.status,
            "instance": instance,
            "findings": [finding.as_dict() for finding in self.findings],
            **self.more,
        }
        if self.detail is not None:
            body |= {"detail": self.detail.vi, "detail_en": self.detail.en}
        return Response(orjson.dumps(body), kind.status, dict(self.headers), MEDIA_TYPE)


def fault(
    rule: str,
    message: Words,
    remedy: Words,
    *,
    basis: str = "",
    path: str | None = None,
    seen: str | None = None,
    expected: str | None = None,
) -> Finding:
    """A finding about the request itself."""
    return Finding(
        rule=rule,
        severity=Severity.ERROR,
        message=message,
        remedy=remedy,
        basis=basis,
        path=path,
        line=None,
        offset=None,
        seen=seen,
        expected=expected,
        uuid=None,
        personal=False,
    )


def unavailable(seconds: int) -> Problem:
    """The hub cannot take this now; the client may try again with the same idempotency key."""
    return Problem(
        "unavailable",
        Words(
            vi=f"Hãy gửi lại sau {seconds} giây, với cùng Idempotency-Key.",
            en=f"Try again in {seconds} seconds, with the same Idempotency-Key.",
        ),
        headers={"Retry-After": str(seconds)},
    )


def _of_status(status: int) -> str:
    return {401: "unauthenticated", 403: "forbidden", 404: "not-found", 405: "method", 413: "too-large",
            415: "unsupported"}.get(status, "other")  # fmt: skip


def _parameter(error: Mapping[str, Any]) -> Finding:
    where = ".".join(str(part) for part in error["loc"])
    return fault(
        "H01",
        Words(vi=f"Tham số «{where}» không hợp lệ.", en=f"Parameter «{where}»: {error['msg']}."),
        Words(vi="Xem mô tả tham số tại /docs.", en="See the description of the parameter at /docs."),
        path=where,
        seen=str(error.get("input"))[:64],
    )


def install(app: FastAPI, *, retry_after_seconds: int) -> None:
    """Every refusal of this application becomes a problem document."""

    async def on_problem(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, Problem)
        return problem.response(request.url.path)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return Problem(_of_status(error.status_code), headers=error.headers or {}).response(request.url.path)

    async def on_parameters(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        findings = tuple(_parameter(one) for one in error.errors())
        return Problem("parameters", findings=findings).response(request.url.path)

    async def on_database(request: Request, error: Exception) -> Response:
        # Unreachable, restarting, out of disk, cancelled, read only, not migrated: nothing was committed, or if it was,
        # the idempotency key finds it again.
        state = error.sqlstate if isinstance(error, psycopg.Error) else None
        log.warning("ledger-unavailable", error=type(error).__name__, sqlstate=state)
        return unavailable(retry_after_seconds).response(request.url.path)

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_parameters)
    for error in (
        psycopg.OperationalError,
        psycopg.errors.ReadOnlySqlTransaction,
        psycopg.errors.UndefinedTable,
    ):
        app.add_exception_handler(error, on_database)
    app.add_middleware(NoTraces)


class NoTraces:
    """Whatever nobody expected: the log gets the kind and the place, never the text, which may carry a pupil's data."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            log.error("request-failed", error=type(error).__name__, where=f"{last.filename}:{last.lineno}")
            if not started:
                await Problem("internal").response(scope["path"])(scope, receive, send)


def status_phrase(status: int) -> str:
    """The standard phrase of a status, for OpenAPI."""
    return HTTPStatus(status).phrase
