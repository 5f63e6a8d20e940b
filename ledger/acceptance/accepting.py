"""Taking a submission on, step by step, in one transaction."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial

from ledger.acceptance.lines import GENERAL, Arrival, Line, line_of
from ledger.acceptance.pupils import bind_pupils
from ledger.acceptance.receipts import Receipt, receipt_of
from ledger.acceptance.storing import number_transfers, store_lines
from ledger.acceptance.submissions import close_submission, open_submission
from ledger.acceptance.uuids import allocate_uuids, claim_uuids
from ledger.crash import crash_point, planted
from ledger.database import Connection, Pool, retrying, wake
from ledger.registry import Sender, spoken_for
from schemas.findings import Finding
from schemas.rules import acceptance


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
    opened = await open_submission(connection, sender, arrival, idempotency_key, body_sha256)
    if isinstance(opened, Receipt):
        return opened
    submission_id, receipt, received_at = opened
    lines = [line_of(number, item) for number, item in enumerate(arrival.items)]
    await _bind_schools(connection, sender, lines)
    await allocate_uuids(connection, sender, lines)
    await claim_uuids(connection, sender, lines)
    accepted = [line for line in lines if line.status == "accepted"]
    if accepted:
        await bind_pupils(connection, accepted)
        await number_transfers(connection, accepted, destination)
        await store_lines(
            connection, accepted, sender=sender, submission_id=submission_id, destination=destination, deadline=deadline
        )
    await close_submission(connection, submission_id, arrival, lines)
    await wake(connection)
    return receipt_of(receipt, received_at, lines)


async def _bind_schools(connection: Connection, sender: Sender, lines: Sequence[Line]) -> None:
    allowed = await spoken_for(connection, sender)
    for line in lines:
        if line.status != "accepted" or line.item.identity is None:
            continue
        unit_id = allowed.get(line.item.identity.school_code)
        if unit_id is None:
            line.refuse(_not_spoken_for(line.item.identity.school_code))
        else:
            line.unit_id = unit_id


def _not_spoken_for(school_code: str) -> Finding:
    return acceptance.SPOKEN_FOR.finding(path=f"{GENERAL}/MA_TRUONG", seen=school_code, values={"school": school_code})
