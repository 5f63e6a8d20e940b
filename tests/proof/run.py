"""One run: a seed's waves and faults, then quiet, then the checker."""

import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from tests.proof import facts
from tests.proof.checker import Violation, check
from tests.proof.engines import SEALS, Engines
from tests.proof.faults import FAULTS, Fault, give_back
from tests.proof.holders import HOLDERS_FAULTS
from tests.proof.house import House
from tests.proof.material import Material
from tests.proof.points import crash_points, points_of
from tests.proof.registering import ROLES, ask_to_sign, register
from tests.support.kafka import wait_until
from tests.support.processes import Process

QUIET_SECONDS = 120.0
EXTRA_WAVES = 12
TRIES = 3
"""Waves that a fault is given to strike in, before the run does not count."""

RARE = (
    "dispatch.after-dead-letter",
    "return.after-fetch",
    "return.after-store",
    "confirm.after-commit",
    *(f"register.after-{what}" for what in ("sending", "exchange", "answer", "write", "keeping")),
    "register.before-keeping",
)
"""Points that a run may pass only once."""

UNQUIET = """
select count(*) from work w where w.state <> 'held'
  and not (w.state = 'queued' and exists (select from work e where e.sequence_id = w.sequence_id
                                          and e.position < w.position and e.state = 'held'))
  and not (w.state = 'gathered' and exists (select from package_members m join work p on p.id = m.package_id
                                            where m.transfer_id = w.id and m.live and p.state = 'held'))
"""
UNSAID = """
select (select count(*) from outcomes where position is null)
     + (select count(*) from dead_letters where published_at is null)
     + (select count(*) from bundles where state = 'inbox' or (state = 'confirmed'))
     + (select count(*) from certificate_messages where state in ('ready', 'sending', 'sent'))
     + (select count(*) from signature_requests
        where kind = 'registration' and state in ('wanted', 'asked', 'stale', 'answered'))
"""


@dataclass(slots=True)
class Report:
    """What one run came to."""

    name: str
    """seed or trial"""
    accepted: int = 0
    """records that the hub accepted"""
    fates: Counter[str] = field(default_factory=Counter)
    """where they ended"""
    fired: Counter[str] = field(default_factory=Counter)
    """faults that happened, crash points included"""
    unfired: list[str] = field(default_factory=list)
    """faults that were planned and did not happen: the run does not count"""
    violations: list[Violation] = field(default_factory=list)
    """broken promises"""
    restarted: list[str] = field(default_factory=list)
    """hub processes that ended by themselves and were started again"""
    seconds: float = 0.0
    """how long it took"""

    @property
    def counts(self) -> bool:
        """Every planned fault fired."""
        return not self.unfired


