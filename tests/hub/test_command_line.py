"""The command line teaches, and says in words whatever may be foreseen to go wrong: never a traceback."""

import http.server
import json
import socket
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, cast

import pytest
import typer.main
from support.command_line import Hocba
from typer.core import TyperGroup

from hub import running
from hub.cli import app

COMMANDS = (
    "up",
    "demo",
    "push",
    "status",
    "failed",
    "retry",
    "lanes",
    "settings",
    "db",
    "doctor",
    "verify",
    "world",
    "certificates",
)
SUBCOMMANDS = (
    ("lanes", "pause"),
    ("lanes", "resume"),
    ("lanes", "resume-sender"),
    ("db", "migrate"),
    ("world", "import"),
    *(
        ("certificates", name)
        for name in ("list", "expiring", "revoked", "seen", "coverage", "show", "import", "register", "approve")
    ),
    *(("certificates", name) for name in ("refuse", "end", "send")),
)


def test_help_names_every_command_vietnamese_first(hocba: Hocba) -> None:
    told = hocba("--help")
    assert told.code == 0
    for command in COMMANDS:
        assert f" {command} " in told.said
    assert told.said.index("nhận học bạ số") < told.said.index("Takes digital school records")


@pytest.mark.parametrize("command", [*((name,) for name in COMMANDS), *SUBCOMMANDS])
def test_every_command_has_help(hocba: Hocba, command: tuple[str, ...]) -> None:
    told = hocba(*command, "--help")
    assert told.code == 0
    assert " ".join(command) in told.said


