"""The stages."""

import asyncio
from collections.abc import Callable

from hub.settings import Settings
from routes import worker


async def run(settings: Settings, stop: asyncio.Event, progress: Callable[[], None]) -> None:
    """Work until told to stop."""
    await worker.run(routes=settings.routes, ledger=settings.ledger, portal=settings.city, stop=stop, progress=progress)
