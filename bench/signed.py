"""Records of the corpus with one, three or twelve signatures, and the verifier that knows them."""

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from bench.loads import equipped, official_loads
from bench.runs.limits import PROFILE
from bench.stand import Stand
from routes.verify import approvals
from schemas.octets import parse_record
from schemas.profiles import Slot, profiles
from signing.seal import FileKeyring, SealingKey, seal_record, seals_for
from signing.trust import Trust
from signing.verify import Approved, RecordVerifier, SlotPolicy

_SLOTS = re.compile(rb"<DANH_SACH_THONG_TIN_KY>.*</DANH_SACH_THONG_TIN_KY>", re.DOTALL)
_TEACHER = re.compile(rb"<GVCN>.*</GVCN>", re.DOTALL)
_HEAD = re.compile(rb"<CBQL>.*</CBQL>", re.DOTALL)
_HEAD_NAMED = "DU_LIEU_HOC_BA/THONG_TIN_CHUNG/SO_CCCD_GIAM_HIEU_KY_HOC_BA"
_SEALED_TWELVE_TIMES = 100

Job = tuple[bytes, Approved]
"""A record, and the approved certificates of its school."""


@dataclass
class SignedRecords:
    """Jobs for a verifier, by the number of signatures on each record."""

    stand: Stand
    """whose corpus they come from"""

    def jobs(self, count: int) -> list[Job]:
        """Records with one, three or twelve signatures."""
        if count == 12:
            return self._twelve
        return self._one if count == 1 else self._three

    def verifier(self, count: int, *, trust: Trust | None = None) -> RecordVerifier:
        """Every slot of theirs is required; trust is the process's own unless another is given."""
        profile = profiles()[PROFILE]
        slots = TWELVE if count == 12 else profile.slots
        required = slots[-1:] if count == 1 else slots
        policy = SlotPolicy("bench", frozenset(slot.name for slot in required))
        trust = trust or equipped(self.stand).trust
        return RecordVerifier(slots, trust=trust, policy=policy, suites=profile.suites)

    @cached_property
    def _three(self) -> list[Job]:
        return [(load.octets, approvals(load.unit_code, load.approved)) for load in official_loads(self.stand)]

    @cached_property
    def _one(self) -> list[Job]:
        return [(_HEAD.sub(b"", _TEACHER.sub(b"", octets)), approved) for octets, approved in self._three]

    @cached_property
    def _twelve(self) -> list[Job]:
        keys = _HeadSigns(FileKeyring(self.stand.corpus.world.folder / "keys"))
        return [
            (_sealed(octets, keys), _for_last_slot(approved)) for octets, approved in self._three[:_SEALED_TWELVE_TIMES]
        ]


def _slot(number: int) -> Slot:
    name = f"KY_{number:02}"
    holder: Literal["person", "institution"] = "institution" if number == 12 else "person"
    return Slot(name, f"DANH_SACH_THONG_TIN_KY/{name}", "DU_LIEU_HOC_BA", "data", holder)


TWELVE = tuple(_slot(number) for number in range(1, 13))
"""A profile's slots as no profile has them: eleven persons and the institution sign the same data."""


@dataclass(frozen=True, slots=True)
class _HeadSigns:
    """A keyring in which every person is the school's head."""

    keys: FileKeyring

    def key(self, unit: str, role: str, cccd: str = "") -> SealingKey:
        """The head's key, or the school's."""
        return self.keys.key(unit, "CBQL" if cccd else "KY_PHAT_HANH", cccd)

    def transaction_key(self, unit: str) -> SealingKey:
        """The school's key."""
        return self.keys.transaction_key(unit)


def _sealed(octets: bytes, keys: _HeadSigns) -> bytes:
    unsigned = _SLOTS.sub(b"", octets)
    named = {slot.name: _HEAD_NAMED for slot in TWELVE}
    return seal_record(unsigned, seals=seals_for(parse_record(unsigned), TWELVE, named=named, keys=keys, form="both"))


def _for_last_slot(approved: Approved) -> Approved:
    """The institution's certificates, approved for the last of the twelve slots as well."""
    rows = tuple(replace(row, roles=row.roles | {TWELVE[-1].name}) for row in approved.certificates)
    return Approved(approved.unit, rows)
