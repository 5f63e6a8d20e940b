"""The receipt: what became of each record at the door, said once and repeated to whoever asks again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.acceptance.lines import Line
from ledger.database import Connection
from ledger.registry import Sender
from schemas.findings import Finding


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """What became of one record of a submission at the door."""

    line: int
    """0-based place in the submission"""
    uuid: str
    """MA_TRA_CUU_UUID as given or allocated, lower case; empty when neither"""
    status: str
    """accepted, refused or duplicate (already accepted with the same octets)"""
    findings: tuple[Finding, ...]
    """why refused, or warnings"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The hub's promise: what `accepted` counts is durable."""

    receipt: UUID
    """names the submission"""
    received_at: datetime
    """when the hub took it, UTC"""
    accepted: int
    """records taken on"""
    refused: int
    """records refused at the door, each with its findings"""
    duplicate: int
    """records that the hub already had, octet for octet"""
    lines: tuple[ReceiptLine, ...]
    """one per record, in order"""
    repeated: bool
    """this very submission had been accepted before (same idempotency key, same body)"""


class IdempotencyClash(Exception):
    """The idempotency key was used before with another body."""

    def __init__(self, receipt: UUID) -> None:
        self.receipt = receipt
        super().__init__(f"idempotency key already used, receipt {receipt}")


async def earlier_receipt(
    connection: Connection, sender: Sender, idempotency_key: str | None, body_sha256: bytes
) -> Receipt:
    """The receipt that was given under this key.

    Raises:
        IdempotencyClash: it was given for another body.
    """
    row = await (
        await connection.execute(
            "select id, receipt, received_at, accepted, refused, duplicate, body_sha256 from submissions"
            " where sender_id = %s and idempotency_key = %s",
            [sender.id, idempotency_key],
        )
    ).fetchone()
    assert row is not None
    if bytes(row[6]) != body_sha256:
        raise IdempotencyClash(row[1])
    lines = await (
        await connection.execute(
            "select line, uuid, status, findings from submission_lines where submission_id = %s order by line", [row[0]]
        )
    ).fetchall()
    return Receipt(
        receipt=row[1],
        received_at=row[2],
        accepted=row[3],
        refused=row[4],
        duplicate=row[5],
        lines=tuple(ReceiptLine(n, u, s, tuple(map(Finding.from_dict, f))) for n, u, s, f in lines),
        repeated=True,
    )


def receipt_of(receipt: UUID, received_at: datetime, lines: Sequence[Line]) -> Receipt:
    """The receipt of a submission that is taken on now."""
    return Receipt(
        receipt=receipt,
        received_at=received_at,
        accepted=sum(line.status == "accepted" for line in lines),
        refused=sum(line.status == "refused" for line in lines),
        duplicate=sum(line.status == "duplicate" for line in lines),
        lines=tuple(ReceiptLine(line.line, str(line.uuid or ""), line.status, line.findings) for line in lines),
        repeated=False,
    )
