"""A portal's catalogues, fetched once a day: which kinds of signature and which issuers a registration may name."""

import structlog

from connectors.portal import Catalogue, Portal, PortalFault
from ledger import catalogues
from routes.tools import Tools

log = structlog.get_logger(__name__)


async def fetch_catalogues(tools: Tools, destination: str, portal: Portal) -> None:
    """Fetch those that are due; one that is not answered is asked for again at the next look."""
    for kind in Catalogue:
        async with tools.pool.connection() as connection:
            due = await catalogues.is_due(
                connection,
                destination=destination,
                kind=kind.value,
                seconds=tools.settings.registering.catalogue_seconds,
            )
        if not due:
            continue
        try:
            rows = await portal.catalogue(kind)
        except PortalFault as fault:
            log.debug("catalogues.no-answer", destination=destination, kind=kind.value, reason=type(fault).__name__)
            continue
        async with tools.pool.connection() as connection:
            names = {row.code: row.name for row in rows}
            await catalogues.keep(connection, destination=destination, kind=kind.value, names=names)
        log.info("catalogues.kept", destination=destination, kind=kind.value, codes=len(rows))
