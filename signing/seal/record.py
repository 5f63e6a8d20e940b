"""Sealing a record: which slots are empty, whose keys they need, and their signatures put in place."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from xml.sax.saxutils import escape

import orjson

from schemas.identity import general_path
from schemas.profiles import Slot
from signing.seal.finishing import finish
from signing.seal.keys import AnyKey, CertificateWanted, KeyMissing, Keyring, RemoteKey
from signing.seal.places import Landing, Span, element_at, find_spans_of
from signing.seal.prepared import CannotSeal, Prepared, damage, read_stored, stored_text
from signing.seal.writing import Payload, prepare_signature, stamp, write_signature
from signing.verify.canonical import EXCLUSIVE, canonical_octets
from signing.verify.envelope import DS, SIGNATURE
from signing.verify.faults import Fault
from signing.verify.locate import IDENTIFIER_ATTRIBUTES, untied
from signing.verify.prescreen import parse
from signing.verify.results import Form

_UUID = re.compile(r"[0-9a-fA-F-]{36}", re.ASCII)
_SIGNING_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)

_PATH = re.compile(r"[A-Z_]+(?:\[\d+\])?(?:/[A-Z_]+(?:\[\d+\])?)*", re.ASCII)
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
    empty = [slot for slot in slots if root.find(f"{slot.path}/{SIGNATURE}") is None]
    wanted = [(slot, cccd) for slot in empty if (cccd := _holder(root, slot, named)) is not None]
    general = general_path(root)
    unit, uuid = _text_at(root, f"{general}/MA_TRUONG"), _text_at(root, f"{general}/MA_TRA_CUU_UUID").lower()
    if wanted and not _UUID.fullmatch(uuid):
        raise CannotSeal("MA_TRA_CUU_UUID")
    found = _keys(keys, unit, wanted)
    return tuple(
        Seal(
            slot=slot,
            key=key,
            form=Form(form),
            signature_id=f"sig-{_label(slot)}-{uuid}",
            cccd=cccd,
            at=moment,
            later=tuple(following.path for following in slots[slots.index(slot) + 1 :]),
        )
        for (slot, cccd), key, moment in zip(
            wanted, found, _times(root, len(wanted), at or datetime.now(UTC)), strict=True
        )
    )


def _text_at(root: Any, path: str) -> str:
    element = element_at(root, path)
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
    unknown: list[tuple[str, str]] = []
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


def seal_record(octets: bytes, *, seals: Sequence[Seal], root: Any = None) -> bytes:
    """The record with these seals in their slots: no octet of what is signed, nor of any other slot, is changed.

    In a record that nobody has signed yet, NGAY_KY_PHAT_HANH_HOC_BA becomes the time of the institution's seal. `root`
    is what the octets were parsed to, where that is at hand: it is no longer theirs afterwards.

    Raises:
        CannotSeal: there is no place for one of them, or its key is not at hand.
        HomeDown: a key's token does not answer.
    """
    for wave in waves(seals):
        root = parse(octets) if root is None else root
        landings = [seal.landing for seal in wave]
        _check_places(root, landings)
        issue = issue_path(root)
        spans = find_spans_of(root, octets, {issue, *_paths(landings)})
        edits = _freeze_issue(root, octets, issue, span=spans.get(issue), seals=seals)
        octets, root = _edited(octets, [*edits, *_fillings(octets, spans, _written(root, wave))]), None
    return octets


def freeze_issue(octets: bytes, *, seals: Sequence[Seal]) -> bytes:
    """The record with NGAY_KY_PHAT_HANH_HOC_BA as its last seal was planned, unless somebody has signed it already.

    To be done once, before the first of several signatures is prepared that come at their own time.
    """
    root = parse(octets)
    issue = issue_path(root)
    span = find_spans_of(root, octets, {issue}).get(issue)
    return _edited(octets, _freeze_issue(root, octets, issue, span=span, seals=seals))


def issue_path(root: Any) -> str:
    """Where the date of issue stands."""
    return f"{general_path(root)}/NGAY_KY_PHAT_HANH_HOC_BA"


def waves(seals: Sequence[Seal]) -> list[list[Seal]]:
    """Seals that are made together: one that covers the place of an earlier one waits until that is in it."""
    waves: list[list[Seal]] = []
    for seal in seals:
        region = f"{seal.slot.region_path}/"
        if not waves or any(other.slot.path.startswith(region) for other in waves[-1]):
            waves.append([])
        waves[-1].append(seal)
    return waves


def _written(root: Any, seals: Sequence[Seal]) -> list[tuple[Landing, bytes]]:
    digests: dict[str, bytes] = {}
    written: list[tuple[Landing, bytes]] = []
    for seal in seals:
        key = seal.key
        if isinstance(key, RemoteKey):
            raise CannotSeal(seal.slot.path)
        signature = write_signature(
            _payload(root, seal.landing, digests), key=key, form=seal.form, signature_id=seal.signature_id, at=seal.at
        )
        written.append((seal.landing, _content(seal.at, seal.cccd, signature)))
    return written


def _payload(root: Any, landing: Landing, digests: dict[str, bytes]) -> Payload:
    path = landing.region_path
    if path not in digests:
        digests[path] = hashlib.sha256(canonical_octets(_region(root, path), EXCLUSIVE)).digest()
    return Payload(landing.region_id, digests[path])


def _check_places(root: Any, landings: Sequence[Landing]) -> None:
    """Each seal has a slot of its own that is empty, outside of what is signed already and of what these seals sign."""
    signed = {(reference.get("URI") or "").removeprefix("#") for reference in root.iter(f"{DS}Reference")}
    signed.update(each.region_id for each in landings)
    taken: set[str] = set()
    for each in landings:
        if each.path in taken or root.find(f"{each.path}/{SIGNATURE}") is not None:
            raise CannotSeal(each.path)
        taken.add(each.path)
        landing = root
        for step in each.path.split("/"):
            landing = landing if (child := landing.find(step)) is None else child
        for element in (landing, *landing.iterancestors()):
            if any(element.get(name) in signed for name in ("Id", "id", "ID")):
                raise CannotSeal(each.path)


def _region(root: Any, path: str) -> Any:
    element = element_at(root, path)
    if element is None:
        raise CannotSeal(path)
    return element


def _paths(landings: Sequence[Landing]) -> set[str]:
    paths = {path for each in landings for path in (each.path, each.region_path, *each.later)}
    return paths | {each.path.rpartition("/")[0] for each in landings}


def _content(at: datetime, cccd: str, signature: str) -> bytes:
    """An institution's slot names nobody."""
    named = f"<SO_CCCD>{escape(cccd)}</SO_CCCD>" if cccd else ""
    return f"<NGAY_KY>{stamp(at)}</NGAY_KY>{named}{signature}".encode()


