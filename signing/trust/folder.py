"""The store in a folder, read again when its files change: revocation data is renewed while the hub runs."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from signing.certificates import Certificate
from signing.trust.evidence import Evidence, readable
from signing.trust.files import INTERMEDIATES, KINDS, LISTS, RESPONSES, ROOTS, Seen, octets_of, seen_in
from signing.trust.standing import Standing
from signing.trust.store import TrustStore

log = structlog.get_logger(__name__)


class TrustFolder:
    """What the folder says now; files that stay the same are read once."""

    def __init__(self, folder: Path, *, look_again_seconds: float = 60.0, most_age: timedelta | None = None) -> None:
        """Read the folder; `most_age` bounds how old a list or response may be, whatever it says itself."""
        self._folder = folder
        self._look_again_seconds = look_again_seconds
        self._most_age = most_age
        self._evidence: dict[Seen, Evidence] = {}
        self._seen = self._look()
        self._store = self._read(None)
        self._due = time.monotonic() + look_again_seconds

    @property
    def state(self) -> str:
        """The state of the store that judges now."""
        return self._store.state

    @property
    def store(self) -> TrustStore:
        """The store that judges now."""
        if time.monotonic() >= self._due:
            self.look_again()
        return self._store

    def standing(
        self, certificate: Certificate, *, claimed: datetime, now: datetime, others: Sequence[Certificate] = ()
    ) -> Standing:
        """What the folder says of the certificate now."""
        return self.store.standing(certificate, claimed=claimed, now=now, others=others)

    def look_again(self) -> None:
        """Read what has changed."""
        self._due = time.monotonic() + self._look_again_seconds
        try:
            seen = self._look()
            if seen == self._seen:
                return
            self._store = self._read(self._store)
        except (OSError, ValueError):
            # A file half written or gone: what was known stays in force until the folder can be read.
            log.warning("trust.unreadable", what="folder")
            return
        self._seen = seen

    def _look(self) -> dict[str, list[Seen]]:
        return {name: seen_in(self._folder / name) for name in (ROOTS, INTERMEDIATES, LISTS, RESPONSES)}

    def _read(self, before: TrustStore | None) -> TrustStore:
        evidence = {
            seen: self._evidence.get(seen) or readable(KINDS, name, Path(seen[0]).read_bytes())
            for name in KINDS
            for seen in seen_in(self._folder / name)
        }
        store = TrustStore.of_evidence(
            anchors=octets_of(self._folder / ROOTS),
            intermediates=octets_of(self._folder / INTERMEDIATES),
            evidence=list(evidence.values()),
            most_age=self._most_age,
            before=before,
        )
        self._evidence = evidence
        return store
