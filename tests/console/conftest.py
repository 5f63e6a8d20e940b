"""One application for most tests; each test has senders of its own in it."""

import uuid
from collections.abc import Callable, Iterator

import psycopg
import pytest

from console.settings import WebSettings
from tests.conftest import as_url
from tests.console.serving import Site, Vendor, serving, settings_of


@pytest.fixture(scope="session")
def site(postgres: str, template: str) -> Iterator[Site]:
    name = f"console_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}".encode())
    with serving(settings_of(as_url(postgres, name)), WebSettings(page_size=50, key_cache_seconds=0)) as running:
        yield running
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)".encode())


@pytest.fixture
def new_vendor(site: Site) -> Callable[..., Vendor]:
    def make(*schools: str, format: str = "official") -> Vendor:
        return site.vendor(f"V{uuid.uuid4().hex[:10]}", *schools, format=format)

    return make


@pytest.fixture
def vendor(new_vendor: Callable[..., Vendor]) -> Vendor:
    return new_vendor()
