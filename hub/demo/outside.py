"""What the outside says: the city's and the signing service's stores over their admin addresses, the vendors' stores in
their own files."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx


class City:
    """The sandbox city's own side."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=10)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def state(self) -> dict[str, Any] | None:
        """Counts; None while it does not answer."""
        try:
            return dict(self._http.get("/admin/state").raise_for_status().json())
        except httpx.HTTPError:
            return None

    def press(self, **faults: object) -> None:
        """Press fault buttons."""
        self._http.post("/admin/faults", json=faults).raise_for_status()

    def accepted(self) -> dict[str, int]:
        """UUID → grade of every record in force."""
        records = self._http.get("/admin/records").raise_for_status().json()["records"]
        return {str(record["uuid"]): int(record["khoi"]) for record in records}

    def give_back(self, *, school: str, name: str, count: int) -> list[str]:
        """Return grade-5 pupils' records to a school; the codes of the bundles."""
        order = {"ma_truong_den": school, "ten_truong_den": name, "count": count, "khoi": 5}
        bundles = self._http.post("/admin/returns", json=order).raise_for_status().json()["bundles"]
        return [str(bundle["ma_tra_hoc_ba"]) for bundle in bundles]

    def receipts(self) -> dict[str, int]:
        """Bundle → what the school's receipt says: 1 received, 0 refused."""
        told = self._http.get("/admin/returns").raise_for_status().json()
        return {str(receipt["code"]): int(receipt["trang_thai"]) for receipt in told["receipts"]}

    def bundles(self) -> list[str]:
        """Every bundle that was ever returned."""
        told = self._http.get("/admin/returns").raise_for_status().json()
        return [str(bundle["ma_tra_hoc_ba"]) for bundle in told["bundles"]]


class SigningService:
    """The sandbox signing service's own side: its holders and its ledger."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=10)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def counts(self) -> dict[str, int] | None:
        """Orders by state, and hashes signed; None while it does not answer."""
        try:
            return dict(self._http.get("/admin/state").raise_for_status().json()["counts"])
        except httpx.HTTPError:
            return None

    def press(self, **buttons: object) -> None:
        """Press buttons: how its holders behave."""
        self._http.post("/admin/faults", json=buttons).raise_for_status()

    def signed(self) -> list[str]:
        """Every hash that it ever signed, in order, hexadecimal."""
        told = self._http.get("/admin/signed").raise_for_status().json()["signed"]
        return [str(each["hash"]) for each in told]


@dataclass(frozen=True, slots=True)
class Line:
    """What a vendor was told at the door about one record."""

    uuid: str
    """as the hub answered; lower case"""
    status: str
    """accepted, refused or duplicate"""
    rules: tuple[str, ...]
    """rules that it breaks"""


@dataclass(frozen=True, slots=True)
class Push:
    """The hub's answer to one batch."""

    status: int
    """HTTP"""
    receipt: str
    """of the submission; empty when it was refused"""
    lines: tuple[Line, ...]
    """record by record"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a vendor has read about one record, at last."""

    fate: str
    """approved, refused, held, dead or superseded"""
    stage: str
    """where"""
    cause: str
    """why"""
    rules: tuple[str, ...]
    """rules that it breaks"""
    uuid: str
    """as the feed said; lower case"""


class VendorBooks:
    """One vendor's store, read only."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._file = folder / f"{sender}.sqlite3"

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        if not self._file.exists():
            return []
        connection = sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, timeout=10)
        try:
            connection.row_factory = sqlite3.Row
            return connection.execute(query, values).fetchall()
        except sqlite3.OperationalError:
            # The vendor's software has only just made the file.
            return []
        finally:
            connection.close()

    def pushes(self) -> dict[str, Push]:
        """Answered batches, by the digest that ends their key."""
        rows = self._rows("SELECT key, status, receipt, reply FROM pushes WHERE status IS NOT NULL")
        return {str(row["key"]).rpartition("-")[2]: _push(row) for row in rows}

    def outcomes(self) -> dict[tuple[str, int], Outcome]:
        """(receipt, line) → the newest outcome read."""
        rows = self._rows("SELECT receipt, place, uuid, fate, stage, cause, body FROM outcomes ORDER BY seen")
        return {(row["receipt"], int(row["place"])): _outcome(row) for row in rows if row["receipt"] is not None}

    def outcome_count(self) -> int:
        """Outcomes read so far."""
        rows = self._rows("SELECT count(*) AS n FROM outcomes")
        return int(rows[0]["n"]) if rows else 0

    def bundles(self) -> dict[str, str]:
        """Bundles read, by the city's code → how they were confirmed."""
        rows = self._rows("SELECT body, status FROM bundles")
        return {str(json.loads(row["body"])["ma_tra_hoc_ba"]): row["status"] or "" for row in rows}


def _push(row: sqlite3.Row) -> Push:
    records = json.loads(row["reply"]).get("records", ())
    lines = tuple(Line(str(each["uuid"]).lower(), each["status"], _rules(each)) for each in records)
    return Push(int(row["status"]), row["receipt"] or "", lines)


def _outcome(row: sqlite3.Row) -> Outcome:
    rules = _rules(json.loads(row["body"]))
    return Outcome(row["fate"], row["stage"] or "", row["cause"] or "", rules, str(row["uuid"] or "").lower())


def _rules(told: dict[str, Any]) -> tuple[str, ...]:
    return tuple(sorted({each["rule"] for each in told.get("findings", ()) if each["severity"] == "error"}))
