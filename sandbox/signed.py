"""An official record signed by its school: a teacher, the principal and the seal, each with a key of the world, or with
what a fault puts in its place.
"""

from functools import lru_cache
from pathlib import Path
from random import Random

from sandbox import signer
from sandbox.faults import Fault, Keys, Slot
from sandbox.official import write_data
from sandbox.records import Draft, stamp
from sandbox.schools import Classroom, School
from sandbox.signer import Credential, Style
from sandbox.world import World, load_world


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
        by = credential(world.folder, code, role, owner)
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
        other_seal=credential(world.folder, others[0].code, "KY_PHAT_HANH"),
        other_teacher=credential(world.folder, school.code, "GVCN", teacher.cccd),
        other_teacher_cccd=teacher.cccd,
    )


@lru_cache(maxsize=4096)
def credential(folder: Path, unit: str, role: str, owner: str = "") -> Credential:
    """The key of a unit in a role, read once."""
    world = world_at(folder)
    return signer.load_credential(world.key_file(unit, role, owner), world.password)


@lru_cache(maxsize=4)
def world_at(folder: Path) -> World:
    """The world in a folder, read once."""
    return load_world(folder)
