"""Whether a timestamp proves that a digest was there at its time.

The steps, in order (EN 319 102-1 5.4; RFC 3161 2.2, 2.3; RFC 5652 5.6; RFC 5816):

1.  Structure: size, one signer, TSTInfo.
2.  Imprint: the very digest, by an algorithm on the whitelist.
3.  The authority's certificate: the one that ESSCertIDv2 names by its digest and SignerInfo by its name, among those in
    the token. ESSCertID with SHA-1 alone names nobody.
4.  Its purpose: extendedKeyUsage, critical, timeStamping and nothing else; no authority over certificates; an allowed
    key.
5.  CMS: content type, message digest, signature value over the signed attributes.
6.  Time: not after the time at which the token is known to have been there.
7.  Trust at that time: validity, path, revocation.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from asn1crypto import core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko_certvalidator.sig_validate import DefaultSignatureValidator, SignatureValidationContext

from signing.certificates import Certificate, CertificateUnreadable, certificate_from_der
from signing.indications import Indication, SubIndication
from signing.timestamps.problems import PROBLEMS
from signing.timestamps.token import ALGORITHMS, Token, read_token
from signing.trust import PathProblem, Revocation, Trust

CLOCKS = timedelta(minutes=5)
"""how far an authority's clock may be ahead of ours"""
_SCHEMES = frozenset({"rsassa_pkcs1v15", "rsassa_pss", "ecdsa"})
_PATHS = {
    PathProblem.NOT_FOUND: "timestamp-untrusted",
    PathProblem.INVALID: "timestamp-path",
    PathProblem.REVOCATION_UNKNOWN: "timestamp-revocation-unknown",
}


@dataclass(frozen=True, slots=True)
class TimestampValidation:
    """The verdict on one timestamp."""

    indication: Indication
    """main indication"""
    sub_indication: SubIndication | None
    """sub-indication; None when passed"""
    cause: str | None
    """key of `PROBLEMS`; None when passed"""
    time: datetime | None
    """genTime, UTC; None where the token cannot be read"""
    algorithm: str | None
    """digest algorithm of the imprint, by hashlib's name; None where the token cannot be read"""
    serial: int | None
    """the authority's number for the token; None where the token cannot be read"""
    tsa: Certificate | None = field(repr=False)
    """the authority's certificate; None where it was not found"""
    chain: tuple[str, ...] = ()
    """SHA-256 of each certificate from the authority's to the anchor; empty where no path was found"""
    until: datetime | None = None
    """the end of the validity of the authority's path: renew before; None unless passed"""

    @property
    def passed(self) -> bool:
        """True for TOTAL-PASSED only."""
        return self.indication is Indication.PASSED


class _Wrong(Exception):
    """A step failed; the argument is the cause."""


@dataclass(slots=True)
class _Progress:
    """What has been established so far."""

    covered_at: datetime | None = None
    token: Token | None = None
    tsa: Certificate | None = None
    chain: tuple[str, ...] = ()
    until: datetime | None = None

    def conclude(self, cause: str | None) -> TimestampValidation:
        problem = None if cause is None else PROBLEMS[cause]
        return TimestampValidation(
            indication=problem.indication if problem else Indication.PASSED,
            sub_indication=problem.sub_indication if problem else None,
            cause=cause,
            time=self.token.time if self.token else None,
            algorithm=self.token.algorithm if self.token else None,
            serial=self.token.serial if self.token else None,
            tsa=self.tsa,
            chain=self.chain,
            until=None if problem else self.until,
        )


Imprint = Callable[[str], bytes]
"""The digest that a token must bear, by its algorithm."""


def verify_timestamp(
    token: bytes, *, digest: bytes, trust: Trust, at: datetime | None = None, covered_at: datetime | None = None
) -> TimestampValidation:
    """Judge a DER TimeStampToken over a digest; never raises for what the token holds.

    `at` is the time that is asked about, None for the present: after the end of its certificate a token proves nothing
    by itself. `covered_at` is the time of a later timestamp that holds and covers it: what became of its authority after
    that, a compromised key included, does not matter any more (EN 319 102-1 5.6.2.3).
    """
    return _judge(token, lambda _: digest, trust, at=at, covered_at=covered_at)


