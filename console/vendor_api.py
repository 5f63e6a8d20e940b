"""The vendors' API under /v1: push, ask, read the feeds, confirm what came back.

A push goes: kind → key → body → reading in a child → acceptance; each step refuses before the next one costs anything.
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.security import HTTPBearer
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from console import answers, printing, shapes
from console.bodies import KINDS, Lingering, kind_of, read_body
from console.intake import Push
from console.problems import MEDIA_TYPE, Problem, status_phrase
from console.wiring import Caller, Wired, Wiring
from ledger import feeds, views
from ledger.acceptance import IdempotencyClash
from ledger.copies import Purpose
from schemas.findings import Words

LAST = 2**63 - 1
"""the highest position there can be"""

INBOX_PAGE = 100
"""bundles of one page, at most: each carries whole records"""


def _refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {
        status: {"description": status_phrase(status), "content": {MEDIA_TYPE: {"schema": PROBLEM_REFERENCE}}}
        for status in statuses
    }


PROBLEM_REFERENCE = {"$ref": "#/components/schemas/ProblemShape"}

router = APIRouter(
    prefix="/v1",
    tags=["v1"],
    dependencies=[Depends(HTTPBearer(auto_error=False, description="Khóa API do đội vận hành hub cấp. / API key"))],
    responses=_refusals(401, 422, 503),
)

After = Annotated[int, Query(ge=0, le=LAST, description="`next` của trang trước / `next` of the page before")]
Limit = Annotated[int | None, Query(ge=1, description="Số dòng tối đa / rows, at most")]

_BODIES = {
    "requestBody": {
        "required": True,
        "description": (
            "DANH_SACH_HOC_BA hoặc một HOC_BA; thân giao dịch 1; hoặc JSON riêng của nhà cung cấp."
            " / An official batch or one record; the body of transaction 1; or the vendor's own JSON."
        ),
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in KINDS},
    }
}


@router.post(
    "/submissions",
    status_code=202,
    response_model=None,
    summary="Gửi học bạ / Push records",
    responses={
        202: {"model": shapes.ReceiptShape, "description": "Đã lưu bền vững / durable"},
        **_refusals(408, 409, 413, 415),
    },
    openapi_extra=_BODIES,
)
async def push(
    request: Request,
    wiring: Wired,
    idempotency_key: Annotated[
        str | None,
        Header(
            pattern=r"^[ -~]{1,255}$",
            description="Gửi lại với cùng khóa và nội dung: nhận lại biên nhận đầu. / Same key and body: first receipt.",
        ),
    ] = None,
) -> Response:
    """Nhận một hoặc nhiều học bạ; trả biên nhận và một dòng cho mỗi hồ sơ chỉ sau khi đã lưu bền vững.

    Takes one or many records; the receipt, with a line for each record, leaves only after the commit.
    """
    kind = kind_of(request)
    with wiring.turnstile.place():
        sender = await wiring.keys.sender(request)
        try:
            body = await read_body(request, limit=wiring.settings.body_octets, seconds=wiring.settings.body_seconds)
        except Problem as problem:
            return Lingering(problem.response(request.url.path))
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        reading = await wiring.intake.read(Push(kind, sender.format, body))
        assert reading.arrival is not None
        try:
            receipt = await wiring.accept(
                sender=sender, arrival=reading.arrival, idempotency_key=idempotency_key, body_sha256=reading.sha256
            )
        except IdempotencyClash as clash:
            raise Problem("idempotency-clash", more={"receipt": str(clash.receipt)}) from clash
    headers = {"Location": f"/v1/submissions/{receipt.receipt}"}
    if receipt.repeated:
        headers["Idempotent-Replayed"] = "true"
    return answers.answer(answers.receipt_answer(receipt), status=202, headers=headers)


@router.get(
    "/submissions/{receipt}",
    response_model=None,
    summary="Một lần gửi / One submission",
    responses={200: {"model": shapes.SubmissionShape}, **_refusals(404)},
)
async def submission(
    receipt: UUID,
    wiring: Wired,
    sender: Caller,
    after: Annotated[int, Query(ge=-1, le=LAST, description="`next` của trang trước / `next` of the page before")] = -1,
    limit: Limit = None,
) -> Response:
    """Mỗi hồ sơ của lần gửi đang ở đâu. / Where each record of a submission stands."""
    size = _rows(wiring, limit)
    async with wiring.gate.connection() as connection:
        row = await views.submission(connection, receipt, sender_id=sender.id)
        if row is None:
            raise _not_found("Không có lần gửi nào với biên nhận này.", "No submission has this receipt.")
        lines = await views.lines(connection, submission_id=row.id, after=after, limit=size + 1)
    return answers.answer(answers.submission_answer(row, lines[:size], after=after, more=len(lines) > size))


@router.get(
    "/records/{uuid}",
    response_model=None,
    summary="Một hồ sơ / One record",
    responses={200: {"model": shapes.RecordShape}, **_refusals(404)},
)
async def record(uuid: UUID, wiring: Wired, sender: Caller) -> Response:
    """Hành trình của một hồ sơ: từng bước, nguyên nhân, kết quả. / One record's journey: stages, causes, verdict."""
    async with wiring.gate.connection() as connection:
        stories = await views.stories(connection, uuid, sender_id=sender.id)
    if not stories:
        raise _not_found("Không có hồ sơ nào của bạn với UUID này.", "None of your records has this UUID.")
    return answers.answer(answers.record_answer(stories))


