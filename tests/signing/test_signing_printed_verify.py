"""Printed forms judged: what holds, what was tampered with, what would harm its reader."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.authority import ec_key, institution
from support.pdf_attacks import ATTACKS
from support.sealed_forms import SEALED, PrintShop, key_of
from support.workshop import NOW, Workshop

from signing.indications import Indication
from signing.printed import Level, PdfValidation, beside_record, prepare_pdf, verify_pdf
from signing.printed.problems import PROBLEMS
from signing.trust import TrustStore


@pytest.fixture(scope="module")
def shop(workshop: Workshop) -> PrintShop:
    return PrintShop(workshop)


def judged(shop: PrintShop, pdf: bytes) -> PdfValidation:
    return verify_pdf(pdf, trust=shop.workshop.trust(), at=NOW)


@pytest.mark.parametrize("visible", [True, False])
def test_a_sealed_form_passes_and_hands_out_its_record(visible: bool, shop: PrintShop) -> None:
    pdf = shop.sealed(visible=visible)
    found = judged(shop, pdf)
    assert found.passed, found
    assert found.uuid == shop.workshop.uuid
    assert [each.octets for each in found.attachments] == [shop.workshop.good]
    assert pdf[: found.first_revision] == shop.unsealed().pdf
    (signature,) = found.signatures
    assert (signature.name, signature.level, signature.covers_file) == ("KY_PHAT_HANH", Level.B, True)
    assert (signature.signing_time, signature.stamped_time) == (SEALED, None)
    assert signature.passed_steps == tuple(range(1, 10))
    assert signature.algorithms == "rsa-sha256, RSA-2048"
    assert len(signature.chain) == 3


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_for_its_own_cause(name: str, shop: PrintShop) -> None:
    attack = ATTACKS[name]
    found = judged(shop, attack.make(shop))
    assert not found.passed
    assert found.cause is not None
    assert found.cause.rpartition(":")[2] == attack.cause, found
    assert found.findings
    assert all(each.message.vi and each.remedy.vi for each in found.findings)


def test_every_problem_is_known_by_its_cause_and_tells_what_to_do() -> None:
    for cause, problem in PROBLEMS.items():
        assert problem.cause == cause
        assert problem.indication is not Indication.PASSED
        assert problem.message.vi
        assert problem.remedy.en


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255))
def test_no_octet_outside_the_signature_can_be_changed(where: float, change: int, shop: PrintShop) -> None:
    sealed = shop.sealed(visible=False)
    start, end = (sealed.index(mark, sealed.index(b"/Contents <")) for mark in (b"<", b">"))
    at = int(where * (len(sealed) - (end - start)))
    at = at if at < start else at + end - start
    changed = sealed[:at] + bytes([sealed[at] ^ change]) + sealed[at + 1 :]
    assert not judged(shop, changed).passed


def test_a_second_trusted_signature_is_no_change(shop: PrintShop, workshop: Workshop) -> None:
    key = key_of(workshop.neighbour, workshop.issuing)
    prepared = prepare_pdf(shop.sealed(), key=key, at=SEALED, field="SO_GDDT")
    found = judged(shop, prepared.finish(key.sign(prepared.octets)))
    assert found.passed, found
    assert [each.covers_file for each in found.signatures] == [False, True]


def test_trust_and_time_are_asked_as_for_records(shop: PrintShop, workshop: Workshop) -> None:
    pdf = shop.sealed()
    nobody = verify_pdf(pdf, trust=TrustStore(anchors=[]), at=NOW)
    assert nobody.cause == "KY_PHAT_HANH:path-not-found"
    assert nobody.indication is Indication.INDETERMINATE
    early = verify_pdf(pdf, trust=workshop.trust(), at=SEALED.replace(year=2025))
    assert early.cause == "KY_PHAT_HANH:time-in-future"


def test_a_form_is_signed_by_whoever_issued_its_record(shop: PrintShop, workshop: Workshop) -> None:
    found = judged(shop, shop.sealed())
    (record,) = (slot for slot in workshop.verify(workshop.good).slots if slot.slot == "KY_PHAT_HANH")
    assert record.signer is not None
    assert beside_record(found, issuer=record.signer.certificate) is found
    renewed = workshop.issuing.issue(institution("Trường Tiểu học Thử", workshop.unit), key=ec_key())
    later = judged(shop, shop.sealed(key=key_of(renewed, workshop.issuing)))
    assert beside_record(later, issuer=record.signer.certificate).passed
    for others in (
        beside_record(
            judged(shop, shop.sealed(key=key_of(workshop.neighbour, workshop.issuing))),
            issuer=record.signer.certificate,
        ),
        beside_record(found, issuer=None),
    ):
        assert others.indication is Indication.INDETERMINATE
        assert others.cause == "pdf-other-signer"
