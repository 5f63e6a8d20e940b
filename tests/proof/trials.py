"""Directed runs for planted bugs: with the bug the checker must object, without it the same events must pass.

Each trial brings about the one situation in which its bug does harm; `docs/proof.md` tells the stories.
"""

import json
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sandbox.plans import Task, make_draft
from tests.proof.engines import Engines
from tests.proof.holders import DELEGATING
from tests.proof.house import House
from tests.proof.material import Material
from tests.proof.run import Report, judge, settle
from tests.support.kafka import wait_until

VENDOR = "HOASEN"


@dataclass(frozen=True, slots=True)
class Trial:
    """One situation."""

    bug: str
    """as `ledger.crash.planted` names it"""
    play: Callable[[House, Material], None]
    """brings it about; opens the house itself"""
    objection: str
    """what the checker must say, with the bug; empty: the hub is immune, and nothing may be said"""


def undergo(engines: Engines, trial: Trial, *, planted: bool) -> Report:
    """Play a trial, with or without its bug, and judge it."""
    began = time.monotonic()
    name = f"{trial.bug}{'' if planted else '-absent'}"
    house = House(engines, engines.world(), name=name, seed=1)
    if planted:
        house.set(HOCBA_PLANTED_BUGS=trial.bug)
    try:
        unfired = _play(trial, house)
        settle(house, seconds=25 if planted else 60)
        report = judge(house, name=name)
        report.unfired = unfired
    finally:
        house.close()
    report.seconds = time.monotonic() - began
    if good(trial, report, planted=planted):
        house.remove()
    return report


def good(trial: Trial, report: Report, *, planted: bool) -> bool:
    """It came about, and the checker objected where it had to and only there."""
    objections = {violation.promise for violation in report.violations}
    expected = trial.objection in objections if planted and trial.objection else not objections
    return report.counts and expected


def _play(trial: Trial, house: House) -> list[str]:
    try:
        trial.play(house, Material(house.world, seed=1, folder=house.folder))
    except TimeoutError as late:
        return [str(late)]
    return []


def _push_and_wait(house: House, material: Material, tasks: list[Task], *, sender: str = VENDOR) -> None:
    for pushing in house.push(material.of_tasks(tasks, sender=sender)):
        pushing.wait(60)


def _school(house: House, sender: str = VENDOR) -> str:
    return house.world.sender(sender).schools[0]


def _promise_before_write(house: House, material: Material) -> None:
    """The API dies between its receipt and its commit."""
    house.open(api=["accept.before-commit"], workers=((),))
    _push_and_wait(house, material, material.new_tasks(5, school=_school(house)))
    wait_until(lambda: house.has_fired("accept.before-commit"), seconds=30, what="the crash")


def _offset_before_write(house: House, material: Material) -> None:
    """The worker dies between its acknowledgement to Kafka and its write."""
    house.open(workers=(["stage.before-write"],))
    _push_and_wait(house, material, material.new_tasks(5, school=_school(house)))
    wait_until(lambda: house.has_fired("stage.before-write"), seconds=30, what="the crash")


def _resend(house: House, material: Material) -> None:
    """The worker dies when the city has the package and the ledger does not know it yet."""
    house.open(workers=(["deliver.after-exchange"],))
    _push_and_wait(house, material, material.new_tasks(5, school=_school(house)))
    wait_until(lambda: house.has_fired("deliver.after-exchange"), seconds=60, what="the crash")


def _fencing(house: House, material: Material) -> None:
    """A worker freezes with its outcomes in hand, others do its work, and it wakes while the records are in a package."""
    house.set(HOCBA_DISPATCH__LEASE_SECONDS="3")
    house.open(workers=())
    house.lane("deliver", "paused")
    house.hire("worker-1", "worker", freezes=["stage.before-write", "stage.after-write"])
    _push_and_wait(house, material, material.new_tasks(5, school=_school(house)))
    wait_until(lambda: house.has_fired("frozen-at stage.before-write"), seconds=30, what="the freeze")
    house.hire("worker-2", "worker")
    house.wait_for("select count(*) = 5 from work where state = 'gathered'")
    house.posts["worker-1"].process.wake()
    wait_until(lambda: house.has_fired("frozen-at stage.after-write"), seconds=30, what="the late write")
    house.posts["worker-1"].process.wake()
    house.lane("deliver", "open")


def _used(house: House, material: Material) -> None:
    """The city refuses a package whole, the hub halves it, and then the city finds that it had taken it after all."""
    tasks = material.new_tasks(4, school=_school(house))
    house.open(workers=((),))
    house.city.press(refuse_package_rate=1.0, slow_reply_ms=2000)
    _push_and_wait(house, material, tasks)
    wait_until(lambda: bool(_refused_whole(house.city.store)), seconds=60, what="a package refused whole")
    house.lane("deliver", "paused")
    house.city.release()
    house.wait_for("select count(*) > 0 from packages where state = 'split'")
    _take_after_all(house.city.store, house, tasks)
    house.lane("deliver", "open")


def _refused_whole(store: Path) -> list[Any]:
    with sqlite3.connect(store, timeout=30) as db:
        return db.execute("SELECT messageid, ma_don_vi, nam_hoc FROM messages WHERE error = 'E04'").fetchall()


