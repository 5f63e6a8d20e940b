"""The supervisor: starts processes, restarts those that die or fall silent, and stops them without leaving anything.

It has no thread of its own: whoever owns it calls `tick` a few times a second. Every process leads a group of its own,
so that what it has spawned goes with it, and is leashed, so that all go when the supervisor is killed.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import structlog

from hub import heartbeat
from hub.leash import SUPERVISOR

log = structlog.get_logger(__name__)

REPOSITORY = Path(__file__).resolve().parents[1]

STEADY_SECONDS = 30.0
"""a process that ran this long starts its back-off anew"""

LOG_OCTETS = 20 * 1024 * 1024
"""a log file larger than this is begun anew, the last one kept beside it"""


@dataclass(frozen=True, slots=True)
class Program:
    """A process to keep running."""

    name: str
    """unique; names its log and heartbeat"""
    module: str
    """what `python -m` runs"""
    arguments: tuple[str, ...] = ()
    """its command line"""
    environment: Mapping[str, str] = field(default_factory=dict)
    """on top of the supervisor's own"""
    beats: bool = False
    """it shows its progress by a heartbeat"""
    once: bool = False
    """it ends by itself and is not started again"""


@dataclass(slots=True)
class _Kept:
    """A program and the process that runs it now."""

    program: Program
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restarts: int = 0
    failures: int = 0
    due: float | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the supervisor waits for what."""

    silent_seconds: float
    """without progress: replaced"""
    start_seconds: float
    """until the first progress"""
    stop_seconds: float
    """from SIGTERM to SIGKILL"""
    backoff_seconds: Sequence[float]
    """before each restart in a row"""


class Supervisor:
    """Keeps programs running."""

    def __init__(self, *, folder: Path, patience: Patience, to_files: bool) -> None:
        self._folder = folder
        self._patience = patience
        self._to_files = to_files
        self._kept: dict[str, _Kept] = {}
        (folder / "logs").mkdir(parents=True, exist_ok=True)
        (folder / "beats").mkdir(parents=True, exist_ok=True)

    def start(self, program: Program) -> None:
        """Start a program and keep it."""
        kept = _Kept(program)
        self._kept[program.name] = kept
        self._launch(kept)

    def log_file(self, name: str) -> Path:
        """Where a program's output goes when it goes to files."""
        return self._folder / "logs" / f"{name}.log"

    def pids(self) -> dict[str, int]:
        """Process id of every program that runs now."""
        return {
            name: kept.process.pid
            for name, kept in self._kept.items()
            if kept.process is not None and kept.process.poll() is None
        }

    def restarts(self, name: str) -> int:
        """How often a program was started again."""
        return self._kept[name].restarts

    def failing(self, name: str) -> int:
        """Restarts in a row of a program that never ran steadily in between."""
        return self._kept[name].failures

    def ended(self, name: str) -> int | None:
        """The exit code of a program that runs once; None while it runs."""
        process = self._kept[name].process
        return None if process is None else process.poll()

    def steady(self, name: str) -> bool:
        """Whether a program runs and has shown progress since its last start."""
        kept = self._kept[name]
        if kept.process is None or kept.process.poll() is not None:
            return False
        return not kept.program.beats or heartbeat.silent_seconds(self._beat(name)) is not None

    def tick(self) -> None:
        """Look at every process: restart the dead and the silent, after their back-off."""
        now = time.monotonic()
        for kept in self._kept.values():
            if kept.due is not None:
                if now >= kept.due:
                    self._launch(kept)
            elif kept.process is not None and not kept.program.once:
                self._look(kept, kept.process, now)

    def _look(self, kept: _Kept, process: subprocess.Popen[bytes], now: float) -> None:
        code = process.poll()
        if code is not None:
            log.warning("process.ended", name=kept.program.name, code=code)
            self._again(kept, process, now)
        elif kept.program.beats and self._is_silent(kept, now):
            log.warning("process.silent", name=kept.program.name)
            self._again(kept, process, now)

    def _is_silent(self, kept: _Kept, now: float) -> bool:
        since = heartbeat.silent_seconds(self._beat(kept.program.name))
        if since is None:
            return now - kept.started > self._patience.start_seconds
        return min(since, now - kept.started) > self._patience.silent_seconds

    def _again(self, kept: _Kept, process: subprocess.Popen[bytes], now: float) -> None:
        # What it has spawned must not work on beside its successor.
        _kill_group(process)
        kept.failures = 0 if now - kept.started > STEADY_SECONDS else kept.failures
        delays = self._patience.backoff_seconds
        kept.due = now + delays[min(kept.failures, len(delays) - 1)]
        kept.failures += 1
        kept.restarts += 1
        kept.process = None

    def _launch(self, kept: _Kept) -> None:
        program = kept.program
        beat = self._beat(program.name)
        beat.unlink(missing_ok=True)
        environment = {
            **importable(os.environ),
            **program.environment,
            SUPERVISOR: str(os.getpid()),
            heartbeat.VARIABLE: str(beat),
            "PYTHONUNBUFFERED": "1",
        }
        output = self._output(program.name)
        try:
            kept.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "hub.leash", program.module, *program.arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output is not None else None,
                start_new_session=True,
            )
        finally:
            if output is not None:
                output.close()
        kept.started = time.monotonic()
        kept.due = None
        log.info("process.started", name=program.name, pid=kept.process.pid)

    def _beat(self, name: str) -> Path:
        return (self._folder / "beats" / name).resolve()

    def _output(self, name: str) -> IO[bytes] | None:
        if not self._to_files:
            return None
        file = self.log_file(name)
        if file.exists() and file.stat().st_size > LOG_OCTETS:
            file.replace(file.with_suffix(".1.log"))
        return file.open("ab")

    def stop(self, *names: str, patiently: Callable[[], None] = lambda: None) -> None:
        """Stop these, or all: SIGTERM together, then SIGKILL for what is left of their groups."""
        chosen = [self._kept.pop(name) for name in (names or tuple(self._kept))]
        running = [kept.process for kept in chosen if kept.process is not None]
        for process in running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        until = time.monotonic() + self._patience.stop_seconds
        while any(process.poll() is None for process in running) and time.monotonic() < until:
            patiently()
            time.sleep(0.05)
        for process in running:
            _kill_group(process)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    # Nothing may be left of the group; on some systems what is dead already may not be signalled.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def importable(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment with this repository's packages on its path, wherever the command was started."""
    given = environment.get("PYTHONPATH")
    return {**environment, "PYTHONPATH": os.pathsep.join(filter(None, (str(REPOSITORY), given)))}
