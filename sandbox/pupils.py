"""Any number of invented records by seed, ready to push: official batches, signed by the schools' keys, and the vendor
JSON `saokhue/1`, unsigned. `python -m sandbox.pupils --world DIR --out DIR --count N --seed S` writes batch files and a
`manifest.json` that says what is in them and which records are wrong, and how. Asked again for the same, it does
nothing.
"""

import argparse
import json
import multiprocessing
import os
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from lxml import etree

from sandbox import records, signer
from sandbox.faults import OFFICIAL, SAOKHUE, Fault, Keys, Slot
from sandbox.records import Draft, draft, stamp, write_data, write_saokhue
from sandbox.signer import Credential, Style
from sandbox.world import Classroom, School, World, load_world


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


@dataclass(frozen=True, slots=True)
class Entry:
    """One written record, as the manifest tells."""

    uuid: str | None
    """`MA_TRA_CUU_UUID`; none where the hub is to give one."""
    cccd: str
    """The pupil's number as generated, before any fault."""
    grade: int
    """1 to 5."""
    fault: str | None
    """What is wrong with it, or nothing."""
    place: str | None
    """The first place that can know it: door, check, sign, verify or city."""


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


def write_official(world: World, record: Draft, *, fault: Fault | None = None) -> str:
    """The signed record, with its fault if it is to have one."""
    if fault and fault.draft:
        fault.draft(record)
    data = write_data(record)
    slots = _slots(world, record)
    if fault and fault.slots:
        slots = fault.slots(slots, _borrowed_keys(world, record.school, record.room))
    digest = signer.data_digest(data)
    written = "".join(_write_slot(slot, digest, record.uuid) for slot in slots)
    text = signer.sign_record(f"hb-{record.uuid}", data, slots=written)
    return fault.text(text) if fault and fault.text else text


def _slots(world: World, record: Draft) -> list[Slot]:
    teacher, head = record.room.teacher.cccd, record.school.principal.cccd
    chance = Random(f"style/{record.uuid}")
    style = Style(form=chance.choice(("both", "both", "property", "xades")), prefix=chance.choice(("ds", "ds", "")))
    code = record.school.code

    def slot(name: str, cccd: str | None, role: str, owner: str = "") -> Slot:
        at = stamp(record.signed_at[name])
        by = _credential(world.folder, code, role, owner)
        return Slot(name=name, cccd=cccd, by=by, at=at, ngay_ky=at, style=style)

    return [
        slot("GVCN", teacher, "GVCN", teacher),
        slot("CBQL", head, "CBQL", head),
        slot("KY_PHAT_HANH", None, "KY_PHAT_HANH"),
    ]


def _write_slot(slot: Slot, digest: str, identifier: str) -> str:
    signed = signer.data_digest("<DU_LIEU_HOC_BA></DU_LIEU_HOC_BA>") if slot.broken else digest
    signature = ""
    if slot.signed:
        signature_id = f"sig-{slot.name.lower().replace('_', '-')}-{identifier}"
        signature = signer.write_signature(
            signed, uri="#data", by=slot.by, at=slot.at, signature_id=signature_id, style=slot.style
        )
    number = f"<SO_CCCD>{slot.cccd}</SO_CCCD>" if slot.cccd else ""
    return f"<{slot.name}><NGAY_KY>{slot.ngay_ky}</NGAY_KY>{number}{signature}</{slot.name}>"


def _borrowed_keys(world: World, school: School, room: Classroom) -> Keys:
    others = [each for each in world.schools if each.code != school.code] or [world.secondary]
    teacher = next(each.teacher for each in school.classes if each.teacher.cccd != room.teacher.cccd)

    folder = world.folder / "faulty" / school.code
    own = {}
    for path in folder.glob("*.pem"):
        role = path.stem.rpartition("-")[0]
        owner = school.principal.cccd if role == "CBQL" else ""
        own[path.stem] = signer.with_certificate(world.key_file(school.code, role, owner), world.password, path)
    return Keys(
        own=own,
        other_seal=_credential(world.folder, others[0].code, "KY_PHAT_HANH"),
        other_teacher=_credential(world.folder, school.code, "GVCN", teacher.cccd),
        other_teacher_cccd=teacher.cccd,
    )


