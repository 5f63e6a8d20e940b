"""Each stage against a real ledger and a real portal: what passes, what stops, and who is told."""

from collections.abc import Callable, Sequence

from support.portal_client import City
from support.stages import Line

from connectors.arrivals import Arrival
from ledger import dispatch, feeds, lanes, reprocess, returns
from ledger.states import Stage
from routes import returning
from sandbox.faults import OFFICIAL, Fault
from sandbox.saokhue_faults import SAOKHUE, JsonFault

Generate = Callable[..., Arrival]

OWN, JSON = "HOASEN", "SAOKHUE"


async def test_a_signed_batch_is_approved_record_by_record(line: Line, city: City, generate: Generate) -> None:
    receipt = await line.push(OWN, generate(numbers=range(8)))
    await line.settle()
    assert {fate for fate, _, _ in (await line.fates()).values()} == {"done"}
    accepted = {row["uuid"] for row in city.admin("/records")["records"]}
    assert accepted == {each.uuid for each in receipt.lines}
    assert await line.rows("select count(*) from work") == [(0,)]


async def test_the_story_says_how_each_signature_stood(line: Line, generate: Generate) -> None:
    await line.push(OWN, generate(numbers=range(2), faults=[None, "unapproved-certificate"]))
    await line.settle()
    rows = await line.rows(
        "select t.fate, e.fate, e.detail from events e join transfers t on t.id = e.transfer_id"
        " where e.stage = 'verify' order by t.fate"
    )
    (good_fate, passed, good), (bad_fate, refused, bad) = rows
    assert (good_fate, passed, bad_fate, refused) == ("done", "done", "refused", "refused")
    verdict = good["verdict"]
    assert (verdict["indication"], verdict["policy"], verdict["not_checked"]) == ("TOTAL-PASSED", "hcmc", ["S07"])
    assert len(verdict["trust"]) == len(verdict["registry"]) == 8
    assert [slot["slot"] for slot in verdict["slots"]] == ["GVCN", "CBQL", "KY_PHAT_HANH"]
    assert {slot["indication"] for slot in verdict["slots"]} == {"TOTAL-PASSED"}
    seal = bad["verdict"]["slots"][-1]
    assert (seal["indication"], seal["sub"], seal["cause"], seal["step"]) == (
        "INDETERMINATE",
        "SIG_CONSTRAINTS_FAILURE",
        "certificate-not-approved",
        10,
    )
    assert "CN=" not in str(rows)


async def test_a_changed_registry_shows_on_what_is_judged_after_it(line: Line, generate: Generate) -> None:
    await line.push(OWN, generate(numbers=range(1)))
    await line.settle()
    async with line.pool.connection() as connection:
        await connection.execute("update approved_certificates set valid_to = valid_to - interval '1 second'")
    await line.push(OWN, generate(numbers=range(1, 2)))
    await line.settle()
    rows = await line.rows("select detail -> 'verdict' from events where stage = 'verify' order by transfer_id")
    first, second = (verdict for (verdict,) in rows)
    assert first["trust"] == second["trust"]
    assert first["registry"] != second["registry"]


async def test_what_records_are_signed_with_is_counted_by_school_and_slot(line: Line, generate: Generate) -> None:
    await line.push(OWN, generate(numbers=range(3), faults=[None, None, "unapproved-certificate"]))
    await line.settle()
    rows = await line.rows(
        "select s.role, c.holder, count(*)::int, sum(s.records)::int, bool_and(c.der is not null)"
        " from certificates_seen s join certificates c using (sha256) group by 1, 2 order by 1"
    )
    seen = {role: (holder, certificates, records, told) for role, holder, certificates, records, told in rows}
    assert seen["KY_PHAT_HANH"] == ("institution", 2, 3, True)
    assert seen["CBQL"][0] == "person"
    assert seen["CBQL"][2] == seen["GVCN"][2] == 3


async def test_a_batch_that_passes_whole_goes_on_octet_for_octet(line: Line, city: City, generate: Generate) -> None:
    await line.push(OWN, generate(numbers=range(4)))
    await line.settle()
    assert await line.rows("select seal, state, members from packages") == [("pass-through", "judged", 4)]


