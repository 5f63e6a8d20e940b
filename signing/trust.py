"""Whether a certificate may be believed: path to configured anchors, validity, revocation. An empty store refuses.

Path building and RFC 5280 validation are pyhanko-certvalidator's, offline. What it finds for a certificate is kept for
the hour as a window of validity and a date of revocation, so that every signature by that certificate is then judged
by comparing dates, exactly.
"""

import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import structlog
from asn1crypto import crl as asn1_crl
from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from pyhanko_certvalidator import errors
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy, RevocationCheckingRule
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.validate import async_validate_path

from signing.certificates import Certificate

log = structlog.get_logger(__name__)

# The library's log names the holders of certificates; what matters of it stands in `Standing`.
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)

_MOST_PATHS = 8
_MOST_KEPT = 20_000
_COMPROMISE = frozenset({"key_compromise", "ca_compromise", "aa_compromise"})
_NO_CHECK = RevocationCheckingPolicy(RevocationCheckingRule.NO_CHECK, RevocationCheckingRule.NO_CHECK)
_REQUIRED = RevocationCheckingPolicy(RevocationCheckingRule.CRL_REQUIRED, RevocationCheckingRule.CRL_REQUIRED)


class PathProblem(StrEnum):
    """Why a certificate has no standing."""

    NOT_FOUND = "path-not-found"
    INVALID = "path-invalid"
    REVOCATION_UNKNOWN = "revocation-unknown"


@dataclass(frozen=True, slots=True)
class Revocation:
    """A revocation found on the path."""

    moment: datetime
    """Date of revocation."""
    compromised: bool
    """The reason says that a key was compromised: nothing it signed can be believed, whenever."""
    on_hold: bool
    """Suspended, not revoked for good."""
    issuer: bool
    """A certificate above the signer's was revoked, not the signer's own."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a certificate."""

    chain: tuple[str, ...]
    """SHA-256 of each certificate from the signer to the anchor; empty without a path."""
    valid_from: datetime
    """Latest start of validity on the path below the anchor."""
    valid_to: datetime
    """Earliest end of validity on the path below the anchor."""
    revocation: Revocation | None
    """A revocation on the path, whenever it happened."""
    problem: PathProblem | None
    """Why there is no standing; None when there is one."""


class Trust(Protocol):
    """What a verifier asks about certificates."""

    @property
    def state(self) -> str:
        """What is trusted and known as revoked, in eight hex digits: another anchor or list, another state."""
        ...

    def standing(
        self, certificate: Certificate, *, claimed: datetime, now: datetime, others: Sequence[Certificate] = ()
    ) -> Standing:
        """What is known of the certificate for a signature of the claimed time, as of now (to the hour)."""
        ...


