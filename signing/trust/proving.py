"""What an authority sent, proven before it is kept: signed by whom it should be, about what was asked, and fresh."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from signing.certificates import Certificate, certificate_from_der
from signing.trust.evidence import der, read_list, read_response
from signing.trust.standing import Lack
from signing.trust.store import TrustStore


@dataclass(frozen=True, slots=True)
class Proven:
    """A list or response that may be kept."""

    issued: datetime
    """Since when it is true."""
    until: datetime
    """The last moment that it says anything about."""


class NotProven(Exception):
    """It must not be kept; `lack` says why."""

    def __init__(self, lack: Lack) -> None:
        self.lack = lack
        super().__init__(lack.value)


def check_list(store: TrustStore, octets: bytes, *, now: datetime) -> Proven:
    """Prove a revocation list.

    Raises:
        EvidenceUnreadable: it is not a list.
        NotProven: no trusted authority of the store signed it, it is overtaken or from the future.
    """
    evidence = read_list(octets)
    statement = evidence.statements[0]
    parsed = x509.load_der_x509_crl(der(octets))
    if not any(_signed(parsed, authority) for authority in trusted_authorities(store, now=now)):
        raise NotProven(Lack.UNPROVEN)
    if (lack := statement.lack(moment=now, now=now, most_age=store.most_age)) is not None:
        raise NotProven(lack)
    return Proven(statement.this_update, statement.until(store.most_age))


def check_response(store: TrustStore, certificate: Certificate, octets: bytes, *, now: datetime) -> Proven:
    """Prove an OCSP response about a certificate.

    Raises:
        EvidenceUnreadable: it is not a response, or holds no answer.
        NotProven: it is not by the certificate's authority, about another one, without a clear answer, or too old.
    """
    evidence = read_response(octets)
    trusted = store.path(certificate, claimed=within(certificate, now))
    if trusted is None:
        raise NotProven(Lack.UNPROVEN)
    answer = store.answer(trusted, trusted.below[-1], now=now, response=evidence)
    if answer.lack is not None:
        raise NotProven(answer.lack)
    about = [each for number, each in evidence.by_serial if number == int(certificate.serial, 16)]
    newest = max(about, key=lambda each: each.this_update)
    return Proven(newest.this_update, newest.until(store.most_age))


def trusted_authorities(store: TrustStore, *, now: datetime) -> list[Certificate]:
    """The store's anchors, and those of its intermediate certificates whose path ends at one of them."""
    found = []
    for known in store.authorities():
        certificate = certificate_from_der(known.dump())
        if known in store.anchors or store.path(certificate, claimed=within(certificate, now)) is not None:
            found.append(certificate)
    return found


def within(certificate: Certificate, now: datetime) -> datetime:
    """The present, or the nearest time at which the certificate was valid."""
    return max(certificate.not_before, min(now, certificate.not_after))


def _signed(parsed: x509.CertificateRevocationList, authority: Certificate) -> bool:
    """By this authority, that may sign lists (RFC 5280 6.3.3 f and g)."""
    if parsed.issuer.public_bytes() != authority.subject_der:
        return False
    certificate = x509.load_der_x509_certificate(authority.der)
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        usage = None
    return (usage is None or usage.crl_sign) and parsed.is_signature_valid(authority.key.public)
