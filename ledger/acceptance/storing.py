"""What is accepted gets its number and its rows: payloads, records, transfers, unfinished work."""

from collections.abc import Sequence
from datetime import datetime

from ledger.acceptance.lines import Line
from ledger.database import Connection, copy_rows
from ledger.payloads import store_payloads
from ledger.registry import Sender
from ledger.states import Stage, State

TARGET_VERSION = "1.0"
"""PHIEN_BAN that a vendor's own format becomes, where it names none."""


async def number_transfers(connection: Connection, lines: Sequence[Line], destination: str) -> None:
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


async def store_lines(
    connection: Connection,
    lines: Sequence[Line],
    *,
    sender: Sender,
    submission_id: int,
    destination: str,
    deadline: datetime,
) -> None:
    """Write the octets, records, transfers and unfinished work of what is accepted."""
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
        (_transfer_row(line, sender, submission_id, destination) for line in lines),
    )
    await copy_rows(
        connection,
        "work",
        "id, kind, stage, destination, state, sender_id, unit_id, submission_id, sequence_id, position, deadline",
        (_work_row(line, sender, submission_id, destination, deadline) for line in lines),
    )


def _record_row(line: Line, sender: Sender, submission_id: int) -> tuple[object, ...]:
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


def _transfer_row(line: Line, sender: Sender, submission_id: int, destination: str) -> tuple[object, ...]:
    return (
        line.transfer_id,
        "record",
        destination,
        line.record_id,
        submission_id,
        sender.id,
        line.unit_id,
        line.pupil_id,
        line.position,
        Stage.NORMALISE.value,
    )


def _work_row(
    line: Line, sender: Sender, submission_id: int, destination: str, deadline: datetime
) -> tuple[object, ...]:
    return (
        line.transfer_id,
        "record",
        Stage.NORMALISE.value,
        destination,
        State.QUEUED.value if line.queued else State.READY.value,
        sender.id,
        line.unit_id,
        submission_id,
        line.pupil_id,
        line.position,
        deadline,
    )
