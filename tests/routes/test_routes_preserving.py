"""A day's evidence against a real ledger and an authority in its own process: each once, whatever dies or is away."""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError
from support.evidence import BOTH
from support.stages import Line
from support.tsa import Tsa, stamping_world
from support.verified import enter_verified

from connectors.arrivals import Arrival
from connectors.tsa import TimestampDown, Timestampers, TimestampSettings
from ledger import evidence
from ledger.database import Pool
from ledger.evidence import StandingMoved, tasks
from routes import way
from routes.preserving import Built, Means, build, closed, found_due, one_round, renew, waiting
from routes.preserving.planting import plant
from routes.signing_settings import EvidenceSettings
from routes.stamping import Stamper
from schemas.algorithms import TT_15_2025
from signing.evidence import HashTree, Syntax, chains_of, verify_evidence, write_record

NOON = datetime(2026, 6, 1, 5, tzinfo=UTC)
DAY, UNTIL = date(2026, 6, 1), datetime(2026, 6, 1, 17, tzinfo=UTC)
OCTETS = [f'<HOC_BA id="hb-{number}"><A  x="1"/></HOC_BA>'.encode() for number in range(7)]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tsa]:
    tsa = Tsa(stamping_world(tmp_path_factory.mktemp("tsa")))
    tsa.start()
    yield tsa
    tsa.stop()


@pytest.fixture
async def keeper(pool: Pool, authority: Tsa) -> AsyncIterator[Means]:
    authority.press()
    async with Timestampers(TimestampSettings(urls=(authority.url("/ec"),))) as client:
        yield Means(pool, EvidenceSettings(), Stamper(client, authority.trust))


@pytest.fixture
async def impatient(pool: Pool, authority: Tsa) -> AsyncIterator[Means]:
    """For what gets no timestamp anyway."""
    async with Timestampers(TimestampSettings(urls=(authority.url("/ec"),), patience_seconds=0.2)) as client:
        yield Means(pool, EvidenceSettings(), Stamper(client, authority.trust))


async def rows(pool: Pool, query: str) -> list[tuple[object, ...]]:
    async with pool.connection() as connection:
        return list(await (await connection.execute(query.encode())).fetchall())


async def built(means: Means, *, until: datetime) -> Built | None:
    """The one tree that was built; None where there was nothing to build."""
    found = [each async for each in build(means, until=until)]
    assert len(found) < 2
    return found[0] if found else None


async def pass_a_week(pool: Pool) -> None:
    await rows(pool, "update evidence_trees set stamped_at = stamped_at - interval '8 days' returning 1")


async def verdicts(keeper: Means, authority: Tsa, *, xml: bool = True) -> list[bool]:
    """Whether the evidence of every stored octets holds, in every syntax."""
    found = []
    async with keeper.pool.connection() as connection:
        for day in await evidence.days(connection):
            steps = await evidence.steps_of(connection, day.id)
            trees = [(each.chain, HashTree.of(each.leaves, each.algorithm), each.token) for each in steps]
            for stored in await evidence.under(connection, day.id):
                for syntax in BOTH if xml else (Syntax.ASN1,):
                    record = write_record(syntax, chains_of(syntax, stored.octets, trees))
                    told = verify_evidence(record, data=stored.octets, trust=authority.trust, suites=keeper.suites)
                    found.append(told.passed)
    return found


async def test_what_waits_is_counted_as_it_is_listed(pool: Pool) -> None:
    await enter_verified(pool, OCTETS[:3], at=NOON)
    await enter_verified(pool, OCTETS[2:5], at=NOON + timedelta(days=1))
    async with pool.connection() as connection:
        listed = await evidence.wanting(connection, before=UNTIL + timedelta(days=1), since=None)
        counted = await evidence.wanting_by_day(connection, before=UNTIL + timedelta(days=1), since=None)
    assert counted == {DAY: 3, DAY + timedelta(days=1): 2}
    assert counted == Counter(each.day for each in listed)


async def test_each_verified_record_once_under_one_timestamp(keeper: Means, authority: Tsa) -> None:
    before = authority.count()
    await enter_verified(keeper.pool, OCTETS[:4], at=NOON)
    await enter_verified(keeper.pool, OCTETS[:1], at=NOON)  # the same octets once more
    await enter_verified(keeper.pool, OCTETS[4:5], at=NOON, fate="refused")
    await enter_verified(keeper.pool, OCTETS[5:6], at=UNTIL + timedelta(seconds=1))
    tree = await built(keeper, until=UNTIL)
    assert tree is not None
    assert tree.records == 4
    assert authority.count() == before + 1
    assert await rows(keeper.pool, "select count(*), count(distinct sha256) from evidence_leaves") == [(4, 4)]
    assert await rows(keeper.pool, "select leaf_count from evidence_trees") == [(8,)]  # octets and canonical forms
    assert await verdicts(keeper, authority) == [True] * 8
    assert await built(keeper, until=UNTIL) is None
    assert authority.count() == before + 1


