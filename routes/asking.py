"""Signatures asked of remote services: orders placed once, looked after until their holders have answered.

An order is written down before its first byte leaves. Requests of one holder go together, so that one approval covers a
class; a person has one order at a time. Whoever finds an order whose reply is not known asks the service for it by the
hub's own name of it, and where the service does not know names, sends the very same hashes again: whatever is signed is
the same. A value is believed only when it is the prepared signature's.
"""

import asyncio
from collections.abc import Coroutine, Sequence

import psycopg
import structlog

from connectors.signers import (
    AccountRefused,
    CredentialLocked,
    CredentialUnknown,
    Expired,
    OrderLost,
    Refused,
    Signed,
    SignerFault,
    TooMany,
    Waiting,
)
from connectors.signers import Order as Outgoing
from ledger import signatures
from ledger.crash import crash_point, planted
from ledger.database import Connection
from ledger.signatures import Line, Order
from routes.fates import later, rhythm
from routes.supplying import cause_of_signer
from routes.tools import Tools
from signing.seal import Prepared, PreparedSeal

log = structlog.get_logger(__name__)

Answer = Waiting | Signed | Refused | Expired

CREDENTIALS = 200
"""Keys that one look places orders for, at most."""

FOREIGN = 3
"""Values that are not the prepared signature's, in a row, before somebody must act."""

_MUST_ACT = (AccountRefused, CredentialUnknown, CredentialLocked)


class Home:
    """One service as the keeper deals with it: so many exchanges at once, so many hashes in one order."""

    def __init__(self, name: str, *, at_once: int, exchanges: int) -> None:
        self.name = name
        self.at_once = at_once
        self._exchanges = exchanges
        self._busy: set[asyncio.Task[None]] = set()

    @property
    def full(self) -> bool:
        """No further exchange may begin."""
        return len(self._busy) >= self._exchanges

    def begin(self, exchange: Coroutine[None, None, None]) -> None:
        """Let an exchange go on beside whatever follows."""
        task: asyncio.Task[None] = asyncio.create_task(self._guarded(exchange))
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)

    async def idle(self) -> None:
        """Wait until every exchange has ended."""
        await asyncio.gather(*self._busy)

    async def _guarded(self, exchange: Coroutine[None, None, None]) -> None:
        try:
            await exchange
        except Exception as error:
            # Nothing is lost: the order is looked after once its lease has run out.
            log.error("asking.exchange-failed", home=self.name, reason=type(error).__name__)


async def ask_for_ever(tools: Tools, stop: asyncio.Event) -> None:
    """Place what is wanted and look after what was placed, again and again."""
    await asyncio.gather(*(_keep(tools, name, stop) for name in tools.signers.services))


async def _keep(tools: Tools, name: str, stop: asyncio.Event) -> None:
    home = Home(name, at_once=tools.signers.at_once[name], exchanges=tools.signers.exchanges[name])
    while not stop.is_set():
        try:
            await look(tools, home)
        except (psycopg.Error, OSError) as error:
            log.debug("asking.interrupted", home=name, reason=type(error).__name__)
        except Exception as error:
            # Nothing is lost: what was placed is asked for again once its lease has run out.
            log.error("asking.failed", home=name, reason=type(error).__name__)
        try:
            await asyncio.wait_for(stop.wait(), tools.settings.signing.waiting.look_seconds)
        except TimeoutError:
            continue
    await home.idle()


async def look(tools: Tools, home: Home) -> None:
    """One look: orders that are due, then keys with something new to ask; exchanges go on beside the next look."""
    while not home.full and await _look_after_next(tools, home):
        pass
    waiting = tools.settings.signing.waiting
    async with tools.pool.connection() as connection:
        due = await signatures.due_credentials(
            connection, home=home.name, gather_seconds=waiting.gather_seconds, limit=CREDENTIALS
        )
    for credential, out in due:
        while not home.full:
            if not await _place(tools, home, credential, out=out):
                break


async def _look_after_next(tools: Tools, home: Home) -> bool:
    async with tools.pool.connection() as connection:
        order = await signatures.due_order(connection, home=home.name, lease_seconds=_lease(tools))
    if order is None:
        return False
    home.begin(_look_after(tools, home, order))
    return True


def _lease(tools: Tools) -> float:
    return tools.settings.dispatch.exchange_lease_seconds


