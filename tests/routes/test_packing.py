"""What a package holds: the octets of its records, never more than a transaction may carry."""

from collections.abc import Callable
from dataclasses import replace

from support.portal_client import City
from support.stages import Line

from connectors.arrivals import Arrival
from routes.settings import PackingSettings

Generate = Callable[..., Arrival]


async def test_a_package_over_the_size_of_a_transaction_is_split(line: Line, city: City, generate: Generate) -> None:
    packing = PackingSettings(quiet_seconds=0.01, max_age_seconds=0.02, body_octets=40_000)
    small = Line(replace(line.tools, settings=line.tools.settings.model_copy(update={"packing": packing})))
    await small.push("HOASEN", generate(numbers=range(12)))
    await small.settle(rounds=120)
    assert {fate for fate, _, _ in (await small.fates()).values()} == {"done"}
    assert await small.rows(
        "select count(*) > 0 from packages where state = 'split' and cause = 'package-too-large'"
    ) == [(True,)]
    messages = city.admin("/messages")["messages"]
    assert len(messages) > 1
    assert max(each["content_length"] for each in messages) <= packing.body_octets
    assert len(city.admin("/records")["records"]) == 12


async def test_the_city_gets_each_records_octets_as_the_school_signed_them(
    line: Line, city: City, generate: Generate
) -> None:
    arrival = generate(numbers=range(4), faults=[None, "score-out-of-range"])
    await line.push("HOASEN", arrival)
    await line.settle()
    approved = {row["uuid"] for row in city.admin("/records")["records"]}
    sent = await line.rows("select messageid from packages where state = 'judged'")
    assert len(sent) == 1
    received = city.received(sent[0][0])
    good = [item.octets for item in arrival.items if item.identity and item.identity.uuid in approved]
    assert len(good) == 3
    for octets in good:
        assert octets in received
