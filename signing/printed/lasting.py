"""A signed form with what proves its signatures later (PAdES baseline LT, EN 319 142-1 5.4): certificates, lists, responses.

They stand in the document security store, added behind the signatures; nothing that was signed is changed.
"""

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from asn1crypto import crl, ocsp
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import DocumentSecurityStore

from signing.certificates import Certificate, certificate_from_der
from signing.printed.sealing import Writer
from signing.printed.verify import tokens_of
from signing.timestamps import read_token, verify_timestamp_over
from signing.trust.material import Material, material_for
from signing.trust.store import TrustStore


def with_proof(pdf: bytes, *, trust: TrustStore, at: datetime) -> bytes:
    """A form whose signatures pass, with what proves them and their timestamps as of a time.

    Raises:
        NoMaterial: something about a certificate is not known.
    """
    found = Material()
    for signature in PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures:
        for certificate, others, moment in _certificates(signature, trust, at):
            found += material_for(trust, certificate, claimed=moment, now=at, others=others)
    writer: Any = Writer(io.BytesIO(pdf))
    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        None,
        certs=[asn1_x509.Certificate.load(each) for each in found.certificates],
        ocsps=[ocsp.OCSPResponse.load(each) for each in found.responses],
        crls=[crl.CertificateList.load(each) for each in found.lists],
    )
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def _certificates(
    signature: Any, trust: TrustStore, at: datetime
) -> Iterator[tuple[Certificate, tuple[Certificate, ...], datetime]]:
    """Of the signer and of each timestamp that holds: the certificate, those beside it, when it signed."""
    others = tuple(certificate_from_der(each.dump()) for each in signature.other_embedded_certs)
    yield certificate_from_der(signature.signer_cert.dump()), others, signature.self_reported_timestamp
    for token in tokens_of(signature.signer_info):
        value = signature.signer_info["signature"].native
        told = verify_timestamp_over(token, octets=value, trust=trust, at=at)
        if told.tsa is not None and told.time is not None and told.passed:
            yield told.tsa, tuple(map(certificate_from_der, read_token(token).certificates)), told.time
