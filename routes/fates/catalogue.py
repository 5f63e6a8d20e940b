"""Every cause by its id, and which one an exchange that brought no answer has."""

from connectors.portal import (
    AccountMissing,
    CertificateRefused,
    LoginRefused,
    PortalDown,
    PortalFault,
    ReplyLost,
    TryLater,
)
from ledger.states import Fate
from routes.fates.causes import Cause
from routes.fates.destinations import DESTINATIONS
from routes.fates.records import RECORDS
from routes.fates.registrations import REGISTRATIONS
from routes.fates.returns import RETURNS
from routes.fates.signers import SIGNERS

CAUSES: dict[str, Cause] = {each.id: each for each in (*RECORDS, *SIGNERS, *DESTINATIONS, *REGISTRATIONS, *RETURNS)}
"""Every cause by id. A cause on a row may carry more after a colon: `rule:B10`, `city:R02`, `indeterminate:…`."""

RECONCILE = "R04"
"""The destination's code for «UUID already used»: of a UUID the hub itself sent it means reconcile, never refused."""


def cause_of(text: str) -> Cause:
    """The catalogue's entry for a row's cause."""
    return CAUSES.get(text.split(":", 1)[0], CAUSES["internal"])


def fate_of(text: str) -> Fate:
    """What a cause means."""
    return cause_of(text).fate


def cause_of_fault(fault: PortalFault) -> str:
    """The catalogue's word for an exchange that brought no answer."""
    match fault:
        case PortalDown():
            return "destination-down"
        case ReplyLost():
            return "reply-lost"
        case TryLater():
            return "try-later"
        case LoginRefused():
            return "login-refused"
        case AccountMissing():
            return "account-missing"
        case CertificateRefused():
            return "certificate-not-approved"
        case _:
            return "internal"
