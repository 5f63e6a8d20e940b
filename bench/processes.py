"""Processes that a benchmark starts, each measured apart: processor time with all its children's, memory."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

REPOSITORY = Path(__file__).resolve().parents[1]
STOP_SECONDS = 30


class Ended(Exception):
    """A process ended before it should have."""


@dataclass
class Fleet:
    """The processes of one benchmark; their output goes to files in `logs`."""

    logs: Path
    """folder"""
    environment: Mapping[str, str] = field(default_factory=dict)
    """what every one of them is given beside its own"""
    alive: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    """name → process"""

    @contextmanager
    def running(
        self, name: str, *command: str, answers: bool = False, environment: Mapping[str, str] | None = None
    ) -> Iterator[str]:
        """A module's process while the block lasts; with `answers`, its first line of output is waited for."""
        process = self.start(name, *command, answers=answers, environment=environment)
        try:
            yield self._first_line(name) if answers else ""
        finally:
            stop(process)
            self.alive.pop(name, None)

    def start(
        self, name: str, *command: str, answers: bool = False, environment: Mapping[str, str] | None = None
    ) -> "subprocess.Popen[str]":
        """Start a module's process; whoever starts it stops it."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("w", encoding="utf-8") as log:
            self.alive[name] = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=REPOSITORY,
                env={**os.environ, **self.environment, **(environment or {}), "PYTHONPATH": str(REPOSITORY)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if answers else log,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        return self.alive[name]

    def _first_line(self, name: str) -> str:
        process = self.alive[name]
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise Ended(f"{name}: {self.last_words(name)}")
        threading.Thread(target=process.stdout.read, daemon=True).start()
        return line.strip()

    def check(self) -> None:
        """Every process that should be alive is.

        Raises:
            Ended: one is not; with its last words.
        """
        for name, process in self.alive.items():
            if process.poll() not in (None, 0):
                raise Ended(f"{name} ({process.returncode}): {self.last_words(name)}")

    def last_words(self, name: str) -> str:
        """The end of what a process wrote."""
        return (self.logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-2000:]


def stop(process: "subprocess.Popen[str]") -> None:
    """In good order; killed when that takes too long, with whatever it left behind."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def cpu_seconds(pid: int) -> float:
    """Processor time of a process, its living descendants and those that it has waited for."""
    spent = 0.0
    for each in _family(pid):
        try:
            times = each.cpu_times()
        except psutil.NoSuchProcess:
            continue
        spent += times.user + times.system + times.children_user + times.children_system
    return spent


def memory(pid: int) -> dict[str, int]:
    """Octets resident, of the process itself and of its largest child."""
    sizes = []
    for each in _family(pid):
        try:
            sizes.append(each.memory_info().rss)
        except psutil.NoSuchProcess:
            continue
    return {"self": sizes[0] if sizes else 0, "child": max(sizes[1:], default=0)}


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
