"""What signatures are carried further with: the trust that decides, and somebody who gives timestamps."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from signing.certificates import Certificate
from signing.preserve.opening import certificates_of
from signing.preserve.problems import CannotPreserve
from signing.timestamps import verify_timestamp
from signing.trust import PathProblem, TrustStore
from signing.trust.material import Material, NoMaterial, material_for
from signing.verify.algorithms import DIGESTS

CAUSES = {
    PathProblem.NOT_FOUND: "timestamp-untrusted",
    PathProblem.INVALID: "timestamp-path",
    PathProblem.REVOCATION_UNKNOWN: "timestamp-revocation-unknown",
}
"""why a timestamping authority has no standing → cause"""

_HASHES = {digest.name: digest.of for digest in DIGESTS.values()}


class AskForStamp(Protocol):
    """Whoever gets timestamps: `connectors.tsa` behind `routes.stamping`, or a stand-in."""

    def __call__(self, digest: bytes, *, algorithm: str) -> bytes:
        """The DER TimeStampToken over a digest; raises as it likes when no authority answers."""
        ...


@dataclass(frozen=True, slots=True)
class Means:
    """What extending goes by."""

    store: TrustStore
    """decides who is believed"""
    ask: AskForStamp
    """gives timestamps"""
    algorithm: str
    """digest that new timestamps are made over"""
    moment: datetime | None
    """the present, where it is not the clock's"""

    @property
    def at(self) -> datetime:
        """The present; authorities may be waited for."""
        return self.moment or datetime.now(UTC)

    def token_over(self, octets: bytes, *, slot: str) -> bytes:
        """As `token`, over the digest of octets."""
        return self.token(_HASHES[self.algorithm](octets).digest(), slot=slot)

    def token(self, digest: bytes, *, slot: str = "") -> bytes:
        """A timestamp over a digest, proven before it is used; raises CannotPreserve, as of a slot, for one that is not."""
        token = self.ask(digest, algorithm=self.algorithm)
        told = verify_timestamp(token, digest=digest, trust=self.store, at=self.at)
        if told.cause is not None:
            raise CannotPreserve(told.cause, slot=slot)
        return token

    def material_of(self, tsa: Certificate, *, time: datetime, token: bytes, slot: str) -> Material:
        """What proves later how a token's authority stands now; raises CannotPreserve, as of a slot, where that is lacking."""
        try:
            return material_for(self.store, tsa, claimed=time, now=self.at, others=certificates_of(token))
        except NoMaterial as lacking:
            raise CannotPreserve(CAUSES[lacking.problem], slot=slot, lack=lacking.lack) from lacking
