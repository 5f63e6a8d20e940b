"""Timestamps at whatever time a test wants, and evidence that is renewed as years go by, in both syntaxes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sandbox.tsa.certificates import Stamping, stamping
from sandbox.tsa.faults import Faults
from sandbox.tsa.tokens import make_token
from signing.certificates import certificate_from_der
from signing.evidence import (
    Chain,
    HashTree,
    Syntax,
    data_digest,
    first,
    link_digest,
    rehashed,
    rehashed_leaf,
    renewed,
    settled,
)
from signing.timestamps import read_token
from signing.trust import TrustStore
from support.authority import Authority, ec_key

FIRST = datetime(2026, 6, 1, 17, 30, tzinfo=UTC)
YEAR = timedelta(days=365)
BOTH = (Syntax.ASN1, Syntax.XML)


@dataclass(slots=True)
class Authorities:
    """Timestamping authorities under one root."""

    root: Authority = field(default_factory=lambda: Authority("Gốc dấu thời gian thử"))
    foreign: Authority = field(default_factory=lambda: Authority("Gốc dấu thời gian thử"))
    """A root of the same name that nobody trusts."""

    def tsa(self, *, starts: datetime = FIRST - YEAR, ends: datetime = FIRST + 5 * YEAR) -> Stamping:
        """One whose certificate lasts so long."""
        return stamping(self.root.holder, key=ec_key(), starts=starts, ends=ends)

    def stranger(self) -> Stamping:
        """One under the other root."""
        return stamping(self.foreign.holder, key=ec_key(), starts=FIRST - YEAR, ends=FIRST + 5 * YEAR)

    def trust(self) -> TrustStore:
        """The root, and its list as it stands now."""
        lists = [self.root.revocation_list(ends=FIRST + 60 * YEAR)]
        return TrustStore(anchors=[self.root.holder.der], revocation_lists=lists)


def stamp(holder: Stamping, digest: bytes, *, at: datetime, algorithm: str = "sha256") -> bytes:
    """A DER TimeStampToken over a digest."""
    token = make_token(digest, algorithm, holder, Faults.model_validate({"signing_digest": algorithm}), now=at)
    return bytes(token.dump())


@dataclass(slots=True)
class Kept:
    """Data objects whose evidence is renewed as years go by; each in both syntaxes."""

    authorities: Authorities
    objects: Sequence[bytes]
    chains: dict[tuple[Syntax, int], tuple[Chain, ...]] = field(default_factory=dict)

    def begin(self, *, at: datetime = FIRST, by: Stamping | None = None, algorithm: str = "sha256") -> "Kept":
        """One timestamp over all."""
        leaves = {
            (syntax, number): data_digest(syntax, octets, algorithm)
            for syntax in BOTH
            for number, octets in enumerate(self.objects)
        }
        tree, token = self._stamp(leaves, algorithm, at, by)
        self.chains = {key: first(leaf, tree, token) for key, leaf in leaves.items()}
        return self

    def renew(self, *, at: datetime, by: Stamping | None = None) -> "Kept":
        """Another timestamp in the same chains."""
        algorithm = next(iter(self.chains.values()))[-1].algorithm
        leaves = {
            key: link_digest(key[0], chains[-1].timestamps[-1].token, algorithm) for key, chains in self.chains.items()
        }
        tree, token = self._stamp(leaves, algorithm, at, by)
        self.chains = {key: renewed(key[0], chains, tree, token) for key, chains in self.chains.items()}
        return self

    def settle(self, *, at: datetime) -> "Kept":
        """Put the revocation data of a day into the last token."""
        trust = self.authorities.trust()
        for key, chains in self.chains.items():
            *before, last = chains[-1].timestamps
            certificate = certificate_from_der(read_token(last.token).certificates[0])
            enriched = replace(last, token=settled(last.token, certificate, trust, at=at))
            self.chains[key] = (*chains[:-1], replace(chains[-1], timestamps=(*before, enriched)))
        return self

    def rehash(self, algorithm: str, *, at: datetime, by: Stamping | None = None) -> "Kept":
        """Another chain by another algorithm."""
        digests = {key: data_digest(key[0], self.objects[key[1]], algorithm) for key in self.chains}
        leaves = {key: rehashed_leaf(key[0], chains, digests[key], algorithm) for key, chains in self.chains.items()}
        tree, token = self._stamp(leaves, algorithm, at, by)
        self.chains = {key: rehashed(key[0], chains, digests[key], tree, token) for key, chains in self.chains.items()}
        return self

    def _stamp(
        self, leaves: Mapping[tuple[Syntax, int], bytes], algorithm: str, at: datetime, by: Stamping | None
    ) -> tuple[HashTree, bytes]:
        holder = by or self.authorities.tsa(starts=at - YEAR, ends=at + 5 * YEAR)
        tree = HashTree.of(leaves.values(), algorithm)
        return tree, stamp(holder, tree.root, at=at, algorithm=algorithm)
