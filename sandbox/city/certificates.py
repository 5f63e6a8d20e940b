"""Which certificates the portal trusts and which it has approved: path to the roots, validity and revocation at the
moment of signing, and the registry of approved serials per unit.
"""

import base64
import binascii
import json
from collections.abc import Callable
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
    digests: dict[str, str]
    """Digest algorithm → the certificate's digest in Base64, for those asked for so far."""


_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Standing:
    starts: datetime
    ends: datetime
    revoked: datetime | None


@dataclass(frozen=True, slots=True)
class Approval:
    """A certificate may sign for a unit."""

    starts: datetime
    """First moment."""
    ends: datetime
    """Last moment."""


Approvals = dict[tuple[str, str], Approval]
"""Unit and SHA-256 of the certificate → from when to when."""


class Trust:
    """Roots, issuing certificates and revocation lists of one folder."""

    def __init__(self, folder: Path) -> None:
        self._roots = [x509.load_pem_x509_certificate(path.read_bytes()) for path in (folder / "roots").glob("*.pem")]
        self._issuers = [
            x509.load_pem_x509_certificate(path.read_bytes()) for path in (folder / "intermediates").glob("*.pem")
        ]
        self._lists = [x509.load_der_x509_crl(path.read_bytes()) for path in (folder / "crls").glob("*.crl")]
        self._signers: dict[str, Signer] = {}
        self._standing_of: dict[str, _Standing] = {}

    def signer(self, base64_der: str) -> Signer:
        """The certificate as a signer, read once; Untrusted where it is no certificate with a strong key."""
        known = self._signers.get(base64_der)
        if known is None:
            known = self._signers[base64_der] = _read_signer(base64_der)
        return known

    def check(self, signer: Signer, *, at: datetime) -> None:
        """Untrusted unless the certificate led to a root, was valid and not revoked when it signed."""
        standing = self._standing_of.get(signer.sha256)
        if standing is None:
            standing = self._standing_of[signer.sha256] = self._standing(signer.certificate)
        if not standing.starts <= at <= standing.ends:
            raise Untrusted("chứng thư không còn hiệu lực khi ký")
        if standing.revoked is not None and standing.revoked <= at:
            raise Untrusted("chứng thư đã bị thu hồi")

    def _standing(self, certificate: x509.Certificate) -> "_Standing":
        issuer = self._find_issuer(certificate)
        return _Standing(
            starts=max(certificate.not_valid_before_utc, issuer.not_valid_before_utc),
            ends=min(certificate.not_valid_after_utc, issuer.not_valid_after_utc),
            revoked=self._revoked(certificate, issuer),
        )

    def _find_issuer(self, certificate: x509.Certificate) -> x509.Certificate:
        for issuer in (*self._issuers, *self._roots):
            if _issued_by(certificate, issuer):
                if issuer in self._roots or any(_issued_by(issuer, root) for root in self._roots):
                    return issuer
                break
        raise Untrusted("chứng thư không dẫn tới tổ chức được tin cậy")

    def _revoked(self, certificate: x509.Certificate, issuer: x509.Certificate) -> datetime | None:
        """Since when it may not sign; a compromised key never could."""
        lists = [each for each in self._lists if each.issuer == issuer.subject]
        if not lists:
            raise Untrusted("không có danh sách thu hồi")
        entries = [each.get_revoked_certificate_by_serial_number(certificate.serial_number) for each in lists]
        return min(
            (_EVER if _compromised(entry) else entry.revocation_date_utc for entry in entries if entry), default=None
        )


class Registry:
    """The approved certificates: those of a file, read again when it changes, and those that units registered."""

    def __init__(self, path: Path, registered: Callable[[], Approvals]) -> None:
        self._path = path
        self._registered = registered
        self._lately: Approvals = {}
        self._read_at = 0.0
        self._approvals: Approvals = {}

    def approves(self, signer: Signer, unit: str, *, at: datetime) -> bool:
        """Whether the organisation certificate is approved for the unit at that moment."""
        found = [each.get((unit, signer.sha256)) for each in (self._approvals, self._lately)]
        return any(approval is not None and approval.starts <= at <= approval.ends for approval in found)

    def refresh(self) -> None:
        """Asks what was registered, and reads the file again if it has changed."""
        self._lately = self._registered()
        changed = self._path.stat().st_mtime
        if changed == self._read_at:
            return
        rows = json.loads(self._path.read_text(encoding="utf-8"))
        self._approvals = {
            (row["ma_don_vi"], row["sha256"]): Approval(
                datetime.fromisoformat(row["tu_ngay"]).astimezone(UTC),
                datetime.fromisoformat(row["den_ngay"]).astimezone(UTC),
            )
            for row in rows
            if row["loai"] == "to_chuc" and row["trang_thai"] == "phe_duyet"
        }
        self._read_at = changed


def _read_signer(base64_der: str) -> Signer:
    try:
        der = base64.b64decode("".join(base64_der.split()), validate=True)
    except binascii.Error as broken:
        raise Untrusted("X509Certificate không đọc được") from broken
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
    return Signer(certificate, certificate.fingerprint(hashes.SHA256()).hex(), numbers, xml_key, {})


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