def verify_timestamp_over(
    token: bytes, *, octets: bytes, trust: Trust, at: datetime | None = None, covered_at: datetime | None = None
) -> TimestampValidation:
    """The same for the octets themselves, whose digest is made by the token's algorithm."""
    return _judge(token, lambda algorithm: hashlib.new(algorithm, octets).digest(), trust, at=at, covered_at=covered_at)


def _judge(
    token: bytes, imprint: Imprint, trust: Trust, *, at: datetime | None, covered_at: datetime | None
) -> TimestampValidation:
    progress = _Progress(covered_at=covered_at)
    try:
        _check(token, imprint, trust, covered_at or at or datetime.now(UTC), progress)
    except _Wrong as wrong:
        return progress.conclude(str(wrong))
    except Exception:
        # Tokens come from outside and their parts are parsed lazily: whatever breaks in a library is a refusal.
        return progress.conclude("timestamp-malformed")
    return progress.conclude(None)


def _check(octets: bytes, imprint: Imprint, trust: Trust, at: datetime, progress: _Progress) -> None:
    # 1. Structure.
    token = progress.token = read_token(octets)
    # 2. Imprint.
    if token.algorithm not in ALGORITHMS:
        raise _Wrong("timestamp-algorithm")
    if token.imprint != imprint(token.algorithm) or len(token.imprint) != ALGORITHMS[token.algorithm]:
        raise _Wrong("timestamp-imprint")
    # 3. Certificate.
    attributes = _attributes(token.signer)
    tsa = progress.tsa = _tsa(token, attributes)
    # 4. Purpose.
    if tsa.is_ca or not _for_timestamps(tsa.der):
        raise _Wrong("timestamp-purpose")
    if not tsa.key.allowed:
        raise _Wrong("timestamp-algorithm")
    # 5. Signature.
    _check_signature(token, attributes, tsa)
    # 6. Time.
    if token.time > at + CLOCKS:
        raise _Wrong("timestamp-in-future")
    # 7. Trust.
    _check_trust(token, tsa, trust, at, progress)


def _attributes(signer: Any) -> dict[str, Any]:
    """The signed attributes by name; each has one value and stands once (RFC 5652 11)."""
    signed = signer["signed_attrs"]
    if isinstance(signed, core.Void):
        raise _Wrong("timestamp-malformed")
    found: dict[str, Any] = {}
    for attribute in signed:
        name = str(attribute["type"].native)
        if name in found or len(attribute["values"]) != 1:
            raise _Wrong("timestamp-malformed")
        found[name] = attribute["values"][0]
    return found


def _tsa(token: Token, attributes: dict[str, Any]) -> Certificate:
    """RFC 5816 2.2.1: the first entry names the signer's certificate; the digest binds it whole."""
    if "signing_certificate_v2" not in attributes:
        raise _Wrong("timestamp-certificate")
    named = attributes["signing_certificate_v2"]["certs"][0]
    algorithm, wanted = named["hash_algorithm"]["algorithm"].native, named["cert_hash"].native
    if algorithm not in ALGORITHMS:
        raise _Wrong("timestamp-algorithm")
    for der in token.certificates:
        if hashlib.new(algorithm, der).digest() == wanted and _is_signer(token.signer["sid"], der):
            try:
                return _certificate(der)
            except CertificateUnreadable as error:
                raise _Wrong("timestamp-certificate") from error
    raise _Wrong("timestamp-certificate")


def _is_signer(sid: Any, der: bytes) -> bool:
    certificate = asn1_x509.Certificate.load(der, strict=True)
    if sid.name == "subject_key_identifier":
        return bool(sid.chosen.native == certificate.key_identifier)
    named = sid.chosen
    return bool(
        named["serial_number"].native == certificate.serial_number
        and named["issuer"].dump() == certificate.issuer.dump()
    )


@lru_cache(maxsize=256)
def _certificate(der: bytes) -> Certificate:
    return certificate_from_der(der)


