"""Every rule by id, each one small declared object: what must hold, on what basis, and the words when it does not.

A module here is found by being here; so is each `Rule` in it. `parcel` and `envelope` are told by the readers of octets,
`structure` by the schema; the rest look at one record whose structure they may not rely on.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from schemas.rules.rule import Rule


@cache
def roster_rules() -> tuple[str, ...]:
    """Ids of the rules that only a roster can answer: where there is none they are not checked, and must be called so."""
    return tuple(rule.id for rule in rules().values() if rule.roster)


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule found, by id."""
    found: dict[str, Rule] = {}
    for module in pkgutil.iter_modules(__path__):
        for name, value in vars(importlib.import_module(f"{__name__}.{module.name}")).items():
            if isinstance(value, Rule) and found.setdefault(value.id, value) is not value:
                raise RuntimeError(f"two rules are called {value.id}: see {module.name}.{name}")
    return MappingProxyType(dict(sorted(found.items())))