class Run:
    """A seed's run on shared engines."""

    def __init__(self, engines: Engines, *, seed: int, wave: int = 6) -> None:
        self.seed = seed
        self.chance = Random(f"run/{seed}")
        self.house = House(engines, engines.world(SEALS[seed % len(SEALS)]), name=f"seed-{seed}", seed=seed)
        self.material = Material(self.house.world, seed=seed, folder=self.house.folder)
        self._wave = wave
        self._pushing: list[Process] = []
        self._planned: list[str] = []

    def play(self) -> Report:
        """Play it to its end."""
        began = time.monotonic()
        self._doom_a_record()
        try:
            self._open()
            for fault in self._plan():
                self._planned.append(fault.name)
                for _ in range(TRIES):
                    fault.strike(self.house, self.chance, self.push)
                    if self.house.has_fired(fault.name):
                        break
            self._cover_the_rest()
            self.quieten()
            report = self._report()
        finally:
            self.house.close()
        report.seconds = time.monotonic() - began
        if report.counts and not report.violations:
            self.house.remove()
        return report

    # ------------------------------------------------------------ what is planned

    def _doom_a_record(self) -> None:
        """One official record, of the first wave, on which every child dies."""
        school = self.house.world.schools[0].code
        tasks = self.material.new_tasks(5, school=school, grade=5)
        self._first = self.material.of_tasks([*tasks, self.material.another(tasks[2])], sender="HOASEN")
        self._doomed = self.material.uuid_of(tasks[2])
        self.house.set(HOCBA_CHILD_DIES_ON=self._doomed)
        self._planned.append("child-dies")

    def _open(self) -> None:
        """Every process dies at every point that it passes, each once, in the order in which it meets them."""
        self.house.sign_remotely()
        points = self._with_turns(points_of("worker"))
        self.house.open(
            api=self._with_turns(points_of("api")),
            dispatcher=self._with_turns(points_of("dispatcher")),
            workers=(points[::2], points[1::2]),
        )
        register(self.house.ledger, self.house.world, roles=ROLES[:2])
        self._ask_to_sign("GVCN", each=2)
        self._pushing += self.house.push(self._first)

    def _ask_to_sign(self, role: str, *, each: int) -> None:
        ask_to_sign(self.house.ledger, self.house.world, service=self.house.service, role=role, each=each)

    def _with_turns(self, points: list[str]) -> list[str]:
        self.chance.shuffle(points)
        return [f"{point}:{1 if point in RARE else self.chance.randint(1, 2)}" for point in points]

    def _plan(self) -> list[Fault]:
        killable = self.house.engines.kafka.killable
        plan = [fault for fault in (*FAULTS, *HOLDERS_FAULTS) if killable or fault.name != "broker-killed"]
        self.chance.shuffle(plan)
        return plan

    def push(self, sender: str = "") -> list[Process]:
        """One more wave of all vendors or of one, and go on while it is on its way."""
        pushing = self.house.push(self.material.wave(size=self._wave, sender=sender))
        self._pushing += pushing
        return pushing

    def _cover_the_rest(self) -> None:
        roles, people = iter(ROLES[2:]), iter(("CBQL",))
        for _ in range(EXTRA_WAVES):
            missing = [point for point in crash_points() if not self.house.has_fired(point)]
            if not missing:
                return
            self.push()
            if any(point.startswith("return.") for point in missing):
                give_back(self.house, count=1)
            if any(point.startswith("register.") for point in missing) and (role := next(roles, "")):
                register(self.house.ledger, self.house.world, roles=(role,))
            if any(point.endswith("-keeping") for point in missing) and (role := next(people, "")):
                self._ask_to_sign(role, each=1)
            time.sleep(3)

    # ------------------------------------------------------------ the end

    def quieten(self) -> None:
        """Nothing goes wrong any more: wait until nothing moves and everybody has read everything."""
        self.house.city.release()
        self.house.signing.release()
        for pushing in self._pushing:
            pushing.wait(QUIET_SECONDS)
        settle(self.house)

    def _report(self) -> Report:
        if self.house.count("select count(*) from transfers where cause = 'poison'"):
            self.house.note("child-dies")
        report = judge(self.house, name=f"seed {self.seed}")
        wanted = {*self._planned, *crash_points()}
        report.unfired = sorted(wanted - set(report.fired))
        return report


def settle(house: House, *, seconds: float = QUIET_SECONDS) -> None:
    """Wait until nothing moves in the ledger and every vendor has read its feeds; the checker says what did not end."""
    try:
        wait_until(lambda: house.count(UNQUIET) + house.count(UNSAID) == 0, seconds=seconds, what="quiet", pause=0.3)
        wait_until(lambda: _all_read(house), seconds=30, what="vendors", pause=0.3)
    except TimeoutError as late:
        house.unexpected.append(str(late))


def _all_read(house: House) -> bool:
    said = dict(
        house.ask("select s.code, count(*) from outcomes o join senders s on s.id = o.sender_id group by s.code")
    )
    stores = house.vendor_stores()
    return all(len(facts.read_vendor(stores[sender]).heard) >= count for sender, count in said.items())


def judge(house: House, *, name: str) -> Report:
    """Read the three stores and hold the promise against them."""
    if house.remote:
        house.signing.let_all_answer()
    found = facts.read(
        city=house.city.store,
        vendors=house.vendor_stores(),
        ledger=house.ledger,
        signing=house.signing.store if house.remote else None,
    )
    return Report(
        name=name,
        accepted=len(found.ledger.transfers),
        fates=Counter(transfer.fate for transfer in found.ledger.transfers),
        fired=Counter(fault.name for fault in house.fired),
        violations=check(found),
        restarted=list(house.unexpected),
    )
