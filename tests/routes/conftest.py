"""A hub whose stages are driven by hand: ledger, children and portal client are real, the city is its own process."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import pytest
from support.portal_client import City
from support.stages import CITY, Line, quick_settings

from connectors.arrivals import Arrival, Limits
from connectors.official import read_batch_xml
from connectors.portal import Portal, PortalSettings
from connectors.vendors import formats
from ledger import lanes, registry
from ledger.database import Pool
from routes import way
from routes.check_settings import CheckSettings
from routes.crew import Crew
from routes.tools import Tools
from sandbox.plans import Batch, Task
from sandbox.pupils import write_batch
from sandbox.world import World


@pytest.fixture
def check() -> CheckSettings:
    """Weights and campaigns; a class of tests may have its own."""
    return CheckSettings()


@pytest.fixture
async def line(pool: Pool, world: World, city: City, check: CheckSettings) -> AsyncIterator[Line]:
    settings = quick_settings(world.folder, check=check)
    async with pool.connection() as connection:
        await lanes.enter_destination(connection, CITY)
        await registry.import_world(connection, world.folder)
    portal = PortalSettings(
        url=city.url(""), accounts=world.folder / "portal-accounts.json", patience_seconds=0.2, read_seconds=5.0
    )
    async with (
        Crew(children=1, seconds=20.0, initializer=way.equip, initargs=(settings.signing, settings.check)) as crew,
        Portal(portal) as client,
    ):
        yield Line(Tools(pool=pool, crew=crew, portals={CITY: client}, settings=settings))


@dataclass(frozen=True)
class Generator:
    """Invented batches of the world's schools."""

    world: World

    def batch(
        self, school: int = 0, *, numbers: Sequence[int], faults: Sequence[str | None] = (), seed: int = 1
    ) -> Arrival:
        """One signed official batch of a school, or its vendor's JSON."""
        chosen = self.world.schools[school]
        sender = next(each for each in self.world.senders if chosen.code in each.schools)
        wrong = [*faults, *[None] * len(numbers)]
        tasks = tuple(
            Task(number, chosen.code, chosen.classes[number % len(chosen.classes)].name, wrong[turn])
            for turn, number in enumerate(numbers)
        )
        octets, _ = write_batch(
            self.world, Batch("batch.xml", sender.code, chosen.code, sender.format, tasks), seed=seed
        )
        if sender.format == "official":
            return read_batch_xml(octets, Limits())
        return formats()[sender.format].read(octets, Limits())


@pytest.fixture
def generate(world: World) -> Callable[..., Arrival]:
    return Generator(world).batch
