"""What a document's own timestamps prove of each of its signatures, told beside the verdict."""

from dataclasses import replace

from hub.verifying.told import Judged, Kept, Signature
from signing.preserve import Preservation, Preserved


def kept_beside(judged: Judged, preserved: Preserved | None) -> Judged:
    """The same with each signature's level; None: it bears no timestamps."""
    found = () if preserved is None else preserved.preservation.signatures
    if not found or len(judged.signatures) != len(found):
        return judged
    slots = {each.path: each.slot for each in found}
    pairs = zip(judged.signatures, found, strict=True)
    return replace(judged, signatures=tuple(_with(signature, each, slots) for signature, each in pairs))


def _with(signature: Signature, found: Preservation, slots: dict[str, str]) -> Signature:
    kept = Kept(
        level=found.level,
        times=tuple(each.time for each in found.stamps if each.passed and each.time is not None),
        proven=found.proven,
        until=found.until,
        by=slots.get(found.covered_by or ""),
        remark=found.remark,
    )
    return replace(signature, kept=kept)