async def test_what_comes_late_joins_the_next_tree(keeper: Means, authority: Tsa) -> None:
    await enter_verified(keeper.pool, OCTETS[:2], at=NOON)
    await built(keeper, until=UNTIL)
    await enter_verified(
        keeper.pool, OCTETS[2:3], at=NOON + timedelta(hours=1)
    )  # written down after its day was closed
    await enter_verified(keeper.pool, OCTETS[3:5], at=NOON + timedelta(days=1))
    tree = await built(keeper, until=UNTIL + timedelta(days=1))
    assert tree is not None
    assert tree.records == 3
    assert await verdicts(keeper, authority) == [True] * 10


async def enter_days(pool: Pool, count: int) -> None:
    for number in range(count):
        await enter_verified(pool, OCTETS[2 * number : 2 * number + 2], at=NOON + timedelta(days=2 * number))


async def test_every_missed_day_has_a_tree_of_its_own(keeper: Means, authority: Tsa) -> None:
    await enter_days(keeper.pool, 3)
    before, last = authority.count(), UNTIL + timedelta(days=9)
    assert {day.day: len(members) for day, members in (await waiting(keeper, until=last)).items()} == {1: 2, 3: 2, 5: 2}
    found = []
    async for each in build(keeper, until=last):
        found.append(each)
        break  # the process ends here
    found += [each async for each in build(keeper, until=last)]
    assert [(each.day, each.records) for each in found] == [(DAY + timedelta(days=days), 2) for days in (0, 2, 4)]
    assert authority.count() == before + 3
    assert await verdicts(keeper, authority) == [True] * 12
    async with keeper.pool.connection() as connection:
        assert (await tasks.task(connection, "build")).done_until == last


async def test_missed_days_become_one_tree_where_that_is_asked(keeper: Means, authority: Tsa) -> None:
    await enter_days(keeper.pool, 3)
    before = authority.count()
    (each,) = [each async for each in build(keeper, until=UNTIL + timedelta(days=4), together=True)]
    assert (each.day, each.records, authority.count()) == (DAY + timedelta(days=4), 6, before + 1)


async def test_each_profile_has_the_evidence_that_the_settings_choose(keeper: Means, authority: Tsa) -> None:
    await enter_verified(keeper.pool, OCTETS[:6], at=NOON)
    for number, profile in enumerate(("hbs-2/primary", "hbs-2/secondary", "xa"), start=1):
        await rows(keeper.pool, f"update records set profile = '{profile}' where id % 6 = {number} returning 1")
    named = {"hbs-1.0": "both", "hbs-2/primary": "er", "hbs-2/secondary": "ers", "*": "none"}
    keeper.settings = EvidenceSettings.model_validate({"profiles": named})
    tree = await built(keeper, until=UNTIL)
    assert tree is not None
    assert tree.records == 5
    # Three records of hbs-1.0 have two leaves, one of each level of hbs-2 has one.
    assert await rows(keeper.pool, "select leaf_count from evidence_trees") == [(8,)]
    # What was passed by is found when it is chosen later, and asked for.
    later = UNTIL + timedelta(days=9)
    assert await built(keeper, until=later) is None
    keeper.settings = EvidenceSettings()
    assert await built(keeper, until=later) is None
    (late,) = [each async for each in build(keeper, until=later, since=NOON - timedelta(days=1))]
    assert (late.day, late.records) == (DAY, 1)


async def test_where_nothing_is_chosen_what_was_built_is_still_renewed(keeper: Means) -> None:
    await enter_verified(keeper.pool, OCTETS, at=NOON)
    await built(keeper, until=UNTIL)
    await pass_a_week(keeper.pool)
    keeper.settings = EvidenceSettings(profiles={"*": "none"}, renew_days=3650)
    await one_round(keeper)
    assert await rows(keeper.pool, "select kind from evidence_trees order by id") == [("records",), ("renewal",)]


def test_a_profile_that_is_none_is_told() -> None:
    with pytest.raises(ValidationError, match="hbs-1,0"):
        EvidenceSettings(profiles={"hbs-1,0": "both"})


