"""What the web is given from outside: who accepts a submission, and who lets work go again."""

from typing import Protocol

from connectors.arrivals import Arrival
from ledger.acceptance import Receipt
from ledger.registry import Sender
from ledger.reprocess import Retried


class Accept(Protocol):
    """Takes a submission on in one transaction (`ledger.acceptance.accept`)."""

    async def __call__(
        self, *, sender: Sender, arrival: Arrival, idempotency_key: str | None, body_sha256: bytes
    ) -> Receipt:
        """The receipt, once it is durable.

        Raises:
            IdempotencyClash: the key was used before with another body.
            psycopg.Error: nothing was accepted.
        """
        ...


class Steer(Protocol):
    """What staff and senders may change (`console.steering.LedgerSteering`)."""

    async def retry(self, *, cause: str, dry_run: bool) -> Retried:
        """Let failed work with a cause go again, or say how much would."""
        ...

    async def set_lane(self, *, stage: str, destination: str, paused: bool, why: str) -> None:
        """Pause a lane, or let a paused or stopped one go on."""
        ...

    async def resume_sender(self, *, code: str) -> bool:
        """Let a stopped sender go on; False when there is none of that name."""
        ...

    async def confirm(self, *, sender: Sender, bundle: int, received: bool, reason: str) -> str | None:
        """The school's software answers for a bundle; the bundle's state, or None when it is not in its inbox."""
        ...
