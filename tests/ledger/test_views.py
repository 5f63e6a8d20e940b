"""What people see: every question is answered, and the figures are those of the table of work."""

from steps import ask, carry, claim, died, gather, judge, refused, sealed, sent, write
from support.arrivals import batch, push, record

from ledger import lanes, views
from ledger.database import Pool
from ledger.registry import Sender
from ledger.states import Stage


async def test_a_submission_and_its_lines_say_where_each_record_stands(pool: Pool, vendor: Sender) -> None:
    receipt = await push(pool, vendor, batch(record(pupil="1"), record(pupil="2"), record("79999999")))
    await write(pool, refused((await claim(pool, limit=1))[0]))
    await gather(pool, await carry(pool))
    async with pool.connection() as connection:
        found = await views.submission(connection, receipt.receipt)
        assert found is not None
        lines = await views.lines(connection, submission_id=found.id, after=-1, limit=10)
        assert await views.submission(connection, receipt.receipt, sender_id=vendor.id + 1) is None
    assert (found.accepted, found.refused, found.unfinished) == (2, 1, 1)
    assert [(line.status, line.fate, line.stage, line.state) for line in lines] == [
        ("accepted", "refused", "check", None),
        ("accepted", "open", "pack", "waiting"),
        ("refused", None, None, None),
    ]


async def test_a_story_tells_the_whole_journey(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(record()))
    await gather(pool, await carry(pool))
    await sealed(pool)
    await judge(pool, await sent(pool))
    ((transfer,),) = await ask(pool, "select id from transfers")
    async with pool.connection() as connection:
        story = await views.story(connection, transfer)
        assert await views.story(connection, transfer + 1000) is None
    assert story is not None
    assert (story.transfer.fate, story.transfer.stage, story.transfer.state) == ("done", "poll", None)
    assert [event.stage for event in story.events] == ["normalise", "check", "sign", "verify", "poll"]
    assert [(package.state, package.members, package.live) for package in story.packages] == [("judged", 1, True)]
    assert [verdict.trang_thai for verdict in story.verdicts] == [1]


async def test_the_flow_counts_members_where_their_package_stands(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(*(record(pupil=f"{n}") for n in range(3))))
    await gather(pool, await carry(pool))
    await sealed(pool)
    await push(pool, vendor, batch(record(pupil="x")))
    async with pool.connection() as connection:
        flow = {(row.stage, row.state): (row.count, row.packages) for row in await views.flow(connection)}
    assert flow == {("deliver", "ready"): (3, 1), ("normalise", "ready"): (1, 0)}


async def test_failures_are_grouped_by_cause(pool: Pool, vendor: Sender) -> None:
    await push(pool, vendor, batch(*(record(pupil=f"{n}") for n in range(3))))
    first, second, third = await claim(pool)
    await write(pool, refused(first), refused(second), died(third))
    async with pool.connection() as connection:
        rows = await views.failed(connection)
        listed = await views.failed_transfers(connection, cause="rule:B10", before=None, limit=10)
    assert [(row.cause, row.count, row.fates) for row in rows] == [
        ("rule:B10", 2, ("refused",)),
        ("poison", 1, ("dead",)),
    ]
    assert [row.id for row in listed] == [second.id, first.id]


async def test_steering_is_shown(pool: Pool, vendor: Sender) -> None:
    async with pool.connection() as connection:
        await lanes.set_lane(connection, stage="deliver", destination="city", state="paused", why="bảo trì", by="test")
        seen = await views.lanes(connection, [stage.value for stage in Stage])
        (destination,) = await views.destinations(connection)
        assert await views.stopped_senders(connection) == []
        assert await views.alarms(connection) == []
        recent = await views.recent(connection)
    assert {row.stage: row.state for row in seen}["deliver"] == "paused"
    assert (destination.name, destination.breaker) == ("city", "closed")
    assert recent.submissions == 0


def test_each_way_to_break_a_rule_counts_for_itself() -> None:
    def told(message: str) -> dict[str, object]:
        words = {"message": {"vi": message, "en": message}, "remedy": {"vi": "Sửa.", "en": "Mend."}}
        return {"rule": "B07", "severity": "error", **words}

    advice = views.advice_of([[told("thiếu HTN"), told("thừa LSD")], [told("thiếu HTN"), told("thiếu HTN")]])
    assert [(way.message["vi"], way.count) for way in advice] == [("thiếu HTN", 2), ("thừa LSD", 1)]
