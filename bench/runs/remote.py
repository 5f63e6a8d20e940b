"""What a worker's event loop goes through while a distant signing service takes its time."""

import asyncio
import hashlib
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from bench.declared import Benchmark, Figure
from bench.processes import Fleet
from bench.stand import Stand
from connectors.signers import Order, ServiceSettings, Signed, SigningService, Waiting, adapters

HASHES, AT_ONCE, EXCHANGES, LATENCY_MS = 10_000, 50, 8, 200.0
_EXCHANGES_OF_AN_ORDER = 3
"""authorise, sign, ask"""


@dataclass(frozen=True, slots=True)
class _Taken:
    begun: float
    """seconds until every order was begun"""
    whole: float
    """seconds until every value was there"""
    processor: float
    """processor seconds of the worker's thread"""
    stretch: float
    """the longest work between two turns of the event loop, processor seconds"""
    late: float
    """the latest that a sleeper was woken, seconds by the clock"""


def _remote(stand: Stand) -> Iterator[Figure]:
    world = stand.corpus.world
    fleet = Fleet(stand.folder / "logs")
    with tempfile.TemporaryDirectory() as data:
        command = ("sandbox.signing_service", "--world", str(world.folder), "--data", data)
        with fleet.running("signing-service", *command, answers=True) as line:
            address = str(json.loads(line)["ready"])
            httpx.post(f"{address}/admin/faults", json={"slow_ms": LATENCY_MS}).raise_for_status()
            school = world.schools[0]
            place = f"{school.code}/CBQL-{school.principal.cccd}"
            taken = asyncio.run(_measured(_settings(world.folder, address), place))
    floor = HASHES / AT_ONCE * _EXCHANGES_OF_AN_ORDER * LATENCY_MS / 1000 / EXCHANGES
    yield REMOTE.figure(HASHES / taken.whole)
    yield REMOTE.figure(HASHES / taken.begun, "begun")
    yield REMOTE.figure(floor / taken.whole, "of-the-latency", unit="share")
    yield REMOTE.figure(taken.processor / taken.whole, "processor", unit="share of a core")
    yield REMOTE.figure(taken.stretch * 1000, "stretch", unit="ms")
    yield REMOTE.figure(taken.late * 1000, "late", unit="ms")


def _settings(world: Path, address: str) -> ServiceSettings:
    return ServiceSettings.model_validate(
        {
            "url": f"{address}/csc/v2",
            "credentials": world / "signing-credentials.json",
            "client_id": "hub",
            "client_secret_file": world / "signing-secret",
            "at_once": AT_ONCE,
            "exchanges": EXCHANGES,
        }
    )


async def _measured(settings: ServiceSettings, place: str) -> _Taken:
    identifier = json.loads(settings.credentials.read_bytes())[place]
    service = adapters()["csc"].open("bench", settings)
    try:
        orders = await _orders(service, identifier)
        stop = asyncio.Event()
        watch = asyncio.create_task(_watch(stop))
        began, spent = time.perf_counter(), time.thread_time()
        waiting = await asyncio.gather(*(service.begin(order) for order in orders))
        begun = time.perf_counter() - began
        await asyncio.gather(*(_to_the_end(service, each, told) for each, told in zip(orders, waiting, strict=True)))
        whole, processor = time.perf_counter() - began, time.thread_time() - spent
        stop.set()
        return _Taken(begun, whole, processor, *await watch)
    finally:
        await service.close()


async def _orders(service: SigningService, identifier: str) -> Sequence[Order]:
    credential = await service.credential(identifier)
    digests = [hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(HASHES)]
    until = datetime.now(UTC) + timedelta(hours=1)
    return [
        Order(f"bench-{first}", identifier, tuple(digests[first : first + AT_ONCE]), credential.algorithm, "", until)
        for first in range(0, HASHES, AT_ONCE)
    ]


async def _to_the_end(service: SigningService, order: Order, told: object) -> None:
    while isinstance(told, Waiting):
        told = await service.progress(order, told.handle)
    assert isinstance(told, Signed), told


async def _watch(stop: asyncio.Event) -> tuple[float, float]:
    """The longest stretch of work, in processor time, and how much later than asked a sleeper was woken, at worst."""
    stretch, late, step = 0.0, 0.0, 0.002
    while not stop.is_set():
        before, spent = time.perf_counter(), time.thread_time()
        await asyncio.sleep(step)
        stretch = max(stretch, time.thread_time() - spent)
        late = max(late, time.perf_counter() - before - step)
    return stretch, late


REMOTE = Benchmark(
    "remote",
    "10,000 hashes of one holder, 50 to an order, over CSC API v2 with 200 ms before every answer and 8 requests at once:"
    " authorised, left to be signed, asked for; `begun`: until all are left; `of-the-latency`: what the waiting alone would"
    " take; `processor`: of the worker; `stretch`: the longest work between two turns of its event loop, processor time;"
    " `late`: the latest that a sleeper was woken",
    "hashes/s",
    (),
    _remote,
)

BENCHMARKS = (REMOTE,)
"""What this module measures."""
