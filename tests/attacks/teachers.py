"""The observed form: each teacher signs one subject's marks, the principal all of it with those signatures."""

import re
from collections.abc import Callable

from support.authority import Holder, person, rsa_key
from support.staff import MATHS, MUSIC, Staff, signed
from support.workshop import HOUR, SIGNED

from attacks.attack import Attack, Make
from attacks.references import subtracting
from attacks.site import Site

FOREIGN = "GVBM:reference-foreign"


def _late(octets: bytes, staff: Staff) -> bytes:
    """Whatever the teachers did, the others sign it."""
    return staff.sealed(octets)


def _good(site: Site) -> str:
    return site.staff.sealed(site.staff.unsigned).decode()


def _after(old: str, new: str, *, count: int = -1) -> Make:
    """The good record with its text changed afterwards."""

    def make(site: Site) -> bytes:
        text = _good(site)
        assert old in text, old
        return text.replace(old, new, count).encode()

    return make


def _mathematician(uri: str, *, by: str = "maths", alone: bool = False) -> Make:
    """The teacher of mathematics signs something else; everybody signs after, or nobody."""

    def make(site: Site) -> bytes:
        staff = site.staff
        holder: Holder = getattr(staff, by)
        octets = signed(staff.unsigned, f"{MATHS}-TOA", holder, uri=uri)
        return octets if alone else _late(octets, staff)

    return make


def _swapped(change: Callable[[str], str]) -> Make:
    """The teachers have signed; something is changed; everybody signs after."""

    def make(site: Site) -> bytes:
        staff = site.staff
        return _late(change(staff.sealed(staff.unsigned, only=("GVBM",)).decode()).encode(), staff)

    return make


def _signatures(text: str) -> str:
    first, second = re.findall(r"<ds:Signature .*?</ds:Signature>", text)
    return text.replace(first, "[first]").replace(second, first).replace("[first]", second)


def _ties(text: str) -> str:
    head, slots = text.split("<DANH_SACH_GVBM>")
    one, other = f'Id="{MATHS}-TOA"', f'Id="{MUSIC}-NTH"'
    slots = slots.replace(one, "[one]").replace(other, one).replace("[one]", other)
    return f"{head}<DANH_SACH_GVBM>{slots}"


def _marks_changed(text: str) -> str:
    return text.replace("<DIEM_CA_NAM>9</DIEM_CA_NAM>", "<DIEM_CA_NAM>10</DIEM_CA_NAM>", 1)


def _unsigned(site: Site) -> bytes:
    return site.staff.sealed(site.staff.unsigned, only=("GVCN", "CBQL", "KY_PHAT_HANH"))


def _left_out(site: Site) -> bytes:
    """The teacher of music has no slot; everybody else signs."""
    text = site.staff.unsigned.decode()
    slot = text[text.index(f'<GVBM Id="{MUSIC}-NTH"><NGAY') : text.index("</DANH_SACH_GVBM>")]
    return site.staff.sealed(text.replace(slot, "").encode())


def _after_the_principal(site: Site) -> bytes:
    """A teacher signs what the principal has already signed."""
    staff, text = site.staff, site.staff.unsigned.decode()
    slot = text[text.index(f'<GVBM Id="{MUSIC}-NTH"><NGAY') : text.index("</DANH_SACH_GVBM>")]
    before = staff.sealed(text.replace(slot, "").encode()).decode()
    return signed(
        before.replace("</DANH_SACH_GVBM>", f"{slot}</DANH_SACH_GVBM>").encode(),
        f"{MUSIC}-NTH",
        staff.music,
        uri="#diem-NTH",
    )


def _late_teacher(site: Site) -> bytes:
    """The homeroom teacher signed before the teacher of mathematics."""
    from dataclasses import replace

    from signing.seal import seal_record

    staff = site.staff
    octets = signed(staff.unsigned, f"{MATHS}-TOA", staff.maths, uri="#diem-TOA", label="toa", at=SIGNED + HOUR)
    octets = signed(octets, f"{MUSIC}-NTH", staff.music, uri="#diem-NTH", label="nth")
    seals = [replace(seal, at=SIGNED + HOUR / 2) for seal in staff.seals(octets) if seal.slot.name == "GVCN"]
    return staff.sealed(seal_record(octets, seals=seals))


def _stranger(site: Site) -> bytes:
    """A teacher whom the slot does not name signs the subject."""
    other = site.issuing.issue(person("Người Lạ", "079155500055"), key=rsa_key())
    return _late(signed(site.staff.unsigned, f"{MATHS}-TOA", other, uri="#diem-TOA"), site.staff)


