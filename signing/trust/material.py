"""What proves a certificate's standing at a time: its path, and of all revocation data just what settles it.

Whoever keeps a signature for decades puts this beside it: the folder that it comes from forgets, the file does not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from signing.certificates import Certificate, CertificateUnreadable, certificate_from_der
from signing.trust.evidence import Evidence, EvidenceUnreadable, read_list, read_response
from signing.trust.folder import TrustFolder
from signing.trust.standing import Lack, PathProblem, Standing
from signing.trust.store import TrustedPath, TrustStore


@dataclass(frozen=True, slots=True)
class Material:
    """What is put beside a signature or a timestamp."""

    certificates: tuple[bytes, ...] = ()
    """DER of the certificates above the one in question, the anchor last"""
    lists: tuple[bytes, ...] = ()
    """DER of revocation lists"""
    responses: tuple[bytes, ...] = ()
    """DER of OCSP responses"""

    def __bool__(self) -> bool:
        return bool(self.certificates or self.lists or self.responses)

    def __add__(self, other: "Material") -> "Material":
        return Material(
            _once((*self.certificates, *other.certificates)),
            _once((*self.lists, *other.lists)),
            _once((*self.responses, *other.responses)),
        )

    def without(self, other: "Material") -> "Material":
        """What the other does not hold already."""
        return Material(
            tuple(each for each in self.certificates if each not in other.certificates),
            tuple(each for each in self.lists if each not in other.lists),
            tuple(each for each in self.responses if each not in other.responses),
        )


class NoMaterial(Exception):
    """Nothing held proves the certificate's standing at the time."""

    def __init__(self, problem: PathProblem, lack: Lack | None) -> None:
        self.problem = problem
        """no path, a wrong path, or no word on revocation"""
        self.lack = lack
        """what is wrong with the revocation data, where that is the problem"""
        super().__init__(problem.value)


def store_of(trust: TrustStore | TrustFolder) -> TrustStore:
    """The store that judges now."""
    return trust.store if isinstance(trust, TrustFolder) else trust


def kept_store(trust: TrustStore, kept: Material, *, alone: bool) -> TrustStore:
    """The same anchors with what was kept beside a signature: alone, or besides what the store holds itself.

    What was kept and cannot be read proves nothing and is left out.
    """
    return _kept_store(trust, kept, alone) if kept or alone else trust


@lru_cache(maxsize=16)
def _kept_store(trust: TrustStore, kept: Material, alone: bool) -> TrustStore:
    """Signatures of one document keep much the same: what was found for one is known for the next."""
    evidence = [each for value in (*kept.lists, *kept.responses) if (each := _evidence(value)) is not None]
    return TrustStore.of_evidence(
        anchors=[anchor.dump() for anchor in trust.anchors],
        intermediates=[*(each.dump() for each in trust.authorities()), *filter(_is_certificate, kept.certificates)],
        evidence=evidence if alone else [*trust.evidence, *evidence],
        most_age=trust.most_age,
        before=None,
    )


@lru_cache(maxsize=64)
def _evidence(octets: bytes) -> Evidence | None:
    """A list or a response; every timestamp of a signature asks for what stands before it anew."""
    for reader in (read_list, read_response):
        try:
            return reader(octets)
        except EvidenceUnreadable:
            continue
    return None


@lru_cache(maxsize=256)
def _is_certificate(der: bytes) -> bool:
    try:
        return certificate_from_der(der).der == der
    except CertificateUnreadable:
        return False


def material_for(
    store: TrustStore,
    certificate: Certificate,
    *,
    claimed: datetime,
    now: datetime,
    others: Sequence[Certificate] = (),
) -> Material:
    """The path of a certificate, and revocation data that says of each certificate on it how it stands as of `now`.

    Raises:
        NoMaterial: there is no path, or some certificate on it has no such data.
    """
    standing = store.standing(certificate, claimed=claimed, now=now, others=others)
    trusted = store.path(certificate, claimed=claimed, others=others)
    if trusted is None or standing.problem is not None:
        raise NoMaterial(standing.problem or PathProblem.NOT_FOUND, standing.lack)
    chosen: list[Evidence] = []
    for below in trusted.below:
        chosen += _settling(store, trusted, below, now)
    found = _material(trusted, chosen)
    _prove_alone(store, found, certificate, claimed=claimed, now=now, others=others)
    return found


def _settling(store: TrustStore, trusted: TrustedPath, certificate: Any, now: datetime) -> Sequence[Evidence]:
    """The first response or list that settles it by itself, the newest first; failing that, all that are about it."""
    about = _about(store.evidence, certificate)
    wanted = store.answer(trusted, certificate, now=now)
    for some in (*([each] for each in about), about):
        told = _only(store, some).answer(trusted, certificate, now=now)
        if told.lack is None and told.revocation == wanted.revocation:
            return some
    raise NoMaterial(PathProblem.REVOCATION_UNKNOWN, wanted.lack)


def _about(evidence: Sequence[Evidence], certificate: Any) -> list[Evidence]:
    """What may say something of a certificate: responses before lists, because they are small."""
    issuer, serial = certificate.issuer.hashable, certificate.serial_number
    responses = [each for each in evidence if any(number == serial for number, _ in each.by_serial)]
    lists = [
        each for each in evidence if each.indirect or any(name == issuer for name, _ in (*each.by_issuer, *each.deltas))
    ]
    return [*sorted(responses, key=_issued, reverse=True), *sorted(lists, key=_issued, reverse=True)]


def _issued(evidence: Evidence) -> datetime:
    return max(statement.this_update for statement in evidence.statements)


def _only(store: TrustStore, evidence: Sequence[Evidence]) -> TrustStore:
    return TrustStore.of_evidence(
        anchors=[anchor.dump() for anchor in store.anchors],
        intermediates=[each.dump() for each in store.authorities()],
        evidence=evidence,
        most_age=store.most_age,
        before=None,
    )


def _material(trusted: TrustedPath, chosen: Sequence[Evidence]) -> Material:
    above = list(reversed(list(trusted.path.iter_certs(include_root=True))))[1:]
    return Material(
        certificates=_once([each.dump() for each in above]),
        lists=_once([each.statements[0].octets for each in chosen if not each.by_serial]),
        responses=_once([each.statements[0].octets for each in chosen if each.by_serial]),
    )


def _prove_alone(
    store: TrustStore,
    found: Material,
    certificate: Certificate,
    *,
    claimed: datetime,
    now: datetime,
    others: Sequence[Certificate],
) -> Standing:
    """What will be judged by in decades is judged by once now."""
    alone = kept_store(store, found, alone=True)
    standing = alone.standing(certificate, claimed=claimed, now=now, others=others)
    if standing.problem is not None:
        raise NoMaterial(standing.problem, standing.lack)
    return standing


def _once(values: Iterable[bytes]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(values))
