"""Stored signatures that were changed, before or after their holder was asked: nothing comes of them that is accepted and
wrong.
"""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from support.papers import Office, at_hand
from support.waiting import (
    MARKUP,
    REFUSED,
    SLOT_NAMES,
    Waiting,
    pairs,
    signed_info,
)
from support.workshop import PRINCIPAL

from signing.seal import (
    CannotSeal,
    Prepared,
    PreparedSeal,
    finish_seals,
)


def _told(prepared: PreparedSeal) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(prepared.to_bytes())
    return told


def _accepted_wrong(
    office: Office, case: Waiting, turn: int, stored: bytes, sign: Callable[[bytes], bytes] | None
) -> None:
    """Finish from what is stored: nothing comes of it, or nothing that passes, or what was prepared."""
    paper = office.papers["hbs-1.0"]
    wanted = finish_seals(case.octets, seals=pairs(case))
    others = [pair for other, pair in enumerate(pairs(case)) if other != turn]
    try:
        prepared = PreparedSeal.from_bytes(stored)
        value = case.values[turn] if sign is None else sign(prepared.signature.octets)
        octets = finish_seals(case.octets, seals=[*others, (prepared, value)])
    except REFUSED:
        return
    if office.verify(paper, octets).passed:
        for slot in SLOT_NAMES:
            assert _said(octets, slot) == _said(wanted, slot)
            assert sign is not None or signed_info(octets, slot) == signed_info(wanted, slot)


def _said(octets: bytes, slot: str) -> list[str | None]:
    """What a slot tells: of its signature, when it was made and with what certificate."""
    element = etree.fromstring(octets).find(f".//{slot}")
    names = ("NGAY_KY", "SO_CCCD", ".//{*}SigningTime", ".//{*}X509Certificate")
    return [element.findtext(name) for name in names]


@settings(max_examples=60, deadline=None)
@given(data=st.data(), turn=st.integers(0, 2), again=st.booleans())
def test_a_stored_signature_whose_octets_were_changed(
    office: Office, cases: Mapping[str, Waiting], data: st.DataObject, turn: int, again: bool
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


def _members(told: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return [(name,) for name in told] + [("signature", name) for name in told["signature"]]


@settings(max_examples=60, deadline=None)
@given(data=st.data(), turn=st.integers(0, 2), again=st.booleans())
def test_a_stored_signature_with_members_of_another(
    office: Office, cases: Mapping[str, Waiting], data: st.DataObject, turn: int, again: bool
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
def test_damage_is_noticed_before_anything_is_written(cases: Mapping[str, Waiting], what: str, again: bool) -> None:
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
def test_a_spoilt_signedinfo_helps_nobody_who_has_it_signed(cases: Mapping[str, Waiting], old: str, new: str) -> None:
    case = cases["rsa-2048"]
    first = case.prepared[0]
    spoilt = replace(first.signature, info=first.signature.info.replace(old, new))
    assert spoilt != first.signature

    with pytest.raises(REFUSED):
        finish_seals(
            case.octets, seals=[(replace(first, signature=spoilt), at_hand(case.seals[0]).sign(spoilt.octets))]
        )
