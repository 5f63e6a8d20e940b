"""The invented certificate authority: root, issuing authority, revocation lists, certificates and PKCS#12 files."""

import hashlib
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

COUNTRY = "VN"
CITY = "Thành phố Hồ Chí Minh"
AUTHORITY = "Cơ quan chứng thực giả lập"
ISSUED = datetime(2024, 1, 1, tzinfo=UTC)
ENDS = datetime(2034, 12, 31, tzinfo=UTC)
FAR_END = datetime(2044, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority that can issue."""

    certificate: x509.Certificate
    """Its own certificate."""
    key: rsa.RSAPrivateKey
    """The key that signs certificates and revocation lists."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """One line of a revocation list."""

    serial: int
    """Serial number of the revoked certificate."""
    at: datetime
    """Moment from which it is revoked."""
    reason: x509.ReasonFlags
    """Why, as RFC 5280 names it."""


def new_key_pem(bits: int) -> bytes:
    """A fresh RSA key as unencrypted PKCS#8, so that it can travel between processes."""
    return key_der(rsa.generate_private_key(public_exponent=65537, key_size=bits))


def key_der(key: rsa.RSAPrivateKey) -> bytes:
    """A key as unencrypted PKCS#8."""
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def read_key(der: bytes) -> rsa.RSAPrivateKey:
    """The key that `new_key_pem` wrote."""
    key = serialization.load_der_private_key(der, password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("not an RSA key")
    return key


def new_keys(count: int, *, bits: int, pool: Executor) -> list[rsa.RSAPrivateKey]:
    """Several keys, made by the pool's processes."""
    return [read_key(der) for der in pool.map(new_key_pem, [bits] * count)]


def stable_serial(*parts: object) -> int:
    """A positive serial number below 2^127 that depends on the parts only."""
    text = "/".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big") >> 1


def person_subject(*, name: str, cccd: str, organisation: str | None = None) -> x509.Name:
    """The subject of a personal certificate: `UID=CCCD:…`."""
    parts = [(NameOID.COUNTRY_NAME, COUNTRY), (NameOID.STATE_OR_PROVINCE_NAME, CITY)]
    if organisation:
        parts.append((NameOID.ORGANIZATION_NAME, organisation))
    parts += [(NameOID.COMMON_NAME, name), (NameOID.USER_ID, f"CCCD:{cccd}")]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def organisation_subject(*, name: str, code: str, tax_code: str) -> x509.Name:
    """The subject of an organisation's certificate: `UID=MST:…`, its code as serialNumber."""
    parts = [
        (NameOID.COUNTRY_NAME, COUNTRY),
        (NameOID.STATE_OR_PROVINCE_NAME, CITY),
        (NameOID.ORGANIZATION_NAME, name),
        (NameOID.COMMON_NAME, name),
        (NameOID.SERIAL_NUMBER, code),
        (NameOID.USER_ID, f"MST:{tax_code}"),
    ]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def new_authority(common_name: str, *, key: rsa.RSAPrivateKey, above: Authority | None, serial: int) -> Authority:
    """A root (nobody above) or an issuing authority."""
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, COUNTRY),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, AUTHORITY),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    signer = above.key if above else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above.certificate.subject if above else subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(datetime(2021, 1, 1, tzinfo=UTC))
        .not_valid_after(FAR_END)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0 if above else 1), critical=True)
        .add_extension(_key_usage(ca=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    return Authority(builder.sign(signer, hashes.SHA256()), key)


def issue(
    authority: Authority,
    *,
    subject: x509.Name,
    key: rsa.RSAPrivateKey,
    serial: int,
    starts: datetime = ISSUED,
    ends: datetime = ENDS,
) -> x509.Certificate:
    """A signing certificate: digital signature and non-repudiation, not an authority."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(starts)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(ca=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
        .sign(authority.key, hashes.SHA256())
    )


def revocation_list(
    authority: Authority, revoked: list[Revocation], *, at: datetime, good_for: timedelta = timedelta(days=3650)
) -> bytes:
    """The authority's complete list, DER; a world's own is good for long, because nobody needs to renew it there."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(at)
        .next_update(at + good_for)
        .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
    )
    for line in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(line.serial)
            .revocation_date(line.at)
            .add_extension(x509.CRLReason(line.reason), critical=False)
            .build()
        )
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def write_p12(
    path: Path, *, key: rsa.RSAPrivateKey, certificate: x509.Certificate, chain: list[x509.Certificate], password: str
) -> None:
    """A PKCS#12 file, readable by its owner only; few key-derivation rounds, because the password lies beside it."""
    protection = (
        serialization.PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(2048)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(password.encode())
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pkcs12.serialize_key_and_certificates(path.stem.encode(), key, certificate, chain, protection))
    path.chmod(0o600)


def pem(certificate: x509.Certificate) -> bytes:
    """The certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def sha256_hex(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate's DER, lower-case hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=not ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )
