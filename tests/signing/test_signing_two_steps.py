"""Sealing in two steps: whatever the key, the form, the profile and the signatures of others, what is sealed passes; and the
same prepared data give the same octets, in whatever order, as far as the law knows none.
"""

from collections.abc import Callable, Sequence
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from support.forge import Style, record
from support.papers import KINDS, PAPERS, Mixed, Office, away
from support.staff import MATHS, MUSIC
from support.waiting import (
    FORMS,
    SLOT_NAMES,
    at_once,
    case_of,
    in_two_steps,
    pairs,
    signature_at,
    taught,
)

from signing.seal import (
    CannotSeal,
    PreparedSeal,
    Seal,
    finish_seals,
    prepare_seals,
    seal_record,
)
from signing.verify import Form


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", FORMS)
def test_what_is_sealed_passes_whatever_the_form_and_the_key(office: Office, paper: str, kind: str, form: str) -> None:
    one = office.papers[paper]
    seals = one.seals(one.unsigned, office.keys[kind], form=form)

    for way in (at_once, in_two_steps):
        verdict = office.passes(one, way(one.unsigned, seals))
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

    office.passes(paper, sealed)
    for place in places:
        assert signature_at(octets, place.slot) == signature_at(sealed, place.slot)


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
        octets = taught(office, paper, octets, cccd, Style(**style))  # type: ignore[arg-type]
    if not before:
        octets = octets.replace(b"<HOC_BA", root, 1)
        octets = _indented(octets) if indented else octets
    seals = paper.seals(octets, Mixed([office.keys[kind] for kind in kinds]), form=form)

    sealed = way(octets, seals)

    assert len(office.passes(paper, sealed).slots) == 5


def _indented(octets: bytes) -> bytes:
    root = etree.fromstring(octets)
    etree.indent(root)
    return bytes(etree.tostring(root, encoding="utf-8"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", PAPERS)
def test_the_same_value_gives_the_same_octets(office: Office, name: str, kind: str, form: str) -> None:
    """However often, wherever, in whatever order, together or one by one."""
    case = case_of(office, name=name, kind=kind, form=form)
    wanted = finish_seals(case.octets, seals=pairs(case))

    stored = [(PreparedSeal.from_bytes(one.to_bytes()), value) for one, value in pairs(case)]
    assert [each for each, _ in stored] == list(case.prepared)
    assert [each.to_bytes() for each, _ in stored] == [each.to_bytes() for each in case.prepared]
    assert prepare_seals(case.octets, seals=[away(seal) for seal in case.seals]) == case.prepared
    assert finish_seals(case.octets, seals=stored) == wanted
    for order in permutations(range(3)):
        octets = case.octets
        for turn in order:
            octets = finish_seals(octets, seals=pairs(case, [turn]))
        assert octets == wanted


def test_what_is_at_hand_and_what_is_away_are_prepared_alike(office: Office) -> None:
    paper = office.papers["hbs-1.0"]
    seals = paper.seals(paper.unsigned, office.keys["rsa-2048"])

    assert prepare_seals(paper.unsigned, seals=seals) == prepare_seals(
        paper.unsigned, seals=[away(seal) for seal in seals]
    )
    case = case_of(office, kind="rsa-2048")
    assert finish_seals(case.octets, seals=pairs(case)) == seal_record(paper.unsigned, seals=case.seals)


def test_teachers_sign_in_parallel_and_the_principal_after_them(office: Office) -> None:
    """Where the law knows no order there is none; where it does, what comes too late is refused."""
    paper = office.papers["hbs-2/secondary"]
    case = case_of(office, name="hbs-2/secondary", kind="p-256")
    assert [each.role for each in case.prepared] == ["GVBM", "GVBM", "GVCN"]
    ends = {finish_seals(finish_seals(case.octets, seals=pairs(case, [a])), seals=pairs(case, [b]))
            for a, b in ((0, 1), (1, 0))}  # fmt: skip
    assert len(ends) == 1

    without_music = finish_seals(case.octets, seals=pairs(case, [0, 2]))
    late = in_two_steps(without_music, paper.seals(without_music, office.keys["p-256"])[1:])
    assert office.verify(paper, late).cause == "slot-unsigned"
    with pytest.raises(CannotSeal):
        finish_seals(late, seals=pairs(case, [1]))

    whole = finish_seals(without_music, seals=pairs(case, [1]))
    early = prepare_seals(case.octets, seals=[paper.seals(case.octets, office.keys["p-256"])[3]])
    value = office.keys["p-256"].transaction_key(office.workshop.unit).sign(early[0].signature.octets)
    with pytest.raises(CannotSeal):
        finish_seals(whole, seals=[(early[0], value)])
    office.passes(paper, in_two_steps(whole, paper.seals(whole, office.keys["p-256"])))


def test_none_is_prepared_over_the_place_of_another(office: Office) -> None:
    paper = office.papers["hbs-2/secondary"]
    seals = paper.seals(paper.unsigned, office.keys["p-256"])

    with pytest.raises(CannotSeal):
        prepare_seals(paper.unsigned, seals=[seals[0], seals[3]])


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
