"""Transactions sealed in two steps: the batch is the one that was prepared to the last octet, the value its own."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.papers import KINDS, Office, remote
from support.waiting import (
    FORMS,
    MARKUP,
    REFUSED,
    case_of,
    garbled,
    pairs,
    signed_info,
)
from support.workshop import HOUR, NOW, SIGNED

from signing.seal import (
    CannotSeal,
    ForeignValue,
    Prepared,
    SealingKey,
    finish_seals,
    finish_transaction,
    prepare_transaction,
    seal_record,
    seal_transaction,
)
from signing.verify import Form, SlotPolicy, SlotValidation, verify_transaction

BATCH = b'<?xml version="1.0" encoding="UTF-8"?>\n<DANH_SACH_HOC_BA id="dataDanhSach">%b</DANH_SACH_HOC_BA>'


@pytest.fixture(scope="module")
def batch(office: Office) -> bytes:
    paper = office.papers["hbs-1.0"]
    records = [seal_record(paper.unsigned, seals=paper.seals(paper.unsigned, office.keys["p-256"]))] * 2
    return BATCH % b"\n".join(records)


def _key(office: Office, kind: str) -> SealingKey:
    return office.keys[kind].transaction_key(office.workshop.unit)


def _prepared(office: Office, kind: str, batch: bytes, form: str = "both") -> tuple[Prepared, bytes]:
    key = _key(office, kind)
    prepared = prepare_transaction(
        batch, key=remote(key), signature_id="sig-giao-dich-7", at=SIGNED + 9 * HOUR, form=Form(form)
    )
    return prepared, key.sign(prepared.octets)


def _judged(office: Office, octets: bytes) -> SlotValidation:
    workshop = office.workshop
    return verify_transaction(
        octets,
        trust=workshop.trust(),
        policy=SlotPolicy.city(),
        approved=workshop.approved(workshop.school, *office.approved),
        at=NOW,
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", FORMS)
def test_a_transaction_is_sealed_in_two_steps(office: Office, batch: bytes, kind: str, form: str) -> None:
    prepared, value = _prepared(office, kind, batch, form)

    sealed = finish_transaction(batch, prepared=Prepared.from_bytes(prepared.to_bytes()), value=value)

    assert _judged(office, sealed).passed, _judged(office, sealed).cause
    assert sealed == finish_transaction(batch, prepared=prepared, value=value)
    assert sealed.replace(prepared.finish(value).encode(), b"") == batch
    if kind.startswith("rsa"):
        key = _key(office, kind)
        assert sealed == seal_transaction(
            batch, key=key, signature_id="sig-giao-dich-7", at=SIGNED + 9 * HOUR, form=Form(form)
        )
    with pytest.raises(CannotSeal):
        finish_transaction(sealed, prepared=prepared, value=value)


@pytest.mark.parametrize("kind", KINDS)
def test_anothers_value_seals_no_transaction(office: Office, batch: bytes, kind: str) -> None:
    prepared, value = _prepared(office, kind, batch)
    case = case_of(office, kind=kind)
    foreign = {
        "of a record": case.values[2],
        "of another batch": _prepared(office, kind, batch.replace(b"\n<HOC_BA", b"<HOC_BA"))[1],
        "of another form": _prepared(office, kind, batch, "property")[1],
        "of another key": office.stranger(kind).sign(prepared.octets),
        **garbled(value),
    }

    for other in foreign.values():
        with pytest.raises(ForeignValue):
            finish_transaction(batch, prepared=prepared, value=other)
    for seal, other in pairs(case):
        with pytest.raises(CannotSeal):
            finish_transaction(batch, prepared=seal.signature, value=other)
        # Were it told to belong here, it would still not stand for the batch.
        with pytest.raises(CannotSeal):
            finish_transaction(batch, prepared=replace(seal.signature, whole=prepared.whole), value=other)
        with pytest.raises(REFUSED):
            finish_seals(case.octets, seals=[(replace(seal, signature=prepared), value)])


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_one_octet_of_a_batch_is_enough(office: Office, batch: bytes, data: st.DataObject) -> None:
    """Also one that no digest would show."""
    prepared, value = _prepared(office, "p-256", batch)
    changed = bytearray(batch)
    place = data.draw(st.integers(0, len(changed) - 1))
    changed[place : place + data.draw(st.integers(0, 1))] = data.draw(st.sampled_from(MARKUP) | st.binary(max_size=1))
    if bytes(changed) == batch:
        return

    with pytest.raises(CannotSeal):
        finish_transaction(bytes(changed), prepared=prepared, value=value)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), again=st.booleans())
def test_a_stored_transaction_whose_octets_were_changed(
    office: Office, batch: bytes, data: st.DataObject, again: bool
) -> None:
    prepared, value = _prepared(office, "p-256", batch)
    stored = bytearray(prepared.to_bytes())
    place = data.draw(st.integers(0, len(stored) - 1))
    stored[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2) | st.sampled_from(MARKUP))

    try:
        read = Prepared.from_bytes(bytes(stored))
        made = _key(office, "p-256").sign(read.octets) if again else value
        sealed = finish_transaction(batch, prepared=read, value=made)
    except REFUSED:
        return
    wanted = finish_transaction(batch, prepared=prepared, value=value)
    assert _judged(office, sealed).passed
    assert again or signed_info(sealed, ".") == signed_info(wanted, ".")


@pytest.mark.parametrize(
    "tail", [b"<!-- </DANH_SACH_HOC_BA> -->", b"<?a </DANH_SACH_HOC_BA>?>", b"\n<!-- later -->", b"<!---->"]
)
def test_what_follows_a_batch_is_no_place_for_its_seal(office: Office, batch: bytes, tail: bytes) -> None:
    with pytest.raises(CannotSeal):
        _prepared(office, "p-256", batch + tail)
    prepared, value = _prepared(office, "p-256", batch + b"\n")
    assert _judged(office, finish_transaction(batch + b"\n", prepared=prepared, value=value)).passed
