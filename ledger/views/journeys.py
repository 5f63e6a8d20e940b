"""One transfer's journey, as far as the hub knows it: where it stands, what happened, what it travelled in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from ledger.database import Connection


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """Something that happened to a transfer, or to a package that carries it."""

    at: datetime
    """UTC"""
    about: int
    """transfer or package"""
    stage: str
    """stage"""
    fate: str
    """done, or why it did not go on"""
    cause: str
    """machine-readable"""
    actor: str
    """hub, or who did it"""
    detail: dict[str, Any]
    """codes and counts"""


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """A try that did not simply pass, or an exchange with the outside."""

    at: datetime
    """UTC"""
    about: int
    """transfer or package"""
    stage: str
    """stage"""
    took_ms: int | None
    """duration, where it was measured"""
    fate: str
    """what it meant"""
    cause: str
    """machine-readable"""
    detail: dict[str, Any]
    """codes and counts"""


@dataclass(frozen=True, slots=True)
class PackageRow:
    """A package that carries, or carried, the transfer."""

    id: int
    """surrogate id"""
    state: str
    """open, closed, sealed, sending, sent, judged, split or dead"""
    seal: str
    """pass-through, delegated or intermediary"""
    messageid: str | None
    """the transaction's id, once sealed"""
    members: int
    """records in it"""
    octets: int
    """their size before packing"""
    live: bool
    """this transfer still travels in it"""
    opened_at: datetime
    """UTC"""
    sending_at: datetime | None
    """committed before the first byte left"""
    sent_at: datetime | None
    """the destination acknowledged it"""
    judged_at: datetime | None
    """every member has its verdict"""
    parent_id: int | None
    """the package that it was split from"""
    cause: str
    """why it did not go on"""


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """The destination's answer for one record."""

    at: datetime
    """UTC"""
    trang_thai: int
    """1 approved, 0 refused"""
    error: str
    """raw code"""
    error_field_title: str
    """field, in the destination's words"""
    error_description: str
    """reason, in the destination's words"""


@dataclass(frozen=True, slots=True)
class TransferRow:
    """Where one transfer stands."""

    id: int
    """surrogate id"""
    kind: str
    """record, recall, certificate or bundle"""
    destination: str
    """where it is heading, or whence it came"""
    uuid: UUID | None
    """of the record; None for a bundle"""
    receipt: UUID | None
    """submission; None for a bundle"""
    line: int | None
    """0-based place in the submission"""
    sender_id: int
    """surrogate id of the sender"""
    sender: str
    """code of the sender"""
    school: str
    """code of the school; empty when the hub knows none"""
    school_name: str
    """its name"""
    school_year: str
    """for example 2025-2026; empty for a bundle"""
    profile: str
    """PHIEN_BAN; empty for a bundle"""
    accepted_at: datetime
    """UTC"""
    fate: str
    """open, done, refused, held, dead or superseded"""
    stage: str
    """where it stands or ended"""
    state: str | None
    """of the unfinished work; None when it has ended"""
    cause: str
    """machine-readable"""
    findings: list[dict[str, Any]]
    """what was found"""
    due_at: datetime | None
    """when it is tried again, if it waits"""
    tries: int
    """tries of the present stage that did not end it"""
    waits_for: int | None
    """the older transfer of the same pupil that it waits for"""
    changed_at: datetime
    """when it last changed by more than passing a stage"""


@dataclass(frozen=True, slots=True)
class Story:
    """Everything the hub knows of one transfer's journey."""

    transfer: TransferRow
    """where it stands"""
    events: tuple[StoryEvent, ...]
    """what happened to it and to its packages, oldest first"""
    attempts: tuple[AttemptRow, ...]
    """tries, oldest first"""
    packages: tuple[PackageRow, ...]
    """its packages, newest first"""
    verdicts: tuple[VerdictRow, ...]
    """the destination's answers, newest first"""


