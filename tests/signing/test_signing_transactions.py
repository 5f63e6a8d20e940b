"""The transaction's signature: sealed by the hub or a school, over records of any style, and its own attacks."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.forge import Style, batch, record
from support.workshop import HOUR, NOW, SIGNED, Workshop

from signing.seal import CannotSeal, FileKeyring, SealingKey, seal_transaction
from signing.second_opinion import Engine, second_opinion_on_transaction
from signing.trust import TrustStore
from signing.verify import Disposition, Form, SlotPolicy, SlotValidation, verify_transaction

OPEN = b'<?xml version="1.0" encoding="UTF-8"?>\n<DANH_SACH_HOC_BA id="dataDanhSach">'
CLOSE = b"</DANH_SACH_HOC_BA>"
SEALED = SIGNED + 9 * HOUR

Judge = Callable[[bytes], SlotValidation]


@pytest.fixture(scope="module")
def trust(workshop: Workshop) -> TrustStore:
    return workshop.trust()


@pytest.fixture(scope="module")
def key(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> SealingKey:
    folder = workshop.write_keys(tmp_path_factory.mktemp("keys"))
    return FileKeyring(folder).transaction_key(workshop.unit)


@pytest.fixture(scope="module")
def judge(workshop: Workshop, trust: TrustStore) -> Judge:
    def verdict(octets: bytes) -> SlotValidation:
        approved = workshop.approved()
        return verify_transaction(octets, trust=trust, policy=SlotPolicy.city(), approved=approved, at=NOW)

    return verdict


def _seal(key: SealingKey, text: bytes, form: Form = Form.BOTH) -> bytes:
    return seal_transaction(text, key=key, signature_id="sig-giao-dich-7", at=SEALED, form=form)


@pytest.mark.parametrize("form", Form)
def test_the_hubs_seal_passes_and_changes_no_octet(
    workshop: Workshop, key: SealingKey, judge: Judge, form: Form
) -> None:
    text = OPEN + workshop.good + workshop.record(layout="pretty") + CLOSE

    sealed = _seal(key, text, form)

    verdict = judge(sealed)
    assert verdict.passed, verdict.cause
    assert (verdict.form, verdict.signing_time) == (form, SEALED)
    assert sealed.startswith(text.removesuffix(CLOSE))
    assert sealed.endswith(CLOSE)
    for engine in Engine:
        assert second_opinion_on_transaction(sealed, engine=engine).reason is None


styles = st.builds(
    dict,
    c14n=st.sampled_from(["exc", "inc", "c11"]),
    prefix=st.sampled_from(["ds", ""]),
    form=st.sampled_from(["both", "property", "xades"]),
    digest=st.sampled_from(["sha256", "sha512"]),
)


@settings(max_examples=20, deadline=None)
@given(changes=st.lists(styles, min_size=1, max_size=4), layout=st.sampled_from(["compact", "pretty"]))
def test_records_move_between_batches_unharmed(
    workshop: Workshop, key: SealingKey, judge: Judge, changes: list[dict[str, str]], layout: str
) -> None:
    """Signed in one batch, verified alone, packed into another: decision 10 of the design."""
    records = [
        workshop.record(layout=layout, GVCN=one, CBQL=one, KY_PHAT_HANH={**one, "prefix": "dsig"}) for one in changes
    ]
    verifier = workshop.verifier()

    sealed = _seal(key, OPEN + b"".join(records) + CLOSE)

    assert judge(sealed).passed
    assert all(one in sealed for one in records)
    assert all(verifier.verify(one, registry=workshop.approved(), at=NOW).passed for one in records)


@pytest.mark.parametrize("c14n", ["exc"])
@pytest.mark.parametrize("prefix", ["ds", ""])
@pytest.mark.parametrize("gap", ["", "\n  "])
def test_a_schools_own_seal_passes(workshop: Workshop, judge: Judge, c14n: str, prefix: str, gap: str) -> None:
    octets = batch(
        [workshop.good, workshop.good], by=workshop.school, at=SEALED, style=Style(c14n=c14n, prefix=prefix), gap=gap
    )

    assert judge(octets).passed, judge(octets).cause


def _sealed(workshop: Workshop, **style: object) -> bytes:
    return batch([workshop.good], by=workshop.school, at=SEALED, style=Style(**style))  # type: ignore[arg-type]


ATTACKS: dict[str, tuple[str, Callable[[Workshop], bytes]]] = {
    "record taken out": ("digest-data", lambda w: _sealed(w).replace(w.good, b"")),
    "record put in twice": ("digest-data", lambda w: _sealed(w).replace(w.good, w.good * 2)),
    "letter changed": ("digest-data", lambda w: _sealed(w).replace(b"<DAN_TOC>", b"<DAN_TOC>X")),
    "not sealed": ("slot-missing", lambda w: OPEN + w.good + CLOSE),
    "seal not last": ("signature-misplaced", lambda w: _sealed(w).replace(CLOSE, b"<A/>" + CLOSE)),
    "two seals": ("signature-misplaced", lambda w: _twice(_sealed(w))),
    "another root": ("wrong-root", lambda w: w.good),
    "identifier missing": ("wrong-root", lambda w: _sealed(w).replace(b' id="dataDanhSach"', b"")),
    "identifier repeated": (
        "identifier-repeated",
        lambda w: _sealed(w).replace(b'<HOC_BA id="', b'<HOC_BA Id="dataDanhSach" id="'),
    ),
    "identifier of the seal repeated": (
        "identifier-repeated",
        lambda w: _sealed(w).replace(b'<HOC_BA id="', b'<HOC_BA Id="sig-batch" id="'),
    ),
    "instruction after the end": ("comment", lambda w: _sealed(w) + b"<?x y?>"),
    "instruction inside": ("comment", lambda w: _sealed(w).replace(w.good, b"<?x y?>" + w.good)),
    "document type": ("doctype", lambda w: b"<!DOCTYPE DANH_SACH_HOC_BA>" + _sealed(w).partition(b"\n")[2]),
    "weak digest": ("algorithm-forbidden", lambda w: _sealed(w, digest="sha1")),
    "subject name missing": ("subject-name-missing", lambda w: _sealed(w, subject_name=False)),
    "only properties signed": (
        "data-unsigned",
        lambda w: _sealed(w, template=lambda t: _without_reference(t, "#dataDanhSach")),
    ),
    "not enveloped": ("transform-forbidden", lambda w: _sealed(w, template=_without_enveloped)),
    "by another school": ("certificate-not-approved", lambda w: batch([w.good], by=w.neighbour, at=SEALED)),
    "by a person": ("certificate-not-approved", lambda w: batch([w.good], by=w.principal, at=SEALED)),
    "in the future": ("time-in-future", lambda w: batch([w.good], by=w.school, at=NOW + HOUR)),
}


def _twice(octets: bytes) -> bytes:
    start = octets.rindex(b"<ds:Signature ")
    seal = octets[start:].removesuffix(CLOSE)
    return octets[:start] + seal + seal + CLOSE


def _without_reference(text: str, uri: str) -> str:
    start = text.index(f'<ds:Reference URI="{uri}"')
    end = text.index("</ds:Reference>", start) + len("</ds:Reference>")
    return text[:start] + text[end:]


def _without_enveloped(text: str) -> str:
    return text.replace('<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>', "")


@pytest.mark.parametrize(("cause", "make"), ATTACKS.values(), ids=list(ATTACKS))
def test_transaction_attacks(workshop: Workshop, judge: Judge, cause: str, make: Callable[[Workshop], bytes]) -> None:
    verdict = judge(make(workshop))

    assert verdict.cause == cause
    assert verdict.disposition is Disposition.REFUSE
    assert verdict.findings


def test_comments_outside_records_are_borne(workshop: Workshop, judge: Judge) -> None:
    sealed = _sealed(workshop)

    assert judge(sealed.replace(workshop.good, b"<!-- a -->" + workshop.good)).passed


def test_no_transaction_before_its_records_are_issued(workshop: Workshop, trust: TrustStore) -> None:
    verdict = verify_transaction(
        _sealed(workshop),
        trust=trust,
        policy=SlotPolicy.city(),
        approved=workshop.approved(),
        at=NOW,
        issued_until=SEALED + timedelta(seconds=1),
    )

    assert verdict.cause == "order-wrong"


def test_without_a_registry_a_transaction_is_held(workshop: Workshop, trust: TrustStore) -> None:
    verdict = verify_transaction(_sealed(workshop), trust=trust, policy=SlotPolicy.city(), approved=None, at=NOW)

    assert (verdict.cause, verdict.disposition) == ("registry-unknown", Disposition.HOLD)


@pytest.mark.parametrize(
    "text", [b"<DANH_SACH_HOC_BA></DANH_SACH_HOC_BA>", b'<HOC_BA id="dataDanhSach"></HOC_BA>', None], ids=str
)
def test_what_is_no_unsealed_batch_is_not_sealed(workshop: Workshop, key: SealingKey, text: bytes | None) -> None:
    with pytest.raises(CannotSeal):
        _seal(key, text or _sealed(workshop))


def test_a_large_batch_is_sealed_and_passes(workshop: Workshop, key: SealingKey, judge: Judge, tmp_path: Path) -> None:
    """Above 10 MB, where parsers have limits of their own."""
    one = record(workshop.data, workshop.places(), identifier=workshop.uuid)
    text = OPEN + one * (11 * 1024 * 1024 // len(one)) + CLOSE

    assert judge(_seal(key, text)).passed
