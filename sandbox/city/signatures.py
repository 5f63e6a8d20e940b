"""Signatures, verified by libxmlsec1 behind a strict look at their structure, because libxmlsec1 alone would follow any
transform, address or key that a signature names.
"""

import base64
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import xmlsec
from cryptography.hazmat.primitives import hashes
from lxml import etree

from sandbox.city.certificates import Signer, Trust, Untrusted
from sandbox.city.envelope import DSIG, ID_NAMES, SIGNATURE

XADES = "{http://uri.etsi.org/01903/v1.3.2#}"
VIETNAM = timezone(timedelta(hours=7))
_XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_C14N = {
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "http://www.w3.org/2006/12/xml-c14n11",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
}
_ENVELOPED = _XMLDSIG + "enveloped-signature"
_FILTER2 = "http://www.w3.org/2002/06/xmldsig-filter2"
_METHODS = {
    f"{family}-{digest}" for family in (_MORE + "rsa", _MORE + "ecdsa") for digest in ("sha256", "sha384", "sha512")
} | {f"http://www.w3.org/2007/05/xmldsig-more#{digest}-rsa-MGF1" for digest in ("sha256", "sha384", "sha512")}
_DIGESTS = {
    "http://www.w3.org/2001/04/xmlenc#sha256": hashes.SHA256(),
    _MORE + "sha384": hashes.SHA384(),
    "http://www.w3.org/2001/04/xmlenc#sha512": hashes.SHA512(),
}
_OLD_SHA1 = _XMLDSIG + "sha1"


class BadSignature(Exception):
    """The signature does not hold; the text says why, without personal data."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signature says of itself: believed once it is verified."""

    signer: Signer
    """Whose certificate made it."""
    at: datetime
    """Its SigningTime."""


def read_signature(signature: etree._Element, *, target_id: str, trust: Trust) -> Signed:
    """Everything about a signature but its cryptography: structure, certificate, path, time; BadSignature otherwise."""
    signer = _signer(signature, trust)
    _prescreen(signature, target_id)
    at = _signing_time(signature)
    _check_signing_certificate(signature, signer)
    try:
        trust.check(signer, at=at)
    except Untrusted as why:
        raise BadSignature(str(why)) from why
    return Signed(signer, at)


def verify_signature(signature: etree._Element, *, target: etree._Element, target_id: str, trust: Trust) -> Signed:
    """Verifies one signature over `target` in the target's own tree; BadSignature otherwise."""
    signed = read_signature(signature, target_id=target_id, trust=trust)
    context = xmlsec.SignatureContext()
    context.key = signed.signer.key
    try:
        for element in (target, *_covered(signature)):
            name = next(name for name in ID_NAMES if element.get(name))
            context.register_id(element, name)
        context.verify(signature)
    except (xmlsec.Error, ValueError) as broken:
        raise BadSignature("giá trị chữ ký hoặc giá trị băm không khớp") from broken
    return signed


def verify_slots(record: etree._Element, *, trust: Trust, general: dict[str, str]) -> dict[str, Signed]:
    """Verifies every slot of a record that stands alone in its own tree."""
    data = record[0]
    ids = [value for element in record.iter() for name in ID_NAMES if (value := element.get(name))]
    if len(ids) != len(set(ids)):
        raise BadSignature("hai phần tử mang cùng một mã định danh")
    if sum(1 for _ in record.iter(SIGNATURE)) != len(record[1]):
        raise BadSignature("có chữ ký ở chỗ lạ")
    verified: dict[str, Signed] = {}
    for slot in record[1]:
        signed = verify_signature(slot[-1], target=data, target_id="data", trust=trust)
        _check_day(slot[0].text or "", signed.at)
        number = slot.findtext("SO_CCCD")
        if number is not None and number not in signed.signer.numbers:
            raise BadSignature(f"{slot.tag}: số định danh khác với chứng thư")
        verified[str(slot.tag)] = signed
    _check_roles(record, general)
    moments = [signed.at for signed in verified.values()]
    if moments != sorted(moments):
        raise BadSignature("thời điểm ký không đúng thứ tự")
    return verified


def _signer(signature: etree._Element, trust: Trust) -> Signer:
    """Whose certificate is the first in KeyInfo: the one that signs."""
    subject = signature.findtext(f"{DSIG}KeyInfo/{DSIG}X509Data/{DSIG}X509SubjectName")
    if not (subject or "").strip():
        raise BadSignature("thiếu X509SubjectName")
    certificate = signature.findtext(f"{DSIG}KeyInfo/{DSIG}X509Data/{DSIG}X509Certificate")
    if certificate is None:
        raise BadSignature("không có X509Certificate")
    try:
        return trust.signer(certificate)
    except Untrusted as why:
        raise BadSignature(str(why)) from why


