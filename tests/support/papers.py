"""One school's records in every form that the hub seals, and keys of every kind for everybody who signs them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree

from schemas.profiles import Profile, profiles
from schemas.told import holders
from signing.certificates import certificate_from_x509
from signing.seal import FileKeyring, Keyring, RemoteKey, Seal, SealingKey, seals_for
from signing.seal.files import EcKey, RsaKey
from signing.seal.keys import AnyKey, method_of
from signing.verify import RecordValidation, RecordVerifier, SlotPolicy
from support.authority import Holder, ec_key, institution, person, rsa_key, write_p12, write_secret
from support.staff import MATHS, MUSIC, teachers_record
from support.workshop import NOW, PRINCIPAL, TEACHER, Workshop
from transformers.official import write_record

KINDS = ("rsa-2048", "rsa-3072", "p-256", "p-384")
PASSWORD = b"thu nghiem"
_EXAMPLES = {"hbs-2/primary": "grade-2-not-assessed.xml", "hbs-2/secondary": "grade-7.xml"}
_SUBJECTS = {"hbs-2/primary": {"TOA": MATHS, "AMN": MUSIC}, "hbs-2/secondary": {"TOA": MATHS, "NTH": MUSIC}}
PAPERS = ("hbs-1.0", *_EXAMPLES)
_PEOPLE = {
    f"GVCN-{TEACHER}": person("Phạm Thị Chủ", TEACHER),
    f"CBQL-{PRINCIPAL}": person("Lê Văn Hiệu", PRINCIPAL),
    f"GVBM-{MATHS}": person("Ngô Văn Toán", MATHS),
    f"GVBM-{MUSIC}": person("Mai Thị Nhạc", MUSIC),
}


@dataclass(frozen=True, slots=True)
class Paper:
    """A record that nobody has signed."""

    profile: Profile
    """its form"""
    unsigned: bytes
    """the record"""

    def seals(self, octets: bytes, keys: Keyring, *, form: str = "both") -> tuple[Seal, ...]:
        """The seals that it lacks, the last one now."""
        root, named = etree.fromstring(octets), holders(self.profile)
        return seals_for(root, self.profile.slots, named=named, keys=keys, form=form, at=NOW)


class Office:
    """The school: its papers, its keys by kind, and who judges what it signs."""

    def __init__(self, workshop: Workshop, folder: Path) -> None:
        self.workshop = workshop
        self.papers = {name: _paper(workshop, name) for name in PAPERS}
        self.approved: list[Holder] = []
        self._strangers: dict[str, SealingKey] = {}
        self._holders: dict[str, Holder] = {}
        self.keys = {kind: self._keyring(folder / kind, kind) for kind in KINDS}

    def _keyring(self, folder: Path, kind: str) -> FileKeyring:
        """One key for everybody: only certificates tell its holders apart."""
        key = _key(kind)
        seal = self.workshop.issuing.issue(institution("Trường Tiểu học Thử", self.workshop.unit), key=key)
        people = {name: self.workshop.issuing.issue(subject, key=key) for name, subject in _PEOPLE.items()}
        for name, holder in {**people, "KY_PHAT_HANH": seal, "GIAO_DICH": seal}.items():
            write_p12(folder / self.workshop.unit / f"{name}.p12", holder, password=PASSWORD)
        write_secret(folder / "password", PASSWORD)
        self.approved.append(seal)
        self._holders |= people
        return FileKeyring(folder)

    def holder(self, name: str) -> Holder:
        """Somebody's key and certificate, for other software: `GVBM-` and the personal id, for example."""
        return self._holders[name]

    def stranger(self, kind: str) -> SealingKey:
        """A key of the same kind and the same names that is nobody's here."""
        key = self._strangers.get(kind)
        if key is None:
            private = _key(kind)
            holder = self.workshop.issuing.issue(institution("Trường Tiểu học Thử", self.workshop.unit), key=private)
            chain = (certificate_from_x509(holder.certificate),)
            method = method_of(chain[0].key) or ""
            make = RsaKey if isinstance(private, rsa.RSAPrivateKey) else EcKey
            key = make(chain, private, method)
            self._strangers[kind] = key
        return key

    @cached_property
    def _verifiers(self) -> Mapping[str, RecordVerifier]:
        trust = self.workshop.trust()
        policies = {
            name: SlotPolicy("test", paper.profile.required("hcmc", NOW.date())) for name, paper in self.papers.items()
        }
        return {
            name: RecordVerifier(paper.profile.slots, trust=trust, policy=policies[name])
            for name, paper in self.papers.items()
        }

    def verify(self, paper: Paper, octets: bytes) -> RecordValidation:
        """The city's verdict, now."""
        registry = self.workshop.approved(self.workshop.school, *self.approved)
        return self._verifiers[paper.profile.name].verify(octets, registry=registry, at=NOW)

    def passes(self, paper: Paper, octets: bytes) -> RecordValidation:
        """The same, which must be a good one."""
        verdict = self.verify(paper, octets)
        assert verdict.passed, verdict.cause
        return verdict


def _paper(workshop: Workshop, name: str) -> Paper:
    profile = profiles()[name]
    if name in _EXAMPLES:
        told = teachers_record(workshop, profile, _EXAMPLES[name], _SUBJECTS[name])
        return Paper(profile, write_record(told, profile))
    return Paper(profile, workshop.unsigned())


def _key(kind: str) -> Any:
    name, _, bits = kind.partition("-")
    return rsa_key(int(bits)) if name == "rsa" else ec_key(ec.SECP256R1() if bits == "256" else ec.SECP384R1())


class Mixed:
    """Keys of another kind for each who asks, in turn."""

    def __init__(self, keyrings: Sequence[Keyring]) -> None:
        self._keyrings = keyrings
        self._asked = 0

    def key(self, unit: str, role: str, cccd: str = "") -> AnyKey:
        self._asked += 1
        return self._keyrings[self._asked % len(self._keyrings)].key(unit, role, cccd)

    def transaction_key(self, unit: str) -> AnyKey:
        return self._keyrings[0].transaction_key(unit)


def away(seal: Seal) -> Seal:
    """The same seal when its key lives at a remote service."""
    return replace(seal, key=remote(seal.key))


def remote(key: AnyKey) -> RemoteKey:
    """All that is known of a key that lives elsewhere."""
    return RemoteKey(key.chain, key.method, "stand-in", "credential")


def at_hand(seal: Seal) -> SealingKey:
    """The key that its service would sign with."""
    assert not isinstance(seal.key, RemoteKey)
    return seal.key
