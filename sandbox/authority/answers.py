"""What the authority knows and says: lists and OCSP responses, made afresh for each question, as the buttons want them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from sandbox import pki
from sandbox.authority.faults import Faults

_FILES = {"root": "roots/root.pem", "issuing": "intermediates/issuing.pem"}
_AGO = timedelta(minutes=1)
"""a little in the past, so that no clock finds it in the future"""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Line:
    """A revocation that was entered while the process runs, or that the world began with."""

    revocation: pki.Revocation
    """What is said."""
    in_list: bool
    """The list names it."""
    in_ocsp: bool
    """OCSP tells it."""


class KeysMissing(Exception):
    """The world was built before its authority's keys were kept."""


class Answers:
    """Both authorities of a world."""

    def __init__(self, world: Path) -> None:
        self._authorities = {name: _read(world, name) for name in _FILES}
        self._stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._lines: dict[str, dict[int, Line]] = {name: _begun(world, name) for name in _FILES}

    def revoke(self, name: str, line: Line) -> None:
        """Enter a revocation of an authority; a later one about the same certificate takes its place."""
        self._lines[name][line.revocation.serial] = line

    def release(self, name: str, serial: int) -> None:
        """Take a revocation back: a suspension that ends."""
        self._lines[name].pop(serial, None)

    def revocation_list(self, name: str, faults: Faults) -> bytes | None:
        """The list of an authority; None where there is none of the name."""
        if name not in self._authorities:
            return None
        if faults.other_certificate:
            name = next(other for other in self._authorities if other != name)
        issued, good_for = _dates(faults)
        lines = [line.revocation for line in self._lines[name].values() if line.in_list]
        return pki.revocation_list(self._speaker(name, faults), lines, at=issued, good_for=good_for)

    def response(self, question: bytes, faults: Faults) -> bytes:
        """The answer to an OCSP request."""
        try:
            asked = ocsp.load_der_ocsp_request(question)
        except ValueError:
            return _unsuccessful(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        name = self._issuer_of(asked)
        if faults.try_later:
            return _unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
        if name is None:
            return _unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        line = self._lines[name].get(asked.serial_number)
        revoked = line.revocation if line is not None and line.in_ocsp else None
        issued, good_for = _dates(faults)
        speaker = self._speaker(name, faults)
        builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
            issuer_name_hash=asked.issuer_name_hash,
            issuer_key_hash=asked.issuer_key_hash,
            serial_number=asked.serial_number + int(faults.other_certificate),
            algorithm=asked.hash_algorithm,
            cert_status=ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
            this_update=issued,
            next_update=issued + good_for,
            revocation_time=revoked.at if revoked else None,
            revocation_reason=revoked.reason if revoked else None,
        )
        named = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self._authorities[name].certificate)
        return named.sign(speaker.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _speaker(self, name: str, faults: Faults) -> pki.Authority:
        authority = self._authorities[name]
        return pki.Authority(authority.certificate, self._stranger) if faults.wrong_signer else authority

    def _issuer_of(self, asked: ocsp.OCSPRequest) -> str | None:
        """Whose certificate is asked about, by the digest of the issuer's name."""
        for name, authority in self._authorities.items():
            digest = hashes.Hash(asked.hash_algorithm)
            digest.update(authority.certificate.subject.public_bytes())
            if digest.finalize() == asked.issuer_name_hash:
                return name
        return None


def _dates(faults: Faults) -> tuple[datetime, timedelta]:
    good_for = timedelta(seconds=faults.good_for_seconds)
    now = datetime.now(UTC).replace(microsecond=0)
    if faults.stale:
        return now - _HOUR - good_for, good_for
    return (now + _HOUR if faults.future else now - _AGO), good_for


def _read(world: Path, name: str) -> pki.Authority:
    key = world / "authority" / f"{name}.key"
    if not key.exists():
        raise KeysMissing(f"{key}: dựng lại thế giới giả lập · build the world again")
    certificate = x509.load_pem_x509_certificate((world / "trust" / _FILES[name]).read_bytes())
    return pki.Authority(certificate, pki.read_key(key.read_bytes()))


def _begun(world: Path, name: str) -> dict[int, Line]:
    """What the world's own list says."""
    parsed = x509.load_der_x509_crl((world / "trust" / "crls" / f"{name}.crl").read_bytes())
    lines = {}
    for each in parsed:
        reason = each.extensions.get_extension_for_class(x509.CRLReason).value.reason
        told = pki.Revocation(each.serial_number, each.revocation_date_utc, reason)
        lines[each.serial_number] = Line(told, in_list=True, in_ocsp=True)
    return lines


def _unsuccessful(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
