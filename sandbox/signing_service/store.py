"""The service's own ledger, one SQLite file: orders with what became of them, and every hash that was signed."""

import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.sqlite import SqliteFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY, credential TEXT NOT NULL, reference TEXT NOT NULL, note TEXT NOT NULL, hashes TEXT NOT NULL,
    names TEXT NOT NULL, asked_at REAL NOT NULL, until REAL NOT NULL, state TEXT NOT NULL, decided_at REAL, answer TEXT);
CREATE INDEX IF NOT EXISTS orders_by_reference ON orders (reference);
CREATE TABLE IF NOT EXISTS signed (
    position INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, credential TEXT NOT NULL, hash TEXT NOT NULL,
    reference TEXT NOT NULL, order_id TEXT NOT NULL);
"""
WAITING, AGREED, SIGNED, REFUSED, EXPIRED = "waiting", "agreed", "signed", "refused", "expired"


@dataclass(frozen=True, slots=True)
class Entry:
    """One order as it stands."""

    id: str
    """The service's name of it."""
    credential: str
    """Whose key."""
    reference: str
    """What the client calls it: `clientData`, `transaction_id`."""
    note: str
    """What the holder is shown."""
    hashes: tuple[bytes, ...]
    """SHA-256 digests, in order."""
    names: tuple[str, ...]
    """The client's names of the documents, where it gave any."""
    asked_at: float
    """When the holder was asked, Unix time."""
    until: float
    """When the holder's time is over, Unix time."""
    state: str
    """waiting, agreed (may be signed), signed, refused, expired"""
    values: tuple[bytes, ...]
    """One value per hash, once signed."""


class Store(SqliteFile):
    """The service's file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _SCHEMA)

    def add(self, entry: Entry) -> None:
        """A new order."""
        with self.writing() as db:
            db.execute(
                "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
                (
                    *(entry.id, entry.credential, entry.reference, entry.note),
                    *(json.dumps([each.hex() for each in entry.hashes]), json.dumps(entry.names)),
                    *(entry.asked_at, entry.until, entry.state),
                ),
            )

    def order(self, identifier: str) -> Entry | None:
        """The order of this name."""
        row = self.db.execute("SELECT * FROM orders WHERE id = ?", (identifier,)).fetchone()
        return None if row is None else _entry(row)

    def referred_to(self, reference: str) -> Entry | None:
        """The client's first order of this reference."""
        row = self.db.execute(
            "SELECT * FROM orders WHERE reference = ? ORDER BY asked_at LIMIT 1", (reference,)
        ).fetchone()
        return None if row is None else _entry(row)

    def waiting(self) -> list[Entry]:
        """Orders whose holder has not answered, oldest first."""
        rows = self.db.execute("SELECT * FROM orders WHERE state = ? ORDER BY asked_at", (WAITING,))
        return [_entry(row) for row in rows]

    def decide(self, identifier: str, state: str) -> bool:
        """What a holder answered; False where that was settled before."""
        with self.writing() as db:
            done = db.execute(
                "UPDATE orders SET state = ?, decided_at = ? WHERE id = ? AND state = ?",
                (state, time.time(), identifier, WAITING),
            )
        return done.rowcount == 1

    def finish(self, entry: Entry, *, values: Sequence[bytes], signed: Sequence[tuple[str, bytes]]) -> bool:
        """The values of an order, and which hashes were signed by whose key; False where it was finished before."""
        now = time.time()
        with self.writing() as db:
            done = db.execute(
                "UPDATE orders SET state = ?, answer = ?, decided_at = coalesce(decided_at, ?) WHERE id = ? AND state IN (?, ?)",
                (SIGNED, json.dumps([value.hex() for value in values]), now, entry.id, WAITING, AGREED),
            )
            if done.rowcount == 1:
                db.executemany(
                    "INSERT INTO signed VALUES (NULL, ?, ?, ?, ?, ?)",
                    [(now, credential, digest.hex(), entry.reference, entry.id) for credential, digest in signed],
                )
        return done.rowcount == 1

    def signed_after(self, position: int, limit: int) -> list[dict[str, Any]]:
        """What was signed, in order, after a position."""
        rows = self.db.execute("SELECT * FROM signed WHERE position > ? ORDER BY position LIMIT ?", (position, limit))
        return [dict(row) for row in rows]

    def orders(self, limit: int) -> list[dict[str, Any]]:
        """The newest orders, without their values."""
        rows = self.db.execute(
            "SELECT id, credential, reference, note, hashes, asked_at, until, state, decided_at FROM orders"
            " ORDER BY asked_at DESC LIMIT ?",
            (limit,),
        )
        return [{**dict(row), "hashes": json.loads(row["hashes"])} for row in rows]

    def counts(self) -> dict[str, int]:
        """Orders by state, and hashes signed."""
        found = {row[0]: row[1] for row in self.db.execute("SELECT state, count(*) FROM orders GROUP BY state")}
        return {**found, "hashes": self.db.execute("SELECT count(*) FROM signed").fetchone()[0]}


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(
        id=row["id"],
        credential=row["credential"],
        reference=row["reference"],
        note=row["note"],
        hashes=tuple(bytes.fromhex(each) for each in json.loads(row["hashes"])),
        names=tuple(json.loads(row["names"])),
        asked_at=row["asked_at"],
        until=row["until"],
        state=row["state"],
        values=tuple(bytes.fromhex(each) for each in json.loads(row["answer"] or "[]")),
    )
