"""The portal's own store, one SQLite file: messages with their first acknowledgement, verdict rows, accepted records in
order of acceptance, bundles returned and their receipts, registrations of certificates. What was committed survives the death of the process.
"""

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.sqlite import SqliteFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    messageid TEXT PRIMARY KEY, ma_don_vi TEXT NOT NULL, nam_hoc INTEGER NOT NULL, ack TEXT NOT NULL,
    error TEXT NOT NULL, content BLOB, records INTEGER NOT NULL, judged INTEGER NOT NULL DEFAULT 0,
    received_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS verdicts (
    messageid TEXT NOT NULL, place INTEGER NOT NULL, uuid TEXT NOT NULL, ma_hoc_sinh TEXT NOT NULL,
    ten_hoc_sinh TEXT NOT NULL, so_cccd TEXT NOT NULL, trang_thai INTEGER NOT NULL, error TEXT NOT NULL,
    field TEXT NOT NULL, description TEXT NOT NULL, visible_at REAL NOT NULL, PRIMARY KEY (messageid, place))
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS accepted (
    position INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, messageid TEXT NOT NULL,
    ma_don_vi TEXT NOT NULL, ma_truong TEXT NOT NULL, so_cccd TEXT NOT NULL, ma_hoc_sinh TEXT NOT NULL,
    ho_va_ten TEXT NOT NULL, nam_hoc TEXT NOT NULL, khoi INTEGER NOT NULL, begins INTEGER NOT NULL, ends INTEGER NOT NULL,
    accepted_at REAL NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS in_force ON accepted (so_cccd, nam_hoc);
CREATE TABLE IF NOT EXISTS bundles (
    code TEXT PRIMARY KEY, ma_truong_di TEXT NOT NULL, ma_truong_den TEXT NOT NULL, ten_truong_den TEXT NOT NULL,
    so_cccd TEXT NOT NULL, ma_hoc_sinh TEXT NOT NULL, ho_va_ten TEXT NOT NULL, nam_hoc INTEGER NOT NULL,
    ngay_tra TEXT NOT NULL, content TEXT NOT NULL, tampered INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS feed (position INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS receipts (
    position INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT NOT NULL, ma_truong_den TEXT NOT NULL,
    trang_thai INTEGER NOT NULL, ly_do TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS registrations (
    messageid TEXT PRIMARY KEY, ma_don_vi TEXT NOT NULL, ack TEXT NOT NULL, serial TEXT NOT NULL, sha256 TEXT NOT NULL,
    starts TEXT NOT NULL, ends TEXT NOT NULL, kind TEXT NOT NULL, issuer TEXT NOT NULL, state TEXT NOT NULL,
    error TEXT NOT NULL, reason TEXT NOT NULL, received_at REAL NOT NULL, decided_at REAL);
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the portal says about one record of a package."""

    place: int
    """Its place in the package, from 0."""
    uuid: str
    """`MA_TRA_CUU_UUID` as written."""
    ma_hoc_sinh: str
    """Pupil code as written."""
    ten_hoc_sinh: str
    """Name as written."""
    so_cccd: str
    """Personal number as written."""
    error: str
    """`0` accepted, else R01 to R08."""
    field: str
    """The field at fault, where there is one."""
    description: str
    """Why, in Vietnamese."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """One record that is in force from now on."""

    uuid: str
    """Lower case."""
    ma_truong: str
    """Issuing school."""
    so_cccd: str
    """The pupil."""
    ma_hoc_sinh: str
    """The pupil's code."""
    ho_va_ten: str
    """The pupil's name."""
    nam_hoc: str
    """School year, `2025-2026`."""
    khoi: int
    """Grade."""
    begins: int
    """First octet of the record in the package's text."""
    ends: int
    """One past its last octet."""


class Store(SqliteFile):
    """The portal's file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _SCHEMA)

    def secret(self, name: str, fresh: bytes) -> bytes:
        """A secret that stays the same over restarts."""
        with self.writing() as db:
            db.execute("INSERT OR IGNORE INTO secrets VALUES (?, ?)", (name, fresh))
            found = db.execute("SELECT value FROM secrets WHERE name = ?", (name,)).fetchone()
        return bytes(found["value"])

    def message(self, messageid: str) -> sqlite3.Row | None:
        """The message with this id, without its content."""
        row: sqlite3.Row | None = self.db.execute(
            "SELECT messageid, ma_don_vi, nam_hoc, ack, error, records, judged FROM messages WHERE messageid = ?",
            (messageid,),
        ).fetchone()
        return row

    def content(self, messageid: str) -> str:
        """The packed content of a stored message."""
        row = self.db.execute("SELECT content FROM messages WHERE messageid = ?", (messageid,)).fetchone()
        return str(row["content"])

    def add_message(
        self, messageid: str, *, unit: str, nam_hoc: int, ack: str, error: str, content: str | None, records: int
    ) -> str:
        """Stores a message with its acknowledgement; a message that is there already keeps, and returns, its first."""
        with self.writing() as db:
            db.execute(
                "INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)",
                (messageid, unit, nam_hoc, ack, error, content, records, time.time()),
            )
            row = db.execute("SELECT ack FROM messages WHERE messageid = ?", (messageid,)).fetchone()
        return str(row["ack"])

    def unjudged(self) -> list[str]:
        """Messages that were acknowledged and are not judged to the end, oldest first."""
        rows = self.db.execute(
            "SELECT messageid FROM messages WHERE error = '0' AND judged < records ORDER BY received_at"
        )
        return [row["messageid"] for row in rows]

    def used_uuids(self, uuids: Sequence[str]) -> set[str]:
        """Which of these lower-case UUIDs a unit was accepted under."""
        return {row["uuid"] for row in self._among("uuid", uuids)}

    def in_force(self, pupils: Sequence[str]) -> set[tuple[str, str]]:
        """Pupil and year of the units in force for these pupils."""
        return {(row["so_cccd"], row["nam_hoc"]) for row in self._among("so_cccd", pupils)}

    def _among(self, column: str, values: Sequence[str]) -> list[sqlite3.Row]:
        marks = ",".join("?" * len(values))
        query = f"SELECT uuid, so_cccd, nam_hoc FROM accepted WHERE {column} IN ({marks})"
        return self.db.execute(query, list(values)).fetchall()

    def add_verdicts(
        self, messageid: str, *, unit: str, verdicts: Sequence[Verdict], accepted: Sequence[Accepted], delay: float
    ) -> None:
        """Stores what was judged: the verdict rows, visible after the delay, and the records now in force."""
        now = time.time()
        with self.writing() as db:
            db.executemany(
                "INSERT INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        *(messageid, row.place, row.uuid, row.ma_hoc_sinh, row.ten_hoc_sinh, row.so_cccd),
                        *(int(row.error == "0"), row.error, row.field, row.description, now + delay),
                    )
                    for row in verdicts
                ],
            )
            db.executemany(
                "INSERT INTO accepted VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        *(row.uuid, messageid, unit, row.ma_truong, row.so_cccd, row.ma_hoc_sinh, row.ho_va_ten),
                        *(row.nam_hoc, row.khoi, row.begins, row.ends, now),
                    )
                    for row in accepted
                ],
            )
            db.execute("UPDATE messages SET judged = judged + ? WHERE messageid = ?", (len(verdicts), messageid))

    def verdicts(self, messageid: str) -> list[sqlite3.Row]:
        """The verdict rows that may be seen now, in the package's order."""
        query = "SELECT * FROM verdicts WHERE messageid = ? AND visible_at <= ? ORDER BY place"
        return self.db.execute(query, (messageid, time.time())).fetchall()

    def rows(self, query: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
        """Any reading, as plain dictionaries."""
        return [dict(row) for row in self.db.execute(query, values)]
