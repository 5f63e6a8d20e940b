"""The sandbox's own side of the signing service, under `/admin`: buttons, orders with their holders' answers, the ledger."""

from typing import Any

from fastapi import APIRouter, HTTPException

from sandbox.signing_service.clients import Clients
from sandbox.signing_service.desk import Desk


def routes(desk: Desk, clients: Clients) -> APIRouter:
    """Every address."""
    router, buttons = APIRouter(prefix="/admin"), desk.buttons

    @router.get("/state")
    def state() -> dict[str, Any]:
        return {"asked": dict(buttons.counted), "faults": buttons.now.model_dump(), "counts": desk.store.counts()}

    @router.delete("/tokens")
    def forget() -> dict[str, bool]:
        clients.forget()
        return {"forgotten": True}

    @router.get("/orders")
    async def orders(limit: int = 1000) -> dict[str, Any]:
        for entry in desk.store.waiting():
            await desk.look(entry.id, sign=buttons.now.approval == "sign")
        return {"orders": desk.store.orders(limit)}

    @router.post("/orders/{identifier}/approve")
    async def approve(identifier: str) -> dict[str, Any]:
        return await _decided(identifier, agreed=True)

    @router.post("/orders/{identifier}/refuse")
    async def refuse(identifier: str) -> dict[str, Any]:
        return await _decided(identifier, agreed=False)

    @router.get("/signed")
    def signed(after: int = 0, limit: int = 100_000) -> dict[str, Any]:
        return {"signed": desk.store.signed_after(after, limit)}

    async def _decided(identifier: str, *, agreed: bool) -> dict[str, Any]:
        entry = await desk.decide(identifier, agreed=agreed)
        if entry is None:
            raise HTTPException(404)
        settled = await desk.look(identifier, sign=buttons.now.approval == "sign") or entry
        return {"id": settled.id, "state": settled.state}

    return router