@pytest.mark.parametrize(
    ("settings", "profile", "syntaxes"),
    [
        ({}, "hbs-1.0", BOTH),
        ({"xml": False}, "hbs-1.0", (Syntax.ASN1,)),
        ({"profiles": {"*": "none"}}, "hbs-1.0", ()),
        ({"profiles": {"*": "none", "hbs-1.0": "ers"}}, "hbs-1.0", (Syntax.XML,)),
        ({"xml": False, "profiles": {"hbs-1.0": "both"}}, "hbs-2/primary", (Syntax.ASN1,)),
    ],
)
def test_syntaxes_by_profile(settings: dict[str, object], profile: str, syntaxes: tuple[Syntax, ...]) -> None:
    assert EvidenceSettings.model_validate(settings).syntaxes(profile) == syntaxes


async def test_records_that_went_through_the_stages(
    line: Line, keeper: Means, generate: Callable[..., Arrival]
) -> None:
    await line.push("HOASEN", generate(numbers=[1, 2, 3]))
    await line.step(*way.ORDER)
    tree = await built(keeper, until=datetime.now(UTC) + timedelta(minutes=1))
    assert tree is not None
    verified = await rows(
        keeper.pool,
        "select distinct coalesce(r.official_sha256, r.received_sha256) from records r join transfers t on"
        " t.record_id = r.id join events e on e.transfer_id = t.id and e.stage = 'verify' and e.fate = 'done' order by 1",
    )
    assert tree.records == len(verified) > 0
    assert await rows(keeper.pool, "select sha256 from evidence_leaves order by 1") == verified


async def test_without_the_xml_form_nothing_is_read_again(keeper: Means, authority: Tsa) -> None:
    await enter_verified(keeper.pool, OCTETS, at=NOON)
    keeper.settings = keeper.settings.model_copy(update={"xml": False})
    await built(keeper, until=UNTIL)
    [(root, count)] = await rows(keeper.pool, "select root, leaf_count from evidence_trees")
    assert (root, count) == (HashTree.of([hashlib.sha256(each).digest() for each in OCTETS], "sha256").root, 7)
    assert await verdicts(keeper, authority, xml=False) == [True] * 7


@pytest.mark.parametrize("button", [{"error": 503}, {"wrong_imprint": True}, {"holder": "foreign"}, {"tampered": True}])
async def test_without_a_timestamp_nothing_is_written(
    keeper: Means, impatient: Means, authority: Tsa, button: dict[str, object]
) -> None:
    await enter_verified(keeper.pool, OCTETS, at=NOON)
    authority.press(**button)
    with pytest.raises(TimestampDown):
        await built(impatient, until=UNTIL)
    assert await rows(keeper.pool, "select count(*) from evidence_trees") == [(0,)]
    authority.press()
    tree = await built(keeper, until=UNTIL)
    assert tree is not None
    assert tree.records == len(OCTETS)


async def test_an_authority_that_is_away_is_waited_for_and_told_of_once(
    keeper: Means, impatient: Means, authority: Tsa
) -> None:
    impatient.settings = EvidenceSettings(retry_delays_seconds=(0.0,), alarm_seconds=0.01)
    await enter_verified(keeper.pool, OCTETS, at=NOON)
    authority.press(error=503)
    for _ in range(3):
        await one_round(impatient)
    async with keeper.pool.connection() as connection:
        task = await tasks.task(connection, "build")
    assert (task.cause, task.tries, task.alarmed) == ("timestamp-down", 3, True)
    assert await rows(keeper.pool, "select kind, detail->>'task' from alarms") == [("evidence-waiting", "build")]
    impatient.settings = EvidenceSettings(retry_delays_seconds=(3600.0,))
    await one_round(impatient)
    authority.press()
    await one_round(keeper)  # not due yet
    assert await rows(keeper.pool, "select count(*) from evidence_trees") == [(0,)]
    await rows(keeper.pool, "update evidence_work set due_at = now() returning 1")
    await one_round(keeper)
    assert await rows(keeper.pool, "select count(*) from evidence_leaves") == [(len(OCTETS),)]
    async with keeper.pool.connection() as connection:
        task = await tasks.task(connection, "build")
    assert (task.cause, task.tries, task.alarmed, task.failing_since) == ("", 0, False, None)


async def test_one_keeper_at_a_time(keeper: Means, authority: Tsa) -> None:
    await enter_verified(keeper.pool, OCTETS, at=NOON)
    before = authority.count()
    async with keeper.pool.connection() as guard, evidence.alone(guard) as mine:
        assert mine
        await one_round(keeper)
    assert authority.count() == before
    await one_round(keeper)
    await one_round(keeper)
    assert authority.count() == before + 1


