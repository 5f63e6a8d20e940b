"""Levels T, LT and LTA: reached without touching what is signed, judged from the file itself, for decades."""

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st
from support.authority import ec_key, institution, person, rsa_key
from support.forge import batch
from support.preserving import WEEK, YEAR, Archive
from support.staff import staff_of
from support.workshop import HOUR, NOW, PRINCIPAL, SIGNED, SLOTS, TEACHER, Workshop

from signing.indications import Indication, SubIndication
from signing.preserve import CannotPreserve, DocumentPreservation, Level, PastTrust, StampKind, extend, validate
from signing.preserve.results import Preservation
from signing.trust import Lack, TrustStore
from signing.verify import RecordVerifier, SlotPolicy, verify_transaction

LEVELS = (Level.T, Level.LT, Level.LTA)
ENDS = NOW + 2 * YEAR
"""of everybody's certificate for signing"""


class Site:
    """A school whose certificates end in two years, and its files at every level."""

    def __init__(self) -> None:
        self.workshop = Workshop()
        self.archive = Archive(self.workshop)
        issue = self.workshop.issuing.issue
        self.workshop.teacher = issue(person("Phạm Thị Chủ", TEACHER), key=ec_key(), ends=ENDS)
        self.workshop.principal = issue(person("Lê Văn Hiệu", PRINCIPAL), key=rsa_key(), ends=ENDS)
        self.workshop.school = issue(institution("Trường Thử", self.workshop.unit), key=rsa_key(), ends=ENDS)
        self.signed = self.workshop.record(GVCN={"form": "xades"}, CBQL={"form": "both"})
        self.at = {level: self.archive.extended(self.signed, level) for level in LEVELS}
        self.renewed = self.archive.renewed(self.at[Level.LTA], NOW + 4 * YEAR, algorithm="sha512")

    def judged(self, octets: bytes, at: datetime = NOW + HOUR) -> DocumentPreservation:
        """With the lists of that day."""
        return validate(octets, trust=self.archive.trust(at), at=at)

    def first(self, octets: bytes, at: datetime = NOW + HOUR) -> Preservation:
        """The teacher's."""
        return self.judged(octets, at).signatures[0]

    def refused(self, octets: bytes, level: Level = Level.LTA, **how: object) -> CannotPreserve:
        """Why it is not carried further."""
        with pytest.raises(CannotPreserve) as refused:
            self.archive.extended(octets, level, **how)
        return refused.value


@pytest.fixture(scope="module")
def site() -> Site:
    return Site()


def without_additions(octets: bytes) -> bytes:
    return re.sub(rb"<xades:UnsignedProperties>.*?</xades:UnsignedProperties>", b"", octets)


# ---------------------------------------------------------------- reaching a level


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_is_reached_and_nothing_that_was_there_is_changed(site: Site, level: Level) -> None:
    octets = site.at[level]
    told = site.judged(octets)
    assert [each.level for each in told.signatures] == [level] * 3
    assert told.passed
    assert told.until == NOW + 5 * YEAR
    assert {each.proven for each in told.signatures} == {NOW}
    assert without_additions(octets) == site.signed
    assert site.workshop.verifier().verify(octets, registry=site.workshop.approved(), at=NOW).passed


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_there_already_is_not_added_again(site: Site, level: Level) -> None:
    office = site.archive.office()
    assert site.archive.extended(site.at[Level.LTA], level, stamp=office) == site.at[Level.LTA]
    assert office.asked == []


def test_levels_may_be_reached_one_after_the_other(site: Site) -> None:
    octets = site.signed
    for level in LEVELS:
        octets = site.archive.extended(octets, level)
    assert site.judged(octets).level is Level.LTA


def test_an_archive_timestamp_after_months_brings_the_lists_of_its_day(site: Site) -> None:
    """The lists beside the first timestamp have ended by then: its authority is told of anew."""
    later = NOW + timedelta(days=100)
    octets = site.archive.extended(site.at[Level.LT], Level.LTA, later)
    assert octets.count(b"TimeStampValidationData ") == 6
    told = site.judged(octets, later + HOUR)
    assert told.passed
    assert told.level is Level.LTA


