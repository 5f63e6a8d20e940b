"""Sealing a record with keys that are at hand, and the date of issue."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from schemas.identity import general_path
from signing.seal.edits import Edit, edited, fill, fillings
from signing.seal.keys import RemoteKey
from signing.seal.lacking import Seal
from signing.seal.places import Landing, Span, element_at, find_spans_of, has_signature
from signing.seal.prepared import CannotSeal
from signing.seal.writing import Payload, stamp, write_signature
from signing.verify.canonical import EXCLUSIVE, canonical_octets
from signing.verify.envelope import DS, SIGNATURE
from signing.verify.prescreen import parse


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
        check_places(root, landings)
        issue = issue_path(root)
        spans = find_spans_of(root, octets, {issue, *paths_of(landings)})
        edits = _freeze_issue(root, octets, issue, span=spans.get(issue), seals=seals)
        octets, root = edited(octets, [*edits, *fillings(octets, spans, _written(root, wave, landings))]), None
    return octets


def freeze_issue(octets: bytes, *, seals: Sequence[Seal]) -> bytes:
    """The record with NGAY_KY_PHAT_HANH_HOC_BA as its last seal was planned, unless somebody has signed it already.

    To be done once, before the first of several signatures is prepared that come at their own time.
    """
    root = parse(octets)
    issue = issue_path(root)
    span = find_spans_of(root, octets, {issue}).get(issue)
    return edited(octets, _freeze_issue(root, octets, issue, span=span, seals=seals))


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


def _written(root: Any, seals: Sequence[Seal], landings: Sequence[Landing]) -> list[tuple[Landing, bytes]]:
    digests: dict[str, bytes] = {}
    written: list[tuple[Landing, bytes]] = []
    for seal, landing in zip(seals, landings, strict=True):
        key = seal.key
        if isinstance(key, RemoteKey):
            raise CannotSeal(seal.slot.path)
        signature = write_signature(
            payload_of(root, landing, digests), key=key, form=seal.form, signature_id=seal.signature_id, at=seal.at
        )
        written.append((landing, content_of(seal.at, seal.cccd, signature)))
    return written


def payload_of(root: Any, landing: Landing, digests: dict[str, bytes]) -> Payload:
    """What a seal covers; `digests` keeps each region's digest, so that it is computed once."""
    path = landing.region_path
    if path not in digests:
        digests[path] = hashlib.sha256(canonical_octets(_region(root, path), EXCLUSIVE)).digest()
    return Payload(landing.region_id, digests[path])


def check_places(root: Any, landings: Sequence[Landing]) -> None:
    """Each seal has a slot of its own that is empty, outside of what is signed already and of what these seals sign."""
    signed = {(reference.get("URI") or "").removeprefix("#") for reference in root.iter(f"{DS}Reference")}
    signed.update(each.region_id for each in landings)
    taken: set[str] = set()
    for each in landings:
        if each.path in taken or has_signature(root, each.path):
            raise CannotSeal(each.path)
        taken.add(each.path)
        landing = _nearest(root, each.path)
        for element in (landing, *landing.iterancestors()):
            if any(element.get(name) in signed for name in ("Id", "id", "ID")):
                raise CannotSeal(each.path)


def _nearest(root: Any, path: str) -> Any:
    """The element at a path, or the last one on the way there."""
    element = root
    for step in path.split("/"):
        child = element.find(step) if step[-1:] == "]" else next(element.iterchildren(step), None)
        if child is None:
            return element
        element = child
    return element


def _region(root: Any, path: str) -> Any:
    element = element_at(root, path)
    if element is None:
        raise CannotSeal(path)
    return element


def paths_of(landings: Sequence[Landing]) -> set[str]:
    """Every path that must be found in the octets to put seals there."""
    paths = {path for each in landings for path in (each.path, each.region_path, *each.later)}
    return paths | {each.path.rpartition("/")[0] for each in landings}


def content_of(at: datetime, cccd: str, signature: str) -> bytes:
    """What a slot holds beside its place; an institution's names nobody."""
    named = f"<SO_CCCD>{escape(cccd)}</SO_CCCD>" if cccd else ""
    return f"<NGAY_KY>{stamp(at)}</NGAY_KY>{named}{signature}".encode()


def _freeze_issue(root: Any, octets: bytes, path: str, *, span: Span | None, seals: Sequence[Seal]) -> list[Edit]:
    issuing = [seal for seal in seals if seal.slot.holder == "institution"]
    if not issuing or span is None:
        return []
    element = element_at(root, path)
    if len(element) or next(root.iter(SIGNATURE), None) is not None:
        return []
    element.text = stamp(issuing[-1].at)
    return [fill(octets, span, element.text.encode())]
