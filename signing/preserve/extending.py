"""Carrying signatures further: B to T, T to LT, LT to LTA, and a renewal before the last timestamp ages.

Not one octet that stands in the document is changed: properties are put behind those that are there. A signature that
stands inside what another has signed is left as it is; its certificates are kept beside the one that covers it, whose
timestamps prove both.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from signing.preserve.imprint import archived_octets, stamped_octets
from signing.preserve.means import CAUSES, AskForStamp, Means
from signing.preserve.opening import Opened, certificates_of, open_signature
from signing.preserve.places import Document, open_document
from signing.preserve.problems import CannotPreserve
from signing.preserve.results import Level, StampValidation
from signing.preserve.unsigned import Stamp, StampKind
from signing.preserve.validate import Judgement, is_complete, judge_signature
from signing.preserve.writing import Pen, appended
from signing.trust import Lack, PathProblem, TrustFolder, TrustStore
from signing.trust.material import Material, NoMaterial, kept_store, material_for, store_of
from signing.verify.canonical import EXCLUSIVE

_OF_SIGNERS = {problem: problem.value for problem in PathProblem}


def extend(
    octets: bytes,
    *,
    level: Level,
    trust: TrustStore | TrustFolder,
    stamp: AskForStamp,
    algorithm: str = "sha256",
    at: datetime | None = None,
) -> bytes:
    """The record or batch with each of its signatures at least at this level; the same octets where all are.

    `algorithm` is the digest that new timestamps are made over; `at` the present, where it is not the clock's.

    Raises:
        CannotPreserve: a signature does not hold, or something is lacking for the level; it says what and what to do.
    """
    steps: list[_Step] = []
    if level.reaches(Level.T):
        steps.append(_to_t)
    if level.reaches(Level.LT):
        steps.append(_to_lt)
    if level.reaches(Level.LTA):
        steps.append(_to_lta)
    return _each_signature(octets, steps, Means(store_of(trust), stamp, algorithm, at))


def renew(
    octets: bytes,
    *,
    trust: TrustStore | TrustFolder,
    stamp: AskForStamp,
    algorithm: str = "sha256",
    at: datetime | None = None,
) -> bytes:
    """The record or batch with a further archive timestamp over everything that each signature carries.

    To be done before the last timestamp's certificate ends or an algorithm in it ages; with a stronger `algorithm`, the
    data themselves are digested anew.

    Raises:
        CannotPreserve: there is no archive timestamp yet, the last one proves nothing any more, or data are lacking.
    """
    return _each_signature(octets, [_renewed], Means(store_of(trust), stamp, algorithm, at))


_Step = Callable[[Document, int, Means], bytes]


def _each_signature(octets: bytes, steps: Sequence[_Step], means: Means) -> bytes:
    count = len(open_document(octets).signatures)
    for number in range(count):
        for step in steps:
            document = open_document(octets)
            held = document.signatures[number]
            if held.covered_by is not None:
                continue
            octets = step(document, number, means)
            if len(octets) > held.limits.octets:
                raise CannotPreserve("too-large", slot=held.slot)
    open_document(octets)
    return octets


def _to_t(document: Document, number: int, means: Means) -> bytes:
    opened = open_signature(document.signatures[number])
    if opened.unsigned.of_kind(StampKind.SIGNATURE):
        return document.octets
    token = means.token_over(stamped_octets(opened.signature, EXCLUSIVE), slot=opened.held.slot)
    return _with_stamp(document, opened, StampKind.SIGNATURE, token)


def _to_lt(document: Document, number: int, means: Means) -> bytes:
    judgement, opened = _sound(document, number, means)
    if _everybody_complete(document, number, judgement, opened, means):
        return document.octets
    pen, kept = Pen(opened.unsigned), opened.unsigned.kept()
    content = ""
    for stamp, verdict in _signature_stamps(opened, judgement):
        found = _of_stamp(stamp, verdict, means, slot=opened.held.slot).without(kept)
        if found:
            content += pen.validation_data(found, of=stamp.identifier)
            kept += found
    lacking = _of_signers(document, number, judgement, opened, means).without(kept)
    has_values = any(
        each.tag.endswith(("}CertificateValues", "}RevocationValues")) for each in opened.unsigned.properties
    )
    content += pen.further_data(lacking) if has_values and lacking else pen.values(lacking)
    return appended(document, opened.unsigned, content) if content else document.octets


def _to_lta(document: Document, number: int, means: Means) -> bytes:
    judgement, opened = _sound(document, number, means)
    if opened.unsigned.of_kind(StampKind.ARCHIVE):
        return document.octets
    stale = [each for each in _signature_stamps(opened, judgement) if not _still_told(*each, judgement, means)]
    return _archived(document, number, opened, stale, means)


def _renewed(document: Document, number: int, means: Means) -> bytes:
    judgement, opened = _sound(document, number, means)
    if not opened.unsigned.of_kind(StampKind.ARCHIVE):
        raise CannotPreserve("not-archived", slot=opened.held.slot)
    last = (opened.unsigned.stamps[-1], judgement.stamps[-1])
    return _archived(document, number, opened, [last], means)


def _sound(document: Document, number: int, means: Means) -> tuple[Judgement, Opened]:
    """Only what holds now is carried further."""
    held = document.signatures[number]
    judgement = judge_signature(held, trust=means.store, at=means.at)
    if judgement.cause is not None:
        raise CannotPreserve(judgement.cause, slot=held.slot, lack=_lack(judgement, means))
    if judgement.opened is None:
        raise CannotPreserve("form-property", slot=held.slot)
    return judgement, judgement.opened


def _lack(judgement: Judgement, means: Means) -> Lack | None:
    """What is wrong with the revocation data of an authority, where that keeps its timestamp from being believed."""
    for verdict in judgement.stamps:
        if verdict.cause == CAUSES[PathProblem.REVOCATION_UNKNOWN] and verdict.tsa is not None and verdict.time:
            return means.store.standing(verdict.tsa, claimed=verdict.time, now=means.at).lack
    return None


def _archived(
    document: Document,
    number: int,
    opened: Opened,
    proven: Sequence[tuple[Stamp, StampValidation]],
    means: Means,
) -> bytes:
    """With fresh validation data of these timestamps, then an archive timestamp over all of it."""
    pen, kept, content = Pen(opened.unsigned), opened.unsigned.kept(), ""
    for stamp, verdict in proven:
        found = _of_stamp(stamp, verdict, means, slot=opened.held.slot).without(kept)
        if found:
            content += pen.validation_data(found, of=stamp.identifier)
    if content:
        document = open_document(appended(document, opened.unsigned, content))
        opened = open_signature(document.signatures[number])
    covered = archived_octets(
        opened.signature, opened.properties, opened.region, opened.unsigned, before=None, how=EXCLUSIVE
    )
    return _with_stamp(document, opened, StampKind.ARCHIVE, means.token_over(covered, slot=opened.held.slot))


def _with_stamp(document: Document, opened: Opened, kind: StampKind, token: bytes) -> bytes:
    identifier = _new_identifier(document.octets, opened, kind)
    content = Pen(opened.unsigned).stamp(kind, token, identifier=identifier)
    return appended(document, opened.unsigned, content)


def _new_identifier(octets: bytes, opened: Opened, kind: StampKind) -> str:
    """Unique in the document: identifiers are, and numbers go on where they ended."""
    number = len(opened.unsigned.of_kind(kind)) + 1
    while f'"{_identifier(opened, kind, number)}"'.encode() in octets:
        number += 1
    return _identifier(opened, kind, number)


def _identifier(opened: Opened, kind: StampKind, number: int) -> str:
    return f"{opened.held.element.get('Id')}-{kind}-stamp-{number}"


def _signature_stamps(opened: Opened, judgement: Judgement) -> list[tuple[Stamp, StampValidation]]:
    pairs = zip(opened.unsigned.stamps, judgement.stamps, strict=True)
    return [(stamp, verdict) for stamp, verdict in pairs if stamp.kind is StampKind.SIGNATURE]


def _still_told(stamp: Stamp, verdict: StampValidation, judgement: Judgement, means: Means) -> bool:
    """Whether what is kept in the file says by itself, as of now, how a timestamp's authority stands."""
    alone = kept_store(means.store, judgement.kept, alone=True)
    others = certificates_of(stamp.token)
    assert verdict.tsa is not None  # every timestamp has just passed
    assert verdict.time is not None
    return alone.standing(verdict.tsa, claimed=verdict.time, now=means.at, others=others).problem is None


