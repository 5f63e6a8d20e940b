"""Signed forms carried further: B to T, LT and LTA (PAdES baseline, EN 319 142-1 5.4, 5.5), and renewed before they age.

Whatever is added stands in revisions of its own behind the signatures: a timestamp over the document, certificates, lists
and responses in the document security store. Not one octet that is there is changed. One timestamp covers every signature.
"""

import io
from datetime import datetime
from itertools import count
from typing import Any

from asn1crypto import cms, crl, ocsp
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp
from pyhanko.sign.validation import DocumentSecurityStore

from signing.indications import Indication
from signing.preserve import AskForStamp, CannotPreserve, DocumentPreservation, Level, Problem
from signing.preserve.means import Means
from signing.printed.embedded import signatures_of
from signing.printed.kept import Kept, Signer, Stamp, kept_in
from signing.printed.problems import Wrong, problem_of
from signing.printed.reading import MOST_OCTETS, open_pdf
from signing.printed.sealing import Writer, begun
from signing.printed.verify import verify_pdf
from signing.trust import TrustFolder, TrustStore
from signing.trust.material import Material, NoMaterial, kept_store, material_for, store_of

ROOM = 12_000
"""octets kept for a timestamp: it comes with its authority's own chain"""
_TRUST, _RECORD = 9, 10
"""steps: what a timestamp does not ask about, and what is no matter of signatures"""
_placeholder: Any = DocumentTimestamp
_FIELD = "DAU_THOI_GIAN"
_LABEL = "Dấu thời gian / Timestamp"


def validate_form(octets: bytes, *, trust: TrustStore | TrustFolder, at: datetime) -> DocumentPreservation:
    """What each signature of a form carries for later years; `at` is the present.

    Raises:
        CannotPreserve: a signature does not hold, or something was changed since.
    """
    _be_sound(octets, store_of(trust), at)
    return _kept(octets, store_of(trust), at).document


def extend_form(
    octets: bytes,
    *,
    level: Level,
    trust: TrustStore | TrustFolder,
    stamp: AskForStamp,
    algorithm: str = "sha256",
    at: datetime | None = None,
) -> bytes:
    """The form with each of its signatures at least at this level; the same octets where all are.

    `algorithm` is the digest that new timestamps are made over; `at` the present, where it is not the clock's.

    Raises:
        CannotPreserve: a signature does not hold, or something is lacking for the level; it says what and what to do.
    """
    means = Means(store_of(trust), stamp, algorithm, at)
    _be_sound(octets, means.store, means.at, before=_TRUST)
    kept = _kept(octets, means.store, means.at)
    if level.reaches(Level.T) and any(each.proven is None for each in kept.signers):
        octets = _bounded(_dated(octets, Material(), means))
    if level.reaches(Level.LT):
        octets = _bounded(_proven(octets, means))
    if level.reaches(Level.LTA) and not _kept(octets, means.store, means.at).document.level.reaches(Level.LTA):
        octets = _bounded(_dated(octets, _stale(octets, means), means))
    return octets


def renew_form(
    octets: bytes,
    *,
    trust: TrustStore | TrustFolder,
    stamp: AskForStamp,
    algorithm: str = "sha256",
    at: datetime | None = None,
) -> bytes:
    """The form with a further timestamp over all of it, and fresh validation data of the one before it.

    To be done before the last timestamp's certificate ends or an algorithm in it ages.

    Raises:
        CannotPreserve: there is no archive timestamp yet, the last one proves nothing any more, or data are lacking.
    """
    means = Means(store_of(trust), stamp, algorithm, at)
    _be_sound(octets, means.store, means.at)
    kept = _kept(octets, means.store, means.at)
    if not kept.document.level.reaches(Level.LTA):
        raise CannotPreserve("not-archived")
    last = list(kept.stamps.values())[-1]
    return _bounded(_dated(octets, _of_stamp(last, means, slot="").without(kept.material), means))


def _be_sound(octets: bytes, store: TrustStore, at: datetime, *, before: int = _RECORD) -> None:
    """Only what holds now is carried further; of later steps than those before this one nothing is asked."""
    told = verify_pdf(octets, trust=store, at=at)
    for each in told.signatures:
        if each.cause is not None and (problem_of(each.cause).step < before or each.indication is Indication.FAILED):
            raise _cannot(each.cause, slot=each.name)
    if not told.signatures or (told.cause is not None and ":" not in told.cause):
        cause = told.cause or "pdf-unsigned"
        if problem_of(cause).step < _RECORD:
            raise _cannot(cause)


