"""Step 3: every signature in the record, each in exactly one declared slot."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from schemas.profiles import Slot
from signing.verify.envelope import SIGNATURE
from signing.verify.faults import Fault
from signing.verify.policy import Limits

IDENTIFIER_ATTRIBUTES = ("Id", "id", "ID", "{http://www.w3.org/XML/1998/namespace}id")
"""Every spelling of an identifier."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One declared slot that is present in the record."""

    slot: Slot
    """The declaration."""
    path: str
    """Where it stands: the slot's path, with its number where there may be several."""
    element: Any
    """The slot's element."""
    signature: Any | None
    """Its `ds:Signature`, a direct child; None when the slot is not signed."""


def place_signatures(root: Any, slots: Sequence[Slot], limits: Limits) -> tuple[Placed, ...]:
    """Assign each signature to its slot; an extra, repeated or misplaced one is a fault of the whole record."""
    found = []
    for signature in root.iter("{*}Signature"):
        found.append(signature)
        if len(found) > limits.signatures:
            raise Fault("signature-misplaced", expected=f"≤ {limits.signatures}")
    placed = tuple(place for slot in slots for place in _place(root, slot))
    assigned = {id(place.signature) for place in placed}
    for signature in found:
        if id(signature) not in assigned:
            raise Fault("signature-misplaced", seen=_path(signature))
    return placed


def _place(root: Any, slot: Slot) -> Iterator[Placed]:
    for path, element in _elements(root, slot):
        signatures = list(element.iterchildren(SIGNATURE))
        if len(signatures) > 1:
            raise Fault("slot-repeated", seen=slot.name)
        yield Placed(slot, path, element, signatures[0] if signatures else None)


def _elements(root: Any, slot: Slot) -> list[tuple[str, Any]]:
    """The one element of a slot, or, where each stands for another signer, all of them in their one list."""
    if slot.tie is not None:
        return children(root, slot.path, fault="slot-repeated")
    element = only_child(root, slot.path, fault="slot-repeated")
    return [] if element is None else [(slot.path, element)]


def region_of(root: Any, slot: Slot, element: Any) -> tuple[str, str]:
    """Step 5: path and identifier of what a slot signs; where there are several slots, of the one region tied to it."""
    if slot.tie is None:
        return slot.region_path, slot.region_id
    name = element.get(slot.tie.attribute)
    tied = [
        (path, region)
        for path, region in children(root, slot.region_path, fault="data-missing")
        if any(mark.get(slot.tie.attribute) == name for mark in region.iterfind(slot.tie.mark))
    ]
    expected = f"{slot.region_path}/{slot.tie.mark}[@{slot.tie.attribute}]"
    if not name or len(tied) != 1:
        raise Fault("data-missing", seen=f"{slot.name}: {len(tied)}", expected=expected)
    ((path, region),) = tied
    identifier = next((value for each in IDENTIFIER_ATTRIBUTES if (value := region.get(each))), None)
    if identifier is None:
        raise Fault("data-missing", expected=f"{path}[@Id]")
    return path, identifier


def untied(root: Any, slots: Sequence[Slot]) -> tuple[Slot, ...]:
    """The slots of one record: those that stand there once per signer as so many slots, each with its own region."""
    found: list[Slot] = []
    for slot in slots:
        if slot.tie is None:
            found.append(slot)
            continue
        for path, element in _elements(root, slot):
            region_path, region_id = region_of(root, slot, element)
            found.append(replace(slot, path=path, region_path=region_path, region_id=region_id, tie=None))
    return tuple(found)


def children(root: Any, path: str, *, fault: str) -> list[tuple[str, Any]]:
    """Every element at a path, with its number in it; whatever is around them is there once."""
    around, _, name = path.rpartition("/")
    parent = only_child(root, around, fault=fault)
    found = () if parent is None else parent.findall(name)
    return [(f"{path}[{number}]", element) for number, element in enumerate(found, start=1)]


def only_text(element: Any, name: str) -> str | None:
    """What a slot says under a name: all of it, so that two answers, or one with markup in it, equal no single one."""
    found = list(element.iterchildren(name))
    return " ".join((each.text or "") if len(each) == 0 else "<…>" for each in found) if found else None


def only_child(root: Any, path: str, *, fault: str) -> Any | None:
    """The one element at a path of child names, each step of it unique; None when a step is absent."""
    element = root
    for step in path.split("/"):
        # A step with a number is a path of its own; a plain name is found faster without looking for one.
        candidates = element.findall(step) if step[-1:] == "]" else list(element.iterchildren(step))
        if len(candidates) > 1:
            raise Fault(fault, seen=path)
        if not candidates:
            return None
        element = candidates[0]
    return element


def _path(element: Any) -> str:
    names = [element.tag, *(ancestor.tag for ancestor in element.iterancestors())]
    return "/".join(reversed([str(name).rpartition("}")[2] for name in names[:8]]))
