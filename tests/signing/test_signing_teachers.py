"""The observed structure: each subject's teacher signs that subject, the homeroom teacher what is about the pupil, the
principal and the school everything, the teachers' signatures included."""

import re
from dataclasses import replace

import pytest
from lxml import etree
from support.staff import MATHS, MUSIC, PROFILE, Staff, secondary_record, signed, staff_of
from support.workshop import HOUR, SIGNED, Workshop

from signing.seal import CannotSeal, KeyMissing, seal_record
from signing.second_opinion import Engine, second_opinions
from transformers.official import write_record


@pytest.fixture(scope="module")
def staff(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Staff:
    return staff_of(workshop, tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def good(staff: Staff) -> bytes:
    return staff.sealed(staff.unsigned)


def test_everyone_signs_and_the_record_passes(staff: Staff, good: bytes) -> None:
    verdict = staff.verify(good)
    assert verdict.passed, verdict.cause
    assert [slot.slot for slot in verdict.slots] == ["GVBM", "GVBM", "GVCN", "CBQL", "KY_PHAT_HANH"]
    uris = [next(each.iter("{*}Reference")).get("URI") for each in etree.fromstring(good).iter("{*}Signature")]
    assert uris == ["#diem-TOA", "#diem-NTH", "#thongtinhocba", "#data", "#data"]
    assert verdict.data is not None
    assert verdict.data.count(b"<ds:Signature ") == 3
    assert staff.seals(good) == ()


@pytest.mark.parametrize("engine", Engine)
def test_other_engines_accept_every_seal(good: bytes, engine: Engine) -> None:
    opinions = second_opinions(good, PROFILE.slots, engine=engine)
    assert [opinion.reason for opinion in opinions] == [None] * 5


def test_other_software_may_sign_for_teachers(staff: Staff) -> None:
    octets = signed(staff.unsigned, f"{MUSIC}-NTH", staff.music, uri="#diem-NTH", label="nth", at=SIGNED + HOUR)
    octets = signed(octets, f"{MATHS}-TOA", staff.maths, uri="#diem-TOA", label="toa")
    verdict = staff.verify(staff.sealed(octets))
    assert verdict.passed, verdict.cause


def test_a_teacher_signs_no_others_region(staff: Staff) -> None:
    octets = signed(staff.unsigned, f"{MATHS}-TOA", staff.maths, uri="#diem-NTH")
    assert staff.verify(staff.sealed(octets)).cause == "GVBM:reference-foreign"


@pytest.mark.parametrize("uri", ["#data", "#thongtinhocba", f"#{MATHS}-TOA"])
def test_a_teacher_signs_nothing_but_the_tied_region(staff: Staff, uri: str) -> None:
    octets = signed(staff.unsigned, f"{MATHS}-TOA", staff.maths, uri=uri)
    assert [slot.cause for slot in staff.verify(octets).slots] == ["reference-foreign"]


def test_swapped_signatures_are_refused(staff: Staff) -> None:
    octets = staff.sealed(staff.unsigned, only=("GVBM",)).decode()
    first, second = re.findall(r"<ds:Signature .*?</ds:Signature>", octets)
    swapped = octets.replace(first, "[first]").replace(second, first).replace("[first]", second)
    verdict = staff.verify(staff.sealed(swapped.encode()))
    assert [slot.cause for slot in verdict.slots][:2] == ["reference-foreign"] * 2


def test_swapped_slots_are_refused(staff: Staff) -> None:
    """The ties change places, the signatures stay."""
    octets = staff.sealed(staff.unsigned, only=("GVBM",)).decode()
    head, slots = octets.split("<DANH_SACH_GVBM>")
    one, other = f'Id="{MATHS}-TOA"', f'Id="{MUSIC}-NTH"'
    slots = slots.replace(one, "[one]").replace(other, one).replace("[one]", other)
    verdict = staff.verify(staff.sealed(f"{head}<DANH_SACH_GVBM>{slots}".encode()))
    assert [slot.cause for slot in verdict.slots][:2] == ["reference-foreign"] * 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f'GVBM Id="{MUSIC}-NTH"', f'GVBM Id="{MATHS}-TOA"'),
        ('DIEM_TONG_KET Id="diem-NTH"', 'DIEM_TONG_KET Id="diem-TOA"'),
        ('DIEM_TONG_KET Id="diem-NTH"', f'DIEM_TONG_KET Id="{MATHS}-TOA"'),
        (f'<GVBM Id="{MATHS}-TOA"', f'<GVBM id="{MATHS}-TOA"'),
        ("<NHAN_XET_GVCN>", f'<NHAN_XET_GVCN Id="{MATHS}-TOA">'),
        ("<CBQL>", f'<CBQL Id="{MATHS}-TOA">'),
        (f'GVBM Id="{MATHS}-TOA"', 'GVBM Id="data"'),
    ],
)
def test_a_repeated_identifier_is_refused(staff: Staff, good: bytes, old: str, new: str) -> None:
    """In each of its places, or in the first of them alone."""
    everywhere = staff.verify(good.decode().replace(old, new).encode())
    first = staff.verify(good.decode().replace(old, new, 1).encode())
    assert everywhere.cause == "identifier-repeated"
    assert first.cause == "identifier-repeated"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f'<GVBM Id="{MATHS}-TOA"><TEN', "<GVBM><TEN"),
        (f'<GVBM Id="{MATHS}-TOA"><TEN', '<GVBM Id="someone"><TEN'),
        (f'<GVBM Id="{MATHS}-TOA"><NGAY', "<GVBM><NGAY"),
        (' Id="diem-TOA"', ""),
    ],
)
def test_a_slot_without_its_region_is_refused(staff: Staff, good: bytes, old: str, new: str) -> None:
    octets = good.decode().replace(old, new).encode()
    assert octets != good
    assert "data-missing" in [slot.cause for slot in staff.verify(octets).slots]
    with pytest.raises(CannotSeal):
        staff.seals(octets)


