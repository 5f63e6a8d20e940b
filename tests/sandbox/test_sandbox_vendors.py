"""The vendors' software against a small stand-in for the hub's API that fails as a hub may."""

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Timer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from support.stand_in import REPOSITORY

from sandbox.pupils import write_batches
from sandbox.vendors.store import VendorStore
from sandbox.world import World

RECORD = (
    "<HOC_BA><DU_LIEU_HOC_BA><THONG_TIN_CHUNG><MA_TRA_CUU_UUID>{}</MA_TRA_CUU_UUID></THONG_TIN_CHUNG></DU_LIEU_HOC_BA>"
    "</HOC_BA>"
)


class StandInHub(ThreadingHTTPServer):
    """Accepts pushes once per key; every other request is answered 503 or cut when it is flaky."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.flaky = False
        self.turn = 0
        self.conflict = False
        self.submissions: dict[str, tuple[str, dict[str, Any]]] = {}
        self.headers_seen: list[dict[str, str]] = []
        self.outcomes: list[dict[str, Any]] = []
        self.bundles: list[dict[str, Any]] = []
        self.confirmed: list[tuple[str, dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: StandInHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def _reply(self, status: int, body: dict[str, Any]) -> None:
        octets = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(octets)))
        if status == 503:
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(octets)

    def _fails(self) -> bool:
        """In a flaky hub of three requests, one is answered 503, one is done and its reply lost, one is answered."""
        self.server.turn += 1
        if self.server.flaky and self.server.turn % 3 == 1:
            self._reply(503, {"title": "later"})
            return True
        return False

    def _loses_reply(self) -> bool:
        lost = self.server.flaky and self.server.turn % 3 == 2
        if lost:
            self.close_connection = True
            self.connection.close()
        return lost

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self._fails():
            return
        if self.path.endswith("/confirm"):
            self.server.confirmed.append((self.path.split("/")[3], json.loads(body)))
            if not self._loses_reply():
                self._reply(200, {})
            return
        key, digest = self.headers["Idempotency-Key"], hashlib.sha256(body).hexdigest()
        self.server.headers_seen.append(dict(self.headers))
        if self.server.conflict:
            self._reply(409, {"title": "conflict", "receipt": "R-OLD"})
            return
        fresh = {"receipt": f"R-{len(self.server.submissions)}", "accepted": 1, "refused": 0, "duplicate": 0}
        known = self.server.submissions.setdefault(key, (digest, fresh))
        if not self._loses_reply():
            self._reply(202, known[1])

    def do_GET(self) -> None:
        if self._fails() or self._loses_reply():
            return
        address = urlsplit(self.path)
        query = parse_qs(address.query)
        after, limit = int(query.get("after", ["0"])[0]), min(int(query["limit"][0]), 2)
        feed = self.server.outcomes if address.path.endswith("outcomes") else self.server.bundles
        rows = [row for row in feed if row["position"] > after][:limit]
        end = rows[-1]["position"] if rows else after
        more = any(row["position"] > end for row in feed)
        name = "outcomes" if address.path.endswith("outcomes") else "items"
        self._reply(200, {"next": end, "more": more, name: rows})


@pytest.fixture
def hub() -> Iterator[StandInHub]:
    server = StandInHub()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def batches(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("batches")
    write_batches(world, folder / "b", count=30, seed=31, size=5, processes=1)
    return folder / "b"


def _run(
    mode: str, hub: StandInHub, world: World, data: Path, *more: str, sender: str = "HOASEN"
) -> tuple[int, list[Any]]:
    (data / "key").parent.mkdir(parents=True, exist_ok=True)
    (data / "key").write_text("secret-key\n")
    command = [sys.executable, "-m", "sandbox.vendors", mode, "--hub", hub.url, "--world", str(world.folder)]
    command += ["--data", str(data), "--sender", sender, "--key-file", str(data / "key"), "--patience", "20", *more]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, env=environment)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def _rows(data: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(data / "HOASEN.sqlite3") as db:
        return db.execute(query).fetchall()


@pytest.mark.parametrize("flaky", [False, True])
def test_every_batch_is_pushed_once(hub: StandInHub, world: World, batches: Path, tmp_path: Path, flaky: bool) -> None:
    hub.flaky = flaky
    code, lines = _run("push", hub, world, tmp_path, "--batches", str(batches))
    assert code == 0
    files = sorted(path.name for path in batches.glob("HOASEN-*"))
    assert sorted(line["file"] for line in lines if line["event"] == "pushed") == files
    assert len(hub.submissions) == len(files)
    digests = {hashlib.sha256((batches / name).read_bytes()).hexdigest() for name in files}
    assert {digest for digest, _ in hub.submissions.values()} == digests
    assert {seen["Authorization"] for seen in hub.headers_seen} == {"Bearer secret-key"}
    assert {seen["Content-Type"] for seen in hub.headers_seen} == {"application/xml"}
    again, lines = _run("push", hub, world, tmp_path, "--batches", str(batches))
    assert again == 0
    assert [line["event"] for line in lines] == ["push-ended"]


def test_json_goes_as_json(hub: StandInHub, world: World, batches: Path, tmp_path: Path) -> None:
    _run("push", hub, world, tmp_path, "--batches", str(batches), sender="SAOKHUE")
    assert {seen["Content-Type"] for seen in hub.headers_seen} == {"application/json"}


def test_a_conflict_is_told_and_not_pushed_again(hub: StandInHub, world: World, batches: Path, tmp_path: Path) -> None:
    hub.conflict = True
    code, lines = _run("push", hub, world, tmp_path, "--batches", str(batches))
    assert code == 1
    assert {line["receipt"] for line in lines if line["event"] == "conflict"} == {"R-OLD"}
    asked = len(hub.headers_seen)
    _run("push", hub, world, tmp_path, "--batches", str(batches))
    assert len(hub.headers_seen) == asked


@pytest.mark.parametrize("flaky", [False, True])
def test_both_feeds_are_read_once_and_bundles_confirmed(
    hub: StandInHub, world: World, tmp_path: Path, flaky: bool
) -> None:
    hub.flaky = flaky
    fates = ("approved", "refused", "approved", "held", "dead")
    hub.outcomes = [
        {"position": 10 * n, "uuid": f"u{n}", "receipt": "R", "index": n, "fate": fates[n - 1]} for n in range(1, 6)
    ]
    good = [{"uuid": "AB", "content": RECORD.format("ab")}]
    hub.bundles = [
        {"position": 1, "bundle": "B1", "school": "S", "records": good},
        {"position": 2, "bundle": "B2", "school": "S", "records": [{"uuid": "other", "content": RECORD.format("ab")}]},
        {"position": 3, "bundle": "B3", "school": "S", "records": [{"uuid": "x", "content": "<broken"}]},
    ]
    code, lines = _run("once", hub, world, tmp_path)
    assert code == 0
    assert _rows(tmp_path, "SELECT position, fate FROM outcomes ORDER BY seen") == [
        (str(10 * n), fate) for n, fate in enumerate(fates, start=1)
    ]
    assert _rows(tmp_path, "SELECT bundle, status FROM bundles ORDER BY seen") == [
        ("B1", "received"),
        ("B2", "refused"),
        ("B3", "refused"),
    ]
    assert {name: body["status"] for name, body in hub.confirmed} == {
        "B1": "received",
        "B2": "refused",
        "B3": "refused",
    }
    assert sum(line["count"] for line in lines if line["event"] == "outcomes") == 5
    hub.outcomes.append({"position": 60, "uuid": "u6", "receipt": "R", "index": 6, "fate": "superseded"})
    _run("once", hub, world, tmp_path)
    assert _rows(tmp_path, "SELECT count(*), max(CAST(position AS INTEGER)) FROM outcomes") == [(6, 60)]


def test_an_absent_hub_is_waited_for_and_then_told(world: World, batches: Path, tmp_path: Path) -> None:
    absent = StandInHub()
    absent.server_close()
    code, lines = _run("push", absent, world, tmp_path, "--batches", str(batches), "--patience", "0.5")
    assert code == 1
    assert {line["event"] for line in lines} == {"gave-up", "push-ended"}
    assert all("personal" not in line for line in lines)


def test_a_store_that_another_process_has_just_made_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "vendor.sqlite3"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE made (by TEXT)")
    other.execute("BEGIN")
    other.execute("SELECT * FROM made").fetchall()
    # Longer than SQLite waits by itself.
    letting_go = Timer(5.5, other.execute, ["COMMIT"])
    letting_go.start()
    VendorStore(path).close()
    letting_go.join()
    other.close()
