"""What records need from outside while they are carried: fetched by the worker, because children speak to nobody."""

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from connectors.signers import AccountRefused, CredentialLocked, CredentialUnknown, SignerFault
from routes.cargo import Halt, RemoteCertificate, Supplies, Wants
from routes.stamping import TimestampDown, stamp
from routes.tools import Tools

log = structlog.get_logger(__name__)


async def supply(tools: Tools, wants: Sequence[Wants]) -> list[Supplies | Halt]:
    """For each what it wants, or why it cannot be had. What several want is fetched once."""
    names = list(dict.fromkeys((home, name) for each in wants for home, name, _ in each.certificates))
    imprints = list(dict.fromkeys(imprint for each in wants for imprint in each.imprints))
    told, stamped = await asyncio.gather(
        asyncio.gather(*(_certificate(tools, *name) for name in names)),
        asyncio.gather(*(_timestamp(tools, imprint) for imprint in imprints)),
    )
    certificates, timestamps = dict(zip(names, told, strict=True)), dict(zip(imprints, stamped, strict=True))
    return [_supplies(each, certificates, timestamps) for each in wants]


def unsupplied(wants: Wants) -> Halt:
    """What becomes of work that wants the same again and again, whatever it is given: it waits, as if nobody answered."""
    return Halt(f"signer-down:{wants.certificates[0][0]}" if wants.certificates else "timestamp-down")


def _supplies(
    wants: Wants,
    certificates: Mapping[tuple[str, str], RemoteCertificate | SignerFault],
    timestamps: Mapping[bytes, bytes | Halt],
) -> Supplies | Halt:
    answers = [_told(certificates[home, name], home, role) for home, name, role in wants.certificates]
    tokens = {imprint: timestamps[imprint] for imprint in wants.imprints}
    for answer in (*answers, *tokens.values()):
        if isinstance(answer, Halt):
            return answer
    return Supplies(
        certificates=tuple(each for each in answers if isinstance(each, RemoteCertificate)),
        timestamps={imprint: token for imprint, token in tokens.items() if isinstance(token, bytes)},
    )


async def _timestamp(tools: Tools, imprint: bytes) -> bytes | Halt:
    try:
        if tools.stamper is None:
            raise TimestampDown(())
        return await stamp(tools.stamper, imprint)
    except TimestampDown as fault:
        log.warning("stamping.down", reason=str(fault))
        return Halt("timestamp-down")


async def _certificate(tools: Tools, home: str, name: str) -> RemoteCertificate | SignerFault:
    try:
        credential = await tools.signers.credential(home, name)
    except SignerFault as fault:
        log.warning("signers.certificate", home=home, reason=type(fault).__name__, why=fault.why)
        return fault
    return RemoteCertificate(home, name, credential.chain, credential.algorithm)


def _told(answer: RemoteCertificate | SignerFault, home: str, role: str) -> RemoteCertificate | Halt:
    """A certificate, or why there is none: a service that is silent is named, otherwise the role whose key it is."""
    if isinstance(answer, RemoteCertificate):
        return answer
    cause = cause_of_signer(answer)
    return Halt(f"{cause}:{home if cause == 'signer-down' else role}")


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
