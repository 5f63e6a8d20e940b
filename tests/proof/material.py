"""What the vendors push: small waves of batches in which order matters, drawn from the seed.

A pupil may appear several times: a record that is refused, by the hub or by the city, then its correction under a new
UUID; a second unit that the city refuses; the same octets pushed once more under another key.
"""

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from sandbox.plans import Batch, Task, make_draft
from sandbox.pupils import write_batch
from sandbox.world import World

OFFICIAL_FAULTS = (
    *("missing-field", "score-out-of-range", "one-bad-slot", "tampered-after-signing", "comment-inside"),
    *("expired-certificate", "pupil-unknown-to-city", "pupil-unknown-to-city"),
)
JSON_FAULTS = ("missing-field", "score-out-of-range", "unknown-level", "pupil-unknown-to-city", "teacher-without-key")
NEW_UUID = 500_000
"""Numbers from here on lend their UUIDs to further records of a pupil."""


@dataclass(frozen=True, slots=True)
class Wave:
    """What is pushed at one moment of a run."""

    folder: Path
    """batches and their manifest"""
    senders: tuple[str, ...]
    """who has something to push"""
    records: int
    """records in it, duplicates included"""


class Material:
    """Writes the waves of one run."""

    def __init__(self, world: World, *, seed: int, folder: Path) -> None:
        self._world = world
        self._seed = seed
        self._folder = folder
        self._chance = Random(f"material/{seed}")
        self._next = 0
        self._lent = NEW_UUID
        self._waves = 0
        self._known: dict[str, list[Task]] = {}

    def wave(self, *, size: int, wrong: float = 0.15, again: float = 0.3, sender: str = "") -> Wave:
        """About `size` new records over the vendors' schools, and for `again` of that another record of a known pupil."""
        batches = []
        for each in self._world.senders:
            schools = [code for code in each.schools if self._world.school(code).classes]
            if schools and sender in ("", each.code):
                batches.append(self._batch(each.code, self._chance.choice(schools), each.format, size, wrong, again))
        return self._write(batches)

    def of_tasks(self, tasks: list[Task], *, sender: str) -> Wave:
        """One batch of exactly these records."""
        speaks = self._world.sender(sender)
        return self._write([self._named(sender, tasks[0].school, speaks.format, tasks)])

    def new_tasks(self, count: int, *, school: str, grade: int = 0) -> list[Task]:
        """Good records of pupils that were not seen before."""
        rooms = [room for room in self._world.school(school).classes if grade in (0, room.grade)]
        first, self._next = self._next, self._next + count
        return [Task(number, school, rooms[number % len(rooms)].name) for number in range(first, first + count)]

    def another(self, task: Task) -> Task:
        """A further, good record of the same pupil, under a UUID of its own."""
        self._lent += 1
        return replace(task, fault=None, uuid_of=self._lent)

    def uuid_of(self, task: Task) -> str:
        """The UUID that a task's record will carry."""
        return make_draft(self._world, task, seed=self._seed).uuid

    def _batch(self, sender: str, school: str, format_: str, size: int, wrong: float, again: float) -> Batch:
        faults = OFFICIAL_FAULTS if format_ == "official" else JSON_FAULTS
        tasks = [
            replace(task, fault=self._chance.choice(faults)) if self._chance.random() < wrong else task
            for task in self.new_tasks(size, school=school, grade=self._chance.choice((0, 5)))
        ]
        known = self._known.setdefault(school, [])
        seen = [task for task in known if task.fault] * 3 + known
        tasks += [self.another(self._chance.choice(seen)) for _ in range(int(size * again)) if seen]
        known += tasks
        return self._named(sender, school, format_, tasks)

    def _named(self, sender: str, school: str, format_: str, tasks: list[Task]) -> Batch:
        suffix = "xml" if format_ == "official" else "json"
        return Batch(f"{sender}-{school}-{self._waves:04d}.{suffix}", sender, school, format_, tuple(tasks))

    def _write(self, batches: list[Batch]) -> Wave:
        folder = self._folder / f"wave-{self._waves:04d}"
        self._waves += 1
        folder.mkdir(parents=True)
        files = []
        for batch in batches:
            octets, _ = write_batch(self._world, batch, seed=self._seed)
            (folder / batch.name).write_bytes(octets)
            told = {"file": batch.name, "sender": batch.sender, "school": batch.school, "format": batch.format}
            files.append(told)
            if self._chance.random() < 0.2:
                # The same octets under another idempotency key: every record of it is a duplicate.
                twice = f"again-{batch.name}"
                shutil.copyfile(folder / batch.name, folder / twice)
                files.append({**told, "file": twice})
        (folder / "manifest.json").write_text(json.dumps({"files": files}), encoding="utf-8")
        records = sum(len(batch.tasks) for batch in batches)
        return Wave(folder, tuple(sorted({batch.sender for batch in batches})), records)
