"""Step 3: every signature in the record, each in exactly one declared slot."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from schemas.profiles import Slot
from signing.verify.envelope import SIGNATURE
from signing.verify.faults import Fault
from signing.verify.policy import Limits


@dataclass(frozen=True, slots=True)
class Placed:
    """One declared slot that is present in the record."""

    slot: Slot
    """The declaration."""
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
    placed = tuple(place for slot in slots if (place := _place(root, slot)) is not None)
    assigned = {id(place.signature) for place in placed}
    for signature in found:
        if id(signature) not in assigned:
            raise Fault("signature-misplaced", seen=_path(signature))
    return placed


def _place(root: Any, slot: Slot) -> Placed | None:
    element = only_child(root, slot.path, fault="slot-repeated")
    if element is None:
        return None
    signatures = element.findall(SIGNATURE)
    if len(signatures) > 1:
        raise Fault("slot-repeated", seen=slot.name)
    return Placed(slot, element, signatures[0] if signatures else None)


def only_child(root: Any, path: str, *, fault: str) -> Any | None:
    """The one element at a path of child names, each step of it unique; None when a step is absent."""
    element = root
    for step in path.split("/"):
        candidates = element.findall(step)
        if len(candidates) > 1:
            raise Fault(fault, seen=path)
        if not candidates:
            return None
        element = candidates[0]
    return element


def _path(element: Any) -> str:
    names = [element.tag, *(ancestor.tag for ancestor in element.iterancestors())]
    return "/".join(reversed([str(name).rpartition("}")[2] for name in names[:8]]))
