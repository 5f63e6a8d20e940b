"""Keeps revocation lists and OCSP responses fresh, in the trust folder that the children read; they never ask anybody.

Asked are the addresses in the settings and those that a certificate names whose path ends at a configured anchor: never
those of a stranger's certificate. What comes is proven before it is kept, and takes the place of what is held at once or
not at all. An authority that is away, slow or wrong changes nothing: what is held stays until it is overtaken, and then
signatures wait.
"""

import asyncio
import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from ledger import revocation
from ledger.database import Pool
from ledger.revocation import Known, Told
from routes.authorities import Authorities, NoAnswer, askable, origin
from routes.signing_settings import RevocationSettings, SigningSettings
from routes.tools import Tools
from signing.certificates import Certificate, CertificateUnreadable, certificate_from_der
from signing.trust import (
    EvidenceUnreadable,
    NotProven,
    PathProblem,
    Proven,
    TrustedPath,
    TrustFolder,
    check_list,
    check_response,
    list_addresses,
    ocsp_request,
    responder_addresses,
    trusted_authorities,
    within,
)

log = structlog.get_logger(__name__)

PAGE = 100
"""certificates asked about at once"""
LOCK = ".keeper"
"""the file in the trust folder that the one keeper of this folder holds"""
ADDRESSES = 100
"""lists asked for in one round, at most"""


async def keep_for_ever(tools: Tools, stop: asyncio.Event) -> None:
    """Round after round; one worker at a time for each trust folder."""
    settings = tools.settings.signing
    if settings.trust_folder is None:
        return
    keeper = Keeper(tools.pool, settings.trust_folder, settings)
    while not stop.is_set():
        try:
            with _alone(settings.trust_folder) as mine:
                if mine:
                    await keeper.round()
        except Exception as error:
            # Whatever a database, a disk or an authority does: what is held stays, and the next round comes.
            log.warning("revocation.round-failed", reason=type(error).__name__)
        try:
            await asyncio.wait_for(stop.wait(), settings.revocation.look_seconds)
        except TimeoutError:
            continue


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether nobody else keeps this folder now; the lock goes with the process that holds it."""
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        yield False
        return
    try:
        yield True
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A certificate whose path ends at a configured anchor."""

    certificate: Certificate
    """it"""
    trusted: TrustedPath
    """the path"""


