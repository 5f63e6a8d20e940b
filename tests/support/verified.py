"""Records as the ledger has them once they are verified: octets, record, transfer, event."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from ledger.database import Pool
from ledger.payloads import store_payloads


async def enter_verified(pool: Pool, octets: Sequence[bytes], *, at: datetime, fate: str = "done") -> list[str]:
    """Their UUIDs, in order; each was verified (or not) at that time."""
    uuids = [str(uuid4()) for _ in octets]
    digests = [hashlib.sha256(each).digest() for each in octets]
    async with pool.connection() as connection:
        await store_payloads(connection, dict(zip(digests, octets, strict=True)))
        await connection.execute(
            "with made as (insert into records (id, uuid, submission_id, line, sender_id, unit_id, pupil_id, school_year,"
            " profile, received_sha256, official_sha256, size) select nextval('record_ids'), o.uuid, 1, 0, 1, 1, 1,"
            " '2025-2026', 'hbs-1.0', o.sha256, o.sha256, 1 from unnest(%s::uuid[], %s::bytea[]) o (uuid, sha256)"
            " returning id), sent as (insert into transfers (id, kind, destination, record_id, unit_id, position, stage)"
            " select nextval('ids'), 'record', 'city', id, 1, 1, 'pack' from made returning id)"
            " insert into events (at, transfer_id, stage, fate) select %s, id, 'verify', %s from sent",
            [uuids, digests, at, fate],
        )
    return uuids
