"""Faults that strike a running house: each does its worst and notes that it did, or does not note it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Protocol

from tests.proof.house import House
from tests.support.kafka import wait_until
from tests.support.processes import Process

FIRE_SECONDS = 40.0
BUSY = (
    "select count(*) > 0 from work where state = 'leased' and stage in ('normalise', 'check', 'sign', 'verify', 'pack')"
)
LOST = "select count(*) from attempts where cause = 'lease-lost'"
UNFINISHED = "select count(*) > 0 from work where state in ('ready', 'waiting', 'leased')"


class Push(Protocol):
    """Has the vendors push a wave."""

    def __call__(self, sender: str = "") -> list[Process]:
        """All of them, or one."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong while records are on their way."""

    name: str
    """as it is noted when it has happened"""
    strike: Callable[[House, Random, Push], None]
    """makes it happen, and has a wave pushed when it is the moment for one"""


def _city(name: str, button: str, value: object, *, times: int = 1, **more: object) -> Fault:
    """A fault button of the city, pressed until it has had its effect so many times."""

    def strike(house: House, _: Random, push: Push) -> None:
        push()
        before = house.city.fired().get(button, 0)
        house.city.press(**{button: value}, **more)
        try:
            wait_until(lambda: house.city.fired().get(button, 0) >= before + times, seconds=FIRE_SECONDS, what=button)
            house.note(name)
        except TimeoutError:
            return
        finally:
            house.city.release()

    return Fault(name, strike)


def _wait_busy(house: House, query: str) -> bool:
    try:
        house.wait_for(query, seconds=FIRE_SECONDS)
    except TimeoutError:
        return False
    return True


def _city_killed(house: House, _: Random, push: Push) -> None:
    push()
    if _wait_busy(house, UNFINISHED):
        house.city.process.kill()
        time.sleep(1.5)
        house.city.start()
        house.note("city-killed")


def _token_expires(house: House, _: Random, push: Push) -> None:
    """Tokens live for a second: every exchange soon meets one that has expired."""
    push()
    house.city.press(token_ttl=1)
    if _wait_busy(house, UNFINISHED):
        time.sleep(2.5)
        house.note("city-token-expires")
    house.city.release()


def _vendor_killed(house: House, chance: Random, push: Push) -> None:
    """A vendor dies while it pushes, and pushes the same again under the same keys."""
    pushing = push()
    time.sleep(chance.uniform(0.3, 1.2))
    for process in pushing:
        if process.alive:
            process.kill()
            house.note("vendor-killed")
        process.start()


def _lane_paused(house: House, chance: Random, push: Push) -> None:
    """Staff pause a lane with work on its way, and open it again."""
    stage = chance.choice(("normalise", "verify", "pack", "deliver", "poll"))
    push()
    if _wait_busy(house, UNFINISHED):
        house.lane(stage, "paused")
        time.sleep(2)
        house.lane(stage, "open")
        house.note("lane-paused")


def _worker(house: House, chance: Random) -> str:
    return chance.choice(sorted(name for name, post in house.posts.items() if post.role == "worker"))


def _worker_told_to_stop(house: House, chance: Random, push: Push) -> None:
    """SIGTERM in a batch, to a worker that meets no crash point on its way out; another takes its place."""
    name = _worker(house, chance)
    points = house.posts[name].points
    house.dismiss(name)
    house.hire(name, "worker")
    house.ready(name)
    push()
    if _wait_busy(house, BUSY) and house.dismiss(name) == 0:
        house.note("worker-told-to-stop")
    elif name in house.posts:
        house.dismiss(name)
    house.hire(name, "worker", points=points)


def _worker_joins_and_leaves(house: House, _: Random, push: Push) -> None:
    push()
    house.hire("worker-guest", "worker")
    house.ready("worker-guest")
    time.sleep(2)
    if house.dismiss("worker-guest") == 0:
        house.note("worker-joins-and-leaves")


