"""What becomes of an order: its values verified and taken, its holder's no written down, its silence asked about again.

A value is believed only when it is the prepared signature's. Where somebody must act, the cause names the role whose key
it is.
"""

import asyncio
from collections.abc import Sequence

import structlog

from connectors.signers import (
    AccountRefused,
    CredentialLocked,
    CredentialUnknown,
    Expired,
    Refused,
    Signed,
    SignerFault,
    Waiting,
)
from ledger import signature_orders
from ledger.crash import crash_point, planted
from ledger.database import Connection
from ledger.signature_orders import Line, Order
from routes.fates import later, rhythm
from routes.supplying import cause_of_signer
from routes.tools import Tools
from signing.seal import Prepared, PreparedSeal

log = structlog.get_logger(__name__)

Answer = Waiting | Signed | Refused | Expired
"""what a service says of an order"""

FOREIGN = 3
"""Values that are not the prepared signature's, in a row, before somebody must act."""

MUST_ACT = (AccountRefused, CredentialUnknown, CredentialLocked)
"""faults that no waiting mends: nothing is asked before somebody has acted"""


async def take(tools: Tools, order: Order, answer: Answer) -> None:
    """Write down what a service has answered."""
    match answer:
        case Waiting():
            await _wait(tools, order, answer)
        case Signed():
            await _signed(tools, order, answer)
        case Refused() if planted("refusal-is-silence"):
            await _expired(tools, order)
        case Refused():
            await _close(tools, order, state="refused", cause="signer-refused", why=answer.why)
        case Expired():
            await _expired(tools, order)


async def _wait(tools: Tools, order: Order, answer: Waiting) -> None:
    if order.overdue and all(_given_up(tools, line) for line in order.lines):
        await _expired(tools, order)
        return
    tries = max(line.tries for line in order.lines)
    async with tools.pool.connection() as connection:
        if order.handle != answer.handle:
            await signature_orders.accepted(connection, order, handle=answer.handle, due_seconds=next_look(tools, 0))
        else:
            await signature_orders.look_later(connection, order, due_seconds=next_look(tools, tries + 1))


async def _signed(tools: Tools, order: Order, answer: Signed) -> None:
    """Only what fits is taken; a service that answers with other signatures is asked again, and then somebody must act."""
    # A class or a batch of values: their verification takes the processor, and the loop goes on meanwhile.
    good = await asyncio.to_thread(_fitting, order, answer)
    foreign = [line for line in order.lines if line.id not in good]
    async with tools.pool.connection() as connection:
        if good:
            await signature_orders.answered(connection, order, good)
        if foreign:
            tools.signers.forget(order.home, order.credential)
            hopeless = [line for line in foreign if line.asks >= FOREIGN]
            rest = [line.id for line in foreign if line.asks < FOREIGN]
            await fail(connection, order, hopeless, "signer-foreign")
            await signature_orders.wanted_again(
                connection, order, rest, due_seconds=later_look(tools), cause="signer-foreign"
            )
            log.error("asking.foreign-values", home=order.home, count=len(foreign))
    crash_point("sign.after-answer")
    log.info("asking.signed", home=order.home, count=len(good), kind=sorted({line.kind for line in order.lines}))


def _fitting(order: Order, answer: Signed) -> dict[int, bytes]:
    """Request → its value, of those that fit."""
    values = zip(order.lines, answer.values, strict=False)
    return {line.id: value for line, value in values if fits(line, value)}


def fits(line: Line, value: bytes) -> bool:
    """The value is the signature that was prepared: of that certificate's key, over exactly those octets."""
    if line.kind in ("package", "registration"):
        return Prepared.from_bytes(line.prepared).accepts(value)
    return PreparedSeal.from_bytes(line.prepared).signature.accepts(value)


async def _expired(tools: Tools, order: Order) -> None:
    """The holder did not answer: asked again by the reminders' schedule, given up in the end."""
    waiting = tools.settings.signing.waiting
    old = [line for line in order.lines if _given_up(tools, line)]
    async with tools.pool.connection() as connection:
        await fail(connection, order, old, "signature-unanswered")
        for asks in sorted({line.asks for line in order.lines if line not in old}):
            ids = [line.id for line in order.lines if line not in old and line.asks == asks]
            wait = rhythm(waiting.remind_delays_seconds, max(asks - 1, 0), tools.settings.retry.jitter)
            await signature_orders.wanted_again(connection, order, ids, due_seconds=wait, cause="expired")
    log.info("asking.expired", home=order.home, count=len(order.lines), given_up=len(old))


def _given_up(tools: Tools, line: Line) -> bool:
    return line.age_seconds > tools.settings.signing.waiting.give_up_seconds


async def faulted(tools: Tools, order: Order, fault: SignerFault) -> None:
    """Nothing was asked of the holder."""
    log.warning("asking.fault", home=order.home, reason=type(fault).__name__, why=fault.why)
    if isinstance(fault, MUST_ACT):
        async with tools.pool.connection() as connection:
            await fail(connection, order, order.lines, cause_of_signer(fault))
    else:
        await again(tools, order, cause="signer-down", due_seconds=later_look(tools))


async def again(tools: Tools, order: Order, *, cause: str, due_seconds: float) -> None:
    """The holder was surely not asked: the same is wanted again."""
    async with tools.pool.connection() as connection:
        await signature_orders.wanted_again(
            connection,
            order,
            [line.id for line in order.lines],
            due_seconds=due_seconds,
            cause=cause,
            unasked=True,
        )


async def _close(tools: Tools, order: Order, *, state: str, cause: str, why: str) -> None:
    async with tools.pool.connection() as connection:
        for role in {line.role for line in order.lines}:
            ids = [line.id for line in order.lines if line.role == role]
            await signature_orders.closed(connection, order, ids, state=state, cause=f"{cause}:{role}")
    log.info("asking.closed", home=order.home, cause=cause, count=len(order.lines), told=bool(why))


async def fail(connection: Connection, order: Order, lines: Sequence[Line], cause: str) -> None:
    """Somebody must act: each line's cause names the role, so that staff see whose key it is."""
    for role in sorted({line.role for line in lines}):
        ids = [line.id for line in lines if line.role == role]
        await signature_orders.closed(connection, order, ids, state="failed", cause=f"{cause}:{role}")


def next_look(tools: Tools, tries: int) -> float:
    """Seconds until an order is looked after again."""
    waiting = tools.settings.signing.waiting
    return rhythm(waiting.poll_delays_seconds, tries, tools.settings.retry.jitter)


def later_look(tools: Tools) -> float:
    """Seconds until a service that brought nothing is tried again."""
    return later(tools.settings.limits.breaker_probe_seconds, tools.settings.retry.jitter)