@dataclass(frozen=True, slots=True)
class PreparedSeal:
    """A seal that lacks its value: everything that is needed to put it in its place tomorrow."""

    role: str
    """name of the slot"""
    landing: Landing
    """where it goes"""
    tie: str
    """identifier of the slot's element where it has one: slots that change places keep theirs"""
    covered: bytes
    """SHA-256 of the canonical octets that it covers: they must be the same when it is put in place"""
    cccd: str
    """SO_CCCD of the person who signs; empty for an institution"""
    at: datetime
    """SigningTime and NGAY_KY"""
    signature: Prepared
    """the signature"""

    def to_bytes(self) -> bytes:
        """As it is stored. Names a person by number: for the ledger only."""
        landing = self.landing
        return orjson.dumps(
            {
                "role": self.role,
                "tie": self.tie,
                "landing": [landing.path, landing.region_path, landing.region_id, landing.later],
                "covered": self.covered.hex(),
                "cccd": self.cccd,
                "at": self.at.isoformat(),
                "signature": orjson.Fragment(self.signature.to_bytes()),
            }
        )

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """As it was stored.

        Raises:
            CannotSeal: this was never stored so.
        """
        told = read_stored(stored)
        with damage():
            at = datetime.fromisoformat(told["at"])
            if stamp(at) and at.tzinfo is None:
                raise ValueError("at")
            return cls(
                role=stored_text(told["role"]),
                landing=_landing(*told["landing"]),
                tie=stored_text(told["tie"]),
                covered=bytes.fromhex(told["covered"]),
                cccd=stored_text(told["cccd"]),
                at=at,
                signature=Prepared.from_told(told["signature"]),
            )


