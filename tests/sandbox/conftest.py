"""An invented world and started portal processes, for the tests of the sandbox."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from portal_client import City

from sandbox.world import World, build_world


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


@pytest.fixture
def city(world: World, tmp_path: Path, start_city: Callable[..., City]) -> Iterator[City]:
    started = start_city(world.folder, tmp_path / "city")
    yield started
    started.stop()