class TrustStore:
    """Anchors, intermediate certificates and revocation lists; immutable: changed trust is another store."""

    def __init__(
        self, *, anchors: Iterable[bytes], intermediates: Iterable[bytes] = (), revocation_lists: Iterable[bytes] = ()
    ) -> None:
        self._anchors = [asn1_x509.Certificate.load(_der(octets), strict=True) for octets in anchors]
        self._intermediates = [asn1_x509.Certificate.load(_der(octets), strict=True) for octets in intermediates]
        self._lists = [asn1_crl.CertificateList.load(_der(octets), strict=True) for octets in revocation_lists]
        self._manager = SimpleTrustManager.build(trust_roots=self._anchors)
        self.state = _fingerprint(self._anchors, self._intermediates, self._lists)
        self._kept: OrderedDict[tuple[Any, ...], Standing] = OrderedDict()

    @classmethod
    def from_folder(cls, folder: Path) -> "TrustStore":
        """Read `roots/`, `intermediates/` and `crls/`, each holding PEM or DER files."""
        return cls(
            anchors=_read_all(folder / "roots"),
            intermediates=_read_all(folder / "intermediates"),
            revocation_lists=_read_all(folder / "crls"),
        )

    @property
    def is_empty(self) -> bool:
        """Without an anchor nothing is trusted."""
        return not self._anchors

    def standing(
        self, certificate: Certificate, *, claimed: datetime, now: datetime, others: Sequence[Certificate] = ()
    ) -> Standing:
        """What is known of the certificate for a signature of the claimed time, as of now (to the hour)."""
        if self.is_empty:
            return _none(certificate, claimed, PathProblem.NOT_FOUND)
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        key = (certificate.sha256, hour, tuple(sorted(other.sha256 for other in others)))
        kept = self._kept.get(key)
        if kept is not None and kept.valid_from <= claimed <= kept.valid_to:
            return kept
        found = self._find(certificate, others, claimed, now)
        self._kept[key] = found
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return found

    def _find(
        self, certificate: Certificate, others: Sequence[Certificate], claimed: datetime, now: datetime
    ) -> Standing:
        try:
            leaf = asn1_x509.Certificate.load(certificate.der, strict=True)
            extra = [asn1_x509.Certificate.load(other.der, strict=True) for other in others]
            return self._validate(leaf, extra, claimed, now) or _none(certificate, claimed, PathProblem.NOT_FOUND)
        except Exception:
            # Certificates come from outside and their parts are parsed lazily: whatever breaks, there is no path.
            return _none(certificate, claimed, PathProblem.INVALID)

    def _validate(self, leaf: Any, extra: list[Any], claimed: datetime, now: datetime) -> Standing | None:
        found = None
        for path in self._paths(leaf, extra, claimed):
            try:
                _complete(async_validate_path(self._context(extra, claimed, _NO_CHECK), path))
            except errors.ValidationError:
                found = Standing((), claimed, claimed, None, PathProblem.INVALID)
                continue
            return self._with_revocation(path, extra, now)
        return found

    def _paths(self, leaf: Any, extra: list[Any], moment: datetime) -> list[Any]:
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

        found: list[Any] = _complete(collect())
        return found

    def _with_revocation(self, path: Any, extra: list[Any], now: datetime) -> Standing:
        below = list(path.iter_certs(include_root=False))
        valid_from = max(certificate.not_valid_before for certificate in below)
        valid_to = min(certificate.not_valid_after for certificate in below)
        chain = tuple(hashlib.sha256(part.dump()).hexdigest() for part in reversed(list(path.iter_certs(True))))
        revocation = problem = None
        try:
            # Asked as of now, or as of the last moment at which the path was valid: a later revocation is seen too.
            moment = max(valid_from, min(now, valid_to))
            _complete(async_validate_path(self._context(extra, moment, _REQUIRED), path))
        except errors.RevokedError as error:
            reason = str(error.reason.native)
            revocation = Revocation(
                moment=error.revocation_dt,
                compromised=reason in _COMPROMISE,
                on_hold=reason == "certificate_hold",
                issuer=not error.is_ee_cert,
            )
        except errors.ValidationError:
            problem = PathProblem.REVOCATION_UNKNOWN
        return Standing(chain, valid_from, valid_to, revocation, problem)

    def _context(self, extra: list[Any], moment: datetime, checking: RevocationCheckingPolicy) -> ValidationContext:
        return ValidationContext(
            trust_manager=self._manager,
            other_certs=[*self._intermediates, *extra],
            moment=moment,
            crls=self._lists,
            revinfo_policy=CertRevTrustPolicy(checking, retroactive_revinfo=True),
            time_tolerance=timedelta(0),
        )


class TrustFolder:
    """The store in a folder, read again when its files change: revocation lists are renewed while the hub runs."""

    def __init__(self, folder: Path, *, look_again_seconds: float = 60.0) -> None:
        self._folder = folder
        self._look_again_seconds = look_again_seconds
        self._seen = _state(folder)
        self._store = TrustStore.from_folder(folder)
        self._due = time.monotonic() + look_again_seconds

    @property
    def state(self) -> str:
        """The state of the store that judges now."""
        return self._store.state

    def standing(
        self, certificate: Certificate, *, claimed: datetime, now: datetime, others: Sequence[Certificate] = ()
    ) -> Standing:
        """What the folder says of the certificate now."""
        if time.monotonic() >= self._due:
            self._look_again()
        return self._store.standing(certificate, claimed=claimed, now=now, others=others)

    def _look_again(self) -> None:
        self._due = time.monotonic() + self._look_again_seconds
        state = _state(self._folder)
        if state == self._seen:
            return
        try:
            self._store = TrustStore.from_folder(self._folder)
        except (OSError, ValueError):
            # A file half written: what was known stays in force until the folder can be read.
            log.warning("trust.unreadable")
            return
        self._seen = state


def _state(folder: Path) -> frozenset[tuple[str, int, int]]:
    """Name, time and size of every file below."""
    found = [(file, file.stat()) for file in folder.rglob("*") if file.is_file()]
    return frozenset((str(file), told.st_mtime_ns, told.st_size) for file, told in found)


def _fingerprint(*groups: Iterable[Any]) -> str:
    digests = [sorted(hashlib.sha256(each.dump()).digest() for each in group) for group in groups]
    return hashlib.sha256(b"|".join(b"".join(group) for group in digests)).hexdigest()[:8]


def _none(certificate: Certificate, claimed: datetime, problem: PathProblem) -> Standing:
    """No path: without an issuer at any time, with a broken path at this time at least."""
    if problem is PathProblem.NOT_FOUND:
        return Standing((), certificate.not_before, certificate.not_after, None, problem)
    return Standing((), claimed, claimed, None, problem)


def _complete(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that never waits: nothing is fetched, so it ends at its first step, in a loop or out of one."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise RuntimeError("path validation tried to wait")


def _read_all(folder: Path) -> list[bytes]:
    if not folder.is_dir():
        return []
    return [file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file() and not file.name.startswith(".")]


def _der(octets: bytes) -> bytes:
    if not pem.detect(octets):
        return octets
    _, _, der = pem.unarmor(octets)
    return bytes(der)
