"""Certificates on their way into the registry: files read, kept by what they say of themselves."""

import re
from base64 import b64decode
from collections.abc import Iterator

from ledger.certificates import CertificateFacts
from signing.certificates import Certificate, CertificateUnreadable, certificate_from_der

LARGEST_FILE = 256 * 1024
"""octets of a file of certificates"""
MOST_CERTIFICATES = 64
"""certificates in one file"""
_ARMOUR = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+?)-----END CERTIFICATE-----")


class NotACertificate(ValueError):
    """The octets hold no certificate that can be read."""


class IsAuthority(ValueError):
    """The certificate belongs to an authority, which signs no records."""


def facts(certificate: Certificate, *, holder: str = "") -> CertificateFacts:
    """What the registry keeps; without a slot's word, a certificate that names a personal id is a person's."""
    return CertificateFacts(
        sha256=bytes.fromhex(certificate.sha256),
        der=certificate.der,
        serial_hex=certificate.serial.upper(),
        subject=certificate.subject,
        issuer=certificate.issuer,
        holder=holder or ("person" if certificate.personal_ids else "institution"),
        not_before=certificate.not_before,
        not_after=certificate.not_after,
    )


def read_file(octets: bytes) -> tuple[CertificateFacts, ...]:
    """The signing certificates in a PEM or DER file; those of authorities beside them are passed over.

    Raises:
        NotACertificate: there is none, or one cannot be read.
        IsAuthority: there are only authorities' certificates.
    """
    found = [_read(der) for der in _encoded(octets)]
    signers = tuple(facts(each) for each in found if not each.is_ca)
    if not signers:
        raise IsAuthority
    return signers


def _encoded(octets: bytes) -> Iterator[bytes]:
    if len(octets) > LARGEST_FILE:
        raise NotACertificate
    armoured = _ARMOUR.findall(octets)
    if len(armoured) > MOST_CERTIFICATES:
        raise NotACertificate
    if not armoured:
        yield octets
    for text in armoured:
        try:
            yield b64decode(text)
        except ValueError as error:
            raise NotACertificate from error


def _read(der: bytes) -> Certificate:
    try:
        return certificate_from_der(der)
    except CertificateUnreadable as error:
        raise NotACertificate from error
