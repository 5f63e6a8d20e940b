"""What a vendor remembers: every push with its receipt, every outcome and bundle exactly as seen, and how far it read."""

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_random

_SCHEMA = """
CREATE TABLE IF NOT EXISTS pushes (
    key TEXT PRIMARY KEY, file TEXT NOT NULL, status INTEGER, receipt TEXT, accepted INTEGER, refused INTEGER,
    duplicate INTEGER, reply TEXT, attempts INTEGER NOT NULL DEFAULT 0, pushed_at REAL);
CREATE TABLE IF NOT EXISTS outcomes (
    seen INTEGER PRIMARY KEY AUTOINCREMENT, position TEXT NOT NULL, uuid TEXT, receipt TEXT, place INTEGER,
    fate TEXT NOT NULL, stage TEXT, cause TEXT, body TEXT NOT NULL, seen_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS outcomes_by_uuid ON outcomes (uuid);
CREATE TABLE IF NOT EXISTS bundles (
    seen INTEGER PRIMARY KEY AUTOINCREMENT, position TEXT NOT NULL, bundle TEXT NOT NULL, school TEXT, records INTEGER,
    body TEXT NOT NULL, seen_at REAL NOT NULL, status TEXT, reason TEXT, confirmed_at REAL);
CREATE TABLE IF NOT EXISTS cursors (feed TEXT PRIMARY KEY, next TEXT NOT NULL);
"""


class VendorStore:
    """One file, used by one thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._prepare()

    @retry(
        retry=retry_if_exception_type(sqlite3.OperationalError),
        stop=stop_after_delay(30),
        wait=wait_random(0.01, 0.1),
        reraise=True,
    )
    def _prepare(self) -> None:
        """Pushing and reading begin together in two processes: one of them finds the new file locked, and no waiting
        that SQLite does by itself covers the change of its journal.
        """
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    def pushed(self, key: str) -> bool:
        """Whether the hub has answered this push for good."""
        row = self._db.execute("SELECT status FROM pushes WHERE key = ?", (key,)).fetchone()
        return row is not None and row["status"] is not None

    def add_push(self, key: str, *, file: str, status: int, reply: dict[str, Any], attempts: int) -> None:
        """The hub's final answer to one push."""
        counts = [reply.get(name) for name in ("accepted", "refused", "duplicate")]
        self._db.execute(
            "INSERT OR REPLACE INTO pushes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (key, file, status, reply.get("receipt"), *counts, _text(reply), attempts, time.time()),
        )

    def cursor(self, feed: str) -> str:
        """How far this feed was read; empty at the start."""
        row = self._db.execute("SELECT next FROM cursors WHERE feed = ?", (feed,)).fetchone()
        return row["next"] if row else ""

    def add_outcomes(self, outcomes: list[dict[str, Any]], after: object) -> None:
        """One page of outcomes with the cursor behind it, together or not at all."""
        now = time.time()
        rows = [
            (
                *(str(each["position"]), each.get("uuid"), each.get("receipt"), each.get("index"), each["fate"]),
                *(each.get("stage"), each.get("cause"), _text(each), now),
            )
            for each in outcomes
        ]
        insert = (
            "INSERT INTO outcomes (position, uuid, receipt, place, fate, stage, cause, body, seen_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        self._add_page("outcomes", insert, rows, after)

    def add_bundles(self, items: list[dict[str, Any]], after: object) -> None:
        """One page of the inbox with the cursor behind it."""
        now = time.time()
        rows = [
            (str(each["position"]), str(each["bundle"]), each.get("school"), len(each["records"]), _text(each), now)
            for each in items
        ]
        insert = "INSERT INTO bundles (position, bundle, school, records, body, seen_at) VALUES (?, ?, ?, ?, ?, ?)"
        self._add_page("inbox", insert, rows, after)

    def _add_page(self, feed: str, insert: str, rows: list[tuple[Any, ...]], after: object) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany(insert, rows)
        self._db.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?)", (feed, str(after)))
        self._db.execute("COMMIT")

    def unconfirmed(self) -> list[dict[str, Any]]:
        """Bundles that were stored and not yet confirmed to the hub, each once."""
        rows = self._db.execute("SELECT bundle, body FROM bundles WHERE status IS NULL GROUP BY bundle ORDER BY seen")
        return [dict(json.loads(row["body"])) for row in rows]

    def confirm(self, bundle: str, *, status: str, reason: str) -> None:
        """Notes that the hub took the confirmation."""
        self._db.execute(
            "UPDATE bundles SET status = ?, reason = ?, confirmed_at = ? WHERE bundle = ?",
            (status, reason, time.time(), bundle),
        )

    def totals(self) -> dict[str, Any]:
        """Counts over everything seen."""
        fates = self._db.execute("SELECT fate, count(*) AS n FROM outcomes GROUP BY fate")
        sums = self._db.execute(
            "SELECT count(*) AS pushes, coalesce(sum(accepted), 0) AS accepted, coalesce(sum(refused), 0) AS refused,"
            " coalesce(sum(duplicate), 0) AS duplicate FROM pushes"
        ).fetchone()
        bundles = self._db.execute("SELECT count(DISTINCT bundle) AS n FROM bundles").fetchone()
        return {**dict(sums), "fates": {row["fate"]: row["n"] for row in fates}, "bundles": bundles["n"]}


def _text(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
