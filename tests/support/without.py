"""The catalogue with one rule that no longer finds anything: what a test must notice."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import schemas.check
import schemas.explain
import schemas.media.json_faults
from schemas.check import Checker
from schemas.profiles import Profile
from schemas.rules import rules
from schemas.rules.roster import Roster
from schemas.rules.rule import Rule

PARTS = ("look", "members")
"""what a rule can find: by its own function, and by members whose wrong values are told under its id"""


def parts_of(rule: Rule) -> list[str]:
    """Which of them this rule has."""
    return [part for part in PARTS if getattr(rule, part)]


def emptied(name: str, part: str) -> Mapping[str, Rule]:
    """Every rule, one of them with a part that finds nothing."""
    nothing: dict[str, Any] = {"look": lambda record: (), "members": frozenset()}
    return MappingProxyType({**rules(), name: replace(rules()[name], **{part: nothing[part]})})


def checker_without(
    monkeypatch: Any, profile: Profile, name: str, part: str, *, slots: frozenset[str], roster: Roster | None
) -> Checker:
    """A checker that works by that catalogue."""
    catalogue = emptied(name, part)
    for module in (schemas.check, schemas.explain, schemas.media.json_faults):
        monkeypatch.setattr(module, "rules", lambda: catalogue)
    tables = schemas.media.json_faults._tables  # made once per profile: made anew from this catalogue
    monkeypatch.setattr(schemas.media.json_faults, "_tables", tables.__wrapped__)
    return Checker(profile, slots, roster)
