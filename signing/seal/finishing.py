"""The second step of sealing: a value from outside is put to what was prepared, and the whole is verified before use.

What was prepared has lain in storage, and the value has come from somebody else: neither is taken at its word. The
finished signature is judged by steps 4 to 8 of verification against what it stands for now.
"""

from datetime import datetime

from signing.seal.prepared import CannotSeal, Prepared
from signing.seal.writing import ENVELOPED, Payload, stamp
from signing.verify.canonical import EXCLUSIVE
from signing.verify.envelope import Reference
from signing.verify.policy import Limits
from signing.verify.prescreen import parse
from signing.verify.signature import Progress, Region, check_signature, guarded


class _Covered(Region):
    """What a seal stands for, of which only the digest is at hand."""

    def __init__(self, element: object, payload: Payload) -> None:
        enveloped = ENVELOPED in payload.transforms
        super().__init__(element, payload.identifier, canonicalise=lambda *_: b"", enveloped=enveloped)
        self._digest = payload.digest

    def digest(self, reference: Reference) -> bytes:
        """The one digest that a seal has; nothing that another method could ask for."""
        known = (reference.canonicalisation, reference.digest.name) == (EXCLUSIVE, "sha256")
        return self._digest if known else b""


def finish(prepared: Prepared, value: bytes, *, payload: Payload, at: datetime | None = None, cccd: str = "") -> str:
    """The whole signature, when it is sound and stands for the payload, and for this time and person where they are given.

    Raises:
        ForeignValue: the value belongs to other octets or to another key.
        CannotSeal: the prepared signature is not one over the payload, or it is damaged.
    """
    text = prepared.finish(value)
    progress = Progress(prepared.signature_id)

    def check() -> None:
        element = parse(text.encode())
        check_signature(element, _Covered(element, payload), progress, limits=Limits())

    fault = guarded(check)
    if fault is not None:
        raise CannotSeal(fault.kind.cause)
    certificate, moment = progress.certificate, progress.signing_time
    if certificate is None or moment is None or certificate.der != prepared.certificate:
        raise CannotSeal("certificate-digest")
    if at is not None and stamp(at) != stamp(moment):
        raise CannotSeal("signing-date-differs")
    if cccd and cccd not in certificate.personal_ids:
        raise CannotSeal("signer-differs")
    return text
