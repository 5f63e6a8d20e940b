"""A prepared signature that is finished twice, late, or with another's value: no file comes of it that is accepted and wrong."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.forge import record
from support.papers import KINDS, PAPERS, Office, at_hand, away
from support.staff import MATHS
from support.waiting import (
    SLOT_NAMES,
    Waiting,
    case_of,
    garbled,
    in_two_steps,
    pairs,
    signature_at,
    taught,
)
from support.workshop import HOUR

from signing.seal import (
    CannotSeal,
    ForeignValue,
    finish_seals,
    prepare_seals,
    seal_record,
)


@pytest.mark.parametrize("name", PAPERS)
@pytest.mark.parametrize("kind", KINDS)
def test_anothers_value_is_no_value(office: Office, name: str, kind: str) -> None:
    """Of another slot, record, form, key, method or time; or no signature at all."""
    case, other = case_of(office, name=name, kind=kind), KINDS[(KINDS.index(kind) + 2) % len(KINDS)]
    octets = office.papers[name].unsigned.replace(b"<TEN_MON_HOC>", b"<TEN_MON_HOC>X", 1)
    foreign = {
        "of another slot": case.values[1],
        "of another record": case_of(office, name=name, kind=kind, octets=octets).values[0],
        "of another form": case_of(office, name=name, kind=kind, form="xades").values[0],
        "of another kind of key": case_of(office, name=name, kind=other).values[0],
        "of another key": office.stranger(kind).sign(case.prepared[0].signature.octets),
        "over the digest": at_hand(case.seals[0]).sign(case.prepared[0].signature.digest),
        **garbled(case.values[0]),
    }

    for what, value in foreign.items():
        with pytest.raises(ForeignValue):
            finish_seals(case.octets, seals=[(case.prepared[0], value)])
        with pytest.raises(ForeignValue):
            finish_seals(case.octets, seals=[*pairs(case, [1, 2]), (case.prepared[0], value)])
        assert not case.prepared[0].signature.accepts(value), what
    for wrong in permutations(case.values):
        if wrong != case.values:
            with pytest.raises(ForeignValue):
                finish_seals(case.octets, seals=list(zip(case.prepared, wrong, strict=True)))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), kind=st.sampled_from(["rsa-2048", "p-256"]))
def test_one_bit_is_enough(cases: Mapping[str, Waiting], data: st.DataObject, kind: str) -> None:
    value = bytearray(cases[kind].values[0])
    value[data.draw(st.integers(0, len(value) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(ForeignValue):
        finish_seals(cases[kind].octets, seals=[(cases[kind].prepared[0], bytes(value))])


def test_a_prepared_signature_is_finished_once(cases: Mapping[str, Waiting]) -> None:
    case = cases["p-256"]
    octets = finish_seals(case.octets, seals=pairs(case, [0]))

    for again in ([0], [1, 0], [0, 0]):
        with pytest.raises(CannotSeal):
            finish_seals(octets, seals=pairs(case, again))
    with pytest.raises(CannotSeal):
        finish_seals(case.octets, seals=pairs(case, [1, 1]))
    with pytest.raises(CannotSeal):
        prepare_seals(octets, seals=[away(seal) for seal in case.seals])
    with pytest.raises(CannotSeal):
        seal_record(octets, seals=case.seals)


def test_of_two_that_were_prepared_for_a_slot_one_is_used(office: Office, cases: Mapping[str, Waiting]) -> None:
    """Asked again after the first request was given up; then both answers come."""
    first = cases["p-256"]
    seals = [replace(seal, at=seal.at + HOUR) for seal in first.seals]
    second = prepare_seals(first.octets, seals=[away(seal) for seal in seals])
    value = at_hand(seals[0]).sign(second[0].signature.octets)

    octets = finish_seals(first.octets, seals=[(second[0], value)])

    with pytest.raises(CannotSeal):
        finish_seals(octets, seals=pairs(first, [0]))
    with pytest.raises(CannotSeal):
        finish_seals(first.octets, seals=[(second[0], value), *pairs(first, [0])])


def _joined(office: Office, case: Waiting, slot: str, *, octets: bytes | None = None) -> bytes:
    """Someone else signs a slot, with other software."""
    text = (octets or case.octets).decode()
    data = text[text.index("<DU_LIEU_HOC_BA") : text.index("</DU_LIEU_HOC_BA>") + len("</DU_LIEU_HOC_BA>")]
    place = next(place for place in office.workshop.places() if place.slot == slot)
    return record(data, [place], identifier=office.workshop.uuid)


MEANWHILE: dict[str, tuple[Callable[[bytes], bytes], bool]] = {
    "nothing": (lambda octets: octets, True),
    "an attribute of the root": (lambda octets: octets.replace(b"<HOC_BA ", b'<HOC_BA a="b" ', 1), True),
    "a namespace at the root": (lambda octets: octets.replace(b"<HOC_BA ", b'<HOC_BA xmlns:a="urn:a" ', 1), True),
    "white space after the data": (lambda octets: octets.replace(b"</HOC_BA>", b"\n</HOC_BA>"), True),
    "an empty list": (lambda octets: octets.replace(b"</HOC_BA>", b"<DANH_SACH_THONG_TIN_KY/></HOC_BA>"), True),
    "another empty slot": (
        lambda octets: octets.replace(
            b"</HOC_BA>", b"<DANH_SACH_THONG_TIN_KY><KY_PHAT_HANH/></DANH_SACH_THONG_TIN_KY></HOC_BA>"
        ),
        True,
    ),
    "the same data written otherwise": (
        lambda octets: octets.replace(b'<DU_LIEU_HOC_BA Id="data">', b"<DU_LIEU_HOC_BA  Id='data' >"),
        True,
    ),
    "a letter": (lambda octets: octets.replace(b"<DAN_TOC>", b"<DAN_TOC>X", 1), False),
    "white space in the data": (lambda octets: octets.replace(b"<DAN_TOC>", b" <DAN_TOC>", 1), False),
    "an element less": (lambda octets: octets.replace(b"<DAN_TOC>Kinh</DAN_TOC>", b"", 1), False),
    "the data's identifier": (lambda octets: octets.replace(b'Id="data"', b'Id="date"', 1), False),
    "a namespace in the data": (lambda octets: octets.replace(b"<DAN_TOC>", b'<DAN_TOC xmlns="urn:a">', 1), False),
    "the date of issue": (
        lambda octets: octets.replace(b"<NGAY_KY_PHAT_HANH_HOC_BA>2026", b"<NGAY_KY_PHAT_HANH_HOC_BA>2025", 1),
        False,
    ),
    "the data are gone": (lambda octets: b"<HOC_BA></HOC_BA>", False),
}


@pytest.mark.parametrize("what", MEANWHILE)
def test_the_record_has_changed_meanwhile(office: Office, cases: Mapping[str, Waiting], what: str) -> None:
    """What is not covered may change; what is covered may not."""
    change, allowed = MEANWHILE[what]
    case = cases["rsa-2048"]
    octets = change(case.octets)
    assert (octets == case.octets) is (what == "nothing")

    if allowed:
        office.passes(office.papers["hbs-1.0"], finish_seals(octets, seals=pairs(case)))
    else:
        with pytest.raises(CannotSeal):
            finish_seals(octets, seals=pairs(case))


@pytest.mark.parametrize("slot", SLOT_NAMES)
def test_another_signature_has_joined_meanwhile(office: Office, cases: Mapping[str, Waiting], slot: str) -> None:
    """In another slot it is none of ours; in the same one ours comes too late."""
    paper, case = office.papers["hbs-1.0"], cases["p-256"]
    octets = _joined(office, case, slot)
    turn = SLOT_NAMES.index(slot)
    rest = [other for other in range(3) if other != turn]

    with pytest.raises(CannotSeal):
        finish_seals(octets, seals=pairs(case))
    with pytest.raises(CannotSeal):
        finish_seals(octets, seals=pairs(case, [turn]))
    sealed = finish_seals(octets, seals=pairs(case, rest))

    assert signature_at(sealed, slot) == signature_at(octets, slot)
    # What joined is dated before what the hub prepared: only for the teacher is that the legal order.
    assert office.verify(paper, sealed).cause == (None if slot == "GVCN" else "order-wrong")


@pytest.mark.parametrize("name", PAPERS[1:])
def test_a_teacher_has_signed_elsewhere_meanwhile(office: Office, name: str) -> None:
    paper, case = office.papers[name], case_of(office, name=name, kind="p-256")
    octets = taught(office, paper, case.octets, MATHS)

    with pytest.raises(CannotSeal):
        finish_seals(octets, seals=pairs(case))
    octets = finish_seals(octets, seals=pairs(case, [1, 2]))
    office.passes(paper, in_two_steps(octets, paper.seals(octets, office.keys["p-256"])))


@pytest.mark.parametrize("name", PAPERS[1:])
def test_slots_that_change_places_are_noticed(office: Office, name: str) -> None:
    """A path with a number means another teacher then."""
    case = case_of(office, name=name, kind="p-256")
    text = case.octets.decode()
    head, slots, tail = (
        text.partition("<DANH_SACH_GVBM>")[0],
        *text.partition("<DANH_SACH_GVBM>")[2].split("</DANH_SACH_GVBM>"),
    )
    first, second = (f"{slot}</GVBM>" for slot in slots.split("</GVBM>")[:2])
    swapped = f"{head}<DANH_SACH_GVBM>{second}{first}</DANH_SACH_GVBM>{tail}".encode()
    assert len(swapped) == len(case.octets)

    for turn in (0, 1):
        with pytest.raises(CannotSeal):
            finish_seals(swapped, seals=pairs(case, [turn]))


def test_the_certificate_of_another_kind_accepts_nothing(cases: Mapping[str, Waiting]) -> None:
    """A service that tells one certificate and signs with another key."""
    rsa, ec = (cases[kind].prepared[0].signature for kind in ("rsa-2048", "p-256"))

    for prepared, value in ((rsa, cases["rsa-2048"].values[0]), (ec, cases["p-256"].values[0])):
        other = replace(prepared, certificate=(ec if prepared is rsa else rsa).certificate)
        assert prepared.accepts(value)
        assert not other.accepts(value)
