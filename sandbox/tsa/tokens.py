"""Tokens made afresh for each request (RFC 3161 2.4.2, RFC 5816), as the buttons want them."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from sandbox.tsa.certificates import Stamping
from sandbox.tsa.faults import Faults

POLICY = "1.3.6.1.4.1.99999.3161.1"
"""an invented policy"""
_KNOWN = {"sha256": 32, "sha384": 48, "sha512": 64}
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - a button for what must be refused
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_REST = Faults()


def answer(request: bytes, holder: Stamping, faults: Faults = _REST, *, now: datetime | None = None) -> bytes:
    """The DER TimeStampResp to a request."""
    try:
        asked = tsp.TimeStampReq.load(request, strict=True)
        imprint = asked["message_imprint"]
        algorithm, digest = imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"].native
        nonce = asked["nonce"].native
        wants_certificates = bool(asked["cert_req"].native)
    except (ValueError, TypeError):
        return _refused("bad_data_format")
    if faults.refused:
        return _refused(faults.refused)
    if len(digest) != _KNOWN.get(algorithm):
        return _refused("bad_alg")
    token = make_token(
        digest,
        algorithm,
        holder,
        faults,
        nonce=nonce,
        certificates=wants_certificates,
        now=now,
    )
    granted = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})
    return bytes(granted.dump())


def make_token(
    digest: bytes,
    algorithm: str,
    holder: Stamping,
    faults: Faults = _REST,
    *,
    nonce: int | None = None,
    certificates: bool = True,
    now: datetime | None = None,
) -> cms.ContentInfo:
    """A TimeStampToken over a digest."""
    moment = (now or datetime.now(UTC)) + timedelta(seconds=faults.ahead_seconds)
    told: dict[str, Any] = {
        "version": "v1",
        "policy": POLICY,
        "message_imprint": {
            "hash_algorithm": {"algorithm": faults.imprint_algorithm or algorithm},
            "hashed_message": hashlib.new(algorithm, digest).digest() if faults.wrong_imprint else digest,
        },
        "serial_number": secrets.randbits(63) + 1,
        "gen_time": moment.replace(microsecond=0),
        "accuracy": {"seconds": 1},
    }
    if nonce is not None and not faults.no_nonce:
        told["nonce"] = nonce ^ 1 if faults.wrong_nonce else nonce
    statement = tsp.TSTInfo(told).dump()
    signed = {
        "version": "v3",
        "digest_algorithms": [{"algorithm": faults.signing_digest}],
        "encap_content_info": {"content_type": "tst_info", "content": cms.ParsableOctetString(statement)},
        "signer_infos": [_signer_info(statement, holder, faults, moment)],
    }
    if certificates and not faults.bare:
        signed["certificates"] = [_asn1(holder.certificate), _asn1(holder.above)]
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)})


def _refused(failure: str) -> bytes:
    status = {"status": "rejection", "status_string": ["giả lập"], "fail_info": {failure}}
    # asn1crypto wants a token in every reply; RFC 3161 leaves it out of a refusal.
    return bytes(core.Sequence(contents=tsp.PKIStatusInfo(status).dump()).dump())


def _signer_info(statement: bytes, holder: Stamping, faults: Faults, moment: datetime) -> cms.SignerInfo:
    algorithm, certificate = faults.signing_digest, _asn1(holder.certificate)
    attributes = cms.CMSAttributes(
        [
            _attribute("content_type", "tst_info"),
            _attribute("signing_time", cms.Time({"utc_time": core.UTCTime(moment)})),
            _attribute("message_digest", hashlib.new(algorithm, statement).digest()),
            _named(certificate, faults),
        ]
    )
    signed = bytes(attributes.dump())
    value, scheme = _sign(signed + b"\0" if faults.tampered else signed, holder.key, algorithm, pss=faults.pss)
    sid = {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
    return cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier({"issuer_and_serial_number": cms.IssuerAndSerialNumber(sid)}),
            "digest_algorithm": {"algorithm": algorithm},
            "signed_attrs": attributes,
            "signature_algorithm": scheme,
            "signature": value,
        }
    )


def _named(certificate: asn1_x509.Certificate, faults: Faults) -> cms.CMSAttribute:
    der = certificate.dump()
    if faults.ess_sha1:
        old = tsp.SigningCertificate({"certs": [{"cert_hash": hashlib.sha1(der).digest()}]})  # noqa: S324
        return _attribute("signing_certificate", old)
    new = tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(der).digest()}]})
    return _attribute("signing_certificate_v2", new)


def _attribute(name: str, value: Any) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": name, "values": [value]})


def _sign(octets: bytes, key: Any, algorithm: str, *, pss: bool) -> tuple[bytes, algos.SignedDigestAlgorithm]:
    chosen = _HASHES[algorithm]
    if isinstance(key, ec.EllipticCurvePrivateKey):
        value = key.sign(octets, ec.ECDSA(chosen))
        return value, algos.SignedDigestAlgorithm({"algorithm": f"{algorithm}_ecdsa"})
    assert isinstance(key, rsa.RSAPrivateKey)
    if not pss:
        named = algos.SignedDigestAlgorithm({"algorithm": f"{algorithm}_rsa"})
        return key.sign(octets, padding.PKCS1v15(), chosen), named
    scheme = padding.PSS(mgf=padding.MGF1(chosen), salt_length=chosen.digest_size)
    parameters = {
        "hash_algorithm": {"algorithm": algorithm},
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": algorithm}},
        "salt_length": chosen.digest_size,
    }
    named = algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})
    return key.sign(octets, scheme, chosen), named


def _asn1(certificate: Any) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
