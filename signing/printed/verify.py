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

from dataclasses import dataclass
from datetime import datetime

from signing.indications import Indication
from signing.printed.changes import check_end, first_revision
from signing.printed.embedded import signatures_of
from signing.printed.judging import judge_signature
from signing.printed.kept import kept_in
from signing.printed.problems import Wrong, problem_of
from signing.printed.reading import attachments_of, open_pdf
from signing.printed.records import record_of
from signing.printed.results import Attachment, PdfSignature, PdfValidation
from signing.trust import Trust, TrustFolder, TrustStore
from signing.trust.material import store_of


def verify_pdf(pdf: bytes, *, trust: TrustStore | TrustFolder, at: datetime) -> PdfValidation:
    """Judge a file as of a time; never raises for what the file holds.

    It may take long over a hostile file, or more memory than there is: whoever judges files of strangers does so in a
    process that can be killed.
    """
    found = _Found()
    try:
        _look(pdf, found, store_of(trust), at)
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


def _look(pdf: bytes, found: _Found, trust: TrustStore, at: datetime) -> None:
    # 1, 2. Raw octets, reading.
    reader = open_pdf(pdf)
    try:
        found.attachments = attachments_of(reader)
    except Wrong as wrong:
        # Its signatures are judged all the same: they say more.
        found.wrong = wrong
    # 3 to 9. Every signature.
    embedded = signatures_of(reader)
    kept, fields = kept_in(reader, embedded, trust=trust, at=at), {each.field_name for each in embedded}
    found.signatures = tuple(judge_signature(each, kept=kept, trust=trust, now=at, fields=fields) for each in embedded)
    check_end(reader, embedded[-1])
    found.first = first_revision(reader, embedded)
    # 10. The record.
    found.uuid = record_of(reader, found.attachments)


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
