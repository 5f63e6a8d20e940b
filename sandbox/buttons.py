"""Fault buttons: what can be made to go wrong at a stand-in while it runs, and the addresses at which they are pressed."""

import threading
from collections import Counter
from typing import Any, Generic, TypeVar

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, ValidationError


class AllFaults(BaseModel):
    """A stand-in's buttons, each with its value at rest."""

    model_config = ConfigDict(extra="forbid")


Faults = TypeVar("Faults", bound=AllFaults)


class Buttons(Generic[Faults]):
    """The buttons as they stand, and a count of what happened."""

    def __init__(self, kind: type[Faults]) -> None:
        self.now = kind()
        self.counted: Counter[str] = Counter()
        self._kind = kind
        self._lock = threading.Lock()

    def press(self, changes: dict[str, Any]) -> Faults:
        """Sets the buttons named, keeps the others; pydantic refuses unknown names."""
        self.now = self._kind.model_validate({**self.now.model_dump(), **changes})
        return self.now

    def release(self) -> Faults:
        """All buttons at rest."""
        self.now = self._kind()
        return self.now

    def count(self, what: str) -> None:
        """Notes a request, or a fault that fired."""
        with self._lock:
            self.counted[what] += 1


def routes(buttons: Buttons[Faults]) -> APIRouter:
    """`POST /admin/faults` presses buttons, `DELETE` lets all go; both answer how they stand."""
    router = APIRouter()

    @router.post("/admin/faults")
    def press(changes: dict[str, Any]) -> dict[str, Any]:
        try:
            return buttons.press(changes).model_dump(mode="json")
        except ValidationError as wrong:
            raise HTTPException(422, [error["msg"] for error in wrong.errors()]) from wrong

    @router.delete("/admin/faults")
    def let_go() -> dict[str, Any]:
        return buttons.release().model_dump(mode="json")

    return router
