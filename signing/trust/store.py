"""Anchors, intermediate certificates and revocation data in memory: paths once per certificate, revocation by the hour.

Path building and RFC 5280 validation are pyhanko-certvalidator's, offline. What is found for a certificate is kept as a
window of validity and a date of revocation, so that every signature by it is judged by comparing dates, exactly.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from asn1crypto import x509 as asn1_x509
from pyhanko_certvalidator import errors
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy, RevocationCheckingRule
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.validate import async_validate_path

from signing.certificates import Certificate
from signing.trust.evidence import Evidence, Shelf, der, readable
from signing.trust.files import KINDS, octets_of
from signing.trust.revocation import Answer, Asked, ask, ask_responses
from signing.trust.running import complete
from signing.trust.standing import PathProblem, Revocation, Standing

_MOST_PATHS = 8
_MOST_KEPT = 20_000
_NO_CHECK = RevocationCheckingPolicy(RevocationCheckingRule.NO_CHECK, RevocationCheckingRule.NO_CHECK)
_REQUIRED = RevocationCheckingPolicy(
    RevocationCheckingRule.CRL_OR_OCSP_REQUIRED, RevocationCheckingRule.CRL_OR_OCSP_REQUIRED
)
Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class TrustedPath:
    """A way from a certificate to an anchor that RFC 5280 allows, revocation apart."""

    path: Any
    """As pyhanko-certvalidator has it."""
    extra: tuple[Any, ...]
    """Certificates that came with the signature."""
    chain: tuple[str, ...]
    """SHA-256 of each certificate from the signer to the anchor."""
    valid_from: datetime
    """Latest start of validity below the anchor."""
    valid_to: datetime
    """Earliest end of validity below the anchor."""

    @property
    def below(self) -> list[Any]:
        """The certificates below the anchor, the signer's last."""
        return list(self.path.iter_certs(include_root=False))

    @property
    def issuer(self) -> bytes:
        """DER of the certificate that issued the signer's."""
        authority = self.path.find_issuing_authority(self.below[-1])
        return bytes(authority.certificate.dump())