def _every_command(group: TyperGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _every_command(command, (*path, name))
        else:
            yield (*path, name)


LEAVES = [*_every_command(cast("TyperGroup", typer.main.get_command(app)))]


@pytest.mark.parametrize("command", LEAVES, ids=" ".join)
def test_help_says_in_two_languages_what_a_command_does_and_shows_a_call(
    hocba: Hocba, command: tuple[str, ...]
) -> None:
    told = hocba(*command, "--help").said
    what, _, _ = told.partition("Ví dụ:")
    assert " · " in what
    example = told.partition("Ví dụ:")[2].partition("Options")[0]
    assert f"hocba {' '.join(command)}" in example


NOTHING_RUNS = "Hub chưa chạy ở thư mục này"

FORESEEN = [
    (("failed",), NOTHING_RUNS, 69),
    (("lanes",), NOTHING_RUNS, 69),
    (("retry", "--cause", "poison"), NOTHING_RUNS, 69),
    (("status", str(uuid.UUID(int=1))), NOTHING_RUNS, 69),
    (("status", "abc"), "không phải mã biên nhận hay UUID", 64),
    (("run", "cook"), "Không có tiến trình «cook»", 64),
    (("run", "worker"), "HOCBA_KAFKA__SERVERS", 78),
    (("push", "a.xml"), "Thiếu khóa API", 64),
    (("push", "a.xml", "--key-file", "no.key"), "Không đọc được tệp no.key", 66),
    (("push", "a.xml", "--sender", "NOBODY"), "Không đọc được tệp", 66),
    (("lanes", "pause", "cook", "city", "--why", "x"), "Không có giai đoạn «cook»", 64),
    (("verify", "no.xml"), "Chưa có kho chứng thư tin cậy", 2),
    (("verify", "no.xml", "--engine", "signxml"), "Không đọc được: no.xml", 2),
    (("verify", "no.xml", "--engine", "guess"), "không có «guess»", 2),
    (("settings", "xyzzy"), "Không có cài đặt nào", 64),
]


@pytest.mark.parametrize(("arguments", "words", "code"), FORESEEN)
def test_what_may_go_wrong_is_said_in_words(hocba: Hocba, arguments: tuple[str, ...], words: str, code: int) -> None:
    told = hocba(*arguments)
    assert words in told.said
    assert told.code == code
    assert "Traceback" not in told.said


def test_wrong_settings_are_all_named_and_their_values_are_not(hocba: Hocba, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOCBA_LEDGER__POOL_SIZE", "s3cret")
    monkeypatch.setenv("HOCBA_WEB__PORT", "99999")
    told = hocba("failed")
    assert told.code == 78
    assert "HOCBA_LEDGER__POOL_SIZE" in told.said
    assert "HOCBA_WEB__PORT" in told.said
    assert "s3cret" not in told.said


def test_a_database_that_does_not_answer_is_said(hocba: Hocba, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOCBA_LEDGER__URL", f"postgresql://u:pass-word@127.0.0.1:{_free_port()}/x")
    for arguments in (("failed",), ("db", "migrate")):
        told = hocba(*arguments)
        assert told.code == 69
        assert "Không kết nối được PostgreSQL" in told.said
        assert "pass-word" not in told.said


def test_an_empty_database_is_said(hocba: Hocba, monkeypatch: pytest.MonkeyPatch, postgres: str) -> None:
    monkeypatch.setenv("HOCBA_LEDGER__URL", postgres)
    told = hocba("failed")
    assert told.code == 69
    assert "hocba db migrate" in told.said


def test_a_taken_port_is_said_before_anything_starts(
    hocba: Hocba, monkeypatch: pytest.MonkeyPatch, clean: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("HOCBA_WEB__PORT", str(taken.getsockname()[1]))
        told = hocba("up")
    assert told.code == 78
    assert "đang có chương trình khác dùng" in told.said
    assert not (clean / ".hocba" / "postgres").exists()


def test_two_hubs_do_not_share_a_folder(hocba: Hocba, clean: Path) -> None:
    (clean / ".hocba").mkdir()
    running.note(clean / ".hocba", api="http://127.0.0.1:1", ledger=None, kafka="x")
    told = hocba("up")
    assert told.code == 73
    assert "Hub đã chạy ở thư mục này" in told.said


def test_the_note_of_a_dead_hub_is_not_believed(clean: Path) -> None:
    running.note(clean, api="http://127.0.0.1:1", ledger=None, kafka="x")
    note = json.loads((clean / running.NAME).read_text(encoding="utf-8"))
    note["began"] -= 100
    (clean / running.NAME).write_text(json.dumps(note), encoding="utf-8")
    assert running.find(clean) is None


def test_staff_steer_a_migrated_ledger(hocba: Hocba, monkeypatch: pytest.MonkeyPatch, database: str) -> None:
    monkeypatch.setenv("HOCBA_LEDGER__URL", database)
    assert "0 hồ sơ" not in hocba("failed").said
    assert "Không có hồ sơ bị giữ" in hocba("retry", "--cause", "poison").said
    assert "Không có nơi nhận «moon»" in hocba("lanes", "pause", "check", "moon", "--why", "x").said
    assert "Không có bên gửi «X»" in hocba("lanes", "resume-sender", "X").said
    assert "không có biên nhận" in hocba("status", str(uuid.UUID(int=7))).said
    assert hocba("lanes").code == 0


def test_the_world_is_imported_and_keys_are_the_owners_alone(
    hocba: Hocba, monkeypatch: pytest.MonkeyPatch, database: str, clean: Path, world: "object"
) -> None:
    monkeypatch.setenv("HOCBA_LEDGER__URL", database)
    folder = str(world.folder)  # type: ignore[attr-defined]
    told = hocba("world", "import", folder)
    assert told.code == 0
    keys = sorted((clean / ".hocba" / "keys").iterdir())
    assert keys
    assert {key.stat().st_mode & 0o777 for key in keys} == {0o600}
    assert not [key for key in keys if key.read_text(encoding="ascii").strip() in told.said]
    assert "Khóa API mới" not in hocba("world", "import", folder).said
    assert hocba("world", "import", "nowhere").code == 66


# ---------------------------------------------------------------- push


class _Hub(http.server.BaseHTTPRequestHandler):
    seen: ClassVar[list[dict[str, str]]] = []
    answer: ClassVar[tuple[int, dict[str, object]]] = (202, {})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.seen.append({name.lower(): value for name, value in self.headers.items()})
        status, body = self.answer
        octets = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def stand_in(clean: Path) -> Iterator[str]:
    _Hub.seen.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (clean / "a.xml").write_bytes(b"<DANH_SACH_HOC_BA/>")
    (clean / "a.key").write_text("hk_x\n", encoding="ascii")
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


FINDING = {
    "rule": "B08",
    "severity": "error",
    "path": "A/B",
    "message": {"vi": "sai ngày", "en": "wrong date"},
    "remedy": {"vi": "sửa ngày", "en": "mend it"},
}


def _line(index: int, status: str) -> dict[str, object]:
    findings = [FINDING] if status == "refused" else []
    return {"index": index, "uuid": str(uuid.UUID(int=index)), "status": status, "findings": findings}


def _push(hocba: Hocba, url: str, *more: str) -> tuple[int, str]:
    told = hocba("push", "a.xml", "--key-file", "a.key", "--hub", url, *more)
    return told.code, told.said


def test_push_prints_a_line_per_record_and_says_by_its_code_that_some_were_refused(hocba: Hocba, stand_in: str) -> None:
    lines = [_line(0, "accepted"), _line(1, "refused"), _line(2, "duplicate")]
    _Hub.answer = (202, {"receipt": "r-1", "accepted": 1, "refused": 1, "duplicate": 1, "records": lines})
    code, said = _push(hocba, stand_in)
    assert code == 2
    assert all(str(uuid.UUID(int=index)) in said for index in range(3))
    assert "sai ngày → sửa ngày" in said
    assert "r-1" in said
    assert _Hub.seen[0]["authorization"] == "Bearer hk_x"
    assert _Hub.seen[0]["content-type"] == "application/xml"


def test_pushing_the_same_file_again_is_the_same_submission_unless_told_otherwise(hocba: Hocba, stand_in: str) -> None:
    _Hub.answer = (202, {"receipt": "r", "accepted": 0, "refused": 0, "duplicate": 0, "records": []})
    assert _push(hocba, stand_in)[0] == 0
    _push(hocba, stand_in)
    _push(hocba, stand_in, "--again")
    first, second, third = (seen["idempotency-key"] for seen in _Hub.seen)
    assert first == second != third


@pytest.mark.parametrize("status", [401, 413, 422, 503])
def test_a_refusal_is_shown_as_the_hub_words_it(hocba: Hocba, stand_in: str, status: int) -> None:
    _Hub.answer = (status, {"title": "Khóa không còn hiệu lực.", "title_en": "No valid key.", "findings": [FINDING]})
    code, said = _push(hocba, stand_in)
    assert code == 1
    assert f"HTTP {status} Khóa không còn hiệu lực." in said
    assert "No valid key." in said
    assert "sai ngày" in said


def test_a_hub_that_is_away_is_said(hocba: Hocba, stand_in: str) -> None:
    code, said = _push(hocba, f"http://127.0.0.1:{_free_port()}")
    assert code == 69
    assert "Không kết nối được hub" in said


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