@router.get(
    "/records/{uuid}/print",
    response_model=None,
    summary="Bản in học bạ / A printed copy",
    responses={
        200: {
            "description": "PDF/A-3b có kèm XML / with the XML inside",
            "content": {printing.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        },
        **_refusals(404),
    },
)
async def print_record(
    uuid: UUID,
    wiring: Wired,
    sender: Caller,
    purpose: Annotated[
        Purpose, Query(description="In để làm gì; được ghi lại / what for; it is logged")
    ] = Purpose.CHECK,
) -> Response:
    """Học bạ theo mẫu của Bộ, cho bên đã gửi hoặc trường được trả về; mỗi bản in được ghi lại.

    The record as the Ministry's form, for who pushed it or whom it was returned to; every copy is logged.
    """
    return await printing.issue(wiring, uuid, sender=sender, purpose=purpose)


@router.get(
    "/outcomes",
    response_model=None,
    summary="Kết quả / Outcomes",
    responses={200: {"model": shapes.OutcomesShape}},
)
async def outcomes(wiring: Wired, sender: Caller, after: After = 0, limit: Limit = None) -> Response:
    """Kết quả theo thứ tự; đọc tiếp từ `next`, không bao giờ sót. / Outcomes in order; read on from `next`."""
    async with wiring.gate.connection() as connection:
        page = await feeds.outcomes(connection, sender_id=sender.id, after=after, limit=_rows(wiring, limit))
    return answers.answer(answers.outcomes_answer(page))


@router.get(
    "/inbox",
    response_model=None,
    summary="Học bạ trả về / Returned records",
    responses={200: {"model": shapes.InboxShape}},
)
async def inbox(wiring: Wired, sender: Caller, after: After = 0, limit: Limit = None) -> Response:
    """Học bạ thành phố trả về cho các trường của bạn. / Records that the city returns to your schools."""
    size = min(_rows(wiring, limit), INBOX_PAGE)
    async with wiring.gate.connection() as connection:
        page = await feeds.inbox(connection, sender_id=sender.id, after=after, limit=size)
    return answers.answer(answers.inbox_answer(page))


@router.post(
    "/inbox/{bundle}/confirm",
    response_model=None,
    summary="Xác nhận đã nhận / Confirm",
    responses={200: {"model": shapes.ConfirmationShape}, **_refusals(404)},
)
async def confirm(
    bundle: Annotated[int, Path(ge=1, le=LAST)], said: shapes.ConfirmationRequest, wiring: Wired, sender: Caller
) -> Response:
    """Trường đã nhận hoặc từ chối; xác nhận lại không hại gì. / Received or refused; confirming again is harmless."""
    state = await wiring.steer.confirm(
        sender=sender, bundle=bundle, received=said.status == "received", reason=said.reason
    )
    if state is None:
        raise _not_found("Không có trong hộp thư của các trường của bạn.", "Not in the inbox of your schools.")
    return answers.answer({"bundle": str(bundle), "state": state})


def _rows(wiring: Wiring, asked: int | None) -> int:
    return min(asked or wiring.settings.page_size, wiring.settings.page_size)


def _not_found(vi: str, en: str) -> Problem:
    return Problem("not-found", Words(vi=vi, en=en))
