"""What a form carries to prove its signatures in later years, and what of that holds (EN 319 142-1 5.4, 5.5, 6.3).

As `signing.preserve.validate` has it for records:

1. Timestamps, the last one first: the last document timestamp must hold as of now; each earlier one, and those inside
   signatures before it, as of its time. What proves them is what stands in the document security store of the revision
   that it covers, and what the trust folder knows besides: the worse word counts.
2. Best signature time: the earliest timestamp, inside the signature or over the document, that holds.
3. Level: LT when the file's own store, beneath the anchors, tells how everybody's certificate stood; LTA when the last
   document timestamp covers a store that does so for all but itself.

Nothing in a file makes a root trusted: anchors are the present's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader

from schemas.algorithms import SUITES, Suite
from signing.certificates import Certificate, certificate_from_der
from signing.indications import Indication
from signing.preserve import DocumentPreservation, Level, Preservation, StampKind, StampValidation
from signing.preserve.opening import certificates_of
from signing.preserve.results import Past
from signing.preserve.strength import weighed
from signing.printed.embedded import MOST_STAMPS, Embedded, covers_its_revision, is_stamp, token_of, tokens_of
from signing.printed.reading import entry
from signing.timestamps import verify_timestamp, verify_timestamp_over
from signing.trust import TrustStore
from signing.trust.material import Material, kept_store

_MOST_VALUES = 400
"""certificates, lists or responses in a security store that are read"""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A timestamp of a form."""

    token: bytes = field(repr=False)
    """DER of the TimeStampToken"""
    told: StampValidation
    """the verdict on it"""
    revision: int
    """0-based revision that came with it; of one inside a signature, the signature's"""
    chain: tuple[str, ...]
    """SHA-256 of each certificate from its authority's to the anchor; empty where no path was found"""

    def stands(self, store: TrustStore, at: datetime) -> bool:
        """Whether a store tells that its authority stood well, as of a time."""
        if not self.told.passed or self.told.tsa is None or self.told.time is None:
            return False
        others = certificates_of(self.token)
        return store.standing(self.told.tsa, claimed=self.told.time, now=at, others=others).problem is None


@dataclass(frozen=True, slots=True)
class Signer:
    """Who made a signature, when by their own word, and what proves it."""

    name: str
    """of its field"""
    certificate: Certificate
    """the signer's"""
    others: tuple[Certificate, ...]
    """those that came along"""
    claimed: datetime
    """signing time by its own word"""
    stamps: tuple[Stamp, ...]
    """inside it, then over the document since, in order"""

    @property
    def proven(self) -> datetime | None:
        """The earliest time that a timestamp proves."""
        times = [each.told.time for each in self.stamps if each.told.passed and each.told.time is not None]
        return min(times, default=None)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a form carries."""

    document: DocumentPreservation
    """of each signature, document timestamps apart, its level and what proves it"""
    signers: tuple[Signer, ...]
    """the same signatures; those whose signer or time cannot be read left out"""
    stamps: dict[str, Stamp]
    """document timestamps by their field, in the order of signing"""
    material: Material
    """what its security store holds"""

    def of(self, name: str) -> Preservation | None:
        """Of the signature in a field."""
        return next((each for each in self.document.signatures if each.slot == name), None)


def kept_in(
    reader: PdfFileReader,
    embedded: Sequence[Embedded],
    *,
    trust: TrustStore,
    at: datetime,
    suites: Sequence[Suite] = SUITES,
) -> Kept:
    """Judge what a form carries for later years; `at` is the present. Never raises for what the file holds."""
    stores = _Stores(reader, trust)
    moment, cover = at, None
    signers: list[Signer] = []
    over: dict[str, Stamp] = {}
    later: tuple[Stamp, ...] = ()
    for each in sorted(embedded, key=lambda one: one.signed_revision, reverse=True):
        judge = _Judge(stores.beside(cover), moment, None if cover is None else moment, suites)
        if not is_stamp(each):
            signers = [*_signer(each, judge, later), *signers]
        elif (stamp := judge.document(each)) is not None:
            over[each.field_name] = stamp
            if stamp.told.passed and stamp.told.time is not None:
                moment, cover, later = min(moment, stamp.told.time), stamp.revision, (stamp, *later)
    weigher = _Weigher(stores, trust)
    told = tuple(weigher.told(signer) for signer in signers)
    past = {
        signer.certificate.sha256: Past(preservation.proven, stores.beside(None))
        for signer, preservation in zip(signers, told, strict=True)
        if preservation.proven is not None and preservation.level.reaches(Level.LT)
    }
    ordered = dict(reversed(over.items()))
    return Kept(DocumentPreservation(told, past), tuple(signers), ordered, stores.material(None))


class _Stores:
    """The file's own material as of its revisions, and stores of trust with it."""

    def __init__(self, reader: PdfFileReader, trust: TrustStore) -> None:
        self._reader = reader
        self._trust = trust
        self._known: dict[int | None, Material] = {}

    def material(self, revision: int | None) -> Material:
        """What the security store holds in a revision; None: in the last one."""
        if revision not in self._known:
            handler = self._reader if revision is None else self._reader.get_historical_resolver(revision)
            self._known[revision] = _material(handler)
        return self._known[revision]

    def beside(self, revision: int | None) -> TrustStore:
        """That, and what the folder of trust knows besides."""
        return kept_store(self._trust, self.material(revision), alone=False)

    def alone(self, revision: int | None) -> TrustStore:
        """That, beneath the anchors of the present."""
        return kept_store(self._trust, self.material(revision), alone=True)


