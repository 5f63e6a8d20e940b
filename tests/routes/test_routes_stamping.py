"""Timestamps in the journey: on every seal or on the package, from the stand-in authority; a record waits where none answers."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from lxml import etree
from support.portal_client import City
from support.stages import CITY, Line, quick_settings
from support.tsa import Tsa

from connectors.arrivals import Arrival
from connectors.portal import Portal, PortalSettings
from connectors.tsa import TimestampSettings
from ledger import lanes, registry
from ledger.database import Pool
from routes import way
from routes.crew import Crew
from routes.settings import LimitSettings
from routes.signing_settings import SigningSettings
from routes.stamping import stamper_of
from routes.tools import Tools
from sandbox.world import World

Generate = Callable[..., Arrival]
Opened = Callable[..., Awaitable[Line]]

JSON = "SAOKHUE"
STAMP = "{http://uri.etsi.org/01903/v1.3.2#}SignatureTimeStamp"


@pytest.fixture(scope="module")
def tsa(world: World) -> Iterator[Tsa]:
    started = Tsa(world.folder)
    started.start()
    yield started
    started.stop()


@pytest.fixture
async def opened(pool: Pool, world: World, city: City, tsa: Tsa) -> AsyncIterator[Opened]:
    """Opens a line whose seals are stamped so."""
    tsa.press()
    stack: list[Any] = []

    async def open_line(stamped: str, patience_seconds: float = 30.0) -> Line:
        signing = SigningSettings.model_validate(
            {
                "trust_folder": world.folder / "trust",
                "keys_folder": world.folder / "keys",
                "timestamps": TimestampSettings(urls=(tsa.url("/ec"),), patience_seconds=patience_seconds),
                "timestamped": {"*": stamped},
            }
        )
        settings = quick_settings(world.folder, signing=signing, limits=LimitSettings(breaker_probe_seconds=(0.01,)))
        async with pool.connection() as connection:
            await lanes.enter_destination(connection, CITY)
            await registry.import_world(connection, world.folder)
        portal = Portal(
            PortalSettings(url=city.url(""), accounts=world.folder / "portal-accounts.json", patience_seconds=0.2)
        )
        crew = Crew(children=1, seconds=20.0, initializer=way.equip, initargs=(settings.signing, settings.check))
        tools = Tools(
            pool=pool,
            crew=await crew.__aenter__(),
            portals={CITY: await portal.__aenter__()},
            settings=settings,
            stamper=stamper_of(signing),
        )
        stack.append((crew, portal, tools))
        return Line(tools)

    yield open_line
    for crew, portal, tools in stack:
        await tools.close()
        await portal.__aexit__(None, None, None)
        await crew.__aexit__(None, None, None)


async def _stamps(line: Line) -> tuple[int, int]:
    """Timestamps in records, and in packages beside them."""
    records = await line.rows("select p.octets from records r join payloads p on p.sha256 = r.official_sha256")
    inside = sum(len(list(etree.fromstring(bytes(octets)).iter(STAMP))) for (octets,) in records)
    return inside, len(records)


async def test_every_seal_of_the_hub_gets_its_timestamp(opened: Opened, city: City, generate: Generate) -> None:
    line = await opened("signature")
    await line.push(JSON, generate(2, numbers=range(3)))
    await line.settle()
    assert {fate for fate, _, _ in (await line.fates()).values()} == {"done"}, await line.fates()
    assert await _stamps(line) == (9, 3)


async def test_one_timestamp_stands_for_a_package(opened: Opened, tsa: Tsa, generate: Generate) -> None:
    before = tsa.count()
    line = await opened("batch")
    await line.push(JSON, generate(2, numbers=range(3)))
    await line.settle()
    assert {fate for fate, _, _ in (await line.fates()).values()} == {"done"}, await line.fates()
    assert await _stamps(line) == (0, 3)
    assert tsa.count() - before == 1


async def test_a_record_waits_for_an_authority_that_answers(opened: Opened, tsa: Tsa, generate: Generate) -> None:
    line = await opened("signature", 2.0)
    tsa.press(error=503)
    await line.push(JSON, generate(2, numbers=range(1)))
    await line.settle(rounds=3)
    rows = await line.rows("select distinct fate, cause from attempts where stage = 'sign'")
    assert rows == [("down", "timestamp-down")]
    tsa.press()
    await line.settle()
    assert {fate for fate, _, _ in (await line.fates()).values()} == {"done"}, await line.fates()
    assert await _stamps(line) == (3, 1)
