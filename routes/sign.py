"""The sign stage: seals are applied where signatures are missing and the sender has delegated signing to the hub.

A key that is at hand signs at once. One that lives at a remote service is asked for its signature: the signature is
prepared, with its identifiers and times fixed, and the record waits until its holder has agreed; then the value is put
in its place and the next in the legal order is asked. Dates that stand inside signed data are fixed before the first
signature; each slot's NGAY_KY becomes its SigningTime. Nobody is asked before every key of the record is known.
"""

from collections.abc import Sequence
from itertools import groupby

from ledger.signatures import Ask, Requested
from routes.cargo import Cargo, Halt, Kit, RemoteCertificate, Wants
from routes.normalise import read
from schemas.told import holders
from signing.seal import (
    CannotSeal,
    CertificateWanted,
    ForeignValue,
    HomeDown,
    KeyMissing,
    PreparedSeal,
    RemoteKey,
    Seal,
    finish_seals,
    freeze_issue,
    prepare_seals,
    seal_record,
    seals_for,
    stamping,
)
from signing.seal.record import waves
from signing.seal.remote import METHODS
from signing.seal.stamping import CannotStamp

CERTIFICATE_WANTED = "signer-certificate"
TIMESTAMP_WANTED = "timestamp"
"""The worker fetches what is wanted and comes back: these never become a record's cause."""

ALGORITHMS = {method: name for name, method in METHODS.items()}
"""Identifier of the XML signature method → what a service is asked"""


def sign(cargo: Cargo, kit: Kit) -> Halt | None:
    """Seal each empty slot of the profile with its holder's key, or ask for it."""
    if not cargo.load.delegated:
        return None
    learn(cargo.load.supplies.certificates, kit)
    try:
        return _answers(cargo, kit) or (_stamped_seals(cargo, kit) if _stamping(cargo, kit) else _seals(cargo, kit))
    except KeyMissing as missing:
        return Halt(f"seal-key-missing:{missing.role}")
    except HomeDown as down:
        return Halt(f"signer-down:{down.home}:{down.why}")
    except CertificateWanted as lack:
        cargo.wants = Wants(certificates=lack.wanted)
        return Halt(CERTIFICATE_WANTED)
    except (CannotSeal, CannotStamp):
        return Halt("no-place-to-seal")


def learn(certificates: Sequence[RemoteCertificate], kit: Kit) -> None:
    """What the worker has fetched is kept for the records that follow."""
    for each in certificates:
        if kit.keys is not None and each.home in kit.keys.remotes:
            kit.keys.remotes[each.home].learn(
                each.credential,
                chain=each.chain,
                algorithm=each.algorithm,
                seconds=kit.settings.waiting.certificate_seconds,
            )


def standstill(requests: Sequence[Requested]) -> Halt | None:
    """Why requests keep a record or package from going on: someone said no, someone must act, someone is waited for."""
    for state in ("refused", "failed", "asked", "wanted"):
        for each in requests:
            if each.state == state:
                return Halt(f"awaiting-signature:{each.role}" if state in ("asked", "wanted") else each.cause)
    return None


def _answers(cargo: Cargo, kit: Kit) -> Halt | None:
    """Put every value that has come into its place; wait as long as one is still to come."""
    requests = cargo.load.requests
    halt = standstill(requests)
    if halt is not None:
        return halt
    come = [each for each in requests if each.state == "answered"]
    if not come:
        return None
    pairs = [(PreparedSeal.from_bytes(each.prepared), each.value or b"") for each in come]
    try:
        octets = finish_seals(cargo.octets, seals=pairs)
    except ForeignValue:
        return Halt(f"signer-foreign:{come[0].role}")
    cargo.used = tuple(each.id for each in come)
    return _changed(cargo, kit, octets)


