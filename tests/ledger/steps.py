"""A journey's steps as the routes take them, one call each, so that a test reads as a story."""

from collections.abc import Sequence
from typing import Any

from support.arrivals import Batch, batch, record

from ledger import dispatch, outcomes, packages
from ledger.database import Pool
from ledger.dispatch import Lane, Reference
from ledger.outcomes import Limits, RecordOutcome, Step
from ledger.packages import Closing, Judged, Outgoing, VerdictRow
from ledger.states import Fate, Stage, State

LIMITS = Limits(refusals=1000, refusal_share=0.5, deaths=1000)
CLOSING = Closing(records=500, raw_octets=10**8, quiet_seconds=60, max_age_seconds=120)
CARRIED = (Stage.NORMALISE, Stage.CHECK, Stage.SIGN, Stage.VERIFY)


async def ask(pool: Pool, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """Any question to the database."""
    async with pool.connection() as connection:
        return await (await connection.execute(query.encode(), list(values))).fetchall()


async def change(pool: Pool, statement: str, values: Sequence[object] = ()) -> None:
    """Something that time or another part would have done."""
    async with pool.connection() as connection:
        await connection.execute(statement.encode(), list(values))


def pupils(count: int, school: str = "79760401") -> Batch:
    """One record each of so many pupils of a school."""
    return batch(*(record(school, pupil=f"{school}{n:03d}") for n in range(count)))


async def claim(
    pool: Pool, stage: Stage = Stage.NORMALISE, *, limit: int = 100, lease: float = 60, destination: str = "city"
) -> list[Reference]:
    async with pool.connection() as connection:
        return await dispatch.claim(connection, Lane(stage, destination), limit=limit, lease_seconds=lease)


async def write(pool: Pool, *written: RecordOutcome, limits: Limits = LIMITS) -> frozenset[int]:
    async with pool.connection() as connection:
        return await outcomes.write_records(connection, written, payloads={}, limits=limits)


def passed(reference: Reference) -> RecordOutcome:
    return RecordOutcome(reference.id, reference.token, tuple(Step(stage, Fate.DONE) for stage in CARRIED), Stage.PACK)


def stopped(reference: Reference, fate: Fate, cause: str, stage: Stage = Stage.CHECK) -> RecordOutcome:
    return RecordOutcome(reference.id, reference.token, (Step(stage, fate, cause),), None)


def refused(reference: Reference, cause: str = "rule:B10") -> RecordOutcome:
    return stopped(reference, Fate.REFUSED, cause)


def died(reference: Reference, cause: str = "poison") -> RecordOutcome:
    return stopped(reference, Fate.DEAD, cause)


async def carry(pool: Pool, limit: int = 1000) -> list[Reference]:
    """Everything ready passes the four stages that need a processor, and is claimed for packing."""
    await write(pool, *map(passed, await claim(pool, limit=limit)))
    return await claim(pool, Stage.PACK, limit=limit)


async def gather(pool: Pool, references: Sequence[Reference], closing: Closing = CLOSING) -> int:
    async with pool.connection() as connection:
        return await packages.gather(connection, references, closing)


async def package_lease(pool: Pool, stage: Stage = Stage.PACK) -> Reference:
    """The one package that stands at a stage, claimed when its time has come."""
    await change(pool, "update work set due_at = now() - interval '1 s' where kind = 'package' and state = 'waiting'")
    async with pool.connection() as connection:
        await dispatch.release_due(connection)
    (reference,) = await claim(pool, stage)
    assert reference.kind == "package"
    return reference


async def sealed(pool: Pool, content: bytes = b"Base64") -> int:
    """The open package is closed, sealed and ready to be sent; returns its id."""
    reference = await package_lease(pool)
    async with pool.connection() as connection:
        draft = await packages.draft(connection, reference)
        assert draft is not None
        assert await packages.sealed(connection, reference, nam_hoc=draft.nam_hoc, content=content)
    return reference.id


async def sending(pool: Pool) -> tuple[Reference, Outgoing]:
    """The sealed package is about to be sent."""
    reference = await package_lease(pool, Stage.DELIVER)
    async with pool.connection() as connection:
        outgoing = await packages.begin_sending(connection, reference)
    assert outgoing is not None
    return reference, outgoing


async def sent(pool: Pool) -> Reference:
    """The sealed package is acknowledged, and claimed for its verdicts."""
    reference, _ = await sending(pool)
    async with pool.connection() as connection:
        assert await packages.acknowledged(connection, reference, poll_seconds=0)
    return await package_lease(pool, Stage.POLL)


async def judge(
    pool: Pool, reference: Reference, fate: Fate = Fate.DONE, cause: str = "", *, most: int | None = None
) -> bool | None:
    """Verdicts for the members that await one, or for the first few of them."""
    async with pool.connection() as connection:
        members = list((await packages.unjudged(connection, reference.id)).values())[:most]
        trang_thai = int(fate is Fate.DONE)
        rows = [
            Judged(m, VerdictRow(m.uuid, trang_thai, cause or "0", "", "lời của cổng"), fate, cause) for m in members
        ]
        return await packages.judge(connection, reference, rows, limits=LIMITS)


async def places(pool: Pool) -> list[tuple[str, str, str]]:
    """(kind, stage, state) of all unfinished work, in order of id."""
    return [tuple(row) for row in await ask(pool, "select kind, stage, state from work order by id")]  # type: ignore[misc]


async def fates(pool: Pool) -> list[tuple[str, str]]:
    """(fate, cause) of every transfer, in order of acceptance."""
    return [tuple(row) for row in await ask(pool, "select fate, cause from transfers order by id")]  # type: ignore[misc]


async def members(pool: Pool) -> list[tuple[int, int]]:
    """(id, members) of every package, in order of id."""
    return [tuple(row) for row in await ask(pool, "select id, members from packages order by id")]  # type: ignore[misc]


GATHERED = ("record", Stage.PACK.value, State.GATHERED.value)
