"""`hocba up` and `hocba demo` as a person starts them: real processes, real engines, and nothing left when they end."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest
from support.command_line import Hocba

from hub import running
from hub.processes import REPOSITORY
from sandbox.world import World


@pytest.fixture
def environment(clean: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPOSITORY), "HOCBA_WEB__PORT": "0", "COLUMNS": "160"}


def _until(done: Callable[[], bool], *, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.1)


def _children(process: subprocess.Popen[str]) -> dict[str, psutil.Process]:
    """Name of a hub's process → the process."""
    found = {}
    for child in psutil.Process(process.pid).children():
        # One that has just died has no command line any more.
        with suppress(psutil.NoSuchProcess):
            line = child.cmdline()
            if "hub.leash" in line:
                found[line[-1]] = child
    return found


@pytest.fixture
def up(clean: Path, environment: dict[str, str], world: World) -> Iterator[subprocess.Popen[str]]:
    environment |= {
        "HOCBA_WORLD_FOLDER": str(world.folder),
        "HOCBA_SIGNING__TRUST_FOLDER": str(world.folder / "trust"),
        "HOCBA_WORKER__CHILDREN": "1",
    }
    command = [sys.executable, "-m", "hub", "up"]
    with (clean / "out").open("w", encoding="utf-8") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT, text=True)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _ready(clean: Path) -> str:
    def answers() -> bool:
        there = running.find(clean / ".hocba")
        try:
            return there is not None and httpx.get(f"{there.api}/healthz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    _until(answers)
    there = running.find(clean / ".hocba")
    assert there is not None
    return there.api


@pytest.mark.timeout(300)
def test_up_keeps_its_processes_and_takes_everything_down(up: subprocess.Popen[str], clean: Path, hocba: Hocba) -> None:
    _ready(clean)
    _until(lambda: set(_children(up)) == {"api", "dispatcher", "worker"})
    assert "Hub đang chạy" in hocba("doctor").said
    assert hocba("failed").code == 0
    assert "Hub đã chạy ở thư mục này" in hocba("up").said
    killed = _children(up)["dispatcher"]
    killed.kill()
    _until(lambda: _children(up).get("dispatcher", killed).pid != killed.pid)
    everything = psutil.Process(up.pid).children(recursive=True)
    note = json.loads((clean / ".hocba" / running.NAME).read_text(encoding="utf-8"))
    server = psutil.Process(int((clean / ".hocba" / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0]))
    up.send_signal(signal.SIGTERM)
    assert up.wait(60) == 130
    _, alive = psutil.wait_procs([*everything, server], timeout=10)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []
    assert not (clean / ".hocba" / running.NAME).exists()
    assert note["ledger"].startswith("postgresql://")
    assert "Mai" not in (clean / "out").read_text(encoding="utf-8")


@pytest.mark.timeout(600)
def test_the_sample_journey_adds_up_and_again(clean: Path, environment: dict[str, str]) -> None:
    for turn in (1, 2):
        command = [sys.executable, "-m", "hub", "demo", "--once", "--records", "240"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Số liệu khớp" in done.stdout
        made = re.search(r"pushed\s+│\s+(\d+)", done.stdout)
        assert made is not None
        assert int(made.group(1)) == {1: 240, 2: 360}[turn]
        assert running.find(clean / ".hocba") is None
    logs = "".join(file.read_text(encoding="utf-8") for file in (clean / ".hocba" / "logs").glob("*.log"))
    pupils = _pupils(clean / ".hocba" / "sandbox" / "sets")
    assert pupils
    assert [pupil for pupil in pupils if pupil in logs] == []


def _pupils(sets: Path) -> set[str]:
    """Personal numbers of everybody in the sets."""
    manifests = (json.loads(file.read_text(encoding="utf-8")) for file in sets.glob("*/manifest.json"))
    return {record["cccd"] for manifest in manifests for file in manifest["files"] for record in file["records"]}


def test_invented_pupils_do_not_go_where_real_ones_may_be(hocba: Hocba, clean: Path) -> None:
    (clean / ".hocba" / "postgres").mkdir(parents=True)
    (clean / ".hocba" / "postgres" / "PG_VERSION").write_text("18\n", encoding="ascii")
    told = hocba("demo", "--once")
    assert told.code == 73
    assert "dữ liệu thật" in told.said
