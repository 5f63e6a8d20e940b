"""What verification answers: frozen results in the words of EN 319 102-1, for each slot and for the whole record."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from schemas.findings import Finding
from signing.certificates import Certificate
from signing.indications import Indication, SubIndication
from signing.verify.steps import StepResult, results

__all__ = [
    "Algorithms",
    "Disposition",
    "Form",
    "Indication",
    "RecordValidation",
    "Signer",
    "SlotValidation",
    "SubIndication",
]


class Disposition(StrEnum):
    """What the policy makes of a verdict: the hub's fates are decided from this, never from the cause alone."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    REFUSE = "refuse"
    HOLD = "hold"
    RETRY = "retry"


class Form(StrEnum):
    """How a signature carries its signing time."""

    PROPERTY = "property"
    XADES = "xades"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Algorithms:
    """The algorithms one signature used, by their short names."""

    signature: str
    """Signature method, for example `rsa-sha256`."""
    key: str
    """Key type and size, for example `RSA-2048` or `EC-256`."""
    c14n: str
    """Canonicalisation of SignedInfo: `c14n`, `c14n11` or `exc-c14n`."""
    data_c14n: str
    """Canonicalisation of the data region."""
    data_digest: str
    """Digest of the data region, for example `sha256`."""


@dataclass(frozen=True, slots=True)
class Signer:
    """The signing certificate as far as the outside may know it."""

    sha256: str
    """Lower-case hex SHA-256 of the certificate's DER."""
    serial: str
    """Serial number in lower-case hex without leading zeros."""
    chain: tuple[str, ...]
    """SHA-256 of each certificate from the signer to the anchor; empty when no path was found."""
    subject: str = field(repr=False)
    """RFC 4514 subject. Names a person: never to be logged."""
    certificate: Certificate = field(repr=False)
    """The certificate itself."""


@dataclass(frozen=True, slots=True)
class SlotValidation:
    """The verdict on one signature."""

    slot: str
    """Name of the declared slot, `GIAO_DICH` for a transaction, empty for a signature that is nowhere declared."""
    indication: Indication
    """Main indication."""
    sub_indication: SubIndication | None
    """Sub-indication; None when passed."""
    disposition: Disposition
    """What the policy makes of it."""
    cause: str | None
    """Short machine text of the first fault, for example `digest-data`; None when passed."""
    failed_step: int | None
    """Number of the verification step that failed (see `signing.verify`); None when passed."""
    passed_steps: tuple[int, ...]
    """Numbers of the steps that this signature has passed."""
    signing_time: datetime | None
    """Claimed signing time, read from verified octets; None when it was not reached."""
    signer: Signer | None
    """Signing certificate; None when it was not reached."""
    form: Form | None
    """Form of the signed properties; None when they were not reached."""
    algorithms: Algorithms | None
    """Algorithms; None when they were not reached."""
    findings: tuple[Finding, ...]
    """What is wrong, for people; when passed, remarks at most."""
    level: str | None = None
    """Level of EN 319 132-1: B-B, or B-T with a valid timestamp; None where it is not XAdES or was not reached."""
    proven_time: datetime | None = None
    """The time at which a valid timestamp proves that the signature was there; None without one."""

    @property
    def passed(self) -> bool:
        """True for TOTAL-PASSED only."""
        return self.indication is Indication.PASSED

    @property
    def steps(self) -> tuple[StepResult, ...]:
        """How each of the ten steps ended."""
        return results(self.passed_steps, self.failed_step)


@dataclass(frozen=True, slots=True)
class RecordValidation:
    """The verdict on a record: TOTAL-PASSED only when every signature passed and every required slot is signed."""

    indication: Indication
    """TOTAL-FAILED when the record must be refused; INDETERMINATE only where a person or time can still free it."""
    disposition: Disposition
    """The gravest disposition of all faults: refuse, then hold, then retry, then pass."""
    cause: str | None
    """Machine text of the gravest fault, `slot:cause` where a slot is at fault; None when passed."""
    slots: tuple[SlotValidation, ...]
    """One verdict per signature found, in the profile's order of slots."""
    findings: tuple[Finding, ...]
    """All findings, those of the slots included."""
    policy: str
    """Name of the policy that it was judged by."""
    trust: str
    """State of the trust store at that time: changed trust affects what is judged after it, and shows here."""
    registry: str
    """State of the approvals that were asked, in short; empty where none were."""
    not_checked: tuple[str, ...]
    """Rules that nobody could be asked about (S05 without a registry, S07 without a roster): never the same as passed."""
    data_sha256: str | None
    """Hex SHA-256 of the canonical octets below; None unless passed."""
    data: bytes | None = field(repr=False)
    """Canonical octets of the data region that every signature covers: the only place to read values from
    downstream. None unless passed."""

    @property
    def passed(self) -> bool:
        """True for TOTAL-PASSED only."""
        return self.indication is Indication.PASSED

    def by_slot(self) -> Mapping[str, SlotValidation]:
        """The verdicts keyed by slot name."""
        return {validation.slot: validation for validation in self.slots}
