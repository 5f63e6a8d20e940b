"""Alarms about signatures that do not come: raised in time, once, and not for a moment's silence."""

import pytest
from support.arrivals import batch, enter_vendor, push, record

from ledger import dispatch, outcomes
from ledger.database import Pool
from ledger.dispatch import Lane
from ledger.outcomes import Limits, RecordOutcome, Step
from ledger.signatures import Ask
from ledger.states import Fate, Stage
from routes.signature_alarms import DOWN_SECONDS, Watch

LIMITS = Limits(refusals=1000, refusal_share=0.5, deaths=1000)


@pytest.fixture
async def watch(pool: Pool) -> Watch:
    """Three records: two wait for a class teacher at one service, one could not even be asked at another."""
    vendor = await enter_vendor(pool, "SAOMAI", ["79760401"])
    await push(pool, vendor, batch(*(record(pupil=f"790000000{n}") for n in range(3))))
    async with pool.connection() as connection:
        taken = await dispatch.claim(connection, Lane(Stage.NORMALISE, "city"), limit=9, lease_seconds=60)
        await connection.execute("update work set deadline = now() + interval '10 days'")
        ask = Ask("GVCN", "GVCN", "ky-so", "K1", "rsa-sha256", b"d", b"p")
        wrote = [
            RecordOutcome(
                each.id, each.token, (Step(Stage.SIGN, Fate.RETRY, "awaiting-signature:GVCN"),), None, asks=(ask,)
            )
            for each in taken[:2]
        ]
        lost = RecordOutcome(taken[2].id, taken[2].token, (Step(Stage.SIGN, Fate.DOWN, "signer-down:hsm"),), None)
        await outcomes.write_records(connection, [*wrote, lost], payloads={}, limits=LIMITS)
    return Watch(pool)


async def _change(pool: Pool, statement: str) -> None:
    async with pool.connection() as connection:
        await connection.execute(statement.encode())


async def _alarms(pool: Pool) -> list[tuple[str, str, int]]:
    async with pool.connection() as connection:
        rows = await connection.execute(
            "select kind, detail ->> 'home', (detail ->> 'count')::int from alarms order by kind, 2"
        )
        return await rows.fetchall()  # type: ignore[return-value]


async def test_a_home_is_told_of_when_it_was_silent_for_long_and_once(pool: Pool, watch: Watch) -> None:
    await _change(pool, "update signature_requests set cause = 'signer-down'")
    await watch.look(now=0)
    assert await _alarms(pool) == []
    for later in (DOWN_SECONDS, DOWN_SECONDS + 60):
        await watch.look(now=later)
    assert await _alarms(pool) == [("signer-down", "hsm", 1), ("signer-down", "ky-so", 2)]


async def test_a_home_that_answered_in_between_was_not_silent(pool: Pool, watch: Watch) -> None:
    await _change(pool, "update transfers set cause = ''")
    await _change(pool, "update signature_requests set cause = 'signer-down'")
    await watch.look(now=0)
    await _change(pool, "update signature_requests set cause = ''")
    await watch.look(now=DOWN_SECONDS / 2)
    await _change(pool, "update signature_requests set cause = 'signer-down'")
    await watch.look(now=DOWN_SECONDS)
    assert await _alarms(pool) == []


async def test_a_deadline_that_draws_near_unsigned_is_told_of_once_a_while(pool: Pool, watch: Watch) -> None:
    await watch.look(now=0)
    assert await _alarms(pool) == []
    await _change(pool, "update work set deadline = now() + interval '2 days'")
    for now in (60, 120):
        await watch.look(now=now)
    assert await _alarms(pool) == [("signature-deadline", "", 2)]
    await _change(pool, "update alarms set at = now() - interval '13 hours'")
    await watch.look(now=180)
    assert len(await _alarms(pool)) == 2
