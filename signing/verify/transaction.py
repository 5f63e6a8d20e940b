"""The verdict on a transaction's signature: the last child of the batch, over the whole of the batch but itself."""

from collections import Counter
from datetime import datetime
from typing import Any

from lxml import etree

from signing.trust import Trust
from signing.verify.canonical import XML_NAMESPACE, Canonicalisation, canonical_octets
from signing.verify.envelope import SIGNATURE
from signing.verify.faults import Fault
from signing.verify.identity import check_institution
from signing.verify.policy import Approved, Limits, SlotPolicy
from signing.verify.prescreen import parse, prescreen_octets
from signing.verify.results import SlotValidation
from signing.verify.signature import Progress, Region, check_signature, check_trust, guarded

TRANSACTION = "GIAO_DICH"
BATCH_LIMITS = Limits(octets=64 * 1024 * 1024, attributes=1_000_000, namespaces=200_000)
"""Bounds of a batch: what a package may unpack to."""

_ROOT = "DANH_SACH_HOC_BA"
_IDENTIFIER = "dataDanhSach"
_IDENTIFIERS: Any = etree.XPath("//@id|//@Id|//@ID|//@xml:id", smart_strings=False)
_IDENTIFIER_ATTRIBUTES = ("id", "Id", "ID", f"{XML_NAMESPACE}id")


def verify_transaction(
    octets: bytes,
    root: Any | None = None,
    *,
    trust: Trust,
    policy: SlotPolicy,
    approved: Approved | None,
    at: datetime,
    issued_until: datetime | None = None,
    limits: Limits = BATCH_LIMITS,
) -> SlotValidation:
    """Judge the signature of a whole batch.

    `approved` holds the approved certificates of the sending unit; `issued_until`, where known, is the latest
    KY_PHAT_HANH time of its records, before which no transaction can have been signed.
    """
    progress = Progress(TRANSACTION)

    def check() -> None:
        # 1 to 3. Octets, document, place of the signature (assumed layout: last child of DANH_SACH_HOC_BA).
        document, signature = _open(octets, root, limits)
        region = Region(document, _IDENTIFIER, canonicalise=_without_signature, enveloped=True)
        # 4 to 8. As for a slot, the enveloped-signature transform included (XMLDSig 1.1 6.6.4).
        others = check_signature(signature, region, progress, limits=limits)
        # 9. Trust.
        check_trust(progress, others, trust, policy=policy, now=at)
        # 10. Institution and order of times (CV 2088 III.1).
        _check_standing(progress, approved, issued_until)

    return progress.conclude(guarded(check), policy=policy, path=f"{_ROOT}/Signature", uuid=None)


def _open(octets: bytes, root: Any | None, limits: Limits) -> tuple[Any, Any]:
    prescreen_octets(octets, limits)
    document = parse(octets) if root is None else root
    if document.tag != _ROOT or not any(document.get(name) == _IDENTIFIER for name in _IDENTIFIER_ATTRIBUTES):
        raise Fault("wrong-root", seen=str(document.tag)[:80], expected=f"{_ROOT}[@id='{_IDENTIFIER}']")
    _check_outside(document)
    signatures = document.findall("{*}Signature")
    children = list(document.iterchildren(tag=etree.Element))
    if not signatures:
        raise Fault("slot-missing", expected=f"{_ROOT}/Signature")
    if len(signatures) > 1 or signatures[0].tag != SIGNATURE or children[-1] is not signatures[0]:
        raise Fault("signature-misplaced", expected=f"{_ROOT}/Signature[last()]")
    if len(signatures[0].findall(f".//{SIGNATURE}")):
        raise Fault("signature-misplaced", expected=f"{_ROOT}/Signature[last()]")
    _check_identifiers(document, signatures[0])
    return document, signatures[0]


def _check_outside(document: Any) -> None:
    tree = document.getroottree()
    outside = [*document.itersiblings(preceding=True), *document.itersiblings()]
    instructions = [node for node in outside if node.tag is etree.ProcessingInstruction]
    inside = next(document.iter(etree.ProcessingInstruction, etree.Entity), None)
    if instructions or inside is not None or tree.docinfo.internalDTD is not None:
        raise Fault("comment")


def _check_identifiers(document: Any, signature: Any) -> None:
    """Identifiers repeat between records; those of the batch and of its signature occur once in all of it."""
    counted = Counter(_IDENTIFIERS(document))
    own = {_IDENTIFIER}
    for element in signature.iter():
        own.update(value for name in _IDENTIFIER_ATTRIBUTES if (value := element.get(name)))
    for identifier in own:
        if counted[identifier] > 1:
            raise Fault("identifier-repeated", seen=identifier)


def _without_signature(document: Any, how: Canonicalisation) -> bytes:
    """The enveloped-signature transform, then canonicalisation.

    The signature is cut out of the canonical octets of the whole, where `<` is always markup: it is the last element,
    nothing inside it bears its name, and how the rest is written does not depend on it. The tree stays untouched.
    """
    octets = canonical_octets(document, how)
    signature = document.findall(SIGNATURE)[0]
    name = (f"{signature.prefix}:Signature" if signature.prefix else "Signature").encode()
    start = max(octets.rfind(b"<" + name + b" "), octets.rfind(b"<" + name + b">"))
    closing = b"</" + name + b">"
    end = octets.rfind(closing)
    if start < 0 or end < start:
        raise Fault("signature-malformed")
    return octets[:start] + octets[end + len(closing) :]


def _check_standing(progress: Progress, approved: Approved | None, issued_until: datetime | None) -> None:
    certificate, moment = progress.certificate, progress.signing_time
    if certificate is None or moment is None:
        raise Fault("certificate-missing")
    check_institution(certificate, approved, school=None, role=TRANSACTION, moment=moment)
    if issued_until is not None and moment < issued_until:
        raise Fault("order-wrong", seen=moment.isoformat(), expected=f"≥ {issued_until.isoformat()}")