_TRANSFER = """
select t.id, t.kind, t.destination, r.uuid, s.receipt, r.line, coalesce(t.sender_id, 0) as sender_id,
       coalesce(d.code, '') as sender, coalesce(n.code, '') as school, coalesce(n.name, '') as school_name,
       coalesce(r.school_year, '') as school_year, coalesce(r.profile, '') as profile,
       coalesce(r.accepted_at, t.created_at) as accepted_at, t.fate, coalesce(p.stage, w.stage, t.stage) as stage,
       coalesce(p.state, w.state) as state, t.cause, t.findings,
       case when coalesce(p.state, w.state) = 'waiting' then coalesce(p.due_at, w.due_at) end as due_at,
       coalesce(p.tries, w.tries, 0) as tries,
       (select o.id from work o where w.state = 'queued' and o.sequence_id = w.sequence_id
        and o.position < w.position order by o.position desc limit 1) as waits_for,
       t.changed_at
from transfers t
left join records r on r.id = t.record_id
left join submissions s on s.id = t.submission_id
left join senders d on d.id = t.sender_id
left join units n on n.id = t.unit_id
left join work w on w.id = t.id
left join lateral (select pw.stage, pw.state, pw.due_at, pw.tries from package_members m
                   join work pw on pw.id = m.package_id
                   where m.transfer_id = w.id and m.live and w.state = 'gathered' limit 1) p on true
"""

_PACKAGES = """
select p.id, p.state, p.seal, p.messageid, p.members, p.octets, m.live, p.opened_at, p.sending_at, p.sent_at,
       p.judged_at, p.parent_id, p.cause
from package_members m join packages p on p.id = m.package_id where m.transfer_id = %s order by p.id desc
"""


async def stories(connection: Connection, uuid: UUID, *, sender_id: int | None = None) -> list[Story]:
    """The journeys of all that was presented under a UUID, newest first; only the sender's own when one is given."""
    cursor = await connection.execute(
        "select t.id from records r join transfers t on t.record_id = r.id where r.uuid = %(uuid)s"
        " and (r.sender_id = %(sender)s or %(sender)s::bigint is null) order by t.id desc limit 20",
        {"uuid": uuid, "sender": sender_id},
    )
    found = [await story(connection, row[0]) for row in await cursor.fetchall()]
    return [one for one in found if one is not None]


async def story(connection: Connection, transfer_id: int) -> Story | None:
    """One transfer's whole journey."""
    async with connection.cursor(row_factory=class_row(TransferRow)) as cursor:
        await cursor.execute(_TRANSFER + "where t.id = %s", [transfer_id])
        transfer = await cursor.fetchone()
    if transfer is None:
        return None
    async with connection.cursor(row_factory=class_row(PackageRow)) as cursor:
        await cursor.execute(_PACKAGES, [transfer_id])
        packages = await cursor.fetchall()
    about = [transfer_id, *(package.id for package in packages)]
    return Story(
        transfer=transfer,
        events=tuple(await _events(connection, about)),
        attempts=tuple(await _attempts(connection, about)),
        packages=tuple(packages),
        verdicts=tuple(await _verdicts(connection, transfer_id)),
    )


async def _events(connection: Connection, about: Sequence[int]) -> list[StoryEvent]:
    async with connection.cursor(row_factory=class_row(StoryEvent)) as cursor:
        await cursor.execute(
            "select at, transfer_id as about, stage, fate, cause, actor, detail from events"
            " where transfer_id = any(%s) order by at, id limit 1000",
            [list(about)],
        )
        return await cursor.fetchall()


async def _attempts(connection: Connection, about: Sequence[int]) -> list[AttemptRow]:
    async with connection.cursor(row_factory=class_row(AttemptRow)) as cursor:
        await cursor.execute(
            "select at, about, stage, took_ms, fate, cause, detail from (select id, at, work_id as about, stage,"
            " took_ms, fate, cause, detail from attempts where work_id = any(%s) order by id desc limit 500) a"
            " order by id",
            [list(about)],
        )
        return await cursor.fetchall()


async def _verdicts(connection: Connection, transfer_id: int) -> list[VerdictRow]:
    async with connection.cursor(row_factory=class_row(VerdictRow)) as cursor:
        await cursor.execute(
            "select at, trang_thai, error, error_field_title, error_description from verdicts"
            " where transfer_id = %s order by id desc",
            [transfer_id],
        )
        return await cursor.fetchall()
