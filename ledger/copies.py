"""Copies of records: what may be printed for whom, and a row for every copy that leaves the hub (rule T05)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from ledger.database import Connection
from ledger.registry import SPOKEN


class Purpose(StrEnum):
    """What a copy is for: a closed list, so that no pupil's data lands in the log or in an address."""

    CHECK = "check"
    """đối chiếu nội bộ"""
    PUPIL = "pupil"
    """cấp cho học sinh, cha mẹ hoặc người giám hộ"""
    TRANSFER = "transfer"
    """chuyển trường"""
    ADMISSION = "admission"
    """tuyển sinh"""
    AUTHORITY = "authority"
    """theo yêu cầu của cơ quan có thẩm quyền"""


class Way(StrEnum):
    """Which door a copy left by."""

    API = "api"
    CONSOLE = "console"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as the ledger has it, and how far its journey went."""

    octets: bytes
    """official octets once there are any, else as received"""
    official: bool
    """the octets are an official HOC_BA"""
    fate: str
    """of its newest journey: open, done, refused, held, dead, superseded; done for one that the city returned"""
    stage: str
    """where it stands or ended"""
    cause: str
    """machine-readable"""
    findings: Sequence[dict[str, Any]]
    """what was found"""


@dataclass(frozen=True, slots=True)
class CopyRow:
    """One copy that was issued."""

    at: datetime
    """UTC"""
    uuid: UUID
    """of the record"""
    actor: str
    """who: a sender's code, or the hub's own staff"""
    way: str
    """api, console or command"""
    purpose: str
    """what for"""
    pdf_sha256: bytes
    """of the PDF: tells which copy a paper is"""


_OWN = """
select p.octets, (r.official_sha256 is not null or s.format = 'official') as official, t.fate,
       coalesce(w.stage, t.stage) as stage, t.cause, t.findings
from records r
join submissions s on s.id = r.submission_id
join transfers t on t.record_id = r.id
left join work w on w.id = t.id
join payloads p on p.sha256 = coalesce(r.official_sha256, r.received_sha256)
where r.uuid = %(uuid)s and (r.sender_id = %(sender)s or %(sender)s::bigint is null)
order by t.id desc limit 1
"""

_RETURNED = f"""
select p.octets, true as official, 'done' as fate, 'return' as stage, '' as cause, '[]'::jsonb as findings
from bundle_records m
join bundles b on b.id = m.bundle_id
join payloads p on p.sha256 = m.octets_sha256
where m.uuid = %(uuid)s::text and b.state in ('inbox', 'confirmed', 'acknowledged')
  and (%(sender)s::bigint is null or b.unit_id in (select id from ({SPOKEN}) spoken))
order by b.id desc limit 1
"""


async def stored(connection: Connection, uuid: UUID, *, sender_id: int | None = None) -> Stored | None:
    """A record by its UUID; only one that the sender pushed, or that came back to one of its schools, if one is given."""
    values = {"uuid": uuid, "sender": sender_id}
    async with connection.cursor(row_factory=class_row(Stored)) as cursor:
        for query in (_OWN, _RETURNED):
            await cursor.execute(query.encode(), values)
            found = await cursor.fetchone()
            if found is not None:
                return found
    return None


async def log_copy(
    connection: Connection, uuid: UUID, *, actor: str, way: Way, purpose: Purpose, pdf_sha256: bytes
) -> None:
    """Write down that a copy is being issued; it may leave once this is committed."""
    await connection.execute(
        "insert into copies (uuid, actor, way, purpose, pdf_sha256) values (%s, %s, %s, %s, %s)",
        [uuid, actor, way, purpose, pdf_sha256],
    )


async def copies(connection: Connection, uuid: UUID, *, limit: int = 100) -> list[CopyRow]:
    """Copies of a record, newest first."""
    async with connection.cursor(row_factory=class_row(CopyRow)) as cursor:
        await cursor.execute(
            "select at, uuid, actor, way, purpose, pdf_sha256 from copies where uuid = %s order by id desc limit %s",
            [uuid, limit],
        )
        return await cursor.fetchall()
