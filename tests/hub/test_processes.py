"""The supervisor: what dies or falls silent is started again, and nothing is left behind, however it ends."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from hub import heartbeat
from hub.processes import REPOSITORY, Patience, Program, Supervisor

STEADY = """
import pathlib, signal, subprocess, sys, time
from hub.heartbeat import Heartbeat
beat = Heartbeat.from_environment()
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
while True:
    beat()
    time.sleep(0.05)
"""
SILENT = """
import time
from hub.heartbeat import Heartbeat
Heartbeat.from_environment()()
time.sleep(600)
"""
DEAF = """
import signal, time
from hub.heartbeat import Heartbeat
signal.signal(signal.SIGTERM, signal.SIG_IGN)
Heartbeat.from_environment()()
time.sleep(600)
"""
FALLING = "raise SystemExit(3)"
ONCE = "raise SystemExit(5)"

MODULES = {"steady": STEADY, "silent": SILENT, "deaf": DEAF, "falling": FALLING, "once": ONCE}


@pytest.fixture
def supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    for name, text in MODULES.items():
        (tmp_path / f"sample_{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    patience = Patience(silent_seconds=1.5, start_seconds=20, stop_seconds=1, backoff_seconds=(0.05, 0.1))
    made = Supervisor(folder=tmp_path / "data", patience=patience, to_files=True)
    yield made
    made.stop()


def _program(name: str, *arguments: str, beats: bool = True, once: bool = False) -> Program:
    return Program(name, f"sample_{name}", arguments, beats=beats, once=once)


def _until(supervisor: Supervisor | None, done: Callable[[], bool]) -> None:
    for _ in range(1200):
        if supervisor is not None:
            supervisor.tick()
        if done():
            return
        time.sleep(0.025)
    pytest.fail("it did not come about")


def _gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_killed_process_is_started_again_and_its_children_are_gone(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(_program("steady", str(tmp_path / "child")))
    _until(supervisor, lambda: supervisor.steady("steady") and (tmp_path / "child").read_text() != "")
    first, child = supervisor.pids()["steady"], int((tmp_path / "child").read_text())
    os.kill(first, signal.SIGKILL)
    _until(supervisor, lambda: supervisor.pids().get("steady", first) != first and supervisor.steady("steady"))
    _until(None, lambda: _gone(child))
    assert supervisor.restarts("steady") == 1


def test_a_silent_process_is_replaced(supervisor: Supervisor) -> None:
    supervisor.start(_program("silent"))
    _until(supervisor, lambda: supervisor.steady("silent"))
    first = supervisor.pids()["silent"]
    _until(supervisor, lambda: supervisor.restarts("silent") == 1)
    assert _gone(first)


def test_one_that_keeps_falling_is_counted(supervisor: Supervisor) -> None:
    supervisor.start(_program("falling"))
    _until(supervisor, lambda: supervisor.failing("falling") >= 3)
    assert not supervisor.steady("falling")


def test_one_that_runs_once_is_not_started_again(supervisor: Supervisor) -> None:
    supervisor.start(_program("once", beats=False, once=True))
    _until(supervisor, lambda: supervisor.ended("once") == 5)
    supervisor.tick()
    assert supervisor.restarts("once") == 0


def test_stopping_leaves_nothing_even_of_a_deaf_process(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(_program("steady", str(tmp_path / "child")))
    supervisor.start(_program("deaf"))
    _until(supervisor, lambda: supervisor.steady("steady") and supervisor.steady("deaf"))
    pids = [*supervisor.pids().values(), int((tmp_path / "child").read_text())]
    supervisor.stop()
    _until(None, lambda: all(_gone(pid) for pid in pids))


def test_a_supervisor_that_is_killed_takes_its_processes_with_it(supervisor: Supervisor, tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("the leash is Linux's")
    script = textwrap.dedent(
        """
        import pathlib, sys, time
        from hub.processes import Patience, Program, Supervisor
        patience = Patience(silent_seconds=60, start_seconds=60, stop_seconds=1, backoff_seconds=(1,))
        supervisor = Supervisor(folder=pathlib.Path(sys.argv[1]), patience=patience, to_files=True)
        supervisor.start(Program("steady", "sample_steady", (sys.argv[2],), beats=True))
        pathlib.Path(sys.argv[3]).write_text(str(supervisor.pids()["steady"]))
        time.sleep(600)
        """
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(REPOSITORY), str(tmp_path)))}
    files = [str(tmp_path / name) for name in ("other", "child", "pid")]
    other = subprocess.Popen([sys.executable, "-c", script, *files], env=environment)
    try:
        _until(None, lambda: heartbeat.silent_seconds(tmp_path / "other" / "beats" / "steady") is not None)
    finally:
        other.kill()
        other.wait()
    _until(None, lambda: _gone(int((tmp_path / "pid").read_text(encoding="ascii"))))
    # What its process has spawned is that process's own to end; this sample does not.
    os.kill(int((tmp_path / "child").read_text(encoding="ascii")), signal.SIGKILL)


def test_a_log_that_has_grown_is_begun_anew(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.processes.LOG_OCTETS", 10)
    file = supervisor.log_file("once")
    file.write_text("x" * 11, encoding="utf-8")
    supervisor.start(_program("once", beats=False, once=True))
    _until(supervisor, lambda: supervisor.ended("once") is not None)
    assert file.with_suffix(".1.log").exists()
    assert "x" * 11 not in file.read_text(encoding="utf-8")


def test_a_heart_that_never_beat_is_known_by_that(tmp_path: Path) -> None:
    assert heartbeat.silent_seconds(tmp_path / "none") is None
    beat = heartbeat.Heartbeat(tmp_path / "some")
    beat()
    silent = heartbeat.silent_seconds(tmp_path / "some")
    assert silent is not None
    heartbeat.Heartbeat(None)()
