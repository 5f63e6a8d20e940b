"""The door: pushed batches and single records, over HTTP, until the receipt that promises durability."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from bench.clock import percentile
from bench.declared import Benchmark, Figure
from bench.journey import Site, settle, site
from bench.stand import Stand

AT_ONCE = 3
SINGLES_PER_SECOND = 100
SINGLES = 1000


def _run(stand: Stand) -> Iterator[Figure]:
    bodies = stand.corpus.bodies(stand.records)
    with site(stand, only=("api",)) as found:
        settle(found)
        before = found.cpu()
        seconds, accepted = asyncio.run(_batches(found, bodies))
        spent = {name: 1000 * (after - before.get(name, 0.0)) / accepted for name, after in found.cpu().items()}
    yield INTAKE.figure(accepted / seconds)
    yield INTAKE.figure(spent["api"], "api-cpu", unit="ms/record")
    if "postgres" in spent:
        yield INTAKE.figure(spent["postgres"], "postgres-cpu", unit="ms/record")
    yield from _singles(stand)


async def _batches(found: Site, bodies: list[bytes]) -> tuple[float, int]:
    gate = asyncio.Semaphore(AT_ONCE)
    async with _client(found) as client:

        async def push(number: int, body: bytes) -> int:
            async with gate:
                return (await _push(client, body, key=f"batch-{number}"))["accepted"]

        began = time.perf_counter()
        accepted = await asyncio.gather(*(push(number, body) for number, body in enumerate(bodies)))
        return time.perf_counter() - began, sum(accepted)


def _singles(stand: Stand) -> Iterator[Figure]:
    bodies = stand.corpus.bodies(SINGLES, size=1)
    with site(stand, only=("api",)) as found:
        settle(found)
        took = asyncio.run(_paced(found, bodies))
    yield INTAKE.figure(percentile(took, 0.99) * 1000, "single-p99", unit="ms", references=("raw-commit",))
    yield INTAKE.figure(percentile(took, 0.5) * 1000, "single-median", unit="ms")


async def _paced(found: Site, bodies: list[bytes]) -> list[float]:
    """Pushes leave on the clock, whether the ones before have been answered or not; a late one counts from its time."""
    async with _client(found) as client:
        began = time.perf_counter() + 0.5

        async def push(number: int, body: bytes) -> float:
            due = began + number / SINGLES_PER_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await _push(client, body, key=f"single-{number}")
            return time.perf_counter() - due

        return await asyncio.gather(*(push(number, body) for number, body in enumerate(bodies)))


def _client(found: Site) -> httpx.AsyncClient:
    key = Path(found.key_file).read_text(encoding="ascii").strip()
    return httpx.AsyncClient(base_url=found.hub, headers={"Authorization": f"Bearer {key}"}, timeout=120)


async def _push(client: httpx.AsyncClient, body: bytes, *, key: str) -> dict[str, int]:
    headers = {"Content-Type": "application/xml", "Idempotency-Key": key}
    reply = await client.post("/v1/submissions", content=body, headers=headers)
    if reply.status_code != 202:
        raise RuntimeError(f"HTTP {reply.status_code}: {json.dumps(reply.json(), ensure_ascii=False)[:500]}")
    receipt: dict[str, int] = reply.json()
    return receipt


INTAKE = Benchmark(
    "intake",
    f"records accepted durably in batches of 500, {AT_ONCE} pushes at once; `single`: time until the receipt of one record,"
    f" {SINGLES_PER_SECOND} pushes a second",
    "records/s",
    ("raw-copy",),
    _run,
)

BENCHMARKS = (INTAKE,)
