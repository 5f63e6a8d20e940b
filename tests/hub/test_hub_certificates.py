"""`hocba certificates` against a real ledger: entering, deciding, and what each row is told."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from support.authority import Authority, Holder, ec_key, institution, person
from support.command_line import Hocba, Run

from ledger import registry
from ledger.database import Pool
from ledger.registry import UnitRow
from ledger.settings import LedgerSettings

SCHOOL = "79760401"
SEAL = "KY_PHAT_HANH"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("Cơ quan cấp thử")


@pytest.fixture
def seal(authority: Authority) -> Holder:
    return authority.issue(institution("Trường Thử", SCHOOL), key=ec_key())


@pytest.fixture
async def ledger(pool: Pool, ledger_settings: LedgerSettings, monkeypatch: pytest.MonkeyPatch) -> Pool:
    since = datetime(2025, 7, 1, tzinfo=UTC).date()
    async with pool.connection() as connection:
        await registry.enter_units(
            connection, [UnitRow(SCHOOL, "school", "Trường Thử", None, "02", "intermediary", since, None)]
        )
    assert ledger_settings.url is not None
    monkeypatch.setenv("HOCBA_LEDGER__URL", ledger_settings.url.get_secret_value())
    return pool


@pytest.fixture
def told(hocba: Hocba, ledger: Pool, monkeypatch: pytest.MonkeyPatch) -> Hocba:
    """The command line beside that ledger; its environment is emptied first, so the address is set again."""
    assert ledger is not None
    return hocba


def _write(file: Path, holder: Holder) -> Path:
    file.write_bytes(holder.certificate.public_bytes(Encoding.PEM))
    return file


def _json(run: Run) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(run.out)
    return rows


def test_a_certificate_is_registered_approved_and_ended(told: Hocba, seal: Holder, clean: Path) -> None:
    file = _write(clean / "dau.pem", seal)

    entered = told("certificates", "register", str(file), "--unit", SCHOOL, "--role", SEAL, "--kind", "USB_TOKEN")
    assert (entered.code, "đăng ký số" in entered.said) == (0, True)
    (row,) = _json(told("certificates", "list", "--format", "json"))
    assert (row["state"], row["unit"], row["role"], row["sha256"]) == ("waiting", SCHOOL, SEAL, seal.sha256)

    number = str(row["id"])
    assert told("certificates", "approve", number, "--yes").code == 0
    assert told("certificates", "approve", number, "--yes").code == 65
    assert told("certificates", "end", number, "--why", "mất token", "--yes").code == 0

    (row,) = _json(told("certificates", "list", "--format", "json"))
    assert row["state"] == "ended"
    story = told("certificates", "show", seal.sha256[:12])
    assert all(word in story.said for word in ("đăng ký", "phê duyệt", "chấm dứt", "mất token"))
    assert "Trường Thử <" not in story.said
    assert "Trường Thử" in told("certificates", "show", seal.sha256[:12], "--values").said


def test_nothing_is_done_when_the_question_is_answered_no(
    told: Hocba, seal: Holder, clean: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    told("certificates", "register", str(_write(clean / "dau.pem", seal)), "--unit", SCHOOL, "--role", SEAL)
    (row,) = _json(told("certificates", "list", "--format", "json"))

    told("certificates", "approve", str(row["id"]))

    (row,) = _json(told("certificates", "list", "--format", "json"))
    assert row["state"] == "waiting"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_list_is_answered_row_by_row(told: Hocba, authority: Authority, seal: Holder, clean: Path, form: str) -> None:
    _write(clean / "dau.pem", seal)
    _write(clean / "nguoi.pem", authority.issue(person("Lê Văn Hiệu", "079070002202"), key=ec_key()))
    _write(clean / "co-quan.pem", authority.holder)
    (clean / "rac.pem").write_text("rác", encoding="utf-8")
    head = ["Mã đơn vị", "Vai trò", "Tệp", "Ngày hiệu lực"]
    rows = [
        [SCHOOL, SEAL, "dau.pem", "01/09/2025"],
        [SCHOOL, "CBQL", "nguoi.pem", "2025-09-01"],
        ["00000000", SEAL, "dau.pem", ""],
        [SCHOOL, "HIEU_TRUONG", "dau.pem", ""],
        [SCHOOL, SEAL, "co-quan.pem", ""],
        [SCHOOL, SEAL, "rac.pem", ""],
        [SCHOOL, SEAL, "../dau.pem", ""],
        [SCHOOL, SEAL, "dau.pem", "hôm qua"],
    ]
    file = _list(clean / f"danh-sach.{form}", [head, *rows])

    dry = told("certificates", "import", str(file), "--approved", "--dry-run")
    assert (dry.code, "2 sẽ nhận" in dry.said, "6 từ chối" in dry.said) == (1, True, True)
    assert _json(told("certificates", "list", "--format", "json")) == []

    done = told("certificates", "import", str(file), "--approved")
    again = told("certificates", "import", str(file), "--approved")

    assert "2 đã nhận" in done.said
    for why in ("không có đơn vị 00000000", "vai trò phải là", "tổ chức cấp", "không phải tệp chứng thư", "hôm qua"):
        assert why in done.said
    assert all(words in again.said for words in ("0 đã nhận", "2 đã có từ trước", "6 từ chối"))
    entered = _json(told("certificates", "list", "--format", "json"))
    assert [(row["role"], row["state"], row["approved_from"]) for row in entered] == [
        (SEAL, "approved", "2025-08-31T17:00:00+00:00"),
        ("CBQL", "approved", "2025-08-31T17:00:00+00:00"),
    ]


def _list(file: Path, rows: list[list[str]]) -> Path:
    if file.suffix == ".csv":
        file.write_text("\n".join(";".join(row) for row in rows), encoding="utf-8-sig")
        return file
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(file)
    return file


def test_a_list_without_its_columns_is_refused_in_words(told: Hocba, clean: Path) -> None:
    file = _list(clean / "danh-sach.csv", [["Trường", "Vai trò"], ["x", SEAL]])

    refused = told("certificates", "import", str(file))

    assert refused.code == 65
    assert "thiếu cột «ma don vi»" in refused.said


def test_coverage_says_who_still_lacks_a_certificate(told: Hocba, seal: Holder, clean: Path) -> None:
    assert "THIẾU" in told("certificates", "coverage").said

    _write(clean / "dau.pem", seal)
    told("certificates", "import", str(clean / "dau.pem"), "--unit", SCHOOL, "--role", SEAL, "--approved")

    assert "THIẾU" not in told("certificates", "coverage").said
    assert told("certificates", "seen").code == told("certificates", "revoked").code == 0
    assert "Không có" in told("certificates", "expiring", "--days", "30").said


def test_what_is_not_there_is_said_in_words(told: Hocba) -> None:
    assert "Không có đăng ký số 7" in told("certificates", "approve", "7", "--yes").said
    assert "Không có chứng thư số ứng với «AB»" in told("certificates", "show", "AB").said
    assert told("certificates", "import", "no.pem").code == 66
