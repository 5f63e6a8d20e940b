"""What a worker process holds: pool, crew of children, portals, settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.portal import Portal
from ledger.database import Pool
from ledger.outcomes import Limits
from ledger.packages import Closing
from routes.crew import Crew
from routes.settings import RouteSettings
from routes.signers import Signers
from routes.stamping import Stamper


@dataclass(frozen=True, slots=True)
class Tools:
    """Passed to every stage's handler."""

    pool: Pool
    """connections to the ledger"""
    crew: Crew
    """killable children for CPU work"""
    portals: Mapping[str, Portal]
    """destination → client of its contract"""
    settings: RouteSettings
    """the journey's settings"""
    signers: Signers = field(default_factory=lambda: Signers({}, certificate_seconds=0))
    """remote signing services"""
    stamper: Stamper | None = None
    """timestamping authorities; None: none is set"""

    async def close(self) -> None:
        """Close the clients that were opened for it."""
        await self.signers.close()
        if self.stamper is not None:
            await self.stamper.client.close()

    @property
    def limits(self) -> Limits:
        """When a sender or destination is stopped."""
        return Limits(
            refusals=self.settings.limits.refusals,
            refusal_share=self.settings.limits.refusal_share,
            deaths=self.settings.limits.deaths,
        )

    @property
    def closing(self) -> Closing:
        """When a package closes."""
        packing = self.settings.packing
        return Closing(
            records=packing.records,
            raw_octets=packing.raw_octets,
            quiet_seconds=packing.quiet_seconds,
            max_age_seconds=packing.max_age_seconds,
            whole_batch_seconds=packing.whole_batch_seconds,
        )
