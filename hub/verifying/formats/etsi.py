"""A validation report after ETSI TS 119 102-2: one SignatureValidationReport for each signature.

Written against the schema of version 1.2.1 of that standard (its namespace). Taken from it: SignatureIdentifier,
ValidationConstraintsEvaluationReport (the ten steps of `signing.verify`), ValidationTimeInfo, SignersDocument,
SignatureAttributes, SignerInformation, SignatureValidationProcess, SignatureValidationStatus with the certificate chain
and the algorithm, SignatureValidationObjects, SignatureValidator. The report itself is not signed.
"""

import base64
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from lxml import etree

from hub.checking.formats import Look
from hub.checking.words import writable
from hub.verifying.report import Report
from hub.verifying.told import Beside, Holder, Judged, Signature
from schemas.findings import Severity
from signing.verify.algorithms import SIGNATURE_METHODS
from signing.verify.steps import Ending, StepResult

VR = "http://uri.etsi.org/19102/v1.2.1#"
DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
TSL = "http://uri.etsi.org/02231/v2#"
HOCBA = "urn:hocba:validation"
"""names of our own, where the standard leaves them to the validator: the steps by number, further data by name"""
MOST_TOLD = 2_500
"""records and batches that one report tells, at most: a transaction holds 2,000"""
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_NAMESPACES = {"vr": VR, "ds": DS, "XAdES": XADES, "tsl": TSL, "hocba": HOCBA}
_MAIN = "urn:etsi:019102:mainindication:"
_SUB = "urn:etsi:019102:subindication:"
_APPLIED = "urn:etsi:019102:constraintStatus:applied"
_BASIC = "urn:etsi:019102:validationprocess:Basic"
_VALIDATION_PROOF = "urn:etsi:019102:poetype:validation"
_CERTIFICATE = "urn:etsi:019102:validationObject:certificate"
_METHODS = {method.name: uri for uri, method in SIGNATURE_METHODS.items()}


def render(report: Report, look: Look) -> bytes:
    """One XML document, written part by part."""
    told = _told(report)
    stream = io.BytesIO()
    with (
        etree.xmlfile(stream, encoding="utf-8") as file,
        file.element(_name(VR, "ValidationReport"), nsmap=_NAMESPACES),
    ):
        for judged in told:
            for signature in judged.signatures or (None,):
                file.write(_Writer(report, judged, signature).report(), pretty_print=True)
        if not told:
            # The schema wants one at least: files that hold nothing to validate are said to be just that.
            file.write(_nothing(report), pretty_print=True)
        objects = _objects(report, told)
        if objects is not None:
            file.write(objects, pretty_print=True)
        file.write(_validator(report.judged - len(told)), pretty_print=True)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + stream.getvalue() + b"\n"


def _told(report: Report) -> Sequence[Judged]:
    """In the order of the files; where there are too many, those that did not pass before the others."""
    if len(report.results) <= MOST_TOLD:
        return report.results
    kept = sorted(range(len(report.results)), key=lambda place: report.results[place].passed)[:MOST_TOLD]
    return [report.results[place] for place in sorted(kept)]


