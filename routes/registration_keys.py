"""The key of a certificate that is to be registered: by its role, and where it is a person's by the number it names."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from connectors.signers import Credential
from routes.keys import Keys
from signing.certificates import Certificate
from signing.seal import AnyKey, CertificateWanted, KeyMissing


class Told(Protocol):
    """Whoever can ask a service for a key's certificates: `routes.signers.Signers`."""

    async def credential(self, home: str, name: str) -> Credential:
        """Raises SignerFault where the service does not say."""
        ...


async def key_of(
    certificate: Certificate, *, unit: str, role: str, keys: Keys, signers: Told | None, certificate_seconds: float
) -> AnyKey:
    """The key of this very certificate; a remote one may sign for it later.

    Raises:
        KeyMissing: the homes hold none, or only keys of other certificates.
        CertificateWanted: it is at a service, and there is nobody to ask the service.
        HomeDown: its token cannot be reached.
        SignerFault: its service does not tell its certificate.
    """
    for cccd in (*sorted(certificate.personal_ids), ""):
        try:
            key = await _found(partial(keys.all.key, unit, role, cccd), keys, signers, certificate_seconds)
        except KeyMissing:
            continue
        if key.chain[0].der == certificate.der:
            return key
    raise KeyMissing(role)


async def _found(find: Callable[[], AnyKey], keys: Keys, signers: Told | None, seconds: float) -> AnyKey:
    try:
        return find()
    except CertificateWanted as lack:
        if signers is None:
            raise
        for home, name, _ in lack.wanted:
            told = await signers.credential(home, name)
            keys.remotes[home].learn(name, chain=told.chain, algorithm=told.algorithm, seconds=seconds)
    return find()
