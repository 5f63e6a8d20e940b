"""Signed forms carried to levels T, LT and LTA, and renewed: nothing that was signed changes, and decades are outlived."""

import hashlib
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from pyhanko.pdf_utils.generic import ArrayObject, pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from support.authority import ec_key, institution
from support.pdf_attacks import ATTACKS
from support.preserving import YEAR, Archive
from support.sealed_forms import SEALED, PrintShop, key_of
from support.workshop import HOUR, NOW, Workshop

from signing.indications import Indication
from signing.preserve import CannotPreserve, Level
from signing.printed import Level as Pades
from signing.printed import PdfValidation, prepare_pdf, verify_pdf
from signing.printed.lasting import extend_form, renew_form, validate_form
from signing.trust import Lack

LEVELS = (Level.T, Level.LT, Level.LTA)
ENDS = NOW + 2 * YEAR
"""of the school's certificate"""
LATER = NOW + 4 * YEAR


class Site:
    """A school whose certificate ends in two years, and its form at every level."""

    def __init__(self) -> None:
        self.archive = Archive(Workshop())
        self.workshop = self.archive.workshop
        seal = institution("Trường Tiểu học Thử", self.workshop.unit)
        self.workshop.school = self.workshop.issuing.issue(seal, key=ec_key(), ends=ENDS)
        self.shop = PrintShop(self.workshop)
        self.signed = self.shop.sealed()
        self.at = {level: self.extended(self.signed, level) for level in LEVELS}
        self.renewed = renew_form(
            self.at[Level.LTA],
            trust=self.archive.trust(LATER),
            stamp=self.archive.office(LATER),
            algorithm="sha512",
            at=LATER,
        )

    def extended(self, octets: bytes, level: Level, at: datetime = NOW, **how: Any) -> bytes:
        """With the lists and an authority of that day."""
        means: Any = {"trust": self.archive.trust(at), "stamp": self.archive.office(at), "at": at} | how
        return extend_form(octets, level=level, **means)

    def judged(self, octets: bytes, at: datetime = NOW + HOUR) -> PdfValidation:
        """With the lists of that day."""
        return verify_pdf(octets, trust=self.archive.trust(at), at=at)

    def refused(self, octets: bytes, level: Level = Level.LTA, **how: Any) -> CannotPreserve:
        """Why it is not carried further."""
        with pytest.raises(CannotPreserve) as refused:
            self.extended(octets, level, **how)
        return refused.value


@pytest.fixture(scope="module")
def site() -> Site:
    return Site()


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_is_reached_behind_everything_that_was_signed(site: Site, level: Level) -> None:
    octets = site.at[level]
    assert octets.startswith(site.signed)
    found = site.judged(octets)
    assert found.passed, found
    assert found.uuid == site.workshop.uuid
    seal = found.signatures[0]
    assert (seal.name, seal.level) == ("KY_PHAT_HANH", Pades(f"PAdES-B-{level}"))
    assert (seal.signing_time, seal.stamped_time) == (SEALED, NOW)
    assert [each.name for each in found.signatures[1:]] == [
        f"DAU_THOI_GIAN_{number}" for number in range(1, 3 if level is Level.LTA else 2)
    ]
    told = validate_form(octets, trust=site.archive.trust(), at=NOW)
    assert (told.level, told.until) == (level, NOW + 5 * YEAR)


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_there_already_is_not_added_again(site: Site, level: Level) -> None:
    office = site.archive.office()
    assert site.extended(site.at[Level.LTA], level, stamp=office) == site.at[Level.LTA]
    assert office.asked == []


def test_levels_may_be_reached_one_after_the_other(site: Site) -> None:
    octets = site.signed
    for level in LEVELS:
        before, octets = octets, site.extended(octets, level)
        assert octets.startswith(before)
    assert site.judged(octets).signatures[0].level is Pades.LTA


def test_a_timestamp_inside_the_signature_is_taken_for_level_t(site: Site) -> None:
    office = site.archive.office()
    stamped = site.shop.sealed(stamp=lambda octets: office(hashlib.sha256(octets).digest(), algorithm="sha256"))
    assert site.extended(stamped, Level.T) == stamped
    found = site.judged(site.extended(stamped, Level.LTA))
    assert found.passed
    assert [each.name for each in found.signatures] == ["KY_PHAT_HANH", "DAU_THOI_GIAN_1"]
    assert found.signatures[0].level is Pades.LTA


def test_the_file_proves_its_signer_when_the_certificate_has_ended(site: Site) -> None:
    after = ENDS + YEAR
    forgotten = site.archive.trust(after, without=[site.workshop.issuing])
    assert verify_pdf(site.at[Level.LTA], trust=forgotten, at=after).passed
    assert verify_pdf(site.at[Level.T], trust=forgotten, at=after).cause == "KY_PHAT_HANH:revocation-unknown"


