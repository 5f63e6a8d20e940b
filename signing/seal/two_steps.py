"""The two steps of seals whose keys are elsewhere: what was prepared is kept, and put in place when its value has come."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import orjson

from signing.seal.edits import edited, fillings
from signing.seal.finishing import finish
from signing.seal.lacking import Seal
from signing.seal.places import Landing, find_spans_of
from signing.seal.prepared import CannotSeal, Prepared, damage, read_stored, stored_text
from signing.seal.record import check_places, content_of, paths_of, payload_of
from signing.seal.writing import Payload, prepare_signature, stamp
from signing.verify.locate import IDENTIFIER_ATTRIBUTES
from signing.verify.prescreen import parse

_PATH = re.compile(r"[A-Z_]+(?:\[\d+\])?(?:/[A-Z_]+(?:\[\d+\])?)*", re.ASCII)


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
    check_places(root, [seal.landing for seal in seals])
    digests: dict[str, bytes] = {}
    return tuple(_prepared(root, seal, payload_of(root, seal.landing, digests)) for seal in seals)


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
    check_places(root, landings)
    digests: dict[str, bytes] = {}
    written = []
    for prepared, value in seals:
        landing = prepared.landing
        payload = payload_of(root, landing, digests)
        if payload.digest != prepared.covered or _tie(root, landing) != prepared.tie:
            raise CannotSeal(landing.path)
        signature = finish(prepared.signature, value, payload=payload, at=prepared.at, cccd=prepared.cccd)
        written.append((landing, content_of(prepared.at, prepared.cccd, signature)))
    return edited(octets, fillings(octets, find_spans_of(root, octets, paths_of(landings)), written))
