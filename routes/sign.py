"""The sign stage: seals are applied where signatures are missing and the sender has delegated signing to the hub.

Dates that stand inside signed data are fixed before the first signature: each slot's NGAY_KY becomes its SigningTime.
"""

from routes.cargo import Cargo, Halt, Kit
from routes.normalise import read
from schemas.told import holders
from signing.seal import CannotSeal, KeyMissing, seal_record, seals_for


def sign(cargo: Cargo, kit: Kit) -> Halt | None:
    """Seal each empty slot of the profile with its holder's key."""
    assert cargo.profile is not None
    if not cargo.load.delegated:
        return None
    try:
        named = holders(cargo.profile)
        seals = seals_for(cargo.root, cargo.profile.slots, named=named, keys=kit.keys, form=kit.settings.form)
        sealed = seal_record(cargo.octets, seals=seals) if seals else None
    except KeyMissing as missing:
        return Halt(f"seal-key-missing:{missing.role}")
    except CannotSeal:
        return Halt("no-place-to-seal")
    if sealed is not None:
        cargo.octets, cargo.changed = sealed, True
        return read(cargo, kit)
    return None
