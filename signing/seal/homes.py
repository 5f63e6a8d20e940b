"""Whose key lives where: rules by unit and role, the first that matches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from signing.seal.keys import TRANSACTION_ROLE, AnyKey, KeyMissing, Keyring

FILE = "file"
"""The home of keys that no rule names."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Where the keys of some units and roles live."""

    unit: str
    """pattern of unit codes"""
    role: str
    """pattern of roles"""
    home: str
    """name of the home"""


class Homes:
    """Every home of keys as one keyring."""

    def __init__(self, homes: Mapping[str, Keyring], rules: Sequence[Rule]) -> None:
        self._homes = homes
        self._rules = tuple(rules)

    def key(self, unit: str, role: str, cccd: str = "") -> AnyKey:
        """The key from the home that the rules name; raises as that home does."""
        return self._home(unit, role).key(unit, role, cccd)

    def transaction_key(self, unit: str) -> AnyKey:
        """The key that signs a unit's transactions; raises as its home does."""
        return self._home(unit, TRANSACTION_ROLE).transaction_key(unit)

    def _home(self, unit: str, role: str) -> Keyring:
        for rule in self._rules:
            if fnmatchcase(unit, rule.unit) and fnmatchcase(role, rule.role):
                name = rule.home
                break
        else:
            name = FILE
        home = self._homes.get(name)
        if home is None:
            raise KeyMissing(role)
        return home
