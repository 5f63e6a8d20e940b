"""What another library says of the same signatures: an independent witness for tests, and for staff on demand.

A second opinion is about the core of a signature: digests and value, under the certificate it carries. Places, paths,
approvals, names and dates are `signing.verify`'s own matter; an accepting witness never makes a record pass.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version
from typing import Any

import xmlsec
from cryptography import x509
from lxml import etree
from signxml.verifier import SignatureConfiguration, XMLVerifier

from schemas.profiles import Slot
from signing.certificates import Certificate, read_certificate
from signing.verify.envelope import DS, SIGNATURE
from signing.verify.locate import untied
from signing.verify.policy import Limits
from signing.verify.prescreen import check_crowding, check_scope, parse, prescreen_octets
from signing.verify.transaction import BATCH_LIMITS, TRANSACTION

_IDENTIFIERS = ("Id", "ID", "id")
_TRANSFORMS = (
    xmlsec.constants.TransformEnveloped,
    xmlsec.constants.TransformExclC14N,
    xmlsec.constants.TransformInclC14N,
    xmlsec.constants.TransformInclC14N11,
    xmlsec.constants.TransformSha256,
    xmlsec.constants.TransformSha384,
    xmlsec.constants.TransformSha512,
)
_METHODS = (
    xmlsec.constants.TransformExclC14N,
    xmlsec.constants.TransformInclC14N,
    xmlsec.constants.TransformInclC14N11,
    xmlsec.constants.TransformRsaSha256,
    xmlsec.constants.TransformRsaSha384,
    xmlsec.constants.TransformRsaSha512,
    xmlsec.constants.TransformEcdsaSha256,
    xmlsec.constants.TransformEcdsaSha384,
    xmlsec.constants.TransformEcdsaSha512,
)


class Engine(StrEnum):
    """Who is asked."""

    SIGNXML = "signxml"
    """signxml, on lxml and `cryptography`."""
    XMLSEC = "xmlsec1"
    """libxmlsec1, on OpenSSL, through python-xmlsec."""

    @property
    def version(self) -> str:
        """Which version answers."""
        if self is Engine.SIGNXML:
            return f"signxml {version('signxml')}"
        library = ".".join(map(str, xmlsec.get_libxmlsec_version()))  # type: ignore[attr-defined]  # its stubs lack it
        return f"libxmlsec1 {library} (python-xmlsec {version('xmlsec')})"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one engine says of one signature."""

    engine: Engine
    """Who was asked."""
    slot: str
    """Name of the slot, `GIAO_DICH` for a transaction."""
    path: str
    """Where the slot stands in the record; empty for a transaction."""
    accepted: bool
    """The signature holds and covers the data region."""
    reason: str | None
    """Why not, in the engine's own words; None when accepted."""


@dataclass(frozen=True, slots=True)
class _Question:
    slot: str
    path: str
    region_path: str
    region_id: str

    @property
    def place(self) -> str:
        """What lxml is asked for: the element that holds the signature."""
        return f"./{self.path}/" if self.path else "./"


def second_opinions(octets: bytes, slots: Sequence[Slot], *, engine: Engine) -> tuple[Opinion, ...]:
    """One opinion for each signed slot of a record, in the profile's order."""
    limits = Limits()
    declared = prescreen_octets(octets, limits)
    root = parse(octets)
    check_scope(root, limits, declared=declared)
    check_crowding(root, limits)
    questions = (_Question(slot.name, slot.path, slot.region_path, slot.region_id) for slot in untied(root, slots))
    return tuple(
        _ask(root, question, engine) for question in questions if root.find(question.place + SIGNATURE) is not None
    )


