"""What records need from outside while they are carried: fetched by the worker, because children speak to nobody."""

import asyncio
from collections.abc import Sequence

import structlog

from connectors.signers import AccountRefused, CredentialLocked, CredentialUnknown, SignerFault
from routes.cargo import Halt, RemoteCertificate, Supplies, Wants
from routes.tools import Tools

log = structlog.get_logger(__name__)


async def supply(tools: Tools, wants: Sequence[Wants]) -> list[Supplies | Halt]:
    """For each what it wants, or why it cannot be had. What several want is fetched once."""
    names = list(dict.fromkeys(name for each in wants for name in each.certificates))
    told = dict(zip(names, await asyncio.gather(*(_certificate(tools, *name) for name in names)), strict=True))
    return [_supplies(each, told) for each in wants]


def _supplies(wants: Wants, told: dict[tuple[str, str], RemoteCertificate | Halt]) -> Supplies | Halt:
    certificates = []
    for name in wants.certificates:
        answer = told[name]
        if isinstance(answer, Halt):
            return answer
        certificates.append(answer)
    return Supplies(certificates=tuple(certificates))


async def _certificate(tools: Tools, home: str, name: str) -> RemoteCertificate | Halt:
    try:
        credential = await tools.signers.credential(home, name)
    except SignerFault as fault:
        log.warning("signers.certificate", home=home, reason=type(fault).__name__, why=fault.why)
        return Halt(f"{cause_of_signer(fault)}:{home}")
    return RemoteCertificate(home, name, credential.chain, credential.algorithm)


def cause_of_signer(fault: SignerFault) -> str:
    """The catalogue's word for an exchange with a signing service that brought nothing."""
    match fault:
        case AccountRefused():
            return "signer-account"
        case CredentialUnknown():
            return "signer-credential"
        case CredentialLocked():
            return "signer-locked"
        case _:
            return "signer-down"
