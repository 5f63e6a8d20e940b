"""Whether a record costs more in a large ledger than in a small one."""

from collections.abc import Iterator
from functools import partial

from bench import seeds
from bench.declared import Benchmark, Figure
from bench.engines import disk
from bench.journey import HUB, Journey, site, travel
from bench.stand import Stand

SMALL = 10_000
LARGE = 100_000
FULL = 2_000_000
FLOWING = 2_000


def _run(stand: Stand) -> Iterator[Figure]:
    batches = stand.corpus.batches(FLOWING)
    sizes = (SMALL, FULL if stand.full else LARGE)
    costs = []
    for rows in sizes:
        with site(stand, prepare=partial(seeds.history, count=rows)) as found:
            octets = disk(found.url)
            journey = travel(found, batches)
        stand.say(f"  {rows:,} records: {octets / 2**30:.2f} GiB on disk, {_cost(journey):.2f} ms/record")
        costs.append(_cost(journey))
        yield GROWTH.figure(_cost(journey), f"at-{rows}", unit="ms/record")
        yield GROWTH.figure(journey.ms("postgres"), f"postgres-at-{rows}", unit="ms/record")
        yield GROWTH.figure(octets / 2**20, f"disk-at-{rows}", unit="MiB")
    yield GROWTH.figure(costs[-1] / costs[0])


def _cost(journey: Journey) -> float:
    return journey.ms(*HUB, "postgres")


GROWTH = Benchmark(
    "growth",
    f"processor time of hub and PostgreSQL per record with {SMALL:,} records of history and with {LARGE:,}"
    f" ({FULL:,} under --full, whose journey is as long): the larger over the smaller",
    "ratio",
    (),
    _run,
)

BENCHMARKS = (GROWTH,)
