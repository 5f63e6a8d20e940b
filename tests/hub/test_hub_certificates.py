"""`hocba certificates` against a real ledger: entering, deciding, and what each row is told."""

import io
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import psycopg
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
    file = _list(clean / f"danh-sach.{form}", [["Danh sách chứng thư số"], head, *rows])

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


def _enter(told: Hocba, clean: Path, seal: Holder, *more: str) -> str:
    """Enter the school's seal; its registration's number."""
    _write(clean / "dau.pem", seal)
    told("certificates", "import", str(clean / "dau.pem"), "--unit", SCHOOL, "--role", SEAL, *more)
    (row,) = _json(told("certificates", "list", "--format", "json"))
    return str(row["id"])


def test_each_row_is_answered_as_json_too_and_what_was_ended_stays_ended(
    told: Hocba, seal: Holder, clean: Path
) -> None:
    number = _enter(told, clean, seal, "--approved")
    told("certificates", "end", number, "--why", "mất token", "--yes")

    again = told(
        "certificates", "import", "dau.pem", "--unit", SCHOOL, "--role", SEAL, "--approved", "--format", "json"
    )

    ((answer,), code) = _json(again), again.code
    assert (answer["outcome"], code) == ("refused", 1)
    (row,) = _json(told("certificates", "list", "--format", "json"))
    assert row["state"] == "ended"
    registered = told("certificates", "register", "dau.pem", "--unit", SCHOOL, "--role", SEAL)
    assert (registered.code, f"mở lại đăng ký số {number}" in registered.said) == (0, True)


def test_days_that_a_list_leaves_out_change_nothing(told: Hocba, seal: Holder, clean: Path) -> None:
    """By its fingerprint alone no day is known: entering it again must not move the approval."""
    _write(clean / "dau.pem", seal)
    told("certificates", "import", "dau.pem")
    dated = _list(
        clean / "a.csv",
        [
            ["ma_don_vi", "vai_tro", "sha256", "tu_ngay", "den_ngay"],
            [SCHOOL, SEAL, seal.sha256, "1/9/2025", "31/5/2026"],
        ],
    )
    bare = _list(clean / "b.csv", [["unit", "role", "serial"], [SCHOOL, SEAL, f"{seal.certificate.serial_number}"]])
    for file in (dated, bare, bare):
        assert told("certificates", "import", str(file), "--approved").code == 0
    (row,) = _json(told("certificates", "list", "--format", "json"))
    assert (row["approved_from"], str(row["approved_to"])[:19]) == ("2025-08-31T17:00:00+00:00", "2026-05-31T16:59:59")


def test_what_a_portal_decides_is_not_decided_here(
    told: Hocba, seal: Holder, clean: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOCBA_CERTIFICATES__APPROVER", "portal")
    number = _enter(told, clean, seal)
    for command in (("approve", number), ("refuse", number, "--why", "x")):
        refused = told("certificates", *command, "--yes")
        assert (refused.code, "do cổng phê duyệt" in refused.said) == (65, True)
    monkeypatch.setenv("HOCBA_CERTIFICATES__APPROVER", "ward")
    _enter(told, clean, seal)
    assert told("certificates", "approve", number, "--yes").code == 0


def test_excel_lists_as_offices_keep_them(told: Hocba, seal: Holder, clean: Path) -> None:
    """A title above the headers, real dates, a cell far to the right."""
    _write(clean / "dau.pem", seal)
    told("certificates", "import", "dau.pem")
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["DANH SÁCH CHỨNG THƯ SỐ"])
    sheet.append([])
    sheet.append(["STT", "Mã trường", "Vai trò", "Số serial", "Từ ngày", "Đến ngày"])
    serial = f"{seal.certificate.serial_number:x}"
    sheet.append([1, SCHOOL, "ky_phat_hanh", serial, datetime(2025, 9, 1), datetime(2026, 5, 31)])  # noqa: DTZ001
    sheet.append([2, None, SEAL, serial])
    sheet.cell(row=4, column=16_384, value="x")
    book.save(clean / "danh-sach.xlsx")

    done = told("certificates", "import", "danh-sach.xlsx", "--approved")

    assert (done.code, "1 đã nhận" in done.said, "dòng 5: thiếu mã đơn vị" in done.said) == (1, True, True)
    (row,) = _json(told("certificates", "list", "--format", "json"))
    assert (row["approved_from"], str(row["approved_to"])[:19]) == ("2025-08-31T17:00:00+00:00", "2026-05-31T16:59:59")


