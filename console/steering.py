"""The ports of this folder, put into effect on the ledger."""

from datetime import UTC, datetime, timedelta

from connectors.arrivals import Arrival
from console.gate import Gate
from ledger import acceptance, lanes, reprocess, returns
from ledger.acceptance import Receipt
from ledger.crash import crash_point
from ledger.registry import Sender
from ledger.reprocess import Retried

STAFF = "console"
"""who acts, in the ledger's events, until there is a login"""

DEFAULT_TERM = timedelta(days=14)
"""deadline of a record when no campaign sets one, from its acceptance"""


class LedgerAcceptance:
    """Accepts into the ledger, towards one destination."""

    def __init__(self, gate: Gate, *, destination: str, deadline: datetime | None) -> None:
        self._gate = gate
        self._destination = destination
        self._deadline = deadline

    async def __call__(
        self, *, sender: Sender, arrival: Arrival, idempotency_key: str | None, body_sha256: bytes
    ) -> Receipt:
        """The receipt, once it is durable."""
        return await acceptance.accept(
            self._gate.pool,
            sender=sender,
            arrival=arrival,
            idempotency_key=idempotency_key,
            body_sha256=body_sha256,
            deadline=self._deadline or datetime.now(UTC) + DEFAULT_TERM,
            destination=self._destination,
        )


class LedgerSteering:
    """Changes the ledger as staff and senders ask."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def retry(self, *, cause: str, dry_run: bool) -> Retried:
        """Let failed work with a cause go again, or say how much would."""
        async with self._gate.connection() as connection:
            return await reprocess.retry(connection, cause=cause, dry_run=dry_run, by=STAFF)

    async def set_lane(self, *, stage: str, destination: str, paused: bool, why: str) -> None:
        """Pause a lane, or let a paused or stopped one go on."""
        state = "paused" if paused else "open"
        async with self._gate.connection() as connection:
            await lanes.set_lane(connection, stage=stage, destination=destination, state=state, why=why[:500], by=STAFF)

    async def resume_sender(self, *, code: str) -> bool:
        """Let a stopped sender go on; False when there is none of that name."""
        async with self._gate.connection() as connection:
            return await lanes.resume_sender(connection, code=code)

    async def confirm(self, *, sender: Sender, bundle: int, received: bool, reason: str) -> str | None:
        """The school's software answers for a bundle; the bundle's state, or None when it is not in its inbox."""
        async with self._gate.connection() as connection:
            state = await returns.confirm(connection, sender=sender, bundle_id=bundle, received=received, reason=reason)
        crash_point("confirm.after-commit")
        return state