def test_marks_changed_after_signing_are_told_at_their_slot(staff: Staff, good: bytes) -> None:
    octets = good.replace(b"<DIEM_CA_NAM>9</DIEM_CA_NAM>", b"<DIEM_CA_NAM>10</DIEM_CA_NAM>")
    verdict = staff.verify(octets)
    assert [slot.cause for slot in verdict.slots] == ["digest-data", None, "digest-data", "digest-data", "digest-data"]
    path = verdict.findings[0].path or ""
    assert path.endswith("/DANH_SACH_GVBM/GVBM[1]")


def test_a_teachers_signature_after_the_principals_breaks_it(staff: Staff) -> None:
    """The principal's covers the teachers' slots: the order of signing is not a courtesy."""
    waiting = staff.unsigned.decode()
    late = waiting.replace(
        waiting[waiting.index(f'<GVBM Id="{MUSIC}-NTH"><NGAY') : waiting.index("</DANH_SACH_GVBM>")], ""
    )
    before = staff.sealed(late.encode())
    assert staff.verify(before, required=frozenset({"CBQL", "KY_PHAT_HANH"})).passed
    slot = f'<GVBM Id="{MUSIC}-NTH"><NGAY_KY></NGAY_KY><SO_CCCD>{MUSIC}</SO_CCCD></GVBM>'
    added = before.replace(b"</DANH_SACH_GVBM>", f"{slot}</DANH_SACH_GVBM>".encode())
    with pytest.raises(CannotSeal):
        staff.sealed(added)
    octets = signed(added, f"{MUSIC}-NTH", staff.music, uri="#diem-NTH")
    verdict = staff.verify(octets)
    assert [(slot.slot, slot.cause) for slot in verdict.slots] == [
        ("GVBM", None),
        ("GVBM", None),
        ("GVCN", None),
        ("CBQL", "digest-data"),
        ("KY_PHAT_HANH", "digest-data"),
    ]


def test_where_teachers_must_sign_every_subject_has_its_signature(staff: Staff) -> None:
    text = staff.unsigned.decode()
    slot = text[text.index(f'<GVBM Id="{MUSIC}-NTH"><NGAY') : text.index("</DANH_SACH_GVBM>")]
    octets = staff.sealed(text.replace(slot, "").encode())
    verdict = staff.verify(octets)
    assert verdict.cause == "slot-missing"
    assert [(finding.path or "").rpartition("/")[2] for finding in verdict.findings] == ["DIEM_TONG_KET[2]"]
    assert staff.verify(octets, required=frozenset({"CBQL", "KY_PHAT_HANH"})).passed


def test_an_unsigned_teachers_slot_is_refused(staff: Staff) -> None:
    octets = staff.sealed(staff.unsigned, only=("GVCN", "CBQL", "KY_PHAT_HANH"))
    assert staff.verify(octets, required=frozenset({"CBQL", "KY_PHAT_HANH"})).cause == "slot-unsigned"


def test_a_policy_of_teachers_alone_refuses(staff: Staff, good: bytes) -> None:
    assert staff.verify(good, required=frozenset({"GVBM"})).cause == "policy-empty"


def test_teachers_sign_in_any_order_but_before_the_homeroom_teacher(staff: Staff) -> None:
    octets = signed(staff.unsigned, f"{MATHS}-TOA", staff.maths, uri="#diem-TOA", label="toa", at=SIGNED + HOUR)
    octets = signed(octets, f"{MUSIC}-NTH", staff.music, uri="#diem-NTH", label="nth")
    assert staff.verify(staff.sealed(octets)).passed
    seals = [replace(seal, at=SIGNED + HOUR / 2) for seal in staff.seals(octets) if seal.slot.name == "GVCN"]
    early = staff.sealed(seal_record(octets, seals=seals))
    assert staff.verify(early).cause == "order-wrong"


def test_another_teacher_does_not_sign(staff: Staff) -> None:
    octets = signed(staff.unsigned, f"{MATHS}-TOA", staff.music, uri="#diem-TOA")
    assert staff.verify(staff.sealed(octets)).cause == "GVBM:signer-differs"


def test_a_missing_key_of_a_teacher_names_its_role(staff: Staff) -> None:
    octets = staff.unsigned.replace(MUSIC.encode(), b"079199999999")
    with pytest.raises(KeyMissing) as caught:
        staff.seals(octets)
    assert caught.value.role == "GVBM"


def test_a_teacher_of_two_subjects_signs_twice(staff: Staff) -> None:
    octets = write_record(secondary_record(staff.workshop, {"TOA": MATHS, "TIN": MATHS}), PROFILE)
    verdict = staff.verify(staff.sealed(octets))
    assert verdict.passed, verdict.cause
    assert len(verdict.slots) == 5


def test_nothing_but_slots_and_the_date_of_issue_is_written(staff: Staff, good: bytes) -> None:
    def bare(octets: bytes) -> str:
        text = re.sub(r"<ds:Signature .*?</ds:Signature>", "", octets.decode())
        return re.sub(r"<(NGAY_KY\w*)>[^<]*", r"<\1>", text)

    assert bare(good) == bare(staff.unsigned)