def _material(handler: Any) -> Material:
    try:
        store = entry(handler.root, "/DSS", {})
        return Material(*(tuple(_values(store, key)) for key in ("/Certs", "/CRLs", "/OCSPs")))
    except MemoryError:
        raise
    except Exception:
        # As in `open_pdf`: what cannot be read proves nothing.
        return Material()


def _values(store: Any, key: str) -> Iterator[bytes]:
    for each in list(entry(store, key, ()))[:_MOST_VALUES]:
        yield bytes(each.get_object().data)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Judges timestamps as of a time."""

    store: TrustStore
    at: datetime
    covered_at: datetime | None
    suites: Sequence[Suite]

    def document(self, embedded: Embedded) -> Stamp | None:
        """None where it cannot be read, or is not over all that was there."""
        try:
            token, digest = token_of(embedded), embedded.compute_digest()
            if not covers_its_revision(embedded):
                return None
        except MemoryError:
            raise
        except Exception:
            # As in `open_pdf`.
            return None
        told = verify_timestamp(token, digest=digest, trust=self.store, at=self.at, covered_at=self.covered_at)
        verdict = weighed(StampKind.ARCHIVE, token, told, suites=self.suites, at=self.at)
        return Stamp(token, verdict, embedded.signed_revision, told.chain)

    def inside(self, embedded: Embedded) -> Iterator[Stamp]:
        value = embedded.signer_info["signature"].native
        for token in tokens_of(embedded.signer_info)[:MOST_STAMPS]:
            told = verify_timestamp_over(token, octets=value, trust=self.store, at=self.at, covered_at=self.covered_at)
            verdict = weighed(StampKind.SIGNATURE, token, told, suites=self.suites, at=self.at)
            yield Stamp(token, verdict, embedded.signed_revision, told.chain)


def _signer(embedded: Embedded, judge: _Judge, later: tuple[Stamp, ...]) -> list[Signer]:
    """Nobody where it is not known: that is told by whoever verifies the signature."""
    try:
        claimed = embedded.self_reported_timestamp
        if claimed is None or claimed.tzinfo is None:
            return []
        signer = Signer(
            name=embedded.field_name,
            certificate=certificate_from_der(embedded.signer_cert.dump()),
            others=tuple(certificate_from_der(each.dump()) for each in embedded.other_embedded_certs),
            claimed=claimed,
            stamps=(*judge.inside(embedded), *later),
        )
    except MemoryError:
        raise
    except Exception:
        # As in `open_pdf`.
        return []
    return [signer]


class _Weigher:
    """Says the level of a signature."""

    def __init__(self, stores: _Stores, trust: TrustStore) -> None:
        self._stores = stores
        self._anchored = not trust.is_empty

    def told(self, signer: Signer) -> Preservation:
        level = self._level(signer)
        lacking = level in (Level.B, Level.T) and bool(self._stores.material(None))
        archives = [each.told for each in signer.stamps if each.told.kind is StampKind.ARCHIVE]
        return Preservation(
            slot=signer.name,
            path="",
            level=level,
            indication=Indication.PASSED,
            sub_indication=None,
            cause=None,
            remark="values-missing" if lacking and self._anchored else None,
            stamps=tuple(each.told for each in signer.stamps),
            proven=signer.proven,
            until=_end(archives[-1:] or [each.told for each in signer.stamps]),
            covered_by=None,
        )

    def _level(self, signer: Signer) -> Level:
        if signer.proven is None:
            return Level.B
        over = [each for each in signer.stamps if each.told.kind is StampKind.ARCHIVE]
        if over and self._complete(signer, over[-1].revision, besides=over[-1]):
            return Level.LTA
        return Level.LT if self._complete(signer, None, besides=None) else Level.T

    def _complete(self, signer: Signer, revision: int | None, *, besides: Stamp | None) -> bool:
        """Whether the file alone, as of a revision, tells how everybody's certificate stood at the time."""
        kept = self._stores.material(revision)
        if signer.proven is None or not (kept.lists or kept.responses):
            return False
        alone = self._stores.alone(revision)
        asked = {"claimed": signer.claimed, "now": signer.proven}
        return alone.standing(signer.certificate, others=signer.others, **asked).problem is None and all(
            each.told.time is not None and each.stands(alone, each.told.time)
            for each in signer.stamps
            if each is not besides and each.told.passed
        )


def _end(stamps: Sequence[StampValidation]) -> datetime | None:
    return max(filter(None, (each.until for each in stamps)), default=None)
