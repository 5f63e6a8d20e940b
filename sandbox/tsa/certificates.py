"""The authority's certificates and keys, sound and not, in `<world>/tsa/`: `<name>.pem` beside `<name>.key`.

rsa, ec      sound: one purpose, critical
expired      ended on the last day of 2025
purpose      for documents as well as for timestamps
uncritical   the purpose is not critical
document     no purpose at all
foreign      under a root that nobody trusts
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox import pki

FOLDER = "tsa"
_STAMPING = ExtendedKeyUsageOID.TIME_STAMPING
_ENDED = datetime(2025, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stamping:
    """A key that signs tokens, with its certificate and the one above it."""

    certificate: x509.Certificate
    """its certificate"""
    above: x509.Certificate
    """who issued it"""
    key: Any
    """the private key, RSA or EC"""


def write_stamping_keys(world: Path) -> None:
    """Write them into a world; those that are there already stay, and a world without its authority's keys has none."""
    folder, key = world / FOLDER, world / "authority" / "issuing.key"
    if folder.exists() or not key.exists():
        return
    issuing = x509.load_pem_x509_certificate((world / "trust" / "intermediates" / "issuing.pem").read_bytes())
    issuer = pki.Authority(issuing, pki.read_key(key.read_bytes()))
    half = world / f".{FOLDER}"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir()
    for name, holder in _made(issuer).items():
        (half / f"{name}.pem").write_bytes(pki.pem(holder.certificate) + pki.pem(holder.above))
        (half / f"{name}.key").write_bytes(_key_der(holder.key))
        (half / f"{name}.key").chmod(0o600)
    half.rename(folder)


def read_stamping_keys(world: Path) -> Mapping[str, Stamping]:
    """What `write_stamping_keys` wrote, by name."""
    found = {}
    for path in sorted((world / FOLDER).glob("*.pem")):
        certificate, above = x509.load_pem_x509_certificates(path.read_bytes())
        key = serialization.load_der_private_key(path.with_suffix(".key").read_bytes(), password=None)
        found[path.stem] = Stamping(certificate, above, key)
    return found


def _made(issuer: pki.Authority) -> dict[str, Stamping]:
    stranger = pki.new_authority("Gốc lạ của dấu thời gian", key=_rsa(), above=None, serial=x509.random_serial_number())
    both = (_STAMPING, ExtendedKeyUsageOID.EMAIL_PROTECTION)
    return {
        "rsa": stamping(issuer, key=_rsa()),
        "ec": stamping(issuer, key=_ec()),
        "expired": stamping(issuer, key=_ec(), ends=_ENDED),
        "purpose": stamping(issuer, key=_ec(), purposes=both),
        "uncritical": stamping(issuer, key=_ec(), critical=False),
        "document": stamping(issuer, key=_ec(), purposes=()),
        "foreign": stamping(stranger, key=_ec()),
    }


def stamping(
    issuer: Any,
    *,
    key: Any,
    starts: datetime = pki.ISSUED,
    ends: datetime = pki.ENDS,
    purposes: Sequence[x509.ObjectIdentifier] = (_STAMPING,),
    critical: bool = True,
) -> Stamping:
    """A certificate for timestamps (RFC 3161 2.3); `issuer` has a `certificate` and a `key`."""
    names = [(NameOID.COUNTRY_NAME, pki.COUNTRY), (NameOID.COMMON_NAME, "Tổ chức cấp dấu thời gian giả lập")]
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(oid, value) for oid, value in names]))
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
    )
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=critical)
    return Stamping(builder.sign(issuer.key, hashes.SHA256()), issuer.certificate, key)


def _rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _ec() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _key_der(key: Any) -> bytes:
    return bytes(
        key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
