"""What every request needs, put together once: the way to the ledger, keys, readers of bodies, who accepts and steers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, Request

from console.gate import Gate
from console.intake import Intake
from console.keys import Keys
from console.ports import Accept, Steer
from console.problems import unavailable
from console.registrar import LedgerRegistrar
from console.settings import WebSettings
from console.staff.moments import VIETNAM
from ledger.certificate_views import INSTITUTION_ROLES, CertificateCounts
from ledger.registry import Sender
from ledger.signature_views import SignatureCounts
from routes.signing_settings import EvidenceSettings

if TYPE_CHECKING:
    from console.judging import JudgeRoom
    from console.printing import PrintRoom
    from console.staff.glance import Glance


class Turnstile:
    """Lets so many pushes in at once; the next one is told to come back."""

    def __init__(self, places: int, *, retry_after_seconds: int) -> None:
        self._places = places
        self._retry_after_seconds = retry_after_seconds

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place, for as long as the block runs.

        Raises:
            Problem: all places are taken.
        """
        if self._places == 0:
            raise unavailable(self._retry_after_seconds)
        self._places -= 1
        try:
            yield
        finally:
            self._places += 1


@dataclass(frozen=True, slots=True)
class CertificateRules:
    """What the settings say of certificates, as far as the pages need it."""

    approver: str = "city"
    """whose word approves a new registration: ward, city or portal"""
    roles: frozenset[str] = frozenset({"KY_PHAT_HANH"})
    """roles whose certificates must be approved, beside the institutions' own"""
    days: int = 30
    """a certificate that ends within so many days ends soon"""

    deadlines: tuple[date, ...] = ()
    """last days of campaigns, past ones too"""

    @property
    def ahead(self) -> datetime | None:
        """When the next campaign ends; None when none is ahead."""
        ends = (datetime.combine(last, time(23, 59, 59), VIETNAM) for last in self.deadlines)
        return min((end for end in ends if end > datetime.now(VIETNAM)), default=None)

    @property
    def asked(self) -> frozenset[str]:
        """Every role that needs an approval."""
        return self.roles | frozenset(INSTITUTION_ROLES)


@dataclass(frozen=True, slots=True)
class Wiring:
    """The parts of one application."""

    settings: WebSettings
    """what the operator has set"""
    gate: Gate
    """the way to the ledger"""
    keys: Keys
    """who is calling"""
    intake: Intake
    """reads pushed bodies"""
    turnstile: Turnstile
    """bounds the pushes handled at once"""
    accept: Accept
    """takes submissions on"""
    steer: Steer
    """changes what staff and senders may change"""
    destination: str
    """where submissions of this application are heading"""
    prints: "PrintRoom"
    """sets copies of records"""
    judge: "JudgeRoom"
    """verifies files that somebody brings"""
    certificates: CertificateRules
    """who approves them, which must be approved"""
    registrar: LedgerRegistrar
    """registers and decides as staff ask"""
    glance: "Glance[CertificateCounts]"
    """what certificates need, in figures"""
    signatures: "Glance[SignatureCounts]"
    """signatures that are waited for, in figures"""
    evidence: EvidenceSettings
    """of what evidence is kept, and when it is made and renewed"""
    stamps: bool
    """there is a timestamping authority to ask"""

    @property
    def keeps_evidence(self) -> bool:
        """Evidence is made of some profile at least."""
        enabled = self.evidence.enabled
        return (self.stamps if enabled is None else enabled) and self.evidence.keeps_any


async def wiring_of(request: Request) -> Wiring:
    """The application's parts."""
    return cast("Wiring", request.app.state.wiring)


Wired = Annotated[Wiring, Depends(wiring_of)]


async def caller(request: Request, wiring: Wired) -> Sender:
    """The sender whose key the request shows.

    Raises:
        Problem: no key, or none that is valid.
    """
    return await wiring.keys.sender(request)


Caller = Annotated[Sender, Depends(caller)]