def _worker_frozen(house: House, chance: Random, push: Push) -> None:
    """A worker freezes in the middle of its work, its leases run out, others do the work; then it wakes with old tokens."""
    lost = house.count(LOST)
    point = chance.choice(("stage.before-write", "deliver.after-exchange", "poll.after-exchange"))
    crew = {name: house.posts[name].points for name in sorted(house.posts) if house.posts[name].role == "worker"}
    for name in crew:
        house.dismiss(name)
    frost = house.hire("worker-frost", "worker", freezes=[point])
    push()
    try:
        wait_until(lambda: house.has_fired(f"frozen-at {point}"), seconds=FIRE_SECONDS, what=point)
        wait_until(lambda: house.count(LOST) > lost, seconds=FIRE_SECONDS, what="lost leases")
        _back_to_work(house, crew)
        time.sleep(5)
        house.note("worker-frozen")
    except TimeoutError:
        return
    finally:
        frost.process.wake()
        _back_to_work(house, crew)
        house.dismiss("worker-frost")


def _back_to_work(house: House, crew: dict[str, list[str]]) -> None:
    for name, points in crew.items():
        if name not in house.posts:
            house.hire(name, "worker", points=points)


def _broker_killed(house: House, chance: Random, push: Push) -> None:
    push()
    if house.engines.kafka.killable and _wait_busy(house, UNFINISHED):
        house.engines.kafka.kill()
        time.sleep(chance.uniform(0.5, 3))
        house.engines.kafka.restart()
        house.note("broker-killed")


def _postgres_killed(house: House, _: Random, push: Push) -> None:
    push()
    if _wait_busy(house, UNFINISHED):
        house.engines.postgres.restart(mode="immediate")
        house.note("postgres-killed")


def _postgres_restarted(house: House, _: Random, push: Push) -> None:
    push()
    if _wait_busy(house, UNFINISHED):
        house.engines.postgres.restart(mode="fast")
        house.note("postgres-restarted")


def give_back(house: House, **order: object) -> int:
    """The city returns records of grade 5, if it has any that it did not return yet; how many bundles."""
    return len(house.city.give_back(ma_truong_den=house.world.secondary.code, **order))


def _returns(house: House, _: Random, push: Push) -> None:
    """Bundles on admission results: good ones, one of them twice, one tampered with, one for an unknown school."""
    push()
    try:
        wait_until(lambda: len(house.city.ready_for_return()) >= 4, seconds=FIRE_SECONDS, what="records to return")
    except TimeoutError:
        return
    good = house.city.give_back(ma_truong_den=house.world.secondary.code, count=2)
    house.city.give_back(ma_truong_den=house.world.secondary.code, again=good[0]["ma_tra_hoc_ba"])
    tampered = give_back(house, tampered=True)
    unmatched = give_back(house, unmatched=True)
    if good and tampered and unmatched:
        house.note("returns")


FAULTS = (
    _city("city-slow", "slow_ms", 4500),
    _city("city-fails", "error_rate", 0.7, times=3),
    _city("city-loses-replies", "lost_reply_rate", 1.0),
    _city("city-repeats-verdicts", "duplicate_verdicts", True, times=2, shuffled_verdicts=True, foreign_verdicts=True),
    _city("city-busy", "busy_rate", 1.0, times=2),
    _city("city-down", "down", True, times=6),
    _city("city-refuses-packages", "refuse_package_rate", 1.0),
    _city("city-withholds-verdicts", "missing_verdict_rate", 1.0, times=4),
    Fault("city-killed", _city_killed),
    Fault("city-token-expires", _token_expires),
    Fault("vendor-killed", _vendor_killed),
    Fault("lane-paused", _lane_paused),
    Fault("worker-told-to-stop", _worker_told_to_stop),
    Fault("worker-joins-and-leaves", _worker_joins_and_leaves),
    Fault("worker-frozen", _worker_frozen),
    Fault("broker-killed", _broker_killed),
    Fault("postgres-killed", _postgres_killed),
    Fault("postgres-restarted", _postgres_restarted),
    Fault("returns", _returns),
)
"""Every fault of a run beside crash points and the doomed record."""
