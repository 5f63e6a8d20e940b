"""Which records are written in which push, and which of them are to be wrong: a plan that follows from the seed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.faults import OFFICIAL
from sandbox.records import Draft, draft
from sandbox.saokhue_faults import SAOKHUE
from sandbox.schools import Classroom
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class Task:
    """One record to write."""

    number: int
    """Pupil number in the seed's population."""
    school: str
    """Code of the issuing school."""
    room: str
    """Name of the class."""
    fault: str | None = None
    """What is to be wrong, or nothing."""
    uuid_of: int | None = None
    """Take the UUID that belongs to another number."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One push: records of one school."""

    name: str
    """File name without folder."""
    sender: str
    """Who pushes it."""
    school: str
    """Whose records."""
    format: str
    """`official` or `saokhue`."""
    tasks: tuple[Task, ...]
    """The records, in order."""


def plan(
    world: World,
    *,
    seed: int,
    count: int,
    size: int = 100,
    wrong: int = 0,
    senders: Sequence[str] = (),
    schools: Sequence[str] = (),
) -> tuple[Batch, ...]:
    """Spreads `count` records over the schools and their classes, and `wrong` faults over them, each kind in turn;
    -1 puts every kind once. Of two records with one UUID both are wrong; of two units of one pupil, the later one."""
    chosen = [
        (sender, world.school(code))
        for sender in world.senders
        for code in sender.schools
        if (not senders or sender.code in senders) and (not schools or code in schools) and world.school(code).classes
    ]
    if not chosen:
        raise ValueError("no school with pupils matches")
    batches: list[Batch] = []
    by_school: dict[str, list[Task]] = defaultdict(list)
    for number in range(count):
        _, school = chosen[number % len(chosen)]
        room = school.classes[number // len(chosen) % len(school.classes)]
        by_school[school.code].append(Task(number, school.code, room.name))
    for format_ in ("official", "saokhue"):
        codes = [school.code for sender, school in chosen if sender.format == format_]
        _spread_faults(world, [by_school[code] for code in codes], format_=format_, wrong=wrong)
    for sender, school in chosen:
        tasks = by_school[school.code]
        for turn, start in enumerate(range(0, len(tasks), size), start=1):
            suffix = "xml" if sender.format == "official" else "json"
            name = f"{sender.code}-{school.code}-{turn:04d}.{suffix}"
            batches.append(Batch(name, sender.code, school.code, sender.format, tuple(tasks[start : start + size])))
    return tuple(batches)


def _spread_faults(world: World, lists: list[list[Task]], *, format_: str, wrong: int) -> None:
    """Puts faults at even distances, so that every batch has some; the second of a pair follows the first."""
    known: dict[str, Any] = dict(OFFICIAL if format_ == "official" else SAOKHUE)
    total = sum(len(tasks) for tasks in lists)
    wanted = len(known) if wrong < 0 else wrong
    if not wanted or not total:
        return
    names = [list(known)[turn % len(known)] for turn in range(wanted)]
    step = max(2, total // wanted)
    places = [(tasks, place) for tasks in lists for place in range(len(tasks))]
    for turn, name in enumerate(names):
        for tasks, place in places[turn * step : turn * step + step]:
            task = tasks[place]
            pair = getattr(known[name], "pair", "")
            fits = _room(world, task).grade in known[name].grades and (not pair or place + 1 < len(tasks))
            if fits and task.fault is None:
                tasks[place] = replace(task, fault=name)
                if pair:
                    tasks[place + 1] = _second_of_pair(tasks[place], tasks[place + 1], pair)
                if pair == "same-pupil":
                    tasks[place] = task
                break


def _second_of_pair(first: Task, second: Task, pair: str) -> Task:
    if pair == "same-uuid":
        return replace(second, fault=first.fault, uuid_of=first.number)
    return replace(second, fault=first.fault, number=first.number, room=first.room, uuid_of=second.number)


def _room(world: World, task: Task) -> Classroom:
    return next(room for room in world.school(task.school).classes if room.name == task.room)


def make_draft(world: World, task: Task, *, seed: int) -> Draft:
    """The task's record before its fault."""
    return draft(
        seed=seed,
        number=task.number,
        school=world.school(task.school),
        room=_room(world, task),
        uuid_of=task.uuid_of,
    )
