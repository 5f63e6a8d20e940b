"""Whose word it is which slots must be signed, and the answer for a record: by policy and day, as far as slots exist."""

from dataclasses import dataclass
from datetime import date

from schemas.profiles import Profile

NATIONAL = "national"
"""the policy that holds wherever a city says nothing"""


@dataclass(frozen=True, slots=True)
class SlotsPolicy:
    """The settings' word on who must sign."""

    policy: str = NATIONAL
    """name in the profiles' `signers`: national, or a city's"""
    explicit: frozenset[str] | None = None
    """slots that must be signed whatever the policy and the day; None: the policy decides"""

    def required(self, profile: Profile, day: date | None) -> frozenset[str]:
        """Slots of the profile that a record issued on this day must have signed.

        A day that is not known, or lies before any rule, does not free a record: the latest and the earliest rule hold.
        """
        if self.explicit is not None:
            return self.explicit & {slot.name for slot in profile.slots}
        on = day or date.max
        return (
            profile.required(self.policy, on)
            or profile.required(NATIONAL, on)
            or profile.required(self.policy, date.max)
        )
