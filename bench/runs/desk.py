"""`hocba verify` over a folder, from the command line to the last line of its report, with one process and with two."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.declared import Benchmark, Figure
from bench.stand import Stand

RECORDS = 6000
"""in twelve sealed batches of 500"""


def _verify_folder(stand: Stand) -> Iterator[Figure]:
    folder = stand.corpus.batches(RECORDS)
    one, two = (_seconds(stand, folder, jobs=jobs) for jobs in (1, 2))
    yield VERIFY_FOLDER.figure(RECORDS / two)
    yield VERIFY_FOLDER.figure(RECORDS / one, "one-job")
    yield VERIFY_FOLDER.figure(one / two, "two-over-one", unit="×")


def _seconds(stand: Stand, folder: Path, *, jobs: int) -> float:
    world = stand.corpus.world.folder
    command = [sys.executable, "-m", "hub", "verify", str(folder), "--trust", str(world / "trust"), "-q"]
    command += ["--registry", str(world / "registry.json"), "--jobs", str(jobs)]
    began = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


VERIFY_FOLDER = Benchmark(
    "verify-folder",
    f"`hocba verify` on a folder of {RECORDS:,} records, three signatures each, in sealed batches: reading, cutting, records,"
    " transactions, report; two processes and starting them; wall-clock time",
    "records/s",
    (),
    _verify_folder,
)

BENCHMARKS = (VERIFY_FOLDER,)