def _subtracted(site: Site) -> bytes:
    """The principal's reference leaves the teachers' signatures out."""
    text = _good(site)
    start = text.index("<CBQL>")
    transforms = re.compile(r'(URI="#data">\s*<ds:Transforms>)')
    return (
        text[:start]
        + transforms.sub(lambda found: found[1] + subtracting("/descendant::ds:Signature"), text[start:], count=1)
    ).encode()


_FIRST = f'<GVBM Id="{MATHS}-TOA"'

ATTACKS = tuple(
    attack.through("teachers")
    for attack in (
        Attack("teacher-moved-to-another-subject", FOREIGN, _mathematician("#diem-NTH"), "A teacher answers for one subject; the tie says which."),
        Attack("teacher-signs-everything", FOREIGN, _mathematician("#data", alone=True), "The slot is for one subject's marks."),
        Attack("teacher-signs-the-homeroom-teachers-part", FOREIGN, _mathematician("#thongtinhocba"), "The slot is for one subject's marks."),
        Attack("teacher-signs-the-own-slot", FOREIGN, _mathematician(f"#{MATHS}-TOA"), "The slot is not the marks."),
        Attack("teachers-signatures-swapped", FOREIGN, _swapped(_signatures), "Both are sound, each over the other's subject."),
        Attack("teachers-slots-swapped", FOREIGN, _swapped(_ties), "Names change places, signatures stay."),
        Attack("teacher-is-the-colleague", "GVBM:signer-differs", _mathematician("#diem-TOA", by="music"), "The colleague has a certificate, and no say in this subject."),
        Attack("teacher-is-a-stranger", "GVBM:signer-differs", _stranger, "A sound certificate of nobody who teaches here."),
        Attack("marks-changed-before-the-principal-signed", "GVBM:digest-data", _swapped(_marks_changed), "The principal's signature does not mend the teacher's."),
        Attack("marks-changed-after-all-signed", "GVBM:digest-data", _after("<DIEM_CA_NAM>9</DIEM_CA_NAM>", "<DIEM_CA_NAM>10</DIEM_CA_NAM>", count=1), "Told at the subject's own slot."),
        Attack("teacher-has-not-signed", "slot-unsigned", _unsigned, "A slot that names a teacher is signed by him."),
        Attack("teacher-left-out", "slot-missing", _left_out, "Where teachers must sign, each subject has its signature."),
        Attack("teacher-after-the-principal", "CBQL:digest-data", _after_the_principal, "The principal signs the teachers' signatures; one that is added later breaks it."),
        Attack("teacher-after-the-homeroom-teacher", "order-wrong", _late_teacher, "The homeroom teacher signs when the marks are there."),
        Attack("tie-repeated", "identifier-repeated", _after(f'GVBM Id="{MUSIC}-NTH"', f'GVBM Id="{MATHS}-TOA"'), "Two slots for one subject."),
        Attack("region-repeated", "identifier-repeated", _after('DIEM_TONG_KET Id="diem-NTH"', 'DIEM_TONG_KET Id="diem-TOA"'), "Two subjects of one identifier."),
        Attack("tie-as-a-region", "identifier-repeated", _after('DIEM_TONG_KET Id="diem-NTH"', f'DIEM_TONG_KET Id="{MATHS}-TOA"'), "A slot's name as a subject's."),
        Attack("tie-under-another-spelling", "identifier-repeated", _after(_FIRST, f'<GVBM id="{MATHS}-TOA"'), "Two readers find two things."),
        Attack("tie-in-a-third-place", "identifier-repeated", _after("<CBQL>", f'<CBQL Id="{MATHS}-TOA">'), "A tie has two ends."),
        Attack("tie-missing-at-the-subject", "GVBM:data-missing", _after(f'{_FIRST}><TEN', "<GVBM><TEN"), "Nothing says what the slot signs."),
        Attack("tie-missing-at-the-slot", "GVBM:data-missing", _after(f'{_FIRST}><NGAY', "<GVBM><NGAY"), "Nothing says what the slot signs."),
        Attack("subject-without-identifier", "GVBM:data-missing", _after(' Id="diem-TOA"', ""), "The reference finds nothing."),
        Attack("teachers-signatures-filtered-out", "CBQL:transform-forbidden", _subtracted, "Then anybody may exchange what the principal has seen signed."),
    )
)  # fmt: skip
