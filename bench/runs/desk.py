"""`hocba verify` over a folder, from the command line to the last line of its report, with one process and with two."""

import resource
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
    one, one_cpu = _seconds(stand, folder, jobs=1)
    two, two_cpu = _seconds(stand, folder, jobs=2)
    yield VERIFY_FOLDER.figure(RECORDS / two)
    yield VERIFY_FOLDER.figure(RECORDS / one, "one-job")
    yield VERIFY_FOLDER.figure(one / two, "two-over-one", unit="×")
    yield VERIFY_FOLDER.figure(two_cpu * 1000 / RECORDS, "cpu", unit="ms/record")
    yield VERIFY_FOLDER.figure(one_cpu * 1000 / RECORDS, "one-job-cpu", unit="ms/record")


def _seconds(stand: Stand, folder: Path, *, jobs: int) -> tuple[float, float]:
    """On the wall, and of processors."""
    world = stand.corpus.world.folder
    command = [sys.executable, "-m", "hub", "verify", str(folder), "--trust", str(world / "trust"), "-q"]
    command += ["--registry", str(world / "registry.json"), "--jobs", str(jobs)]
    began, used = time.monotonic(), _processor_time()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began, _processor_time() - used


def _processor_time() -> float:
    """Of all children that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


VERIFY_FOLDER = Benchmark(
    "verify-folder",
    f"`hocba verify` on a folder of {RECORDS:,} records, three signatures each, in sealed batches: reading, cutting, records,"
    " transactions, report; two processes and starting them, by the clock; `cpu`: processor time of all of them",
    "records/s",
    (),
    _verify_folder,
)

BENCHMARKS = (VERIFY_FOLDER,)
