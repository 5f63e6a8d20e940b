"""The verdict on a transaction's signature: the last child of what is sent, over the whole of it but itself.

A batch is signed by its unit's approved certificate, a registration by the very certificate that it registers.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from schemas.algorithms import SUITES, Suite
from schemas.octets import MOST_TAGS_OF_BATCH
from schemas.transactions import REGISTRATION, ROOTS
from signing.certificates import CertificateUnreadable, read_certificate
from signing.trust import Trust
from signing.verify.canonical import XML_NAMESPACE, Canonicalisation, canonical_octets
from signing.verify.envelope import SIGNATURE
from signing.verify.faults import Fault
from signing.verify.identity import check_institution
from signing.verify.policy import Approvals, Approved, Limits, SlotPolicy
from signing.verify.prescreen import check_crowding, check_scope, parse, prescreen_octets
from signing.verify.results import SlotValidation
from signing.verify.signature import Progress, Region, check_signature, check_strength, check_trust, guarded
from signing.verify.stamped import check_timestamps

TRANSACTION = "GIAO_DICH"
BATCH_LIMITS = Limits(octets=64 * 1024 * 1024, attributes=1_000_000, namespaces=200_000, tags=MOST_TAGS_OF_BATCH)
"""Bounds of a batch: what a package may unpack to."""

REGISTRATION_LIMITS = Limits(octets=64 * 1024, attributes=200, namespaces=40)
"""Bounds of a registration: one certificate, one signature."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a transaction's signature stands in."""

    root: str
    """the one root element it may have"""
    identifier: str
    """what the signature refers to"""

    @property
    def path(self) -> str:
        """Where the signature stands."""
        return f"{self.root}/Signature"


BATCH = Envelope("DANH_SACH_HOC_BA", "dataDanhSach")
"""of transactions 1 and 5"""
REGISTERED = Envelope(ROOTS[REGISTRATION], "dataChungThuSo")
"""of transaction 3"""
_CERTIFICATE = "CHUNG_THU_SO"
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
    suites: Sequence[Suite] = SUITES,
) -> SlotValidation:
    """Judge the signature of a whole batch.

    `approved` holds the approved certificates of the sending unit, and is not asked where the policy leaves approvals to
    another; `issued_until`, where known, is the latest KY_PHAT_HANH time of its records, before which no transaction can
    have been signed.
    """
    progress = Progress(TRANSACTION)

    def check() -> None:
        # 1 to 3. Octets, document, place of the signature (assumed layout: last child of DANH_SACH_HOC_BA).
        document, signature = _open(octets, root, BATCH, limits)
        region = Region(document, BATCH.identifier, canonicalise=without_signature, enveloped=True)
        # 4 to 8. As for a slot, the enveloped-signature transform included (XMLDSig 1.1 6.6.4).
        others = check_signature(signature, region, progress, limits=limits)
        # 9. Timestamps, as for a slot.
        check_timestamps(progress, trust, policy=policy, now=at)
        check_strength(progress, suites, now=at)
        # 9. Trust.
        check_trust(progress, others, trust, policy=policy, now=at)
        # 10. Institution and order of times (CV 2088 III.1).
        _check_standing(progress, approved, issued_until, policy)

    return progress.conclude(guarded(check), policy=policy, path=BATCH.path, uuid=None)


def verify_registration(octets: bytes, *, trust: Trust, policy: SlotPolicy, at: datetime) -> SlotValidation:
    """Judge the signature on the content of transaction 3."""
    progress = Progress(TRANSACTION)

    def check() -> None:
        # 1 to 3. As for a batch.
        document, signature = _open(octets, None, REGISTERED, REGISTRATION_LIMITS)
        registered = _registered(document)
        region = Region(document, REGISTERED.identifier, canonicalise=without_signature, enveloped=True)
        # 4 to 8. As for a batch.
        others = check_signature(signature, region, progress, limits=REGISTRATION_LIMITS)
        check_strength(progress, SUITES, now=at)
        # 9. Trust: what no trusted authority issued, or what is revoked, is not registered.
        check_trust(progress, others, trust, policy=policy, now=at)
        # 10. The certificate speaks for itself: nobody registers another's (assumed contract 5).
        if progress.certificate is None or progress.certificate.der != registered:
            raise Fault("registrant-differs", expected=_CERTIFICATE)
        progress.passed.append(10)

    return progress.conclude(guarded(check), policy=policy, path=REGISTERED.path, uuid=None)


def _registered(document: Any) -> bytes:
    """The DER of the one certificate beside the signature."""
    first, *more = document.iterchildren(tag=etree.Element)
    if first.tag != _CERTIFICATE or len(more) != 1 or len(first):
        raise Fault("data-missing", expected=f"{REGISTERED.root}/{_CERTIFICATE}")
    try:
        return read_certificate(first.text or "").der
    except CertificateUnreadable as error:
        raise Fault("certificate-unreadable") from error


def _open(octets: bytes, root: Any | None, envelope: Envelope, limits: Limits) -> tuple[Any, Any]:
    declared = prescreen_octets(octets, limits)
    document = parse(octets) if root is None else root
    check_scope(document, limits, declared=declared)
    check_crowding(document, limits)
    wanted = envelope.identifier
    if document.tag != envelope.root or not any(document.get(name) == wanted for name in _IDENTIFIER_ATTRIBUTES):
        raise Fault("wrong-root", seen=str(document.tag)[:80], expected=f"{envelope.root}[@id='{wanted}']")
    _check_outside(document)
    signatures = document.findall("{*}Signature")
    children = list(document.iterchildren(tag=etree.Element))
    if not signatures:
        raise Fault("slot-missing", expected=envelope.path)
    if len(signatures) > 1 or signatures[0].tag != SIGNATURE or children[-1] is not signatures[0]:
        raise Fault("signature-misplaced", expected=f"{envelope.path}[last()]")
    if len(signatures[0].findall(f".//{SIGNATURE}")):
        raise Fault("signature-misplaced", expected=f"{envelope.path}[last()]")
    _check_identifiers(document, signatures[0], wanted)
    return document, signatures[0]


def _check_outside(document: Any) -> None:
    tree = document.getroottree()
    outside = [*document.itersiblings(preceding=True), *document.itersiblings()]
    instructions = [node for node in outside if node.tag is etree.ProcessingInstruction]
    inside = next(document.iter(etree.ProcessingInstruction, etree.Entity), None)
    if instructions or inside is not None or tree.docinfo.internalDTD is not None:
        raise Fault("comment")


def _check_identifiers(document: Any, signature: Any, wanted: str) -> None:
    """Identifiers repeat between records; those of the whole and of its signature occur once in all of it."""
    counted = Counter(_IDENTIFIERS(document))
    own = {wanted}
    for element in signature.iter():
        own.update(value for name in _IDENTIFIER_ATTRIBUTES if (value := element.get(name)))
    for identifier in own:
        if counted[identifier] > 1:
            raise Fault("identifier-repeated", seen=identifier)


def without_signature(document: Any, how: Canonicalisation) -> bytes:
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


def _check_standing(
    progress: Progress, approved: Approved | None, issued_until: datetime | None, policy: SlotPolicy
) -> None:
    certificate, moment = progress.certificate, progress.signing_time
    if certificate is None or moment is None:
        raise Fault("certificate-missing")
    if policy.approvals is Approvals.REGISTRY:
        check_institution(certificate, approved, school=None, role=TRANSACTION, moment=moment)
    if issued_until is not None and moment < issued_until:
        raise Fault("order-wrong", seen=moment.isoformat(), expected=f"≥ {issued_until.isoformat()}")
    progress.passed.append(10)
