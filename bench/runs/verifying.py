"""Verification from octets to verdict: one, three and twelve signatures, other software and raw primitives beside it;
one school's certificates cold and warm; two processes at once."""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier

from bench import others
from bench.clock import per_core
from bench.declared import Benchmark, Figure
from bench.signed import Job, SignedRecords
from bench.stand import Stand
from signing.trust import TrustStore
from signing.verify import RecordVerifier, Signer

COUNTS = (1, 3, 12)
WORDS = {1: "one signature", 3: "three signatures", 12: "twelve signatures, eleven of them persons'"}
OF_ONE_SCHOOL = 10_000
TURNS = 4
_ENGINES: dict[str, tuple[str, Callable[[bytes], None]]] = {
    "signxml": ("signxml", others.by_signxml),
    "xmlsec": ("libxmlsec1 through python-xmlsec", others.by_xmlsec),
}


def _verified(verifier: RecordVerifier, at: datetime) -> Callable[[Job], None]:
    def verify(job: Job) -> None:
        octets, approved = job
        validation = verifier.verify(octets, registry=approved, at=at)
        assert validation.passed, validation.findings

    return verify


def _verify(count: int) -> Benchmark:
    name = f"verify-{count}"
    beside = [f"primitives-{count}", f"signxml-{count}", f"xmlsec-{count}"]
    beside += [f"jdk-{count}"] if others.has_jdk() else []

    def run(stand: Stand) -> Iterator[Figure]:
        if not others.has_jdk():
            stand.say(others.NO_JDK)
        records = SignedRecords(stand)
        jobs, verify = records.jobs(count), _verified(records.verifier(count), datetime.now(UTC))
        rate = per_core(verify, jobs, seconds=stand.seconds, warm=len(jobs))
        yield benchmark.figure(rate)
        yield benchmark.figure(stand.value(f"primitives-{count}") / rate, "over-primitives", unit="times as long")

    measures = f"octets to verdict, RSA-2048, {WORDS[count]}: all ten steps, the standing of certificates kept"
    benchmark = Benchmark(name, measures, "records/s/core", tuple(beside), run)
    return benchmark


def _primitives(count: int) -> Benchmark:
    def run(stand: Stand) -> Iterator[Figure]:
        works = [others.primitives(octets) for octets, _ in SignedRecords(stand).jobs(count)]
        yield benchmark.figure(per_core(lambda work: work(), works, seconds=stand.seconds))

    measures = f"{WORDS[count]}: parsing, each C14N, each SHA-256 and each RSA verification, and nothing else"
    benchmark = Benchmark(f"primitives-{count}", measures, "records/s/core", (), run)
    return benchmark


def _engine(name: str, count: int) -> Benchmark:
    title, verify = _ENGINES[name]

    def run(stand: Stand) -> Iterator[Figure]:
        octets = [octets for octets, _ in SignedRecords(stand).jobs(count)]
        yield benchmark.figure(per_core(verify, octets, seconds=stand.seconds, warm=20))

    measures = f"{WORDS[count]}: {title}, the keys given; no path, revocation or identity"
    benchmark = Benchmark(f"{name}-{count}", measures, "records/s/core", (), run)
    return benchmark


def _jdk(count: int) -> Benchmark:
    def run(stand: Stand) -> Iterator[Figure]:
        yield benchmark.figure(others.jdk_rate(stand, [octets for octets, _ in SignedRecords(stand).jobs(count)]))

    measures = f"{WORDS[count]}: one warm thread of the JDK, the keys given; no path, revocation or identity"
    benchmark = Benchmark(f"jdk-{count}", measures, "records/s/core", (), run)
    return benchmark


