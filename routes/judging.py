"""A file that somebody brings, judged as the hub judges: what it is, every signature in it, the record's structure.

Everything here runs in a child that can be killed (`routes.confined`), and what comes back are plain values. The work has two
parts, because the approvals of the schools are in the ledger: `examine` opens a file, `judge` verifies the records in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from connectors.official import read_batch_xml
from ledger.registry import ApprovedRow
from routes.cargo import Verifiers
from routes.judged import Examined, FormVerdict, Inside, RecordVerdict, Signed, Terms
from routes.verify import approvals
from schemas.check import Checker, unknown_version
from schemas.findings import Finding, FindingError, Severity
from schemas.identity import identify
from schemas.octets import parse_record
from schemas.policies import SlotsPolicy
from schemas.profiles import Profile, profile_of, profiles
from signing.certificates import Certificate
from signing.indications import Indication
from signing.preserve import verify_record
from signing.printed import PdfSignature, PdfValidation, beside_record, verify_pdf
from signing.trust import TrustStore
from signing.verify import Approvals, RecordValidation, SlotValidation
from transformers.printed.form import NotOnePupilError, TooLongError
from transformers.printed.press import Press
from transformers.printed.reading import NotPrintableError, printable_of
from transformers.printed.signatures import State

PDF = b"%PDF-"
SEAL = "KY_PHAT_HANH"
MOST_RECORDS = 200
"""records of one file that are judged"""


def examine(octets: bytes, terms: Terms) -> Examined:
    """Open a file; the signatures of a PDF are judged at once."""
    if octets.startswith(PDF):
        told = verify_pdf(octets, trust=_trust(terms), at=datetime.now(UTC))
        inside = [_inside(each.octets) for each in told.attachments]
        return Examined(_form(told), tuple(each for each in inside if each is not None), 0, ())
    try:
        items = read_batch_xml(octets, terms.limits).items
    except FindingError as error:
        return Examined(None, (), 0, error.findings)
    records = [_inside(item.octets) for item in items[:MOST_RECORDS]]
    unread = tuple(finding for item in items if item.findings for finding in item.findings)[:MOST_RECORDS]
    return Examined(
        None, tuple(each for each in records if each is not None), max(0, len(items) - MOST_RECORDS), unread
    )


def _inside(octets: bytes) -> Inside | None:
    try:
        told = identify(parse_record(octets))
    except FindingError:
        return None
    return Inside(told.uuid or "", told.school_code or "", octets)


def judge(
    octets: bytes, examined: Examined, approved: Mapping[str, tuple[ApprovedRow, ...]], terms: Terms
) -> tuple[FormVerdict | None, tuple[RecordVerdict, ...]]:
    """Verify the records of a file, and hold a PDF against them."""
    verifiers = Verifiers(
        terms.slots, _trust(terms), terms.slots.policy, Approvals.REGISTRY, approved_slots=terms.approved_slots
    )
    judged = [_judged(each, approved, verifiers, terms) for each in examined.records]
    verdicts = tuple(verdict for verdict, _ in judged)
    form = examined.form
    if form is None or form.indication != Indication.PASSED:
        return form, verdicts
    issuer = next((seal for verdict, seal in judged if verdict.uuid == form.uuid), None)
    again = verify_pdf(octets, trust=_trust(terms), at=datetime.now(UTC))
    same = _reprinted(octets[: again.first_revision], examined.records, terms)
    return replace(_form(beside_record(again, issuer=issuer)), reprinted=same), verdicts


def _judged(
    inside: Inside, approved: Mapping[str, tuple[ApprovedRow, ...]], verifiers: Verifiers, terms: Terms
) -> tuple[RecordVerdict, Certificate | None]:
    """The verdict, and the certificate of the record's own seal where that holds."""
    root = parse_record(inside.octets)
    told = identify(root)
    profile = profile_of(told.version, told.level)
    if profile is None:
        findings = (unknown_version(root),)
        failed = RecordVerdict(inside.uuid, inside.school, Indication.FAILED, "version", (), findings, (), ())
        return failed, None
    verifier = verifiers.of(profile, root)
    registry = approvals(inside.school, approved.get(inside.school, ()))
    validation = verify_record(verifier, inside.octets, root, registry=registry, at=datetime.now(UTC))
    verdict = _record(inside, validation, _structure(profile, root, terms))
    seal = next((each for each in validation.slots if each.slot == SEAL and each.passed), None)
    return verdict, None if seal is None or seal.signer is None else seal.signer.certificate


