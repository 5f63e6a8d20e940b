"""Making a database ready for a hub: refused when it forgets, migrated, filled with units, senders and certificates."""

import asyncio
from pathlib import Path

import psycopg
import sqlalchemy.exc
import structlog

from hub.failures import Failure, file_missing, no_database, not_durable
from ledger import migrate, registry
from ledger.database import NotDurable, open_pool
from ledger.settings import LedgerSettings

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 8


def prepare(ledger: LedgerSettings) -> tuple[str | None, str]:
    """Refuse a forgetful database and bring it to the newest version; returns the versions before and after.

    Raises:
        Failure: it does not answer, or would lose what it confirms.
    """
    assert ledger.url is not None
    url = ledger.url.get_secret_value()
    try:
        psycopg.connect(url, connect_timeout=CONNECT_SECONDS).close()
        asyncio.run(_refuse_forgetful(ledger))
        before, after = migrate.upgrade(url)
    except NotDurable as error:
        raise not_durable(error) from error
    except (psycopg.OperationalError, psycopg.ProgrammingError, sqlalchemy.exc.OperationalError) as error:
        raise no_database(error) from error
    if before != after:
        log.info("ledger.migrated", before=before, after=after)
    return before, after


async def _refuse_forgetful(ledger: LedgerSettings) -> None:
    async with open_pool(ledger):
        pass


def import_world(ledger: LedgerSettings, world: Path, keys: Path) -> dict[str, Path]:
    """Enter units, senders and certificates; returns sender → file with its new API key.

    Raises:
        Failure: a file of the world is missing or not what it should be.
    """
    try:
        fresh = asyncio.run(_import(ledger, world))
    except FileNotFoundError as error:
        raise file_missing(error.filename) from error
    except (ValueError, KeyError, TypeError) as error:
        raise Failure(
            vi=f"Dữ liệu trong {world} không đúng mẫu units.json, senders.json, registry.json.",
            en=f"{world} does not hold units.json, senders.json and registry.json as they should be.",
            code=65,
        ) from error
    return {sender: _keep_key(keys, sender, key) for sender, key in fresh.items()}


async def _import(ledger: LedgerSettings, world: Path) -> dict[str, str]:
    async with open_pool(ledger) as pool, pool.connection() as connection:
        return await registry.import_world(connection, world)


def _keep_key(folder: Path, sender: str, key: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / f"{sender}.key"
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(key + "\n", encoding="ascii")
    return file