@dataclass(slots=True)
class Keeper:
    """Keeps one trust folder."""

    pool: Pool
    """connections to the ledger"""
    folder: Path
    """the trust folder"""
    settings: SigningSettings
    """what is asked, when, and within which bounds"""
    _trust: TrustFolder | None = None
    _ends: dict[Path, datetime] = field(default_factory=dict)

    @property
    def bounds(self) -> RevocationSettings:
        """The part of the settings that is about revocation."""
        return self.settings.revocation

    async def round(self) -> None:
        """Ask for what is due, then write down how every certificate stands that was not looked at for a while."""
        trust = await asyncio.to_thread(self._read)
        async with Authorities(self.bounds) as authorities:
            if self.bounds.online:
                await self._fetch_lists(authorities, trust)
            after = b""
            while page := await self._due(after):
                await self._settle(authorities, trust, page)
                after = page[-1].sha256

    def _read(self) -> TrustFolder:
        if self._trust is None:
            self._trust = TrustFolder(self.folder, look_again_seconds=float("inf"), most_age=self.bounds.most_age)
        self._trust.look_again()
        return self._trust

    async def _due(self, after: bytes) -> list[Known]:
        older = timedelta(seconds=self.bounds.refresh_seconds)
        async with self.pool.connection() as connection:
            return await revocation.due(connection, now=datetime.now(UTC), older=older, after=after, limit=PAGE)

    # ------------------------------------------------------------ lists

    async def _fetch_lists(self, authorities: Authorities, trust: TrustFolder) -> None:
        async with self.pool.connection() as connection:
            known = await revocation.one_of_each_issuer(connection, now=datetime.now(UTC))
        named = await asyncio.to_thread(self._list_addresses, trust, known)
        await self._fetch_each(authorities, trust, [*self.bounds.crl_urls, *named])

    async def _fetch_each(self, authorities: Authorities, trust: TrustFolder, urls: Iterable[str]) -> None:
        due = [url for url in dict.fromkeys(urls) if askable(url) and self._is_due(self._list_file(url))]
        await asyncio.gather(*(self._fetch_list(authorities, trust, url) for url in due[:ADDRESSES]))
        if due:
            await asyncio.to_thread(trust.look_again)

    async def _fetch_list(self, authorities: Authorities, trust: TrustFolder, url: str) -> None:
        file = self._list_file(url)
        try:
            octets = await authorities.revocation_list(url)
            await asyncio.to_thread(self._keep, file, octets, lambda new: check_list(trust.store, new, now=_now()))
        except (NoAnswer, NotProven, EvidenceUnreadable, OSError) as error:
            _not_kept("list", url, error)

    def _list_addresses(self, trust: TrustFolder, known: Sequence[Known]) -> list[str]:
        """Where the lists are by which every certificate's issuer, and the issuers' issuers, can be settled."""
        authorities = trusted_authorities(trust.store, now=_now())
        proven = [each.certificate for each in self._candidates(trust, known)]
        return [url for each in (*authorities, *proven) for url in list_addresses(each)]

    def _list_file(self, url: str) -> Path:
        return self.folder / "crls" / f"fetched-{hashlib.sha256(url.encode()).hexdigest()[:24]}.crl"

    # ------------------------------------------------------------ certificates

    async def _settle(self, authorities: Authorities, trust: TrustFolder, page: Sequence[Known]) -> None:
        candidates = await asyncio.to_thread(self._candidates, trust, page)
        if self.bounds.online:
            named = [url for each in candidates for url in list_addresses(each.certificate)]
            await self._fetch_each(authorities, trust, named)
            await asyncio.gather(*(self._fetch_response(authorities, trust, each) for each in candidates))
            await asyncio.to_thread(trust.look_again)
        told = await asyncio.to_thread(_told, trust, candidates)
        async with self.pool.connection() as connection:
            await revocation.write_down(connection, told, at=_now())
        log.info("revocation.settled", certificates=len(page), trusted=len(candidates), known=len(told))

    def _candidates(self, trust: TrustFolder, page: Sequence[Known]) -> list[Candidate]:
        found = []
        for known in page:
            try:
                certificate = certificate_from_der(known.der)
            except CertificateUnreadable:
                continue
            trusted = trust.store.path(certificate, claimed=within(certificate, _now()))
            if trusted is not None:
                found.append(Candidate(certificate, trusted))
        return found

    async def _fetch_response(self, authorities: Authorities, trust: TrustFolder, candidate: Candidate) -> None:
        certificate = candidate.certificate
        url = self.bounds.ocsp_url or next(iter(responder_addresses(certificate)), "")
        file = self.folder / "ocsp" / f"fetched-{certificate.sha256[:40]}.ocsp"
        if not askable(url) or not self._is_due(file):
            return
        try:
            octets = await authorities.response(url, ocsp_request(certificate, candidate.trusted.issuer))
            await asyncio.to_thread(
                self._keep, file, octets, lambda new: check_response(trust.store, certificate, new, now=_now())
            )
        except (NoAnswer, NotProven, EvidenceUnreadable, OSError) as error:
            _not_kept("response", url, error)

    # ------------------------------------------------------------ files

    def _is_due(self, file: Path) -> bool:
        """It was not asked for in a while, or it is overtaken before it would be asked for again."""
        try:
            asked = file.stat().st_mtime
        except FileNotFoundError:
            return True
        soon = _now() + 2 * timedelta(seconds=self.bounds.look_seconds)
        return asked + self.bounds.refresh_seconds <= time.time() or self._ends.get(file, soon) < soon

    def _keep(self, file: Path, octets: bytes, check: Callable[[bytes], Proven]) -> None:
        """Prove it, then put it in the place of what is held, unless that is newer: an old one said again is no news."""
        new = check(octets)
        if file.exists():
            try:
                held = check(file.read_bytes())
            except (NotProven, EvidenceUnreadable):
                held = new
            if new.issued < held.issued:
                raise NotNewer
        file.parent.mkdir(parents=True, exist_ok=True)
        half = file.with_name(f".{file.name}")
        with half.open("wb") as writing:
            writing.write(octets)
            writing.flush()
            os.fsync(writing.fileno())
        half.replace(file)
        self._ends[file] = new.until


class NotNewer(NoAnswer):
    """What is held is newer than what came."""

    def __init__(self) -> None:
        super().__init__("older than what is held")


def _told(trust: TrustFolder, candidates: Sequence[Candidate]) -> list[Told]:
    """How each stands, as far as that is known; what is not known now stays as it was."""
    now = _now()
    told = []
    for each in candidates:
        standing = trust.store.standing(each.certificate, claimed=within(each.certificate, now), now=now)
        sha256, revoked = bytes.fromhex(each.certificate.sha256), standing.revocation
        if revoked is not None:
            told.append(Told(sha256, revocation.ON_HOLD if revoked.on_hold else revocation.REVOKED, revoked.moment))
        elif standing.problem is None:
            told.append(Told(sha256, revocation.GOOD, None))
        elif standing.problem is not PathProblem.REVOCATION_UNKNOWN:
            log.warning("revocation.path-lost", problem=standing.problem.value)
    return told


def _not_kept(what: str, url: str, error: Exception) -> None:
    """Neither the certificate nor the rest of the address: they may name a person."""
    reason = error.args[0] if isinstance(error, NoAnswer | NotProven) and error.args else type(error).__name__
    log.warning("revocation.not-kept", what=what, authority=origin(url), reason=str(reason))


def _now() -> datetime:
    return datetime.now(UTC)
