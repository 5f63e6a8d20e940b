"""What people ask of the signatures that remote services are to make: who is waited for, since when, and who must act.

Read only, but for asking again at once. A holder is told by unit, role and class, and named in addresses by one of the
requests; a service's own name of a key may be somebody's personal number and never leaves this module.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from ledger.database import Connection

ROOM = re.compile(rb"<TEN_LOP>([^<]{1,40})</TEN_LOP>")
NEAR_DAYS = 3
"""records whose deadline is this near cannot wait for long"""
OPEN = "('wanted', 'asked', 'stale')"


@dataclass(frozen=True, slots=True)
class HolderView:
    """What one holder is waited for, or why nothing comes from there any more."""

    request: int
    """oldest of the requests: names the holder, or the trouble, in addresses"""
    unit: str
    """code of the school"""
    unit_name: str
    """its name"""
    role: str
    """GVBM, GVCN, CBQL, KY_PHAT_HANH or GIAO_DICH"""
    home: str
    """name of the service in the settings"""
    standing: str
    """open, refused or failed"""
    cause: str
    """why it was refused or failed, or how the last asking ended; empty when all is well"""
    records: int
    """records that wait, and packages; or registrations"""
    out: int
    """of these, with the service now"""
    since: datetime
    """when the oldest was first wanted"""
    asks: int
    """how often the holder was asked for one of them, at most"""
    asked_at: datetime | None
    """when last"""
    until: datetime | None
    """what is out may be agreed to until then"""
    due_at: datetime | None
    """what is not out is asked for then; None: all is out"""
    known: bool
    """the service has told that it took what is out"""
    deadline: datetime | None
    """the next deadline of these records"""
    registers: bool
    """registrations of the holder's own certificate wait, not records"""
    room: str = ""
    """class of the oldest record, for a class teacher; empty where it is not known"""


@dataclass(frozen=True, slots=True)
class WaitingRecord:
    """One record that waits for a holder."""

    transfer: int
    """transfer; of a package or registration its id"""
    kind: str
    """record, package or registration"""
    uuid: UUID | None
    """of the record"""
    state: str
    """of the request"""
    since: datetime
    """when it was first wanted"""
    asks: int
    """how often the holder was asked for it"""
    deadline: datetime | None
    """of the record; None for a registration"""


@dataclass(frozen=True, slots=True)
class SignatureCounts:
    """Signatures that are waited for, in figures."""

    waiting: int
    """requests that are open"""
    holders: int
    """people and seals that are waited for"""
    unanswered: int
    """requests that were asked for at least once before, in vain"""
    down: int
    """requests whose service does not answer"""
    near: int
    """requests for records whose deadline is near, or past"""
    refused: int
    """refused by their holders"""
    failed: int
    """somebody must act"""
    oldest: datetime | None
    """when the oldest open one was first wanted"""


@dataclass(frozen=True, slots=True)
class SignatureStep:
    """One signature of a record that a remote service was asked for."""

    role: str
    """slot"""
    state: str
    """wanted, asked, stale, answered, used, refused, failed or ended"""
    cause: str
    """why it was refused or failed, or how the last asking ended"""
    home: str
    """name of the service in the settings"""
    asks: int
    """how often its holder was asked"""
    since: datetime
    """when it was first wanted"""
    asked_at: datetime | None
    """when its holder was last asked"""
    changed_at: datetime
    """when its state last changed"""


_HOLDERS = f"""
with live as (
    select r.*, case when r.state in {OPEN} then 'open' else r.state end as standing,
           case when r.state in {OPEN} then '' else r.cause end as why
    from signature_requests r where r.state in ('wanted', 'asked', 'stale', 'refused', 'failed')
), held as (
    select min(l.id) as request, l.unit_id, l.role, l.home, l.standing,
           max(case when l.standing = 'open' then l.cause else l.why end) as cause, count(*) as records,
           count(*) filter (where l.state = 'asked') as out, min(l.created_at) as since, max(l.asks) as asks,
           max(l.asked_at) as asked_at, max(l.until_at) filter (where l.state = 'asked') as until,
           min(l.due_at) filter (where l.state <> 'asked' and l.standing = 'open') as due_at,
           bool_and(l.state <> 'asked' or l.handle is not null) as known, min(w.deadline) as deadline,
           bool_or(l.kind = 'registration') as registers
    from live l left join work w on w.id = l.work_id
    group by l.unit_id, l.role, l.home, l.credential, l.standing, l.why, l.kind = 'registration'
)
select h.request, u.code as unit, u.name as unit_name, h.role, h.home, h.standing, h.cause, h.records, h.out, h.since,
       h.asks, h.asked_at, h.until, h.due_at, h.known, h.deadline, h.registers
from held h join units u on u.id = h.unit_id
"""

