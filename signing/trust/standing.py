"""What is known of a certificate, as a verifier asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from signing.certificates import Certificate


class PathProblem(StrEnum):
    """Why a certificate has no standing."""

    NOT_FOUND = "path-not-found"
    INVALID = "path-invalid"
    REVOCATION_UNKNOWN = "revocation-unknown"


class Lack(StrEnum):
    """What is wrong with the revocation data of a certificate; of several things, the one that came nearest."""

    MISSING = "missing"
    """No list and no response is there for it."""
    UNPROVEN = "unproven"
    """What is there was not signed by whom it should be, or does not answer for this certificate."""
    STALE = "stale"
    """What is there has been overtaken: its next update is past, or it is older than the settings allow."""
    FUTURE = "from-the-future"
    """What is there was made after the present: one of the clocks is wrong."""


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
    revocations: tuple[Revocation, ...]
    """Every revocation on the path, whenever it happened, from the anchor down: one that comes too late to matter must
    not hide an earlier one below it."""
    problem: PathProblem | None
    """Why there is no standing; None when there is one."""
    lack: Lack | None = None
    """What is wrong with the revocation data, where that is the problem."""
    until: datetime | None = None
    """The revocation data says no more after this; None: it is not a matter of that."""

    @property
    def revocation(self) -> Revocation | None:
        """The one that weighs most as of now: for good rather than suspended, then the earliest."""
        return min(self.revocations, key=lambda each: (each.on_hold, each.moment), default=None)


class Trust(Protocol):
    """What a verifier asks about certificates."""

    @property
    def state(self) -> str:
        """What is trusted and known as revoked, in eight hex digits: another file, another state."""
        ...

    def standing(
        self, certificate: Certificate, *, claimed: datetime, now: datetime, others: Sequence[Certificate] = ()
    ) -> Standing:
        """What is known of the certificate for a signature of the claimed time, as of now."""
        ...