async def test_unsigned_vendor_records_are_written_sealed_and_approved(
    line: Line, city: City, generate: Generate
) -> None:
    receipt = await line.push(JSON, generate(2, numbers=range(6)))
    await line.settle()
    assert {fate for fate, _, _ in (await line.fates()).values()} == {"done"}, await line.fates()
    accepted = {row["uuid"] for row in city.admin("/records")["records"]}
    assert accepted == {each.uuid for each in receipt.lines}


async def test_a_refused_record_leaves_its_batch_to_the_intermediary_seal(
    line: Line, city: City, generate: Generate
) -> None:
    await line.push(OWN, generate(numbers=range(5), faults=[None, "score-out-of-range"]))
    await line.settle()
    fates = list((await line.fates()).values())
    assert sorted(fate for fate, _, _ in fates) == ["done", "done", "done", "done", "refused"]
    seals = await line.rows("select seal, state, members from packages where state = 'judged'")
    assert seals == [("intermediary", "judged", 4)]
    assert len(city.admin("/records")["records"]) == 4


def _numbers(faults: Sequence[Fault | JsonFault]) -> list[int]:
    """A pupil for each fault, in a grade in which it can be made; the sandbox's classes repeat every ten numbers."""
    return [
        next(n for n in range(turn * 10, turn * 10 + 10) if n % 10 // 2 + 1 in fault.grades)
        for turn, fault in enumerate(faults)
    ]


async def test_every_fault_of_an_official_record_is_refused_where_it_should_be(line: Line, generate: Generate) -> None:
    faults = [fault for fault in OFFICIAL.values() if fault.place in ("check", "verify") and not fault.pair]
    await line.push(OWN, generate(numbers=_numbers(faults), faults=[fault.name for fault in faults]))
    await line.settle()
    rows = await line.rows(
        "select r.line, t.fate, t.stage, t.findings from transfers t join records r on r.id = t.record_id order by r.line"
    )
    ends = {faults[place].name: (fate, stage) for place, fate, stage, _ in rows}
    first_known = {"unknown-version": "normalise"}
    assert ends == {fault.name: ("refused", first_known.get(fault.name, fault.place)) for fault in faults}
    for place, _, _, findings in rows:
        assert findings, faults[place].name
        assert all(finding["message"]["vi"] and finding["remedy"]["vi"] for finding in findings)


async def test_every_fault_of_a_vendors_record_stops_before_the_city_approves(
    line: Line, city: City, generate: Generate
) -> None:
    faults = list(SAOKHUE.values())
    receipt = await line.push(JSON, generate(2, numbers=_numbers(faults), faults=[fault.name for fault in faults]))
    await line.settle()
    ends = await line.rows("select r.line, t.fate, t.stage from transfers t join records r on r.id = t.record_id")
    found = {faults[place].name: (fate, stage) for place, fate, stage in ends}
    for name, each in zip([fault.name for fault in faults], receipt.lines, strict=True):
        if each.status == "refused":
            assert each.findings, name
            found[name] = ("refused", "door")
    wanted = {"sign": {("held", "sign")}, "city": {("refused", "poll")}}
    early = {("refused", stage) for stage in ("door", "normalise", "check")}
    assert {name: end for name, end in found.items() if end not in wanted.get(SAOKHUE[name].place, early)} == {}
    assert found.keys() == SAOKHUE.keys()
    assert city.admin("/records")["records"] == []


async def test_a_missing_key_holds_the_record_and_a_retry_finds_it_signed(line: Line, generate: Generate) -> None:
    await line.push(JSON, generate(2, numbers=[0], faults=["teacher-without-key"]))
    await line.settle()
    ((fate, stage, cause),) = (await line.fates()).values()
    assert (fate, stage) == ("held", "sign")
    assert cause.startswith("seal-key-missing")
    async with line.pool.connection() as connection:
        told = await reprocess.retry(connection, cause=cause, dry_run=True, by="test")
    assert told.retried == 1
    assert (await line.fates()).popitem()[1][0] == "held"


async def test_a_lost_reply_is_asked_about_and_nothing_is_sent_twice(
    line: Line, city: City, generate: Generate
) -> None:
    await line.push(OWN, generate(numbers=range(3)))
    await line.step(Stage.NORMALISE, Stage.PACK)
    city.admin("/faults", lost_reply_rate=1.0)
    await line.settle()
    city.admin("/faults", lost_reply_rate=0.0)
    assert {fate for fate, _, _ in (await line.fates()).values()} == {"done"}
    assert len(city.admin("/messages")["messages"]) == 1
    assert "messageid-again" not in city.admin("/state")["calls"]


async def test_a_destination_that_is_down_opens_its_breaker_and_is_forgiven(
    line: Line, city: City, generate: Generate
) -> None:
    city.admin("/faults", down=True)
    await line.push(OWN, generate(numbers=range(3)))
    for _ in range(8):
        await line.step(*Stage)
        await line.rows("update work set due_at = now() where state = 'waiting' returning id")
    async with line.pool.connection() as connection:
        (breaker,) = await lanes.breakers(connection)
    assert breaker.state == "open"
    city.admin("/faults", down=False)
    await line.rows("update work set due_at = now() where state = 'waiting' returning id")
    await line.settle()
    async with line.pool.connection() as connection:
        (breaker,) = await lanes.breakers(connection)
    assert breaker.state == "closed"
    assert {fate for fate, _, _ in (await line.fates()).values()} == {"done"}


async def test_a_package_refused_whole_is_halved_until_each_stands_alone(
    line: Line, city: City, generate: Generate
) -> None:
    city.admin("/faults", refuse_package_rate=1.0)
    await line.push(OWN, generate(numbers=range(3)))
    await line.settle(rounds=100)
    fates = (await line.fates()).values()
    assert {(fate, cause) for fate, _, cause in fates} == {("dead", "package-refused:E04")}
    assert city.admin("/records")["records"] == []


async def test_foreign_and_double_verdicts_are_alarms_and_nothing_else(
    line: Line, city: City, generate: Generate
) -> None:
    city.admin("/faults", foreign_verdicts=True, duplicate_verdicts=True, shuffled_verdicts=True)
    await line.push(OWN, generate(numbers=range(4)))
    await line.settle()
    assert {fate for fate, _, _ in (await line.fates()).values()} == {"done"}
    assert await line.rows("select distinct kind from alarms") == [("verdict-foreign",)]
    assert await line.rows("select count(*) from outcomes") == [(4,)]


async def test_a_schools_broken_batch_seal_refuses_its_batch_in_clear_words(
    line: Line, city: City, generate: Generate
) -> None:
    arrival = generate(numbers=range(3))
    last = arrival.gaps[-1].replace(b"<ds:SignatureValue>", b"<ds:SignatureValue>AAAA", 1)
    last = last.replace(b"<SignatureValue>", b"<SignatureValue>AAAA", 1)
    broken = Arrival(arrival.format, arrival.items, (*arrival.gaps[:-1], last))
    await line.push(OWN, broken)
    await line.settle()
    fates = (await line.fates()).values()
    assert {(fate, stage) for fate, stage, _ in fates} == {("refused", "pack")}
    assert {cause.partition(":")[0] for _, _, cause in fates} == {"transaction-signature"}
    ((findings,),) = await line.rows("select findings from transfers limit 1")
    assert findings[0]["message"]["vi"]
    assert city.admin("/messages")["messages"] == []


async def test_returned_records_reach_the_school_and_are_acknowledged_once_confirmed(
    line: Line, city: City, generate: Generate
) -> None:
    await line.push(OWN, generate(numbers=[8, 18]))
    await line.settle()
    uuids = [row["uuid"] for row in city.admin("/records")["records"]]
    assert len(uuids) == 2
    school = (await line.rows("select code from units where level = 'THCS' and kind = 'school'"))[0][0]
    ordered = city.admin("/returns", ma_truong_den=school, count=2)["bundles"]
    assert len(ordered) == 2
    while await returning.collect(line.tools, "city", line.tools.portals["city"]):
        pass
    await line.settle()
    async with line.pool.connection() as connection:
        await dispatch.number_feeds(connection)
    receiver = await line.sender("CANHDIEU")
    async with line.pool.connection() as connection:
        page = await feeds.inbox(connection, sender_id=receiver.id, after=0, limit=10)
        assert {record.uuid for item in page.rows for record in item.records} == set(uuids)
        assert city.admin("/returns")["receipts"] == []
        for item in page.rows:
            await returns.confirm(connection, sender=receiver, bundle_id=item.bundle, received=True, reason="")
    await line.settle()
    assert sorted(each["trang_thai"] for each in city.admin("/returns")["receipts"]) == [1, 1]