def _of_stamp(stamp: Stamp, verdict: StampValidation, means: Means, *, slot: str) -> Material:
    assert verdict.tsa is not None  # as above
    assert verdict.time is not None
    found = means.material_of(verdict.tsa, time=verdict.time, token=stamp.token, slot=slot)
    return found.without(Material(certificates=tuple(each.der for each in certificates_of(stamp.token))))


def _everybody_complete(document: Document, number: int, judgement: Judgement, opened: Opened, means: Means) -> bool:
    """Its own signer, and those of the signatures that it covers."""
    return is_complete(judgement, opened, means.store) and all(
        covered.opened is None or is_complete(covered, covered.opened, means.store)
        for covered in _covered(document, number, judgement, means)
    )


def _covered(document: Document, number: int, judgement: Judgement, means: Means) -> list[Judgement]:
    inside = [held for held in document.signatures if held.covered_by == number]
    return [judge_signature(held, trust=means.store, at=means.at, above=judgement) for held in inside]


def _of_signers(document: Document, number: int, judgement: Judgement, opened: Opened, means: Means) -> Material:
    """Of its own signer, of those whom it covers, and of the authorities of their timestamps."""
    found = _of_signer(opened, judgement, means)
    for covered in _covered(document, number, judgement, means):
        if covered.opened is None:
            continue
        found += _of_signer(covered.opened, covered, means)
        for stamp, verdict in _signature_stamps(covered.opened, covered):
            if verdict.passed:
                found += _of_stamp(stamp, verdict, means, slot=covered.held.slot)
    return found


def _of_signer(opened: Opened, judgement: Judgement, means: Means) -> Material:
    proven = judgement.proven
    if proven is None:
        raise CannotPreserve("timestamp-malformed", slot=opened.held.slot)
    asked = {"claimed": opened.claimed, "now": proven}
    try:
        found = material_for(means.store, opened.certificate, others=opened.others, **asked)
    except NoMaterial as lacking:
        raise CannotPreserve(_OF_SIGNERS[lacking.problem], slot=opened.held.slot, lack=lacking.lack) from lacking
    for revocation in means.store.standing(opened.certificate, others=opened.others, **asked).revocations:
        if revocation.on_hold:
            raise CannotPreserve("certificate-on-hold", slot=opened.held.slot)
        # Revoked after a time that a timestamp proves: too late to matter (EN 319 102-1 5.5.4).
        if revocation.moment <= proven:
            raise CannotPreserve(
                "issuer-revoked" if revocation.issuer else "certificate-revoked", slot=opened.held.slot
            )
    return found.without(Material(certificates=tuple(each.der for each in (opened.certificate, *opened.others))))
