"""The fault buttons: what can be made to go wrong at the authority while it runs."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Faults(BaseModel):
    """All buttons, with their values at rest."""

    model_config = ConfigDict(extra="forbid")

    slow_ms: float = Field(0, ge=0, description="wait before answering")
    drip_ms: float = Field(0, ge=0, description="wait after each byte of the answer")
    error: int = Field(0, description="HTTP status instead of an answer, for example 503; 0: none")
    stale: bool = Field(False, description="answers whose next update was an hour ago")
    future: bool = Field(False, description="answers from an hour ahead")
    wrong_signer: bool = Field(False, description="signed by a stranger of the same name")
    other_certificate: bool = Field(False, description="OCSP about another certificate; the other authority's list")
    try_later: bool = Field(False, description="OCSP: tryLater, which is no answer")
    empty: bool = Field(False, description="nothing at all, politely")
    garbage: bool = Field(False, description="a web page")
    huge: int = Field(0, ge=0, description="so many octets of nothing")
    redirect: str = Field("", description="send whoever asks to this address")
    good_for_seconds: float = Field(86400, gt=0, description="from this update to the next")


class Buttons:
    """The buttons as they stand, and how often each kind of question came."""

    def __init__(self) -> None:
        self.now = Faults()
        self.asked: dict[str, int] = {}

    def press(self, changes: dict[str, Any]) -> Faults:
        """Sets the buttons named, keeps the others; pydantic refuses unknown names."""
        self.now = Faults.model_validate({**self.now.model_dump(), **changes})
        return self.now

    def count(self, what: str) -> None:
        """Notes a question."""
        self.asked[what] = self.asked.get(what, 0) + 1
