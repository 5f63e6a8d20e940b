"""The fault buttons: what can be made to go wrong at the signing service, and with the holders of its keys, as it runs."""

from typing import Literal

from pydantic import Field

from sandbox.buttons import AllFaults


class Faults(AllFaults):
    """All buttons, with their values at rest."""

    approve_ms: float = Field(0, ge=0, description="a holder agrees so long after being asked")
    approve_ms_of: dict[str, float] = Field(
        default_factory=dict, description="by name of the key: its holder takes so long instead"
    )
    by_hand: bool = Field(False, description="holders agree by /admin/orders/{id}/approve only")
    refuse: bool = Field(False, description="holders say no")
    expire: bool = Field(False, description="holders do not answer: their time is over at once")
    approval: Literal["sign", "authorize"] = Field("sign", description="CSC: at which step the holder is waited for")
    asynchronous: bool = Field(True, description="CSC: hashes may be signed later, and asked for then")
    wrong_value: Literal["", "other-digest", "other-key", "garbage"] = Field("", description="what is signed instead")
    too_few: bool = Field(False, description="one value less than hashes")
    disorder: bool = Field(False, description="values in reverse order")
    der_values: bool = Field(True, description="EC values as DER; otherwise r and s")
    locked: bool = Field(False, description="every key is locked")
    ended: bool = Field(False, description="every certificate has ended")
    certificate_changed: bool = Field(False, description="every key was renewed: another key, another certificate")
    account_refused: bool = Field(False, description="the client's account is refused")
    forgotten: bool = Field(False, description="no order is known any more")
    at_once: int = Field(100, ge=1, description="hashes of one order, at most")
    token_seconds: float = Field(300, ge=0, description="life of an access token")
    lose_begin: bool = Field(False, description="an order is taken, then the line is cut")
    lose_progress: bool = Field(
        False, description="an order is looked at, and signed if it is time, then the line is cut"
    )
    error: int = Field(0, description="HTTP status instead of an answer, for example 503; 0: none")
    error_at: Literal["", "token", "info", "begin", "progress"] = Field("", description="where; everywhere: empty")
    slow_ms: float = Field(0, ge=0, description="wait before each answer")
    garbage: bool = Field(False, description="a web page instead of an answer")
    huge: int = Field(0, ge=0, description="so many octets of nothing instead of an answer")
