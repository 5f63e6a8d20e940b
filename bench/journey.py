"""A whole journey: engines, hub, city and a vendor as separate processes, from the first push to the last outcome."""

import asyncio
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg

from bench.engines import broker, disk, fresh_database, postmaster
from bench.processes import Fleet, cpu_seconds, free_port, stop
from bench.stand import Stand
from ledger import registry

HUB = ("api", "dispatcher", "worker")
STALLED_SECONDS = 120
SENDER = "HOASEN"

SETTINGS = {
    "HOCBA_LOGS__FORMAT": "json",
    "HOCBA_LOGS__LEVEL": "warning",
    "HOCBA_PACKING__QUIET_SECONDS": "0.5",
    "HOCBA_RETRY__POLL_DELAYS_SECONDS": "[0.5, 1, 2, 5]",
    "HOCBA_RETURN_SECONDS": "3600",
}
"""what differs from the defaults: a package waits half a second for more, and its verdicts are asked for sooner"""


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that runs."""

    url: str
    """of the database"""
    hub: str
    """address of the API"""
    city: str
    """address of the city's portal"""
    key_file: Path
    """the vendor's API key"""
    fleet: Fleet
    """the processes"""
    data: Path
    """where the sandbox keeps its stores"""
    world: Path
    """the world in use"""

    def cpu(self) -> dict[str, float]:
        """Processor seconds of every process so far."""
        spent = {name: cpu_seconds(process.pid) for name, process in self.fleet.alive.items()}
        server = postmaster(self.url)
        return {**spent, "postgres": cpu_seconds(server)} if server else spent

    def state(self) -> dict[str, Any]:
        """The city's own state."""
        found: dict[str, Any] = httpx.get(f"{self.city}/admin/state", timeout=30).json()
        return found


@dataclass(frozen=True, slots=True)
class Journey:
    """What came of it."""

    pushed: int
    """records that the vendor pushed"""
    approved: int
    """records that the city approved, by its own count"""
    seconds: float
    """from the first push until the ledger had the last outcome"""
    cpu: Mapping[str, float]
    """processor seconds by process: api, dispatcher, worker, kafka, postgres, city, vendor"""
    packages: int
    """messages that the city took"""
    octets: int
    """growth of the database"""

    @property
    def rate(self) -> float:
        """Approved records per second."""
        return self.approved / self.seconds

    def ms(self, *names: str) -> float:
        """Processor milliseconds per approved record of these processes together."""
        return 1000 * sum(self.cpu.get(name, 0.0) for name in names) / max(self.approved, 1)


@contextmanager
def site(
    stand: Stand,
    *,
    prepare: Callable[[str], None] = lambda url: None,
    settings: Mapping[str, str] | None = None,
    only: tuple[str, ...] = (*HUB, "city"),
) -> Iterator[Site]:
    """Engines, a fresh ledger that knows the world, and the processes; `prepare` is given the database first."""
    world = stand.corpus.world.folder
    data = stand.folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    fleet = Fleet(stand.folder / "logs")
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(stand))
        key_file = data / "key"
        key_file.write_text(asyncio.run(_enter_world(url, world)), encoding="ascii")
        prepare(url)
        servers = stack.enter_context(broker(fleet))
        city = ""
        if "city" in only:
            city = _city(stack, fleet, data=data, world=world)
        hub = f"http://127.0.0.1:{(port := free_port())}"
        environment = {
            **SETTINGS,
            "HOCBA_LEDGER__URL": url,
            "HOCBA_KAFKA__SERVERS": servers,
            "HOCBA_DATA_FOLDER": str(data / "hub"),
            "HOCBA_SIGNING__TRUST_FOLDER": str(world / "trust"),
            "HOCBA_SIGNING__KEYS_FOLDER": str(world / "keys"),
            "HOCBA_CITY__URL": city or "http://127.0.0.1:9",
            "HOCBA_CITY__ACCOUNTS": str(world / "portal-accounts.json"),
            "HOCBA_WEB__PORT": str(port),
            **(settings or {}),
        }
        for name in HUB:
            if name in only:
                stack.enter_context(fleet.running(name, "hub", "run", name, environment=environment))
        found = Site(url=url, hub=hub, city=city, key_file=key_file, fleet=fleet, data=data, world=world)
        _wait_until_up(found)
        yield found


