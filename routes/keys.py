"""The keys that the settings name, each in its home."""

from collections.abc import Mapping
from dataclasses import dataclass

from routes.signing_settings import SigningSettings
from signing.seal import FileKeyring, Homes, Keyring, RemoteKeyring
from signing.seal.homes import FILE, Rule
from signing.seal.memory import keep_memory_private
from signing.seal.tokens import TokenKeyring


@dataclass(frozen=True, slots=True)
class Keys:
    """Every home of keys."""

    all: Homes
    """the homes as one keyring"""
    remotes: Mapping[str, RemoteKeyring]
    """those whose keys are at a service, by name: they must be told their certificates"""


def keys_of(settings: SigningSettings) -> Keys | None:
    """The homes of the settings; None where there is none at all. Nothing is opened before a key is asked for.

    Whoever has them may come to hold keys: from here on, this process leaves no core dump.
    """
    remotes = {
        name: RemoteKeyring(name, credentials=service.credentials) for name, service in settings.services.items()
    }
    homes: dict[str, Keyring] = dict(remotes)
    for name, token in settings.tokens.items():
        homes[name] = TokenKeyring(
            name, module=token.module, token=token.token, pin_file=token.pin_file, sessions=token.sessions
        )
    if settings.keys_folder is not None:
        homes[FILE] = FileKeyring(settings.keys_folder)
    if not homes:
        return None
    keep_memory_private()
    rules = [Rule(rule.unit, rule.role, rule.home) for rule in settings.homes]
    return Keys(Homes(homes, rules), remotes)


def keyring_of(settings: SigningSettings) -> Keyring | None:
    """The same as one keyring, for whoever signs on the spot."""
    keys = keys_of(settings)
    return None if keys is None else keys.all
