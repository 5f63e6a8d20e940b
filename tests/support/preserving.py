"""Timestamps as of any day, and a trust whose lists are renewed: years go by in a test."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509

from sandbox.tsa.certificates import Stamping, stamping
from sandbox.tsa.faults import Faults
from sandbox.tsa.tokens import make_token
from signing.preserve import Level, extend, renew
from signing.trust import TrustStore
from support.authority import ENDS, STARTS, Authority, Holder, ec_key, rsa_key
from support.workshop import NOW, Workshop

WEEK = timedelta(days=7)
YEAR = timedelta(days=365)


@dataclass(slots=True)
class Office:
    """A timestamping authority in this process, whose clock stands where it is put."""

    holder: Stamping
    """its key and certificate"""
    now: datetime
    """its clock"""
    faults: Faults = field(default_factory=Faults)
    """what it does wrong"""
    asked: list[str] = field(default_factory=list)
    """digest algorithms of the questions so far"""

    def __call__(self, digest: bytes, *, algorithm: str) -> bytes:
        self.asked.append(algorithm)
        return bytes(make_token(digest, algorithm, self.holder, self.faults, now=self.now).dump())


@dataclass(slots=True)
class Archive:
    """A workshop with authorities for timestamps, and lists that hold for a week from the day they are asked for."""

    workshop: Workshop
    """who signs"""
    stamps: Authority = field(init=False)
    """who issues the certificates of timestamping authorities"""
    _trusts: dict[Any, TrustStore] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stamps = Authority("Cơ quan cấp dấu thời gian thử", above=self.workshop.root)
        for authority in (self.workshop.issuing, self.stamps):
            authority.holder = self._with_address(authority.holder)

    def _with_address(self, holder: Holder) -> Holder:
        """As any real one, it says where its issuer's list is: EU DSS takes no lists of one that does not."""
        address = x509.UniformResourceIdentifier("http://crl.example.test/root.crl")
        points = x509.CRLDistributionPoints([x509.DistributionPoint([address], None, None, None)])
        subject, span = holder.certificate.subject, (STARTS - 3 * YEAR, ENDS + 10 * YEAR)
        return self.workshop.root.issue(subject, key=holder.key, ca=True, starts=span[0], ends=span[1], more=[points])

    def office(self, at: datetime = NOW, *, rsa: bool = False, ends: datetime | None = None, **faults: Any) -> Office:
        """A timestamping authority at a moment, with a certificate of its own."""
        key = rsa_key() if rsa else ec_key()
        holder = stamping(self.stamps.holder, key=key, ends=ends or at + 5 * YEAR, starts=at - YEAR)
        return Office(holder, at, Faults(**faults))

    def authorities(self) -> Sequence[Authority]:
        """Everybody who issues certificates here."""
        return (self.workshop.root, self.workshop.issuing, self.stamps)

    def trust(self, at: datetime = NOW, *, without: Sequence[Authority] = ()) -> TrustStore:
        """Roots, intermediate certificates, and the lists of that day; some may be lacking. Made once for a day."""
        here = [each for each in self.authorities() if each not in without]
        key = (at, *((each.name, len(each.revoked)) for each in here))
        if key not in self._trusts:
            self._trusts[key] = TrustStore(
                anchors=[self.workshop.root.holder.der],
                intermediates=[self.workshop.issuing.holder.der, self.stamps.holder.der],
                revocation_lists=[self._list(each, at) for each in here],
            )
        return self._trusts[key]

    def _list(self, authority: Authority, at: datetime) -> bytes:
        return authority.revocation_list(issued=at - timedelta(hours=1), ends=at + WEEK)

    def write_trust(self, folder: Path, at: datetime = NOW) -> Path:
        """The same as a folder."""
        parts: dict[str, Sequence[bytes]] = {
            "roots": [self.workshop.root.holder.der],
            "intermediates": [self.workshop.issuing.holder.der, self.stamps.holder.der],
            "crls": [self._list(each, at) for each in self.authorities()],
        }
        for name, files in parts.items():
            (folder / name).mkdir(parents=True)
            for number, octets in enumerate(files):
                (folder / name / f"{number}.der").write_bytes(octets)
        return folder

    def extended(self, octets: bytes, level: Level, at: datetime = NOW, **how: Any) -> bytes:
        """At this level, with an authority of that day."""
        return extend(
            octets, level=level, trust=self.trust(at), stamp=how.pop("stamp", None) or self.office(at), at=at, **how
        )

    def renewed(self, octets: bytes, at: datetime, **how: Any) -> bytes:
        """With a further archive timestamp of that day."""
        return renew(octets, trust=self.trust(at), stamp=how.pop("stamp", None) or self.office(at), at=at, **how)
