"""`hocba verify` and the evidence beside a file: told, judged by the same trust, a proof of existence and never a fault."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from lxml import etree
from support.command_line import Hocba
from support.evidence import YEAR, Authorities, Kept
from support.verifying import Desk, desk_in
from support.workshop import HOUR, SIGNED, Workshop

from schemas.algorithms import TT_15_2025
from signing.evidence import Syntax, write_record
from signing.verify import RecordVerifier

DAY = timedelta(days=1)
STAMPED = SIGNED + DAY


@pytest.fixture
def authorities(desk: Desk) -> Authorities:
    """Timestamping authorities that the desk trusts."""
    found = Authorities()
    desk.write("trust/roots/tsa.der", found.root.holder.der)
    desk.write("trust/crls/tsa.crl", found.root.revocation_list(ends=STAMPED + 60 * YEAR))
    return found


def keep(desk: Desk, authorities: Authorities, octets: bytes, *, at: datetime = STAMPED) -> str:
    """A record with its evidence beside it in both syntaxes, stamped at a time."""
    kept = Kept(authorities, [octets]).begin(at=at)
    for syntax, ending in ((Syntax.ASN1, "er"), (Syntax.XML, "ers.xml")):
        desk.write(f"ra/a.{ending}", write_record(syntax, kept.chains[syntax, 0]))
    return desk.write("ra/a.xml", octets)


def told(verify: Hocba, name: str, code: int) -> Any:
    run = verify(name, "--format", "json")
    assert run.code == code, run.said
    (result,) = json.loads(run.out)["results"]
    return result


def test_evidence_beside_a_record_is_judged_and_told(
    verify: Hocba, desk: Desk, workshop: Workshop, authorities: Authorities
) -> None:
    name = keep(desk, authorities, workshop.good)
    result = told(verify, str(Path(name).parent), 0)
    assert {each["syntax"] for each in result["evidence"]} == {"RFC 4998", "RFC 6283"}
    assert all(each["passed"] and datetime.fromisoformat(each["since"]) == STAMPED for each in result["evidence"])
    assert not any(each["decided"] for each in result["evidence"])
    said = verify(name).said
    assert said.count("✓ bằng chứng") == 2
    assert "có nguyên vẹn từ trước 26/05/2026" in said


@pytest.mark.parametrize("spoiled", [b"", b"0\x03\x02\x01\x01", b"<x/>"])
def test_refused_evidence_is_a_warning_with_what_to_do(
    verify: Hocba, desk: Desk, workshop: Workshop, authorities: Authorities, spoiled: bytes
) -> None:
    name = keep(desk, authorities, workshop.good)
    desk.write("ra/a.er", spoiled)
    result = told(verify, name, 0)
    assert result["passed"]
    (wrong,) = [each for each in result["evidence"] if not each["passed"]]
    assert (wrong["cause"], bool(wrong["remedy"]["vi"])) == ("evidence-malformed", True)
    assert "! bằng chứng" in verify(name).said


def revoked_record(desk: Desk, workshop: Workshop, at: datetime) -> bytes:
    """A record whose principal's certificate was revoked at a time, as the desk's lists say."""
    octets = workshop.record(CBQL={"by": workshop.revoked(at)})
    desk_in(desk.folder, workshop)
    return octets


def test_a_signer_who_was_revoked_after_the_evidence_passes_by_it(
    verify: Hocba, desk: Desk, workshop: Workshop, authorities: Authorities
) -> None:
    name = desk.write("ra/a.xml", octets := revoked_record(desk, workshop, STAMPED + DAY))
    assert told(verify, name, 1)["sub_indication"] is not None
    result = told(verify, keep(desk, authorities, octets), 0)
    assert result["passed"]
    assert all(each["decided"] for each in result["evidence"])


def test_a_signer_who_was_revoked_before_the_evidence_does_not(
    verify: Hocba, desk: Desk, workshop: Workshop, authorities: Authorities
) -> None:
    octets = revoked_record(desk, workshop, STAMPED - HOUR)
    result = told(verify, keep(desk, authorities, octets), 1)
    assert result["cause"] == "CBQL:certificate-revoked-later"
    assert not any(each["decided"] for each in result["evidence"])


def test_evidence_of_another_file_heals_nothing(
    verify: Hocba, desk: Desk, workshop: Workshop, authorities: Authorities
) -> None:
    octets = revoked_record(desk, workshop, STAMPED + DAY)
    keep(desk, authorities, workshop.good)
    result = told(verify, desk.write("ra/a.xml", octets), 1)
    assert {each["cause"] for each in result["evidence"]} == {"evidence-other-data"}


def record_of_a_late_issuer(desk: Desk, issuer: datetime, *, signer: datetime | None = None, **how: Any) -> bytes:
    """A record whose principal's issuer was revoked at a time, and the principal too, where one is given."""
    workshop = Workshop()
    head = workshop.head(by=workshop.stray)
    workshop.root.revoke(workshop.stray.holder, issuer, **how)
    if signer is not None:
        workshop.stray.revoke(head, signer)
    desk_in(desk.folder, workshop)
    return workshop.record(CBQL={"by": head})