_MINE = f"""
select o.id from signature_requests r join signature_requests o on o.home = r.home and o.credential = r.credential
  and o.role = r.role and o.unit_id = r.unit_id and o.state in {OPEN}
  and (o.kind = 'registration') = (r.kind = 'registration')
where r.id = %s
"""


async def holders(connection: Connection, *, standing: str, limit: int) -> list[HolderView]:
    """Who is waited for (`open`), or what nothing comes of (`closed`), the oldest first."""
    chosen = "h.standing = 'open'" if standing == "open" else "h.standing <> 'open'"
    cursor = connection.cursor(row_factory=class_row(HolderView))
    await cursor.execute(f"{_HOLDERS} where {chosen} order by h.since limit %s".encode(), [limit])
    return await _with_rooms(connection, await cursor.fetchall())


async def holder(connection: Connection, request: int) -> HolderView | None:
    """Whoever is waited for by a request; None when it is not open any more."""
    cursor = connection.cursor(row_factory=class_row(HolderView))
    await cursor.execute(
        f"{_HOLDERS} where h.standing = 'open' and h.request = (select min(m.id) from ({_MINE}) m)".encode(), [request]
    )
    found = await _with_rooms(connection, await cursor.fetchall())
    return found[0] if found else None


async def waiting_records(connection: Connection, request: int, *, limit: int) -> list[WaitingRecord]:
    """What waits for the holder of a request, the nearest deadline first."""
    cursor = connection.cursor(row_factory=class_row(WaitingRecord))
    await cursor.execute(
        "select coalesce(o.work_id, o.registration_id) as transfer, o.kind, r.uuid, o.state, o.created_at as since, o.asks, w.deadline"
        f" from signature_requests o left join work w on w.id = o.work_id left join transfers t on t.id = o.work_id"
        f" left join records r on r.id = t.record_id where (w.id is not null or o.kind = 'registration') and o.id in ({_MINE}) order by w.deadline, o.id limit %s".encode(),
        [request, limit],
    )
    return await cursor.fetchall()


async def steps_of(connection: Connection, transfer: int) -> list[SignatureStep]:
    """What was asked of remote services for a record, in order."""
    cursor = connection.cursor(row_factory=class_row(SignatureStep))
    await cursor.execute(
        "select role, state, cause, home, asks, created_at as since, asked_at, changed_at from signature_requests"
        " where kind = 'record' and work_id = %s order by id",
        [transfer],
    )
    return await cursor.fetchall()


async def ask_again(connection: Connection, request: int) -> int:
    """Ask the holder of a request at once for what is not out; how many requests that is."""
    cursor = await connection.execute(
        "update signature_requests set due_at = least(due_at, now()), changed_at = now()"
        f" where state = 'wanted' and id in ({_MINE})".encode(),
        [request],
    )
    return cursor.rowcount


async def counts(connection: Connection) -> SignatureCounts:
    """Signatures that are waited for, in figures."""
    cursor = connection.cursor(row_factory=class_row(SignatureCounts))
    await cursor.execute(
        f"select count(*) filter (where r.state in {OPEN}) as waiting,"
        f" count(distinct (r.home, r.credential)) filter (where r.state in {OPEN}) as holders,"
        " count(*) filter (where r.state = 'wanted' and r.asks > 0 and r.cause = 'expired') as unanswered,"
        f" count(*) filter (where r.state in {OPEN} and r.cause = 'signer-down') as down,"
        f" count(*) filter (where r.state in {OPEN} and w.deadline < now() + make_interval(days => %s)) as near,"
        " count(*) filter (where r.state = 'refused') as refused, count(*) filter (where r.state = 'failed') as failed,"
        f" min(r.created_at) filter (where r.state in {OPEN}) as oldest"
        " from signature_requests r left join work w on w.id = r.work_id"
        " where r.state in ('wanted', 'asked', 'stale', 'refused', 'failed')".encode(),
        [NEAR_DAYS],
    )
    row = await cursor.fetchone()
    assert row is not None
    return row


async def _with_rooms(connection: Connection, rows: Sequence[HolderView]) -> list[HolderView]:
    """Class teachers with the class that the oldest record names."""
    teachers = [row.request for row in rows if row.role == "GVCN"]
    if not teachers:
        return list(rows)
    found = await (
        await connection.execute(
            "select q.id, p.octets from signature_requests q join transfers t on t.id = q.work_id"
            " join records r on r.id = t.record_id join payloads p on p.sha256 = coalesce(r.official_sha256,"
            " r.received_sha256) where q.id = any(%s)",
            [teachers],
            binary=True,
        )
    ).fetchall()
    rooms = {request: room_of(bytes(octets)) for request, octets in found}
    return [replace(row, room=rooms.get(row.request, "")) for row in rows]


def room_of(octets: bytes) -> str:
    """The class that an official record names, TEN_LOP; empty where it names none."""
    found = ROOM.search(octets)
    return "" if found is None else html.unescape(found[1].decode("utf-8", "replace"))
