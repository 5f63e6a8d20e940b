"""Accepting a submission: one transaction, and the receipt leaves only after it commits.

Per submission, not per record: a fixed number of set-based statements whatever its size. UUIDs that the hub must give
are allocated here, once: the same octets get the same UUID however often they are pushed.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from ledger.crash import crash_point, planted
from ledger.database import Connection, Pool, copy_rows, retrying, wake
from ledger.registry import Sender, spoken_for
from ledger.states import Stage, State
from schemas.findings import Finding, Severity
from schemas.identity import RecordIdentity
from schemas.rules import acceptance

_GENERAL = "DU_LIEU_HOC_BA/THONG_TIN_CHUNG"

TARGET_VERSION = "1.0"
"""PHIEN_BAN that a vendor's own format becomes, where it names none."""


class ArrivalItem(Protocol):
    """What a connector hands over for one record (`connectors.arrivals.ArrivalItem`)."""

    @property
    def octets(self) -> bytes: ...
    @property
    def identity(self) -> RecordIdentity | None: ...
    @property
    def signed(self) -> bool: ...
    @property
    def findings(self) -> tuple[Finding, ...]: ...


class Arrival(Protocol):
    """What a connector hands over for one submission (`connectors.arrivals.Arrival`)."""

    @property
    def format(self) -> str: ...
    @property
    def gaps(self) -> tuple[bytes, ...]: ...
    @property
    def items(self) -> Sequence[ArrivalItem]: ...


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


@dataclass(slots=True)
class _Line:
    """One record on its way through acceptance."""

    line: int
    item: ArrivalItem
    status: str = "accepted"
    uuid: UUID | None = None
    findings: tuple[Finding, ...] = ()
    sha256: bytes = b""
    unit_id: int = 0
    pupil_id: int = 0
    record_id: int = 0
    transfer_id: int = 0
    position: int = 0
    queued: bool = False

    def refuse(self, finding: Finding) -> None:
        self.status = "refused"
        self.findings = (*self.findings, finding)


async def accept(
    pool: Pool,
    *,
    sender: Sender,
    arrival: Arrival,
    idempotency_key: str | None,
    body_sha256: bytes,
    deadline: datetime,
    destination: str = "city",
) -> Receipt:
    """Take a submission on, or return the receipt that it already has.

    Raises:
        IdempotencyClash: the key was used before with another body.
        psycopg.Error: the database could not take it; nothing was accepted.
    """
    take = partial(
        _accept,
        sender=sender,
        arrival=arrival,
        idempotency_key=idempotency_key,
        body_sha256=body_sha256,
        deadline=deadline,
        destination=destination,
    )
    if planted("ack-before-write"):
        return await _receipt_first(pool, take)
    async for attempt in retrying():
        with attempt:
            async with pool.connection() as connection:
                receipt = await take(connection)
                crash_point("accept.before-commit")
            crash_point("accept.after-commit")
    return receipt


_LATE: set[asyncio.Task[None]] = set()


async def _receipt_first(pool: Pool, take: Callable[[Connection], Awaitable[Receipt]]) -> Receipt:
    """The bug that the proof plants: the receipt leaves, the commit follows when it may."""
    promised: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()

    async def write() -> None:
        async with pool.connection() as connection:
            promised.set_result(await take(connection))
            await asyncio.sleep(1.0)
            crash_point("accept.before-commit")

    _LATE.add(asyncio.create_task(write()))
    return await promised


async def _accept(
    connection: Connection,
    *,
    sender: Sender,
    arrival: Arrival,
    idempotency_key: str | None,
    body_sha256: bytes,
    deadline: datetime,
    destination: str,
) -> Receipt:
    opened = await _open_submission(connection, sender, arrival, idempotency_key, body_sha256)
    if isinstance(opened, Receipt):
        return opened
    submission_id, receipt, received_at = opened
    lines = [_line_of(number, item) for number, item in enumerate(arrival.items)]
    await _bind_schools(connection, sender, lines)
    await _allocate_uuids(connection, sender, lines)
    await _claim_uuids(connection, sender, lines)
    accepted = [line for line in lines if line.status == "accepted"]
    if accepted:
        await _bind_pupils(connection, accepted)
        await _number(connection, accepted, destination)
        await _store(
            connection, accepted, sender=sender, submission_id=submission_id, destination=destination, deadline=deadline
        )
    await _close_submission(connection, submission_id, arrival, lines)
    await wake(connection)
    return _receipt(receipt, received_at, lines)