def _cannot(cause: str, *, slot: str = "") -> CannotPreserve:
    known = problem_of(cause)
    problem = Problem(cause, known.message, known.remedy, known.indication, known.sub_indication)
    return CannotPreserve(cause, slot=slot, problem=problem)


def _kept(octets: bytes, store: TrustStore, at: datetime) -> Kept:
    try:
        reader = open_pdf(octets)
        return kept_in(reader, signatures_of(reader), trust=store, at=at)
    except Wrong as wrong:
        raise _cannot(wrong.cause) from wrong


def _proven(octets: bytes, means: Means) -> bytes:
    """With certificates, lists and responses of everybody in the file's security store."""
    kept = _kept(octets, means.store, means.at)
    if not kept.document.level.reaches(Level.LT):
        found = Material()
        for signer in kept.signers:
            found += _of_signer(signer, means)
            for stamp in signer.stamps:
                if stamp.told.passed:
                    found += _of_stamp(stamp, means, slot=signer.name)
        octets = _with(octets, found.without(kept.material))
    _be_sound(octets, means.store, means.at)
    return octets


def _stale(octets: bytes, means: Means) -> Material:
    """Fresh data of the timestamps of whose authorities the file itself says nothing any more."""
    kept = _kept(octets, means.store, means.at)
    alone = kept_store(means.store, kept.material, alone=True)
    found = Material()
    for stamp in (each for signer in kept.signers for each in signer.stamps if each.told.passed):
        if not stamp.stands(alone, means.at):
            found += _of_stamp(stamp, means, slot="")
    return found.without(kept.material)


def _of_signer(signer: Signer, means: Means) -> Material:
    assert signer.proven is not None  # a timestamp has just been added where there was none
    try:
        return material_for(
            means.store, signer.certificate, claimed=signer.claimed, now=signer.proven, others=signer.others
        ) + Material(certificates=(signer.certificate.der,))
    except NoMaterial as lacking:
        raise CannotPreserve(lacking.problem.value, slot=signer.name, lack=lacking.lack) from lacking


def _of_stamp(stamp: Stamp, means: Means, *, slot: str) -> Material:
    assert stamp.told.tsa is not None  # it has just passed
    assert stamp.told.time is not None
    return means.material_of(stamp.told.tsa, time=stamp.told.time, token=stamp.token, slot=slot)


def _with(octets: bytes, material: Material) -> bytes:
    """One more revision, with this in the security store."""
    writer: Any = Writer(io.BytesIO(begun(octets)))
    _store(writer, material)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def _store(writer: Any, material: Material) -> None:
    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        None,
        certs=[asn1_x509.Certificate.load(each) for each in material.certificates],
        ocsps=[ocsp.OCSPResponse.load(each) for each in material.responses],
        crls=[crl.CertificateList.load(each) for each in material.lists],
    )


def _dated(octets: bytes, material: Material, means: Means) -> bytes:
    """One more revision: this in the security store, and a timestamp over the whole."""
    writer = Writer(io.BytesIO(begun(octets)))
    try:
        if material:
            _store(writer, material)
        name = _new_name(writer)
        steps = PdfCMSEmbedder(SigFieldSpec(name, readable_field_name=_LABEL)).write_cms(name, writer)
        next(steps)
        writer.register_extension(ESIC_EXTENSION_1)
        steps.send(SigObjSetup(_placeholder(bytes_reserved=2 * ROOM)))
        told, output = steps.send(SigIOSetup(md_algorithm=means.algorithm))
        token = means.token(told.document_digest)
        told.fill_with_cms(output, cms.ContentInfo.load(token))
    except (PdfError, SigningError, ValueError, LookupError) as error:
        raise _cannot("pdf-malformed") from error
    return bytes(output.getvalue())


def _new_name(writer: Any) -> str:
    taken = {each.field_name for each in signatures_of(writer.prev)}
    return next(name for number in count(1) if (name := f"{_FIELD}_{number}") not in taken)


def _bounded(octets: bytes) -> bytes:
    if len(octets) > MOST_OCTETS:
        raise CannotPreserve("too-large")
    return octets