def _school(stand: Stand) -> Iterator[Figure]:
    """Spread over a day, so that whatever is kept by the hour has to be asked for again."""
    records, began = SignedRecords(stand), datetime.now(UTC)
    jobs = _of_first_school(records.jobs(3))
    trust = _trust(stand)
    verifier = records.verifier(3, trust=trust)
    signers: dict[str, Signer] = {}
    for turn in range(OF_ONE_SCHOOL):
        octets, approved = jobs[turn % len(jobs)]
        moment = began + timedelta(days=1) * turn / OF_ONE_SCHOOL
        validation = verifier.verify(octets, registry=approved, at=moment)
        assert validation.passed, validation.findings
        signers |= {one.signer.sha256: one.signer for one in validation.slots if one.signer}
    yield SCHOOL.figure(trust.paths_built / len(signers))
    yield SCHOOL.figure(len(signers), "certificates", unit="certificates")
    fresh = _trust(stand)
    yield SCHOOL.figure(_standing(fresh, signers, began), "cold", unit="ms/certificate")
    yield SCHOOL.figure(_standing(fresh, signers, began + timedelta(hours=1)), "next-hour", unit="ms/certificate")
    yield SCHOOL.figure(_standing(fresh, signers, began), "warm", unit="ms/certificate")


def _trust(stand: Stand) -> TrustStore:
    """One that has judged nothing yet."""
    return TrustStore.from_folder(stand.corpus.world.folder / "trust")


def _of_first_school(jobs: list[Job]) -> list[Job]:
    return [job for job in jobs if job[1].unit == jobs[0][1].unit]


def _standing(trust: TrustStore, signers: Mapping[str, Signer], now: datetime) -> float:
    """Milliseconds for what is known of one certificate."""
    began = time.thread_time()
    for signer in signers.values():
        assert trust.standing(signer.certificate, claimed=now, now=now).problem is None
    return (time.thread_time() - began) * 1000 / len(signers)


def _two(stand: Stand) -> Iterator[Figure]:
    """In turns, and the best of each: whatever else the machine does can only take away."""
    turns = [(_at_once(1, stand.seconds), _at_once(2, stand.seconds)) for _ in range(TURNS)]
    alone, both = (max(sum(each.by_clock for each in rates) for rates in side) for side in zip(*turns, strict=True))
    yield TWO.figure(both / alone)
    yield TWO.figure(both, "rate", unit="records/s")
    alone, both = (max(sum(each.by_core for each in rates) for rates in side) for side in zip(*turns, strict=True))
    yield TWO.figure(both / alone, "by-core")


@dataclass(frozen=True, slots=True)
class _Rates:
    """What one process verified in a second."""

    by_clock: float
    """on the wall"""
    by_core: float
    """of its own processor time"""


def _at_once(processes: int, seconds: float) -> list[_Rates]:
    """Without forking: each process reads the corpus and warms itself, then all begin together."""
    context = multiprocessing.get_context("spawn")
    start, told = context.Barrier(processes), context.SimpleQueue()
    children = [context.Process(target=_child, args=(start, told, seconds)) for _ in range(processes)]
    for child in children:
        child.start()
    rates = [told.get() for _ in children]
    for child in children:
        child.join()
    return rates


def _child(start: Barrier, told: "SimpleQueue[_Rates]", seconds: float) -> None:
    records = SignedRecords(Stand(records=0, full=False, seconds=seconds))
    jobs, verify = records.jobs(3), _verified(records.verifier(3), datetime.now(UTC))
    for job in jobs:
        verify(job)
    start.wait()
    done, clock, core = 0, time.monotonic(), time.thread_time()
    while (spent := time.monotonic() - clock) < seconds:
        verify(jobs[done % len(jobs)])
        done += 1
    told.put(_Rates(done / spent, done / (time.thread_time() - core)))


SCHOOL = Benchmark(
    "verify-school",
    f"path builds for each certificate while {OF_ONE_SCHOOL:,} records of one school are verified, spread over a day;"
    " `cold`: a certificate's first standing (path and revocation), `next-hour`: revocation asked again, `warm`: kept",
    "path builds/certificate",
    (),
    _school,
)
TWO = Benchmark(
    "verify-two",
    "two processes that verify three signatures at once, against one alone; `by-core`: by their own processor time,"
    " for a machine that has other work",
    "×",
    (),
    _two,
)

BENCHMARKS = (
    *(_verify(count) for count in COUNTS),
    *(_primitives(count) for count in COUNTS),
    *(_engine(name, count) for name in _ENGINES for count in COUNTS),
    *((_jdk(count) for count in COUNTS) if others.has_jdk() else ()),
    SCHOOL,
    TWO,
)