class _Writer:
    """The report on one signature, or on a record in which none could be looked at."""

    def __init__(self, report: Report, judged: Judged, signature: Signature | None) -> None:
        self._setting = report.setting
        self._holders = report.holders
        self._judged = judged
        self._signature = signature

    def report(self) -> Any:
        """SignatureValidationReport, its parts in the schema's order."""
        element = etree.Element(_name(VR, "SignatureValidationReport"))
        if self._signature is not None:
            self._identifier(element, self._signature)
            self._constraints(element, self._signature)
        _times(element, self._setting.at)
        if self._signature is not None:
            self._document(element, self._signature)
            self._attributes(element, self._signature)
            self._signer(element, self._signature)
        _add(_add(element, VR, "SignatureValidationProcess"), VR, "SignatureValidationProcessID", _BASIC)
        self._status(element)
        return element

    def _identifier(self, element: Any, signature: Signature) -> None:
        told = signature.identifier
        if told is None:
            return
        part = _add(element, VR, "SignatureIdentifier")
        _digest(_add(part, VR, "DigestAlgAndValue"), SHA256, base64.b64encode(told.signed_info).decode())
        _add(part, DS, "SignatureValue", told.value)
        _add(part, VR, "HashOnly", "false")
        _add(part, VR, "DocHashOnly", "false")
        _add(part, VR, "DAIdentifier", " · ".join(filter(None, (*self._place(), signature.slot))))

    def _place(self) -> tuple[str, ...]:
        judged = self._judged
        return (judged.file, "" if judged.number is None else str(judged.number), judged.uuid or "")

    def _constraints(self, element: Any, signature: Signature) -> None:
        part = _add(element, VR, "ValidationConstraintsEvaluationReport")
        for each in signature.steps:
            if each.ending is not Ending.NOT_REACHED:
                self._constraint(part, signature, each)

    def _constraint(self, part: Any, signature: Signature, each: StepResult) -> None:
        constraint = _add(part, VR, "ValidationConstraint")
        _add(constraint, VR, "ValidationConstraintIdentifier", f"{HOCBA}:step:{each.step.number}")
        _add(_add(constraint, VR, "ConstraintStatus"), VR, "Status", _APPLIED)
        status = _add(constraint, VR, "ValidationStatus")
        if each.ending is Ending.PASSED:
            _indicate(status, "PASSED", None)
        else:
            _indicate(status, str(signature.indication).removeprefix("TOTAL-"), signature.sub_indication)

    def _document(self, element: Any, signature: Signature) -> None:
        if signature.identifier is not None:
            part = _add(_add(element, VR, "SignersDocument"), VR, "DigestAlgAndValue")
            _digest(part, signature.identifier.data_method, signature.identifier.data_digest)

    def _attributes(self, element: Any, signature: Signature) -> None:
        part = etree.Element(_name(VR, "SignatureAttributes"))
        if signature.signing_time is not None:
            _add(_add(part, VR, "SigningTime", Signed="true"), VR, "Time", _instant(signature.signing_time))
        if len(part):
            element.append(part)

    def _signer(self, element: Any, signature: Signature) -> None:
        holder = self._holders.get(signature.certificate or "")
        if holder is None:
            return
        part = _add(element, VR, "SignerInformation")
        _add(part, VR, "SignerCertificate", VOReference=_id_of(holder.sha256))
        _add(part, VR, "Signer", holder.subject)

    def _status(self, element: Any) -> None:
        part = _add(element, VR, "SignatureValidationStatus")
        signature, verdict = self._signature, self._judged.verdict
        if signature is None:
            assert verdict is not None
            _indicate(part, verdict.indication, verdict.sub_indication)
        else:
            _indicate(part, str(signature.indication), signature.sub_indication)
        data = _add(part, VR, "AssociatedValidationReportData")
        if signature is not None and signature.certificate in self._holders:
            self._chain(data, signature)
            self._crypto(data, signature)
        self._additional(data)

    def _chain(self, data: Any, signature: Signature) -> None:
        signer, *above = signature.chain or (str(signature.certificate),)
        if above:
            _add(data, VR, "TrustAnchor", VOReference=_id_of(above[-1]))
        chain = _add(data, VR, "CertificateChain")
        _add(chain, VR, "SigningCertificate", VOReference=_id_of(signer))
        for each in above[:-1]:
            _add(chain, VR, "IntermediateCertificate", VOReference=_id_of(each))
        if above:
            _add(chain, VR, "TrustAnchor", VOReference=_id_of(above[-1]))

    def _crypto(self, data: Any, signature: Signature) -> None:
        used = signature.algorithms
        if used is None or used.signature not in _METHODS:
            return
        part = _add(data, VR, "CryptoInformation")
        _add(part, VR, "ValidationObjectId", VOReference=_id_of(str(signature.certificate)))
        _add(part, VR, "Algorithm", _METHODS[used.signature])
        _add(part, VR, "SecureAlgorithm", "false" if signature.failed_step == 4 else "true")

    def _additional(self, data: Any) -> None:
        """What the standard has no member for: the record, its own verdict, what is wrong in words, what was not checked."""
        part = _add(data, VR, "AdditionalValidationReportData")
        for name, value in self._told():
            each = _add(part, VR, "ReportData")
            _add(each, VR, "Type", f"{HOCBA}:{name}")
            _add(each, VR, "Value", writable(value))

    def _told(self) -> Iterator[tuple[str, str]]:
        judged, signature = self._judged, self._signature
        yield "file", judged.file
        yield "record", "" if judged.number is None else str(judged.number)
        yield "uuid", judged.uuid or ""
        if judged.verdict is not None:
            yield "record-indication", judged.verdict.indication
        if signature is not None:
            yield "slot", signature.slot
            yield "cause", signature.cause or ""
        yield "policy", self._setting.policy
        yield "trust", self._setting.trust
        for each in judged.not_checked:
            yield "not-checked", each
        for beside in judged.evidence:
            yield from _evidence(beside)
        findings = (*(signature.findings if signature is not None else ()), *judged.findings)
        for finding in findings:
            kind = "fault" if finding.severity is Severity.ERROR else "remark"
            yield kind, f"{finding.rule}: {finding.message.vi} / {finding.message.en}"


