"""What all runs share: one killable Kafka, one PostgreSQL with a migrated template, the invented worlds."""

import contextlib
import tempfile
import uuid
from pathlib import Path
from types import TracebackType
from typing import Self

from ledger import migrate
from sandbox.world import World, build_world
from tests.support.kafka import REPOSITORY, Kafka, real_kafka
from tests.support.processes import PrivatePostgres

TEMPLATE = "proof_template"
SEALS = ("pass-through", "intermediary", "delegated")
KEPT = REPOSITORY / ".hocba" / "proof"
"""Worlds are kept between invocations: their keys take seconds to make."""


class Engines:
    """Started once, used by every run."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="hocba-proof-"))
        self.kafka: Kafka = real_kafka()
        self.postgres = PrivatePostgres()
        self.postgres.execute(f"create database {TEMPLATE}")
        migrate.upgrade(self.postgres.database(TEMPLATE))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kafka.stop()
        self.postgres.stop()
        # What is left in it belongs to runs that did not go well, and is kept for whoever looks into them.
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def fresh_ledger(self) -> str:
        """URL of a migrated database of its own."""
        name = f"proof_{uuid.uuid4().hex[:12]}"
        self.postgres.execute(f"create database {name} template {TEMPLATE}")
        return self.postgres.database(name)

    @staticmethod
    def world(seal: str = "intermediary") -> World:
        """Three primary schools and a secondary one; the official vendor's batches are sealed so."""
        return build_world(
            KEPT / f"world-{seal}", schools=3, seed=1, classes_per_grade=1, distinct_keys=24, official_seal=seal
        )
