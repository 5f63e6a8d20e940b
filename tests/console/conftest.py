"""One application for most tests; each test has senders of its own in it."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from console.settings import WebSettings
from ledger.settings import LedgerSettings
from tests.conftest import as_url
from tests.console import awaiting, planted, scene
from tests.console.awaiting import Awaited
from tests.console.planted import Planted
from tests.console.scene import Scene
from tests.console.serving import Site, Vendor, run, serving, settings_of


@contextmanager
def _ledger(server: str, template: str) -> Iterator[LedgerSettings]:
    name = f"console_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}".encode())
    yield settings_of(as_url(server, name))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)".encode())


@pytest.fixture(scope="session")
def site(postgres: str, template: str) -> Iterator[Site]:
    settings = WebSettings(page_size=50, key_cache_seconds=0)
    with _ledger(postgres, template) as ledger, serving(ledger, settings) as running:
        yield running


@pytest.fixture(scope="session")
def stage(postgres: str, template: str) -> Iterator[tuple[Site, Scene]]:
    """An application on a ledger where something of everything has happened; read only."""
    with _ledger(postgres, template) as ledger:
        told = run(scene.play(ledger))
        with serving(ledger, WebSettings()) as running:
            yield running, told


@pytest.fixture(scope="session")
def city(postgres: str, template: str) -> Iterator[tuple[Site, Planted]]:
    """An application for a city with forty schools and their certificates; read only."""
    with _ledger(postgres, template) as ledger, serving(ledger, WebSettings()) as running:
        yield running, running.ask(planted.plant)


@pytest.fixture(scope="session")
def signing(postgres: str, template: str) -> Iterator[tuple[Site, Awaited]]:
    """An application on a ledger whose records wait for people at a remote signing service."""
    with _ledger(postgres, template) as ledger:
        told = run(awaiting.play(ledger))
        with serving(ledger, WebSettings()) as running:
            yield running, told


@pytest.fixture
def new_vendor(site: Site) -> Callable[..., Vendor]:
    def make(*schools: str, format: str = "official") -> Vendor:
        return site.vendor(f"V{uuid.uuid4().hex[:10]}", *schools, format=format)

    return make


@pytest.fixture
def vendor(new_vendor: Callable[..., Vendor]) -> Vendor:
    return new_vendor()
