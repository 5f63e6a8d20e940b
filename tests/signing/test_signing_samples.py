"""Records, transactions and a packed body that other software made and signed: every one of them must pass."""

import base64
import csv
import gzip
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.workshop import SLOTS

from signing.second_opinion import Engine, second_opinion_on_transaction, second_opinions
from signing.trust import TrustStore
from signing.verify import Approved, RecordVerifier, SlotPolicy, verify_transaction

AT = datetime(2026, 5, 31, tzinfo=UTC)
"""before the lists beside the samples were issued: what was learnt since settles an earlier day too"""
RECORD = re.compile(rb"<HOC_BA .*?</HOC_BA>", re.DOTALL)
UNITS = ("79760401", "79760403", "79760408")


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


@pytest.fixture(scope="module")
def trust(signed_samples: Path) -> TrustStore:
    folder = signed_samples / "trust"
    return TrustStore(
        anchors=[(folder / "root.pem").read_bytes()],
        intermediates=[(folder / "ica.pem").read_bytes()],
        revocation_lists=[(folder / "root.crl").read_bytes(), (folder / "ica.crl").read_bytes()],
    )


@pytest.fixture(scope="module")
def known(signed_samples: Path) -> dict[str, dict[str, str]]:
    return {row["uuid"]: row for row in _rows(signed_samples / "known.tsv")}


def _approved(signed_samples: Path, unit: str) -> Approved:
    return Approved.from_rows(unit, _rows(signed_samples / "trust" / "registry.tsv"))


def _text(body: Path) -> bytes:
    content = base64.b64decode(json.loads(body.read_bytes())["content"])
    return gzip.decompress(content[4:])


@pytest.mark.parametrize("policy", [SlotPolicy.city(), SlotPolicy.national()], ids=lambda policy: policy.name)
@pytest.mark.parametrize("unit", UNITS)
def test_records_pass(
    signed_samples: Path, trust: TrustStore, known: dict[str, dict[str, str]], unit: str, policy: SlotPolicy
) -> None:
    verifier = RecordVerifier(SLOTS, trust=trust, policy=policy)
    records = RECORD.findall((signed_samples / f"batch-{unit}.xml").read_bytes())

    verdicts = [verifier.verify(octets, registry=_approved(signed_samples, unit), at=AT) for octets in records]

    assert records
    assert [verdict.cause for verdict in verdicts] == [None] * len(records)
    expected = {row["sha256_du_lieu"] for row in known.values() if row["ma_truong"] == unit}
    assert {verdict.data_sha256 for verdict in verdicts} == expected


@pytest.mark.parametrize("unit", UNITS)
def test_transactions_pass(signed_samples: Path, trust: TrustStore, unit: str) -> None:
    octets = (signed_samples / f"batch-{unit}.xml").read_bytes()

    verdict = verify_transaction(
        octets, trust=trust, policy=SlotPolicy.city(), approved=_approved(signed_samples, unit), at=AT
    )

    assert verdict.passed, verdict.cause


def test_packed_body_passes(signed_samples: Path, trust: TrustStore) -> None:
    text = _text(signed_samples / "body-79760403.json")
    approved = _approved(signed_samples, "79760403")
    verifier = RecordVerifier(SLOTS, trust=trust, policy=SlotPolicy.city())

    assert verify_transaction(text, trust=trust, policy=SlotPolicy.city(), approved=approved, at=AT).passed
    records = RECORD.findall(text)
    assert len(records) == 4
    assert all(verifier.verify(octets, registry=approved, at=AT).passed for octets in records)


@pytest.mark.parametrize("engine", Engine)
@pytest.mark.parametrize("unit", UNITS)
def test_other_engines_agree(signed_samples: Path, unit: str, engine: Engine) -> None:
    octets = (signed_samples / f"batch-{unit}.xml").read_bytes()

    opinions = [opinion for one in RECORD.findall(octets) for opinion in second_opinions(one, SLOTS, engine=engine)]
    opinions.append(second_opinion_on_transaction(octets, engine=engine))

    assert [opinion.reason for opinion in opinions if not opinion.accepted] == []
    assert len(opinions) == 3 * len(RECORD.findall(octets)) + 1


def test_a_changed_letter_is_seen_by_all(signed_samples: Path, trust: TrustStore) -> None:
    octets = (signed_samples / "batch-79760403.xml").read_bytes()
    spoiled = octets.replace(b"<DAN_TOC>", b"<DAN_TOC>X", 1)
    record = RECORD.findall(spoiled)[0]
    approved = _approved(signed_samples, "79760403")
    verifier = RecordVerifier(SLOTS, trust=trust, policy=SlotPolicy.city())

    assert verifier.verify(record, registry=approved, at=AT).cause == "GVCN:digest-data"
    verdict = verify_transaction(spoiled, trust=trust, policy=SlotPolicy.city(), approved=approved, at=AT)
    assert verdict.cause == "digest-data"
    for engine in Engine:
        assert not any(opinion.accepted for opinion in second_opinions(record, SLOTS, engine=engine))
        assert not second_opinion_on_transaction(spoiled, engine=engine).accepted
