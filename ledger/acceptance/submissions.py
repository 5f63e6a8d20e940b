"""The submission's own rows: opened under its idempotency key, closed with its lines and counts."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from ledger.acceptance.lines import Arrival, Line
from ledger.acceptance.receipts import Receipt, earlier_receipt
from ledger.database import Connection, copy_rows
from ledger.registry import Sender


async def open_submission(
    connection: Connection, sender: Sender, arrival: Arrival, idempotency_key: str | None, body_sha256: bytes
) -> Receipt | tuple[int, UUID, datetime]:
    """A new submission (id, receipt, moment), or the receipt that was given under this key before.

    Raises:
        IdempotencyClash: the key was used before with another body.
    """
    receipt = uuid4()
    row = await (
        await connection.execute(
            "insert into submissions (receipt, sender_id, idempotency_key, body_sha256, format, gaps,"
            " accepted, refused, duplicate) values (%s, %s, %s, %s, %s, %b, 0, 0, 0)"
            " on conflict (sender_id, idempotency_key) do nothing returning id, received_at",
            [receipt, sender.id, idempotency_key, body_sha256, arrival.format, list(arrival.gaps)],
        )
    ).fetchone()
    if row is not None:
        return row[0], receipt, row[1]
    return await earlier_receipt(connection, sender, idempotency_key, body_sha256)


async def close_submission(connection: Connection, submission_id: int, arrival: Arrival, lines: Sequence[Line]) -> None:
    """Keep what became of each record, the counts, and whether the batch may go on as its school sealed it."""
    await copy_rows(
        connection,
        "submission_lines",
        "submission_id, line, status, uuid, record_id, findings",
        (
            (
                submission_id,
                line.line,
                line.status,
                str(line.uuid or ""),
                line.record_id or None,
                Jsonb([finding.as_dict() for finding in line.findings]),
            )
            for line in lines
        ),
    )
    counts = {status: sum(line.status == status for line in lines) for status in ("accepted", "refused", "duplicate")}
    sealed = counts["accepted"] == len(lines) and _may_go_whole(lines) and b"Signature" in arrival.gaps[-1]
    await connection.execute(
        "update submissions set accepted = %s, refused = %s, duplicate = %s, sealed = %s where id = %s",
        [counts["accepted"], counts["refused"], counts["duplicate"], sealed, submission_id],
    )


def _may_go_whole(lines: Sequence[Line]) -> bool:
    """One package is one school's and one year's, and no record of it waits for another."""
    kinds = {(line.unit_id, i.school_year, i.version) for line in lines if (i := line.item.identity)}
    return len(kinds) == 1 and len({line.pupil_id for line in lines}) == len(lines)
