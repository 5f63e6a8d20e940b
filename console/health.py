"""Whether the hub can do its work now, for whoever watches over it: no login, no figures about anybody."""

import asyncio
from datetime import UTC, datetime

import psycopg
from fastapi import APIRouter
from starlette.responses import Response

from console import answers
from console.wiring import Wired
from ledger import views

PATIENCE_SECONDS = 5.0
"""a database that takes longer to answer counts as away"""

router = APIRouter(tags=["health"])


@router.get("/healthz", response_model=None, summary="Tình trạng / Health")
async def healthz(wiring: Wired) -> Response:
    """200 khi cơ sở dữ liệu trả lời, 503 khi không; tuổi của việc chờ lâu nhất. / Database, durability, oldest work."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            durable = await wiring.gate.durable()
            async with wiring.gate.connection() as connection:
                flow = await views.flow(connection)
                awaited = await wiring.signatures.counts(connection)
    except (psycopg.Error, TimeoutError):
        return answers.answer(
            {"status": "unavailable", "database": "unreachable"},
            status=503,
            headers={"Retry-After": str(wiring.settings.retry_after_seconds)},
        )
    moving = [row for row in flow if row.state != "held"]
    oldest = min((row.oldest for row in moving), default=None)
    return answers.answer(
        {
            "status": "ok",
            "database": "ok",
            "durability": durable,
            "unfinished": sum(row.count for row in moving),
            "held": sum(row.count for row in flow if row.state == "held"),
            "awaiting_signature": awaited.waiting,
            "oldest_seconds": None if oldest is None else round((datetime.now(UTC) - oldest).total_seconds(), 1),
        }
    )
