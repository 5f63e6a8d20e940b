"""A signed form and the record that it carries: they must be about the same pupil's year, and by the same institution."""

from collections.abc import Sequence
from dataclasses import replace

from pyhanko.pdf_utils.reader import PdfFileReader

from schemas.findings import FindingError
from schemas.identity import identify
from schemas.octets import parse_record
from signing.certificates import Certificate
from signing.printed.problems import Wrong, problem_of
from signing.printed.reading import entry
from signing.printed.results import Attachment, PdfValidation

_TITLE = "Học bạ "


def record_of(reader: PdfFileReader, attachments: Sequence[Attachment]) -> str:
    """The look-up code of the record whose cover the form bears (step 10).

    Raises:
        Wrong: pdf-without-record, pdf-attachments or pdf-other-record.
    """
    if not attachments:
        raise Wrong("pdf-without-record")
    codes = [_code(each) for each in attachments]
    title = str(entry(entry(reader.trailer, "/Info", {}), "/Title", ""))
    for code in codes:
        if title == f"{_TITLE}{code}":
            return code
    raise Wrong("pdf-other-record")


def _code(attachment: Attachment) -> str:
    try:
        code = identify(parse_record(attachment.octets)).uuid
    except FindingError as error:
        raise Wrong("pdf-attachments") from error
    if attachment.name != f"hoc-ba-{code}.xml":
        raise Wrong("pdf-other-record")
    return code


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
