"""Whether a certificate may be believed: path to configured anchors, validity, revocation. An empty store refuses.

Revocation lists and OCSP responses are read from files beside the anchors; nothing here touches a network, and what
they do not settle is unknown, never good. Whoever fetches them (`routes.revocation`) proves them first with `check_list`
and `check_response`.
"""

import logging

from signing.trust.asking import list_addresses, ocsp_request, responder_addresses
from signing.trust.evidence import EvidenceUnreadable
from signing.trust.folder import TrustFolder
from signing.trust.proving import NotProven, Proven, check_list, check_response, trusted_authorities, within
from signing.trust.standing import Lack, PathProblem, Revocation, Standing, Trust
from signing.trust.store import TrustedPath, TrustStore

# The library's log names the holders of certificates; what matters of it stands in `Standing`.
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)

__all__ = [
    "EvidenceUnreadable",
    "Lack",
    "NotProven",
    "PathProblem",
    "Proven",
    "Revocation",
    "Standing",
    "Trust",
    "TrustFolder",
    "TrustStore",
    "TrustedPath",
    "check_list",
    "check_response",
    "list_addresses",
    "ocsp_request",
    "responder_addresses",
    "trusted_authorities",
    "within",
]
