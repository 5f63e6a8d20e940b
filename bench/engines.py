"""The engines of a run: the embedded PostgreSQL with durability on, a new database for each benchmark, a broker apart.

`HOCBA_BENCH_POSTGRES` and `HOCBA_BENCH_KAFKA` name others.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from psycopg import conninfo

from bench.processes import Fleet
from bench.stand import Stand
from hub.engines import EmbeddedPostgres
from ledger import migrate


@contextmanager
def _server(stand: Stand) -> Iterator[str]:
    given = os.environ.get("HOCBA_BENCH_POSTGRES")
    if given:
        yield given
        return
    with EmbeddedPostgres(stand.folder / "postgres") as postgres:
        yield postgres.url


@contextmanager
def fresh_database(stand: Stand, *, migrated: bool = True) -> Iterator[str]:
    """URL of a new, empty or migrated database; it goes when the benchmark ends, and the embedded server stops."""
    name = f"bench_{uuid.uuid4().hex[:12]}"
    with _server(stand) as server:
        _execute(server, f"create database {name}")
        url = renamed(server, name)
        try:
            if migrated:
                migrate.upgrade(url)
            yield url
        finally:
            _execute(server, f"drop database if exists {name} with (force)")


def renamed(url: str, database: str) -> str:
    """The URL with another database's name in it."""
    head, _, tail = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{database}" + (f"?{tail}" if tail else "")


def _execute(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.encode())


@contextmanager
def broker(fleet: Fleet) -> Iterator[str]:
    """Addresses of the broker."""
    given = os.environ.get("HOCBA_BENCH_KAFKA")
    if given:
        yield given
        return
    with ExitStack() as stack:
        yield stack.enter_context(fleet.running("kafka", "bench.broker", answers=True))


def postmaster(url: str) -> int | None:
    """Process id of the server behind a local socket; None for a server elsewhere."""
    host = str(conninfo.conninfo_to_dict(url).get("host") or "")
    note = Path(host) / "postmaster.pid" if host.startswith("/") else None
    if note is None or not note.exists():
        return None
    return int(note.read_text(encoding="utf-8").split("\n", 1)[0])


def disk(url: str) -> int:
    """Octets that the database takes."""
    with psycopg.connect(url) as connection:
        row = connection.execute("select pg_database_size(current_database())").fetchone()
    assert row is not None
    return int(row[0])
