"""Every good record is accepted by the portal, and every named fault is what it says: the portal, which knows nothing of
how faults are made, refuses it; the school rules of TT 27 are not the portal's business.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.portal_client import City

from sandbox.faults import OFFICIAL
from sandbox.plans import Batch, Task, plan
from sandbox.pupils import write_batch
from sandbox.world import World

RULES_ONLY = {
    *("subject-missing", "subject-of-another-grade", "score-missing", "result-inconsistent"),
    *("completion-inconsistent", "primary-completion-too-early"),
}
EXPECTED = {
    **dict.fromkeys(OFFICIAL, "R01"),
    **dict.fromkeys((name for name, fault in OFFICIAL.items() if fault.place == "verify"), "R02"),
    "cccd-differs-from-data": "R02",
    "unsigned-slot": "R01",
    "wrong-school-certificate": "R03",
    "unapproved-certificate": "R03",
    "pupil-unknown-to-city": "R05",
    "second-unit-of-pupil": "R06",
    "duplicate-uuid-in-batch": "R04",
}


@pytest.fixture(scope="module")
def judging_city(world: World, tmp_path_factory: pytest.TempPathFactory, start_city: Callable[..., City]) -> City:
    return start_city(world.folder, tmp_path_factory.mktemp("city"))


def _send(city: City, world: World, batch: Batch, messageid: str) -> dict[str, dict[str, object]]:
    text, entries = write_batch(world, batch, seed=1)
    ack = city.submit(batch.school, messageid, text)
    assert ack["Error"] == "0", ack
    return city.verdicts(batch.school, messageid, len({entry.uuid for entry in entries}))


def test_good_records_are_accepted(judging_city: City, world: World) -> None:
    for turn, batch in enumerate(plan(world, seed=9, count=60, size=10, senders=["HOASEN"])):
        text, entries = write_batch(world, batch, seed=9)
        ack = judging_city.submit(batch.school, f"good-{turn}", text)
        assert ack["Error"] == "0", ack
        rows = judging_city.verdicts(batch.school, f"good-{turn}", len(entries))
        assert {uuid: row["error"] for uuid, row in rows.items()} == {entry.uuid: "0" for entry in entries}


@pytest.mark.parametrize("name", list(OFFICIAL))
def test_a_fault_is_refused_by_the_portal(judging_city: City, world: World, name: str) -> None:
    school = world.schools[0]
    number = 100_000 + 10 * list(OFFICIAL).index(name)
    room = next(room.name for room in school.classes if room.grade in OFFICIAL[name].grades)
    bad = [Task(number, school.code, room, name)]
    if OFFICIAL[name].pair == "same-uuid":
        bad.append(Task(number + 1, school.code, room, name, uuid_of=number))
    if OFFICIAL[name].pair == "same-pupil":
        bad = [Task(number, school.code, room), Task(number, school.code, room, name, uuid_of=number + 1)]
    good = Task(number + 2, school.code, room)
    batch = Batch("b.xml", "HOASEN", school.code, "official", (*bad, good))
    text, entries = write_batch(world, batch, seed=1)
    assert judging_city.submit(school.code, f"fault-{name}", text)["Error"] == "0"
    expected = "0" if name in RULES_ONLY else EXPECTED[name]
    judging_city.verdicts(school.code, f"fault-{name}", len({entry.uuid for entry in entries}))
    rows = judging_city.result(school.code, f"fault-{name}")["data"]
    assert rows[-1]["error"] == "0", "one bad record spoils its package"
    assert rows[len(bad) - 1]["error"] == expected, rows[len(bad) - 1]
    if expected != "0":
        assert rows[len(bad) - 1]["error_field_title"]
        assert rows[len(bad) - 1]["error_description"]


def test_a_tampered_list_breaks_the_transaction_signature(judging_city: City, world: World, tmp_path: Path) -> None:
    (batch,) = plan(world, seed=11, count=2, schools=[world.schools[0].code])
    text, _ = write_batch(world, batch, seed=11)
    ack = judging_city.submit(batch.school, "tampered-list", text.replace(b"<DAN_TOC>", b"<DAN_TOC> ", 1))
    assert ack["Error"] == "E05"
