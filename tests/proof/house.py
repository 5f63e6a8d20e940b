"""The processes of one run, and whoever starts again what has died.

The hub's processes are configured by their environment alone, with its timeouts shortened. A process that ends without
being told to, and without a crash point that says so, is a violation of its own.
"""

import asyncio
import json
import shutil
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from ledger import lanes
from sandbox.world import World
from tests.proof.engines import Engines
from tests.proof.facts import read_vendor
from tests.proof.material import Wave
from tests.support.kafka import free_port, wait_until
from tests.support.processes import City, Process, SigningDesk, enter_world, vendor

WATCH_SECONDS = 0.1
SERVICE = "ky-so"
"""name of the remote signing service in the settings"""
PERSONAL = ("GVBM", "GVCN", "CBQL")
"""roles whose keys live there, where they do not lie in files"""

SHORT = {
    "HOCBA_DISPATCH__IDLE_SECONDS": "0.2",
    "HOCBA_DISPATCH__LEASE_SECONDS": "5",
    "HOCBA_DISPATCH__EXCHANGE_LEASE_SECONDS": "6",
    "HOCBA_DISPATCH__LOSSES_UNTIL_DEAD": "50",
    "HOCBA_RETRY__DELAYS_SECONDS": "[0.3, 0.5, 1, 1, 2, 2, 2, 2, 2, 2]",
    "HOCBA_RETRY__POLL_DELAYS_SECONDS": "[0.3, 0.5, 1]",
    "HOCBA_RETRY__SETTLE_SECONDS": "3.5",
    "HOCBA_LIMITS__BREAKER_PROBE_SECONDS": "[0.5, 1, 1]",
    "HOCBA_PACKING__QUIET_SECONDS": "0.6",
    "HOCBA_PACKING__MAX_AGE_SECONDS": "3",
    "HOCBA_RETURN_SECONDS": "0.5",
    "HOCBA_REGISTERING__LOOK_SECONDS": "0.3",
    "HOCBA_REGISTERING__POLL_DELAYS_SECONDS": "[0.3, 0.5, 1]",
    "HOCBA_CITY__EXCHANGE_SECONDS": "3",
    "HOCBA_CITY__READ_SECONDS": "3",
    "HOCBA_CITY__PATIENCE_SECONDS": "0.5",
    "HOCBA_KAFKA__PARTITIONS": "4",
    "HOCBA_WORKER__BATCH": "20",
    "HOCBA_WORKER__CHILDREN": "1",
    "HOCBA_WEB__RETRY_AFTER_SECONDS": "1",
    "HOCBA_LIMITS__REFUSALS": "100000",
    "HOCBA_SIGNING__WAITING__LOOK_SECONDS": "0.2",
    "HOCBA_SIGNING__WAITING__GATHER_SECONDS": "0.3",
    "HOCBA_SIGNING__WAITING__POLL_DELAYS_SECONDS": "[0.3, 0.5]",
    "HOCBA_SIGNING__WAITING__APPROVAL_SECONDS": "3",
    "HOCBA_SIGNING__WAITING__REMIND_DELAYS_SECONDS": "[0.3, 1]",
}
"""The journey's timeouts, for runs that take a minute instead of days."""


@dataclass(slots=True)
class Post:
    """One process that the house keeps running."""

    process: Process
    """what runs now"""
    role: str
    """api, dispatcher or worker"""
    points: list[str] = field(default_factory=list)
    """crash points still to be met, with their turns: it dies at whichever it meets first"""
    freezes: list[str] = field(default_factory=list)
    """points at which it freezes, once"""
    wanted: bool = True
    """to be started again when it ends"""


@dataclass(frozen=True, slots=True)
class Fired:
    """A fault that happened."""

    name: str
    """which"""
    at: float
    """seconds since the run began"""