def _evidence(beside: Beside) -> Iterator[tuple[str, str]]:
    """An evidence record beside the file: the schema's own members are about what lies inside a signature."""
    verdict = "/".join(filter(None, (beside.indication, beside.sub_indication)))
    yield "evidence", " · ".join(filter(None, (beside.file, beside.syntax, verdict, beside.cause)))
    if beside.since is not None:
        yield "evidence-since", _instant(beside.since)
    if beside.until is not None:
        yield "evidence-until", _instant(beside.until)
    if beside.decided:
        yield "evidence-decided", "true"
    if beside.message is not None:
        yield "remark", f"{beside.message.vi} / {beside.message.en}"


def _nothing(report: Report) -> Any:
    element = etree.Element(_name(VR, "SignatureValidationReport"))
    _times(element, report.setting.at)
    status = _add(element, VR, "SignatureValidationStatus")
    _indicate(status, "TOTAL-FAILED", "FORMAT_FAILURE")
    return element


def _objects(report: Report, told: Sequence[Judged]) -> Any | None:
    """Certificates: whole where holders may be shown, else by their digests."""
    wanted: dict[str, Holder | None] = {}
    for judged in told:
        for signature in judged.signatures:
            for sha256 in (*signature.chain, *filter(None, (signature.certificate,))):
                wanted[sha256] = report.holders.get(sha256)
    if not wanted:
        return None
    part = etree.Element(_name(VR, "SignatureValidationObjects"))
    for sha256, holder in wanted.items():
        each = _add(part, VR, "ValidationObject", id=_id_of(sha256))
        _add(each, VR, "ObjectType", _CERTIFICATE)
        shown = _add(each, VR, "ValidationObjectRepresentation")
        if holder is not None and holder.der:
            _add(shown, VR, "base64", base64.b64encode(holder.der).decode())
        else:
            _digest(_add(shown, VR, "DigestAlgAndValue"), SHA256, base64.b64encode(bytes.fromhex(sha256)).decode())
    return part


def _validator(beyond: int) -> Any:
    """Who says so: this program, by name and version; it holds no certificate as a validation service would."""
    validator = etree.Element(_name(VR, "SignatureValidator"))
    identity = _add(_add(validator, VR, "DigitalId"), TSL, "Other")
    _add(identity, HOCBA, "Software", f"Hocba Hub {_version()}")
    if beyond:
        _add(validator, HOCBA, "JudgedAndNotTold", str(beyond))
    return validator


def _version() -> str:
    try:
        return version("hocba-hub")
    except PackageNotFoundError:
        return "source"


def _times(element: Any, at: datetime) -> None:
    """Without a timestamp the best time known of a signature is that of the validation."""
    part = _add(element, VR, "ValidationTimeInfo")
    _add(part, VR, "ValidationTime", _instant(at))
    best = _add(part, VR, "BestSignatureTime")
    _add(best, VR, "POETime", _instant(at))
    _add(best, VR, "TypeOfProof", _VALIDATION_PROOF)


def _indicate(element: Any, indication: str, sub_indication: str | None) -> None:
    _add(element, VR, "MainIndication", _MAIN + indication.lower())
    if sub_indication is not None:
        _add(element, VR, "SubIndication", _SUB + sub_indication)


def _digest(element: Any, method: str, value: str) -> None:
    _add(element, DS, "DigestMethod", Algorithm=method)
    _add(element, DS, "DigestValue", value)


def _add(parent: Any, namespace: str, name: str, text: str | None = None, **attributes: str) -> Any:
    element = etree.SubElement(parent, _name(namespace, name), attributes)
    element.text = None if text is None else writable(text)
    return element


def _name(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}"


def _id_of(sha256: str) -> str:
    return f"C-{sha256}"


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