@pytest.mark.parametrize("layout", ["compact", "pretty"])
@pytest.mark.parametrize("c14n", ["exc", "inc", "c11"])
def test_records_of_other_software_reach_it_too(site: Site, layout: str, c14n: str) -> None:
    style = {"c14n": c14n, "prefix": "" if c14n == "inc" else "ds"}
    record = site.workshop.record(layout=layout, GVCN=style, CBQL=style, KY_PHAT_HANH=style)
    octets = site.archive.extended(record, Level.LTA)
    told = site.judged(octets)
    assert told.passed
    assert told.level is Level.LTA
    assert site.workshop.verifier().verify(octets, registry=site.workshop.approved(), at=NOW).passed


@pytest.mark.parametrize(
    "there",
    [
        "<xades:UnsignedProperties/>",
        "<xades:UnsignedProperties></xades:UnsignedProperties>",
        "<xades:UnsignedProperties><xades:UnsignedSignatureProperties/></xades:UnsignedProperties>",
        "<xades:UnsignedProperties> <xades:UnsignedDataObjectProperties/></xades:UnsignedProperties>",
        '<x:UnsignedProperties xmlns:x="http://uri.etsi.org/01903/v1.3.2#"/>',
    ],
)
def test_places_that_are_there_are_used(site: Site, there: str) -> None:
    record = site.signed.replace(b"</xades:QualifyingProperties>", f"{there}</xades:QualifyingProperties>".encode())
    octets = site.archive.extended(record, Level.LTA)
    assert site.judged(octets).level is Level.LTA
    assert octets.count(b"UnsignedSignatureProperties>") <= 6


def test_a_batch_is_carried_by_its_own_signature_and_its_records_stay(site: Site) -> None:
    whole = batch([site.at[Level.T], site.workshop.good], by=site.workshop.school, at=SIGNED + 9 * HOUR)
    octets = site.archive.extended(whole, Level.LTA)
    (told,) = site.judged(octets).signatures
    assert (told.slot, told.level, told.passed) == ("GIAO_DICH", Level.LTA, True)
    assert octets[: octets.index(b'Id="sig-batch"')] == whole[: whole.index(b'Id="sig-batch"')]
    verdict = verify_transaction(
        octets, trust=site.archive.trust(), policy=SlotPolicy.city(), approved=site.workshop.approved(), at=NOW
    )
    assert verdict.passed


