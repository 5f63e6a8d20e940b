"""What people ask of the registry of certificates: who may sign for whom, what ends soon, what was seen, who lacks one.

Read only. Whether a certificate may sign is read where the verifier reads it, in `approved_certificates`; registrations
and their events say how that came about. Subjects of persons' certificates come along for staff's eyes only.
"""

from ledger.certificate_views.attention import (
    CertificateCounts,
    ExpiringView,
    SeenView,
    counts,
    expiring,
    unregistered,
)
from ledger.certificate_views.cards import CertificateCard, UseView, certificate, revoked
from ledger.certificate_views.conditions import INSTITUTION_ROLES, PERSONAL_ROLES
from ledger.certificate_views.registrations import CertificateView, EventView, certificates, history, registration
from ledger.certificate_views.schools import (
    CoverageSums,
    RoleCoverage,
    SchoolCoverage,
    coverage,
    coverage_sums,
    plain,
)

__all__ = [
    "INSTITUTION_ROLES",
    "PERSONAL_ROLES",
    "CertificateCard",
    "CertificateCounts",
    "CertificateView",
    "CoverageSums",
    "EventView",
    "ExpiringView",
    "RoleCoverage",
    "SchoolCoverage",
    "SeenView",
    "UseView",
    "certificate",
    "certificates",
    "counts",
    "coverage",
    "coverage_sums",
    "expiring",
    "history",
    "plain",
    "registration",
    "revoked",
    "unregistered",
]