async def _place(tools: Tools, home: Home, credential: str, *, out: int) -> bool:
    """Place one order of a key; False when there is nothing (more) to place."""
    waiting = tools.settings.signing.waiting
    try:
        told = await tools.signers.credential(home.name, credential)
    except SignerFault as fault:
        await _nobody_asked(tools, home, credential, fault)
        return False
    if out and not told.automatic:
        return False
    async with tools.pool.connection() as connection:
        await signatures.outdated(
            connection, home=home.name, credential=credential, fresh_seconds=waiting.fresh_seconds
        )
        order = await signatures.place_order(
            connection,
            home=home.name,
            credential=credential,
            most=min(home.at_once, told.at_once),
            until_seconds=waiting.approval_seconds,
            lease_seconds=_lease(tools),
        )
    if order is None:
        return False
    home.begin(_send(tools, home, order))
    return told.automatic


async def _nobody_asked(tools: Tools, home: Home, credential: str, fault: SignerFault) -> None:
    """The service does not even tell the key's certificate."""
    log.warning("asking.credential", home=home.name, reason=type(fault).__name__, why=fault.why)
    async with tools.pool.connection() as connection:
        order = await signatures.place_order(
            connection, home=home.name, credential=credential, most=home.at_once, until_seconds=0, lease_seconds=60
        )
        if order is None:
            return
        if isinstance(fault, _MUST_ACT):
            await _fail(connection, order, order.lines, cause_of_signer(fault))
        else:
            await signatures.wanted_again(
                connection,
                order,
                [line.id for line in order.lines],
                due_seconds=_later(tools),
                cause="signer-down",
                unasked=True,
            )


def _later(tools: Tools) -> float:
    return later(tools.settings.limits.breaker_probe_seconds, tools.settings.retry.jitter)


