"""A started stand-in of the sandbox, with its buttons."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

REPOSITORY = Path(__file__).resolve().parents[2]


def started(module: str, port: int, *arguments: str) -> tuple[subprocess.Popen[str], int]:
    """A process of the sandbox that is ready, and its port: this one, or any where it is 0."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, "--port", str(port), *arguments],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    assert process.stdout is not None
    return process, int(json.loads(process.stdout.readline())["ready"].rpartition(":")[2])


@dataclass
class StandIn:
    """One process of `sandbox.authority`, or of another module of the sandbox that is started and told alike."""

    world: Path
    port: int = 0
    module: str = "sandbox.authority"
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Starts it, again at the same port if it was stopped."""
        self.process, self.port = started(self.module, self.port, "--world", str(self.world))

    def stop(self) -> None:
        """Ends it."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def url(self, path: str) -> str:
        """An address of it."""
        return f"http://127.0.0.1:{self.port}{path}"

    def press(self, **buttons: Any) -> None:
        """Presses these buttons and lets go of all others."""
        httpx.delete(self.url("/admin/faults")).raise_for_status()
        httpx.post(self.url("/admin/faults"), json=buttons).raise_for_status()

    def revoke(self, serial_hex: str, **told: Any) -> None:
        """Revokes a certificate."""
        httpx.post(self.url("/admin/revoke"), json={"serial_hex": serial_hex, **told}).raise_for_status()

    def asked(self) -> dict[str, int]:
        """How often it was asked for what."""
        return dict(httpx.get(self.url("/admin/state")).json()["asked"])