def _structure(profile: Profile, root: Any, terms: Terms) -> tuple[Finding, ...]:
    found = _checker(profile.name, terms.slots).check(root)
    # What signatures there must be is the verifier's word.
    return tuple(each for each in found if each.severity is Severity.ERROR and not each.rule.startswith("S"))


@lru_cache(maxsize=8)
def _checker(name: str, slots: SlotsPolicy) -> Checker:
    return Checker(profiles()[name], slots)


def _trust(terms: Terms) -> TrustStore:
    """Read anew for each file: revocation data is renewed while the hub runs."""
    if terms.trust_folder is None:
        return TrustStore(anchors=())
    return TrustStore.from_folder(terms.trust_folder, most_age=terms.most_age)


def _reprinted(pages: bytes, records: Sequence[Inside], terms: Terms) -> bool:
    """Whether this hub sets the very same pages from the records: then they say what the records say, letter for letter."""
    try:
        printables = [printable_of(each.octets, states=State.VALID) for each in records]
        return Press().print_to_seal(printables, terms.printing).pdf == pages
    except (NotPrintableError, NotOnePupilError, TooLongError):
        return False


def _record(inside: Inside, validation: RecordValidation, structure: tuple[Finding, ...]) -> RecordVerdict:
    of_slots = {id(finding) for slot in validation.slots for finding in slot.findings}
    return RecordVerdict(
        uuid=inside.uuid,
        school=inside.school,
        indication=validation.indication,
        cause=validation.cause or "",
        signatures=tuple(_slot(each) for each in validation.slots),
        findings=tuple(each for each in validation.findings if id(each) not in of_slots),
        structure=structure,
        not_checked=validation.not_checked,
    )


def _slot(slot: SlotValidation) -> Signed:
    used = slot.algorithms
    return _signed(
        slot.slot,
        slot,
        certificate=slot.signer.certificate if slot.signer else None,
        stamped=None,
        covers_file=True,
        algorithms=f"{used.signature}, {used.key}" if used else "",
    )


def _form(told: PdfValidation) -> FormVerdict:
    of_signatures = {id(finding) for each in told.signatures for finding in each.findings}
    return FormVerdict(
        indication=told.indication,
        cause=told.cause or "",
        findings=tuple(each for each in told.findings if id(each) not in of_signatures),
        signatures=tuple(
            _signed(
                each.name,
                each,
                certificate=each.certificate,
                stamped=each.stamped_time,
                covers_file=each.covers_file,
                algorithms=each.algorithms,
            )
            for each in told.signatures
        ),
        uuid=told.uuid,
    )


def _signed(
    place: str,
    told: SlotValidation | PdfSignature,
    *,
    certificate: Certificate | None,
    stamped: datetime | None,
    covers_file: bool,
    algorithms: str,
) -> Signed:
    return Signed(
        place=place,
        indication=told.indication,
        sub=told.sub_indication or "",
        findings=told.findings,
        time=told.signing_time,
        stamped=stamped,
        covers_file=covers_file,
        algorithms=algorithms,
        sha256=certificate.sha256 if certificate else "",
        serial=certificate.serial if certificate else "",
        not_before=certificate.not_before if certificate else None,
        not_after=certificate.not_after if certificate else None,
        issuer=certificate.issuer if certificate else "",
        subject=certificate.subject if certificate else "",
    )