def _seals(cargo: Cargo, kit: Kit) -> Halt | None:
    seals = _lacking(cargo, kit)
    if not seals:
        return None
    if any(isinstance(seal.key, RemoteKey) for seal in seals):
        _freeze(cargo, seals)
        return _in_order(cargo, kit, seals)
    return _changed(cargo, kit, seal_record(cargo.octets, seals=seals, root=cargo.root))


def _lacking(cargo: Cargo, kit: Kit) -> tuple[Seal, ...]:
    """The seals that the record lacks."""
    assert cargo.profile is not None
    keys = None if kit.keys is None else kit.keys.all
    form = kit.settings.form_of(cargo.profile.name)
    return seals_for(cargo.root, cargo.profile.slots, named=holders(cargo.profile), keys=keys, form=form)


def _freeze(cargo: Cargo, seals: Sequence[Seal]) -> None:
    """The date of issue, before the first of several signatures that come at their own time."""
    if not cargo.load.requests:
        cargo.octets, cargo.changed = freeze_issue(cargo.octets, seals=seals), True


def _stamping(cargo: Cargo, kit: Kit) -> bool:
    """Whether each of the hub's seals on the record gets its timestamp."""
    assert cargo.profile is not None
    return kit.settings.stamping(cargo.profile.name) == "signature"


def _stamped_seals(cargo: Cargo, kit: Kit) -> Halt | None:
    """Like `_seals`, each wave timestamped before the next one is made: a later seal may cover an earlier one's place."""
    while True:
        halt = _stamp(cargo, kit)
        if halt is not None:
            return halt
        seals = _lacking(cargo, kit)
        if not seals:
            return None
        _freeze(cargo, seals)
        halt = _in_order(cargo, kit, waves(seals)[0])
        if halt is not None:
            return halt


def _stamp(cargo: Cargo, kit: Kit) -> Halt | None:
    """Timestamps for every seal of the hub that has none; those that are not here yet are asked for."""
    assert cargo.profile is not None
    paths = stamping.wanted(cargo.root, cargo.profile.slots)
    if not paths:
        return None
    imprints = {path: stamping.imprint(cargo.octets, path) for path in paths}
    have = cargo.load.supplies.timestamps
    lacking = tuple(each for each in imprints.values() if each not in have)
    if lacking:
        cargo.wants = Wants(imprints=lacking)
        return Halt(TIMESTAMP_WANTED)
    octets = cargo.octets
    for path, imprint in imprints.items():
        octets = stamping.with_timestamp(octets, path, have[imprint])
    return _changed(cargo, kit, octets)


def _in_order(cargo: Cargo, kit: Kit, seals: Sequence[Seal]) -> Halt | None:
    """One rank after another: what is at hand is sealed; the first rank that is not is asked, and waited for."""
    for role, rank in groupby(seals, key=lambda seal: seal.slot.name):
        together = list(rank)
        here = [seal for seal in together if not isinstance(seal.key, RemoteKey)]
        away = [seal for seal in together if isinstance(seal.key, RemoteKey)]
        if here:
            cargo.octets, cargo.changed = seal_record(cargo.octets, seals=here), True
        if away:
            cargo.asks = tuple(
                _ask(seal, prepared)
                for seal, prepared in zip(away, prepare_seals(cargo.octets, seals=away), strict=True)
            )
            return Halt(f"awaiting-signature:{role}")
    return _changed(cargo, kit, cargo.octets)


def _ask(seal: Seal, prepared: PreparedSeal) -> Ask:
    assert isinstance(seal.key, RemoteKey)
    return Ask(
        place=prepared.landing.path,
        role=prepared.role,
        home=seal.key.home,
        credential=seal.key.credential,
        algorithm=ALGORITHMS[seal.key.method],
        digest=prepared.signature.digest,
        prepared=prepared.to_bytes(),
    )


def _changed(cargo: Cargo, kit: Kit, octets: bytes) -> Halt | None:
    cargo.octets, cargo.changed = octets, True
    return read(cargo, kit)
