"""Which certificates the portal trusts and which it has approved: path to the roots, validity and revocation at the
moment of signing, and the registry of approved serials per unit.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import xmlsec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

CITY_CODE = "79"


class Untrusted(Exception):
    """The certificate cannot carry a signature here."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A certificate that was read once."""

    certificate: x509.Certificate
    """The certificate."""
    sha256: str
    """Of its DER, lower-case hexadecimal."""
    numbers: frozenset[str]
    """Digits that identify its holder: personal number, tax code, unit code."""
    key: xmlsec.Key
    """Its public key, for libxmlsec1."""


@dataclass(frozen=True, slots=True)
class _Approval:
    starts: datetime
    ends: datetime


class Trust:
    """Roots, issuing certificates and revocation lists of one folder."""

    def __init__(self, folder: Path) -> None:
        self._roots = [x509.load_pem_x509_certificate(path.read_bytes()) for path in (folder / "roots").glob("*.pem")]
        self._issuers = [
            x509.load_pem_x509_certificate(path.read_bytes()) for path in (folder / "intermediates").glob("*.pem")
        ]
        self._lists = [x509.load_der_x509_crl(path.read_bytes()) for path in (folder / "crls").glob("*.crl")]
        self._signers: dict[bytes, Signer] = {}
        self._issuer_of: dict[str, x509.Certificate] = {}

    def signer(self, der: bytes) -> Signer:
        """The certificate as a signer, read once; Untrusted where it is no certificate with a strong key."""
        known = self._signers.get(der)
        if known is None:
            known = self._signers[der] = _read_signer(der)
        return known

    def check(self, signer: Signer, *, at: datetime) -> None:
        """Untrusted unless the certificate led to a root, was valid and not revoked when it signed."""
        issuer = self._issuer(signer)
        for certificate in (signer.certificate, issuer):
            if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
                raise Untrusted("chứng thư không còn hiệu lực khi ký")
        self._check_revocation(signer.certificate, issuer, at)

    def _issuer(self, signer: Signer) -> x509.Certificate:
        known = self._issuer_of.get(signer.sha256)
        if known is None:
            known = self._issuer_of[signer.sha256] = self._find_issuer(signer.certificate)
        return known

    def _find_issuer(self, certificate: x509.Certificate) -> x509.Certificate:
        for issuer in (*self._issuers, *self._roots):
            if _issued_by(certificate, issuer):
                if issuer in self._roots or any(_issued_by(issuer, root) for root in self._roots):
                    return issuer
                break
        raise Untrusted("chứng thư không dẫn tới tổ chức được tin cậy")

    def _check_revocation(self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime) -> None:
        lists = [each for each in self._lists if each.issuer == issuer.subject]
        if not lists:
            raise Untrusted("không có danh sách thu hồi")
        for each in lists:
            revoked = each.get_revoked_certificate_by_serial_number(certificate.serial_number)
            if revoked and (revoked.revocation_date_utc <= at or _compromised(revoked)):
                raise Untrusted("chứng thư đã bị thu hồi")


class Registry:
    """The approved certificates, read again when the file changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at = 0.0
        self._approvals: dict[tuple[str, str], _Approval] = {}

    def approves(self, signer: Signer, unit: str, *, at: datetime) -> bool:
        """Whether the organisation certificate is approved for the unit at that moment."""
        self._refresh()
        approval = self._approvals.get((unit, signer.sha256))
        return approval is not None and approval.starts <= at <= approval.ends

    def _refresh(self) -> None:
        changed = self._path.stat().st_mtime
        if changed == self._read_at:
            return
        rows = json.loads(self._path.read_text(encoding="utf-8"))
        self._approvals = {
            (row["ma_don_vi"], row["sha256"]): _Approval(
                datetime.fromisoformat(row["tu_ngay"]).astimezone(UTC),
                datetime.fromisoformat(row["den_ngay"]).astimezone(UTC),
            )
            for row in rows
            if row["loai"] == "to_chuc" and row["trang_thai"] == "phe_duyet"
        }
        self._read_at = changed


def _read_signer(der: bytes) -> Signer:
    try:
        certificate = x509.load_der_x509_certificate(der)
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        key = certificate.public_key()
    except (ValueError, x509.ExtensionNotFound) as broken:
        raise Untrusted("chứng thư không đọc được") from broken
    if constraints.ca or not (usage.digital_signature or usage.content_commitment):
        raise Untrusted("chứng thư không dùng để ký")
    strong = (isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048) or (
        isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in {"secp256r1", "secp384r1", "secp521r1"}
    )
    if not strong:
        raise Untrusted("khóa quá yếu")
    values = [
        str(part.value)
        for oid in (NameOID.USER_ID, NameOID.SERIAL_NUMBER)
        for part in certificate.subject.get_attributes_for_oid(oid)
    ]
    numbers = frozenset(value.rpartition(":")[2] for value in values)
    xml_key = xmlsec.Key.from_memory(der, xmlsec.constants.KeyDataFormatCertDer)
    return Signer(certificate, certificate.fingerprint(hashes.SHA256()).hex(), numbers, xml_key)


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _compromised(revoked: x509.RevokedCertificate) -> bool:
    try:
        reason = revoked.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return False
    return reason in {x509.ReasonFlags.key_compromise, x509.ReasonFlags.ca_compromise}