def _city(stack: ExitStack, fleet: Fleet, *, data: Path, world: Path) -> str:
    ready = stack.enter_context(
        fleet.running(
            "city", "sandbox.city", "--data", str(data), "--world", str(world), "--verify", "sample:0.05", answers=True
        )
    )
    address: str = json.loads(ready)["ready"]
    return address


async def _enter_world(url: str, world: Path) -> str:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        keys = await registry.import_world(connection, world)
    return keys[SENDER]


def _wait_until_up(found: Site) -> None:
    for _ in range(600):
        found.fleet.check()
        try:
            if "api" not in found.fleet.alive or httpx.get(f"{found.hub}/healthz", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError(f"the API does not come up: {found.fleet.last_words('api')}")


def travel(found: Site, batches: Path, *, parallel: int = 3) -> Journey:
    """Push every batch and wait until the ledger has an outcome for each record."""
    manifest = json.loads((batches / "manifest.json").read_text(encoding="utf-8"))
    wanted = sum(len(each["records"]) for each in manifest["files"])
    settle(found)
    before, size, behind = found.cpu(), disk(found.url), _last_outcome(found.url)
    began = time.monotonic()
    arguments = [
        "--hub",
        found.hub,
        "--world",
        str(found.world),
        "--data",
        str(found.data / "vendor"),
        "--sender",
        SENDER,
    ]
    arguments += ["--key-file", str(found.key_file), "--patience", "60"]
    found.fleet.start("reader", "sandbox.vendors", "watch", *arguments)
    vendor = found.fleet.start(
        "vendor", "sandbox.vendors", "push", *arguments, "--batches", str(batches), "--parallel", str(parallel)
    )
    try:
        spent_pushing = _await_outcomes(found, wanted, behind=behind, vendor=vendor.pid)
        seconds = time.monotonic() - began
        after = {**found.cpu(), "vendor": spent_pushing}
        state = found.state()
    finally:
        for each in ("vendor", "reader"):
            stop(found.fleet.alive.pop(each))
    return Journey(
        pushed=wanted,
        approved=state["accepted"],
        seconds=seconds,
        cpu={name: spent - before.get(name, 0.0) for name, spent in after.items()},
        packages=state["messages"],
        octets=disk(found.url) - size,
    )


def settle(found: Site) -> None:
    """Children and subscribers start before anything is measured: wait until nobody works any more."""
    last = sum(found.cpu().values())
    for _ in range(60):
        time.sleep(1)
        now = sum(found.cpu().values())
        if now - last < 0.15:
            return
        last = now


def _await_outcomes(found: Site, wanted: int, *, behind: int, vendor: int) -> float:
    """Until there are so many behind an id; returns the processor time of the pushing vendor."""
    spent, count, since = 0.0, -1, time.monotonic()
    with psycopg.connect(found.url, autocommit=True) as connection:
        while True:
            now = _number(connection, "select count(*) from outcomes where id > %s", behind)
            spent = max(spent, cpu_seconds(vendor))
            if now >= wanted:
                return spent
            if now != count:
                count, since = now, time.monotonic()
            elif time.monotonic() - since > STALLED_SECONDS:
                raise TimeoutError(
                    f"{now} of {wanted} outcomes after {STALLED_SECONDS} s of silence: {_where(connection)}"
                )
            found.fleet.check()
            time.sleep(0.1)


def _last_outcome(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        return _number(connection, "select coalesce(max(id), 0) from outcomes")


def _number(connection: psycopg.Connection[Any], query: str, *values: object) -> int:
    row = connection.execute(query.encode(), values or None).fetchone()
    assert row is not None
    return int(row[0])


def _where(connection: psycopg.Connection[Any]) -> str:
    rows = connection.execute("select stage, state, count(*) from work group by 1, 2 order by 1, 2").fetchall()
    return ", ".join(f"{stage} {state} {count}" for stage, state, count in rows)