@lru_cache(maxsize=256)
def _for_timestamps(der: bytes) -> bool:
    """RFC 3161 2.3: one purpose, critical; whatever key usage says, it must allow signing."""
    extensions = x509.load_der_x509_certificate(der).extensions
    try:
        purpose = extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return False
    if not purpose.critical or list(purpose.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        return False
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature or usage.content_commitment


def _check_signature(token: Token, attributes: dict[str, Any], tsa: Certificate) -> None:
    signer = token.signer
    if signer["version"].native != ("v3" if signer["sid"].name == "subject_key_identifier" else "v1"):
        raise _Wrong("timestamp-malformed")
    algorithm, scheme = signer["digest_algorithm"]["algorithm"].native, signer["signature_algorithm"]
    if algorithm not in ALGORITHMS or _scheme(scheme) not in _SCHEMES or _hash(scheme, algorithm) != algorithm:
        raise _Wrong("timestamp-algorithm")
    if "content_type" not in attributes or attributes["content_type"].native != "tst_info":
        raise _Wrong("timestamp-malformed")
    stated = attributes["message_digest"].native if "message_digest" in attributes else b""
    if stated != hashlib.new(algorithm, token.statement).digest():
        raise _Wrong("timestamp-changed")
    _check_protection(attributes, signer)
    try:
        DefaultSignatureValidator().validate_signature(
            signer["signature"].native,
            token.signed,
            asn1_x509.Certificate.load(tsa.der).public_key,
            scheme,
            context=SignatureValidationContext(contextual_md_algorithm=algorithm),
        )
    except InvalidSignature as error:
        raise _Wrong("timestamp-value") from error


def _scheme(scheme: Any) -> str:
    try:
        return str(scheme.signature_algo)
    except ValueError:
        return ""


def _hash(scheme: Any, algorithm: str) -> str:
    """The digest that the scheme names; one that names none takes the signer's (RFC 8933 3)."""
    try:
        return str(scheme.hash_algo)
    except ValueError:
        return algorithm


def _check_protection(attributes: dict[str, Any], signer: Any) -> None:
    """RFC 6211: where the signed attributes repeat the algorithms, they are the same."""
    if "cms_algorithm_protection" not in attributes:
        return
    told = attributes["cms_algorithm_protection"]
    said = (told["digest_algorithm"].native, told["signature_algorithm"].native)
    if said != (signer["digest_algorithm"].native, signer["signature_algorithm"].native):
        raise _Wrong("timestamp-changed")


def _check_trust(token: Token, tsa: Certificate, trust: Trust, at: datetime, progress: _Progress) -> None:
    if token.time < tsa.not_before:
        raise _Wrong("timestamp-not-yet-valid")
    if token.time > tsa.not_after:
        raise _Wrong("timestamp-expired")
    others = [other for der in token.certificates if der != tsa.der and (other := _other(der)) is not None]
    standing = trust.standing(tsa, claimed=token.time, now=at, others=others)
    progress.chain, progress.until = standing.chain, standing.valid_to
    for revocation in standing.revocations:
        _check_revocation(revocation, token=token, at=at, covered_at=progress.covered_at)
    if standing.problem is not None:
        raise _Wrong(_PATHS[standing.problem])
    if at > standing.valid_to:
        raise _Wrong("timestamp-aged")


def _check_revocation(revocation: Revocation, *, token: Token, at: datetime, covered_at: datetime | None) -> None:
    if revocation.on_hold:
        raise _Wrong("timestamp-on-hold")
    # A key that was in strange hands may have dated tokens back; not those that were covered before it was revoked.
    proven = covered_at is not None and covered_at < revocation.moment
    if revocation.moment <= token.time or (revocation.compromised and not proven):
        raise _Wrong("timestamp-revoked")
    if revocation.moment <= at:
        # RFC 3161 4 would let it stand for some reasons; EN 319 102-1 wants a later proof of existence for all.
        raise _Wrong("timestamp-revoked-later")


def _other(der: bytes) -> Certificate | None:
    try:
        return _certificate(der)
    except CertificateUnreadable:
        return None
