"""Signs a printed form: an incremental update with one signature field, visible in its place or invisible.

The first signature certifies (ISO 32000-1 12.8.2.2): after it nothing may be added but further signatures, so that whoever
confirms the copy later still can, and readers tell any other change.
"""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigAppearanceSetup, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from signing.printed.appearance import Appearance, field_of, style_of
from signing.printed.containers import digest_name, signed_attributes
from signing.printed.prepared import PreparedPdf
from signing.seal.keys import AnyKey, SealingKey

FIELD = "KY_PHAT_HANH"
"""name of the field of the institution's signature, as the record's own slot is called"""
LABEL = "Chữ ký số của cơ sở giáo dục / The institution's signature"
ROOM = 20_000
"""octets kept for the signature beside its certificates: a timestamp with its own chain has room"""


class Unsignable(Exception):
    """The PDF cannot be signed: it is none, is encrypted, or forbids further signatures."""


class Writer(IncrementalPdfFileWriter):
    """Leaves the document's metadata alone: the form has its own, in two places that PDF/A wants to agree."""

    def _update_meta(self) -> None:
        pass


def begun(pdf: bytes) -> bytes:
    """PDF/A wants every object to begin on a line of its own (ISO 19005-3 6.1.9), the first one of an update too."""
    return pdf if pdf.endswith(b"\n") else pdf + b"\n"


def prepare_pdf(
    pdf: bytes,
    *,
    key: AnyKey,
    at: datetime,
    appearance: Appearance | None = None,
    field: str = FIELD,
    label: str = LABEL,
) -> PreparedPdf:
    """Everything but the signature's value; `at` is what the signature says of its time.

    Raises:
        Unsignable: the file is no PDF that may be signed.
    """
    chain = tuple(each.der for each in key.chain)
    try:
        writer = Writer(io.BytesIO(begun(pdf)))
        if writer.security_handler is not None:
            raise Unsignable("encrypted")
        first = not any(True for _ in enumerate_sig_fields(writer.prev, filled_status=True))
        steps = PdfCMSEmbedder(field_of(field, label, appearance)).write_cms(field, writer)
        next(steps)
        writer.register_extension(ESIC_EXTENSION_1)
        certify = SigMDPSetup(digest_name(key.method), certify=True, docmdp_perms=MDPPerm.FILL_FORMS)
        setup = _setup(at, appearance, room=ROOM + sum(map(len, chain)))
        steps.send(replace(setup, mdp_setup=certify) if first else setup)
        told, output = steps.send(SigIOSetup(md_algorithm=digest_name(key.method)))
    except (PdfError, SigningError, ValueError, LookupError) as error:
        raise Unsignable(type(error).__name__) from error
    return PreparedPdf(
        output.getvalue(),
        told.reserved_region_start,
        told.reserved_region_end,
        signed_attributes(chain[0], method=key.method, digest=told.document_digest),
        key.method,
        chain,
    )


def _setup(at: datetime, appearance: Appearance | None, *, room: int) -> SigObjSetup:
    placeholder = SignatureObject(timestamp=at, subfilter=SigSeedSubFilter.PADES, bytes_reserved=2 * room)
    shown = None if appearance is None else SigAppearanceSetup(style_of(appearance), at, None)
    return SigObjSetup(placeholder, appearance_setup=shown)


def sign_pdf(
    pdf: bytes,
    *,
    key: SealingKey,
    at: datetime,
    appearance: Appearance | None = None,
    stamp: Callable[[bytes], bytes] | None = None,
) -> bytes:
    """The PDF signed on the spot; `stamp` turns octets into a TimeStampToken (DER) over them.

    Raises:
        Unsignable: the file is no PDF that may be signed.
        HomeDown: the token that holds the key does not answer.
    """
    prepared = prepare_pdf(pdf, key=key, at=at, appearance=appearance)
    value = key.sign(prepared.octets)
    return prepared.finish(value, token=None if stamp is None else stamp(prepared.to_be_stamped(value)))
