"""The web application as its clients meet it: a real uvicorn on a port of its own, over a real PostgreSQL."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import psycopg
import uvicorn
from pydantic import SecretStr

from connectors.arrivals import Limits
from console.app import create_app
from console.settings import WebSettings
from console.wiring import CertificateRules
from ledger import registry
from ledger.database import Connection
from ledger.registry import Sender
from ledger.settings import LedgerSettings
from routes.signing_settings import EvidenceSettings, SigningSettings
from tests.support.arrivals import enter_vendor

Answer = TypeVar("Answer")
SCHOOL = "79760401"


def run(story: Coroutine[Any, Any, Answer]) -> Answer:
    """Its answer, from an event loop in a thread of its own: a browser's may be running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, story).result()


@dataclass(frozen=True)
class Site:
    """A running application."""

    url: str
    ledger: LedgerSettings

    def ask(self, question: Callable[[Connection], Awaitable[Answer]]) -> Answer:
        """One transaction on its ledger."""
        return run(self._ask(question))

    async def _ask(self, question: Callable[[Connection], Awaitable[Answer]]) -> Answer:
        assert self.ledger.url is not None
        async with await psycopg.AsyncConnection.connect(self.ledger.url.get_secret_value()) as connection:
            return await question(connection)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What the ledger has."""
        assert self.ledger.url is not None
        with psycopg.connect(self.ledger.url.get_secret_value()) as connection:
            cursor = connection.execute(query.encode(), list(values))
            return cursor.fetchall() if cursor.description else []

    def client(self, key: str = "", **more: Any) -> httpx.Client:
        """A client that shows this key."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, **more)

    def vendor(self, code: str, *schools: str, format: str = "official") -> "Vendor":
        """A sender with a key, known to the ledger."""

        async def enter(connection: Connection) -> tuple[Sender, str]:
            sender = await enter_vendor(_One(connection), code, schools or (SCHOOL,))  # type: ignore[arg-type]
            await connection.execute("update senders set format = %s where id = %s", [format, sender.id])
            return sender, await registry.issue_key(connection, sender, label="test")

        sender, key = self.ask(enter)
        return Vendor(self, sender, key)


class _One:
    """A pool with one connection in it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def connection(self) -> "_One":
        return self

    async def __aenter__(self) -> Connection:
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        pass


@dataclass(frozen=True)
class Vendor:
    """One sender's software."""

    site: Site
    sender: Sender
    key: str

    def push(
        self, body: bytes, *, kind: str = "application/xml", key: str | None = None, **headers: str
    ) -> httpx.Response:
        """One push."""
        told = {"Content-Type": kind, **headers} | ({"Idempotency-Key": key} if key else {})
        with self.site.client(self.key) as client:
            return client.post("/v1/submissions", content=body, headers=told)

    def get(self, path: str, **query: object) -> httpx.Response:
        """One question."""
        with self.site.client(self.key) as client:
            return client.get(path, params=query or None)  # type: ignore[arg-type]


@contextmanager
def serving(
    ledger: LedgerSettings,
    settings: WebSettings,
    limits: Limits | None = None,
    *,
    rules: CertificateRules | None = None,
    signing: SigningSettings | None = None,
    preserving: EvidenceSettings | None = None,
) -> Iterator[Site]:
    """The application on a free port, in a thread with its own event loop."""
    limits = limits or Limits(body_octets=settings.body_octets)
    app = create_app(settings, ledger=ledger, limits=limits, rules=rules, signing=signing, preserving=preserving)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2))

    def run() -> None:
        with suppress(SystemExit):  # how uvicorn says that the application did not start
            server.run(sockets=[listener])

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.02)
    assert thread.is_alive(), "the application did not start"
    try:
        yield Site(f"http://127.0.0.1:{listener.getsockname()[1]}", ledger)
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


def settings_of(url: str) -> LedgerSettings:
    """A ledger by its URL."""
    return LedgerSettings(url=SecretStr(url), pool_size=4)
