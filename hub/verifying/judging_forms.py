"""A printed form before the verifier of PDF signatures, in a child that can be killed; told of as records are."""

import atexit
import multiprocessing
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from hub.checking.items import Item
from hub.verifying.judging import ONLINE, TrustPlace
from hub.verifying.told import GENERIC, Holder, Judged, Kept, Signature, Verdict
from routes.confined import Cell, Overrun
from schemas.rules.files import NOT_LOOKED_AT
from signing.certificates import certificate_from_der
from signing.printed import Attachment, PdfSignature, PdfValidation, verify_pdf
from signing.printed.problems import Wrong, problem_of
from signing.printed.reading import MOST_OCTETS, attachments_of, open_pdf
from signing.trust import TrustStore
from signing.verify import Algorithms, Indication

__all__ = ["MOST_OCTETS", "attached", "beside", "judge_form"]


def attached(octets: bytes) -> tuple[Attachment, ...]:
    """The files inside; none where it cannot be opened: why is told of the form itself."""
    if len(octets) > MOST_OCTETS:
        return ()
    try:
        found: tuple[Attachment, ...] = _apart(_open, octets)
    except (Wrong, Overrun):
        return ()
    return found


def _open(octets: bytes) -> tuple[Attachment, ...]:
    return attachments_of(open_pdf(octets))


def judge_form(item: Item, place: TrustPlace, at: datetime) -> Judged:
    """The verdict on a form, by a place of trust that another process can read."""
    try:
        judged: Judged = _apart(_judge, item.file, item.content, place, at)
    except Overrun as overrun:
        finding = NOT_LOOKED_AT.finding(values={"reason": str(overrun)})
        verdict = Verdict(Indication.INDETERMINATE, GENERIC, None)
        return Judged(item.file, None, None, None, verdict, (), (finding,), form=True)
    return judged


def _judge(file: str, octets: bytes, place: TrustPlace, at: datetime) -> Judged:
    """What travels back holds no keys: those of `cryptography` cannot."""
    return _told(file, verify_pdf(octets, trust=_store(place), at=at))


@lru_cache(maxsize=2)
def _store(place: TrustPlace) -> TrustStore:
    return place.store()


def _apart(work: Callable[..., Any], *arguments: Any) -> Any:
    """In a child; a process that is one already can be killed itself."""
    if multiprocessing.parent_process() is not None:
        return work(*arguments)
    return _cell().run(work, *arguments)


@cache
def _cell() -> Cell:
    cell = Cell()
    atexit.register(cell.close)
    return cell


def beside(form: Judged, issuer: Holder | None) -> Judged:
    """The form's verdict beside that on its record: it must be signed by whoever sealed the record, or was renewed since."""
    if not form.passed:
        return form
    holders = {certificate_from_der(each.der).subject_der for each in form.holders}
    if issuer is not None and certificate_from_der(issuer.der).subject_der in holders:
        return form
    problem = problem_of("pdf-other-signer")
    verdict = Verdict(problem.indication, problem.sub_indication, problem.cause)
    return replace(form, verdict=verdict, findings=(*form.findings, problem.finding(path=None, seen=None)))


def _told(file: str, validation: PdfValidation) -> Judged:
    of_signatures = {id(finding) for each in validation.signatures for finding in each.findings}
    return Judged(
        file=file,
        number=None,
        uuid=validation.uuid,
        profile=None,
        verdict=Verdict(validation.indication, validation.sub_indication, validation.cause),
        signatures=tuple(_signature(each) for each in validation.signatures),
        findings=tuple(each for each in validation.findings if id(each) not in of_signatures),
        not_checked=(ONLINE,),
        holders=tuple(Holder.of(each.certificate) for each in validation.signatures if each.certificate is not None),
        form=True,
    )


def _signature(signature: PdfSignature) -> Signature:
    method, _, key = signature.algorithms.partition(", ")
    return Signature(
        slot=signature.name,
        path="",
        indication=signature.indication,
        sub_indication=signature.sub_indication,
        cause=signature.cause,
        failed_step=signature.failed_step,
        passed_steps=signature.passed_steps,
        signing_time=signature.signing_time,
        form=None,
        algorithms=Algorithms(method, key, "", "", method.rpartition("-")[2]) if method else None,
        certificate=signature.certificate.sha256 if signature.certificate else None,
        chain=signature.chain,
        findings=signature.findings,
        kept=_kept(signature),
    )


def _kept(signature: PdfSignature) -> Kept | None:
    """None for document timestamps, which prove others."""
    if signature.level is None:
        return None
    told = signature.kept
    if told is None:
        return Kept(signature.level, (), None, None, None, None)
    times = tuple(each.time for each in told.stamps if each.passed and each.time is not None)
    return Kept(signature.level, times, told.proven, told.until, None, told.remark)
