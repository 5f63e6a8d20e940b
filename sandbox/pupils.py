"""Any number of invented records by seed, ready to push: official batches, signed by the schools' keys, and the vendor
JSON `saokhue/1`, unsigned. `python -m sandbox.pupils --world DIR --out DIR --count N --seed S` writes batch files and a
`manifest.json` that says what is in them and which records are wrong, and how. Asked again for the same, it does
nothing.
"""

import argparse
import json
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from lxml import etree

from sandbox import records, signer
from sandbox.faults import OFFICIAL
from sandbox.plans import Batch, make_draft, plan
from sandbox.records import Draft, stamp
from sandbox.saokhue import write_saokhue
from sandbox.saokhue_faults import SAOKHUE
from sandbox.signed import credential, world_at, write_official
from sandbox.world import World, load_world


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
    by = credential(world.folder, batch.school, "GIAO_DICH")
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


def _write_file(world_folder: Path, batch: Batch, seed: int, out: Path) -> dict[str, Any]:
    octets, entries = write_batch(world_at(world_folder), batch, seed=seed)
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
