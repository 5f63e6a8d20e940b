"""Rows of the ledger as the API's answers: plain dictionaries in the shapes that `console.shapes` declares.

Built by hand and written by orjson: an answer may have hundreds of records, and validating what the hub itself has just
made would cost more than making it. The tests hold every answer against its shape.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from starlette.responses import Response

from ledger.acceptance import Receipt
from ledger.feeds import FeedPage, InboxItem, OutcomeRow
from ledger.views import LineRow, Story, SubmissionRow, VerdictRow
from schemas.rules import roster_rules

FATES = {"done": "approved"}
"""fate of a transfer → as senders read it, where that differs"""


def answer(content: Mapping[str, object], *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(content), status, dict(headers or {}), "application/json")


def receipt_answer(receipt: Receipt) -> dict[str, object]:
    """What the hub has taken on, line by line."""
    return {
        "receipt": receipt.receipt,
        "received_at": receipt.received_at,
        "accepted": receipt.accepted,
        "refused": receipt.refused,
        "duplicate": receipt.duplicate,
        "records": [
            {
                "index": line.line,
                "uuid": line.uuid,
                "status": line.status,
                "findings": [finding.as_dict() for finding in line.findings],
            }
            for line in receipt.lines
        ],
        "links": {"submission": f"/v1/submissions/{receipt.receipt}", "outcomes": "/v1/outcomes"},
    }


def submission_answer(row: SubmissionRow, lines: Sequence[LineRow], *, after: int, more: bool) -> dict[str, object]:
    """A submission with one page of its records."""
    return {
        "receipt": row.receipt,
        "received_at": row.received_at,
        "format": row.format,
        "accepted": row.accepted,
        "refused": row.refused,
        "duplicate": row.duplicate,
        "unfinished": row.unfinished,
        "records": [_line(line) for line in lines],
        "next": lines[-1].line if lines else after,
        "more": more,
    }


def _line(line: LineRow) -> dict[str, object]:
    return {
        "index": line.line,
        "uuid": line.uuid,
        "status": line.status,
        "findings": [*line.findings, *(line.told or ())],
        "fate": _fate(line.fate),
        "stage": line.stage,
        "state": line.state,
        "cause": line.cause or "",
        "changed_at": line.changed_at,
    }


def _fate(fate: str | None) -> str | None:
    return FATES.get(fate, fate) if fate else None


def record_answer(stories: Sequence[Story]) -> dict[str, object]:
    """All that was presented under one UUID: the newest journey, and those before it."""
    newest, *earlier = (_journey(story) for story in stories)
    return {"uuid": stories[0].transfer.uuid, **newest, "earlier": earlier}


def _journey(story: Story) -> dict[str, object]:
    now = story.transfer
    return {
        "receipt": now.receipt,
        "index": now.line,
        "school": now.school,
        "school_year": now.school_year,
        "accepted_at": now.accepted_at,
        "fate": _fate(now.fate),
        "stage": now.stage,
        "state": now.state,
        "cause": now.cause,
        "findings": now.findings,
        "not_checked": roster_rules(),
        "stages": [
            {"stage": event.stage, "fate": event.fate, "cause": event.cause, "at": event.at} for event in story.events
        ],
        "due_at": now.due_at,
        "messageid": next((package.messageid for package in story.packages if package.messageid), None),
        "verdict": _verdict(story.verdicts[0]) if story.verdicts else None,
    }


def _verdict(verdict: VerdictRow) -> dict[str, Any]:
    return {
        "trang_thai": verdict.trang_thai,
        "error": verdict.error,
        "error_field_title": verdict.error_field_title,
        "error_description": verdict.error_description,
        "at": verdict.at,
    }


def outcomes_answer(page: FeedPage[OutcomeRow]) -> dict[str, object]:
    """One page of outcomes."""
    return {"next": page.next, "more": page.more, "outcomes": [_outcome(row) for row in page.rows]}


def _outcome(row: OutcomeRow) -> dict[str, object]:
    return {
        "position": row.position,
        "uuid": row.uuid,
        "receipt": row.receipt,
        "index": row.line,
        "school": row.school,
        "fate": row.fate,
        "stage": row.stage,
        "cause": row.cause,
        "findings": row.findings,
        "verdict": row.verdict,
        "at": row.at,
    }


def inbox_answer(page: FeedPage[InboxItem]) -> dict[str, object]:
    """One page of the inbox."""
    return {"next": page.next, "more": page.more, "items": [_item(item) for item in page.rows]}


def _item(item: InboxItem) -> dict[str, object]:
    return {
        "position": item.position,
        "bundle": str(item.bundle),
        "ma_tra_hoc_ba": item.reference,
        "school": item.school,
        "from_school": item.from_school,
        "pupil_ref": item.pupil_ref,
        "confirmation": item.confirmation,
        "records": [
            {"uuid": record.uuid, "school_year": record.school_year, "content": record.octets.decode()}
            for record in item.records
        ],
        "at": item.at,
    }