def _line_of(number: int, item: ArrivalItem) -> _Line:
    faulty = any(finding.severity is Severity.ERROR for finding in item.findings)
    line = _Line(number, item, status="refused" if faulty else "accepted", findings=item.findings)
    if item.identity is not None and item.identity.uuid:
        try:
            line.uuid = UUID(item.identity.uuid)
        except ValueError:
            line.refuse(_bad_uuid(item.identity.uuid))
    line.sha256 = hashlib.sha256(item.octets).digest()
    return line


async def _open_submission(
    connection: Connection, sender: Sender, arrival: Arrival, idempotency_key: str | None, body_sha256: bytes
) -> Receipt | tuple[int, UUID, datetime]:
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
    return await _repeated(connection, sender, idempotency_key, body_sha256)


async def _repeated(connection: Connection, sender: Sender, idempotency_key: str | None, body_sha256: bytes) -> Receipt:
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


async def _bind_schools(connection: Connection, sender: Sender, lines: Sequence[_Line]) -> None:
    allowed = await spoken_for(connection, sender)
    for line in lines:
        if line.status != "accepted" or line.item.identity is None:
            continue
        unit_id = allowed.get(line.item.identity.school_code)
        if unit_id is None:
            line.refuse(_not_spoken_for(line.item.identity.school_code))
        else:
            line.unit_id = unit_id


async def _allocate_uuids(connection: Connection, sender: Sender, lines: Sequence[_Line]) -> None:
    bare = {line.sha256: line for line in lines if line.status == "accepted" and line.uuid is None}
    if not bare:
        return
    hashes = sorted(bare)
    await connection.execute(
        "insert into allocated_uuids (sender_id, received_sha256, uuid)"
        " select %s, h, gen_random_uuid() from unnest(%b::bytea[]) h order by h on conflict do nothing",
        [sender.id, hashes],
    )
    rows = await (
        await connection.execute(
            "select received_sha256, uuid from allocated_uuids where sender_id = %s and received_sha256 = any(%b)",
            [sender.id, hashes],
        )
    ).fetchall()
    given = {bytes(sha): uuid for sha, uuid in rows}
    for line in lines:
        if line.status == "accepted" and line.uuid is None:
            line.uuid = given[line.sha256]


async def _claim_uuids(connection: Connection, sender: Sender, lines: Sequence[_Line]) -> None:
    """Each UUID is one record's for ever: new ones are claimed, known ones are told apart."""
    wanted: dict[UUID, _Line] = {}
    for line in lines:
        if line.status != "accepted" or line.uuid is None:
            continue
        first = wanted.setdefault(line.uuid, line)
        if first is not line and first.sha256 == line.sha256:
            line.status = "duplicate"
        elif first is not line:
            line.refuse(_uuid_taken(str(line.uuid)))
    if not wanted:
        return
    rows = await (
        await connection.execute(
            "insert into uuids (uuid, record_id, state) select u, nextval('record_ids'), 'claimed'"
            " from unnest(%s::uuid[]) u order by u on conflict do nothing returning uuid, record_id",
            [sorted(wanted)],
        )
    ).fetchall()
    for uuid, record_id in rows:
        wanted.pop(uuid).record_id = record_id
    if wanted:
        await _reclaim_uuids(connection, sender, wanted)


async def _reclaim_uuids(connection: Connection, sender: Sender, wanted: Mapping[UUID, _Line]) -> None:
    # The lock is taken by itself: a join or a condition would look at the holder that was there before the wait.
    locked = await (
        await connection.execute(
            "select uuid, state, record_id from uuids where uuid = any(%s) order by uuid for update", [list(wanted)]
        )
    ).fetchall()
    held = {uuid: record_id for uuid, state, record_id in locked if state != "free"}
    holders = await _holders(connection, list(held.values()))
    for uuid, record_id in held.items():
        if holders.get(record_id) == (sender.id, wanted[uuid].sha256):
            wanted[uuid].status = "duplicate"
        else:
            wanted[uuid].refuse(_uuid_taken(str(uuid)))
    free = [uuid for uuid in wanted if uuid not in held]
    if free:
        again = await (
            await connection.execute(
                "update uuids set state = 'claimed', record_id = nextval('record_ids') where uuid = any(%s)"
                " returning uuid, record_id",
                [free],
            )
        ).fetchall()
        for uuid, record_id in again:
            wanted[uuid].record_id = record_id