def test_teachers_inside_what_others_signed_are_proven_by_these(
    site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    staff = staff_of(site.workshop, tmp_path_factory.mktemp("keys"))
    sealed = staff.sealed(staff.unsigned)
    at = NOW + HOUR
    octets = site.archive.extended(sealed, Level.LTA, at)
    told = site.judged(octets, at + HOUR)
    assert [(each.slot, each.level) for each in told.signatures] == [
        (slot, Level.LTA) for slot in ("GVBM", "GVBM", "GVCN", "CBQL", "KY_PHAT_HANH")
    ]
    assert told.passed
    assert [each.covered_by for each in told.signatures] == [*["PHAT_HANH_HOC_BA/KY_PHAT_HANH"] * 3, None, None]
    assert [len(each.stamps) for each in told.signatures] == [0, 0, 0, 2, 2]
    assert octets.count(b"<xades:UnsignedProperties") == 2
    assert told.until == at + 5 * YEAR


def test_a_response_is_kept_rather_than_a_list(site: Site) -> None:
    """It is small; a real authority's list may be larger than any record."""
    workshop, lists = site.workshop, site.archive.trust()
    fresh = {"issued": NOW - HOUR, "ends": NOW + WEEK}
    signers = (workshop.teacher, workshop.principal, workshop.school)
    trust = TrustStore(
        anchors=[workshop.root.holder.der],
        intermediates=[workshop.issuing.holder.der, site.archive.stamps.holder.der],
        revocation_lists=[each.statements[0].octets for each in lists.evidence],
        responses=[workshop.issuing.response(each, **fresh) for each in signers],
    )
    octets = extend(site.signed, level=Level.LT, trust=trust, stamp=site.archive.office(), at=NOW)
    assert octets.count(b"<xades:EncapsulatedOCSPValue>") == 3
    # Of the root and of the timestamps' authority, for each signature; not of the signers'.
    assert octets.count(b"<xades:EncapsulatedCRLValue>") == 6
    assert validate(octets, trust=trust, at=NOW).level is Level.LT


# ---------------------------------------------------------------- years later


def test_a_renewed_file_proves_itself_when_every_certificate_of_its_day_has_ended(site: Site) -> None:
    at = NOW + 8 * YEAR
    told = site.judged(site.renewed, at)
    assert told.passed
    assert told.level is Level.LTA
    assert told.until == NOW + 9 * YEAR
    assert [(each.kind, each.algorithm) for each in told.signatures[0].stamps] == [
        (StampKind.SIGNATURE, "sha256"),
        (StampKind.ARCHIVE, "sha256"),
        (StampKind.ARCHIVE, "sha512"),
    ]
    assert told.archived == NOW
    present = site.archive.trust(at)
    verifier = RecordVerifier(SLOTS, trust=PastTrust(present, told), policy=SlotPolicy.city())
    assert verifier.verify(site.renewed, registry=site.workshop.approved(), at=NOW).passed


def test_a_file_that_was_not_renewed_in_time_proves_nothing(site: Site) -> None:
    at = NOW + 6 * YEAR
    told = site.first(site.at[Level.LTA], at)
    assert (told.level, told.cause, told.sub_indication) == (
        Level.B,
        "timestamp-aged",
        SubIndication.OUT_OF_BOUNDS_NO_POE,
    )
    with pytest.raises(CannotPreserve) as late:
        site.archive.renewed(site.at[Level.LTA], at)
    assert str(late.value) == "timestamp-aged"


def test_a_timestamp_of_an_authority_revoked_meanwhile_needs_a_later_one(site: Site) -> None:
    office = site.archive.office()
    octets = site.archive.extended(site.signed, Level.LTA, stamp=office)
    renewed = site.archive.renewed(octets, NOW + YEAR)
    stamps = site.archive.stamps
    stamps.revoked.append((office.holder.certificate.serial_number, NOW + 2 * YEAR, x509.ReasonFlags.superseded))
    try:
        at = NOW + 3 * YEAR
        assert site.first(octets, at).cause == "timestamp-revoked-later"
        assert site.judged(renewed, at).passed
    finally:
        stamps.revoked.pop()


def test_nothing_is_renewed_that_was_never_archived(site: Site) -> None:
    with pytest.raises(CannotPreserve) as refused:
        site.archive.renewed(site.at[Level.LT], NOW)
    assert str(refused.value) == "not-archived"


def test_timestamps_in_the_wrong_order_are_refused(site: Site) -> None:
    """The later authority's clock says that the earlier timestamp was not there yet."""
    behind = site.archive.office(NOW - timedelta(days=1))
    octets = site.archive.renewed(site.at[Level.LTA], NOW + HOUR, stamp=behind)
    told = site.first(octets, NOW + 2 * HOUR)
    assert told.sub_indication is SubIndication.TIMESTAMP_ORDER_FAILURE


def test_timestamps_that_changed_places_are_refused(site: Site) -> None:
    text = site.renewed.decode()
    first, second = re.findall("<xades141:ArchiveTimeStamp.*?</xades141:ArchiveTimeStamp>", text)[:2]
    swapped = text.replace(first, "[first]").replace(second, first).replace("[first]", second)
    assert site.first(swapped.encode(), NOW + 5 * YEAR).cause == "timestamp-imprint"


# ---------------------------------------------------------------- what is lacking, and what does not hold


def test_what_is_lacking_is_said(site: Site) -> None:
    workshop, archive = site.workshop, site.archive
    for without, cause in (
        (workshop.issuing, "revocation-unknown"),
        (archive.stamps, "timestamp-revocation-unknown"),
        (workshop.root, "timestamp-revocation-unknown"),
    ):
        with pytest.raises(CannotPreserve) as refused:
            extend(
                site.at[Level.T],
                level=Level.LT,
                trust=archive.trust(without=[without]),
                stamp=archive.office(),
                at=NOW,
            )
        assert (str(refused.value), refused.value.lack) == (cause, Lack.MISSING)
        assert refused.value.slot == "GVCN"
        assert "CRL" in refused.value.problem.message.vi


def test_lists_that_have_ended_are_not_kept(site: Site) -> None:
    with pytest.raises(CannotPreserve) as refused:
        extend(site.at[Level.T], level=Level.LT, trust=site.archive.trust(NOW - 2 * WEEK), stamp=_nobody, at=NOW)
    assert refused.value.lack is Lack.STALE


def test_a_revoked_signer_is_not_preserved(site: Site) -> None:
    head = site.workshop.revoked(SIGNED + HOUR)
    record = site.workshop.record(CBQL={"by": head})
    assert str(site.refused(record, Level.LT)) == "certificate-revoked"


def test_a_signer_revoked_after_the_timestamp_is(site: Site) -> None:
    """Whatever the reason: the signature was there before. The list that says so is kept."""
    head = site.workshop.head()
    octets = site.archive.extended(site.workshop.record(CBQL={"by": head}), Level.T)
    site.workshop.issuing.revoke(head, NOW + HOUR, x509.ReasonFlags.key_compromise)
    try:
        later = NOW + timedelta(days=1)
        octets = site.archive.extended(octets, Level.LTA, later)
        told = site.judged(octets, later + HOUR)
        assert told.passed
        assert told.level is Level.LTA
    finally:
        site.workshop.issuing.revoked.pop()


@pytest.mark.parametrize(
    ("faults", "cause"),
    [
        ({"wrong_imprint": True}, "timestamp-imprint"),
        ({"tampered": True}, "timestamp-value"),
        ({"ahead_seconds": 86400.0}, "timestamp-in-future"),
        ({"ess_sha1": True}, "timestamp-certificate"),
        ({"signing_digest": "sha1"}, "timestamp-algorithm"),
    ],
)
def test_a_timestamp_that_does_not_hold_is_not_taken(site: Site, faults: dict[str, object], cause: str) -> None:
    assert str(site.refused(site.signed, Level.T, stamp=site.archive.office(**faults))) == cause


def _another_value(octets: bytes) -> bytes:
    found = re.search(rb"SignatureValue>(.)", octets)
    assert found is not None
    return octets[: found.start(1)] + (b"B" if found[1] == b"A" else b"A") + octets[found.end(1) :]


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (lambda octets: octets.replace(b"<DAN_TOC>", b"<DAN_TOC>X", 1), "digest-data"),
        (_another_value, "value-wrong"),
        (lambda octets: octets.replace(b"<HOC_BA", b"<!DOCTYPE x><HOC_BA"), "doctype"),
        (lambda octets: b"<x/>", "unknown-document"),
        (lambda octets: re.sub(rb"<ds:Signature .*?</ds:Signature>", b"", octets), "unknown-document"),
    ],
)
def test_what_does_not_hold_gets_no_timestamp(site: Site, spoil: Callable[[bytes], bytes], cause: str) -> None:
    office = site.archive.office()
    assert str(site.refused(spoil(site.signed), stamp=office)) == cause
    assert office.asked == []