def _landing(path: object, region_path: object, region_id: object, later: Sequence[object]) -> Landing:
    paths = [stored_text(each) for each in (path, region_path, *later)]
    if not all(map(_PATH.fullmatch, paths)):
        raise ValueError("path")
    return Landing(paths[0], paths[1], stored_text(region_id), tuple(paths[2:]))


def prepare_seals(octets: bytes, *, seals: Sequence[Seal]) -> tuple[PreparedSeal, ...]:
    """These seals over the record as it is now, without their values; none of them may cover another's place.

    Raises:
        CannotSeal: there is no place for one of them.
    """
    root = parse(octets)
    _check_places(root, [seal.landing for seal in seals])
    digests: dict[str, bytes] = {}
    return tuple(_prepared(root, seal, _payload(root, seal.landing, digests)) for seal in seals)


def _prepared(root: Any, seal: Seal, payload: Payload) -> PreparedSeal:
    signature = prepare_signature(payload, key=seal.key, form=seal.form, signature_id=seal.signature_id, at=seal.at)
    return PreparedSeal(
        role=seal.slot.name,
        landing=seal.landing,
        tie=_tie(root, seal.landing),
        covered=payload.digest,
        cccd=seal.cccd,
        at=seal.at,
        signature=signature,
    )


def _tie(root: Any, landing: Landing) -> str:
    element = root.find(landing.path)
    return "" if element is None else next(filter(None, map(element.get, IDENTIFIER_ATTRIBUTES)), "")


def finish_seals(octets: bytes, *, seals: Sequence[tuple[PreparedSeal, bytes]]) -> bytes:
    """The record with these prepared seals in their slots, each with its value.

    Raises:
        ForeignValue: a value is not its signature.
        CannotSeal: the record is not what was prepared, or the slot has been signed meanwhile.
    """
    root = parse(octets)
    landings = [prepared.landing for prepared, _ in seals]
    _check_places(root, landings)
    digests: dict[str, bytes] = {}
    written = []
    for prepared, value in seals:
        landing = prepared.landing
        payload = _payload(root, landing, digests)
        if payload.digest != prepared.covered or _tie(root, landing) != prepared.tie:
            raise CannotSeal(landing.path)
        signature = finish(prepared.signature, value, payload=payload, at=prepared.at, cccd=prepared.cccd)
        written.append((landing, _content(prepared.at, prepared.cccd, signature)))
    return _edited(octets, _fillings(octets, find_spans_of(root, octets, _paths(landings)), written))


Edit = tuple[int, int, bytes]
"""First octet replaced, first octet kept again, what comes between."""


def _freeze_issue(root: Any, octets: bytes, path: str, *, span: Span | None, seals: Sequence[Seal]) -> list[Edit]:
    issuing = [seal for seal in seals if seal.slot.holder == "institution"]
    if not issuing or span is None:
        return []
    element = element_at(root, path)
    if len(element) or next(root.iter(SIGNATURE), None) is not None:
        return []
    element.text = stamp(issuing[-1].at)
    return [_fill(octets, span, element.text.encode())]


def _fillings(octets: bytes, spans: Mapping[str, Span], written: Sequence[tuple[Landing, bytes]]) -> list[Edit]:
    edits: list[Edit] = []
    absent: dict[str, list[tuple[Landing, bytes]]] = {}
    for landing, content in written:
        span = spans.get(landing.path)
        if span is not None:
            edits.append(_fill(octets, span, content))
        else:
            parent, _, name = landing.path.rpartition("/")
            absent.setdefault(parent, []).append((landing, _element(name, content)))
    for parent, group in absent.items():
        edits.extend(_insertions(octets, spans, parent, group))
    return edits


def _insertions(
    octets: bytes, spans: Mapping[str, Span], parent: str, group: Sequence[tuple[Landing, bytes]]
) -> list[Edit]:
    """Absent slots go before the first slot that comes after them, or at the end of their list; an absent list goes
    after the data."""
    span = spans.get(parent)
    together = b"".join(element for _, element in group)
    if span is None:
        data = spans.get(group[0][0].region_path)
        if "/" in parent or data is None:
            raise CannotSeal(parent)
        return [(data.end, data.end, _element(parent, together))]
    if span.one_tag:
        return [_fill(octets, span, together)]
    edits = []
    for landing, element in group:
        following = [spans[path].start for path in landing.later if path in spans and path.rpartition("/")[0] == parent]
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