def _take_after_all(store: Path, house: House, tasks: list[Task]) -> None:
    """The city's clerk at work in the city's own store."""
    [(messageid, unit, nam_hoc)] = _refused_whole(store)
    ack = {
        "MessageId": messageid,
        "Error": "0",
        "ErrorDescription": "",
        "ResponseCode": "00",
        "ResponseDescription": "",
    }
    year = f"{nam_hoc}-{nam_hoc + 1}"
    with sqlite3.connect(store, timeout=30) as db:
        for place, task in enumerate(tasks):
            draft = make_draft(house.world, task, seed=1)
            code, name, cccd = (draft.general[tag] for tag in ("MA_HOC_SINH", "HO_VA_TEN", "SO_CCCD"))
            verdict = (messageid, place, draft.uuid, code, name, cccd, 1, "0", "", "", time.time())
            db.execute("INSERT INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", verdict)
            accepted = (
                draft.uuid,
                messageid,
                unit,
                task.school,
                cccd,
                code,
                name,
                year,
                draft.room.grade,
                0,
                0,
                time.time(),
            )
            db.execute("INSERT INTO accepted VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", accepted)
        db.execute(
            "UPDATE messages SET error = '0', ack = ?, records = ?, judged = ? WHERE messageid = ?",
            (json.dumps(ack), len(tasks), len(tasks), messageid),
        )


def _reorder(house: House, material: Material) -> None:
    """A record dies, a newer one of the same pupil is approved, then staff let the dead one go again."""
    tasks = material.new_tasks(3, school=_school(house))
    house.set(HOCBA_CHILD_DIES_ON=material.uuid_of(tasks[1]))
    house.open(workers=((),))
    _push_and_wait(house, material, tasks)
    house.wait_for("select count(*) = 1 from transfers where fate = 'dead' and cause = 'poison'")
    house.dismiss("worker-1")
    house.set(HOCBA_CHILD_DIES_ON="")
    house.hire("worker-2", "worker")
    _push_and_wait(house, material, [material.another(tasks[1])])
    house.wait_for("select count(*) = 3 from transfers where fate = 'done'")
    house.staff("retry", "--cause", "poison", "--yes")


def _late_commit(house: House, material: Material) -> None:
    """A refusal is written early and committed late; between the two, approvals with higher ids reach the vendor."""
    house.open(workers=((),))
    house.lane("deliver", "paused")
    _push_and_wait(house, material, material.new_tasks(4, school=_school(house)))
    house.wait_for("select count(*) = 1 from packages where state = 'sealed'")
    house.dismiss("worker-1")
    house.hire("worker-2", "worker", freezes=["stage.before-commit"])
    wrong = [replace(task, fault="one-bad-slot") for task in material.new_tasks(1, school=_school(house))]
    _push_and_wait(house, material, wrong)
    wait_until(lambda: house.has_fired("frozen-at stage.before-commit"), seconds=30, what="the freeze")
    house.lane("deliver", "open")
    house.hire("worker-3", "worker")
    house.wait_for("select count(*) = 4 from transfers where fate = 'done'")
    wait_until(lambda: house.heard(VENDOR) >= 4, seconds=30, what="the vendor's reading")
    house.posts["worker-2"].process.wake()


def _refusal(house: House, material: Material) -> None:
    """A class teacher says no, and would say yes if she were asked again."""
    house.sign_remotely()
    house.signing.press(refuse=True)
    house.open(workers=((),))
    _push_and_wait(house, material, material.new_tasks(2, school=_school(house, DELEGATING)), sender=DELEGATING)
    wait_until(lambda: house.signing.orders("refused") > 0, seconds=60, what="a refusal")
    house.signing.press(refuse=False)


def _lost_order(house: House, material: Material) -> None:
    """The reply to an order is lost: her telephone rings, and the hub does not know that it does."""
    house.set(HOCBA_SIGNING__WAITING__POLL_DELAYS_SECONDS="[1.5]")
    house.sign_remotely()
    house.signing.press(lose_begin=True)
    house.open(workers=((),))
    _push_and_wait(house, material, material.new_tasks(2, school=_school(house, DELEGATING)), sender=DELEGATING)
    wait_until(lambda: house.signing.asked("lost-begin") > 0, seconds=60, what="a reply that is lost")
    house.signing.release()
    house.signing.let_all_answer()


TRIALS = (
    Trial("ack-before-write", _promise_before_write, "accepted-but-lost"),
    Trial("resend-without-asking", _resend, "carried-again"),
    Trial("no-fencing", _fencing, "in-flight"),
    Trial("used-is-refusal", _used, "in-force-but-not-approved"),
    Trial("feed-by-id", _late_commit, "vendor-not-told"),
    Trial("reorder-on-retry", _reorder, "out-of-order"),
    Trial("offset-before-write", _offset_before_write, ""),
    Trial("refusal-is-silence", _refusal, "signed-after-refusal"),
    Trial("prepare-twice", _lost_order, "signed-in-vain"),
)
"""One for every planted bug."""
