"""The signatures and timestamps of a PDF as pyHanko finds them, and what their containers hold."""

from typing import Any

from asn1crypto import cms
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.status import SignatureCoverageLevel

from signing.printed.problems import Wrong

MOST_SIGNATURES = 24
"""signatures and document timestamps of a file: a form that is renewed every four years has some twenty in seventy"""
MOST_STAMPS = 8
"""timestamps inside one signature that are looked at"""

Embedded = Any
"""`EmbeddedPdfSignature` of pyHanko, whose members it does not type."""


def signatures_of(reader: PdfFileReader) -> list[Embedded]:
    """All of them, document timestamps included, in the order of signing.

    Raises:
        Wrong: pdf-malformed, pdf-unsigned, or pdf-form where there are too many.
    """
    try:
        found = list(reader.embedded_signatures)
    except Exception as error:
        # As in `open_pdf`.
        raise Wrong("pdf-malformed", seen=type(error).__name__) from error
    if all(is_stamp(each) for each in found):
        raise Wrong("pdf-unsigned")
    if len(found) > MOST_SIGNATURES:
        raise Wrong("pdf-form", seen=f"> {MOST_SIGNATURES}")
    return found


def is_stamp(embedded: Embedded) -> bool:
    """Whether it is a document timestamp."""
    return bool(embedded.sig_object_type == "/DocTimeStamp")


def covers_its_revision(embedded: Embedded) -> bool:
    """Whether it covers all that was there when it was made."""
    return bool(embedded.evaluate_signature_coverage() >= SignatureCoverageLevel.ENTIRE_REVISION)


def token_of(embedded: Embedded) -> bytes:
    """DER of a document timestamp's TimeStampToken."""
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": embedded.signed_data}).dump())


def tokens_of(info: Any) -> list[bytes]:
    """DER of the timestamps that a SignerInfo bears."""
    unsigned = info["unsigned_attrs"]
    return [
        value.dump()
        for attribute in (unsigned or ())
        if attribute["type"].native == "signature_time_stamp_token"
        for value in attribute["values"]
    ]