HOSTILE = {
    "nul.csv": (b"unit,role,serial\n\0,CBQL,AA\n", "không phải CSV"),
    "utf16.csv": ("unit,role,serial\n".encode("utf-16"), "không phải CSV"),
    "wide.csv": (b"unit,role,serial\n" + b"x" * 200_000 + b",CBQL,AA\n", "không phải CSV"),
    "commas.csv": (b"unit,role,serial\n" + b"," * 10**6, "không phải CSV"),
    "open.csv": (b'unit,role,serial\n"1,CBQL,AA\n', "không phải CSV"),
    "twice.csv": (b"unit,role,serial,serial\n", "có hai lần"),
    "empty.csv": (b"", "thiếu cột"),
    "no.xlsx": (b"PK\x03\x04" + b"\0" * 400, "Không dùng được danh sách"),
    "large.csv": (b"\n" * (16 * 2**20 + 1), "lớn quá 16 MB"),
    "rows.csv": (b"unit,role,serial\n" + b"1,CBQL,AA\n" * 50_001, "nhiều hơn 50000 dòng"),
    "spaces.pem": (b"-----BEGIN CERTIFICATE-----" + b" " * 250_000 + b"!", "không phải tệp chứng thư"),
    "begins.pem": (b"-----BEGIN CERTIFICATE-----\n" * 9_000, "không phải tệp chứng thư"),
    "large.der": (b"\x30\x84\x7f\xff\xff\xff" + b"\0" * 300_000, "không phải tệp chứng thư"),
}


def test_hostile_files_are_refused_in_words(told: Hocba, clean: Path) -> None:
    """Within the time that a test has: the file of spaces takes minutes where its armour is looked for carelessly."""
    for name, (octets, words) in HOSTILE.items():
        (clean / name).write_bytes(octets)

        refused = told("certificates", "import", name, "--unit", SCHOOL, "--role", SEAL)

        assert refused.code in (1, 65), name
        assert words in refused.said, name
    assert _json(told("certificates", "list", "--format", "json")) == []


def test_a_folder_is_gone_through_whatever_its_files_are_called(told: Hocba, authority: Authority, clean: Path) -> None:
    folder = clean / "chung-thu"
    (folder / "truong").mkdir(parents=True)
    for name in ("a.pem", "truong/b.CER", os.fsdecode(b"\xff\x1b.crt"), "c.txt"):
        _write(folder / name, authority.issue(institution(f"Trường {name[0]!a}", SCHOOL), key=ec_key()))
    (folder / "d.der").write_bytes(b"")

    kept = told("certificates", "import", str(folder), "--format", "json")

    assert sorted((row["name"], row["outcome"]) for row in _json(kept)) == [
        ("?\x1b.crt", "taken"),
        ("a.pem", "taken"),
        ("b.CER", "taken"),
        ("d.der", "refused"),
    ]
    assert "\x1b" not in told("certificates", "import", str(folder)).out


def test_nothing_is_entered_when_a_later_list_cannot_be_read(told: Hocba, seal: Holder, clean: Path) -> None:
    _write(clean / "dau.pem", seal)
    (clean / "rac.csv").write_text("rác", encoding="utf-8")

    refused = told("certificates", "import", "dau.pem", "rac.csv", "--unit", SCHOOL, "--role", SEAL)

    assert refused.code == 65
    assert _json(told("certificates", "list", "--format", "json")) == []


def test_names_are_shown_as_they_are_and_obeyed_by_no_terminal(
    told: Hocba, ledger_settings: LedgerSettings, authority: Authority, clean: Path
) -> None:
    name = "Trường [/bold]\x1b[2J"
    assert ledger_settings.url is not None
    with psycopg.connect(ledger_settings.url.get_secret_value()) as connection:
        connection.execute("update units set name = %s where code = %s", [name, SCHOOL])
    number = _enter(told, clean, authority.issue(institution(name, SCHOOL), key=ec_key()), "--approved")
    listed = told("certificates", "list")
    covered = told("certificates", "coverage", "--search", "truong")
    card = told("certificates", "show", _serial(told), "--values")
    assert all("Trường [/bold]\N{REPLACEMENT CHARACTER}[2J" in run.said for run in (listed, covered))
    assert all("\x1b" not in run.out for run in (listed, covered, card))
    assert number in listed.said


def _serial(told: Hocba) -> str:
    (row,) = _json(told("certificates", "list", "--format", "json"))
    return str(row["serial_hex"])


def test_a_story_is_told_as_json_without_its_subject(told: Hocba, seal: Holder, clean: Path) -> None:
    _enter(told, clean, seal, "--approved")
    told_json = told("certificates", "show", seal.sha256, "--format", "json").out
    story = json.loads(told_json)
    assert [event["what"] for event in story["history"]] == ["approved", "registered"]
    assert story["certificate"]["sha256"] == seal.sha256
    assert "subject" not in story["certificate"]


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
