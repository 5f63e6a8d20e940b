"""Whether a printed form signed as PDF holds: every signature in it, and that nobody has changed it since.

The steps; a problem bears the number of the one that found it (`signing.verify.steps`):

1.  Raw octets: size, no encryption. [EN 319 102-1 5.2.2]
2.  Reading: strict structure, bounded unpacking, nothing that runs by itself. [ISO 32000-1 7; ISO 19005-3 6.5]
3.  Every signature stands in a field, in a form that is taken: PAdES, or a detached CMS. [EN 319 142-1 6.3]
4.  Structure and whitelist: one signer, RSA or ECDSA with SHA-2, key sizes. [RFC 5652; EN 319 102-1 5.2.8; TT 15/2025]
5.  Each signature covers everything up to its own revision, the last one the whole file. [ISO 32000-1 12.8.1]
6.  Digest; and of what was added after a signature: only further signatures and material for their proof, by pyHanko's
    analysis of differences. [EN 319 102-1 5.2.7; EN 319 142-1 5.5]
7.  Signature value. [EN 319 102-1 5.2.7]
8.  The time that is claimed; the certificate that the signature names. [EN 319 142-1 6.3; EN 319 102-1 5.2.3]
9.  Timestamps; trust in the certificate at the claimed time, as for records. [EN 319 102-1 5.2.6, 5.4, 5.5]
10. The file is about the record that it carries: the same UUID in its title, in the name of what is attached, and inside.
    [QĐ 1789/QĐ-SGDĐT Đ27]

The record inside is judged as records are; `beside_record` puts the two verdicts side by side.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from asn1crypto import cms
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import get_signing_cert_attr, validate_sig_integrity
from pyhanko.sign.validation.status import SignatureCoverageLevel

from schemas.findings import Finding, FindingError, Severity
from schemas.identity import identify
from schemas.octets import parse_record
from signing.certificates import Certificate, CertificateUnreadable, certificate_from_der
from signing.indications import Indication
from signing.printed.problems import Problem, Wrong, problem_of
from signing.printed.reading import attachments_of, open_pdf
from signing.printed.results import Attachment, Level, PdfSignature, PdfValidation
from signing.timestamps import verify_timestamp, verify_timestamp_over
from signing.timestamps.problems import PROBLEMS as STAMPS
from signing.timestamps.problems import REMEDY as STAMP_REMEDY
from signing.trust import Trust
from signing.verify.faults import Fault
from signing.verify.policy import SlotPolicy
from signing.verify.signature import Progress, check_trust

MOST_SIGNATURES = 8
PADES, DETACHED, STAMP = "/ETSI.CAdES.detached", "/adbe.pkcs7.detached", "/ETSI.RFC3161"
_POLICY = SlotPolicy("pdf", frozenset())
_DIGESTS = frozenset({"sha256", "sha384", "sha512"})
_SCHEMES = {"rsassa_pkcs1v15": "rsa", "rsassa_pss": "rsa-pss", "ecdsa": "ecdsa"}
_TITLE = "Học bạ "
_END = b"%%EOF"

Embedded = Any
"""`EmbeddedPdfSignature` of pyHanko, whose members it does not type."""


def verify_pdf(pdf: bytes, *, trust: Trust, at: datetime) -> PdfValidation:
    """Judge a file as of a time; never raises for what the file holds.

    It may take long over a hostile file, or more memory than there is: whoever judges files of strangers does so in a
    process that can be killed.
    """
    found = _Found()
    try:
        _look(pdf, found, trust, at)
    except Wrong as wrong:
        found.wrong = found.wrong or wrong
    except MemoryError:
        raise
    except Exception as error:
        # As in `open_pdf`.
        found.wrong = found.wrong or Wrong("pdf-unreadable", seen=type(error).__name__)
    return _concluded(found, trust)


@dataclass(slots=True)
class _Found:
    """What has been established about a file so far."""

    attachments: tuple[Attachment, ...] = ()
    signatures: tuple[PdfSignature, ...] = ()
    uuid: str | None = None
    first: int = 0
    wrong: Wrong | None = None


def _look(pdf: bytes, found: _Found, trust: Trust, at: datetime) -> None:
    # 1, 2. Raw octets, reading.
    reader = open_pdf(pdf)
    try:
        found.attachments = attachments_of(reader)
    except Wrong as wrong:
        # Its signatures are judged all the same: they say more.
        found.wrong = wrong
    # 3 to 9. Every signature.
    embedded = _signatures(reader)
    found.signatures = _judged(embedded, trust, at)
    _check_end(reader, embedded[-1])
    found.first = _before(reader, embedded)
    # 10. The record.
    found.uuid = _record_of(reader, found.attachments)


def beside_record(validation: PdfValidation, *, issuer: Certificate | None) -> PdfValidation:
    """The verdict beside that on the record inside: step 10, a form is signed by whoever issued the record.

    `issuer` is the certificate of the record's own seal; the form's may be a renewed one of the same holder.
    """
    holders = {each.certificate.subject_der for each in validation.signatures if each.certificate is not None}
    if not validation.passed or (issuer is not None and issuer.subject_der in holders):
        return validation
    problem = problem_of("pdf-other-signer")
    return replace(
        validation,
        indication=problem.indication,
        sub_indication=problem.sub_indication,
        cause=problem.cause,
        findings=(*validation.findings, problem.finding(path=None, seen=None)),
    )


def _signatures(reader: PdfFileReader) -> list[Embedded]:
    try:
        found = list(reader.embedded_signatures)
    except Exception as error:
        # As in `open_pdf`.
        raise Wrong("pdf-malformed", seen=type(error).__name__) from error
    if not any(each.sig_object_type == "/Sig" for each in found):
        raise Wrong("pdf-unsigned")
    if len(found) > MOST_SIGNATURES:
        raise Wrong("pdf-form", seen=f"> {MOST_SIGNATURES}")
    return found


def _before(reader: PdfFileReader, embedded: Sequence[Embedded]) -> int:
    """Octets before the update that brought the first signature; 0 where it came with the file."""
    revision = min(each.signed_revision for each in embedded)
    if not revision:
        return 0
    octets = reader.stream.getvalue()
    end = octets.find(_END, reader.xrefs.get_startxref_for_revision(revision - 1))
    return end + len(_END) if end >= 0 else 0


def _check_end(reader: PdfFileReader, last: Embedded) -> None:
    """Step 5: behind the last signature stands nothing, or whole revisions, of which step 6 has told."""
    octets = reader.stream.getvalue()
    if last.coverage is SignatureCoverageLevel.ENTIRE_REVISION and (
        last.signed_revision + 1 >= reader.total_revisions or octets[octets.rfind(_END) + len(_END) :].strip()
    ):
        raise Wrong("pdf-coverage")


def _judged(embedded: Sequence[Embedded], trust: Trust, at: datetime) -> tuple[PdfSignature, ...]:
    names = {each.field_name for each in embedded}
    judged = []
    for each in embedded:
        one = _One(each)
        cause: Wrong | Fault | None = None
        try:
            one.check(trust, at, fields=names)
        except (Wrong, Fault) as found:
            cause = found
        except MemoryError:
            raise
        except Exception as error:
            # As in `open_pdf`.
            cause = Wrong("pdf-malformed", seen=type(error).__name__)
        judged.append(one.conclude(cause))
    return tuple(judged)


class _One:
    """One signature, and what has been established about it."""

    def __init__(self, embedded: Embedded) -> None:
        self._embedded = embedded
        self._progress = Progress(embedded.field_name)
        self._progress.passed = [1, 2]
        self._level: Level | None = None
        self._algorithms = ""
        self._remarks: list[Finding] = []

    def check(self, trust: Trust, now: datetime, *, fields: Collection[str]) -> None:
        """Steps 3 to 9."""
        embedded, progress = self._embedded, self._progress
        # 3. Form.
        form = str(embedded.sig_object.get("/SubFilter", ""))
        stamp = embedded.sig_object_type == "/DocTimeStamp"
        if form not in ((STAMP,) if stamp else (PADES, DETACHED)):
            raise Wrong("pdf-form", seen=form[:40])
        progress.passed.append(3)
        # 4. Structure, algorithms, key.
        if not stamp:
            self._level = Level.B if form == PADES else Level.CMS
            self._check_algorithms()
        progress.passed.append(4)
        # 5. Coverage.
        embedded.compute_integrity_info()
        if embedded.coverage is None or embedded.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
            raise Wrong("pdf-coverage")
        progress.passed.append(5)
        # 6. Changes since.
        _check_changes(embedded, fields)
        if stamp:
            self._check_document_timestamp(trust, now)
            return
        # 6, 7. Digest and value.
        self._check_value()
        # 8. Time, certificate.
        claimed = embedded.self_reported_timestamp
        if claimed is None or claimed.tzinfo is None:
            raise Wrong("pdf-time")
        progress.signing_time = claimed
        progress.passed.append(8)
        # 9. Timestamp and trust.
        self._look_at_timestamp(trust, now)
        others = tuple(certificate_from_der(each.dump()) for each in embedded.other_embedded_certs)
        check_trust(progress, others, trust, policy=_POLICY, now=now)

    def _check_algorithms(self) -> None:
        info = self._embedded.signer_info
        try:
            certificate = certificate_from_der(self._embedded.signer_cert.dump())
        except CertificateUnreadable as error:
            raise Wrong("pdf-certificate") from error
        except Exception as error:
            # As in `open_pdf`: among others pyHanko's own, when nobody in the container is the signer.
            raise Wrong("pdf-certificate", seen=type(error).__name__) from error
        self._progress.certificate = certificate
        digest = str(info["digest_algorithm"]["algorithm"].native)
        scheme = str(info["signature_algorithm"].signature_algo)
        if digest not in _DIGESTS or scheme not in _SCHEMES or not certificate.key.allowed:
            raise Wrong("pdf-algorithm", seen=f"{scheme} {digest} {certificate.key.name}")
        self._algorithms = f"{_SCHEMES[scheme]}-{digest}, {certificate.key.name}"

    def _check_value(self) -> None:
        embedded, progress = self._embedded, self._progress
        attributes = embedded.signer_info["signed_attrs"]
        if not attributes or (self._level is Level.B and get_signing_cert_attr(attributes.untag()) is None):
            raise Wrong("pdf-certificate")
        try:
            intact, valid = validate_sig_integrity(
                embedded.signer_info, embedded.signer_cert, "data", embedded.compute_digest()
            )
        except SignatureValidationError as error:
            named = error.ades_subindication is not None and "CERTIFICATE" in error.ades_subindication.standard_name
            raise Wrong("pdf-certificate" if named else "pdf-malformed") from error
        if not intact:
            raise Wrong("pdf-digest")
        progress.passed.append(6)
        if not valid:
            raise Wrong("pdf-value")
        progress.passed.append(7)

    def _look_at_timestamp(self, trust: Trust, now: datetime) -> None:
        """One that holds proves when; one that does not is as if it were not there (EN 319 102-1 5.5.4)."""
        value = self._embedded.signer_info["signature"].native
        for token in tokens_of(self._embedded.signer_info)[:MOST_SIGNATURES]:
            told = verify_timestamp_over(token, octets=value, trust=trust, at=now)
            if told.passed and told.time is not None:
                self._progress.proven_time = min(told.time, self._progress.proven_time or told.time)
            elif told.cause is not None:
                self._remarks.append(_remark(told.cause))
        if self._progress.proven_time is not None and self._level is Level.B:
            self._level = Level.T

    def _check_document_timestamp(self, trust: Trust, now: datetime) -> None:
        embedded = self._embedded
        token = cms.ContentInfo({"content_type": "signed_data", "content": embedded.signed_data})
        told = verify_timestamp(token.dump(), digest=embedded.compute_digest(), trust=trust, at=now)
        self._progress.signing_time, self._progress.certificate = told.time, told.tsa
        if not told.passed:
            raise Wrong("pdf-timestamp", seen=told.cause)
        self._progress.proven_time, self._progress.chain = told.time, told.chain
        self._progress.passed += [6, 7, 8, 9]

    def conclude(self, found: Wrong | Fault | None) -> PdfSignature:
        """The verdict."""
        progress = self._progress
        cause = None if found is None else found.cause if isinstance(found, Wrong) else found.kind.cause
        problem = None if cause is None else problem_of(cause)
        told = () if found is None or problem is None else (problem.finding(path=progress.slot, seen=found.seen),)
        return PdfSignature(
            name=progress.slot,
            indication=problem.indication if problem else Indication.PASSED,
            sub_indication=problem.sub_indication if problem else None,
            cause=cause,
            failed_step=problem.step if problem else None,
            passed_steps=tuple(step for step in progress.passed if problem is None or step != problem.step),
            level=self._level,
            covers_file=self._embedded.coverage is SignatureCoverageLevel.ENTIRE_FILE,
            signing_time=progress.signing_time,
            stamped_time=progress.proven_time,
            algorithms=self._algorithms,
            chain=progress.chain,
            certificate=progress.certificate,
            findings=(*told, *self._remarks),
        )


def _check_changes(embedded: Embedded, fields: Collection[str]) -> None:
    """Added since: nothing, what proves signatures later, or signatures that are judged here as well."""
    told = embedded.diff_result
    if not isinstance(told, DiffResult):
        raise Wrong("pdf-changed")
    level, allowed = told.modification_level, embedded.docmdp_level
    if allowed is not None and level > ModificationLevel.LTA_UPDATES and level.value > allowed.value:
        raise Wrong("pdf-changed")
    if level > ModificationLevel.FORM_FILLING or not told.changed_form_fields <= set(fields):
        raise Wrong("pdf-changed")


def tokens_of(info: Any) -> list[bytes]:
    """DER of the timestamps that a SignerInfo bears."""
    unsigned = info["unsigned_attrs"]
    return [
        value.dump()
        for attribute in (unsigned or ())
        if attribute["type"].native == "signature_time_stamp_token"
        for value in attribute["values"]
    ]


def _remark(cause: str) -> Finding:
    stamp = STAMPS[cause]
    problem = Problem(cause, 9, stamp.indication, stamp.sub_indication, stamp.message, STAMP_REMEDY, stamp.basis)
    return replace(problem.finding(path=None, seen=None), severity=Severity.WARNING)


def _record_of(reader: PdfFileReader, attachments: Sequence[Attachment]) -> str:
    if not attachments:
        raise Wrong("pdf-without-record")
    codes = []
    for each in attachments:
        try:
            code = identify(parse_record(each.octets)).uuid
        except FindingError as error:
            raise Wrong("pdf-attachments") from error
        if each.name != f"hoc-ba-{code}.xml":
            raise Wrong("pdf-other-record")
        codes.append(code)
    trailer: Any = reader.trailer
    title = str(trailer["/Info"].get("/Title", "")) if "/Info" in trailer else ""
    for code in codes:
        if title == f"{_TITLE}{code}":
            return code
    raise Wrong("pdf-other-record")


def _concluded(found: _Found, trust: Trust) -> PdfValidation:
    """The gravest word counts: what failed before what is open, a signature before the file around it."""
    wrong = found.wrong
    told = [
        (f"{each.name}:{each.cause}", problem_of(each.cause)) for each in found.signatures if each.cause is not None
    ]
    told += [] if wrong is None else [(wrong.cause, problem_of(wrong.cause))]
    gravest = min(told, key=lambda each: each[1].indication is not Indication.FAILED, default=None)
    own = () if wrong is None else (problem_of(wrong.cause).finding(path=None, seen=wrong.seen),)
    return PdfValidation(
        indication=gravest[1].indication if gravest else Indication.PASSED,
        sub_indication=gravest[1].sub_indication if gravest else None,
        cause=gravest[0] if gravest else None,
        signatures=found.signatures,
        attachments=found.attachments,
        uuid=found.uuid,
        first_revision=found.first,
        trust=trust.state,
        findings=(*own, *(finding for each in found.signatures for finding in each.findings)),
    )
