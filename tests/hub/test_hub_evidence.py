"""`hocba evidence`: built once whatever dies, handed out, and checked with files alone, years later."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from support.command_line import Hocba
from support.stand_in import REPOSITORY
from support.tsa import Tsa, stamping_world
from support.verified import enter_verified

from ledger.database import Pool
from ledger.settings import LedgerSettings

YESTERDAY = datetime.now(UTC) - timedelta(days=1)
OCTETS = [f'<HOC_BA id="hb-{number}"><A  x="1"/></HOC_BA>'.encode() for number in range(5)]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tsa]:
    tsa = Tsa(stamping_world(tmp_path_factory.mktemp("tsa")))
    tsa.start()
    yield tsa
    tsa.stop()


@pytest.fixture
def environment(authority: Tsa, ledger_settings: LedgerSettings) -> dict[str, str]:
    authority.press()
    assert ledger_settings.url is not None
    return {
        "HOCBA_LEDGER__URL": ledger_settings.url.get_secret_value(),
        "HOCBA_SIGNING__TRUST_FOLDER": str(authority.world / "trust"),
        "HOCBA_SIGNING__TIMESTAMPS__URLS": json.dumps([authority.url("/ec")]),
    }


@pytest.fixture
async def uuids(pool: Pool) -> list[str]:
    return await enter_verified(pool, OCTETS, at=YESTERDAY)


@pytest.fixture
def evidence(hocba: Hocba, environment: dict[str, str], uuids: list[str], monkeypatch: pytest.MonkeyPatch) -> Hocba:
    """The command line beside that ledger and authority."""
    assert uuids
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: hocba("evidence", *arguments)


def asked(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def today() -> str:
    return (datetime.now(UTC) + timedelta(hours=7)).date().isoformat()


def yesterday() -> str:
    return (YESTERDAY + timedelta(hours=7)).date().isoformat()


def test_build_status_export_verify(evidence: Hocba, authority: Tsa, clean: Path, uuids: list[str]) -> None:
    told = evidence("status", "--format", "json")
    assert (json.loads(told.out)["waiting"], json.loads(told.out)["kept"]) == (5, True)
    assert "5 học bạ" in evidence("build", "--day", today()).said
    assert "Nothing is waiting" in evidence("build", "--day", today()).said
    assert f"--day {today()}" in evidence("build").said
    status = json.loads(evidence("status", "--format", "json").out)
    assert (status["waiting"], [day["records"] for day in status["days"]]) == (0, [5])
    run = evidence("export", uuids[0], uuids[1], "--output", "cho-toa-an")
    assert run.code == 0, run.said
    files = sorted(path.name for path in Path("cho-toa-an").iterdir())
    assert files == sorted(f"{uuid}{end}" for uuid in uuids[:2] for end in (".xml", ".er", ".ers.xml"))
    assert Path("cho-toa-an", f"{uuids[0]}.xml").read_bytes() == OCTETS[0]
    assert evidence("export", "--day", yesterday(), "--form", "er", "--output", "ca-ngay").code == 0
    assert len(list(Path("ca-ngay").iterdir())) == 10
    trust = str(authority.world / "trust")
    run = evidence("verify", "cho-toa-an", "--trust", trust, "--format", "json")
    report = json.loads(run.out)
    assert (run.code, report["passed"], len(report["evidence"])) == (0, True, 4)
    assert {each["syntax"] for each in report["evidence"]} == {"RFC 4998", "RFC 6283"}
    assert all(each["since"] and each["until"] for each in report["evidence"])
    said = evidence("verify", "cho-toa-an", "--trust", trust).said
    assert "CHỨNG MINH ĐƯỢC: 4/4" in said


def test_each_missed_day_is_told_and_exported_in_the_forms_chosen_for_its_profiles(
    evidence: Hocba, ledger_settings: LedgerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ledger_settings.url is not None
    monkeypatch.setenv("HOCBA_EVIDENCE__PROFILES", '{"hbs-1.0": "none", "hbs-2/primary": "ers"}')
    with psycopg.connect(ledger_settings.url.get_secret_value()) as connection:
        connection.execute("update records set profile = 'hbs-2/primary' where id % 2 = 0")
        connection.execute(
            "update events e set at = at - interval '3 days' from transfers t join records r on r.id = t.record_id"
            " where t.id = e.transfer_id and r.profile = 'hbs-2/primary' and r.id in (select min(id) from records where id % 2 = 0)"
        )
    status = json.loads(evidence("status", "--format", "json").out)
    assert (len(status["waiting_days"]), status["waiting"]) == (2, sum(status["waiting_days"].values()))
    assert f"2 ngày, {status['waiting']} học bạ" in evidence("build", "--day", today()).said
    run = evidence("export", "--day", yesterday(), "--output", "ra")
    assert run.code == 0
    assert "không có dạng RFC 4998" in run.said
    assert {path.name.split(".", 1)[1] for path in Path("ra").iterdir()} == {"xml", "ers.xml"}
    monkeypatch.setenv("HOCBA_EVIDENCE__PROFILES", "{}")
    left = 5 - status["waiting"]
    assert "Nothing is waiting" in evidence("build", "--day", "2026-01-01").said
    assert f"{left} học bạ" in evidence("build", "--day", today(), "--since", "2026-01-01", "--together").said


def test_verify_needs_neither_ledger_nor_settings(
    evidence: Hocba, hocba: Hocba, authority: Tsa, uuids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence("build", "--day", today())
    evidence("export", uuids[0], "--output", "xuat")
    shutil.copytree(authority.world / "trust", "kho-tin-cay")
    for name in [name for name in os.environ if name.startswith("HOCBA_")]:
        monkeypatch.delenv(name)
    record = Path("xuat", f"{uuids[0]}.xml")
    assert hocba("evidence", "verify", str(record), "--trust", "kho-tin-cay").code == 0
    assert hocba("evidence", "verify", f"xuat/{uuids[0]}.er", "--trust", "kho-tin-cay", "--lang", "en").code == 0
    later = hocba("evidence", "verify", "xuat", "--trust", "kho-tin-cay", "--at", "2060-01-01T00:00:00+07:00")
    assert later.code == 1
    record.write_bytes(OCTETS[1])
    run = hocba("evidence", "verify", "xuat", "--trust", "kho-tin-cay", "--lang", "en")
    assert run.code == 1
    assert "NOT PROVEN: 0/2" in run.said
    assert "TOTAL-FAILED/HASH_FAILURE" in run.said
    record.unlink()
    assert hocba("evidence", "verify", "xuat", "--trust", "kho-tin-cay").code == 2
    assert hocba("evidence", "verify", "kho-tin-cay/roots", "--trust", "kho-tin-cay").code == 2
    assert hocba("evidence", "verify", "xuat").code == 2


def test_what_has_no_evidence_is_named(evidence: Hocba, uuids: list[str]) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    evidence("build", "--day", today())
    run = evidence("export", uuids[0], unknown, "--output", "xuat")
    assert run.code == 1
    assert f"{unknown}: chưa có bằng chứng" in run.said
    assert evidence("export", "--output", "xuat").code == 64
    assert evidence("export", "x", "--output", "xuat").code == 64
    assert evidence("export", "--day", "2020-01-01", "--output", "xuat").code == 66
    assert evidence("build", "--day", "2999-01-01").code == 64


def test_no_authority_no_evidence(evidence: Hocba, authority: Tsa, monkeypatch: pytest.MonkeyPatch) -> None:
    authority.press(error=503)
    monkeypatch.setenv("HOCBA_SIGNING__TIMESTAMPS__PATIENCE_SECONDS", "0.2")
    run = evidence("build", "--day", today())
    assert run.code == 75
    assert "chưa ghi gì" in run.said
    monkeypatch.setenv("HOCBA_SIGNING__TIMESTAMPS__URLS", "[]")
    assert evidence("build", "--day", today()).code == 78


def test_renewal_asks_first(evidence: Hocba, ledger_settings: LedgerSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ledger_settings.url is not None
    evidence("build", "--day", today())
    assert "Nothing has to be renewed" in evidence("renew").said
    monkeypatch.setenv("HOCBA_EVIDENCE__RENEW_DAYS", "3650")
    url = ledger_settings.url.get_secret_value()
    with psycopg.connect(url) as connection:
        connection.execute("update evidence_trees set stamped_at = stamped_at - interval '8 days'")
    assert "gia hạn" in evidence("renew", "--dry-run").said
    assert asked(url, "select count(*) from evidence_trees") == [(1,)]
    assert "Đã gia hạn 1" in evidence("renew", "--yes").said
    assert asked(url, "select chain, number from evidence_timestamps order by 1, 2") == [(1, 1), (1, 2)]


@pytest.mark.parametrize("point", ["evidence.after-stamp", "evidence.before-commit", "evidence.after-write"])
def test_killed_anywhere_nothing_is_lost_and_nothing_doubled(
    evidence: Hocba, environment: dict[str, str], tmp_path: Path, point: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "hub", "evidence", "build", "--day", today()],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "HOCBA_PROOF": "1", "HOCBA_CRASH_AT": point}
        | environment,
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == -9, ended.stderr.decode()
    url = environment["HOCBA_LEDGER__URL"]
    written = 1 if point == "evidence.after-write" else 0
    assert asked(url, "select count(*) from evidence_trees") == [(written,)]
    assert evidence("build", "--day", today()).code == 0
    assert asked(url, "select count(*) from evidence_trees") == [(1,)]
    assert asked(url, "select count(*) from evidence_leaves") == [(5,)]
