"""What policy, day and roster make of a sound record: dated algorithms, assignments, approvals of people, what is said."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest
from support.forge import batch
from support.workshop import HOUR, NOW, PRINCIPAL, SIGNED, SLOTS, TEACHER, Workshop

from schemas.algorithms import SUITES, TT_15_2025, Suite
from schemas.findings import Severity
from schemas.rules.roster import KnownPupil, KnownSchool
from signing.verify import (
    Approvals,
    Approved,
    Disposition,
    Indication,
    RecordVerifier,
    SlotPolicy,
    SubIndication,
    verify_transaction,
)
from signing.verify.policy import HELD_BY_DEFAULT
from signing.verify.steps import STEPS, Ending

RSA_ENDED = (
    replace(TT_15_2025, until=date(2026, 5, 31)),
    replace(TT_15_2025, signatures=frozenset({"ecdsa-sha256"}), since=date(2026, 6, 1)),
)


def _verify(
    workshop: Workshop,
    octets: bytes,
    *,
    policy: SlotPolicy | None = None,
    suites: tuple[Suite, ...] = SUITES,
    roster: "Assignments | None" = None,
    registry: Approved | None = None,
):  # type: ignore[no-untyped-def]
    verifier = RecordVerifier(
        SLOTS, trust=workshop.trust(), policy=policy or SlotPolicy.city(), suites=suites, roster=roster
    )
    return verifier.verify(octets, registry=registry or workshop.approved(), at=NOW)


@dataclass
class Assignments:
    """A roster that knows who was given which role."""

    known: dict[tuple[str, str], bool] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def school(self, code: str, day: date) -> KnownSchool | None:
        return None

    def covers(self, school_code: str, school_year: str) -> bool:
        return False

    def pupil(self, school_code: str, school_year: str, code: str) -> KnownPupil | None:
        return None

    def assigned(self, school_code: str, school_year: str, class_name: str, role: str, personal_id: str) -> bool | None:
        self.asked.append((school_code, school_year, class_name, role, personal_id))
        return self.known.get((role, personal_id))


def test_an_algorithm_that_aged_waits_for_staff(workshop: Workshop) -> None:
    """Strong when it claims to have been used, no longer strong: nothing proves that it was used in time."""
    verdict = _verify(workshop, workshop.good, suites=RSA_ENDED)

    assert verdict.cause == "GVCN:algorithm-outdated"
    assert verdict.slots[0].sub_indication is SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE
    assert (verdict.indication, verdict.disposition) == (Indication.INDETERMINATE, Disposition.HOLD)


def test_an_algorithm_never_allowed_is_refused(workshop: Workshop) -> None:
    verdict = _verify(workshop, workshop.good, suites=RSA_ENDED[1:])

    assert verdict.cause == "GVCN:algorithm-forbidden"
    assert verdict.slots[0].sub_indication is SubIndication.CRYPTO_CONSTRAINTS_FAILURE
    assert verdict.disposition is Disposition.REFUSE


@pytest.mark.parametrize(
    "narrowed",
    [
        {"least_rsa": 3072},
        {"digests": frozenset({"sha512"})},
        {"canonicalisations": frozenset({"c14n11"})},
        {"signatures": frozenset({"rsa-pss-sha256"})},
    ],
    ids=str,
)
def test_each_part_of_a_suite_counts(workshop: Workshop, narrowed: dict[str, object]) -> None:
    suites = (replace(TT_15_2025, **narrowed),)  # type: ignore[arg-type]

    assert _verify(workshop, workshop.good).passed
    assert _verify(workshop, workshop.good, suites=suites).cause == "GVCN:algorithm-forbidden"


def test_without_a_suite_nothing_passes(workshop: Workshop) -> None:
    assert _verify(workshop, workshop.good, suites=()).cause == "GVCN:algorithm-forbidden"


def test_a_roster_that_agrees_says_nothing(workshop: Workshop) -> None:
    roster = Assignments({("GVCN", TEACHER): True, ("CBQL", PRINCIPAL): True})

    verdict = _verify(workshop, workshop.good, roster=roster)

    assert verdict.passed
    assert (verdict.findings, verdict.not_checked) == ((), ())
    assert [asked[3:] for asked in roster.asked] == [("GVCN", TEACHER), ("CBQL", PRINCIPAL)]
    assert roster.asked[0][:3] == (workshop.unit, "2025-2026", "5A1")


def test_an_unassigned_signer_is_remarked_on(workshop: Workshop) -> None:
    roster = Assignments({("GVCN", TEACHER): False, ("CBQL", PRINCIPAL): True})

    verdict = _verify(workshop, workshop.good, roster=roster)

    assert verdict.passed
    (finding,) = verdict.findings
    assert (finding.rule, finding.severity, finding.personal) == ("S07", Severity.WARNING, True)


def test_an_unassigned_signer_is_held_where_the_policy_says_so(workshop: Workshop) -> None:
    roster = Assignments({("GVCN", TEACHER): False, ("CBQL", PRINCIPAL): True})
    policy = replace(SlotPolicy.city(), open_causes={**HELD_BY_DEFAULT, "signer-not-assigned": Disposition.HOLD})

    verdict = _verify(workshop, workshop.good, roster=roster, policy=policy)

    assert (verdict.cause, verdict.disposition) == ("GVCN:signer-not-assigned", Disposition.HOLD)


def test_what_nobody_could_be_asked_is_said(workshop: Workshop) -> None:
    """Not asked is not passed."""
    unsure = Assignments({("GVCN", TEACHER): True})
    returned = replace(SlotPolicy.city(), approvals=Approvals.DESTINATION)

    assert _verify(workshop, workshop.good).not_checked == ("S07",)
    assert _verify(workshop, workshop.good, roster=unsure).not_checked == ("S07",)
    assert _verify(workshop, workshop.good, policy=returned).not_checked == ("S05", "S07")


def test_people_may_need_approval_too(workshop: Workshop) -> None:
    policy = replace(SlotPolicy.city(), approved_slots=frozenset({"KY_PHAT_HANH", "CBQL"}))
    seal, head = workshop.approved(), workshop.approved(workshop.principal, roles=frozenset({"CBQL"}))
    both = Approved(seal.unit, (*seal.certificates, *head.certificates))

    assert _verify(workshop, workshop.good, policy=policy).cause == "CBQL:certificate-not-approved"
    assert _verify(workshop, workshop.good, policy=policy, registry=both).passed


def test_each_verdict_names_what_it_was_judged_by(workshop: Workshop) -> None:
    early, late = workshop.verifier(), workshop.verifier(issued=SIGNED + timedelta(days=1))
    own, both = workshop.approved(), workshop.approved(workshop.school, workshop.neighbour)
    first, again, trusted, approved = (
        verifier.verify(workshop.good, registry=registry, at=NOW)
        for verifier, registry in ((early, own), (early, own), (late, own), (early, both))
    )

    assert first == again
    assert (trusted.trust != first.trust, trusted.registry) == (True, first.registry)
    assert (approved.trust, approved.registry != first.registry) == (first.trust, True)
    assert first.policy == "city"


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        ((b"rsa-sha256", b"hmac-sha1"), 4),
        ((b'URI="#data"', b'URI="#dato"'), 5),
        ((b"<DAN_TOC>", b"<DAN_TOC>X"), 6),
        ((b"<ds:SignatureValue>", b"<ds:SignatureValue>AAAA"), 7),
    ],
)
def test_each_step_tells_how_it_ended(workshop: Workshop, change: tuple[bytes, bytes], failed: int) -> None:
    """Whatever comes after the step that failed was not reached, whatever came before it passed."""
    slot = workshop.verify(workshop.good.replace(*change)).slots[0]

    endings = [result.ending for result in slot.steps]
    assert slot.failed_step == failed
    assert endings == [Ending.PASSED] * (failed - 1) + [Ending.FAILED] + [Ending.NOT_REACHED] * (10 - failed)


def test_a_sound_signature_passed_every_step(workshop: Workshop) -> None:
    slot = workshop.verify(workshop.good).slots[0]

    assert [result.step.number for result in slot.steps] == [step.number for step in STEPS] == list(range(1, 11))
    assert {result.ending for result in slot.steps} == {Ending.PASSED}


def test_a_transactions_algorithms_are_dated_too(workshop: Workshop) -> None:
    octets = batch([workshop.good], by=workshop.school, at=SIGNED + 9 * HOUR)
    common = {"trust": workshop.trust(), "policy": SlotPolicy.city(), "approved": workshop.approved(), "at": NOW}

    good = verify_transaction(octets, **common)  # type: ignore[arg-type]
    aged = verify_transaction(octets, suites=RSA_ENDED, **common)  # type: ignore[arg-type]

    assert {result.ending for result in good.steps} == {Ending.PASSED}
    assert aged.cause == "algorithm-outdated"


def test_a_record_that_names_no_school_has_no_approved_seal(workshop: Workshop) -> None:
    data = workshop.data.replace(f"<MA_TRUONG>{workshop.unit}</MA_TRUONG>", "")

    assert _verify(workshop, workshop.record(data=data)).cause == "KY_PHAT_HANH:certificate-not-approved"
