"""The fault buttons: what can be made to go wrong at the portal while it runs."""

import hashlib
from random import Random

from pydantic import Field

from sandbox import buttons
from sandbox.buttons import AllFaults


class Faults(AllFaults):
    """All buttons, with their values at rest."""

    slow_ms: float = Field(0, ge=0, description="wait before a request is worked on; a client may give up before")
    slow_reply_ms: float = Field(0, ge=0, description="wait after the work is stored, before the reply")
    error_rate: float = Field(0, ge=0, le=1, description="share of requests answered 500 before anything is stored")
    busy_rate: float = Field(0, ge=0, le=1, description="share of submissions and registrations answered E08")
    lost_reply_rate: float = Field(0, ge=0, le=1, description="share of submissions and registrations stored, then cut")
    refuse_rate: float = Field(0, ge=0, le=1, description="share of good records refused with R05")
    refuse_package_rate: float = Field(0, ge=0, le=1, description="share of packages refused whole with E04")
    missing_verdict_rate: float = Field(0, ge=0, le=1, description="share of verdict rows never shown")
    duplicate_verdicts: bool = Field(False, description="every verdict row twice")
    shuffled_verdicts: bool = Field(False, description="verdict rows in another order than the package's")
    foreign_verdicts: bool = Field(False, description="one verdict row about a record that was never sent")
    token_ttl: int = Field(3600, ge=0, description="seconds that a new token lives")
    verdict_delay_ms: float = Field(0, ge=0, description="wait before a verdict row can be seen")
    approval_delay_ms: float = Field(300, ge=0, description="how long a registered certificate waits for its approval")
    refuse_registration_rate: float = Field(0, ge=0, le=1, description="share of registrations refused by the approver")
    withdrawn_catalogue_codes: frozenset[str] = Field(frozenset(), description="codes that the catalogues lack")
    down: bool = Field(False, description="every connection is cut without a reply")


class Buttons(buttons.Buttons[Faults]):
    """The buttons as they stand, a count of every fault that fired, and the chance by which they fire."""

    def __init__(self, seed: int) -> None:
        super().__init__(Faults)
        self._seed = seed
        self._chance = Random(f"city/{seed}")

    def strikes(self, name: str) -> bool:
        """Whether the fault with this rate happens now."""
        rate = float(getattr(self.now, name))
        with self._lock:
            struck = rate > 0 and self._chance.random() < rate
        if struck:
            self.count(name)
        return struck

    def strikes_for(self, name: str, key: str) -> bool:
        """Whether the fault happens for this thing: always the same answer for the same seed, rate and thing."""
        struck = self.share_of(f"{name}/{key}") < float(getattr(self.now, name))
        if struck:
            self.count(name)
        return struck

    def share_of(self, key: str) -> float:
        """A number in [0, 1) that depends on the seed and the key only."""
        octets = hashlib.blake2b(f"{self._seed}/{key}".encode(), digest_size=6).digest()
        return int.from_bytes(octets, "big") / 2**48