def second_opinion_on_transaction(octets: bytes, *, engine: Engine, region: str = "dataDanhSach") -> Opinion:
    """An opinion on the signature of a whole batch, or of the content of another transaction by its identifier."""
    declared = prescreen_octets(octets, BATCH_LIMITS)
    root = parse(octets)
    check_scope(root, BATCH_LIMITS, declared=declared)
    check_crowding(root, BATCH_LIMITS)
    return _ask(root, _Question(TRANSACTION, "", ".", region), engine)


def _ask(root: Any, question: _Question, engine: Engine) -> Opinion:
    signature = root.find(question.place + SIGNATURE)
    try:
        _check_region(root, signature, question)
        _ENGINES[engine](root, signature, question)
    except Exception as error:
        # Both engines raise many kinds of error on what they refuse; the words of each are its opinion.
        reason = f"{type(error).__name__}: {error}"[:200]
        return Opinion(engine, question.slot, question.path, accepted=False, reason=reason)
    return Opinion(engine, question.slot, question.path, accepted=True, reason=None)


def _check_region(root: Any, signature: Any, question: _Question) -> None:
    """Neither engine asks what is covered, and one would read files: only places inside the document, the data too."""
    uris = [reference.get("URI", "") for reference in signature.iter(f"{DS}Reference")]
    region = root.find(question.region_path)
    if len(uris) > Limits().references:
        raise ValueError("too many references")
    if any(not uri.startswith("#") for uri in uris) or f"#{question.region_id}" not in uris:
        raise ValueError("the data region is not what is signed")
    if region is None or question.region_id not in _identifiers(region):
        raise ValueError("the data region does not bear its identifier")


def _identifiers(element: Any) -> set[str]:
    return {value for name in _IDENTIFIERS if (value := element.get(name))}


class _Verifier(XMLVerifier):
    """signxml, reading every spelling of identifiers.

    It canonicalises SignedInfo in place, where libxml2 2.14 forgets the default namespace for inclusive methods; a copy
    that stands alone, as signxml itself makes of what is referenced, does not suffer from that.
    """

    id_attributes = _IDENTIFIERS

    def _c14n(self, nodes: Any, algorithm: Any, inclusive_ns_prefixes: Any = None) -> Any:
        alone = etree.fromstring(etree.tostring(nodes, with_tail=False)) if etree.iselement(nodes) else nodes
        return super()._c14n(alone, algorithm, inclusive_ns_prefixes)


def _signxml(root: Any, signature: Any, question: _Question) -> None:
    certificate = _certificate(signature)
    expected = SignatureConfiguration(
        location=question.place,
        expect_references=len(signature.findall(f"{DS}SignedInfo/{DS}Reference")),
        verification_time=certificate.not_before,
    )
    # The official SigningTime stands in no namespace, which the schema of XMLDSig does not foresee.
    _Verifier().verify(
        root,
        x509_cert=x509.load_der_x509_certificate(certificate.der),
        validate_schema=False,
        expect_config=expected,
    )


def _xmlsec(root: Any, signature: Any, question: _Question) -> None:
    context = xmlsec.SignatureContext()
    for transform in _TRANSFORMS:
        context.enable_reference_transform(transform)
    for method in _METHODS:
        context.enable_signature_transform(method)
    for element in (root.find(question.region_path), *signature.iter()):
        for name in _IDENTIFIERS:
            if element.get(name):
                context.register_id(element, name)
    context.key = xmlsec.Key.from_memory(_certificate(signature).der, xmlsec.constants.KeyDataFormatCertDer)
    context.verify(signature)


def _certificate(signature: Any) -> Certificate:
    """The one certificate that no other one beside it was issued by."""
    found = [read_certificate(element.text or "") for element in signature.iter(f"{DS}X509Certificate")]
    issuers = {certificate.issuer_der for certificate in found}
    (signer,) = [one for one in found if len(found) == 1 or one.subject_der not in issuers]
    return signer


_ENGINES: Mapping[Engine, Callable[[Any, Any, _Question], None]] = {Engine.SIGNXML: _signxml, Engine.XMLSEC: _xmlsec}
