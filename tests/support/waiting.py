"""Seals on their way: prepared, waiting for a value that somebody else makes, and finished."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from lxml import etree

from signing.seal import (
    CannotSeal,
    ForeignValue,
    PreparedSeal,
    Seal,
    finish_seals,
    freeze_issue,
    prepare_seals,
    seal_record,
)
from signing.verify import Form
from signing.verify.envelope import SIGNATURE
from support.forge import Style
from support.papers import Office, Paper, at_hand, away
from support.staff import signed

FORMS = [form.value for form in Form]
SLOT_NAMES = ("GVCN", "CBQL", "KY_PHAT_HANH")
REFUSED = (CannotSeal, ForeignValue)
MARKUP = (b"<", b">", b"/", b"'", b'\\"', b"&amp;", b"0", b"[", b"}", b"#data", b"</ds:Object>", b"<!--")
"""what changes the meaning of what it is put into"""


def in_two_steps(octets: bytes, seals: Sequence[Seal]) -> bytes:
    """Rank after rank: prepared and stored, signed elsewhere, read and finished."""
    octets = freeze_issue(octets, seals=seals)
    for _, rank in groupby(seals, key=lambda seal: seal.slot.name):
        together = list(rank)
        stored = [each.to_bytes() for each in prepare_seals(octets, seals=[away(seal) for seal in together])]
        prepared = [PreparedSeal.from_bytes(each) for each in stored]
        values = [at_hand(seal).sign(one.signature.octets) for seal, one in zip(together, prepared, strict=True)]
        octets = finish_seals(octets, seals=list(zip(prepared, values, strict=True)))
    return octets


def at_once(octets: bytes, seals: Sequence[Seal]) -> bytes:
    return seal_record(octets, seals=seals)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record with its signatures prepared, each with its value."""

    octets: bytes
    """the record, its date of issue fixed"""
    seals: tuple[Seal, ...]
    """what was planned"""
    prepared: tuple[PreparedSeal, ...]
    """what is stored"""
    values: tuple[bytes, ...]
    """what the holders' keys make of it"""


def case_of(office: Office, *, name: str = "hbs-1.0", kind: str, form: str = "both", octets: bytes = b"") -> Waiting:
    """All slots of the first form; those of the teachers in the second."""
    paper = office.papers[name]
    seals = paper.seals(octets or paper.unsigned, office.keys[kind], form=form)
    octets = freeze_issue(octets or paper.unsigned, seals=seals)
    seals = seals if name == "hbs-1.0" else seals[:3]
    prepared = prepare_seals(octets, seals=[away(seal) for seal in seals])
    values = [at_hand(seal).sign(one.signature.octets) for seal, one in zip(seals, prepared, strict=True)]
    return Waiting(octets, seals, prepared, tuple(values))


def pairs(case: Waiting, only: Sequence[int] = (0, 1, 2)) -> list[tuple[PreparedSeal, bytes]]:
    return [(case.prepared[turn], case.values[turn]) for turn in only]


def taught(office: Office, paper: Paper, octets: bytes, cccd: str, style: Style = Style()) -> bytes:
    """One teacher's slot, filled in by other software."""
    (tie,) = {each.get("Id") for each in etree.fromstring(octets).iter("GVBM") if each.get("Id", "").startswith(cccd)}
    by = office.holder(f"GVBM-{cccd}")
    return signed(octets, tie, by, uri=f"#diem-{tie.partition('-')[2]}", label=f"gv-{cccd}", style=style)


def signature_at(octets: bytes, slot: str) -> bytes:
    (found,) = etree.fromstring(octets).findall(f".//{slot}/{SIGNATURE}")
    return bytes(etree.tostring(found, method="c14n", exclusive=True))


def signed_info(octets: bytes, slot: str) -> bytes:
    """What is signed, and the value; around it there are spellings that mean nothing."""
    found = etree.fromstring(octets).find(f".//{slot}/{SIGNATURE}" if slot != "." else SIGNATURE)
    return b"".join(etree.tostring(part, method="c14n", exclusive=True) for part in found[:2])


def garbled(value: bytes) -> dict[str, bytes]:
    half = len(value) // 2
    return {
        "nothing": b"",
        "one octet": b"\x01",
        "naught": bytes(len(value)),
        "ones": b"\xff" * len(value),
        "truncated": value[:-1],
        "half": value[:half],
        "one octet more": value + b"\x00",
        "one octet before": b"\x00" + value,
        "halves swapped": value[half:] + value[:half],
        "twice": value * 2,
        "as text": value.hex().encode(),
        "backwards": value[::-1],
    }
