"""A certificate authority for tests: issues whatever is asked, sound or not."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

STARTS = datetime(2024, 1, 1, tzinfo=UTC)
ENDS = datetime(2034, 1, 1, tzinfo=UTC)


def person(name: str, cccd: str) -> x509.Name:
    """The subject of a personal certificate."""
    return _name((NameOID.COUNTRY_NAME, "VN"), (NameOID.COMMON_NAME, name), (NameOID.USER_ID, f"CCCD:{cccd}"))


def institution(name: str, code: str) -> x509.Name:
    """The subject of an organisation's certificate; with what XML must escape in it."""
    return _name(
        (NameOID.COUNTRY_NAME, "VN"), (NameOID.ORGANIZATION_NAME, f"{name} <A & B>"), (NameOID.COMMON_NAME, code)
    )


def _name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def ec_key(curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(curve or ec.SECP256R1())


@dataclass(frozen=True, slots=True)
class Holder:
    """A key with the certificate that names it."""

    key: Any
    """Private key."""
    certificate: x509.Certificate
    """Certificate over it."""

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def sha256(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()


@dataclass(slots=True)
class Authority:
    """Issues certificates and revocation lists."""

    name: str
    """Common name."""
    above: "Authority | None" = None
    """Its issuer; None for a root."""
    holder: Holder = field(init=False)
    """Its own key and certificate."""
    revoked: list[tuple[int, datetime, x509.ReasonFlags]] = field(default_factory=list)
    """Lines of its revocation list."""

    def __post_init__(self) -> None:
        key = ec_key()
        subject = _name((NameOID.COUNTRY_NAME, "VN"), (NameOID.COMMON_NAME, self.name))
        signer = self.above.holder if self.above else None
        issuer = signer.certificate.subject if signer else subject
        self.holder = Holder(key, _sign(subject, issuer, key, signer.key if signer else key, ca=True))

    def issue(
        self,
        subject: x509.Name,
        *,
        key: Any,
        starts: datetime = STARTS,
        ends: datetime = ENDS,
        ca: bool = False,
        signing: bool = True,
        purposes: Sequence[x509.ObjectIdentifier] = (),
        more: Sequence[x509.ExtensionType] = (),
    ) -> Holder:
        certificate = _sign(
            subject,
            self.holder.certificate.subject,
            key,
            self.holder.key,
            ca=ca,
            starts=starts,
            ends=ends,
            signing=signing,
            purposes=purposes,
            more=more,
        )
        return Holder(key, certificate)

    def revoke(self, holder: Holder, at: datetime, reason: x509.ReasonFlags = x509.ReasonFlags.superseded) -> None:
        self.revoked.append((holder.certificate.serial_number, at, reason))

    def revocation_list(self, *, issued: datetime = STARTS, ends: datetime = ENDS) -> bytes:
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.holder.certificate.subject)
            .last_update(issued)
            .next_update(ends)
        )
        for serial, at, reason in self.revoked:
            line = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at)
            builder = builder.add_revoked_certificate(
                line.add_extension(x509.CRLReason(reason), critical=False).build()
            )
        return builder.sign(self.holder.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def response(
        self,
        holder: Holder,
        *,
        revoked: datetime | None = None,
        reason: x509.ReasonFlags | None = None,
        unknown: bool = False,
        issued: datetime = STARTS,
        ends: datetime | None = ENDS,
        by: Holder | None = None,
    ) -> bytes:
        """An OCSP response about a certificate, signed by this authority unless another responder is named."""
        signer = by or self.holder
        status = ocsp.OCSPCertStatus.UNKNOWN if unknown else ocsp.OCSPCertStatus.GOOD
        builder = ocsp.OCSPResponseBuilder().add_response(
            holder.certificate,
            self.holder.certificate,
            hashes.SHA1(),  # names the issuer, as RFC 5019 wants it; proves nothing
            ocsp.OCSPCertStatus.REVOKED if revoked else status,
            issued,
            ends,
            revoked,
            reason,
        )
        named = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
        answer = named.certificates([signer.certificate]).sign(signer.key, hashes.SHA256())
        return answer.public_bytes(serialization.Encoding.DER)

    def responder(self, *, unchecked: bool = True, purpose: bool = True) -> Holder:
        """Somebody whom the authority lets answer in its stead (RFC 6960 4.2.2.2)."""
        key = ec_key()
        subject = _name((NameOID.COUNTRY_NAME, "VN"), (NameOID.COMMON_NAME, f"{self.name} OCSP"))
        more = [x509.OCSPNoCheck()] if unchecked else []
        purposes = [ExtendedKeyUsageOID.OCSP_SIGNING] if purpose else []
        certificate = _sign(
            subject, self.holder.certificate.subject, key, self.holder.key, ca=False, purposes=purposes, more=more
        )
        return Holder(key, certificate)


def _sign(
    subject: x509.Name,
    issuer: x509.Name,
    key: Any,
    signer: Any,
    *,
    ca: bool,
    starts: datetime = STARTS - timedelta(days=900),
    ends: datetime = ENDS + timedelta(days=900),
    signing: bool = True,
    purposes: Sequence[x509.ObjectIdentifier] = (),
    more: Sequence[x509.ExtensionType] = (),
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(_usage(ca=ca, signing=signing), critical=True)
    )
    if ca:
        # RFC 5280 4.2.1.2: every authority has one; EU DSS insists.
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    for extension in more:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(signer, hashes.SHA256())


def _usage(*, ca: bool, signing: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signing,
        content_commitment=signing,
        key_encipherment=not signing,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def write_p12(path: Path, holder: Holder, *, password: bytes, chain: Sequence[Authority] = ()) -> None:
    """A PKCS#12 file with few rounds: its password lies beside it."""
    protection = (
        serialization.PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(1000)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(password)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    above = [authority.holder.certificate for authority in chain]
    write_secret(path, pkcs12.serialize_key_and_certificates(b"k", holder.key, holder.certificate, above, protection))


def write_secret(path: Path, octets: bytes) -> None:
    """A file for its owner alone."""
    path.touch(0o600)
    path.write_bytes(octets)