def test_a_renewed_form_outlives_the_first_authority(site: Site) -> None:
    assert site.renewed.startswith(site.at[Level.LTA])
    later = NOW + 8 * YEAR
    assert not site.judged(site.at[Level.LTA], later).passed
    found = site.judged(site.renewed, later)
    assert found.passed, found
    assert found.signatures[0].level is Pades.LTA
    kept = found.signatures[0].kept
    assert kept is not None
    assert kept.until == LATER + 5 * YEAR
    assert [each.algorithm for each in kept.stamps] == ["sha256", "sha256", "sha512"]
    late = NOW + 9 * YEAR + timedelta(days=1)
    with pytest.raises(CannotPreserve):
        renew_form(site.renewed, trust=site.archive.trust(late), stamp=site.archive.office(late), at=late)


def test_only_an_archived_form_is_renewed(site: Site) -> None:
    with pytest.raises(CannotPreserve) as refused:
        renew_form(site.at[Level.LT], trust=site.archive.trust(), stamp=site.archive.office(), at=NOW)
    assert refused.value.problem.cause == "not-archived"


def test_one_timestamp_serves_every_signature(site: Site) -> None:
    key = key_of(site.workshop.neighbour, site.workshop.issuing)
    second = prepare_pdf(site.signed, key=key, at=SEALED, field="SO_GDDT")
    office = site.archive.office()
    found = site.judged(site.extended(second.finish(key.sign(second.octets)), Level.LTA, stamp=office))
    assert found.passed
    assert [each.level for each in found.signatures] == [Pades.LTA, Pades.LTA, None, None]
    assert len(office.asked) == 2


def test_a_signature_put_behind_an_archive_timestamp_does_not_borrow_its_level(site: Site) -> None:
    key = key_of(site.workshop.neighbour, site.workshop.issuing)
    second = prepare_pdf(site.at[Level.LTA], key=key, at=SEALED, field="SO_GDDT")
    found = site.judged(second.finish(key.sign(second.octets)))
    assert found.passed
    assert {each.name: each.level for each in found.signatures if each.level} == {
        "KY_PHAT_HANH": Pades.LTA,
        "SO_GDDT": Pades.B,
    }


@pytest.mark.parametrize("name", ["letter-changed", "value-changed", "painted-over", "record-replaced"])
def test_nothing_is_added_to_what_does_not_hold(site: Site, name: str) -> None:
    office = site.archive.office()
    attack = ATTACKS[name]
    refused = site.refused(attack.make(site.shop), stamp=office)
    assert refused.problem.cause == attack.cause
    assert refused.problem.remedy.vi
    assert office.asked == []


@pytest.mark.parametrize("octets", [b"%PDF-1.7\n", b"%PDF-"])
def test_what_is_no_signed_form_is_refused_in_words(site: Site, octets: bytes) -> None:
    assert site.refused(octets).problem.cause == "pdf-unreadable"
    assert site.refused(site.shop.unsealed().pdf).problem.cause == "pdf-unsigned"


def test_what_is_lacking_is_named(site: Site) -> None:
    archive = site.archive
    nothing_of_signers = site.refused(site.signed, trust=archive.trust(without=[archive.workshop.issuing]))
    assert (nothing_of_signers.problem.cause, nothing_of_signers.slot) == ("revocation-unknown", "KY_PHAT_HANH")
    assert nothing_of_signers.lack is Lack.MISSING
    nothing_of_stamps = site.refused(site.signed, trust=archive.trust(without=[archive.stamps]))
    assert nothing_of_stamps.problem.cause == "timestamp-revocation-unknown"


def test_a_timestamp_that_does_not_hold_is_not_used(site: Site) -> None:
    refused = site.refused(site.signed, Level.T, stamp=site.archive.office(wrong_imprint=True))
    assert refused.problem.cause == "timestamp-imprint"


def _without_lists(octets: bytes) -> bytes:
    """One more revision, in which the security store has no lists."""
    writer: Any = IncrementalPdfFileWriter(io.BytesIO(octets))
    store = writer.root["/DSS"]
    store[pdf_name("/CRLs")] = ArrayObject()
    writer.update_container(store)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def test_what_proves_a_form_costs_the_level_when_taken_away_and_cannot_be_altered(site: Site) -> None:
    seal = site.judged(_without_lists(site.at[Level.LT])).signatures[0]
    assert seal.kept is not None
    assert (seal.level, seal.kept.remark) == (Pades.T, "values-missing")
    archived = bytearray(site.at[Level.LTA])
    place = archived.index(b"/DocTimeStamp", len(site.at[Level.LT])) - 5
    archived[place] ^= 1
    found = site.judged(bytes(archived))
    assert found.indication is not Indication.PASSED