class TrustStore:
    """What is trusted and known as revoked; immutable: changed trust is another store."""

    def __init__(
        self,
        *,
        anchors: Iterable[bytes],
        intermediates: Iterable[bytes] = (),
        revocation_lists: Iterable[bytes] = (),
        responses: Iterable[bytes] = (),
        most_age: timedelta | None = None,
    ) -> None:
        """Read PEM or DER octets; `most_age` bounds how old a list or response may be, whatever it says itself."""
        lists = [readable(KINDS, "crls", octets) for octets in revocation_lists]
        answers = [readable(KINDS, "ocsp", octets) for octets in responses]
        self._fill(anchors=list(anchors), intermediates=list(intermediates), evidence=[*lists, *answers])
        self.most_age = most_age

    def _fill(self, *, anchors: list[bytes], intermediates: list[bytes], evidence: Sequence[Evidence]) -> None:
        self._anchors = [asn1_x509.Certificate.load(der(octets), strict=True) for octets in anchors]
        self._intermediates = [asn1_x509.Certificate.load(der(octets), strict=True) for octets in intermediates]
        self.evidence = tuple(evidence)
        """all revocation data that is held, each file or value once"""
        self._shelf = Shelf(evidence)
        self._manager = SimpleTrustManager.build(trust_roots=self._anchors)
        self._roots_state = _fingerprint(_digests(anchors), _digests(intermediates))
        self.state = _fingerprint([self._roots_state], [each.digest for each in evidence])[:4].hex()
        self._kept: OrderedDict[tuple[Any, ...], Standing] = OrderedDict()
        self._paths: OrderedDict[tuple[Any, ...], TrustedPath] = OrderedDict()
        self.paths_built = 0
        """how often a path was looked for: once per certificate, as long as the anchors stay the same"""

    @classmethod
    def from_folder(cls, folder: Path, *, most_age: timedelta | None = None) -> "TrustStore":
        """Read `roots/`, `intermediates/`, `crls/` and `ocsp/`, each holding PEM or DER files."""
        return cls(
            anchors=octets_of(folder / "roots"),
            intermediates=octets_of(folder / "intermediates"),
            revocation_lists=octets_of(folder / "crls"),
            responses=octets_of(folder / "ocsp"),
            most_age=most_age,
        )

    @classmethod
    def of_evidence(
        cls,
        *,
        anchors: list[bytes],
        intermediates: list[bytes],
        evidence: Sequence[Evidence],
        most_age: timedelta | None,
        before: "TrustStore | None",
    ) -> "TrustStore":
        """A store of evidence read already; paths found by the store before it are known if the anchors are the same."""
        store = cls(anchors=(), most_age=most_age)
        store._fill(anchors=anchors, intermediates=intermediates, evidence=evidence)
        if before is not None and before._roots_state == store._roots_state:
            store._paths, store.paths_built = before._paths, before.paths_built
        return store

    @property
    def is_empty(self) -> bool:
        """Without an anchor nothing is trusted."""
        return not self._anchors

    def standing(
        self, certificate: Certificate, *, claimed: datetime, now: datetime, others: Sequence[Certificate] = ()
    ) -> Standing:
        """What is known of the certificate for a signature of the claimed time, as of now.

        Kept for the hour, but no longer than the revocation data says anything.
        """
        if self.is_empty:
            return _none(certificate, claimed, PathProblem.NOT_FOUND)
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        key = (certificate.sha256, hour, tuple(sorted(other.sha256 for other in others)))
        kept = self._kept.get(key)
        if (
            kept is not None
            and kept.valid_from <= claimed <= kept.valid_to
            and (kept.until is None or now <= kept.until)
        ):
            return kept
        found = self._find(certificate, others, claimed, now)
        _keep(self._kept, key, found)
        return found

    def path(
        self, certificate: Certificate, *, claimed: datetime, others: Sequence[Certificate] = ()
    ) -> TrustedPath | None:
        """The certificate's path to an anchor at a time; None where there is none that RFC 5280 allows."""
        try:
            found = self._path(certificate, others, claimed)
        except Exception:
            # As in `_find`.
            return None
        return found if isinstance(found, TrustedPath) else None

    def answer(
        self, trusted: TrustedPath, certificate: Any, *, now: datetime, response: Evidence | None = None
    ) -> Answer:
        """Whether a certificate of the path is revoked, by what is held, or by one OCSP response alone."""
        asked = Asked(
            certificate=certificate,
            path=trusted.path,
            valid_from=trusted.valid_from,
            # Asked as of now, or as of the last moment at which the path was valid: a later revocation is seen too.
            moment=max(trusted.valid_from, min(now, trusted.valid_to)),
            now=now,
            most_age=self.most_age,
            issuer=certificate.sha256 != trusted.below[-1].sha256,
        )

        def context(moment: datetime, lists: Sequence[Any], responses: Sequence[Any]) -> ValidationContext:
            ready = self._context(trusted.extra, moment, _REQUIRED, lists, responses)
            _vouch(ready, trusted, certificate)
            return ready

        if response is None:
            return ask(asked, self._shelf, context)
        answers = Shelf([response]).answers(certificate.serial_number)
        return ask_responses(asked, answers, self._shelf, context)

    @property
    def anchors(self) -> Sequence[asn1_x509.Certificate]:
        """What every path must end at."""
        return self._anchors

    def authorities(self) -> Iterator[asn1_x509.Certificate]:
        """The anchors, and the intermediate certificates as they were given: trusted only where a path is found."""
        yield from self._anchors
        yield from self._intermediates

    def _find(
        self, certificate: Certificate, others: Sequence[Certificate], claimed: datetime, now: datetime
    ) -> Standing:
        try:
            found = self._path(certificate, others, claimed)
            return found if isinstance(found, Standing) else self._with_revocation(found, now)
        except Exception:
            # Certificates come from outside and their parts are parsed lazily: whatever breaks, there is no path.
            return _none(certificate, claimed, PathProblem.INVALID)

    def _path(
        self, certificate: Certificate, others: Sequence[Certificate], claimed: datetime
    ) -> TrustedPath | Standing:
        key = (certificate.sha256, tuple(sorted(other.sha256 for other in others)))
        known = self._paths.get(key)
        if known is not None and known.valid_from <= claimed <= known.valid_to:
            return known
        self.paths_built += 1
        leaf = asn1_x509.Certificate.load(certificate.der, strict=True)
        extra = tuple(asn1_x509.Certificate.load(other.der, strict=True) for other in others)
        found = self._validate(leaf, extra, claimed)
        if isinstance(found, TrustedPath):
            _keep(self._paths, key, found)
            return found
        return _none(certificate, claimed, found)

    def _validate(self, leaf: Any, extra: tuple[Any, ...], claimed: datetime) -> TrustedPath | PathProblem:
        problem = PathProblem.NOT_FOUND
        for path in self._candidates(leaf, extra, claimed):
            try:
                complete(async_validate_path(self._context(extra, claimed, _NO_CHECK), path))
            except errors.ValidationError:
                problem = PathProblem.INVALID
                continue
            return _trusted(path, extra)
        return problem

    def _candidates(self, leaf: Any, extra: tuple[Any, ...], moment: datetime) -> list[Any]:
        async def collect() -> list[Any]:
            paths = []
            iterator = self._context(extra, moment, _NO_CHECK).path_builder.async_build_paths_lazy(leaf)
            try:
                async for path in iterator:
                    paths.append(path)
                    if len(paths) == _MOST_PATHS:
                        break
            except errors.PathBuildingError:
                return paths
            finally:
                await iterator.cancel()  # type: ignore[no-untyped-call]
            return paths

        found: list[Any] = complete(collect())
        return found

    def _with_revocation(self, trusted: TrustedPath, now: datetime) -> Standing:
        """Of every certificate from the anchor down, as far as each is known of."""
        until: datetime | None = None
        revocations: tuple[Revocation, ...] = ()
        chain, starts, ends = trusted.chain, trusted.valid_from, trusted.valid_to
        for certificate in trusted.below:
            answer = self.answer(trusted, certificate, now=now)
            if answer.lack is not None:
                # Why nothing is known changes with the clock, so it is told anew at each later moment.
                return Standing(chain, starts, ends, revocations, PathProblem.REVOCATION_UNKNOWN, answer.lack, now)
            if answer.revocation is not None:
                revocations = (*revocations, answer.revocation)
            # A revocation is final, a suspension is not; what was said of whoever stands above counts either way.
            if answer.revocation is None or answer.revocation.on_hold:
                until = min(filter(None, (until, answer.until)), default=None)
        # Of a path that has ended, nothing changes any more.
        return Standing(chain, starts, ends, revocations, None, None, None if now > ends else until)

    def _context(
        self,
        extra: Sequence[Any],
        moment: datetime,
        checking: RevocationCheckingPolicy,
        lists: Sequence[Any] = (),
        responses: Sequence[Any] = (),
    ) -> ValidationContext:
        return ValidationContext(
            trust_manager=self._manager,
            other_certs=[*self._intermediates, *extra],
            moment=moment,
            crls=lists,
            ocsps=responses,
            revinfo_policy=CertRevTrustPolicy(checking, retroactive_revinfo=True),
            time_tolerance=timedelta(0),
        )


