"""What stands in a PDF signature's /Contents: a CMS SignedData with the attributes that PAdES asks for (EN 319 142-1 6.3)."""

from collections.abc import Sequence

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pyhanko.sign.general import as_signing_certificate_v2

from signing.certificates import KeyKind
from signing.verify.algorithms import SIGNATURE_METHODS


def digest_name(method: str) -> str:
    """The digest algorithm of an XML signature method, by hashlib's name: of the document as well."""
    return SIGNATURE_METHODS[method].digest.name


def signed_attributes(certificate: bytes, *, method: str, digest: bytes) -> bytes:
    """DER of the signed attributes: content type, message digest, signing certificate (V2).

    No signing time: a PAdES signature says it in the signature dictionary's /M (EN 319 142-1 5.3).
    """
    named = as_signing_certificate_v2(asn1_x509.Certificate.load(certificate, strict=True), digest_name(method))
    values = {"content_type": "data", "message_digest": digest, "signing_certificate_v2": named}
    attributes = cms.CMSAttributes([{"type": name, "values": [value]} for name, value in values.items()])
    return bytes(attributes.dump())


def container(attributes: bytes, *, chain: Sequence[bytes], method: str, value: bytes, token: bytes | None) -> bytes:
    """DER of the whole, of a value as CMS has it; a timestamp, if any, is an unsigned attribute (CAdES 5.3)."""
    certificates = [asn1_x509.Certificate.load(each, strict=True) for each in chain]
    signer, digest = certificates[0], digest_name(method)
    scheme = "rsa" if SIGNATURE_METHODS[method].key is KeyKind.RSA else "ecdsa"
    info = {
        "version": "v1",
        "sid": cms.IssuerAndSerialNumber({"issuer": signer.issuer, "serial_number": signer.serial_number}),
        "digest_algorithm": {"algorithm": digest},
        "signed_attrs": cms.CMSAttributes.load(attributes, strict=True),
        "signature_algorithm": {"algorithm": f"{digest}_{scheme}"},
        "signature": value,
    }
    if token is not None:
        stamp = cms.ContentInfo.load(token, strict=True)
        info["unsigned_attrs"] = [{"type": "signature_time_stamp_token", "values": [stamp]}]
    signed = {
        "version": "v1",
        "digest_algorithms": [{"algorithm": digest}],
        "encap_content_info": {"content_type": "data"},
        "certificates": certificates,
        "signer_infos": [info],
    }
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)}).dump())


def as_cms(method: str, value: bytes) -> bytes:
    """A value that XMLDSig writes as r and s side by side, in the DER that CMS wants (RFC 5753 2.1.1)."""
    if SIGNATURE_METHODS[method].key is not KeyKind.EC:
        return value
    half = len(value) // 2
    return encode_dss_signature(int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))


def message_digest(attributes: bytes) -> bytes:
    """What the signed attributes say the document's digest is.

    Raises:
        ValueError: they do not say it.
    """
    for attribute in cms.CMSAttributes.load(attributes, strict=True):
        if attribute["type"].native == "message_digest":
            return bytes(attribute["values"][0].native)
    raise ValueError("no message digest")
