"""What must be signed, what may be used, and what happens to a verdict that is neither passed nor failed."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, timezone
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType

from schemas.octets import MOST_TAGS
from signing.verify.faults import FAULTS
from signing.verify.results import Disposition, Indication

VIETNAM = timezone(timedelta(hours=7))
"""Vietnam has one time zone and no summer time."""

HELD_BY_DEFAULT: Mapping[str, Disposition] = MappingProxyType(
    {
        "certificate-revoked-later": Disposition.HOLD,
        "issuer-revoked-later": Disposition.HOLD,
        "certificate-on-hold": Disposition.HOLD,
        "signature-policy": Disposition.HOLD,
        "algorithm-outdated": Disposition.HOLD,
        "registry-unknown": Disposition.HOLD,
        "revocation-unknown": Disposition.RETRY,
    }
)
"""The causes that a person or time can still free; every other fault is refused."""

INDETERMINATE_CAUSES = frozenset(cause for cause, kind in FAULTS.items() if kind.indication is Indication.INDETERMINATE)
"""what a policy may decide about: retry, hold or refuse, never pass"""


class Approvals(StrEnum):
    """Who answers for it that an institution's certificate was approved for its school."""

    REGISTRY = "registry"
    """The registry handed over with each record; without one nothing passes."""
    DESTINATION = "destination"
    """The destination that gives the record back: it checked its own registry before it took the record."""


@dataclass(frozen=True, slots=True)
class SlotPolicy:
    """Whose rules are applied. A policy that requires nothing refuses everything.

    A signer whom the roster does not know in the role is remarked on; where `open_causes` names `signer-not-assigned`,
    that is a fault like any other.
    """

    name: str
    """Name for reports, for example `national`."""
    required: frozenset[str]
    """Slots that must be signed; those the profile does not declare are left out of account."""
    open_causes: Mapping[str, Disposition] = field(default_factory=lambda: HELD_BY_DEFAULT)
    """Disposition of causes whose indication is INDETERMINATE; what is not listed is refused."""
    clock_tolerance: timedelta = timedelta(minutes=5)
    """How far a signing time may lie ahead of the hub's clock."""
    approvals: Approvals = Approvals.REGISTRY
    """Who answers for the approval of certificates."""
    approved_slots: frozenset[str] = frozenset({"KY_PHAT_HANH"})
    """Slots whose certificate must have been approved for the school; an institution's always must."""

    @classmethod
    def national(cls) -> "SlotPolicy":
        """CV 2088: the principal and the institution; the homeroom teacher may be absent."""
        return cls("national", frozenset({"CBQL", "KY_PHAT_HANH"}))

    @classmethod
    def city(cls) -> "SlotPolicy":
        """QĐ 1789 Đ20.5: the homeroom teacher signs as well."""
        return cls("city", frozenset({"GVCN", "CBQL", "KY_PHAT_HANH"}))

    def disposition(self, cause: str) -> Disposition:
        """What becomes of a fault: only an INDETERMINATE one can be anything but refused."""
        if FAULTS[cause].indication is not Indication.INDETERMINATE:
            return Disposition.REFUSE
        return self.open_causes.get(cause, Disposition.REFUSE)


@dataclass(frozen=True, slots=True)
class ApprovedCertificate:
    """One row of the registry of approved certificates."""

    serial: str
    """Serial number in lower-case hex without leading zeros."""
    sha256: str
    """Lower-case hex SHA-256 of the DER."""
    valid_from: datetime
    """First instant at which it is approved."""
    valid_to: datetime
    """Last instant at which it is approved."""
    roles: frozenset[str]
    """Slots it may sign: `KY_PHAT_HANH`, `GIAO_DICH`, or a person's."""


@dataclass(frozen=True)
class Approved:
    """The approved certificates of one unit."""

    unit: str
    """Official code of the unit (`ma_don_vi`)."""
    certificates: tuple[ApprovedCertificate, ...]
    """Its rows, history included."""

    @classmethod
    def from_rows(cls, unit: str, rows: Iterable[Mapping[str, str]]) -> "Approved":
        """Of registry rows (`ma_don_vi`, `vai_tro` or `role`, `serial_hex`, `sha256`, `tu_ngay`, `den_ngay`)."""
        return cls(unit, tuple(_approved(row) for row in rows if row["ma_don_vi"] == unit))

    @cached_property
    def state(self) -> str:
        """The whole registry of the unit in eight hex digits: another approval, another state."""
        rows = sorted(repr((row.sha256, sorted(row.roles), row.valid_from, row.valid_to)) for row in self.certificates)
        return hashlib.sha256("\n".join((self.unit, *rows)).encode()).hexdigest()[:8]

    def allows(self, *, sha256: str, role: str, moment: datetime) -> bool:
        """Whether this very certificate was approved for the role at the moment."""
        return any(
            row.sha256 == sha256 and role in row.roles and row.valid_from <= moment <= row.valid_to
            for row in self.certificates
        )


def _approved(row: Mapping[str, str]) -> ApprovedCertificate:
    roles = row.get("vai_tro") or row.get("role") or ""
    return ApprovedCertificate(
        serial=row["serial_hex"].lower().lstrip("0"),
        sha256=row["sha256"].lower(),
        valid_from=_instant(row["tu_ngay"]),
        valid_to=_instant(row["den_ngay"], end_of_day=True),
        roles=frozenset(part.strip() for part in roles.split(",") if part.strip()),
    )


def _instant(text: str, *, end_of_day: bool = False) -> datetime:
    """An instant, or a plain date: then its first or last second in Vietnam."""
    moment = datetime.fromisoformat(text)
    if len(text) == len("2026-01-01"):
        moment = datetime.combine(moment, time.max if end_of_day else time.min)
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that keep a hostile record cheap."""

    octets: int = 2 * 1024 * 1024
    """Largest record, in octets."""
    attributes: int = 2000
    """Most attributes in a record."""
    namespaces: int = 400
    """Most namespace declarations in a record."""
    tags: int = MOST_TAGS
    """Most tags in a record."""
    scope: int = 32
    """Most namespaces in scope at an element."""
    crowd: int = 256
    """Most attributes on one element of a batch; of a record, those of the whole are few enough."""
    references: int = 6
    """Most references in one signature."""
    signatures: int = 24
    """Most signatures in a record."""
