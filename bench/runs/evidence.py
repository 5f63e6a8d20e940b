"""What a night's evidence takes: the tree, its timestamp, what is written and handed out; and what checking one takes."""

import asyncio
import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import islice

import psycopg
from pydantic import SecretStr

from bench.clock import per_core
from bench.declared import Benchmark, Figure
from bench.engines import fresh_database
from bench.processes import Fleet
from bench.stand import Stand
from connectors.tsa import Timestampers, TimestampSettings
from hub.evidence.exporting import evidence_of
from ledger import evidence
from ledger.database import open_pool
from ledger.evidence import Stored
from ledger.settings import LedgerSettings
from routes.preserving import Means, build
from routes.signing_settings import EvidenceSettings
from routes.stamping import Stamper
from signing.evidence import HashTree, Syntax, covered, read_record
from signing.trust import TrustStore

DAY = 100_000
SMALL = 10_000
SAMPLE = 2_000
_JOURNEYS = """
with made as (insert into records (id, uuid, submission_id, line, sender_id, unit_id, pupil_id, school_year, profile,
    received_sha256, official_sha256, size) select nextval('record_ids'), gen_random_uuid(), 1, 0, 1, 1, 1, '2025-2026',
    'hbs-1.0', sha256, sha256, 1 from payloads returning id),
sent as (insert into transfers (id, kind, destination, record_id, unit_id, position, stage)
    select nextval('ids'), 'record', 'city', id, 1, 1, 'pack' from made returning id)
insert into events (transfer_id, stage, fate) select id, stage, 'done' from sent
    cross join unnest(array['normalise', 'check', 'sign', 'verify']) stage
"""


def _enter(url: str, templates: list[bytes], count: int) -> None:
    """So many different records of real sizes, verified."""
    with psycopg.connect(url) as connection:
        with connection.cursor() as cursor, cursor.copy("copy payloads (sha256, octets) from stdin") as copy:
            for number in range(count):
                octets = templates[number % len(templates)].replace(b"<HOC_BA ", b'<HOC_BA n="%d" ' % number, 1)
                copy.write_row((hashlib.sha256(octets).digest(), octets))
        connection.execute(_JOURNEYS)
        connection.execute("analyze")


def _forget(url: str) -> None:
    with psycopg.connect(url) as connection:
        for table in ("evidence_timestamps", "evidence_leaves", "evidence_trees"):
            connection.execute(f"delete from {table}".encode())
        connection.execute("update evidence_work set done_until = null")


async def _build(url: str, trust: TrustStore, tsa: str, *, xml: bool) -> float:
    settings = LedgerSettings(url=SecretStr(url), statement_timeout_seconds=600)
    async with open_pool(settings) as pool, Timestampers(TimestampSettings(urls=(tsa,))) as client:
        now = datetime.now(UTC)
        began = time.perf_counter()
        means = Means(pool, EvidenceSettings(xml=xml), Stamper(client, trust))
        async for _ in build(means, until=now, together=True):
            continue
        return time.perf_counter() - began


async def _handed_out(url: str) -> tuple[float, list[tuple[Stored, dict[Syntax, bytes]]]]:
    """Records with evidence in both syntaxes a second, out of the ledger; and some of them."""
    async with open_pool(LedgerSettings(url=SecretStr(url), statement_timeout_seconds=600)) as pool:
        found: list[tuple[Stored, dict[Syntax, bytes]]] = []
        began, after = time.perf_counter(), b""
        async with pool.connection() as connection:
            (day,) = await evidence.days(connection)
            steps = await evidence.steps_of(connection, day.id)
            trees = [(each.chain, HashTree.of(each.leaves, each.algorithm), each.token) for each in steps]
            while len(found) < SAMPLE and (page := await evidence.under(connection, day.id, after=after)):
                found += [(stored, dict(evidence_of(stored, trees, tuple(Syntax)))) for stored in page]
                after = page[-1].sha256
        return len(found) / (time.perf_counter() - began), found


def _run(stand: Stand) -> Iterator[Figure]:
    count = DAY if stand.full else SMALL
    leaves = [hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(DAY)]
    began = time.thread_time()
    tree = HashTree.of(leaves, "sha256")
    yield EVIDENCE.figure(time.thread_time() - began, "tree")
    began = time.thread_time()
    for leaf in islice(leaves, SAMPLE):
        tree.reduced(leaf)
    yield EVIDENCE.figure((time.thread_time() - began) * DAY / SAMPLE, "reduced-trees")
    world, fleet = stand.corpus.world.folder, Fleet(stand.folder / "logs")
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(stand))
        said = stack.enter_context(fleet.running("tsa", "sandbox.tsa", "--world", str(world), answers=True))
        tsa, trust = f"{json.loads(said)['ready']}/ec", TrustStore.from_folder(world / "trust")
        _enter(url, list(stand.corpus.official), count)
        alone = asyncio.run(_build(url, trust, tsa, xml=False))
        _forget(url)
        both = asyncio.run(_build(url, trust, tsa, xml=True))
        rate, some = asyncio.run(_handed_out(url))
    yield EVIDENCE.figure(both * DAY / count)
    yield EVIDENCE.figure(alone * DAY / count, "rfc4998-alone")
    yield EVIDENCE.figure(rate, "handed-out", unit="records/s")
    for syntax in Syntax:
        pairs = [(stored.octets, records[syntax]) for stored, records in some[:200]]
        checked = per_core(lambda pair: covered(read_record(pair[1]), pair[0]), pairs, seconds=stand.seconds)
        yield EVIDENCE.figure(1000 / checked, f"checked-{syntax.name.lower()}", unit="ms")


EVIDENCE = Benchmark(
    "evidence",
    "a day's evidence from verified records in the ledger to all of it stored, one timestamp, both syntaxes; parts alone",
    f"s/{DAY:,} records",
    (),
    _run,
)

BENCHMARKS = (EVIDENCE,)
