"""Printed forms signed as PDF before other software: EU DSS's PAdES module, pyHanko's own validator, veraPDF."""

import asyncio
import hashlib
import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import crl, x509
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from support.authority import Holder, ec_key, institution, rsa_key
from support.pdf_attacks import ATTACKS
from support.preserving import YEAR, Archive
from support.sealed_forms import SEALED, PrintShop, key_of
from support.softhsm import SoftHsm, authority, entry
from support.tables import print_later
from support.workshop import NOW, Workshop

from interop.jvm import Programs, lacking
from signing.preserve import Level as Baseline
from signing.printed import Level, PdfValidation, verify_pdf
from signing.printed.lasting import extend_form, renew_form
from signing.seal.keys import SealingKey

pytestmark = pytest.mark.oracle

TITLE = "signed PDF forms before others (tests/interop)"
KEYS = ("rsa-2048", "p256", "p384", "token-rsa", "token-p256")
CARRIED = ("T", "LT", "LTA")
"""levels that the hub adds behind signatures, of forms with and without a timestamp of their own"""
RENEWED = NOW + 4 * YEAR
ARCHIVED = ("rsa-2048-b", "token-p256-t", "invisible-b", "p256-lt", "p256-lta", "renewed")
"""what veraPDF is asked about: it takes more than a second for each"""
IN_PLACE = ("letter-changed", "value-changed")
BEHIND = ("painted-over", "page-replaced", "note-over-marks", "record-replaced")
"""attacks that add a revision: DSS judges the signed one and passes it, pyHanko and the hub look at what came after"""


@dataclass(frozen=True, slots=True)
class Form:
    """One signed form, and what others must find in it."""

    name: str
    pdf: bytes
    level: str
    """as DSS calls it; empty for one that nobody should accept"""
    ours: PdfValidation
    """the hub's verdict"""
    theirs: tuple[bool, ...]
    """pyHanko's own, of each signature"""
    at: datetime = NOW
    """when all of them judge"""


@dataclass(frozen=True, slots=True)
class Word:
    """What DSS and veraPDF say of one signature."""

    field: str
    told: str
    level: str
    changed: str
    archivable: str


class Bureau:
    """The school whose forms are signed, with every kind of key, and its timestamping authority."""

    def __init__(self) -> None:
        self.archive = Archive(Workshop())
        self.shop = PrintShop(self.archive.workshop)
        self.office = self.archive.office(SEALED + timedelta(seconds=40))

    def stamp(self, octets: bytes) -> bytes:
        """A token over octets, half a minute after signing."""
        return self.office(hashlib.sha256(octets).digest(), algorithm="sha256")

    def carried(self, pdf: bytes, level: str) -> bytes:
        """The form carried to a level, now."""
        archive = self.archive
        return extend_form(pdf, level=Baseline(level), trust=archive.trust(), stamp=archive.office(), at=NOW)

    def renewed(self, pdf: bytes) -> bytes:
        """With a further timestamp, made with SHA-512 after four years."""
        archive = self.archive
        office = archive.office(RENEWED)
        return renew_form(pdf, trust=archive.trust(RENEWED), stamp=office, algorithm="sha512", at=RENEWED)

    def holder(self, key: Any) -> Holder:
        """The school with another key."""
        workshop = self.archive.workshop
        return workshop.issuing.issue(institution("Trường Tiểu học Thử", workshop.unit), key=key)


@pytest.fixture(scope="module")
def bureau() -> Bureau:
    return Bureau()


@pytest.fixture(scope="module")
def keys(bureau: Bureau, softhsm: SoftHsm) -> dict[str, SealingKey]:
    """Keys in files, and on a token."""
    workshop = bureau.archive.workshop
    made = {"rsa-2048": rsa_key(), "p256": ec_key(), "p384": ec_key(ec.SECP384R1())}
    found = {name: key_of(bureau.holder(key), workshop.issuing) for name, key in made.items()}
    softhsm.put("keys", authority(workshop.issuing))
    ring = softhsm.keyring()
    for name, number, key in (("token-rsa", 1, rsa_key()), ("token-p256", 2, ec_key())):
        label = f"{workshop.unit}0{number}/KY_PHAT_HANH"
        softhsm.put("keys", entry(label, bureau.holder(key), identifier=bytes([0x70 + number])))
        found[name] = ring.key(f"{workshop.unit}0{number}", "KY_PHAT_HANH")
    return found


@pytest.fixture(scope="module")
def forms(bureau: Bureau, keys: dict[str, SealingKey]) -> list[Form]:
    """Every kind of key at every level, visible; one invisible; what was proven for later."""
    shop, made = bureau.shop, []

    def add(name: str, pdf: bytes, level: str, at: datetime = NOW) -> bytes:
        ours = verify_pdf(pdf, trust=bureau.archive.trust(at), at=at)
        made.append(Form(name, pdf, level and f"PAdES-BASELINE-{level}", ours, _pyhanko(bureau, pdf, at), at))
        return pdf

    for name, key in keys.items():
        plain = add(f"{name}-b", shop.sealed(key=key), "B")
        stamped = add(f"{name}-t", shop.sealed(key=key, stamp=bureau.stamp), "T")
        if name in ("rsa-2048", "p256"):
            for level in CARRIED:
                add(f"{name}-{level.lower()}-behind", bureau.carried(plain, level), level)
        for level in CARRIED[1:] if name == "p256" else ():
            add(f"{name}-{level.lower()}", bureau.carried(stamped, level), level)
    add("invisible-b", shop.sealed(visible=False), "B")
    add("renewed", bureau.renewed(bureau.carried(stamped, "LTA")), "LTA", RENEWED + timedelta(hours=1))
    for name in (*IN_PLACE, *BEHIND):
        add(name, ATTACKS[name].make(shop), "")
    return made


