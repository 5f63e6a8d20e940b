"""The proof in a process of its own, and what it has told so far."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.engines import TOLD

from tests.proof.__main__ import NO_KAFKA
from tests.support.kafka import REPOSITORY, wait_until

PATIENCE_SECONDS = 840


@dataclass(frozen=True, slots=True)
class Beside:
    """`python -m tests.proof`, under way or ended."""

    process: subprocess.Popen[bytes]
    folder: Path
    """a line of JSON for each case and seed, as it ends, and what was printed"""

    def of(self, name: str) -> tuple[bool, str]:
        """Whether a case or seed is as it must be, and what is told of it; waited for."""
        wait_until(lambda: name in self._noted() or self._ended(), seconds=PATIENCE_SECONDS, what=name)
        if self.process.poll() == NO_KAFKA:
            TOLD["proof"] = self._said()
            pytest.skip(TOLD["proof"])
        noted = self._noted()
        assert name in noted, self._said()
        TOLD["kafka, proof"] = noted["engines"]["told"]
        return noted[name]["fine"], noted[name]["told"]

    def end(self) -> None:
        """End it, whether it is done or not."""
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder)

    def _ended(self) -> bool:
        return self.process.poll() is not None

    def _said(self) -> str:
        return _printed(self.folder).read_text(encoding="utf-8")[-3000:].strip()

    def _noted(self) -> dict[str, dict[str, Any]]:
        noted = _results(self.folder)
        whole = noted.read_text(encoding="utf-8").rpartition("\n")[0] if noted.exists() else ""
        return {told["name"]: told for told in map(json.loads, whole.splitlines())}


def _results(folder: Path) -> Path:
    return folder / "results.jsonl"


def _printed(folder: Path) -> Path:
    return folder / "printed.txt"


def start(wanted: Sequence[str]) -> Beside:
    """Begin what these ask about: cases by their names, the empty name is the seed."""
    bugs = sorted({name.rpartition("-")[0] for name in wanted if name})
    which = [word for bug in bugs for word in ("--trial", bug)] or ["--no-trials"]
    folder = Path(tempfile.mkdtemp(prefix="hocba-proof-told-"))
    command = [sys.executable, "-m", "tests.proof", *which, "--seeds", str(wanted.count(""))]
    with _printed(folder).open("wb") as stream:
        process = subprocess.Popen(
            [*command, "--results", str(_results(folder))],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    return Beside(process, folder)