class House:
    """One run's processes, on shared engines."""

    def __init__(
        self, engines: Engines, world: World, *, name: str, seed: int, extra: Mapping[str, str] | None = None
    ) -> None:
        self.engines = engines
        self.world = world
        self.folder = engines.folder / name
        self.folder.mkdir(parents=True)
        self.ledger = engines.fresh_ledger()
        self.city = City(world=world.folder, folder=self.folder, seed=seed)
        self.signing = SigningDesk(world=world.folder, folder=self.folder)
        self.remote = False
        self.began = time.monotonic()
        self.fired: list[Fired] = []
        self.unexpected: list[str] = []
        self._crash_log = self.folder / "crashes.log"
        self._told = 0
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._extra = dict(extra or {})
        self._token = f"p{uuid.uuid4().hex[:8]}"
        self.posts: dict[str, Post] = {}
        self._vendors: list[Process] = []
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name=f"keeper-{name}", daemon=True)

    # ------------------------------------------------------------ opening and closing

    def sign_remotely(self) -> None:
        """Persons sign at the remote service; to be said before the house is opened."""
        name, service = self.service
        self.set(
            HOCBA_SIGNING__HOMES=json.dumps([{"home": name, "role": role} for role in PERSONAL]),
            HOCBA_SIGNING__SERVICES=json.dumps({name: service}),
        )
        self.remote = True
        self.signing.start()

    @property
    def service(self) -> tuple[str, dict[str, Any]]:
        """The remote service's name in the settings, and what they say of it."""
        return SERVICE, self.signing.settings(exchange_seconds=3, patience_seconds=0.3)

    def open(
        self,
        *,
        api: Sequence[str] = (),
        dispatcher: Sequence[str] = (),
        workers: Sequence[Sequence[str]] = ((), ()),
    ) -> "House":
        """Enter the world into the ledger and start everything but the vendors' pushes, armed with crash points."""
        for sender, key in asyncio.run(enter_world(self.ledger, self.world.folder)).items():
            file = self.folder / "keys" / sender
            file.parent.mkdir(exist_ok=True)
            file.write_text(key, encoding="ascii")
        self.city.start()
        self.hire("api", "api", points=api)
        self.hire("dispatcher", "dispatcher", points=dispatcher)
        for number, points in enumerate(workers, start=1):
            self.hire(f"worker-{number}", "worker", points=points)
        self._keeper.start()
        wait_until(self._answers, seconds=60, what="the hub's API")
        for sender in self.world.senders:
            self._watch(sender.code)
        return self

    def close(self) -> None:
        """End every process."""
        self._closing.set()
        if self._keeper.is_alive():
            self._keeper.join()
        for process in (*self._vendors, *(post.process for post in self.posts.values()), *self._outside):
            process.kill()

    @property
    def _outside(self) -> tuple[Process, Process]:
        return self.city.process, self.signing.process

    def remove(self) -> None:
        """Take away what the run left on disk and in the database server."""
        name = self.ledger.partition("?")[0].rpartition("/")[2]
        self.engines.postgres.execute(f"drop database if exists {name} with (force)")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=2).status_code < 500
        except httpx.TransportError:
            return False

    # ------------------------------------------------------------ posts

    def set(self, **environment: str) -> None:
        """Variables of the hub's processes that start from now on."""
        self._extra.update(environment)

    def hire(self, name: str, role: str, *, points: Sequence[str] = (), freezes: Sequence[str] = ()) -> Post:
        """Start a process of the hub and keep it running."""
        with self._lock:
            process = Process(name, "hub", self.folder, ("run", role))
            post = self.posts[name] = Post(process, role, list(points), list(freezes))
            self._start(post)
            return post

    def dismiss(self, name: str) -> int | None:
        """SIGTERM, and wait: it finishes what is in hand; returns how it ended."""
        post = self.posts[name]
        post.wanted = False
        ended = post.process.stop()
        with self._lock:
            self._read_crashes()  # it may have met a point on its way out
            del self.posts[name]
        return ended

    def ready(self, name: str) -> None:
        """Wait until a process has shown its first progress."""
        wait_until(self._beat(name).exists, seconds=60, what=f"{name} to start")

    def _beat(self, name: str) -> Path:
        return self.folder / f"{name}.beat"

    def _start(self, post: Post) -> None:
        self._beat(post.process.name).unlink(missing_ok=True)
        post.process.environment = {
            **self._environment(post.points, post.freezes),
            "HOCBA_HEARTBEAT": str(self._beat(post.process.name)),
        }
        post.process.start()

    def _environment(self, points: Sequence[str] = (), freezes: Sequence[str] = ()) -> dict[str, str]:
        trust, keys = self.world.folder / "trust", self.world.folder / "keys"
        return {
            **SHORT,
            "HOCBA_LEDGER__URL": self.ledger,
            "HOCBA_KAFKA__SERVERS": self.engines.kafka.servers,
            "HOCBA_KAFKA__SESSION_SECONDS": str(self.engines.kafka.session_seconds),
            "HOCBA_KAFKA__TOPIC_PREFIX": f"{self._token}.",
            "HOCBA_KAFKA__GROUP": self._token,
            "HOCBA_WEB__PORT": str(self._port),
            "HOCBA_CITY__URL": self.city.url,
            "HOCBA_CITY__ACCOUNTS": str(self.world.folder / "portal-accounts.json"),
            "HOCBA_SIGNING__TRUST_FOLDER": str(trust),
            "HOCBA_SIGNING__KEYS_FOLDER": str(keys),
            "HOCBA_DATA_FOLDER": str(self.folder / "data"),
            "HOCBA_LOGS__FORMAT": "json",
            "HOCBA_PROOF": "1",
            "HOCBA_CRASH_LOG": str(self._crash_log),
            "HOCBA_CRASH_AT": ",".join(points),
            "HOCBA_FREEZE_AT": ",".join(freezes),
            **self._extra,
        }

    # ------------------------------------------------------------ the keeper

    def _keep(self) -> None:
        while not self._closing.wait(WATCH_SECONDS):
            with self._lock:
                self._read_crashes()
                for name, post in self.posts.items():
                    if post.wanted and not post.process.alive:
                        self._replace(name, post)

    def _read_crashes(self) -> None:
        lines = self._crash_log.read_text(encoding="ascii").splitlines() if self._crash_log.exists() else []
        for line in lines[self._told :]:
            point, pid, fault = line.split(" ")
            self.note(point if fault == "SIGKILL" else f"frozen-at {point}")
            for post in self.posts.values():
                if post.process.pid == int(pid):
                    armed = post.points if fault == "SIGKILL" else post.freezes
                    armed[:] = [each for each in armed if each.partition(":")[0] != point]
        self._told = len(lines)

    def _replace(self, name: str, post: Post) -> None:
        pid = post.process.pid
        crashed = self._crash_log.exists() and f" {pid} SIGKILL\n" in self._crash_log.read_text(encoding="ascii")
        if not crashed:
            self.unexpected.append(f"{name} ended by itself with {post.process.ended}")
        post.process.kill()  # its orphans
        self._read_crashes()
        self._start(post)

    def note(self, fault: str) -> None:
        """A fault has happened."""
        self.fired.append(Fired(fault, time.monotonic() - self.began))

    def has_fired(self, fault: str) -> bool:
        """Whether a fault has happened."""
        with self._lock:
            self._read_crashes()
            return any(each.name == fault for each in self.fired)

    # ------------------------------------------------------------ vendors

    def push(self, wave: Wave) -> list[Process]:
        """The vendors push a wave, each in a process of its own, trying again until the hub has answered."""
        pushing = []
        for sender in wave.senders:
            process = self._vendor("push", sender, ["--batches", str(wave.folder)], name=f"{sender}-{wave.folder.name}")
            pushing.append(process.start())
        self._vendors += pushing
        return pushing

    def _watch(self, sender: str) -> None:
        self._vendors.append(self._vendor("watch", sender, ["--interval", "0.3"]).start())

    def _vendor(self, mode: str, sender: str, more: Sequence[str], *, name: str = "") -> Process:
        return vendor(
            mode,
            sender=sender,
            hub=self.url,
            world=self.world.folder,
            folder=self.folder,
            key_file=self.folder / "keys" / sender,
            more=more,
            name=name,
        )

    def vendor_stores(self) -> dict[str, Path]:
        """Sender → its own store."""
        return {sender.code: self.folder / "vendors" / f"{sender.code}.sqlite3" for sender in self.world.senders}

    def heard(self, sender: str) -> int:
        """Outcomes that a vendor has read so far."""
        return len(read_vendor(self.vendor_stores()[sender]).heard)

    # ------------------------------------------------------------ staff

    def staff(self, *command: str) -> None:
        """What staff type: `hocba COMMAND…`."""
        process = Process("staff", "hub", self.folder, command, self._environment())
        ended = process.start().wait(60)
        if ended != 0:
            raise RuntimeError(f"hocba {' '.join(command)} ended with {ended}: {process.log.read_text()[-2000:]}")

    def lane(self, stage: str, state: str) -> None:
        """Staff pause or open a lane towards the city."""

        async def change() -> None:
            async with await psycopg.AsyncConnection.connect(self.ledger) as connection:
                await lanes.set_lane(connection, stage=stage, destination="city", state=state, why="thử", by="proof")

        asyncio.run(change())

    # ------------------------------------------------------------ the ledger, as staff see it

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read the ledger; waits while the server restarts."""
        for _ in range(60):
            try:
                with psycopg.connect(self.ledger, autocommit=True, connect_timeout=5) as connection:
                    return connection.execute(query.encode(), values).fetchall()
            except psycopg.OperationalError:
                time.sleep(0.25)
        raise TimeoutError("the ledger does not answer")

    def count(self, query: str, *values: Any) -> int:
        """The one number that a query gives."""
        return int(self.ask(query, *values)[0][0])

    def wait_for(self, query: str, *values: Any, seconds: float = 60.0) -> None:
        """Wait until a query of the ledger says true."""
        wait_until(lambda: bool(self.ask(query, *values)[0][0]), seconds=seconds, what=query, pause=0.15)
