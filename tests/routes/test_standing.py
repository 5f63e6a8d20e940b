"""A second record of a pupil's year is refused while the first is in force; after the freeze records wait for a person."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from support.portal_client import City
from support.stages import Line

from connectors.arrivals import Arrival
from ledger import reprocess
from routes import way
from routes.check_settings import CampaignSettings, CheckSettings, SeveritySettings

Generate = Callable[..., Arrival]
OWN = "HOASEN"
YESTERDAY = datetime.now(UTC).date() - timedelta(days=2)


async def second_of(line: Line, generate: Generate) -> str:
    """The pupil of number 3 once more, under another UUID."""
    receipt = await line.push(OWN, generate(numbers=[3], seed=2))
    uuid = receipt.lines[0].uuid
    await line.rows(
        "update transfers set sequence_id = (select min(sequence_id) from transfers) where record_id ="
        " (select id from records where uuid = %s::uuid) returning 1",
        uuid,
    )
    return uuid


async def test_a_second_record_is_refused_while_the_first_is_in_force(
    line: Line, city: City, generate: Generate
) -> None:
    first = (await line.push(OWN, generate(numbers=[3]))).lines[0].uuid
    await line.settle()
    second = await second_of(line, generate)
    await line.settle()
    assert (await line.fates())[second] == ("refused", "check", "rule:B03")
    [(findings,)] = await line.rows(
        "select t.findings from transfers t join records r on r.id = t.record_id where r.uuid = %s::uuid", second
    )
    assert [(each["rule"], each["seen"]) for each in findings if each["severity"] == "error"] == [("B03", first)]
    assert [row["uuid"] for row in city.admin("/records")["records"]] == [first]


async def test_once_the_first_is_recalled_the_second_goes_on(line: Line, generate: Generate) -> None:
    first = (await line.push(OWN, generate(numbers=[3]))).lines[0].uuid
    await line.settle()
    await line.rows(
        "insert into transfers (id, kind, destination, record_id, sender_id, unit_id, position, fate, stage)"
        " select nextval('ids'), 'recall', t.destination, t.record_id, t.sender_id, t.unit_id, nextval('positions'),"
        " 'done', 'poll' from transfers t join records r on r.id = t.record_id where r.uuid = %s::uuid returning 1",
        first,
    )
    second = await second_of(line, generate)
    await line.step(*way.ORDER)
    assert (await line.rows("select stage from work where kind = 'record'")) == [("pack",)]
    assert (await line.fates())[second][0] == "open"


def campaign(**days: date) -> CheckSettings:
    return CheckSettings(campaigns=(CampaignSettings(name="2025-2026", school_year="2025-2026", **days),))


class TestFrozen:
    """Hubs whose campaign ended two days ago."""

    @pytest.fixture
    def check(self) -> CheckSettings:
        return campaign(freeze=YESTERDAY, summer_freeze=YESTERDAY)

    async def test_a_late_record_waits_and_an_approver_lets_it_go(self, line: Line, generate: Generate) -> None:
        uuid = (await line.push(OWN, generate(numbers=[3]))).lines[0].uuid
        await line.settle()
        assert (await line.fates())[uuid] == ("held", "check", "frozen")
        async with line.pool.connection() as connection:
            await reprocess.retry(connection, cause="frozen", dry_run=False, by="staff")
        await line.settle()
        assert (await line.fates())[uuid][0] == "done"


class TestBetweenFreezes:
    """The summer's freeze is still to come: first records may be those of pupils who were judged again."""

    @pytest.fixture
    def check(self) -> CheckSettings:
        return campaign(freeze=YESTERDAY, summer_freeze=datetime.now(UTC).date() + timedelta(days=2))

    async def test_a_first_record_still_goes(self, line: Line, generate: Generate) -> None:
        uuid = (await line.push(OWN, generate(numbers=[3]))).lines[0].uuid
        await line.settle()
        assert (await line.fates())[uuid][0] == "done"


class TestWeights:
    """What the settings say of a rule's weight holds in the hub."""

    @pytest.fixture
    def check(self) -> CheckSettings:
        return CheckSettings(severities=(SeveritySettings(rule="B10", weight="warning", why="TT 27/2020 Điều 8"),))

    async def test_a_rule_that_is_turned_down_lets_the_record_go(self, line: Line, generate: Generate) -> None:
        await line.push(OWN, generate(numbers=[3, 5], faults=["result-inconsistent", "score-decimal"]))
        await line.settle()
        rows = await line.rows(
            "select r.line, t.fate, t.findings from transfers t join records r on r.id = t.record_id order by r.line"
        )
        assert [fate for _, fate, _ in rows] == ["done", "refused"]
        assert [(each["rule"], each["severity"]) for each in rows[0][2]] == [("B10", "warning")]


@pytest.mark.parametrize(
    ("replaces", "last"), [(True, date(2026, 6, 30)), (False, date(2026, 8, 15))], ids=["replacement", "first"]
)
def test_the_freeze_is_the_laws_unless_the_campaign_says(replaces: bool, last: date) -> None:
    whole = CampaignSettings(name="x", school_year="2025-2026")
    assert whole.last_day(replaces=replaces) == last
    assert whole.holds_for("2025-2026", 5)
    assert whole.holds_for("2025-2026", None)
    assert not whole.holds_for("2024-2025", 5)
    fifth = CampaignSettings(name="x", school_year="2025-2026", grades=frozenset({5}), freeze=date(2026, 6, 1))
    assert not fifth.holds_for("2025-2026", 4)
    assert fifth.last_day(replaces=True) == date(2026, 6, 1)
