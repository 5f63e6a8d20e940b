"""`hocba verify` and the evidence beside a file: told, judged by the same trust, a proof of existence and never a fault."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.command_line import Hocba
from support.evidence import YEAR, Authorities, Kept
from support.verifying import Desk, desk_in
from support.workshop import HOUR, SIGNED, Workshop

from signing.evidence import Syntax, write_record

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
