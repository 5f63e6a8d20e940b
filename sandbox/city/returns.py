"""What the city returns: bundles of accepted records for the school that received the pupil, and the receipts that come
back for them.
"""

import re
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from pydantic import BaseModel, ConfigDict, Field

from sandbox.city.envelope import pack, unpack
from sandbox.city.store import Store

VIETNAM = timezone(timedelta(hours=7))
UNMATCHED_SCHOOL = "79999999"


class ReturnOrder(BaseModel):
    """What to return, and what to do wrong about it."""

    model_config = ConfigDict(extra="forbid")

    ma_truong_den: str = Field(description="code of the receiving school")
    ten_truong_den: str = ""
    count: int = Field(1, ge=1, description="how many pupils, one bundle each")
    khoi: int = Field(5, ge=1, le=5, description="grade of the pupils' last accepted record")
    so_cccd: list[str] = Field(default_factory=list, description="these pupils instead of any")
    tampered: bool = Field(False, description="change a letter inside what was signed")
    unmatched: bool = Field(False, description="address a school that nobody knows")
    again: str = Field("", description="instead: put this bundle into the feed once more")


@dataclass(frozen=True, slots=True)
class Returned:
    """One bundle that was put into the feed."""

    ma_tra_hoc_ba: str
    """Its code."""
    records: int
    """How many years it holds."""
    uuids: tuple[str, ...]
    """Their UUIDs."""


class Returns:
    """Makes bundles out of the store, and feeds them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._text = lru_cache(maxsize=4)(lambda messageid: unpack(store.content(messageid)))

    def order(self, order: ReturnOrder) -> list[Returned]:
        """Puts the ordered bundles into the feed."""
        if order.again:
            with self._store.writing() as db:
                db.execute("INSERT INTO feed (code) SELECT code FROM bundles WHERE code = ?", (order.again,))
            return []
        return [self._bundle(order, cccd) for cccd in order.so_cccd or self._pupils(order)]

    def page(self, *, unit: str, after: int, limit: int) -> tuple[int, list[dict[str, object]]]:
        """The next bundles for a school, or for anyone when the Sở asks; with the cursor behind them."""
        rows = self._store.rows(
            "SELECT f.position, b.* FROM feed f JOIN bundles b USING (code)"
            " WHERE f.position > ? AND (? = '79' OR b.ma_truong_den = ?) ORDER BY f.position LIMIT ?",
            (after, unit, unit, limit),
        )
        cursor = rows[-1]["position"] if rows else after
        return cursor, [
            {
                "ma_tra_hoc_ba": row["code"],
                **{
                    name: row[name]
                    for name in ("ngay_tra", "ma_truong_di", "ma_truong_den", "ten_truong_den", "so_cccd")
                },
                **{name: row[name] for name in ("ma_hoc_sinh", "ho_va_ten", "nam_hoc", "content")},
            }
            for row in rows
        ]

    def acknowledge(self, code: str, *, school: str, status: int, reason: str) -> bool:
        """Notes a receipt; False for a bundle that does not exist or went to another school."""
        with self._store.writing() as db:
            known = db.execute("SELECT 1 FROM bundles WHERE code = ? AND ma_truong_den = ?", (code, school)).fetchone()
            if known:
                db.execute(
                    "INSERT INTO receipts (code, ma_truong_den, trang_thai, ly_do, at) VALUES (?, ?, ?, ?, ?)",
                    (code, school, status, reason, time.time()),
                )
        return known is not None

    def _pupils(self, order: ReturnOrder) -> list[str]:
        rows = self._store.rows(
            "SELECT so_cccd FROM accepted WHERE khoi = ? AND so_cccd NOT IN (SELECT so_cccd FROM bundles)"
            " ORDER BY position LIMIT ?",
            (order.khoi, order.count),
        )
        return [row["so_cccd"] for row in rows]

    def _bundle(self, order: ReturnOrder, cccd: str) -> Returned:
        rows = self._store.rows("SELECT * FROM accepted WHERE so_cccd = ? ORDER BY nam_hoc", (cccd,))
        octets = b"".join(self._text(row["messageid"])[row["begins"] : row["ends"]] for row in rows)
        if order.tampered:
            octets = re.sub(rb"<NOI_SINH>", b"<NOI_SINH>X", octets, count=1)
        code = f"TRA-{uuid.uuid4().hex[:20].upper()}"
        last = rows[-1]
        with self._store.writing() as db:
            db.execute(
                "INSERT INTO bundles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(code, last["ma_truong"], UNMATCHED_SCHOOL if order.unmatched else order.ma_truong_den),
                    *(order.ten_truong_den, cccd, last["ma_hoc_sinh"], last["ho_va_ten"], int(last["nam_hoc"][:4])),
                    datetime.now(VIETNAM).isoformat(timespec="seconds"),
                    pack(b'<DANH_SACH_HOC_BA id="dataDanhSach">' + octets + b"</DANH_SACH_HOC_BA>"),
                    int(order.tampered),
                ),
            )
            db.execute("INSERT INTO feed (code) VALUES (?)", (code,))
        return Returned(code, len(rows), tuple(row["uuid"] for row in rows))
