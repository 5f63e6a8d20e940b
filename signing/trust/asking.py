"""Where a certificate says that its revocation is told, and how to ask there; asking itself is not done here."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from signing.certificates import Certificate


def ocsp_request(certificate: Certificate, issuer: bytes) -> bytes:
    """The OCSP request about a certificate; SHA-1 names the issuer there, as RFC 5019 wants it, and proves nothing."""
    asked, by = x509.load_der_x509_certificate(certificate.der), x509.load_der_x509_certificate(issuer)
    request = ocsp.OCSPRequestBuilder().add_certificate(asked, by, hashes.SHA1())  # noqa: S303 - RFC 5019 2.1.1
    return request.build().public_bytes(Encoding.DER)


def list_addresses(certificate: Certificate) -> list[str]:
    """Where a certificate says that the list is which may name it (RFC 5280 4.2.1.13)."""
    try:
        points = x509.load_der_x509_certificate(certificate.der).extensions.get_extension_for_class(
            x509.CRLDistributionPoints
        )
    except (x509.ExtensionNotFound, ValueError):
        return []
    names = [name for point in points.value for name in point.full_name or ()]
    return [name.value for name in names if isinstance(name, x509.UniformResourceIdentifier)]


def responder_addresses(certificate: Certificate) -> list[str]:
    """Where a certificate says that OCSP is answered about it (RFC 5280 4.2.2.1)."""
    try:
        access = x509.load_der_x509_certificate(certificate.der).extensions.get_extension_for_class(
            x509.AuthorityInformationAccess
        )
    except (x509.ExtensionNotFound, ValueError):
        return []
    names = [each.access_location for each in access.value if each.access_method == AuthorityInformationAccessOID.OCSP]
    return [name.value for name in names if isinstance(name, x509.UniformResourceIdentifier)]
