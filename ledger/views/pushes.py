"""What senders have pushed: each submission with its counts, each of its records where it stands now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from ledger.database import Connection


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    """One push by a sender."""

    id: int
    """surrogate id"""
    receipt: UUID
    """names the submission"""
    sender: str
    """code of the sender"""
    received_at: datetime
    """UTC"""
    format: str
    """how it was written"""
    accepted: int
    """records taken on"""
    refused: int
    """records refused at the door"""
    duplicate: int
    """records that the hub already had"""
    unfinished: int
    """accepted records that have not come to an end"""


@dataclass(frozen=True, slots=True)
class LineRow:
    """One record of a submission and where it stands now."""

    line: int
    """0-based place in the submission"""
    uuid: str
    """MA_TRA_CUU_UUID as given or allocated"""
    status: str
    """at the door: accepted, refused or duplicate"""
    findings: list[dict[str, Any]]
    """what the door said"""
    transfer: int | None
    """its transfer; None when refused at the door"""
    fate: str | None
    """open, done, refused, held, dead or superseded"""
    stage: str | None
    """where it stands or ended"""
    state: str | None
    """of the unfinished work: ready, queued, waiting, leased or held; None when it has ended"""
    cause: str | None
    """machine-readable; empty when all is well"""
    told: list[dict[str, Any]] | None
    """findings of the stages behind the door"""
    changed_at: datetime | None
    """when fate, stage or cause last changed by more than passing a stage"""


_SUBMISSION = """
select s.id, s.receipt, d.code as sender, s.received_at, s.format, s.accepted, s.refused, s.duplicate,
       (select count(*) from work w where w.submission_id = s.id and w.kind = 'record') as unfinished
from submissions s join senders d on d.id = s.sender_id
"""

# A duplicate stands where the record stands that the hub already had. The newest transfer counts: a UUID refused once
# may have been presented again.
_LINES = """
select l.line, l.uuid, l.status, l.findings, t.id as transfer, t.fate, coalesce(p.stage, w.stage, t.stage) as stage,
       coalesce(p.state, w.state) as state, t.cause, t.findings as told, t.changed_at
from (select * from submission_lines where submission_id = %(id)s and line > %(after)s order by line limit %(limit)s) l
left join uuids u on u.uuid = nullif(case when l.status = 'duplicate' then l.uuid end, '')::uuid
left join lateral (select * from transfers where record_id = coalesce(l.record_id, u.record_id)
                   order by id desc limit 1) t on true
left join work w on w.id = t.id
left join lateral (select pw.stage, pw.state from package_members m join work pw on pw.id = m.package_id
                   where m.transfer_id = w.id and m.live and w.state = 'gathered' limit 1) p on true
order by l.line
"""


async def submission(connection: Connection, receipt: UUID, *, sender_id: int | None = None) -> SubmissionRow | None:
    """A submission by its receipt; only the sender's own when one is given."""
    async with connection.cursor(row_factory=class_row(SubmissionRow)) as cursor:
        await cursor.execute(
            _SUBMISSION + "where s.receipt = %(receipt)s and (s.sender_id = %(sender)s or %(sender)s::bigint is null)",
            {"receipt": receipt, "sender": sender_id},
        )
        return await cursor.fetchone()


async def submissions(
    connection: Connection, *, before: tuple[datetime, int] | None, limit: int
) -> list[SubmissionRow]:
    """Submissions, newest first; `before` = (received_at, id) of the last one seen."""
    where = "where (s.received_at, s.id) < (%(at)s, %(id)s)" if before else ""
    at, last = before or (None, None)
    async with connection.cursor(row_factory=class_row(SubmissionRow)) as cursor:
        await cursor.execute(
            f"{_SUBMISSION} {where} order by s.received_at desc, s.id desc limit %(limit)s".encode(),
            {"at": at, "id": last, "limit": limit},
        )
        return await cursor.fetchall()


async def lines(connection: Connection, *, submission_id: int, after: int, limit: int) -> list[LineRow]:
    """Records of a submission behind a place, each with where it stands now."""
    async with connection.cursor(row_factory=class_row(LineRow)) as cursor:
        await cursor.execute(_LINES, {"id": submission_id, "after": after, "limit": limit})
        return await cursor.fetchall()
