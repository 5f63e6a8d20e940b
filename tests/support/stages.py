"""The stages driven by hand, without Kafka in between: what one publication and one batch do, step by step.

Everything else is real: the ledger, the children, the city's portal as its own process. Claiming and handling are the
hub's own functions; only the clock of the dispatcher is missing, so that a test decides what happens next.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ledger import acceptance, dispatch, lanes, registry
from ledger.acceptance import Receipt
from ledger.database import Pool
from ledger.dispatch import Lane, Reference
from ledger.registry import Sender
from ledger.states import Stage
from routes import carry, deliver, pack, poll, returning, way
from routes.settings import PackingSettings, RetrySettings, RouteSettings
from routes.signing_settings import SigningSettings
from routes.tools import Tools

CITY = "city"
DEADLINE = timedelta(days=14)


def quick_settings(world: Path, **changes: Any) -> RouteSettings:
    """The journey's settings with waits of a test's length."""
    parts: dict[str, Any] = {
        "retry": RetrySettings(
            delays_seconds=(0.0, 0.0, 0.0), jitter=0.0, poll_delays_seconds=(0.0,), settle_seconds=0.5
        ),
        "packing": PackingSettings(quiet_seconds=0.01, max_age_seconds=0.02),
        "signing": SigningSettings(trust_folder=world / "trust", keys_folder=world / "keys"),
    }
    return RouteSettings(**(parts | changes))


@dataclass(frozen=True)
class Line:
    """A hub's ledger and stages, worked by hand."""

    tools: Tools

    @property
    def pool(self) -> Pool:
        return self.tools.pool

    async def sender(self, code: str) -> Sender:
        async with self.pool.connection() as connection:
            found = await registry.sender_by_code(connection, code)
        assert found is not None
        return found

    async def push(self, code: str, arrival: acceptance.Arrival) -> Receipt:
        """Accept one submission."""
        return await acceptance.accept(
            self.pool,
            sender=await self.sender(code),
            arrival=arrival,
            idempotency_key=None,
            body_sha256=b"".join(item.octets[:8] for item in arrival.items)[:32],
            deadline=datetime.now(UTC) + DEADLINE,
        )

    async def claim(self, stage: Stage, *, lease: float = 60.0) -> list[Reference]:
        """What the dispatcher would publish to the stage's topic now."""
        async with self.pool.connection() as connection:
            await dispatch.release_due(connection)
            if (stage.value, CITY) in await lanes.closed_lanes(connection):
                return []
            return await dispatch.claim(connection, Lane(stage, CITY), limit=1000, lease_seconds=lease)

    async def handle(self, stage: Stage, references: Sequence[Reference]) -> None:
        """What a worker does with one batch of the stage."""
        if stage in way.ORDER:
            await carry.carry(self.tools, references)
            return
        records = [reference for reference in references if reference.kind == "record"]
        if records:
            await pack.gather(self.tools, records)
        one = {
            Stage.PACK: pack.seal,
            Stage.DELIVER: deliver.deliver,
            Stage.POLL: poll.poll,
            Stage.RETURN: returning.bring_back,
        }[stage]
        for reference in references:
            if reference.kind != "record":
                await one(self.tools, reference)

    async def step(self, *stages: Stage) -> int:
        """Claim and handle at each stage; how many references there were."""
        count = 0
        for stage in stages:
            references = await self.claim(stage)
            await self.handle(stage, references)
            count += len(references)
        return count

    async def settle(self, *, rounds: int = 60) -> None:
        """Go on until nothing can be claimed any more."""
        idle = 0
        for _ in range(rounds):
            idle = 0 if await self.step(*Stage) else idle + 1
            if idle == 3:
                return

    async def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        async with self.pool.connection() as connection:
            return list(await (await connection.execute(query.encode(), list(values))).fetchall())

    async def fates(self) -> Mapping[str, tuple[str, str, str]]:
        """UUID → (fate, stage, cause) of its newest transfer."""
        found = await self.rows(
            "select distinct on (r.uuid) r.uuid::text, t.fate, t.stage, t.cause from records r"
            " join transfers t on t.record_id = r.id order by r.uuid, t.id desc"
        )
        return {uuid: (fate, stage, cause) for uuid, fate, stage, cause in found}