async def _holders(connection: Connection, records: Sequence[int]) -> dict[int, tuple[int, bytes]]:
    rows = await (
        await connection.execute("select id, sender_id, received_sha256 from records where id = any(%s)", [records])
    ).fetchall()
    return {record_id: (sender_id, bytes(sha256)) for record_id, sender_id, sha256 in rows}


def _keys_of(line: _Line) -> list[tuple[str, str]]:
    """The pupil's keys, the lasting one first: the Ministry's code never changes, a personal id may be corrected."""
    identity = line.item.identity
    assert identity is not None
    keys = []
    if identity.pupil_code and not identity.pupil_code.upper().startswith("TAM-"):
        keys.append(("ma_hoc_sinh", identity.pupil_code))
    if identity.personal_id:
        keys.append(("cccd", identity.personal_id))
    return keys or [("ma_hoc_sinh", f"{identity.school_code}/{identity.pupil_code}")]


async def _bind_pupils(connection: Connection, lines: Sequence[_Line]) -> None:
    """Give each line its pupil's surrogate id, and lock the pupils: positions rise in the order of acceptance."""
    keys = sorted({key for line in lines for key in _keys_of(line)})
    known = await _known_pupils(connection, keys)
    strangers = [line for line in lines if not any(key in known for key in _keys_of(line))]
    if strangers or len(known) < len(keys):
        known = await _enrol_pupils(connection, lines, known)
    for line in lines:
        line.pupil_id = next(known[key] for key in _keys_of(line) if key in known)
    await connection.execute(
        "select id from pupils where id = any(%s) order by id for update", [sorted({line.pupil_id for line in lines})]
    )