def _prescreen(signature: etree._Element, target_id: str) -> None:
    """Only whitelisted methods, transforms and addresses."""
    info = signature.find(f"{DSIG}SignedInfo")
    if info is None or len(signature.findall(f"{DSIG}SignedInfo")) != 1:
        raise BadSignature("SignedInfo không đúng")
    if _algorithm(info, "CanonicalizationMethod") not in _C14N or _algorithm(info, "SignatureMethod") not in _METHODS:
        raise BadSignature("thuật toán không được phép")
    own = _own_properties(signature)
    addresses = []
    for reference in info.findall(f"{DSIG}Reference"):
        address = reference.get("URI") or ""
        if address[1:] not in {target_id, *own} or not address.startswith("#"):
            raise BadSignature("chữ ký trỏ tới chỗ không được phép")
        if _algorithm(reference, "DigestMethod") not in _DIGESTS:
            raise BadSignature("thuật toán băm không được phép")
        _check_transforms(reference)
        addresses.append(address[1:])
    if sorted(addresses).count(target_id) != 1 or len(addresses) != len(set(addresses)) or len(addresses) < 2:
        raise BadSignature("chữ ký không phủ đúng dữ liệu và thời điểm ký")


def _own_properties(signature: etree._Element) -> dict[str, etree._Element]:
    """The signed properties of this signature, by their identifiers."""
    candidates = [
        *signature.findall(f"{DSIG}Object/{DSIG}SignatureProperties"),
        *signature.findall(f"{DSIG}Object/{DSIG}SignatureProperties/{DSIG}SignatureProperty"),
        *signature.findall(f"{DSIG}Object/{XADES}QualifyingProperties/{XADES}SignedProperties"),
    ]
    return {identifier: each for each in candidates if (identifier := _id(each))}


def _check_transforms(reference: etree._Element) -> None:
    for transform in reference.iterfind(f"{DSIG}Transforms/{DSIG}Transform"):
        algorithm = transform.get("Algorithm")
        if algorithm in _C14N or algorithm == _ENVELOPED:
            continue
        path = transform.find(f"{{{_FILTER2}}}XPath")
        subtracts = path is not None and path.get("Filter") == "subtract" and len(transform) == 1
        if algorithm != _FILTER2 or not subtracts or path is None:
            raise BadSignature("phép biến đổi không được phép")
        if not re.fullmatch(r"/?/?descendant::\w+:Signature", (path.text or "").strip()):
            raise BadSignature("phép biến đổi không được phép")


def _signing_time(signature: etree._Element) -> datetime:
    covered = _covered(signature)
    found = [
        element.text or ""
        for each in covered
        for tag in ("SigningTime", f"{DSIG}SigningTime", f"{XADES}SigningTime")
        for element in each.iter(tag)
    ]
    if not found:
        raise BadSignature("thiếu SigningTime được ký")
    try:
        moments = {datetime.fromisoformat(text.strip()) for text in found}
        if any(moment.tzinfo is None for moment in moments) or len(moments) != 1:
            raise BadSignature("SigningTime không rõ")
    except ValueError as broken:
        raise BadSignature("SigningTime không đúng dạng") from broken
    return moments.pop()


def _covered(signature: etree._Element) -> list[etree._Element]:
    own = _own_properties(signature)
    references = signature.iterfind(f"{DSIG}SignedInfo/{DSIG}Reference")
    return [own[address[1:]] for each in references if (address := each.get("URI") or "")[1:] in own]


def _check_signing_certificate(signature: etree._Element, signer: Signer) -> None:
    """Where XAdES names the signing certificate, it is the one in KeyInfo."""
    named = [
        *signature.iter(f"{XADES}SigningCertificateV2"),
        *signature.iter(f"{XADES}SigningCertificate"),
    ]
    for each in named:
        digest = each.find(f"{XADES}Cert/{XADES}CertDigest")
        if digest is None:
            raise BadSignature("SigningCertificate không đọc được")
        method = _algorithm(digest, "DigestMethod")
        if _fingerprint(signer, method) != "".join((digest.findtext(f"{DSIG}DigestValue") or "").split()):
            raise BadSignature("SigningCertificate khác với chứng thư")


def _fingerprint(signer: Signer, method: str) -> str:
    known = signer.digests.get(method)
    if known is None:
        algorithm = hashes.SHA1() if method == _OLD_SHA1 else _DIGESTS.get(method)  # noqa: S303 - V1 in old files
        if algorithm is None:
            raise BadSignature("thuật toán băm không được phép")
        known = signer.digests[method] = base64.b64encode(signer.certificate.fingerprint(algorithm)).decode()
    return known


def _check_day(text: str, at: datetime) -> None:
    """NGAY_KY is the instant of SigningTime or, as a plain date, its day in Vietnam."""
    try:
        same = (
            text == at.astimezone(VIETNAM).date().isoformat()
            if "T" not in text
            else datetime.fromisoformat(text).replace(microsecond=0) == at.replace(microsecond=0)
        )
    except (ValueError, TypeError):
        same = False
    if not same:
        raise BadSignature("NGAY_KY khác với thời điểm ký")


def _check_roles(record: etree._Element, general: dict[str, str]) -> None:
    """The signers are the persons that the signed data name."""
    for slot, field in (("CBQL", "SO_CCCD_GIAM_HIEU_KY_HOC_BA"), ("GVCN", "SO_CCCD_GIAO_VIEN_CHU_NHIEM")):
        named = general.get(field)
        if named and record[1].findtext(f"{slot}/SO_CCCD") != named:
            raise BadSignature(f"{slot}: người ký khác với học bạ")


def _algorithm(parent: etree._Element, tag: str) -> str:
    found = parent.findall(f"{DSIG}{tag}")
    return found[0].get("Algorithm") or "" if len(found) == 1 else ""


def _id(element: etree._Element) -> str:
    return next((value for name in ID_NAMES if (value := element.get(name))), "")
