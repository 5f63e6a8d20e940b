"""Sealing in two steps: whatever becomes of a prepared signature meanwhile, no file comes of it that is accepted and
wrong; and whatever the key, the form and the signatures of others, what is sealed passes.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import groupby, permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from support.forge import Style, record
from support.papers import KINDS, PAPERS, Mixed, Office, Paper, at_hand, away, remote
from support.staff import MATHS, MUSIC, signed
from support.workshop import HOUR, NOW, PRINCIPAL, SIGNED

from signing.seal import (
    CannotSeal,
    ForeignValue,
    Prepared,
    PreparedSeal,
    Seal,
    SealingKey,
    finish_seals,
    finish_transaction,
    freeze_issue,
    prepare_seals,
    prepare_transaction,
    seal_record,
    seal_transaction,
)
from signing.verify import Form, RecordValidation, SlotPolicy, SlotValidation, verify_transaction
from signing.verify.envelope import SIGNATURE

FORMS = [form.value for form in Form]
SLOT_NAMES = ("GVCN", "CBQL", "KY_PHAT_HANH")
REFUSED = (CannotSeal, ForeignValue)
BATCH = b'<?xml version="1.0" encoding="UTF-8"?>\n<DANH_SACH_HOC_BA id="dataDanhSach">%b</DANH_SACH_HOC_BA>'


@pytest.fixture(scope="module")
def office(workshop: Any, tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(workshop, tmp_path_factory.mktemp("office"))


def _passes(office: Office, paper: Paper, octets: bytes) -> RecordValidation:
    verdict = office.verify(paper, octets)
    assert verdict.passed, verdict.cause
    return verdict


def in_two_steps(octets: bytes, seals: Sequence[Seal]) -> bytes:
    """Rank after rank: prepared and stored, signed elsewhere, read and finished."""
    octets = freeze_issue(octets, seals=seals)
    for _, rank in groupby(seals, key=lambda seal: seal.slot.name):
        together = list(rank)
        stored = [each.to_bytes() for each in prepare_seals(octets, seals=[away(seal) for seal in together])]
        prepared = [PreparedSeal.from_bytes(each) for each in stored]
        values = [at_hand(seal).sign(one.signature.octets) for seal, one in zip(together, prepared, strict=True)]
        octets = finish_seals(octets, seals=list(zip(prepared, values, strict=True)))
    return octets


def at_once(octets: bytes, seals: Sequence[Seal]) -> bytes:
    return seal_record(octets, seals=seals)


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", FORMS)
def test_what_is_sealed_passes_whatever_the_form_and_the_key(office: Office, paper: str, kind: str, form: str) -> None:
    one = office.papers[paper]
    seals = one.seals(one.unsigned, office.keys[kind], form=form)

    for way in (at_once, in_two_steps):
        verdict = _passes(office, one, way(one.unsigned, seals))
        assert {slot.form for slot in verdict.slots} == {Form(form)}
        assert len(verdict.slots) == len(seals)


styles = st.builds(
    dict,
    c14n=st.sampled_from(["exc", "inc", "c11"]),
    prefix=st.sampled_from(["ds", "", "dsig"]),
    form=st.sampled_from(FORMS),
    digest=st.sampled_from(["sha256", "sha384", "sha512"]),
)
ways = st.sampled_from([at_once, in_two_steps])
PREFACES = (b"", b"\xef\xbb\xbf", b'<?xml version="1.0" encoding="UTF-8"?>\n', b"<?xml version='1.0'?>")
ROOTS = (b"<HOC_BA", b'<HOC_BA xmlns:ds="http://www.w3.org/2000/09/xmldsig#"', b'<HOC_BA xmlns:a="urn:a" b="c"')


@settings(max_examples=40, deadline=None)
@given(
    before=st.dictionaries(st.sampled_from(SLOT_NAMES), styles, max_size=2),
    form=st.sampled_from(FORMS),
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=3),
    layout=st.sampled_from(["compact", "pretty"]),
    preface=st.sampled_from(PREFACES),
    way=ways,
)
def test_seals_stand_beside_signatures_of_others(
    office: Office,
    before: dict[str, dict[str, str]],
    form: str,
    kinds: list[str],
    layout: str,
    preface: bytes,
    way: Callable[[bytes, Sequence[Seal]], bytes],
) -> None:
    """Whoever has signed: as many of the first ones as are told, in any style; the hub fills the rest."""
    paper, workshop = office.papers["hbs-1.0"], office.workshop
    places = [place.but(**style) for place, style in zip(workshop.places(), before.values(), strict=False)]
    octets = record(workshop.data, places, identifier=workshop.uuid, layout=layout) if places else paper.unsigned
    seals = paper.seals(preface + octets, Mixed([office.keys[kind] for kind in kinds]), form=form)

    sealed = way(preface + octets, seals)

    _passes(office, paper, sealed)
    for place in places:
        assert _signature(octets, place.slot) == _signature(sealed, place.slot)


def _signature(octets: bytes, slot: str) -> bytes:
    (found,) = etree.fromstring(octets).findall(f".//{slot}/{SIGNATURE}")
    return bytes(etree.tostring(found, method="c14n", exclusive=True))


@settings(max_examples=30, deadline=None)
@given(
    name=st.sampled_from(PAPERS[1:]),
    before=st.dictionaries(st.sampled_from([MATHS, MUSIC]), styles),
    form=st.sampled_from(FORMS),
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=5),
    root=st.sampled_from(ROOTS),
    indented=st.booleans(),
    way=ways,
)
def test_seals_cover_the_signatures_of_teachers(
    office: Office,
    name: str,
    before: dict[str, dict[str, str]],
    form: str,
    kinds: list[str],
    root: bytes,
    indented: bool,
    way: Callable[[bytes, Sequence[Seal]], bytes],
) -> None:
    """Teachers have signed their subjects with other software, in any style; the principal signs over it all."""
    paper = office.papers[name]
    octets = paper.unsigned
    for cccd, style in before.items():
        octets = _taught(office, paper, octets, cccd, Style(**style))  # type: ignore[arg-type]
    if not before:
        octets = octets.replace(b"<HOC_BA", root, 1)
        octets = _indented(octets) if indented else octets
    seals = paper.seals(octets, Mixed([office.keys[kind] for kind in kinds]), form=form)

    sealed = way(octets, seals)

    assert len(_passes(office, paper, sealed).slots) == 5


def _taught(office: Office, paper: Paper, octets: bytes, cccd: str, style: Style = Style()) -> bytes:
    """One teacher's slot, filled in by other software."""
    (tie,) = {each.get("Id") for each in etree.fromstring(octets).iter("GVBM") if each.get("Id", "").startswith(cccd)}
    by = office.holder(f"GVBM-{cccd}")
    return signed(octets, tie, by, uri=f"#diem-{tie.partition('-')[2]}", label=f"gv-{cccd}", style=style)


