"""Options that several commands about records take: values out of a list, slots that must be signed."""

from collections.abc import Collection, Iterable, Iterator

from hub.failures import wrong_call
from schemas.profiles import profiles

Choice = tuple[str | None, Collection[str], str]
"""what was given (None: nothing), what there is, the option's name"""


def slots_told(text: str | None) -> frozenset[str] | None:
    """Names with commas between; None where none were given."""
    return None if text is None else frozenset(filter(None, map(str.strip, text.split(","))))


def choices_of_signers(policy: str, slots: Iterable[str]) -> Iterator[Choice]:
    """Who must sign: one of the policies that the profiles know, and of their slots."""
    known = profiles().values()
    yield policy, {each.policy for profile in known for each in profile.signers}, "--policy"
    there = {slot.name for profile in known for slot in profile.slots}
    for slot in slots:
        yield slot, there, "--required-slots"


def refuse_unknown(choices: Iterable[Choice], *, command: str) -> None:
    """Let only values pass that there are.

    Raises:
        Failure: something else was given.
    """
    for value, allowed, option in choices:
        if value is not None and value not in allowed:
            some = ", ".join(sorted(allowed))
            raise wrong_call(
                command, f"{option}: không có «{value}»; có {some}.", f"{option}: no «{value}»; there are {some}."
            )
