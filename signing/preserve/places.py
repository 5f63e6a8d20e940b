"""The signatures of a document, each with what it covers, and which of them stand inside what another has signed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from schemas.identity import identify
from schemas.profiles import profile_of
from signing.preserve.problems import CannotPreserve
from signing.verify.canonical import canonical_octets
from signing.verify.envelope import SIGNATURE
from signing.verify.faults import Fault
from signing.verify.locate import IDENTIFIER_ATTRIBUTES, Placed, only_child, place_signatures, region_of
from signing.verify.policy import Limits
from signing.verify.prescreen import check_crowding, check_scope, parse, prescreen_octets, prescreen_tree
from signing.verify.signature import Region
from signing.verify.transaction import BATCH, BATCH_LIMITS, TRANSACTION, without_signature

RECORD = "HOC_BA"


@dataclass(frozen=True, slots=True)
class Held:
    """One signature of a document."""

    slot: str
    """name of its slot; GIAO_DICH for a batch's own"""
    path: str
    """where the slot stands"""
    element: Any
    """the `ds:Signature`"""
    make_region: Callable[[], Region]
    """what it covers, made anew: canonical octets are kept in it"""
    covered_by: int | None
    """number of the signature that covers this one, so that not one octet may be added to it; None: nothing does"""
    limits: Limits
    """bounds of the document that it stands in"""


@dataclass(frozen=True, slots=True)
class Document:
    """A record or a batch, read."""

    octets: bytes
    """as it is stored"""
    root: Any
    """its root element"""
    signatures: tuple[Held, ...]
    """of a record, all in the profile's order; of a batch, its own: its records are covered by that"""


def open_document(octets: bytes) -> Document:
    """Read a record or a batch as `signing.verify` does (steps 1 to 3).

    Raises:
        CannotPreserve: it is neither, or breaks a rule of these steps.
    """
    try:
        return _open(octets)
    except Fault as fault:
        raise CannotPreserve(fault.kind.cause) from fault


def _open(octets: bytes) -> Document:
    limits = BATCH_LIMITS if len(octets) > Limits().octets else Limits()
    declared = prescreen_octets(octets, BATCH_LIMITS)
    root = parse(octets)
    if root.tag == BATCH.root:
        check_scope(root, BATCH_LIMITS, declared=declared)
        check_crowding(root, BATCH_LIMITS)
        return Document(octets, root, _of_batch(root))
    if root.tag != RECORD or limits is BATCH_LIMITS:
        raise CannotPreserve("unknown-document")
    prescreen_octets(octets, limits)
    check_scope(root, limits, declared=declared)
    return Document(octets, root, _of_record(root, limits))


def _of_batch(root: Any) -> tuple[Held, ...]:
    signatures = root.findall(SIGNATURE)
    if len(signatures) != 1 or root[-1] is not signatures[0]:
        raise CannotPreserve("unknown-document")

    def region() -> Region:
        return Region(root, BATCH.identifier, canonicalise=without_signature, enveloped=True)

    return (Held(TRANSACTION, BATCH.path, signatures[0], region, None, BATCH_LIMITS),)


def _of_record(root: Any, limits: Limits) -> tuple[Held, ...]:
    told = identify(root)
    profile = profile_of(told.version, told.level)
    if profile is None:
        raise CannotPreserve("unknown-document")
    prescreen_tree(root, limits, profile.slots)
    placed = [each for each in place_signatures(root, profile.slots, limits) if each.signature is not None]
    if not placed:
        raise CannotPreserve("unknown-document")
    regions = [_region_element(root, each) for each in placed]
    return tuple(
        Held(
            place.slot.name,
            place.path,
            place.signature,
            _maker(element, identifier, place),
            _cover(number, placed, [region for region, _ in regions]),
            limits,
        )
        for number, (place, (element, identifier)) in enumerate(zip(placed, regions, strict=True))
    )


def _region_element(root: Any, place: Placed) -> tuple[Any, str]:
    path, identifier = region_of(root, place.slot, place.element)
    element = only_child(root, path, fault="data-missing")
    if element is None or not any(element.get(name) == identifier for name in IDENTIFIER_ATTRIBUTES):
        raise Fault("data-missing", expected=f"{path}[@Id='{identifier}']")
    return element, identifier


def _maker(element: Any, identifier: str, place: Placed) -> Callable[[], Region]:
    enveloped = any(ancestor is element for ancestor in place.element.iterancestors())
    return lambda: Region(element, identifier, canonicalise=canonical_octets, enveloped=enveloped)


def _cover(own: int, placed: list[Placed], regions: list[Any]) -> int | None:
    """The last of the signatures whose region this one stands in: it comes last in the order of signing."""
    around = set(placed[own].element.iterancestors())
    covering = [number for number, region in enumerate(regions) if number != own and region in around]
    return covering[-1] if covering else None
