"""Outcomes: what each fate does to a record's row, and that nothing is written under a lease that is no longer good."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from steps import ask, carry, change, claim, died, fates, gather, passed, places, refused, sealed, stopped, write
from support.arrivals import batch, push, record

from ledger import dispatch, outcomes, packages
from ledger.certificates import CertificateFacts
from ledger.database import Pool
from ledger.dispatch import Reference
from ledger.outcomes import RecordOutcome, Step, move_one
from ledger.registry import Sender
from ledger.sightings import Sighting
from ledger.states import Fate, Stage, State
from schemas.findings import Finding, Severity, Words

FINDING = Finding(
    rule="B10",
    severity=Severity.ERROR,
    message=Words(vi="Sai.", en="Wrong."),
    remedy=Words(vi="Sửa.", en="Mend."),
    basis="TT 27/2020",
    path="TONG_KET",
    line=None,
    offset=None,
    seen="x",
    expected="y",
    uuid=None,
    personal=False,
)


async def _one(pool: Pool, vendor: Sender) -> Reference:
    await push(pool, vendor, batch(record()))
    return (await claim(pool))[0]


@pytest.mark.parametrize(
    ("fate", "rest", "told"),
    [
        (Fate.RETRY, ("record", "check", "waiting"), ("open", "verify-later")),
        (Fate.HELD, ("record", "check", "held"), ("held", "verify-later")),
        (Fate.REFUSED, None, ("refused", "verify-later")),
        (Fate.DEAD, None, ("dead", "verify-later")),
    ],
)
async def test_each_fate_has_its_place(
    pool: Pool, vendor: Sender, fate: Fate, rest: tuple[str, str, str] | None, told: tuple[str, str]
) -> None:
    await write(pool, stopped(await _one(pool, vendor), fate, "verify-later"))
    assert await places(pool) == ([rest] if rest else [])
    assert await fates(pool) == [told]


async def test_waiting_for_a_person_is_no_try(pool: Pool, vendor: Sender) -> None:
    reference = await _one(pool, vendor)
    await write(pool, stopped(reference, Fate.RETRY, "awaiting-signature:GVCN", Stage.SIGN))
    assert await ask(pool, "select state, tries from work") == [("waiting", 0)]


async def test_a_record_that_goes_on_no_longer_says_why_it_rested(pool: Pool, vendor: Sender) -> None:
    await write(pool, stopped(await _one(pool, vendor), Fate.RETRY, "awaiting-signature:GVCN", Stage.SIGN))
    await change(pool, "update work set state = 'ready'")
    (again,) = await claim(pool, Stage.SIGN)
    await write(pool, passed(again))
    assert await fates(pool) == [("open", "")]


async def test_a_retry_waits_until_it_is_due_and_counts_its_tries(pool: Pool, vendor: Sender) -> None:
    reference = await _one(pool, vendor)
    step = (Step(Stage.VERIFY, Fate.RETRY, "verify-later"),)
    due = datetime.now(UTC) + timedelta(hours=1)
    await write(pool, RecordOutcome(reference.id, reference.token, step, None, due_at=due))
    async with pool.connection() as connection:
        assert await dispatch.release_due(connection) == 0
    assert await ask(pool, "select tries, due_at from work") == [(1, due)]
    await change(pool, "update work set due_at = now()")
    async with pool.connection() as connection:
        assert await dispatch.release_due(connection) == 1
    assert [r.id for r in await claim(pool, Stage.VERIFY)] == [reference.id]


async def test_passing_a_stage_forgets_its_tries_and_losses(pool: Pool, vendor: Sender) -> None:
    reference = await _one(pool, vendor)
    await change(pool, "update work set tries = 3, losses = 2")
    await write(pool, passed(reference))
    assert await ask(pool, "select tries, losses from work") == [(0, 0)]


async def test_the_story_has_one_step_per_stage(pool: Pool, vendor: Sender) -> None:
    reference = await _one(pool, vendor)
    steps = (Step(Stage.NORMALISE, Fate.DONE), Step(Stage.CHECK, Fate.REFUSED, "rule:B10"))
    await write(pool, RecordOutcome(reference.id, reference.token, steps, None, findings=(FINDING,)))
    story = await ask(pool, "select stage, fate, cause from events order by id")
    assert story == [("normalise", "done", ""), ("check", "refused", "rule:B10")]
    ((findings, cause),) = await ask(pool, "select findings, cause from outcomes")
    assert [Finding.from_dict(each) for each in findings] == [FINDING]
    assert cause == "rule:B10"
    assert await ask(pool, "select stage, fate, cause from attempts") == [("check", "refused", "rule:B10")]


async def test_octets_that_a_stage_made_are_kept_with_its_outcome(pool: Pool, vendor: Sender) -> None:
    reference = await _one(pool, vendor)
    made = b"<HOC_BA>signed</HOC_BA>"
    sha256 = hashlib.sha256(made).digest()
    outcome = RecordOutcome(
        reference.id,
        reference.token,
        (Step(Stage.VERIFY, Fate.DONE),),
        Stage.PACK,
        octets_sha256=sha256,
        size=len(made),
    )
    async with pool.connection() as connection:
        await outcomes.write_records(connection, [outcome], payloads={sha256: made}, limits=outcomes.Limits(9, 1.0, 9))
    rows = await ask(pool, "select p.octets, r.size from records r join payloads p on p.sha256 = r.official_sha256")
    assert [(bytes(octets), size) for octets, size in rows] == [(made, len(made))]


async def test_the_dead_leave_a_letter_without_personal_data(pool: Pool, vendor: Sender) -> None:
    reference = await _one(pool, vendor)
    await write(pool, died(reference))
    async with pool.connection() as connection:
        ((letter, stage, message),) = await dispatch.unpublished_dead_letters(connection)
        await dispatch.mark_dead_letters(connection, [letter])
        assert await dispatch.unpublished_dead_letters(connection) == []
    assert stage == "check"
    assert set(message) == {"kind", "id", "stage", "cause", "destination", "submission", "attempts", "at"}
    assert (message["id"], message["cause"], message["attempts"]) == (reference.id, "poison", 1)


async def test_a_dead_records_uuid_stays_its_own(pool: Pool, vendor: Sender) -> None:
    item = record()
    await push(pool, vendor, batch(item))
    await write(pool, died((await claim(pool))[0]))
    assert item.identity is not None
    again = await push(pool, vendor, batch(record(uuid=item.identity.uuid, text="other")))
    assert again.lines[0].status == "refused"


async def test_nothing_is_written_under_an_old_token(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(record(), record(pupil="2")))
    frozen, other = await claim(pool, lease=0)
    async with pool.connection() as connection:
        await dispatch.begin(connection, [frozen, other], lease_seconds=0)
    async with pool.connection() as connection:
        assert await dispatch.take_back_lost(connection) == 2
    woken = await claim(pool)
    assert await write(pool, passed(frozen), refused(other)) == frozenset()
    async with pool.connection() as connection:
        assert not await move_one(connection, id=frozen.id, token=frozen.token, stage=Stage.NORMALISE, state=State.HELD)
    assert await gather(pool, [frozen, other]) == 0
    assert await ask(pool, "select count(*) from events") == [(0,)]
    assert {r.id for r in woken} == {frozen.id, other.id}
    assert await ask(pool, "select token from work order by id") == [(r.token,) for r in woken]


async def test_a_batch_with_some_stale_leases_writes_the_others(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(*(record(pupil=f"{n}") for n in range(4))))
    references = await claim(pool)
    stale = references[1]
    await change(pool, "update work set token = nextval('tokens') where id = %s", [stale.id])
    effective = await write(pool, *map(passed, references))
    assert effective == {r.id for r in references} - {stale.id}
    assert await ask(pool, "select count(distinct transfer_id) from events") == [(3,)]


async def test_a_package_step_under_an_old_token_changes_nothing(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(record()))
    await gather(pool, await carry(pool))
    package = await sealed(pool)
    stale = Reference("package", package, 0)
    async with pool.connection() as connection:
        assert await packages.draft(connection, stale) is None
        assert not await packages.sealed(connection, stale, nam_hoc=2025, content=b"other")
        assert await packages.begin_sending(connection, stale) is None
        assert await packages.outgoing(connection, stale) is None
        assert not await packages.acknowledged(connection, stale, poll_seconds=0)
        assert await packages.split(connection, stale, cause="x") == 0
        assert await packages.judge(connection, stale, [], limits=outcomes.Limits(9, 1.0, 9)) is None
    assert await ask(pool, "select state, body from packages") == [("sealed", b"Base64")]


async def test_a_worker_at_work_keeps_its_lease(pool: Pool, vendor: Sender) -> None:
    reference = await _one(pool, vendor)
    await change(pool, "update work set lease_until = now() + interval '1 s'")
    async with pool.connection() as connection:
        await dispatch.begin(connection, [reference], lease_seconds=60)
    assert await ask(pool, "select lease_until > now() + interval '30 s' from work") == [(True,)]
    stale = Reference(reference.kind, reference.id, reference.token - 1)
    for token, longer in ((stale, False), (reference, True)):
        async with pool.connection() as connection:
            await dispatch.renew(connection, [token], lease_seconds=900)
        assert await ask(pool, "select lease_until > now() + interval '600 s' from work") == [(longer,)]


async def test_poison_is_known_by_the_leases_it_lost(pool: Pool, vendor: Sender) -> None:
    again = [await _one(pool, vendor)]
    for taken_up in (True, False, True, True):
        (reference,) = again or await claim(pool)
        again = []
        async with pool.connection() as connection:
            if taken_up:
                await dispatch.begin(connection, [reference], lease_seconds=60)
        await change(pool, "update work set lease_until = now() - interval '1 s'")
        async with pool.connection() as connection:
            assert await dispatch.take_back_lost(connection) == 1
    await change(pool, "update work set state = 'ready'")
    async with pool.connection() as connection:
        assert await dispatch.lost_too_often(connection, 4) == []
        assert [kind for _, kind in await dispatch.lost_too_often(connection, 3)] == ["record"]


@pytest.mark.parametrize(("fate", "counted"), [(Fate.RETRY, 0), (Fate.REFUSED, 1)])
async def test_a_record_that_is_tried_again_is_seen_once(pool: Pool, vendor: Sender, fate: Fate, counted: int) -> None:
    """Its signatures were not judged to the end, and will be."""
    reference = await _one(pool, vendor)
    facts = CertificateFacts(b"a" * 32, b"der", "0A", holder="institution")
    seen = (Sighting("KY_PHAT_HANH", facts.sha256, facts),)
    step = (Step(Stage.VERIFY, fate, "verify-later"),)

    await write(pool, RecordOutcome(reference.id, reference.token, step, None, seen=seen))

    assert sum(records for (records,) in await ask(pool, "select records from certificates_seen")) == counted