def test_an_issuer_that_was_revoked_after_the_evidence_takes_nothing_away(
    verify: Hocba, desk: Desk, authorities: Authorities
) -> None:
    """EN 319 102-1 5.6.2.4 names REVOKED_CA_NO_POE beside the signer's own."""
    name = desk.write("ra/a.xml", octets := record_of_a_late_issuer(desk, STAMPED + DAY))
    assert told(verify, name, 1)["sub_indication"] == "REVOKED_CA_NO_POE"
    result = told(verify, keep(desk, authorities, octets), 0)
    assert all(each["decided"] for each in result["evidence"])


@pytest.mark.parametrize(
    ("issuer", "signer", "reason", "cause"),
    [
        (STAMPED - HOUR, None, x509.ReasonFlags.superseded, "issuer-revoked-later"),
        (STAMPED + DAY, STAMPED - HOUR, x509.ReasonFlags.superseded, "issuer-revoked-later"),
        (STAMPED + DAY, None, x509.ReasonFlags.ca_compromise, "issuer-revoked"),
    ],
    ids=["before-the-evidence", "the-signer-before-it", "key-in-strange-hands"],
)
def test_an_issuer_that_matters_still_does(
    verify: Hocba,
    desk: Desk,
    authorities: Authorities,
    issuer: datetime,
    signer: datetime | None,
    reason: x509.ReasonFlags,
    cause: str,
) -> None:
    octets = record_of_a_late_issuer(desk, issuer, signer=signer, reason=reason)
    result = told(verify, keep(desk, authorities, octets), 1)
    assert result["cause"] == f"CBQL:{cause}"
    assert not any(each["decided"] for each in result["evidence"])


@pytest.mark.parametrize(("until", "code"), [(STAMPED + DAY, 0), (STAMPED - DAY, 1)], ids=["after", "before"])
def test_an_algorithm_that_ended_after_the_evidence_passes_by_it(
    verify: Hocba,
    desk: Desk,
    workshop: Workshop,
    authorities: Authorities,
    monkeypatch: pytest.MonkeyPatch,
    until: datetime,
    code: int,
) -> None:
    """The digest of the evidence lives on; the suite that the signatures were made by has ended by now."""
    name = desk.write("ra/a.xml", workshop.good)
    keep(desk, authorities, workshop.good)
    ended = replace(TT_15_2025, until=until.date())
    known = RecordVerifier.__init__
    monkeypatch.setattr(RecordVerifier, "__init__", lambda *of, **how: known(*of, **{**how, "suites": (ended,)}))
    result = told(verify, name, code)
    assert [each["decided"] for each in result["evidence"]] == [code == 0, code == 0]
    (desk.folder / "ra/a.er").unlink()
    (desk.folder / "ra/a.ers.xml").unlink()
    assert told(verify, name, 1)["sub_indication"] == "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"


@pytest.mark.parametrize("whose", ["its own", "another's"])
def test_the_page_and_the_report_of_the_standard_tell_of_it_too(
    verify: Hocba, desk: Desk, workshop: Workshop, authorities: Authorities, whose: str
) -> None:
    name = keep(desk, authorities, workshop.good)
    if whose == "another's":
        name = desk.write("ra/a.xml", workshop.styled(by=workshop.head()))
    page, report = verify(name, "--format", "html").out, etree.fromstring(verify(name, "--format", "etsi").out.encode())
    values = [(each.findtext("{*}Type"), each.findtext("{*}Value")) for each in report.iterfind(".//{*}ReportData")]
    of_evidence = {kind: value for kind, value in values if "evidence" in str(kind)}
    if whose == "its own":
        assert "có nguyên vẹn từ trước 26/05/2026" in page
        assert of_evidence["urn:hocba:validation:evidence-since"] == "2026-05-26T02:00:00Z"
        assert {"a.er", "a.ers.xml"} == {
            Path(str(value).split(" · ")[0]).name for kind, value in values if kind == "urn:hocba:validation:evidence"
        }
    else:
        assert "Bằng chứng này không phải của tệp này" in page
        assert "evidence-other-data" in str(of_evidence)
