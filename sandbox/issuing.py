"""Certificates and keys of the invented world: the authorities, a key file for each holder and role, the registry of
approvals, what the world trusts, and certificates that must be refused.
"""

import multiprocessing
import secrets
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox import pki
from sandbox.holders import Holder, holders_of
from sandbox.schools import School

_SCHOOLS_WITH_FAULTY_CERTIFICATES = 12


@dataclass(frozen=True, slots=True)
class _Authorities:
    """Who issues."""

    root: pki.Authority
    """Trusted, issues for `issuer` alone."""
    issuer: pki.Authority
    """Issues for everybody."""
    foreign: pki.Authority
    """Trusted by nobody."""


def key_file(folder: Path, unit: str, role: str, cccd: str = "") -> Path:
    """The PKCS#12 file of a role in a world's folder."""
    return folder / "keys" / unit / (f"{role}-{cccd}.p12" if cccd else f"{role}.p12")


def write_certificates(
    folder: Path, *, seed: int, primary: Sequence[School], secondary: School, distinct_keys: int
) -> list[dict[str, object]]:
    """Writes keys, certificates and trust into the folder; returns the registry, one row per unit and role. More
    certificates than `distinct_keys` share key pairs."""
    holders = holders_of((*primary, secondary))
    password = _write_password(folder / "keys")
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        keys = pki.new_keys(min(distinct_keys, len(holders)) + 3, bits=2048, pool=pool)
    authorities = _authorities(seed, keys)
    rows: list[dict[str, object]] = []
    pairs: dict[tuple[str, str], rsa.RSAPrivateKey] = {}
    for index, holder in enumerate(holders):
        key = keys[index % len(keys)]
        serial = pki.stable_serial(seed, holder.unit, *holder.roles, holder.cccd)
        certificate = pki.issue(authorities.issuer, subject=holder.subject, key=key, serial=serial)
        chain = [authorities.issuer.certificate]
        for role in holder.roles:
            pairs.setdefault((holder.unit, role), key)
            path = key_file(folder, holder.unit, role, holder.cccd)
            pki.write_p12(path, key=key, certificate=certificate, chain=chain, password=password)
            rows.append(_registry_row(holder, role, certificate))
    revoked = [
        _write_faulty(folder / "faulty" / school.code, school, seed=seed, by=authorities, pairs=pairs)
        for school in primary[:_SCHOOLS_WITH_FAULTY_CERTIFICATES]
    ]
    _write_trust(folder / "trust", root=authorities.root, issuer=authorities.issuer, revoked=revoked)
    _write_authority(folder / "authority", root=authorities.root, issuer=authorities.issuer)
    return rows


def _write_password(folder: Path) -> str:
    """The one password of all key files."""
    password = secrets.token_urlsafe(18)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "password").write_text(password + "\n", encoding="ascii")
    (folder / "password").chmod(0o600)
    return password


def _authorities(seed: int, keys: list[rsa.RSAPrivateKey]) -> _Authorities:
    """Each takes its key from the end of the list."""
    root = pki.new_authority("Gốc giả lập", key=keys.pop(), above=None, serial=pki.stable_serial(seed, "root"))
    issuer = pki.new_authority(
        "Cơ quan cấp giả lập G1", key=keys.pop(), above=root, serial=pki.stable_serial(seed, "issuing")
    )
    foreign = pki.new_authority(
        "Gốc không được tin", key=keys.pop(), above=None, serial=pki.stable_serial(seed, "foreign")
    )
    return _Authorities(root, issuer, foreign)


def _registry_row(holder: Holder, role: str, certificate: x509.Certificate) -> dict[str, object]:
    return {
        "ma_don_vi": holder.unit,
        "loai": "ca_nhan" if holder.cccd else "to_chuc",
        "role": role,
        "ten": holder.name,
        "so_cccd": holder.cccd,
        "serial_hex": f"{certificate.serial_number:X}",
        "sha256": pki.sha256_hex(certificate),
        "tu_ngay": certificate.not_valid_before_utc.isoformat(),
        "den_ngay": certificate.not_valid_after_utc.isoformat(),
        "trang_thai": "phe_duyet",
    }


def _write_faulty(
    folder: Path, school: School, *, seed: int, by: _Authorities, pairs: dict[tuple[str, str], rsa.RSAPrivateKey]
) -> pki.Revocation:
    """Certificates over keys that the school already has; returns the revocation of the one that is revoked."""
    folder.mkdir(parents=True, exist_ok=True)
    principal = pki.person_subject(name=school.principal.name, cccd=school.principal.cccd, organisation=school.name)
    own = pki.organisation_subject(name=school.name, code=school.code, tax_code=school.tax_code)
    head, seal = pairs[school.code, "CBQL"], pairs[school.code, "KY_PHAT_HANH"]

    def number(name: str) -> int:
        return pki.stable_serial(seed, school.code, name)

    past = datetime(2025, 12, 31, tzinfo=UTC)
    certificates = {
        "CBQL-expired": pki.issue(by.issuer, subject=principal, key=head, serial=number("expired"), ends=past),
        "CBQL-revoked": pki.issue(by.issuer, subject=principal, key=head, serial=number("revoked")),
        "CBQL-foreign": pki.issue(by.foreign, subject=principal, key=head, serial=number("foreign")),
        "KY_PHAT_HANH-unapproved": pki.issue(by.issuer, subject=own, key=seal, serial=number("unapproved")),
    }
    for name, certificate in certificates.items():
        (folder / f"{name}.pem").write_bytes(pki.pem(certificate))
    compromise = datetime(2026, 3, 1, tzinfo=UTC)
    return pki.Revocation(certificates["CBQL-revoked"].serial_number, compromise, x509.ReasonFlags.key_compromise)


def _write_trust(folder: Path, *, root: pki.Authority, issuer: pki.Authority, revoked: list[pki.Revocation]) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    files = {
        "roots/root.pem": pki.pem(root.certificate),
        "intermediates/issuing.pem": pki.pem(issuer.certificate),
        "crls/root.crl": pki.revocation_list(root, [], at=now),
        "crls/issuing.crl": pki.revocation_list(issuer, revoked, at=now),
    }
    for name, octets in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)


def _write_authority(folder: Path, *, root: pki.Authority, issuer: pki.Authority) -> None:
    """The authorities' keys, for the process that plays them; nobody else reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, authority in (("root", root), ("issuing", issuer)):
        path = folder / f"{name}.key"
        path.write_bytes(pki.key_der(authority.key))
        path.chmod(0o600)
