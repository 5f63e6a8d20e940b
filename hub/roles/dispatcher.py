"""The one publisher."""

import asyncio
from collections.abc import Callable

from connectors import city
from hub.settings import Settings
from routes import dispatcher


async def run(settings: Settings, stop: asyncio.Event, progress: Callable[[], None]) -> None:
    """Dispatch until told to stop."""
    await dispatcher.run(
        routes=settings.routes,
        ledger=settings.ledger,
        destinations=[city.DESTINATION.name],
        stop=stop,
        progress=progress,
    )
