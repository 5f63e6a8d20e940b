"""The sandbox's world and city for the connectors' tests: the client speaks to a real process."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.portal_client import City

from connectors.arrivals import Limits
from connectors.portal import PortalSettings
from sandbox.world import World, build_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(tmp_path_factory.mktemp("connectors-world") / "w", distinct_keys=4)


@pytest.fixture
def limits() -> Limits:
    return Limits()


@pytest.fixture
def city(world: World, tmp_path: Path) -> Iterator[City]:
    started = City(world.folder, tmp_path / "city", [])
    started.start()
    yield started
    started.stop()


@pytest.fixture
def settings_for(world: World) -> Callable[..., PortalSettings]:
    """Settings of a portal at some port, impatient as tests are."""

    def make(port: int, **changes: object) -> PortalSettings:
        known = {
            "url": f"http://127.0.0.1:{port}",
            "accounts": world.folder / "portal-accounts.json",
            "patience_seconds": 0.3,
        }
        return PortalSettings.model_validate(known | changes)

    return make


@pytest.fixture
def accounts_file(tmp_path: Path) -> Callable[..., Path]:
    """A file of accounts, to be changed by a test."""

    def write(*accounts: dict[str, str]) -> Path:
        path = tmp_path / "accounts.json"
        path.write_text(json.dumps(accounts), encoding="utf-8")
        return path

    return write
