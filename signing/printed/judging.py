"""One signature of a form, judged: steps 3 to 9 of `verify`."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import get_signing_cert_attr, validate_sig_integrity
from pyhanko.sign.validation.status import SignatureCoverageLevel

from schemas.findings import Finding, Severity
from signing.certificates import CertificateUnreadable, certificate_from_der
from signing.indications import Indication
from signing.preserve import Level as Baseline
from signing.preserve import PastTrust
from signing.preserve.problems import problem_of as problem_of_stamp
from signing.printed.changes import check_changes
from signing.printed.embedded import Embedded, is_stamp
from signing.printed.kept import Kept
from signing.printed.problems import Problem, Wrong, problem_of
from signing.printed.reading import entry
from signing.printed.results import Level, PdfSignature
from signing.timestamps.problems import PROBLEMS as STAMPS
from signing.timestamps.problems import REMEDY as STAMP_REMEDY
from signing.trust import Trust
from signing.verify.faults import Fault
from signing.verify.policy import SlotPolicy
from signing.verify.signature import Progress, check_trust

PADES, DETACHED, STAMP = "/ETSI.CAdES.detached", "/adbe.pkcs7.detached", "/ETSI.RFC3161"
_POLICY = SlotPolicy("pdf", frozenset())
_DIGESTS = frozenset({"sha256", "sha384", "sha512"})
_SCHEMES = {"rsassa_pkcs1v15": "rsa", "rsassa_pss": "rsa-pss", "ecdsa": "ecdsa"}
_LEVELS = {Baseline.B: Level.B, Baseline.T: Level.T, Baseline.LT: Level.LT, Baseline.LTA: Level.LTA}


def judge_signature(
    embedded: Embedded, *, kept: Kept, trust: Trust, now: datetime, fields: Collection[str]
) -> PdfSignature:
    """The verdict; `fields` are the names of all that are judged. Never raises for what the file holds."""
    one = _One(embedded, kept)
    cause: Wrong | Fault | None = None
    try:
        one.check(trust, now, fields=fields)
    except (Wrong, Fault) as found:
        cause = found
    except MemoryError:
        raise
    except Exception as error:
        # As in `open_pdf`.
        cause = Wrong("pdf-malformed", seen=type(error).__name__)
    return one.conclude(cause)


class _One:
    """One signature, and what has been established about it."""

    def __init__(self, embedded: Embedded, kept: Kept) -> None:
        self._embedded = embedded
        self._kept = kept
        self._progress = Progress(embedded.field_name)
        self._progress.passed = [1, 2]
        self._level: Level | None = None
        self._algorithms = ""
        self._remarks: list[Finding] = []

    def check(self, trust: Trust, now: datetime, *, fields: Collection[str]) -> None:
        """Steps 3 to 9."""
        embedded, progress = self._embedded, self._progress
        # 3. Form.
        form = str(entry(embedded.sig_object, "/SubFilter", ""))
        stamp = is_stamp(embedded)
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
        check_changes(embedded, fields)
        if stamp:
            self._check_document_timestamp()
            return
        # 6, 7. Digest and value.
        self._check_value()
        # 8. Time, certificate.
        claimed = embedded.self_reported_timestamp
        if claimed is None or claimed.tzinfo is None:
            raise Wrong("pdf-time")
        progress.signing_time = claimed
        progress.passed.append(8)
        # 9. Timestamps and trust: where the file itself tells how the certificate stood, as of the time that is proven.
        self._look_at_what_proves_it()
        others = tuple(certificate_from_der(each.dump()) for each in embedded.other_embedded_certs)
        check_trust(progress, others, PastTrust(trust, self._kept.document), policy=_POLICY, now=now)

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

    def _look_at_what_proves_it(self) -> None:
        """A timestamp that holds proves when; one that does not is as if it were not there (EN 319 102-1 5.5.4)."""
        kept = self._kept.of(self._progress.slot)
        if kept is None:
            return
        self._progress.proven_time = kept.proven
        self._remarks += [_remark(each.cause) for each in kept.stamps if each.cause is not None]
        if self._level is Level.B:
            self._level = _LEVELS[kept.level]

    def _check_document_timestamp(self) -> None:
        stamp, progress = self._kept.stamps.get(self._progress.slot), self._progress
        if stamp is None:
            raise Wrong("pdf-timestamp")
        progress.signing_time, progress.certificate = stamp.told.time, stamp.told.tsa
        if not stamp.told.passed:
            raise Wrong("pdf-timestamp", seen=stamp.told.cause)
        progress.proven_time, progress.chain = stamp.told.time, stamp.chain
        progress.passed += [6, 7, 8, 9]

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
            kept=self._kept.of(progress.slot),
        )


def _remark(cause: str) -> Finding:
    told, stamp = problem_of_stamp(cause), STAMPS.get(cause)
    basis = "ETSI EN 319 102-1 5.2.8" if stamp is None else stamp.basis
    problem = Problem(cause, 9, told.indication, told.sub_indication, told.message, STAMP_REMEDY, basis)
    return replace(problem.finding(path=None, seen=None), severity=Severity.WARNING)