def test_the_plain_form_has_no_place_for_it(site: Site) -> None:
    record = site.workshop.record(CBQL={"form": "property"})
    refused = site.refused(record)
    assert (str(refused), refused.slot) == ("form-property", "CBQL")
    assert site.judged(record).passed
    assert site.judged(record).level is Level.B


@pytest.mark.parametrize(("level", "left", "passes"), [(Level.LT, Level.T, True), (Level.LTA, Level.T, False)])
@pytest.mark.parametrize("values", ["RevocationValues", "CertificateValues"])
def test_removed_values_take_the_level_away(site: Site, level: Level, left: Level, passes: bool, values: str) -> None:
    """Of the timestamps as well. At LTA, what was archived is no longer what is there."""
    octets = re.sub(rf"<xades:{values}.*?</xades:{values}>".encode(), b"", site.at[level])
    # What stands between may still come from the trust folder: then nothing that is needed is gone.
    told = site.first(octets)
    assert told.passed is passes
    if values == "RevocationValues":
        assert (told.level, told.remark) == (left, "values-missing")
    if not passes:
        assert told.cause == "timestamp-imprint"
        assert told.indication is Indication.FAILED


def _archived_places(octets: bytes) -> list[int]:
    """Octets of the first signature and of the data that an archive timestamp covers, where any other letter is another
    value; the last timestamp itself is nobody's."""
    text = octets.decode("latin-1")
    signature = re.search("<GVCN>.*?</GVCN>", text, re.DOTALL)
    assert signature is not None
    last = text.rindex("<xades141:ArchiveTimeStamp", 0, signature.end())
    values = [
        span
        for name in (
            "SignatureValue",
            "X509Certificate",
            "EncapsulatedTimeStamp",
            "EncapsulatedCRLValue",
            "DigestValue",
        )
        for each in re.finditer(rf"<(?:ds|xades):{name}>([A-Za-z0-9+/]*)", text)
        if signature.start() < each.start() < last
        for span in range(each.start(1), each.end(1))
    ]
    certificates = [
        span
        for each in re.finditer("<xades:EncapsulatedX509Certificate>([A-Za-z0-9+/]*)", text)
        if signature.start() < each.start() < last
        for span in range(each.start(1), each.end(1))
    ]
    data = re.search("<DU_LIEU_HOC_BA.*?</DU_LIEU_HOC_BA>", text, re.DOTALL)
    assert data is not None
    letters = [data.start() + each.start() for each in re.finditer("(?<=>)[A-Za-z0-9](?=[^<>]*<)", data[0])]
    return [*values, *certificates, *letters]


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_any_other_octet_in_what_was_archived_is_noticed(site: Site, data: st.DataObject) -> None:
    octets = site.renewed
    place = data.draw(st.sampled_from(_archived_places(octets)))
    letter = data.draw(st.sampled_from([each for each in b"ABab01" if each != octets[place]]))
    changed = octets[:place] + bytes([letter]) + octets[place + 1 :]
    try:
        told = site.first(changed, NOW + 5 * YEAR)
    except CannotPreserve:
        return
    assert not told.passed
    assert told.level is not Level.LTA


@settings(max_examples=20, deadline=None)
@given(
    junk=st.binary(max_size=200),
    name=st.sampled_from(["EncapsulatedTimeStamp", "EncapsulatedCRLValue", "EncapsulatedX509Certificate"]),
)
def test_any_value_at_all_is_judged(site: Site, junk: bytes, name: str) -> None:
    """Whatever stands for a token, a certificate or a list is a verdict, never an error."""
    element = f"(<xades:{name}>)[^<]*".encode()
    octets = re.sub(element, b"\\g<1>" + b64encode(junk), site.at[Level.LT])
    assert site.first(octets).level in (Level.B, Level.T, Level.LT)


def test_identifiers_stay_unique(site: Site) -> None:
    found = re.findall(rb' Id="([^"]*)"', site.renewed)
    assert len(found) == len(set(found))


def _nobody(digest: bytes, *, algorithm: str) -> bytes:
    raise AssertionError("no timestamp is wanted")