async def _known_pupils(connection: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    rows = await (
        await connection.execute(
            "select k.kind, k.value, k.pupil_id from unnest(%s::text[], %s::text[]) w (kind, value)"
            " join pupil_keys k using (kind, value)",
            [[kind for kind, _ in keys], [value for _, value in keys]],
        )
    ).fetchall()
    return {(kind, value): pupil_id for kind, value, pupil_id in rows}


async def _enrol_pupils(
    connection: Connection, lines: Sequence[_Line], known: dict[tuple[str, str], int]
) -> dict[tuple[str, str], int]:
    """Add pupils and keys that are new; another submission may be adding the same ones, so look again afterwards."""
    proposed = dict(known)
    new = [line for line in lines if not any(key in proposed for key in _keys_of(line))]
    ids = await (
        await connection.execute(
            "insert into pupils (created_at) select now() from generate_series(1, %s) returning id", [len(new)]
        )
    ).fetchall()
    spare = [row[0] for row in ids]
    for line in lines:
        keys = _keys_of(line)
        pupil_id = next((proposed[key] for key in keys if key in proposed), None)
        if pupil_id is None:
            pupil_id = spare.pop()
        for key in keys:
            proposed.setdefault(key, pupil_id)
    fresh = {key: pupil_id for key, pupil_id in proposed.items() if key not in known}
    await _write_keys(
        connection,
        "insert into pupil_keys (kind, value, pupil_id)"
        " select * from unnest(%s::text[], %s::text[], %s::bigint[]) on conflict do nothing",
        fresh,
    )
    found = await _known_pupils(connection, sorted(proposed))
    await _join_keys(connection, lines, fresh, found)
    return found


async def _join_keys(
    connection: Connection,
    lines: Sequence[_Line],
    fresh: Mapping[tuple[str, str], int],
    found: dict[tuple[str, str], int],
) -> None:
    """Another submission was first with one key of a pupil: the keys that we added follow it."""
    moved = {}
    for line in lines:
        keys = _keys_of(line)
        settled = next((found[key] for key in keys if found[key] != fresh.get(key)), found[keys[0]])
        for key in keys:
            if found[key] == fresh.get(key) and found[key] != settled:
                moved[key] = found[key] = settled
    if moved:
        await _write_keys(
            connection,
            "update pupil_keys k set pupil_id = m.pupil_id"
            " from unnest(%s::text[], %s::text[], %s::bigint[]) m (kind, value, pupil_id)"
            " where k.kind = m.kind and k.value = m.value",
            moved,
        )


async def _write_keys(connection: Connection, statement: str, keys: Mapping[tuple[str, str], int]) -> None:
    rows = sorted((kind, value, pupil_id) for (kind, value), pupil_id in keys.items())
    await connection.execute(statement.encode(), [[row[place] for row in rows] for place in range(3)])


async def _number(connection: Connection, lines: Sequence[_Line], destination: str) -> None:
    """Transfer ids and positions, and who must wait for an older transfer of the same pupil."""
    rows = await (
        await connection.execute(
            "select nextval('ids'), nextval('positions') from generate_series(1, %s)", [len(lines)]
        )
    ).fetchall()
    busy_rows = await (
        await connection.execute(
            "select distinct sequence_id from work where sequence_id = any(%s) and destination = %s",
            [[line.pupil_id for line in lines], destination],
        )
    ).fetchall()
    busy = {row[0] for row in busy_rows}
    for line, (transfer_id, position) in zip(lines, sorted(rows, key=lambda row: int(row[1])), strict=True):
        line.transfer_id, line.position = transfer_id, position
        line.queued = line.pupil_id in busy
        busy.add(line.pupil_id)


async def _store(
    connection: Connection,
    lines: Sequence[_Line],
    *,
    sender: Sender,
    submission_id: int,
    destination: str,
    deadline: datetime,
) -> None:
    await store_payloads(connection, {line.sha256: line.item.octets for line in lines})
    await copy_rows(
        connection,
        "records",
        "id, uuid, submission_id, line, sender_id, unit_id, pupil_id, school_year, level, profile,"
        " received_sha256, official_sha256, size",
        (_record_row(line, sender, submission_id) for line in lines),
    )
    await copy_rows(
        connection,
        "transfers",
        "id, kind, destination, record_id, submission_id, sender_id, unit_id, sequence_id, position, stage",
        (
            (
                t.transfer_id,
                "record",
                destination,
                t.record_id,
                submission_id,
                sender.id,
                t.unit_id,
                t.pupil_id,
                t.position,
                Stage.NORMALISE.value,
            )
            for t in lines
        ),
    )
    await copy_rows(
        connection,
        "work",
        "id, kind, stage, destination, state, sender_id, unit_id, submission_id, sequence_id, position, deadline",
        (
            (
                w.transfer_id,
                "record",
                Stage.NORMALISE.value,
                destination,
                State.QUEUED.value if w.queued else State.READY.value,
                sender.id,
                w.unit_id,
                submission_id,
                w.pupil_id,
                w.position,
                deadline,
            )
            for w in lines
        ),
    )


def _record_row(line: _Line, sender: Sender, submission_id: int) -> tuple[object, ...]:
    identity = line.item.identity
    assert identity is not None
    return (
        line.record_id,
        line.uuid,
        submission_id,
        line.line,
        sender.id,
        line.unit_id,
        line.pupil_id,
        identity.school_year,
        identity.level,
        identity.version or TARGET_VERSION,
        line.sha256,
        line.sha256 if line.item.signed else None,
        len(line.item.octets),
    )


async def store_payloads(connection: Connection, payloads: Mapping[bytes, bytes]) -> None:
    """Keep octets by their SHA-256, once."""
    hashes = sorted(payloads)
    await connection.execute(
        "insert into payloads (sha256, octets) select * from unnest(%b::bytea[], %b::bytea[]) on conflict do nothing",
        [hashes, [payloads[sha] for sha in hashes]],
    )


async def _close_submission(
    connection: Connection, submission_id: int, arrival: Arrival, lines: Sequence[_Line]
) -> None:
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


def _may_go_whole(lines: Sequence[_Line]) -> bool:
    """One package is one school's and one year's, and no record of it waits for another."""
    kinds = {(line.unit_id, i.school_year, i.version) for line in lines if (i := line.item.identity)}
    return len(kinds) == 1 and len({line.pupil_id for line in lines}) == len(lines)


def _receipt(receipt: UUID, received_at: datetime, lines: Sequence[_Line]) -> Receipt:
    return Receipt(
        receipt=receipt,
        received_at=received_at,
        accepted=sum(line.status == "accepted" for line in lines),
        refused=sum(line.status == "refused" for line in lines),
        duplicate=sum(line.status == "duplicate" for line in lines),
        lines=tuple(ReceiptLine(line.line, str(line.uuid or ""), line.status, line.findings) for line in lines),
        repeated=False,
    )


def _not_spoken_for(school_code: str) -> Finding:
    return acceptance.SPOKEN_FOR.finding(path=f"{_GENERAL}/MA_TRUONG", seen=school_code, values={"school": school_code})


def _uuid_taken(uuid: str) -> Finding:
    return acceptance.UUID_UNIQUE.finding(path=f"{_GENERAL}/MA_TRA_CUU_UUID", seen=uuid, uuid=uuid)


def _bad_uuid(text: str) -> Finding:
    return acceptance.UUID_READABLE.finding(path=f"{_GENERAL}/MA_TRA_CUU_UUID", seen=text[:64])
