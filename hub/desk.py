"""The way from the command line to the ledger: the database that there is, one question at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import psycopg
from psycopg import AsyncConnection, errors
from pydantic import SecretStr

from hub import engines, running
from hub.failures import Failure, hub_not_running, no_database
from hub.settings import Settings
from ledger.database import Connection
from ledger.settings import LedgerSettings

Answer = TypeVar("Answer")

ACTOR = "cli"
"""who acts, in the ledger's events"""


@contextmanager
def ledger_url(settings: Settings) -> Iterator[str]:
    """The database: the one given, that of the running hub, or the data folder's, started for this command.

    Raises:
        Failure: there is none.
    """
    if settings.ledger.url is not None:
        yield settings.ledger.url.get_secret_value()
        return
    there = running.find(settings.data_folder)
    if there is not None and there.ledger is not None:
        yield there.ledger
        return
    folder = settings.data_folder / "postgres"
    if not engines.exists(folder):
        raise hub_not_running()
    with engines.EmbeddedPostgres(folder) as postgres:
        yield postgres.url


@contextmanager
def own_ledger(settings: Settings) -> Iterator[LedgerSettings]:
    """The ledger as settings, its database made where there is none yet.

    Raises:
        Failure: a hub is said to run, and its database cannot be reached.
    """
    folder = settings.data_folder / "postgres"
    with ExitStack() as stack:
        if settings.ledger.url is None and running.find(settings.data_folder) is None:
            url = stack.enter_context(engines.EmbeddedPostgres(folder)).url
        else:
            url = stack.enter_context(ledger_url(settings))
        yield settings.ledger.model_copy(update={"url": SecretStr(url)})


def ask(settings: Settings, question: Callable[[Connection], Awaitable[Answer]]) -> Answer:
    """One transaction on the ledger.

    Raises:
        Failure: the database does not answer, or was never migrated.
    """
    with ledger_url(settings) as url:
        try:
            return asyncio.run(_ask(url, question))
        except errors.UndefinedTable as error:
            raise Failure(
                vi="Cơ sở dữ liệu chưa được khởi tạo.",
                en="The database has no tables yet.",
                do_vi="Chạy «hocba db migrate».",
                do_en="Run «hocba db migrate».",
                code=69,
            ) from error
        except psycopg.OperationalError as error:
            raise no_database(error) from error


async def _ask(url: str, question: Callable[[Connection], Awaitable[Answer]]) -> Answer:
    async with await AsyncConnection.connect(url, options="-c timezone=UTC", connect_timeout=8) as connection:
        return await question(connection)