@pytest.fixture(scope="module")
def words(
    bureau: Bureau, forms: list[Form], programs: Programs | None, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Word]]:
    """What DSS and veraPDF say, by the form's name; empty where there is no DSS."""
    if programs is None or lacking():
        pytest.skip("; ".join(lacking().values()))
    folder = tmp_path_factory.mktemp("forms")
    trusts = {at: bureau.archive.write_trust(folder / f"trust-{at.year}", at) for at in {form.at for form in forms}}
    for form in forms:
        (folder / f"{form.name}.pdf").write_bytes(form.pdf)
    lines = [
        f"{form.at.isoformat()}\t{trusts[form.at]}\t{folder / form.name}.pdf\t{form.name in ARCHIVED}" for form in forms
    ]
    found: dict[str, list[Word]] = {form.name: [] for form in forms}
    for file, *told in programs.run("DssVerifiesPdf", lines):
        found[Path(file).stem].append(Word(*told))
    print_later(TITLE, [["form", "DSS", "level", "PDF/A-3b", "hub", "pyHanko"], *_rows(forms, found)])
    return found


def _rows(forms: list[Form], words: dict[str, list[Word]]) -> list[list[str]]:
    rows = []
    for form in forms:
        theirs = " ".join("valid" if each else "refused" for each in form.theirs)
        for word in words[form.name]:
            seen = " (changes seen)" if word.changed == "true" else ""
            rows.append([form.name, word.told + seen, word.level, word.archivable, form.ours.cause or "passed", theirs])
    return rows


def _pyhanko(bureau: Bureau, pdf: bytes, at: datetime) -> tuple[bool, ...]:
    """pyHanko's own verdict on each signature, with its own paths and revocation."""
    archive = bureau.archive

    def context() -> ValidationContext:
        return ValidationContext(
            trust_roots=[x509.Certificate.load(archive.workshop.root.holder.der)],
            other_certs=[x509.Certificate.load(each.holder.der) for each in archive.authorities()[1:]],
            crls=[
                crl.CertificateList.load(
                    each.revocation_list(issued=at - timedelta(hours=1), ends=at + timedelta(days=7))
                )
                for each in archive.authorities()
            ],
            moment=at,
            revocation_mode="require",
        )

    async def judge(signature: Any) -> bool:
        status = await async_validate_pdf_signature(signature, context(), context())
        return bool(status.bottom_line)

    return tuple(asyncio.run(judge(each)) for each in PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures)


def test_dss_finds_each_form_at_its_level_and_passes_it(forms: list[Form], words: dict[str, list[Word]]) -> None:
    sound = [form for form in forms if form.level]
    assert len(sound) == 2 * len(KEYS) + 2 * len(CARRIED) + 4
    said = {form.name: [(word.told, word.level, word.changed) for word in words[form.name]] for form in sound}
    assert said == {form.name: [("TOTAL_PASSED/null", form.level, "false")] for form in sound}


def test_a_signed_form_is_still_what_archives_take(words: dict[str, list[Word]]) -> None:
    assert [word.archivable for name in ARCHIVED for word in words[name]] == ["yes"] * len(ARCHIVED)


def test_dss_refuses_what_was_changed_in_place(words: dict[str, list[Word]]) -> None:
    told = {name: [word.told for word in words[name]] for name in IN_PLACE}
    assert told == {
        "letter-changed": ["TOTAL_FAILED/HASH_FAILURE"],
        "value-changed": ["TOTAL_FAILED/SIG_CRYPTO_FAILURE"],
    }


def test_pyhanko_says_the_same_as_the_hub(forms: list[Form]) -> None:
    for form in forms:
        assert form.ours.passed is bool(form.level), (form.name, form.ours)
        assert form.theirs == (bool(form.level),), form.name


def test_the_hub_finds_the_level_that_dss_finds(forms: list[Form]) -> None:
    found = {form.name: str(form.ours.signatures[0].level) for form in forms if form.level}
    assert found == {form.name: f"PAdES-B-{form.level.rpartition('-')[2]}" for form in forms if form.level}


def test_a_timestamp_proves_when(bureau: Bureau, forms: list[Form]) -> None:
    stamped = [form for form in forms if form.name in {f"{name}-t" for name in KEYS}]
    assert len(stamped) == len(KEYS)
    for form in stamped:
        (signature,) = form.ours.signatures
        assert (signature.level, signature.stamped_time) == (Level.T, bureau.office.now)
