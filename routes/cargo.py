"""What a record carries through the stages that need a processor, and what the child process is equipped with."""

from dataclasses import dataclass, field
from typing import Any

from ledger.outcomes import Step
from ledger.registry import ApprovedRow
from ledger.states import Fate, Stage
from routes.settings import SigningSettings
from schemas.check import Checker
from schemas.findings import Finding
from schemas.profiles import Profile, profile_of
from signing.seal import FileKeyring
from signing.trust import Trust
from signing.verify import Approved, RecordVerifier, SlotPolicy


@dataclass(frozen=True, slots=True)
class Load:
    """One record as it is handed to a child process."""

    id: int
    """transfer"""
    stage: Stage
    """where it stands"""
    octets: bytes
    """official octets once there are any, else as received"""
    official: bool
    """the octets are an official HOC_BA"""
    format: str
    """connector that reads them when they are not"""
    uuid: str
    """MA_TRA_CUU_UUID it was accepted under"""
    unit_code: str
    """MA_TRUONG it was accepted under"""
    delegated: bool
    """the sender has delegated signing to the hub"""
    approved: tuple[ApprovedRow, ...]
    """the school's approved organisation certificates"""


@dataclass(slots=True)
class Cargo:
    """A record on its way through the stages of one child call: parsed once."""

    load: Load
    octets: bytes
    official: bool
    root: Any = None
    profile: Profile | None = None
    changed: bool = False
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Halt:
    """A stage's word that the record does not go on."""

    cause: str
    """from the catalogue of `routes.fates`"""
    findings: tuple[Finding, ...] = ()
    """what the sender is told"""


@dataclass(frozen=True, slots=True)
class Carried:
    """How far a record came."""

    id: int
    """transfer"""
    steps: tuple[Step, ...]
    """stages passed, the last one deciding"""
    findings: tuple[Finding, ...]
    """errors and warnings for the sender"""
    octets: bytes | None
    """official octets, when a stage made or changed them"""

    @property
    def passed(self) -> bool:
        """Every stage let it go on."""
        return self.steps[-1].fate is Fate.DONE


@dataclass(slots=True)
class Kit:
    """What a child process holds between batches."""

    settings: SigningSettings
    taken: frozenset[str]
    """names of the profiles that this hub takes"""
    checkers: dict[str, Checker]
    verifiers: dict[str, RecordVerifier]
    returned: dict[str, RecordVerifier]
    trust: Trust
    policy: SlotPolicy
    keys: FileKeyring | None
    approved: dict[tuple[ApprovedRow, ...], Approved] = field(default_factory=dict)

    def profile(self, version: str, level: str) -> Profile | None:
        """The profile of a record that says so of itself; None where this hub does not take it."""
        found = profile_of(version, level)
        return found if found is not None and found.name in self.taken else None