def _trusted(path: Any, extra: tuple[Any, ...]) -> TrustedPath:
    below = list(path.iter_certs(include_root=False))
    return TrustedPath(
        path=path,
        extra=extra,
        chain=tuple(hashlib.sha256(part.dump()).hexdigest() for part in reversed(list(path.iter_certs(True)))),
        valid_from=max(certificate.not_valid_before for certificate in below),
        valid_to=min(certificate.not_valid_after for certificate in below),
    )


def _vouch(context: ValidationContext, trusted: TrustedPath, certificate: Any) -> None:
    """Tell a context that whoever stands above a certificate is proven: the path is gone down from its anchor."""
    above = ValidationPath(trusted.path.trust_anchor, interm=[], leaf=None)
    for issuer in trusted.below:
        if issuer.sha256 == certificate.sha256:
            return
        above = above.copy_and_append(issuer)
        context.record_validation(issuer, above)  # type: ignore[no-untyped-call]


def _keep(kept: "OrderedDict[tuple[Any, ...], Kept]", key: tuple[Any, ...], found: Kept) -> None:
    kept[key] = found
    if len(kept) > _MOST_KEPT:
        kept.popitem(last=False)


def _digests(files: Iterable[bytes]) -> list[bytes]:
    return [hashlib.sha256(octets).digest() for octets in files]


def _fingerprint(*groups: Iterable[bytes]) -> bytes:
    return hashlib.sha256(b"|".join(b"".join(sorted(group)) for group in groups)).digest()


def _none(certificate: Certificate, claimed: datetime, problem: PathProblem) -> Standing:
    """No path: without an issuer at any time, with a broken path at this time at least."""
    if problem is PathProblem.NOT_FOUND:
        return Standing((), certificate.not_before, certificate.not_after, (), problem)
    return Standing((), claimed, claimed, (), problem)
