"""The portal contract over HTTP (assumed contract §3), as a client sees it: token, transactions 1 and 2, returned records
and their receipts. The city portal and the Ministry store speak the same. Faults are cut by what is surely true after
them: whoever gets anything but `ReplyLost` from a submission knows that the portal did not take it.
"""

from connectors.portal.answers import ResultRow, ResultRows, ReturnedBundle, ReturnedPage
from connectors.portal.client import Portal
from connectors.portal.faults import (
    AccountMissing,
    CertificateRefused,
    LoginRefused,
    PackageRefused,
    PortalDown,
    PortalFault,
    ReplyLost,
    TryLater,
    UnknownMessage,
)
from connectors.portal.settings import PortalPaths, PortalSettings

__all__ = [
    "AccountMissing",
    "CertificateRefused",
    "LoginRefused",
    "PackageRefused",
    "Portal",
    "PortalDown",
    "PortalFault",
    "PortalPaths",
    "PortalSettings",
    "ReplyLost",
    "ResultRow",
    "ResultRows",
    "ReturnedBundle",
    "ReturnedPage",
    "TryLater",
    "UnknownMessage",
]
