"""Which signatures a record lacks, and whose keys make them: everything of a seal is settled but its value."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.identity import general_path
from schemas.profiles import Slot
from signing.seal.keys import AnyKey, CertificateWanted, KeyMissing, Keyring
from signing.seal.places import Landing, element_at, has_signature
from signing.seal.prepared import CannotSeal
from signing.verify.faults import Fault
from signing.verify.locate import untied
from signing.verify.results import Form

_UUID = re.compile(r"[0-9a-fA-F-]{36}", re.ASCII)
_SIGNING_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Seal:
    """One signature that is to be made; everything is fixed but its value."""

    slot: Slot
    """where it goes"""
    key: AnyKey
    """who signs"""
    form: Form
    """how it states its time"""
    signature_id: str
    """its identifier, unique in the record and among records"""
    cccd: str
    """SO_CCCD of the person who signs; empty for an institution"""
    at: datetime
    """SigningTime and NGAY_KY, to the second"""
    later: tuple[str, ...]
    """paths of the slots that come after it in the profile's order"""

    @property
    def landing(self) -> Landing:
        """Where it goes."""
        slot = self.slot
        return Landing(slot.path, slot.region_path, slot.region_id, self.later)


def seals_for(
    root: Any,
    slots: Sequence[Slot],
    *,
    named: Mapping[str, str],
    keys: Keyring | None,
    form: str,
    at: datetime | None = None,
) -> tuple[Seal, ...]:
    """The seals that a record lacks, in the profile's order, each later than the one before; () when all are there.

    `named` says for each person's slot where the data name its holder. Whom they do not name does not sign, unless the
    record keeps a slot for it. `at` is the time of the last seal.
    """
    slots = _untied(root, slots)
    empty = [slot for slot in slots if not has_signature(root, slot.path)]
    wanted = [(slot, cccd) for slot in empty if (cccd := _holder(root, slot, named)) is not None]
    general = element_at(root, general_path(root))
    unit, uuid = _text_of(general, "MA_TRUONG"), _text_of(general, "MA_TRA_CUU_UUID").lower()
    if wanted and not _UUID.fullmatch(uuid):
        raise CannotSeal("MA_TRA_CUU_UUID")
    found, stated = _keys(keys, unit, wanted), Form(form)
    return tuple(
        Seal(
            slot=slot,
            key=key,
            form=stated,
            signature_id=f"sig-{_label(slot)}-{uuid}",
            cccd=cccd,
            at=moment,
            later=tuple(following.path for following in slots[slots.index(slot) + 1 :]),
        )
        for (slot, cccd), key, moment in zip(
            wanted, found, _times(root, len(wanted), at or datetime.now(UTC)), strict=True
        )
    )


def _text_of(general: Any, name: str) -> str:
    element = None if general is None else next(general.iterchildren(name), None)
    return "" if element is None else (element.text or "").strip()


def _untied(root: Any, slots: Sequence[Slot]) -> tuple[Slot, ...]:
    try:
        return untied(root, slots)
    except Fault as fault:
        raise CannotSeal(fault.kind.cause) from fault


def _label(slot: Slot) -> str:
    """The slot's name, with its number where there are several: identifiers are unique in a record."""
    number = slot.path.rpartition("[")[2].removesuffix("]") if slot.path.endswith("]") else ""
    return "-".join(filter(None, (slot.name.lower().replace("_", "-"), number)))


def _holder(root: Any, slot: Slot, named: Mapping[str, str]) -> str | None:
    """The person's id, empty text for an institution, None for a slot that nobody is to sign."""
    if slot.holder == "institution":
        return ""
    stated = (root.findtext(named.get(slot.name, f"{slot.path}/SO_CCCD")) or "").strip()
    if not stated and root.find(slot.path) is not None:
        raise KeyMissing(slot.name)
    return stated or None


def _keys(keys: Keyring | None, unit: str, wanted: Sequence[tuple[Slot, str]]) -> list[AnyKey]:
    """Every key before any of them signs or is asked: a record whose last key is missing costs nobody a signature."""
    found: list[AnyKey] = []
    unknown: list[tuple[str, str, str]] = []
    for slot, cccd in wanted:
        if keys is None:
            raise KeyMissing(slot.name)
        try:
            found.append(keys.key(unit, slot.name, cccd))
        except CertificateWanted as lack:
            unknown.extend(lack.wanted)
    if unknown:
        raise CertificateWanted(*dict.fromkeys(unknown))
    return found


def _times(root: Any, count: int, at: datetime) -> list[datetime]:
    """Rising by a second, the last one now, none before a signature that is there already."""
    last = at.replace(microsecond=0)
    first = last - timedelta(seconds=count - 1)
    there = list(_stated_times(root))
    if there:
        first = max(first, max(there).replace(microsecond=0) + timedelta(seconds=1))
    return [first + timedelta(seconds=turn) for turn in range(count)]


def _stated_times(root: Any) -> Iterator[datetime]:
    """What signatures state, in UTC; of what is no time, or so near the end of them that none could follow, verification
    tells."""
    for element in root.iter("{*}SigningTime"):
        text = (element.text or "").strip()
        if _SIGNING_TIME.fullmatch(text):
            with suppress(ValueError, OverflowError):
                moment = datetime.fromisoformat(text).astimezone(UTC)
                moment + _A_DAY
                yield moment
