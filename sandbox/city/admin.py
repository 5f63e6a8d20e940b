"""The sandbox's own side of the portal: its state, its store, its fault buttons, its returns. No transaction of the
specification is here, and no password: the process listens on the loopback address.
"""

import time
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from sandbox.city.portal import Portal
from sandbox.city.returns import ReturnOrder


class Decision(BaseModel):
    """What the approver says of a registration that waits."""

    model_config = ConfigDict(extra="forbid")

    messageid: str
    """The registration's message."""
    approve: bool
    """Else it is refused."""
    reason: str = ""
    """Why."""


_EVERYTHING = 1_000_000_000


def routes(portal: Portal, *, verify_share: float) -> APIRouter:
    """The admin addresses."""
    router = APIRouter(prefix="/admin")
    _counts(router, portal, verify_share)
    _lists(router, portal)
    _decisions(router, portal)
    return router


def _counts(router: APIRouter, portal: Portal, verify_share: float) -> None:
    """How much came, how much was judged, what it cost."""
    store, buttons = portal.store, portal.buttons

    @router.get("/state")
    def state() -> dict[str, Any]:
        counts = store.rows(
            "SELECT (SELECT count(*) FROM messages) AS messages, (SELECT count(*) FROM accepted) AS accepted,"
            " (SELECT count(*) FROM verdicts) AS verdicts, (SELECT count(*) FROM bundles) AS bundles,"
            " (SELECT count(*) FROM receipts) AS receipts,"
            " (SELECT coalesce(sum(records - judged), 0) FROM messages WHERE error = '0') AS unjudged"
        )[0]
        refused = store.rows("SELECT error, count(*) AS n FROM verdicts WHERE error <> '0' GROUP BY error")
        packages = store.rows("SELECT error, count(*) AS n FROM messages GROUP BY error")
        return {
            **counts,
            "refused_records": {row["error"]: row["n"] for row in refused},
            "packages": {row["error"]: row["n"] for row in packages},
            "calls": dict(portal.seen),
            "faults": buttons.now.model_dump(),
            "fired": dict(buttons.counted),
            "verify_share": verify_share,
            "judge_failures": portal.judge.failures,
            "packages_waiting": portal.judge.waiting,
            "cpu_seconds": time.process_time(),
        }


def _lists(router: APIRouter, portal: Portal) -> None:
    """What is stored, row by row."""
    store = portal.store

    @router.get("/records")
    def accepted(after: int = 0, limit: int = _EVERYTHING) -> dict[str, Any]:
        rows = store.rows(
            "SELECT position, uuid, messageid, ma_don_vi, ma_truong, so_cccd, ma_hoc_sinh, nam_hoc, khoi, accepted_at"
            " FROM accepted WHERE position > ? ORDER BY position LIMIT ?",
            (after, limit),
        )
        return {"records": rows}

    @router.get("/refusals")
    def refusals() -> dict[str, Any]:
        records = store.rows(
            "SELECT v.messageid, m.ma_don_vi, v.place, v.uuid, v.so_cccd, v.error, v.field, v.description FROM verdicts v"
            " JOIN messages m USING (messageid) WHERE v.error <> '0' ORDER BY m.received_at, v.place"
        )
        packages = store.rows(
            "SELECT messageid, ma_don_vi, error, ack FROM messages WHERE error <> '0' ORDER BY received_at"
        )
        return {"records": records, "packages": packages}

    @router.get("/messages")
    def messages() -> dict[str, Any]:
        rows = store.rows(
            "SELECT messageid, ma_don_vi, nam_hoc, error, records, judged, length(content) AS content_length, received_at"
            " FROM messages ORDER BY received_at"
        )
        return {"messages": rows}


def _decisions(router: APIRouter, portal: Portal) -> None:
    """What the city's staff decide: registrations of certificates, records sent back to schools."""
    store = portal.store

    @router.get("/registrations")
    def registrations() -> dict[str, Any]:
        portal.judge.registrations.settle()
        return {"registrations": portal.judge.registrations.rows()}

    @router.post("/registrations")
    def decide(decision: Decision) -> dict[str, Any]:
        done = portal.judge.registrations.decide(decision.messageid, approved=decision.approve, reason=decision.reason)
        return {"decided": done}

    @router.post("/returns")
    def order(wanted: ReturnOrder) -> dict[str, Any]:
        return {"bundles": [asdict(bundle) for bundle in portal.returns.order(wanted)]}

    @router.get("/returns")
    def returned() -> dict[str, Any]:
        bundles = store.rows(
            "SELECT code AS ma_tra_hoc_ba, ma_truong_di, ma_truong_den, so_cccd, nam_hoc, ngay_tra, tampered,"
            " (SELECT count(*) FROM feed f WHERE f.code = b.code) AS times_in_feed FROM bundles b ORDER BY ngay_tra"
        )
        receipts = store.rows(
            "SELECT position, code, ma_truong_den, trang_thai, ly_do, at FROM receipts ORDER BY position"
        )
        return {"bundles": bundles, "receipts": receipts}