async def _send(tools: Tools, home: Home, order: Order) -> None:
    crash_point("sign.after-placing")
    try:
        answer = await tools.signers.services[home.name].begin(_outgoing(order))
    except TooMany:
        home.at_once = max(1, home.at_once // 2)
        await _again(tools, order, cause="try-later", due_seconds=0.0)
    except OrderLost as fault:
        log.info("asking.reply-lost", home=home.name, why=fault.why)
        async with tools.pool.connection() as connection:
            await signatures.look_later(connection, order, due_seconds=_next_look(tools, 0), cause="reply-lost")
    except SignerFault as fault:
        await _faulted(tools, home, order, fault)
    else:
        crash_point("sign.after-reply")
        await _take(tools, home, order, answer)


def _outgoing(order: Order) -> Outgoing:
    roles = ", ".join(sorted({line.role for line in order.lines}))
    return Outgoing(
        reference=str(order.id),
        credential=order.credential,
        digests=tuple(line.digest for line in order.lines),
        algorithm=order.algorithm,
        note=f"Ký {len(order.lines)} học bạ số ({roles})",
        until=order.until,
    )


async def _look_after(tools: Tools, home: Home, order: Order) -> None:
    """Ask how an order stands; one whose reply was lost is asked for by the hub's own name of it."""
    service, outgoing = tools.signers.services[home.name], _outgoing(order)
    try:
        answer: Answer = await service.progress(outgoing, order.handle or "")
    except OrderLost:
        if planted("prepare-twice"):
            await _again(tools, order, cause="reply-lost", due_seconds=0)
            async with tools.pool.connection() as connection:
                await signatures.outdated(connection, home=home.name, credential=order.credential, fresh_seconds=0)
        elif order.handle is None and not order.overdue:
            await _send(tools, home, order)
        else:
            await _take(tools, home, order, Expired())
    except SignerFault as fault:
        if order.overdue and isinstance(fault, _MUST_ACT):
            await _faulted(tools, home, order, fault)
            return
        # The holder may have agreed by now: what was asked is not given up for a fault of the line or of an account.
        log.info("asking.no-answer", home=home.name, reason=type(fault).__name__, why=fault.why)
        async with tools.pool.connection() as connection:
            await signatures.look_later(connection, order, due_seconds=_later(tools), cause=cause_of_signer(fault))
    else:
        crash_point("sign.after-reply")
        await _take(tools, home, order, answer)


async def _take(tools: Tools, home: Home, order: Order, answer: Answer) -> None:
    match answer:
        case Waiting():
            await _wait(tools, order, answer)
        case Signed():
            await _signed(tools, home, order, answer)
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
            await signatures.accepted(connection, order, handle=answer.handle, due_seconds=_next_look(tools, 0))
        else:
            await signatures.look_later(connection, order, due_seconds=_next_look(tools, tries + 1))


async def _signed(tools: Tools, home: Home, order: Order, answer: Signed) -> None:
    """Only what fits is taken; a service that answers with other signatures is asked again, and then somebody must act."""
    # A class or a batch of values: their verification takes the processor, and the loop goes on meanwhile.
    good = await asyncio.to_thread(_fitting, order, answer)
    foreign = [line for line in order.lines if line.id not in good]
    async with tools.pool.connection() as connection:
        if good:
            await signatures.answered(connection, order, good)
        if foreign:
            tools.signers.forget(home.name, order.credential)
            hopeless = [line for line in foreign if line.asks >= FOREIGN]
            rest = [line.id for line in foreign if line.asks < FOREIGN]
            await _fail(connection, order, hopeless, "signer-foreign")
            await signatures.wanted_again(connection, order, rest, due_seconds=_later(tools), cause="signer-foreign")
            log.error("asking.foreign-values", home=home.name, count=len(foreign))
    crash_point("sign.after-answer")
    log.info("asking.signed", home=home.name, count=len(good), kind=sorted({line.kind for line in order.lines}))


def _fitting(order: Order, answer: Signed) -> dict[int, bytes]:
    """Request → its value, of those that fit."""
    values = zip(order.lines, answer.values, strict=False)
    return {line.id: value for line, value in values if fits(line, value)}


def fits(line: Line, value: bytes) -> bool:
    """The value is the signature that was prepared: of that certificate's key, over exactly those octets."""
    if line.kind == "package":
        return Prepared.from_bytes(line.prepared).accepts(value)
    return PreparedSeal.from_bytes(line.prepared).signature.accepts(value)


async def _expired(tools: Tools, order: Order) -> None:
    """The holder did not answer: asked again by the reminders' schedule, given up in the end."""
    waiting = tools.settings.signing.waiting
    old = [line for line in order.lines if _given_up(tools, line)]
    async with tools.pool.connection() as connection:
        await _fail(connection, order, old, "signature-unanswered")
        for asks in sorted({line.asks for line in order.lines if line not in old}):
            ids = [line.id for line in order.lines if line not in old and line.asks == asks]
            wait = rhythm(waiting.remind_delays_seconds, max(asks - 1, 0), tools.settings.retry.jitter)
            await signatures.wanted_again(connection, order, ids, due_seconds=wait, cause="expired")
    log.info("asking.expired", home=order.home, count=len(order.lines), given_up=len(old))


def _given_up(tools: Tools, line: Line) -> bool:
    return line.age_seconds > tools.settings.signing.waiting.give_up_seconds


async def _faulted(tools: Tools, home: Home, order: Order, fault: SignerFault) -> None:
    """Nothing was asked of the holder."""
    log.warning("asking.fault", home=home.name, reason=type(fault).__name__, why=fault.why)
    if isinstance(fault, _MUST_ACT):
        async with tools.pool.connection() as connection:
            await _fail(connection, order, order.lines, cause_of_signer(fault))
    else:
        await _again(tools, order, cause="signer-down", due_seconds=_later(tools))


async def _again(tools: Tools, order: Order, *, cause: str, due_seconds: float) -> None:
    async with tools.pool.connection() as connection:
        await signatures.wanted_again(
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
            await signatures.closed(connection, order, ids, state=state, cause=f"{cause}:{role}")
    log.info("asking.closed", home=order.home, cause=cause, count=len(order.lines), told=bool(why))


async def _fail(connection: Connection, order: Order, lines: Sequence[Line], cause: str) -> None:
    """Somebody must act: each line's cause names the role, so that staff see whose key it is."""
    for role in sorted({line.role for line in lines}):
        ids = [line.id for line in lines if line.role == role]
        await signatures.closed(connection, order, ids, state="failed", cause=f"{cause}:{role}")


def _next_look(tools: Tools, tries: int) -> float:
    waiting = tools.settings.signing.waiting
    return rhythm(waiting.poll_delays_seconds, tries, tools.settings.retry.jitter)
