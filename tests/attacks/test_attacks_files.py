"""The generator's files, their manifest, and odd files at the hub's own door."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from support.workshop import NOW, SLOTS

from attacks.__main__ import write
from attacks.odd import ODD
from attacks.site import Site
from connectors.arrivals import Limits
from connectors.official import read_batch_xml
from schemas.findings import Severity
from signing.trust import TrustStore
from signing.verify import Approved, ApprovedCertificate, RecordVerifier, SlotPolicy

YEAR = timedelta(days=365)


@pytest.fixture(scope="module")
def site() -> Site:
    return Site()


def test_what_is_written_is_judged_as_the_manifest_says(tmp_path: Path) -> None:
    """A stranger with the folder alone comes to the same verdicts."""
    manifest = json.loads(write(tmp_path, frozenset({"certificates", "odd"})).read_text(encoding="utf-8"))
    (sha256,) = manifest["approved"]
    always = ApprovedCertificate("", sha256, NOW - YEAR / 2, NOW + YEAR, frozenset({"KY_PHAT_HANH"}))
    verifier = RecordVerifier(SLOTS, trust=TrustStore.from_folder(tmp_path / "trust"), policy=SlotPolicy.city())
    lines = [line for line in manifest["files"] if line["judged_by"] == "record"]
    assert len(lines) > 80
    for line in lines:
        octets = (tmp_path / line["file"]).read_bytes()
        verdict = verifier.verify(octets, registry=Approved(manifest["unit"], (always,)), at=NOW)
        assert (verdict.cause, verdict.disposition) == (line["cause"], line["disposition"]), line["file"]


@pytest.mark.parametrize("name", [name for name, odd in ODD.items() if odd.door == "record"])
def test_an_odd_record_comes_through_the_hubs_door(site: Site, name: str) -> None:
    """Read as a push is read, nobody refuses it, and its octets as cut still pass."""
    arrival = read_batch_xml(ODD[name].make(site), Limits())

    (item,) = arrival.items
    assert [finding.rule for finding in item.findings if finding.severity is Severity.ERROR] == []
    verifier = RecordVerifier(SLOTS, trust=site.trust(), policy=SlotPolicy.city())
    verdict = verifier.verify(item.octets, registry=site.approved(), at=NOW)
    assert verdict.passed, verdict.cause
