"""What the gateway's numbers mean, as public write-ups list them."""

from collections.abc import Mapping

from connectors.signers.line import Reply
from connectors.signers.protocol import AccountRefused, CredentialLocked, CredentialUnknown, SignerDown, SignerFault

SIGNED = "1"
WAITING = frozenset({"0", "4000", "6000"})
"""not yet answered; answered, and being signed"""
REFUSED = "4002"
EXPIRED = frozenset({"4001", "4004"})
"""the holder's time is over; signing failed, which ends the order as well"""

FAULTS: Mapping[str, type[SignerFault]] = {
    "4005": AccountRefused,
    "13004": CredentialUnknown,
    "58007": AccountRefused,
    "58008": CredentialUnknown,
    "59033": AccountRefused,
    "86002": AccountRefused,
    "86024": AccountRefused,
}
"""4005: no signatures left to the account; 13004: certificate ended; 58007, 86002, 86024: client; 58008: no such holder"""


def fault_of(reply: Reply) -> SignerFault:
    """The fault that a refused request tells of; nothing was taken."""
    if reply.code in FAULTS:
        return FAULTS[reply.code](reply.code)
    if "locked" in reply.text("error_description").lower():
        return CredentialLocked(reply.code)
    return AccountRefused(reply.code) if reply.status in (401, 403) else SignerDown(reply.code)
