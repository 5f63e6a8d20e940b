"""Sealing a record: which slots are empty, whose keys they need, and their signatures put in place."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.identity import general_path
from schemas.profiles import Slot
from signing.seal.keys import KeyMissing, Keyring, SealingKey
from signing.seal.places import Span, find_spans
from signing.seal.writing import Payload, stamp, write_signature
from signing.verify.canonical import EXCLUSIVE, canonical_octets
from signing.verify.envelope import DS, SIGNATURE
from signing.verify.faults import Fault
from signing.verify.locate import untied
from signing.verify.prescreen import parse
from signing.verify.results import Form

_UUID = re.compile(r"[0-9a-fA-F-]{36}", re.ASCII)
_SIGNING_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)


class CannotSeal(Exception):
    """The record has no place for a seal, or the seal would change what is signed already."""


@dataclass(frozen=True, slots=True)
class Seal:
    """One signature that is to be made; everything is fixed but its value."""

    slot: Slot
    """where it goes"""
    key: SealingKey
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
    empty = [slot for slot in slots if root.find(f"{slot.path}/{SIGNATURE}") is None]
    wanted = [(slot, cccd) for slot in empty if (cccd := _holder(root, slot, named)) is not None]
    general = general_path(root)
    unit = (root.findtext(f"{general}/MA_TRUONG") or "").strip()
    uuid = (root.findtext(f"{general}/MA_TRA_CUU_UUID") or "").strip().lower()
    if wanted and not _UUID.fullmatch(uuid):
        raise CannotSeal("MA_TRA_CUU_UUID")
    return tuple(
        Seal(
            slot=slot,
            key=_key(keys, unit, slot, cccd),
            form=Form(form),
            signature_id=f"sig-{_label(slot)}-{uuid}",
            cccd=cccd,
            at=moment,
            later=tuple(following.path for following in slots[slots.index(slot) + 1 :]),
        )
        for (slot, cccd), moment in zip(wanted, _times(root, len(wanted), at or datetime.now(UTC)), strict=True)
    )


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


def _key(keys: Keyring | None, unit: str, slot: Slot, cccd: str) -> SealingKey:
    if keys is None:
        raise KeyMissing(slot.name)
    return keys.key(unit, slot.name, cccd)


def _times(root: Any, count: int, at: datetime) -> list[datetime]:
    """Rising by a second, the last one now, none before a signature that is there already."""
    last = at.replace(microsecond=0)
    first = last - timedelta(seconds=count - 1)
    there = [datetime.fromisoformat(text) for text in _stated_times(root)]
    if there:
        first = max(first, max(there).astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1))
    return [first + timedelta(seconds=turn) for turn in range(count)]


def _stated_times(root: Any) -> list[str]:
    texts = ((element.text or "").strip() for element in root.iter("{*}SigningTime"))
    return [text for text in texts if _SIGNING_TIME.fullmatch(text)]


def seal_record(octets: bytes, *, seals: Sequence[Seal]) -> bytes:
    """The record with these seals in their slots: no octet of what is signed, nor of any other slot, is changed.

    In a record that nobody has signed yet, NGAY_KY_PHAT_HANH_HOC_BA becomes the time of the institution's seal.
    """
    issuing = [seal for seal in seals if seal.slot.holder == "institution"]
    for wave in _waves(seals):
        root = parse(octets)
        _check_outside_signed(root, wave)
        issued = f"{general_path(root)}/NGAY_KY_PHAT_HANH_HOC_BA"
        spans = find_spans(octets, {issued, *_paths(wave)})
        edits = _freeze_issue(root, issued, octets, spans, issuing)
        octets = _edited(octets, [*edits, *_fillings(octets, spans, _written(root, wave))])
    return octets


def _waves(seals: Sequence[Seal]) -> list[list[Seal]]:
    """Seals that are made together: one that covers the place of an earlier one waits until that is in it."""
    waves: list[list[Seal]] = []
    for seal in seals:
        region = f"{seal.slot.region_path}/"
        if not waves or any(other.slot.path.startswith(region) for other in waves[-1]):
            waves.append([])
        waves[-1].append(seal)
    return waves


def _written(root: Any, seals: Sequence[Seal]) -> list[tuple[Seal, bytes]]:
    digests: dict[str, bytes] = {}
    written: list[tuple[Seal, bytes]] = []
    for seal in seals:
        path = seal.slot.region_path
        if path not in digests:
            digests[path] = hashlib.sha256(canonical_octets(_region(root, seal.slot), EXCLUSIVE)).digest()
        payload = Payload(seal.slot.region_id, digests[path])
        signature = write_signature(payload, key=seal.key, form=seal.form, signature_id=seal.signature_id, at=seal.at)
        written.append((seal, _content(seal, signature)))
    return written


def _check_outside_signed(root: Any, seals: Sequence[Seal]) -> None:
    """No seal may land inside what is signed already, or inside what it signs itself."""
    signed = {(reference.get("URI") or "").removeprefix("#") for reference in root.iter(f"{DS}Reference")}
    signed.update(seal.slot.region_id for seal in seals)
    for seal in seals:
        landing = root
        for step in seal.slot.path.split("/"):
            landing = landing if (child := landing.find(step)) is None else child
        for element in (landing, *landing.iterancestors()):
            if any(element.get(name) in signed for name in ("Id", "id", "ID")):
                raise CannotSeal(seal.slot.path)


def _region(root: Any, slot: Slot) -> Any:
    element = root.find(slot.region_path)
    if element is None:
        raise CannotSeal(slot.region_path)
    return element


def _paths(seals: Sequence[Seal]) -> set[str]:
    paths = {path for seal in seals for path in (seal.slot.path, seal.slot.region_path, *seal.later)}
    return paths | {path.rpartition("/")[0] for path in paths}


def _content(seal: Seal, signature: str) -> bytes:
    named = f"<SO_CCCD>{seal.cccd}</SO_CCCD>" if seal.slot.holder == "person" else ""
    return f"<NGAY_KY>{stamp(seal.at)}</NGAY_KY>{named}{signature}".encode()


Edit = tuple[int, int, bytes]
"""First octet replaced, first octet kept again, what comes between."""


def _freeze_issue(
    root: Any, path: str, octets: bytes, spans: Mapping[str, Span], issuing: Sequence[Seal]
) -> list[Edit]:
    element, span = root.find(path), spans.get(path)
    if not issuing or span is None or len(element) or next(root.iter(SIGNATURE), None) is not None:
        return []
    element.text = stamp(issuing[-1].at)
    return [_fill(octets, span, element.text.encode())]


def _fillings(octets: bytes, spans: Mapping[str, Span], written: Sequence[tuple[Seal, bytes]]) -> list[Edit]:
    edits: list[Edit] = []
    absent: dict[str, list[tuple[Seal, bytes]]] = {}
    for seal, content in written:
        span = spans.get(seal.slot.path)
        if span is not None:
            edits.append(_fill(octets, span, content))
        else:
            parent, _, name = seal.slot.path.rpartition("/")
            absent.setdefault(parent, []).append((seal, _element(name, content)))
    for parent, group in absent.items():
        edits.extend(_insertions(octets, spans, parent, group))
    return edits


def _insertions(
    octets: bytes, spans: Mapping[str, Span], parent: str, group: Sequence[tuple[Seal, bytes]]
) -> list[Edit]:
    """Absent slots go before the first slot that comes after them, or at the end of their list; an absent list goes
    after the data."""
    span = spans.get(parent)
    together = b"".join(element for _, element in group)
    if span is None:
        data = spans.get(group[0][0].slot.region_path)
        if "/" in parent or data is None:
            raise CannotSeal(parent)
        return [(data.end, data.end, _element(parent, together))]
    if span.one_tag:
        return [_fill(octets, span, together)]
    edits = []
    for seal, element in group:
        following = [spans[path].start for path in seal.later if path in spans and path.rpartition("/")[0] == parent]
        place = min(following, default=span.closing)
        edits.append((place, place, element))
    return edits


def _element(name: str, content: bytes) -> bytes:
    return b"<%b>%b</%b>" % (name.encode(), content, name.encode())


def _fill(octets: bytes, span: Span, content: bytes) -> Edit:
    """Replace what an element holds; its start tag stays as it is."""
    if not span.one_tag:
        return span.inside, span.closing, content
    tag = octets[span.start : span.end - 2].rstrip()
    return span.start, span.end, b"%b>%b</%b>" % (tag, content, tag[1:].split()[0])


def _edited(octets: bytes, edits: Sequence[Edit]) -> bytes:
    pieces: list[bytes] = []
    kept = 0
    for start, end, content in sorted(edits, key=lambda edit: edit[:2]):
        pieces += [octets[kept:start], content]
        kept = end
    return b"".join((*pieces, octets[kept:]))
