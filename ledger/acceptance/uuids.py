"""UUIDs: given to records that come without one, and each one record's for ever."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from ledger.acceptance.lines import GENERAL, Line
from ledger.database import Connection
from ledger.registry import Sender
from schemas.findings import Finding
from schemas.rules import acceptance


async def allocate_uuids(connection: Connection, sender: Sender, lines: Sequence[Line]) -> None:
    """Give records that come without a UUID one: the same octets of the same sender get the same again."""
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


async def claim_uuids(connection: Connection, sender: Sender, lines: Sequence[Line]) -> None:
    """Each UUID is one record's for ever: new ones are claimed, known ones are told apart."""
    wanted: dict[UUID, Line] = {}
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


async def _reclaim_uuids(connection: Connection, sender: Sender, wanted: Mapping[UUID, Line]) -> None:
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


def _uuid_taken(uuid: str) -> Finding:
    return acceptance.UUID_UNIQUE.finding(path=f"{GENERAL}/MA_TRA_CUU_UUID", seen=uuid, uuid=uuid)
