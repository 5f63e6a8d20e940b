"""Remote signing services, one folder per provider: a hash goes out, the holder agrees, a signature value comes back.

Every provider is a folder whose `ADAPTER` says what it is called and how it is opened; being there is joining. What a
service answers is never believed here: whoever asked verifies each value against what was prepared.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from connectors.signers.protocol import (
    AccountRefused,
    Credential,
    CredentialLocked,
    CredentialUnknown,
    Expired,
    Order,
    OrderLost,
    Refused,
    Signed,
    SignerDown,
    SignerFault,
    SigningService,
    TooMany,
    Waiting,
)
from connectors.signers.settings import ServiceSettings


@dataclass(frozen=True, slots=True)
class Adapter:
    """One provider's way of being spoken to."""

    name: str
    """as the settings name it"""
    label: str
    """as people call it"""
    confirmed: bool
    """read in the provider's own documents or tried against its service; False: second-hand, to be tried first"""
    open: Callable[[str, ServiceSettings], SigningService]
    """(name of the service in the settings, its settings) → a client"""


@cache
def adapters() -> Mapping[str, Adapter]:
    """Every provider that has a folder here, by name."""
    found: dict[str, Adapter] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.ispkg:
            adapter: Adapter = importlib.import_module(f"{__name__}.{module.name}").ADAPTER
            found[adapter.name] = adapter
    return found


__all__ = [
    "AccountRefused",
    "Adapter",
    "Credential",
    "CredentialLocked",
    "CredentialUnknown",
    "Expired",
    "Order",
    "OrderLost",
    "Refused",
    "ServiceSettings",
    "Signed",
    "SignerDown",
    "SignerFault",
    "SigningService",
    "TooMany",
    "Waiting",
    "adapters",
]
