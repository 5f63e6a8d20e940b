"""A secondary school whose teachers sign their subjects: the observed structure, with signatures inside the data."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from lxml import etree

from schemas.octets import parse_record
from schemas.profiles import Profile, profiles
from schemas.record import CanonicalRecord
from schemas.told import holders
from signing.seal import FileKeyring, Seal, seal_record, seals_for
from signing.verify import RecordValidation, RecordVerifier, SlotPolicy
from support.authority import Holder, ec_key, person, rsa_key, write_p12
from support.forge import Style, blank_signature, fill_signature, stamp
from support.workshop import NOW, PRINCIPAL, SIGNED, TEACHER, Workshop
from transformers.official import read_record, write_record

PROFILE = profiles()["hbs-2/secondary"]
CITY = PROFILE.required("hcmc", NOW.date())
MATHS, MUSIC = "079180000011", "079190000022"
WORDS = {"TOA": MATHS, "NTH": MUSIC}


@dataclass(frozen=True, slots=True)
class Staff:
    """Who signs, and what the school's records are."""

    workshop: Workshop
    maths: Holder
    music: Holder
    keys: FileKeyring
    unsigned: bytes

    def seals(self, octets: bytes, at: datetime = NOW) -> tuple[Seal, ...]:
        named = holders(PROFILE)
        return seals_for(etree.fromstring(octets), PROFILE.slots, named=named, keys=self.keys, form="both", at=at)

    def sealed(self, octets: bytes, *, only: Sequence[str] = ("GVBM", "GVCN", "CBQL", "KY_PHAT_HANH")) -> bytes:
        """With the seals of these slots."""
        return seal_record(octets, seals=[seal for seal in self.seals(octets) if seal.slot.name in only])

    def verify(self, octets: bytes, required: frozenset[str] = CITY) -> RecordValidation:
        policy = SlotPolicy("test", required)
        verifier = RecordVerifier(PROFILE.slots, trust=self.workshop.trust(), policy=policy)
        return verifier.verify(octets, registry=self.workshop.approved(), at=NOW)


def staff_of(workshop: Workshop, folder: Path) -> Staff:
    """Two teachers with keys of their own in this folder, beside those of the school."""
    workshop.write_keys(folder)
    maths = workshop.issuing.issue(person("Ngô Văn Toán", MATHS), key=rsa_key())
    music = workshop.issuing.issue(person("Mai Thị Nhạc", MUSIC), key=ec_key())
    for cccd, holder in ((MATHS, maths), (MUSIC, music)):
        path = folder / workshop.unit / f"GVBM-{cccd}.p12"
        write_p12(path, holder, password=b"thu nghiem", chain=[workshop.issuing])
    octets = write_record(secondary_record(workshop, WORDS), PROFILE)
    return Staff(workshop, maths, music, FileKeyring(folder), octets)


def secondary_record(workshop: Workshop, teachers: dict[str, str]) -> CanonicalRecord:
    """A record of this school in which these teachers, by subject, give the marks."""
    return teachers_record(workshop, PROFILE, "grade-7.xml", teachers)


def teachers_record(workshop: Workshop, profile: Profile, example: str, teachers: Mapping[str, str]) -> CanonicalRecord:
    """The same of another form: one of its examples, with these subjects only."""
    assert profile.examples is not None
    told = read_record(parse_record((profile.examples / "valid" / example).read_bytes()), profile).model_dump()
    told["school"]["code"] = workshop.unit
    told["principal"]["personal_id"], told["teacher"]["personal_id"] = PRINCIPAL, TEACHER
    lines = [line for line in told["results"]["subjects"] if line["code"] in teachers]
    for line in lines:
        line["teacher"] = {"name": "Người dạy", "personal_id": teachers[line["code"]]}
    told["results"]["subjects"] = tuple(lines)
    return CanonicalRecord.model_validate(told)


def signed(
    octets: bytes,
    tie: str,
    by: Holder,
    *,
    uri: str,
    at: datetime = SIGNED,
    label: str = "forged",
    style: Style = Style(),
) -> bytes:
    """One teacher's slot filled in by other software."""
    style = replace(style, uri=uri)
    blank = blank_signature(f"sig-{label}", by, at, style)
    slot = re.compile(rf'(<GVBM Id="{tie}"><NGAY_KY>)(</NGAY_KY><SO_CCCD>\d+</SO_CCCD>)(</GVBM>)')
    text, count = slot.subn(lambda found: f"{found[1]}{stamp(at)}{found[2]}{blank}{found[3]}", octets.decode())
    assert count == 1
    return fill_signature(text, f"sig-{label}", by, style).encode()
