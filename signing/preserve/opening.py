"""One signature opened for preservation: its core verified, its properties read."""

from dataclasses import dataclass
from datetime import datetime

from signing.certificates import Certificate, CertificateUnreadable, certificate_from_der
from signing.preserve.imprint import covered_octets
from signing.preserve.places import Held
from signing.preserve.problems import CannotPreserve
from signing.preserve.unsigned import Stamp, Unsigned, read_unsigned
from signing.timestamps import TokenUnreadable, read_token
from signing.verify.envelope import ReadSignature, read_signature
from signing.verify.faults import Fault
from signing.verify.properties import SignedProperties, collect_properties
from signing.verify.signature import Progress, Region, check_signature, guarded


@dataclass(frozen=True, slots=True)
class Opened:
    """A signature whose digests and value hold."""

    held: Held
    """where it stands"""
    signature: ReadSignature
    """its elements"""
    properties: SignedProperties
    """what its references may mean besides the data"""
    region: Region
    """what it covers"""
    unsigned: Unsigned
    """timestamps and values"""
    certificate: Certificate
    """the signer's"""
    others: tuple[Certificate, ...]
    """further certificates in KeyInfo"""
    claimed: datetime
    """signing time by its own word"""

    def covered(self, stamp: Stamp) -> bytes:
        """What one of its timestamps covers."""
        return covered_octets(stamp, self.signature, self.properties, self.region, self.unsigned)


def open_signature(held: Held) -> Opened:
    """Verify steps 4 to 8 of `signing.verify` and read what stands unsigned.

    Raises:
        CannotPreserve: the signature does not hold, or is not XAdES.
    """
    region, progress = held.make_region(), Progress(held.slot)
    others: list[Certificate] = []

    def check() -> None:
        others.extend(check_signature(held.element, region, progress, limits=held.limits))

    fault = guarded(check)
    certificate, claimed = progress.certificate, progress.signing_time
    if fault is not None or certificate is None or claimed is None:
        raise CannotPreserve("unreadable" if fault is None else fault.kind.cause, slot=held.slot)
    signature = _read(held)
    return Opened(
        held=held,
        signature=signature,
        properties=collect_properties(signature),
        region=region,
        unsigned=read_unsigned(signature, slot=held.slot),
        certificate=certificate,
        others=tuple(others),
        claimed=claimed,
    )


def _read(held: Held) -> ReadSignature:
    try:
        return read_signature(held.element, most_references=held.limits.references)
    except Fault as fault:
        raise CannotPreserve(fault.kind.cause, slot=held.slot) from fault


def certificates_of(token: bytes) -> tuple[Certificate, ...]:
    """Every certificate that came with a token and can be read."""
    try:
        ders = read_token(token).certificates
    except TokenUnreadable:
        return ()
    found = []
    for der in ders:
        try:
            found.append(certificate_from_der(der))
        except CertificateUnreadable:
            continue
    return tuple(found)