def _indented(octets: bytes) -> bytes:
    root = etree.fromstring(octets)
    etree.indent(root)
    return bytes(etree.tostring(root, encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Case:
    """A record with its signatures prepared, each with its value."""

    octets: bytes
    """the record, its date of issue fixed"""
    seals: tuple[Seal, ...]
    """what was planned"""
    prepared: tuple[PreparedSeal, ...]
    """what is stored"""
    values: tuple[bytes, ...]
    """what the holders' keys make of it"""


def _case(office: Office, *, name: str = "hbs-1.0", kind: str, form: str = "both", octets: bytes = b"") -> Case:
    """All slots of the first form; those of the teachers in the second."""
    paper = office.papers[name]
    seals = paper.seals(octets or paper.unsigned, office.keys[kind], form=form)
    octets = freeze_issue(octets or paper.unsigned, seals=seals)
    seals = seals if name == "hbs-1.0" else seals[:3]
    prepared = prepare_seals(octets, seals=[away(seal) for seal in seals])
    values = [at_hand(seal).sign(one.signature.octets) for seal, one in zip(seals, prepared, strict=True)]
    return Case(octets, seals, prepared, tuple(values))


@pytest.fixture(scope="module")
def cases(office: Office) -> Mapping[str, Case]:
    return {kind: _case(office, kind=kind) for kind in ("rsa-2048", "p-256")}


def _pairs(case: Case, only: Sequence[int] = (0, 1, 2)) -> list[tuple[PreparedSeal, bytes]]:
    return [(case.prepared[turn], case.values[turn]) for turn in only]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", PAPERS)
def test_the_same_value_gives_the_same_octets(office: Office, name: str, kind: str, form: str) -> None:
    """However often, wherever, in whatever order, together or one by one."""
    case = _case(office, name=name, kind=kind, form=form)
    wanted = finish_seals(case.octets, seals=_pairs(case))

    stored = [(PreparedSeal.from_bytes(one.to_bytes()), value) for one, value in _pairs(case)]
    assert [each for each, _ in stored] == list(case.prepared)
    assert [each.to_bytes() for each, _ in stored] == [each.to_bytes() for each in case.prepared]
    assert prepare_seals(case.octets, seals=[away(seal) for seal in case.seals]) == case.prepared
    assert finish_seals(case.octets, seals=stored) == wanted
    for order in permutations(range(3)):
        octets = case.octets
        for turn in order:
            octets = finish_seals(octets, seals=_pairs(case, [turn]))
        assert octets == wanted


def test_what_is_at_hand_and_what_is_away_are_prepared_alike(office: Office) -> None:
    paper = office.papers["hbs-1.0"]
    seals = paper.seals(paper.unsigned, office.keys["rsa-2048"])

    assert prepare_seals(paper.unsigned, seals=seals) == prepare_seals(
        paper.unsigned, seals=[away(seal) for seal in seals]
    )
    case = _case(office, kind="rsa-2048")
    assert finish_seals(case.octets, seals=_pairs(case)) == seal_record(paper.unsigned, seals=case.seals)


def test_teachers_sign_in_parallel_and_the_principal_after_them(office: Office) -> None:
    """Where the law knows no order there is none; where it does, what comes too late is refused."""
    paper = office.papers["hbs-2/secondary"]
    case = _case(office, name="hbs-2/secondary", kind="p-256")
    assert [each.role for each in case.prepared] == ["GVBM", "GVBM", "GVCN"]
    ends = {finish_seals(finish_seals(case.octets, seals=_pairs(case, [a])), seals=_pairs(case, [b]))
            for a, b in ((0, 1), (1, 0))}  # fmt: skip
    assert len(ends) == 1

    without_music = finish_seals(case.octets, seals=_pairs(case, [0, 2]))
    late = in_two_steps(without_music, paper.seals(without_music, office.keys["p-256"])[1:])
    assert office.verify(paper, late).cause == "slot-unsigned"
    with pytest.raises(CannotSeal):
        finish_seals(late, seals=_pairs(case, [1]))

    whole = finish_seals(without_music, seals=_pairs(case, [1]))
    early = prepare_seals(case.octets, seals=[paper.seals(case.octets, office.keys["p-256"])[3]])
    value = office.keys["p-256"].transaction_key(office.workshop.unit).sign(early[0].signature.octets)
    with pytest.raises(CannotSeal):
        finish_seals(whole, seals=[(early[0], value)])
    _passes(office, paper, in_two_steps(whole, paper.seals(whole, office.keys["p-256"])))


def test_none_is_prepared_over_the_place_of_another(office: Office) -> None:
    paper = office.papers["hbs-2/secondary"]
    seals = paper.seals(paper.unsigned, office.keys["p-256"])

    with pytest.raises(CannotSeal):
        prepare_seals(paper.unsigned, seals=[seals[0], seals[3]])


def _garbled(value: bytes) -> dict[str, bytes]:
    half = len(value) // 2
    return {
        "nothing": b"",
        "one octet": b"\x01",
        "naught": bytes(len(value)),
        "ones": b"\xff" * len(value),
        "truncated": value[:-1],
        "half": value[:half],
        "one octet more": value + b"\x00",
        "one octet before": b"\x00" + value,
        "halves swapped": value[half:] + value[:half],
        "twice": value * 2,
        "as text": value.hex().encode(),
        "backwards": value[::-1],
    }


@pytest.mark.parametrize("name", PAPERS)
@pytest.mark.parametrize("kind", KINDS)
def test_anothers_value_is_no_value(office: Office, name: str, kind: str) -> None:
    """Of another slot, record, form, key, method or time; or no signature at all."""
    case, other = _case(office, name=name, kind=kind), KINDS[(KINDS.index(kind) + 2) % len(KINDS)]
    octets = office.papers[name].unsigned.replace(b"<TEN_MON_HOC>", b"<TEN_MON_HOC>X", 1)
    foreign = {
        "of another slot": case.values[1],
        "of another record": _case(office, name=name, kind=kind, octets=octets).values[0],
        "of another form": _case(office, name=name, kind=kind, form="xades").values[0],
        "of another kind of key": _case(office, name=name, kind=other).values[0],
        "of another key": office.stranger(kind).sign(case.prepared[0].signature.octets),
        "over the digest": at_hand(case.seals[0]).sign(case.prepared[0].signature.digest),
        **_garbled(case.values[0]),
    }

    for what, value in foreign.items():
        with pytest.raises(ForeignValue):
            finish_seals(case.octets, seals=[(case.prepared[0], value)])
        with pytest.raises(ForeignValue):
            finish_seals(case.octets, seals=[*_pairs(case, [1, 2]), (case.prepared[0], value)])
        assert not case.prepared[0].signature.accepts(value), what
    for wrong in permutations(case.values):
        if wrong != case.values:
            with pytest.raises(ForeignValue):
                finish_seals(case.octets, seals=list(zip(case.prepared, wrong, strict=True)))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), kind=st.sampled_from(["rsa-2048", "p-256"]))
