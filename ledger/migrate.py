"""Bringing a database to the present version: Alembic, one transaction, one process at a time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, NullPool, create_engine, make_url, text

MIGRATION_LOCK = 0x686F6362  # "hocb": a second process that migrates waits, and finds nothing to do

_SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(url: str) -> tuple[str | None, str]:
    """Bring the database to the newest version; returns (version before, version after).

    Raises:
        sqlalchemy.exc.OperationalError: the database does not answer.
    """
    with _engine(url).begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        before = _version(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return before, newest()


def current(url: str) -> str | None:
    """The version of the database; None before its first migration."""
    with _engine(url).connect() as connection:
        return _version(connection)


def newest() -> str:
    """The version that this code expects."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config


def _engine(url: str) -> Engine:
    return create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
