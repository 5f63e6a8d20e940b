"""How many different records a core prints, from octets in hand to the PDF's octets."""

import time
from collections.abc import Iterator
from itertools import cycle

from bench.declared import Benchmark, Figure
from bench.stand import Stand
from transformers.printed.press import Press
from transformers.printed.reading import printable_of


def _print(stand: Stand) -> Iterator[Figure]:
    press = Press()
    records = cycle(stand.corpus.official)
    for octets, _ in zip(records, range(5), strict=False):
        press.print([printable_of(octets)])
    # The typesetter works in threads of its own: the whole process's time is what a copy costs.
    began, done = time.process_time(), 0
    while (spent := time.process_time() - began) < stand.seconds:
        press.print([printable_of(next(records))])
        done += 1
    yield PRINT.figure(done / spent)


PRINT = Benchmark(
    "print",
    "one record read, set as PDF/A-3b on four pages with its XML inside; every record another one",
    "PDFs/s/core",
    (),
    _print,
)
BENCHMARKS = (PRINT,)