async def test_renewed_before_the_certificate_ends(keeper: Means, authority: Tsa) -> None:
    for number in range(3):
        await enter_verified(keeper.pool, OCTETS[number : number + 1], at=NOON + timedelta(days=number))
        await built(keeper, until=UNTIL + timedelta(days=number))
    assert await renew(keeper) == 0
    keeper.settings = keeper.settings.model_copy(update={"renew_days": 3650})
    assert await renew(keeper) == 0  # the authority has just been asked
    await pass_a_week(keeper.pool)
    before = authority.count()
    assert await renew(keeper) == 3
    assert authority.count() == before + 1  # one timestamp over the three of them
    assert await rows(keeper.pool, "select series_id, chain, number from evidence_timestamps order by 1, 2, 3") == [
        (series, 1, number) for series in (1, 2, 3) for number in (1, 2)
    ]
    # Each covered token carries the revocation data of its day now.
    assert all(
        int(str(size)) > 1500
        for (size,) in await rows(keeper.pool, "select length(token) from evidence_trees where id < 4")
    )
    assert await verdicts(keeper, authority) == [True] * 6
    await pass_a_week(keeper.pool)
    assert await renew(keeper) == 1  # the one that all rest on now
    assert await verdicts(keeper, authority) == [True] * 6


async def test_hashed_anew_before_the_hash_ages(keeper: Means, authority: Tsa) -> None:
    for number in range(2):
        await enter_verified(keeper.pool, OCTETS[number * 3 : number * 3 + 3], at=NOON + timedelta(days=number))
        await built(keeper, until=UNTIL + timedelta(days=number))
    keeper.settings = keeper.settings.model_copy(update={"renew_days": 3650})
    await pass_a_week(keeper.pool)
    await renew(keeper)
    soon = (datetime.now(UTC) + timedelta(days=30)).date()
    methods = frozenset({"ecdsa-sha256", "ecdsa-sha512"})
    keeper.suites = [
        replace(TT_15_2025, signatures=methods, until=soon),
        replace(TT_15_2025, signatures=methods, digests=frozenset({"sha384", "sha512"})),
    ]
    keeper.settings = EvidenceSettings(algorithm="sha512", renew_days=90)
    found = await found_due(keeper)
    assert (len(found.renewals), len(found.rehashes)) == (0, 1)  # one timestamp over two days
    assert await renew(keeper) == 1
    assert await rows(
        keeper.pool,
        "select e.series_id, e.chain, e.number, t.algorithm from evidence_timestamps e join evidence_trees t"
        " on t.id = e.tree_id order by 1, 2, 3",
    ) == [
        (series, chain, number, algorithm)
        for series in (1, 2)
        for chain, number, algorithm in ((1, 1, "sha256"), (1, 2, "sha256"), (2, 1, "sha512"))
    ]
    assert await verdicts(keeper, authority) == [True] * 12
    assert (await found_due(keeper)).rehashes == ()


async def test_what_is_covered_already_is_not_covered_beside_it(keeper: Means) -> None:
    await enter_verified(keeper.pool, OCTETS, at=NOON)
    await built(keeper, until=UNTIL)
    keeper.settings = keeper.settings.model_copy(update={"renew_days": 3650})
    async with keeper.pool.connection() as connection:
        standings = await evidence.standings(connection)
    await pass_a_week(keeper.pool)
    assert await renew(keeper) == 1
    planted = await plant(keeper, "renewal", HashTree.of([b"x" * 32], "sha256"))
    async with keeper.pool.connection() as connection:
        with pytest.raises(StandingMoved):
            await evidence.write_renewal(connection, planted, standings, enriched=())
    assert await rows(keeper.pool, "select count(*) from evidence_trees") == [(2,)]


@pytest.mark.parametrize(
    ("now", "hour", "day", "until"),
    [
        ("2026-06-02T01:30:00+07:00", 1, "2026-06-01", "2026-06-02T00:00:00+07:00"),
        ("2026-06-02T00:30:00+07:00", 1, "2026-05-31", "2026-06-01T00:00:00+07:00"),
        ("2026-06-01T17:00:00+00:00", 0, "2026-06-01", "2026-06-02T00:00:00+07:00"),
    ],
)
def test_a_day_is_over_at_midnight_in_vietnam(now: str, hour: int, day: str, until: str) -> None:
    found = closed(datetime.fromisoformat(now), hour)
    assert found == (date.fromisoformat(day), datetime.fromisoformat(until))
