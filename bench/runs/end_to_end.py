"""The hub's main job, whole."""

from collections.abc import Iterator

from bench.declared import Benchmark, Figure
from bench.journey import HUB, Journey, site, travel
from bench.stand import Stand


def _run(stand: Stand) -> Iterator[Figure]:
    batches = stand.corpus.batches(stand.records)
    with site(stand) as found:
        journey = travel(found, batches)
    stand.say(
        f"  {journey.approved:,} of {journey.pushed:,} approved in {journey.seconds:.1f} s, {journey.packages} packages"
    )
    yield END_TO_END.figure(journey.rate)
    yield from _shares(journey)


def _shares(journey: Journey) -> Iterator[Figure]:
    yield END_TO_END.figure(journey.ms(*HUB), "hub-cpu", unit="ms/record", references=("raw-floor",))
    for name in (*HUB, "postgres", "kafka", "city", "vendor", "reader"):
        yield END_TO_END.figure(journey.ms(name), f"{name}-cpu", unit="ms/record")
    yield END_TO_END.figure(journey.approved / max(journey.packages, 1), "package", unit="records")
    yield END_TO_END.figure(journey.octets / max(journey.approved, 1) / 1000, "disk", unit="kB/record")


END_TO_END = Benchmark(
    "end-to-end",
    "records that the city approved, per second, from the first push to the last outcome: engines, hub, city (verifying"
    " 5 % of the signatures) and a vendor on one machine, distinct payloads, fresh ledger, durability on",
    "records/s",
    ("carry", "raw-copy"),
    _run,
)

BENCHMARKS = (END_TO_END,)