def write_batch(world: World, batch: Batch, *, seed: int) -> tuple[bytes, list[Entry]]:
    """The octets of one push, and what is in it."""
    drafts = [make_draft(world, task, seed=seed) for task in batch.tasks]
    entries = [
        Entry(each.uuid, each.general["SO_CCCD"], each.room.grade, task.fault, _place(batch.format, task.fault))
        for each, task in zip(drafts, batch.tasks, strict=True)
    ]
    if batch.format == "saokhue":
        return _write_json_batch(world, batch, drafts, entries)
    faults = [OFFICIAL[task.fault] if task.fault else None for task in batch.tasks]
    texts = [write_official(world, each, fault=fault) for each, fault in zip(drafts, faults, strict=True)]
    latest = max(each.signed_at["KY_PHAT_HANH"] for each in drafts)
    by = _credential(world.folder, batch.school, "GIAO_DICH")
    plain = all(fault is None or fault.text is None for fault in faults)
    sealed = signer.seal_batch(
        texts,
        by=by,
        at=stamp(latest + timedelta(hours=2)),
        signature_id=f"sig-giao-dich-{batch.name.partition('.')[0]}-{seed}",
        canonical=None if plain else _canonical(texts),
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{sealed}'.encode(), entries


def _place(format_: str, fault: str | None) -> str | None:
    if fault is None:
        return None
    return OFFICIAL[fault].place if format_ == "official" else SAOKHUE[fault].place


def _canonical(texts: list[str]) -> bytes:
    unsigned = f'<DANH_SACH_HOC_BA id="dataDanhSach">{"".join(texts)}</DANH_SACH_HOC_BA>'
    tree = etree.fromstring(unsigned.encode())
    return etree.tostring(tree, method="c14n", exclusive=True, with_comments=False)


def _write_json_batch(
    world: World, batch: Batch, drafts: list[Draft], entries: list[Entry]
) -> tuple[bytes, list[Entry]]:
    school = world.school(batch.school)
    written, told = [], []
    for each, task, entry in zip(drafts, batch.tasks, entries, strict=True):
        plain = write_saokhue(each)
        if task.fault:
            SAOKHUE[task.fault].spoil(plain)
        written.append(plain)
        told.append(replace(entry, uuid=plain["uuid"]))
    body = {
        "dinh_dang": "saokhue/1",
        "truong": {
            "ma": school.code,
            "ten": school.name,
            "xa_phuong": school.ward_name,
            "tinh": records.CITY,
        },
        "nam_hoc": records.SCHOOL_YEAR,
        "hoc_ba": written,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), told


@lru_cache(maxsize=4)
def _world_at(folder: Path) -> World:
    return load_world(folder)


@lru_cache(maxsize=4096)
def _credential(folder: Path, unit: str, role: str, owner: str = "") -> Credential:
    world = _world_at(folder)
    return signer.load_credential(world.key_file(unit, role, owner), world.password)


def _write_file(world_folder: Path, batch: Batch, seed: int, out: Path) -> dict[str, Any]:
    octets, entries = write_batch(_world_at(world_folder), batch, seed=seed)
    (out / batch.name).write_bytes(octets)
    told = [asdict(entry) for entry in entries]
    fields = {"file": batch.name, "sender": batch.sender, "school": batch.school, "format": batch.format}
    return {**fields, "octets": len(octets), "records": told}


def write_batches(
    world: World,
    out: Path,
    *,
    count: int,
    seed: int,
    size: int = 100,
    wrong: int = 0,
    senders: Sequence[str] = (),
    schools: Sequence[str] = (),
    processes: int = 0,
) -> dict[str, Any]:
    """Writes batch files and the manifest into `out`, and returns the manifest; the same order twice is done once."""
    recipe = [world.seed, count, seed, size, wrong, list(senders), list(schools)]
    manifest_path = out / "manifest.json"
    if manifest_path.exists():
        manifest: dict[str, Any] = json.loads(manifest_path.read_text(encoding="utf-8"))
        if manifest["recipe"] == recipe:
            return manifest
        raise FileExistsError(f"{out} holds other batches")
    out.mkdir(parents=True, exist_ok=True)
    batches = plan(world, seed=seed, count=count, size=size, wrong=wrong, senders=senders, schools=schools)
    if processes == 1 or len(batches) == 1:
        files = [_write_file(world.folder, batch, seed, out) for batch in batches]
    else:
        workers = processes or os.cpu_count() or 1
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            jobs = [pool.submit(_write_file, world.folder, batch, seed, out) for batch in batches]
            files = [job.result() for job in jobs]
    manifest = {"recipe": recipe, "files": files}
    manifest_path.write_text(json.dumps(manifest, ensure_ascii=False) + "\n", encoding="utf-8")
    return manifest


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.pupils", description="Sinh học bạ · Generate records")
    parser.add_argument("--world", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=100, help="số học bạ mỗi lô · records per batch")
    parser.add_argument("--wrong", default="0", help="số học bạ sai mỗi định dạng, hoặc 'each' · wrong ones, or 'each'")
    parser.add_argument("--sender", action="append", default=[])
    parser.add_argument("--school", action="append", default=[])
    parser.add_argument("--processes", type=int, default=0, help="0: mỗi nhân một tiến trình · one per core")
    chosen = parser.parse_args()
    manifest = write_batches(
        load_world(chosen.world),
        chosen.out,
        count=chosen.count,
        seed=chosen.seed,
        size=chosen.size,
        wrong=-1 if chosen.wrong == "each" else int(chosen.wrong),
        senders=chosen.sender,
        schools=chosen.school,
        processes=chosen.processes,
    )
    print(json.dumps({"files": len(manifest["files"]), "records": sum(len(f["records"]) for f in manifest["files"])}))


if __name__ == "__main__":
    main()