def test_one_bit_is_enough(cases: Mapping[str, Case], data: st.DataObject, kind: str) -> None:
    value = bytearray(cases[kind].values[0])
    value[data.draw(st.integers(0, len(value) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(ForeignValue):
        finish_seals(cases[kind].octets, seals=[(cases[kind].prepared[0], bytes(value))])


def test_a_prepared_signature_is_finished_once(cases: Mapping[str, Case]) -> None:
    case = cases["p-256"]
    octets = finish_seals(case.octets, seals=_pairs(case, [0]))

    for again in ([0], [1, 0], [0, 0]):
        with pytest.raises(CannotSeal):
            finish_seals(octets, seals=_pairs(case, again))
    with pytest.raises(CannotSeal):
        finish_seals(case.octets, seals=_pairs(case, [1, 1]))
    with pytest.raises(CannotSeal):
        prepare_seals(octets, seals=[away(seal) for seal in case.seals])
    with pytest.raises(CannotSeal):
        seal_record(octets, seals=case.seals)


def test_of_two_that_were_prepared_for_a_slot_one_is_used(office: Office, cases: Mapping[str, Case]) -> None:
    """Asked again after the first request was given up; then both answers come."""
    first = cases["p-256"]
    seals = [replace(seal, at=seal.at + HOUR) for seal in first.seals]
    second = prepare_seals(first.octets, seals=[away(seal) for seal in seals])
    value = at_hand(seals[0]).sign(second[0].signature.octets)

    octets = finish_seals(first.octets, seals=[(second[0], value)])

    with pytest.raises(CannotSeal):
        finish_seals(octets, seals=_pairs(first, [0]))
    with pytest.raises(CannotSeal):
        finish_seals(first.octets, seals=[(second[0], value), *_pairs(first, [0])])


def _joined(office: Office, case: Case, slot: str, *, octets: bytes | None = None) -> bytes:
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
def test_the_record_has_changed_meanwhile(office: Office, cases: Mapping[str, Case], what: str) -> None:
    """What is not covered may change; what is covered may not."""
    change, allowed = MEANWHILE[what]
    case = cases["rsa-2048"]
    octets = change(case.octets)
    assert (octets == case.octets) is (what == "nothing")

    if allowed:
        _passes(office, office.papers["hbs-1.0"], finish_seals(octets, seals=_pairs(case)))
    else:
        with pytest.raises(CannotSeal):
            finish_seals(octets, seals=_pairs(case))


@pytest.mark.parametrize("slot", SLOT_NAMES)
def test_another_signature_has_joined_meanwhile(office: Office, cases: Mapping[str, Case], slot: str) -> None:
    """In another slot it is none of ours; in the same one ours comes too late."""
    paper, case = office.papers["hbs-1.0"], cases["p-256"]
    octets = _joined(office, case, slot)
    turn = SLOT_NAMES.index(slot)
    rest = [other for other in range(3) if other != turn]

    with pytest.raises(CannotSeal):
        finish_seals(octets, seals=_pairs(case))
    with pytest.raises(CannotSeal):
        finish_seals(octets, seals=_pairs(case, [turn]))
    sealed = finish_seals(octets, seals=_pairs(case, rest))

    assert _signature(sealed, slot) == _signature(octets, slot)
    # What joined is dated before what the hub prepared: only for the teacher is that the legal order.
    assert office.verify(paper, sealed).cause == (None if slot == "GVCN" else "order-wrong")


@pytest.mark.parametrize("name", PAPERS[1:])
def test_a_teacher_has_signed_elsewhere_meanwhile(office: Office, name: str) -> None:
    paper, case = office.papers[name], _case(office, name=name, kind="p-256")
    octets = _taught(office, paper, case.octets, MATHS)

    with pytest.raises(CannotSeal):
        finish_seals(octets, seals=_pairs(case))
    octets = finish_seals(octets, seals=_pairs(case, [1, 2]))
    _passes(office, paper, in_two_steps(octets, paper.seals(octets, office.keys["p-256"])))


@pytest.mark.parametrize("name", PAPERS[1:])
def test_slots_that_change_places_are_noticed(office: Office, name: str) -> None:
    """A path with a number means another teacher then."""
    case = _case(office, name=name, kind="p-256")
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
            finish_seals(swapped, seals=_pairs(case, [turn]))


def _told(prepared: PreparedSeal) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(prepared.to_bytes())
    return told


def _accepted_wrong(
    office: Office, case: Case, turn: int, stored: bytes, sign: Callable[[bytes], bytes] | None
) -> None:
    """Finish from what is stored: nothing comes of it, or nothing that passes, or what was prepared."""
    paper = office.papers["hbs-1.0"]
    wanted = finish_seals(case.octets, seals=_pairs(case))
    others = [pair for other, pair in enumerate(_pairs(case)) if other != turn]
    try:
        prepared = PreparedSeal.from_bytes(stored)
        value = case.values[turn] if sign is None else sign(prepared.signature.octets)
        octets = finish_seals(case.octets, seals=[*others, (prepared, value)])
    except REFUSED:
        return
    if office.verify(paper, octets).passed:
        for slot in SLOT_NAMES:
            assert _said(octets, slot) == _said(wanted, slot)
            assert sign is not None or _signed_info(octets, slot) == _signed_info(wanted, slot)


def _said(octets: bytes, slot: str) -> list[str | None]:
    """What a slot tells: of its signature, when it was made and with what certificate."""
    element = etree.fromstring(octets).find(f".//{slot}")
    names = ("NGAY_KY", "SO_CCCD", ".//{*}SigningTime", ".//{*}X509Certificate")
    return [element.findtext(name) for name in names]


def _signed_info(octets: bytes, slot: str) -> bytes:
    """What is signed, and the value; around it there are spellings that mean nothing."""
    found = etree.fromstring(octets).find(f".//{slot}/{SIGNATURE}" if slot != "." else SIGNATURE)
    return b"".join(etree.tostring(part, method="c14n", exclusive=True) for part in found[:2])


@settings(max_examples=60, deadline=None)
@given(data=st.data(), turn=st.integers(0, 2), again=st.booleans())
def test_a_stored_signature_whose_octets_were_changed(
    office: Office, cases: Mapping[str, Case], data: st.DataObject, turn: int, again: bool
) -> None:
    """Changed before its holder was asked, or after."""
    case = cases["p-256"]
    stored = bytearray(case.prepared[turn].to_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(stored) - 1))
        stored[place : place + data.draw(st.integers(0, 2))] = data.draw(
            st.binary(max_size=2) | st.sampled_from(MARKUP)
        )

    _accepted_wrong(office, case, turn, bytes(stored), at_hand(case.seals[turn]).sign if again else None)


MARKUP = (b"<", b">", b"/", b"'", b'\\"', b"&amp;", b"0", b"[", b"}", b"#data", b"</ds:Object>", b"<!--")


def _members(told: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return [(name,) for name in told] + [("signature", name) for name in told["signature"]]


@settings(max_examples=60, deadline=None)
@given(data=st.data(), turn=st.integers(0, 2), again=st.booleans())
def test_a_stored_signature_with_members_of_another(
    office: Office, cases: Mapping[str, Case], data: st.DataObject, turn: int, again: bool
) -> None:
    """Of another slot, another kind of key or another record; or of no kind at all."""
    case = cases["p-256"]
    told = _told(case.prepared[turn])
    donors = [_told(one) for each in cases.values() for one in each.prepared]
    for path in data.draw(st.lists(st.sampled_from(_members(told)), min_size=1, max_size=3, unique=True)):
        given_ = data.draw(st.sampled_from([*donors, *NONSENSE]))
        place, source = (told["signature"], given_.get("signature", {})) if len(path) == 2 else (told, given_)
        if isinstance(place, dict):
            place[path[-1]] = deepcopy(source.get(path[-1], given_.get("any")))

    _accepted_wrong(office, case, turn, json.dumps(told).encode(), at_hand(case.seals[turn]).sign if again else None)


NONSENSE = tuple(
    {"any": any_} for any_ in (None, "", "x", 1, -1.5, [], ["", "", "", []], {}, True, "9999-12-31T23:59:59Z")
)


@pytest.mark.parametrize(
    "stored",
    [b"", b"{}", b"[]", b"null", b'"x"', b"\xff", b"{", b"[" * 100_000, b'{"role": "GVCN"}', b'{"signature": {}}'],
)
def test_what_was_never_stored_is_no_signature(stored: bytes) -> None:
    with pytest.raises(CannotSeal):
        PreparedSeal.from_bytes(stored)
    with pytest.raises(CannotSeal):
        Prepared.from_bytes(stored)


DAMAGE: dict[str, Callable[[dict[str, Any]], None]] = {
    "another date in the slot": lambda told: told.update(at="2026-06-01T04:00:00+00:00"),
    "a time without its zone": lambda told: told.update(at="2026-06-01T12:00:00"),
    "a time at the end of times": lambda told: told.update(at="9999-12-31T23:59:59+00:00"),
    "another object": lambda told: _within(told, "rest", "T11:59:", "T10:59:"),
    "an object less": lambda told: _within(told, "rest", "<ds:Object>", "<ds:Object></ds:Object><ds:Object>"),
    "another subject": lambda told: _within(told, "rest", "ds:X509SubjectName", "ds:X509SKI"),
    "another certificate in KeyInfo": lambda told: _within(told, "rest", "<ds:X509Certificate>MII", "<ds:X509Certificate>MIX"),
    "something after the signature": lambda told: _within(told, "rest", "</ds:KeyInfo>", "</ds:KeyInfo></ds:Signature><ds:Signature>"),
    "another identifier": lambda told: told["signature"].update(signature_id="sig-x"),
    "markup as an identifier": lambda told: told["signature"].update(signature_id='x"><GVCN/><x y="'),
    "a path into the data": lambda told: told["landing"].__setitem__(0, "DU_LIEU_HOC_BA/GVCN"),
    "a path with a wish": lambda told: told["landing"].__setitem__(0, "DANH_SACH_THONG_TIN_KY/*[1]"),
    "a path that is none": lambda told: told["landing"].__setitem__(0, "["),
    "a region that is not there": lambda told: told["landing"].__setitem__(1, "KHONG_CO"),
    "another name of the region": lambda told: told["landing"].__setitem__(2, "date"),
    "a slot with a name of its own": lambda told: told.update(tie="x"),
    "another person": lambda told: told.update(cccd=PRINCIPAL),
    "nobody": lambda told: told.update(cccd="0"),
    "another digest": lambda told: told.update(covered="00" * 32),
}  # fmt: skip


def _within(told: dict[str, Any], member: str, old: str, new: str) -> None:
    assert old in told["signature"][member]
    told["signature"][member] = told["signature"][member].replace(old, new)


@pytest.mark.parametrize("what", DAMAGE)
@pytest.mark.parametrize("again", [False, True], ids=["after", "before"])
def test_damage_is_noticed_before_anything_is_written(cases: Mapping[str, Case], what: str, again: bool) -> None:
    """Also when its holder has signed the damaged one: a sound value saves nothing."""
    case = cases["p-256"]
    told = _told(case.prepared[0])
    DAMAGE[what](told)

    def finished() -> bytes:
        prepared = PreparedSeal.from_bytes(json.dumps(told).encode())
        value = at_hand(case.seals[0]).sign(prepared.signature.octets) if again else case.values[0]
        return finish_seals(case.octets, seals=[(prepared, value)])

    with pytest.raises(REFUSED):
        finished()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("#data", "#sig-gvcn"),
        ("xmlenc#sha256", "xmldsig-more#sha384"),
        ("xml-exc-c14n#", "xml-exc-c14n#WithComments"),
        ("<ds:Reference ", '<ds:Reference URI=""></ds:Reference><ds:Reference '),
        ("<ds:DigestValue>", "<ds:DigestValue>AAAA"),
        ("rsa-sha256", "rsa-sha512"),
    ],
)
def test_a_spoilt_signedinfo_helps_nobody_who_has_it_signed(cases: Mapping[str, Case], old: str, new: str) -> None:
    case = cases["rsa-2048"]
    first = case.prepared[0]
    spoilt = replace(first.signature, info=first.signature.info.replace(old, new))
    assert spoilt != first.signature

    with pytest.raises(REFUSED):
        finish_seals(
            case.octets, seals=[(replace(first, signature=spoilt), at_hand(case.seals[0]).sign(spoilt.octets))]
        )


def test_the_certificate_of_another_kind_accepts_nothing(cases: Mapping[str, Case]) -> None:
    """A service that tells one certificate and signs with another key."""
    rsa, ec = (cases[kind].prepared[0].signature for kind in ("rsa-2048", "p-256"))

    for prepared, value in ((rsa, cases["rsa-2048"].values[0]), (ec, cases["p-256"].values[0])):
        other = replace(prepared, certificate=(ec if prepared is rsa else rsa).certificate)
        assert prepared.accepts(value)
        assert not other.accepts(value)


@pytest.mark.parametrize("told", ["2026-02-30T10:00:00+07:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+07:00"])
def test_times_that_cannot_be_are_left_to_verification(office: Office, told: str) -> None:
    """A vendor's signature that states one is refused there; planning ours does not stumble over it."""
    paper, workshop = office.papers["hbs-1.0"], office.workshop
    places = [place.but(form="property") for place in workshop.places()[:1]]
    octets = record(workshop.data, places, identifier=workshop.uuid)
    octets = octets.replace(b"<SigningTime>2026-05-25T09:00:00+07:00", f"<SigningTime>{told}".encode())
    assert told.encode() in octets

    sealed = in_two_steps(octets, paper.seals(octets, office.keys["p-256"]))

    verdict = office.verify(paper, sealed)
    assert [slot.cause for slot in verdict.slots][1:] == [None, None]
    assert not verdict.passed


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
    case = _case(office, kind=kind)
    foreign = {
        "of a record": case.values[2],
        "of another batch": _prepared(office, kind, batch.replace(b"\n<HOC_BA", b"<HOC_BA"))[1],
        "of another form": _prepared(office, kind, batch, "property")[1],
        "of another key": office.stranger(kind).sign(prepared.octets),
        **_garbled(value),
    }

    for other in foreign.values():
        with pytest.raises(ForeignValue):
            finish_transaction(batch, prepared=prepared, value=other)
    for seal, other in _pairs(case):
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
    assert again or _signed_info(sealed, ".") == _signed_info(wanted, ".")


@pytest.mark.parametrize(
    "tail", [b"<!-- </DANH_SACH_HOC_BA> -->", b"<?a </DANH_SACH_HOC_BA>?>", b"\n<!-- later -->", b"<!---->"]
)
def test_what_follows_a_batch_is_no_place_for_its_seal(office: Office, batch: bytes, tail: bytes) -> None:
    with pytest.raises(CannotSeal):
        _prepared(office, "p-256", batch + tail)
    prepared, value = _prepared(office, "p-256", batch + b"\n")
    assert _judged(office, finish_transaction(batch + b"\n", prepared=prepared, value=value)).passed
