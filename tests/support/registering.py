"""Certificates that are to be registered: of the world's schools, valid, and approved by nobody yet."""

from datetime import UTC, date, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from sandbox.world import World
from schemas.packing import pack
from signing.certificates import Certificate, certificate_from_x509
from signing.seal import seal_registration
from signing.seal.files import RsaKey
from transformers.transactions import CertificateRegistration, registration_body, write_registration

LONG_AGO = date(2026, 1, 1)
"""before the world's records were signed"""


def unapproved(world: World, unit: str) -> RsaKey:
    """The school's second certificate with its key: what «unapproved-certificate» signs records with."""
    private, _, _ = pkcs12.load_key_and_certificates(
        world.key_file(unit, "KY_PHAT_HANH").read_bytes(), world.password.encode()
    )
    assert isinstance(private, rsa.RSAPrivateKey)
    pem = (world.folder / "faulty" / unit / "KY_PHAT_HANH-unapproved.pem").read_bytes()
    return RsaKey((certificate_from_x509(x509.load_pem_x509_certificate(pem)),), private)


def content(key: RsaKey, *, of: Certificate | None = None) -> bytes:
    """The content of transaction 3, signed; of another certificate than the key's where one is given."""
    return seal_registration(
        write_registration((of or key.chain[0]).der), key=key, signature_id="sig-dk", at=datetime.now(UTC)
    )


def request(key: RsaKey, unit: str, messageid: str, *, valid_from: date = LONG_AGO, **changes: Any) -> dict[str, Any]:
    """The request of transaction 3, with these changes."""
    registration = CertificateRegistration(unit, key.chain[0].serial.upper(), valid_from, "USB_TOKEN", "VNPT")
    return registration_body(registration, message_id=messageid, content=pack(content(key))) | changes
