"""What each process keeps in memory while a great deal of work waits and some of it flows."""

import threading
from collections.abc import Iterator

from bench import seeds
from bench.declared import Benchmark, Figure
from bench.journey import HUB, Site, site, travel
from bench.processes import memory
from bench.stand import Stand

WAITING = 100_000
EVERY_SECONDS = 0.25


class Watch:
    """Looks at every process again and again, and remembers the most it saw."""

    def __init__(self, found: Site) -> None:
        self._found = found
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.most: dict[str, int] = {}
        """process, or process and `child` → octets resident, at most"""

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(EVERY_SECONDS):
            for name in HUB:
                sizes = memory(self._found.fleet.alive[name].pid)
                for part, octets in sizes.items():
                    label = name if part == "self" else f"{name}-{part}"
                    self.most[label] = max(self.most.get(label, 0), octets)


def _run(stand: Stand) -> Iterator[Figure]:
    batches = stand.corpus.batches(stand.records)
    with site(stand, prepare=lambda url: seeds.waiting(url, WAITING)) as found, Watch(found) as watch:
        travel(found, batches)
    sizes = {name: octets / 2**20 for name, octets in watch.most.items() if octets}
    yield MEMORY.figure(max(sizes["worker"], sizes.get("worker-child", 0.0)))
    for name, size in sorted(sizes.items()):
        yield MEMORY.figure(size, name)


MEMORY = Benchmark(
    "memory",
    f"the largest worker process while {WAITING:,} transfers wait and others flow; each process and its largest child",
    "MiB",
    (),
    _run,
)

BENCHMARKS = (MEMORY,)
