"""What others take to sign the same record: signxml and libxmlsec1, from its octets to the octets of the signed one.

Both write a plain XMLDSig signature over the record's data in exclusive canonical form, with the certificate in it, and
put it where the caller says; the keys are given. Neither looks for slots, times or whose key it is.
"""

from collections.abc import Callable
from typing import Any

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, SignatureConstructionMethod
from signxml.signer import XMLSigner

_DATA = "DU_LIEU_HOC_BA"
Sign = Callable[[bytes], bytes]


def signxml_signer(key: rsa.RSAPrivateKey, certificate: x509.Certificate) -> Sign:
    """signxml, on lxml and `cryptography`."""
    exclusive = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0

    def sign(octets: bytes) -> bytes:
        root = etree.fromstring(octets)
        signer = XMLSigner(method=SignatureConstructionMethod.detached, c14n_algorithm=exclusive)
        signature = signer.sign(
            root, key=key, cert=[certificate], reference_uri="#data", id_attribute="Id", always_add_key_value=False
        )
        _slot(root).append(signature)
        return etree.tostring(root)

    return sign


def xmlsec_signer(key: rsa.RSAPrivateKey, certificate: x509.Certificate) -> Sign:
    """libxmlsec1, on OpenSSL, through python-xmlsec."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    own = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem)
    own.load_cert_from_memory(certificate.public_bytes(Encoding.PEM), xmlsec.constants.KeyDataFormatPem)

    def sign(octets: bytes) -> bytes:
        root = etree.fromstring(octets)
        signature = xmlsec.template.create(
            root, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformRsaSha256, ns="ds"
        )
        _slot(root).append(signature)
        reference = xmlsec.template.add_reference(signature, xmlsec.constants.TransformSha256, uri="#data")
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
        info = xmlsec.template.ensure_key_info(signature)
        xmlsec.template.x509_data_add_certificate(xmlsec.template.add_x509_data(info))
        context = xmlsec.SignatureContext()
        data = root.find(_DATA)
        assert data is not None
        context.register_id(data, "Id")
        context.key = own
        context.sign(signature)
        return etree.tostring(root)

    return sign


def _slot(root: Any) -> Any:
    return etree.SubElement(etree.SubElement(root, "DANH_SACH_THONG_TIN_KY"), "KY_PHAT_HANH")
