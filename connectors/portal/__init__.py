"""The portal contract over HTTP (assumed contract §3), as a client sees it: token, transactions 1 to 4, catalogues,
returned records and their receipts. The city portal and the Ministry store speak the same. Faults are cut by what is
surely true after them: whoever gets anything but `ReplyLost` from what is sent once knows that the portal did not take
it.
"""

from connectors.portal.answers import ResultRow, ResultRows, ReturnedBundle, ReturnedPage
from connectors.portal.catalogues import Catalogue, CatalogueRow
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
from connectors.portal.registrations import RegistrationRow
from connectors.portal.settings import PortalPaths, PortalSettings

__all__ = [
    "AccountMissing",
    "Catalogue",
    "CatalogueRow",
    "CertificateRefused",
    "LoginRefused",
    "PackageRefused",
    "Portal",
    "PortalDown",
    "PortalFault",
    "PortalPaths",
    "PortalSettings",
    "RegistrationRow",
    "ReplyLost",
    "ResultRow",
    "ResultRows",
    "ReturnedBundle",
    "ReturnedPage",
    "TryLater",
    "UnknownMessage",
]
