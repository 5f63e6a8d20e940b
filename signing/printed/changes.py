"""What was added to a form behind its signatures: nothing, further signatures, or what proves them (EN 319 142-1 5.5)."""

from collections.abc import Collection, Sequence

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.validation.status import SignatureCoverageLevel

from signing.printed.embedded import Embedded
from signing.printed.problems import Wrong

_END = b"%%EOF"


def first_revision(reader: PdfFileReader, embedded: Sequence[Embedded]) -> int:
    """Octets before the update that brought the first signature; 0 where it came with the file."""
    revision = min(each.signed_revision for each in embedded)
    if not revision:
        return 0
    octets = reader.stream.getvalue()
    end = octets.find(_END, reader.xrefs.get_startxref_for_revision(revision - 1))
    return end + len(_END) if end >= 0 else 0


def check_end(reader: PdfFileReader, last: Embedded) -> None:
    """Step 5: behind the last signature stands nothing, or whole revisions, of which step 6 has told.

    Raises:
        Wrong: pdf-coverage.
    """
    octets = reader.stream.getvalue()
    if last.coverage is SignatureCoverageLevel.ENTIRE_REVISION and (
        last.signed_revision + 1 >= reader.total_revisions or octets[octets.rfind(_END) + len(_END) :].strip()
    ):
        raise Wrong("pdf-coverage")


def check_changes(embedded: Embedded, fields: Collection[str]) -> None:
    """Step 6. Added since: nothing, what proves signatures later, or signatures in fields that are judged as well.

    Raises:
        Wrong: pdf-changed.
    """
    told = embedded.diff_result
    if not isinstance(told, DiffResult):
        raise Wrong("pdf-changed")
    level, allowed = told.modification_level, embedded.docmdp_level
    if allowed is not None and level > ModificationLevel.LTA_UPDATES and level.value > allowed.value:
        raise Wrong("pdf-changed")
    if level > ModificationLevel.FORM_FILLING or not told.changed_form_fields <= set(fields):
        raise Wrong("pdf-changed")
