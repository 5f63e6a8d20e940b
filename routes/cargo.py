"""What a record carries through the stages that need a processor, and what the child process is equipped with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger.outcomes import Step
from ledger.registry import ApprovedRow
from ledger.sightings import Sighting
from ledger.signatures import Ask, Requested
from ledger.standing import NEW, Standing
from ledger.states import Fate, Stage
from routes.check_settings import CampaignSettings
from routes.keys import Keys
from routes.signing_settings import SigningSettings
from schemas.check import Checker
from schemas.findings import Finding
from schemas.identity import issued_on
from schemas.policies import SlotsPolicy
from schemas.profiles import Profile, profile_of
from schemas.rules.roster import Roster
from signing.trust import Trust
from signing.verify import Approvals, Approved, Disposition, RecordVerifier, SlotPolicy
from signing.verify.policy import HELD_BY_DEFAULT


@dataclass(frozen=True, slots=True)
class RemoteCertificate:
    """A remote credential as its service told it."""

    home: str
    """name of the service in the settings"""
    credential: str
    """the service's identifier of the key"""
    chain: tuple[bytes, ...] = field(repr=False)
    """DER, its certificate first"""
    algorithm: str
    """what the service may be asked"""


@dataclass(frozen=True, slots=True)
class Wants:
    """What a child needs from outside to go on; the worker fetches it and hands the record over again."""

    certificates: tuple[tuple[str, str, str], ...] = ()
    """(service, credential, role) whose certificates are not known"""
    imprints: tuple[bytes, ...] = ()
    """digests that timestamps are wanted for"""


@dataclass(frozen=True, slots=True)
class Supplies:
    """What was fetched."""

    certificates: tuple[RemoteCertificate, ...] = ()
    """of remote credentials"""
    timestamps: Mapping[bytes, bytes] = field(default_factory=dict)
    """digest → RFC 3161 token, DER"""


NOTHING = Supplies()
"""What a record has that asked for nothing."""


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
    standing: Standing = NEW
    """what the destination has of the same pupil and year"""
    requests: tuple[Requested, ...] = ()
    """signatures of it that remote services were asked for"""
    supplies: Supplies = NOTHING
    """what was fetched for it from outside since it asked"""


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
    verdict: Mapping[str, object] | None = None
    """what verification says of it, once it was asked"""
    seen: tuple[Sighting, ...] = ()
    """trusted certificates that it is signed with"""
    asks: tuple[Ask, ...] = ()
    """signatures that remote services are to make"""
    used: tuple[int, ...] = ()
    """requests whose values stand in it now"""
    wants: Wants | None = None
    """what it needs from outside to go on at once"""


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
    seen: tuple[Sighting, ...] = ()
    """trusted certificates that it is signed with"""
    asks: tuple[Ask, ...] = ()
    """signatures that remote services are to make"""
    used: tuple[int, ...] = ()
    """requests whose values stand in it now"""
    wants: Wants | None = None
    """what it needs from outside to go on at once"""

    @property
    def passed(self) -> bool:
        """Every stage let it go on."""
        return self.steps[-1].fate is Fate.DONE


@dataclass(slots=True)
class Verifiers:
    """A verifier for each profile and each set of slots that must be signed: the policy's word depends on the day."""

    slots: SlotsPolicy
    """who must sign"""
    trust: Trust
    """whose certificates are believed"""
    name: str
    """of the policy, for reports"""
    approvals: Approvals = Approvals.REGISTRY
    """who answers for the approval of certificates"""
    approved_slots: frozenset[str] = frozenset({"KY_PHAT_HANH"})
    """slots whose certificate must be approved"""
    open_causes: Mapping[str, Disposition] = field(default_factory=lambda: HELD_BY_DEFAULT)
    """what becomes of INDETERMINATE causes"""
    roster: Roster | None = None
    """who was given which role; None: nobody could be asked"""
    _made: dict[tuple[str, frozenset[str]], RecordVerifier] = field(default_factory=dict)

    def of(self, profile: Profile, root: Any) -> RecordVerifier:
        """The verifier of a parsed record, by the day on which it was issued."""
        required = self.slots.required(profile, issued_on(root))
        verifier = self._made.get((profile.name, required))
        if verifier is None:
            policy = SlotPolicy(
                self.name,
                required,
                open_causes=self.open_causes,
                approvals=self.approvals,
                approved_slots=self.approved_slots,
            )
            verifier = RecordVerifier(
                profile.slots, trust=self.trust, policy=policy, suites=profile.suites, roster=self.roster
            )
            self._made[profile.name, required] = verifier
        return verifier


@dataclass(slots=True)
class Kit:
    """What a child process holds between batches."""

    settings: SigningSettings
    taken: frozenset[str]
    """names of the profiles that this hub takes"""
    checkers: dict[str, Checker]
    verifiers: Verifiers
    returned: Verifiers
    trust: Trust
    policy: SlotPolicy
    keys: Keys | None
    campaigns: tuple[CampaignSettings, ...] = ()
    approved: dict[tuple[ApprovedRow, ...], Approved] = field(default_factory=dict)
    introduced: dict[str, float] = field(default_factory=dict)
    """certificates that the ledger was told of, until when that need not be repeated"""

    def profile(self, version: str, level: str) -> Profile | None:
        """The profile of a record that says so of itself; None where this hub does not take it."""
        found = profile_of(version, level)
        return found if found is not None and found.name in self.taken else None
