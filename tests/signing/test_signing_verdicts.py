"""One verdict for the lanes and for `hocba verify`: what archive timestamps prove decides as of when a record is judged."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from cryptography import x509
from support.authority import ec_key, institution, rsa_key
from support.forge import batch
from support.preserving import YEAR, Archive
from support.workshop import HOUR, NOW, SIGNED, SLOTS, Workshop

from signing.preserve import Level, judge_transaction, preserved_of, verify_record
from signing.trust import Trust, TrustFolder
from signing.verify import Disposition, Indication, RecordValidation, RecordVerifier, SlotPolicy

LATER = NOW + 3 * YEAR
_REPLACED = x509.ReasonFlags.superseded


class Site:
    """A school whose principal's certificate has ended and been revoked since its record was archived."""

    def __init__(self) -> None:
        self.workshop = Workshop()
        self.archive = Archive(self.workshop)
        issue, ends = self.workshop.issuing.issue, NOW + 2 * YEAR
        self.workshop.school = issue(institution("Trường Thử", self.workshop.unit), key=rsa_key(), ends=ends)
        head = self.workshop.head(key=ec_key(), ends=ends)
        self.signed = self.workshop.record(CBQL={"by": head})
        self.at = {level: self.archive.extended(self.signed, level) for level in (Level.T, Level.LTA)}
        self.workshop.issuing.revoke(head, NOW + YEAR, _REPLACED)

    def verdict(self, octets: bytes, at: datetime = LATER, *, trust: Trust | None = None) -> RecordValidation:
        """As the lanes judge it."""
        verifier = RecordVerifier(SLOTS, trust=trust or self.archive.trust(at), policy=SlotPolicy.city())
        return verify_record(verifier, octets, registry=self.workshop.approved(), at=at)


@pytest.fixture(scope="module")
def site() -> Site:
    return Site()


def test_a_signature_whose_certificate_was_revoked_since_passes_by_its_archive_timestamp(site: Site) -> None:
    verdict = site.verdict(site.at[Level.LTA])

    assert verdict.passed, verdict.cause
    assert {slot.proven_time for slot in verdict.slots} == {NOW}
    assert verdict.data_sha256 == site.verdict(site.signed, NOW).data_sha256


def test_without_it_the_same_signature_waits_for_a_person(site: Site) -> None:
    verdict = site.verdict(site.signed)

    assert (verdict.cause, verdict.disposition) == ("CBQL:certificate-revoked-later", Disposition.HOLD)


def test_a_timestamp_alone_is_judged_as_of_the_present(site: Site) -> None:
    plain = RecordVerifier(SLOTS, trust=site.archive.trust(LATER), policy=SlotPolicy.city())

    verdict = site.verdict(site.at[Level.T])

    assert verdict == plain.verify(site.at[Level.T], registry=site.workshop.approved(), at=LATER)


def test_a_folder_of_trust_judges_alike(site: Site, tmp_path: Path) -> None:
    folder = TrustFolder(site.archive.write_trust(tmp_path / "trust", LATER))

    assert site.verdict(site.at[Level.LTA], trust=folder).passed


def test_an_archive_timestamp_over_something_else_refuses_the_record(site: Site) -> None:
    """Today every signature of it would pass: that something was taken away since must be said all the same."""
    octets = re.sub(rb"<xades:CertificateValues.*?</xades:CertificateValues>", b"", site.at[Level.LTA], count=1)

    verdict = site.verdict(octets, NOW + HOUR)

    assert (verdict.cause, verdict.disposition) == ("GVCN:timestamp-imprint", Disposition.REFUSE)
    assert verdict.indication is Indication.FAILED
    assert (verdict.data, verdict.data_sha256) == (None, None)
    (finding,) = verdict.slots[0].findings
    assert finding in verdict.findings


def test_an_archive_timestamp_that_proves_nothing_is_as_if_it_were_not_there(site: Site) -> None:
    office = site.archive.office()
    octets = site.archive.extended(site.signed, Level.LTA, stamp=office)
    site.archive.stamps.revoked.append((office.holder.certificate.serial_number, NOW + HOUR / 2, _REPLACED))
    try:
        verdict = site.verdict(octets, NOW + HOUR)
    finally:
        site.archive.stamps.revoked.pop()

    assert verdict.cause == site.verdict(site.signed, NOW + HOUR).cause
    assert verdict.by_slot()["GVCN"].passed
    assert all(slot.findings for slot in verdict.slots)


def test_a_batch_is_judged_by_its_own_archive_timestamps(site: Site) -> None:
    """When the authority of its first timestamp has ended, that one is sound by the archive timestamps over it alone."""
    at = NOW + 8 * YEAR
    sealed = batch([site.signed], by=site.workshop.school, at=SIGNED + 9 * HOUR)
    whole = site.archive.renewed(site.archive.extended(sealed, Level.LTA), NOW + 4 * YEAR)
    trust = site.archive.trust(at)
    how = {"trust": trust, "policy": SlotPolicy.city(), "approved": site.workshop.approved(), "at": at}

    bare = judge_transaction(whole, None, preserved=None, **how)  # type: ignore[arg-type]
    told = judge_transaction(whole, None, preserved=preserved_of(whole, trust, at), **how)  # type: ignore[arg-type]

    assert told.passed, told.cause
    assert (bare.level, told.level) == ("B-B", "B-T")
