"""The printed form signed as PDF (PAdES baseline, ETSI EN 319 142-1), and such files verified; the work is pyHanko's.

A signature is an incremental update: the octets that were printed stay as they are, the attached XML among them. Keys are
those of `signing.seal`, in the same two steps: `prepare_pdf` freezes what is signed, `PreparedPdf.finish` puts a value to
it; `sign_pdf` does both for a key at hand.
"""

import logging

from signing.printed.appearance import Appearance
from signing.printed.prepared import PreparedPdf
from signing.printed.records import beside_record
from signing.printed.results import Attachment, Level, PdfSignature, PdfValidation
from signing.printed.sealing import FIELD, Unsignable, prepare_pdf, sign_pdf
from signing.printed.verify import verify_pdf

# Its log may quote what a file holds; what matters of it stands in the results.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)

__all__ = [
    "FIELD",
    "Appearance",
    "Attachment",
    "Level",
    "PdfSignature",
    "PdfValidation",
    "PreparedPdf",
    "Unsignable",
    "beside_record",
    "prepare_pdf",
    "sign_pdf",
    "verify_pdf",
]
