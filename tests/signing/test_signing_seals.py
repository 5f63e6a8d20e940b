"""Sealing: what is empty is signed by whom it belongs to, what is signed stays as it is, and the result passes."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from support.authority import ec_key, institution, person, write_p12
from support.forge import Place, record
from support.workshop import NAMED, NOW, PRINCIPAL, SIGNED, SLOTS, TEACHER, Workshop

from signing.seal import CannotSeal, FileKeyring, KeyMissing, Seal, seal_record, seals_for
from signing.seal.places import find_spans
from signing.second_opinion import Engine, second_opinions
from signing.verify import Form, RecordVerifier

FORMS = [form.value for form in Form]


@pytest.fixture(scope="module")
def keys(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> FileKeyring:
    return FileKeyring(workshop.write_keys(tmp_path_factory.mktemp("keys")))


@pytest.fixture(scope="module")
def verifier(workshop: Workshop) -> RecordVerifier:
    return workshop.verifier()


def _seals(octets: bytes, keys: FileKeyring, form: str = "both") -> tuple[Seal, ...]:
    return seals_for(etree.fromstring(octets), SLOTS, named=NAMED, keys=keys, form=form, at=NOW)


def _sealed(octets: bytes, keys: FileKeyring, form: str = "both") -> bytes:
    return seal_record(octets, seals=_seals(octets, keys, form))


EMPTY = {
    "no list": "",
    "empty list": "<DANH_SACH_THONG_TIN_KY></DANH_SACH_THONG_TIN_KY>",
    "empty list as one tag": "<DANH_SACH_THONG_TIN_KY/>",
    "empty slots": "<DANH_SACH_THONG_TIN_KY><GVCN/><CBQL></CBQL><KY_PHAT_HANH /></DANH_SACH_THONG_TIN_KY>",
    "slots with names": (
        f"<DANH_SACH_THONG_TIN_KY>\n <GVCN>\n  <NGAY_KY>2026-01-01</NGAY_KY><SO_CCCD>{TEACHER}</SO_CCCD>\n </GVCN>\n"
        f" <CBQL><SO_CCCD>{PRINCIPAL}</SO_CCCD></CBQL>\n <KY_PHAT_HANH><NGAY_KY/></KY_PHAT_HANH>\n</DANH_SACH_THONG_TIN_KY>"
    ),
    "the middle one absent": "<DANH_SACH_THONG_TIN_KY><GVCN/><KY_PHAT_HANH/></DANH_SACH_THONG_TIN_KY>",
    "only the last one there": "<DANH_SACH_THONG_TIN_KY>\n<KY_PHAT_HANH/>\n</DANH_SACH_THONG_TIN_KY>\n",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("slots", EMPTY.values(), ids=list(EMPTY))
def test_an_unsigned_record_is_sealed_and_passes(
    workshop: Workshop, keys: FileKeyring, verifier: RecordVerifier, slots: str, form: str
) -> None:
    sealed = _sealed(workshop.unsigned(slots), keys, form)

    verdict = verifier.verify(sealed, registry=workshop.approved(), at=NOW)
    assert verdict.passed, verdict.cause
    assert {slot.form for slot in verdict.slots} == {Form(form)}
    order = [element.tag for element in etree.fromstring(sealed).find("DANH_SACH_THONG_TIN_KY")]
    assert order == ["GVCN", "CBQL", "KY_PHAT_HANH"]
    assert _seals(sealed, keys) == ()


@pytest.mark.parametrize("engine", Engine)
@pytest.mark.parametrize("form", FORMS)
def test_other_engines_accept_the_hubs_seals(workshop: Workshop, keys: FileKeyring, form: str, engine: Engine) -> None:
    opinions = second_opinions(_sealed(workshop.unsigned(), keys, form), SLOTS, engine=engine)

    assert [(opinion.slot, opinion.reason) for opinion in opinions] == [(slot.name, None) for slot in SLOTS]


def test_times_rise_and_dates_are_frozen_before_the_first_signature(workshop: Workshop, keys: FileKeyring) -> None:
    root = etree.fromstring(_sealed(workshop.unsigned(), keys))

    dates = [root.findtext(f"{slot.path}/NGAY_KY") for slot in SLOTS]
    assert dates == ["2026-06-01T11:59:58+07:00", "2026-06-01T11:59:59+07:00", "2026-06-01T12:00:00+07:00"]
    for slot, date in zip(SLOTS, dates, strict=True):
        times = {element.text for element in root.find(slot.path).iter("{*}SigningTime")}
        assert times == {date}
    assert root.findtext("DU_LIEU_HOC_BA/THONG_TIN_CHUNG/NGAY_KY_PHAT_HANH_HOC_BA") == dates[-1]


def test_nothing_but_the_date_of_issue_changes_in_the_data(workshop: Workshop, keys: FileKeyring) -> None:
    sealed = _sealed(workshop.unsigned(), keys).decode()

    date = re.search("(<NGAY_KY_PHAT_HANH_HOC_BA>).*?(</)", workshop.data)
    assert date is not None
    assert workshop.data.replace(date[0], f"{date[1]}2026-06-01T12:00:00+07:00{date[2]}") in sealed


def test_a_half_signed_record_keeps_every_octet_of_its_own(
    workshop: Workshop, keys: FileKeyring, verifier: RecordVerifier
) -> None:
    half = record(workshop.data, workshop.places()[:1], identifier=workshop.uuid)

    sealed = _sealed(half, keys)

    assert verifier.verify(sealed, registry=workshop.approved(), at=NOW).passed
    head, tail = half.split(b"</DANH_SACH_THONG_TIN_KY>")
    assert sealed.startswith(head)
    assert sealed.endswith(b"</DANH_SACH_THONG_TIN_KY>" + tail)


styles = st.fixed_dictionaries(
    {
        "c14n": st.sampled_from(["exc", "inc", "c11"]),
        "prefix": st.sampled_from(["ds", "", "dsig"]),
        "form": st.sampled_from(FORMS),
        "digest": st.sampled_from(["sha256", "sha384", "sha512"]),
        "pss": st.booleans(),
        "by": st.sampled_from(["rsa", "ec"]),
    }
)
prefaces = st.sampled_from(
    [b"", b"\xef\xbb\xbf", b'<?xml version="1.0" encoding="UTF-8"?>\n', b"<?xml version='1.0'?>"]
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    signed=st.dictionaries(st.sampled_from(["GVCN", "CBQL"]), styles),
    form=st.sampled_from(FORMS),
    layout=st.sampled_from(["compact", "pretty"]),
    preface=prefaces,
)
def test_seals_stand_beside_signatures_of_any_style(
    workshop: Workshop,
    keys: FileKeyring,
    verifier: RecordVerifier,
    signed: dict[str, dict[str, object]],
    form: str,
    layout: str,
    preface: bytes,
) -> None:
    """Other slots keep their octets, the data keep theirs, and the whole passes."""
    ec_holders = {"GVCN": _EC["teacher"](workshop), "CBQL": workshop.head()}
    places = []
    for place in workshop.places()[:2]:
        if place.slot in signed:
            style = dict(signed[place.slot])
            by = ec_holders[place.slot] if style.pop("by") == "ec" else place.by
            places.append(place.but(by=by, **style))
    if [place.slot for place in places] == ["CBQL"]:
        places = [Place("GVCN", workshop.teacher, SIGNED, TEACHER), *places]
    if places:
        octets = preface + record(workshop.data, places, identifier=workshop.uuid, layout=layout)
    else:
        octets = preface + workshop.unsigned()

    sealed = _sealed(octets, keys, form)

    verdict = verifier.verify(sealed, registry=workshop.approved(), at=NOW)
    assert verdict.passed, verdict.cause
    before = etree.fromstring(octets)
    for place in places:
        (text,) = re.findall(rf"<{place.slot}>.*?</{place.slot}>", octets.decode(), re.DOTALL)
        assert text.encode() in sealed
    if places:
        assert workshop.data.encode() in sealed
        assert len(etree.fromstring(sealed).findall(".//{*}Signature")) == 3
    assert before.tag == "HOC_BA"


_EC: dict[str, Callable[[Workshop], object]] = {
    "teacher": lambda workshop: workshop.issuing.issue(person("Phạm Thị Chủ", TEACHER), key=ec_key())
}


def test_elliptic_keys_seal(workshop: Workshop, tmp_path: Path) -> None:
    folder = workshop.write_keys(tmp_path)
    seal = workshop.issuing.issue(institution("Trường", workshop.unit), key=ec_key())
    write_p12(folder / workshop.unit / "KY_PHAT_HANH.p12", seal, password=b"thu nghiem")

    sealed = _sealed(workshop.unsigned(), FileKeyring(folder))

    verdict = workshop.verifier().verify(sealed, registry=workshop.approved(seal), at=NOW)
    assert verdict.passed, verdict.cause
    algorithms = verdict.by_slot()["KY_PHAT_HANH"].algorithms
    assert algorithms is not None
    assert algorithms.signature == "ecdsa-sha256"


def test_a_missing_key_names_its_role(workshop: Workshop, keys: FileKeyring) -> None:
    octets = workshop.unsigned().replace(TEACHER.encode(), b"079184999999")

    with pytest.raises(KeyMissing) as caught:
        _seals(octets, keys)

    assert caught.value.role == "GVCN"
    assert "079184999999" not in str(caught.value)


def test_without_a_keyring_every_key_is_missing(workshop: Workshop) -> None:
    with pytest.raises(KeyMissing):
        seals_for(etree.fromstring(workshop.unsigned()), SLOTS, named=NAMED, keys=None, form="both")


def test_whom_the_data_do_not_name_does_not_sign(workshop: Workshop, keys: FileKeyring) -> None:
    pattern = f"<SO_CCCD_GIAO_VIEN_CHU_NHIEM>{TEACHER}</SO_CCCD_GIAO_VIEN_CHU_NHIEM>"
    octets = workshop.unsigned().replace(pattern.encode(), b"")

    assert [seal.slot.name for seal in _seals(octets, keys)] == ["CBQL", "KY_PHAT_HANH"]
    kept = octets.replace(b"</HOC_BA>", b"<DANH_SACH_THONG_TIN_KY><GVCN/></DANH_SACH_THONG_TIN_KY></HOC_BA>")
    with pytest.raises(KeyMissing):
        _seals(kept, keys)


@pytest.mark.parametrize("code", ["..", "a/b", "", "7" * 40, "79 1", "79\n"])
def test_codes_from_records_never_become_paths(keys: FileKeyring, code: str) -> None:
    with pytest.raises(KeyMissing):
        keys.transaction_key(code)
    with pytest.raises(KeyMissing):
        keys.key("79760411", "GVCN", code or "..")


def test_an_unreadable_key_file_is_a_missing_key(workshop: Workshop, tmp_path: Path) -> None:
    folder = workshop.write_keys(tmp_path)
    (folder / workshop.unit / "GIAO_DICH.p12").write_bytes(b"not a key")
    keyring = FileKeyring(folder)

    with pytest.raises(KeyMissing):
        keyring.transaction_key(workshop.unit)
    (folder / "password").write_bytes(b"another")
    with pytest.raises(KeyMissing):
        FileKeyring(folder).key(workshop.unit, "KY_PHAT_HANH")


def test_a_key_out_of_its_time_is_a_missing_key(workshop: Workshop, tmp_path: Path) -> None:
    folder = workshop.write_keys(tmp_path)
    expired = workshop.issuing.issue(institution("Trường", workshop.unit), key=ec_key(), ends=SIGNED)
    write_p12(folder / workshop.unit / "GIAO_DICH.p12", expired, password=b"thu nghiem")

    with pytest.raises(KeyMissing):
        FileKeyring(folder).transaction_key(workshop.unit)


def test_a_renewed_key_is_seen(workshop: Workshop, tmp_path: Path) -> None:
    folder = workshop.write_keys(tmp_path)
    keyring = FileKeyring(folder)
    first = keyring.transaction_key(workshop.unit)
    assert keyring.transaction_key(workshop.unit) is first

    write_p12(folder / workshop.unit / "GIAO_DICH.p12", workshop.neighbour, password=b"thu nghiem")

    assert keyring.transaction_key(workshop.unit).chain[0].sha256 == workshop.neighbour.sha256


def test_a_seal_never_lands_inside_what_is_signed(workshop: Workshop, keys: FileKeyring) -> None:
    seals = _seals(workshop.unsigned(), keys)
    inside = replace(seals[0], slot=replace(seals[0].slot, path="DU_LIEU_HOC_BA/GVCN"))

    with pytest.raises(CannotSeal):
        seal_record(workshop.unsigned(), seals=[inside])


def test_a_record_without_data_cannot_be_sealed(workshop: Workshop, keys: FileKeyring) -> None:
    seals = _seals(workshop.unsigned(), keys)

    with pytest.raises(CannotSeal):
        seal_record(b"<HOC_BA></HOC_BA>", seals=seals)


@pytest.mark.parametrize(
    ("text", "start", "inside", "closing"),
    [
        ("<A><B>x</B></A>", 3, 6, 7),
        ("<A><B c=\"/>\" d='>'>é</B ></A>", 3, 19, 21),
        ("<A><!-- <B> --><B>x</B></A>", 15, 18, 19),
        ("<A><![CDATA[<B>]]><B><B/></B></A>", 18, 21, 25),
        ("\ufeff<?xml version='1.0'?><A><B>x</B></A>", 27, 30, 31),
    ],
)
def test_places_are_octets(text: str, start: int, inside: int, closing: int) -> None:
    span = find_spans(text.encode(), {"B"})["B"]

    assert (span.start, span.inside, span.closing) == (start, inside, closing)
    assert text.encode()[: span.end].endswith((b"</B>", b"</B >"))


def test_one_empty_tag_is_known_as_such() -> None:
    span = find_spans(b"<A><B c='d' /><B>x</B></A>", {"B"})["B"]

    assert span.one_tag
    assert (span.start, span.end) == (3, 14)


def test_without_seals_nothing_changes(workshop: Workshop) -> None:
    assert seal_record(workshop.good, seals=()) is workshop.good


def test_a_slot_that_comes_too_late_is_told_by_verification(
    workshop: Workshop, keys: FileKeyring, verifier: RecordVerifier
) -> None:
    """The hub never dates a signature back: a teacher who signs after the principal is out of order."""
    octets = record(workshop.data, workshop.places()[1:2], identifier=workshop.uuid)

    sealed = _sealed(octets, keys)

    assert verifier.verify(sealed, registry=workshop.approved(), at=NOW).cause == "order-wrong"


def test_new_seals_follow_signatures_that_are_there(workshop: Workshop, keys: FileKeyring) -> None:
    ahead = NOW + timedelta(seconds=30)
    octets = record(workshop.data, [workshop.places()[0].but(at=ahead)], identifier=workshop.uuid)

    times = [seal.at for seal in _seals(octets, keys)]

    assert times == [ahead + timedelta(seconds=1), ahead + timedelta(seconds=2)]
