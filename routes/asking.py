"""Signatures asked of remote services: orders placed once, looked after until their holders have answered.

An order is written down before its first byte leaves. Requests of one holder go together, so that one approval covers a
class; a person has one order at a time. Whoever finds an order whose reply is not known asks the service for it by the
hub's own name of it, and where the service does not know names, sends the very same hashes again: whatever is signed is
the same. What an answer means is decided in `routes/answering.py`.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace

import psycopg
import structlog

from connectors.signers import Expired, OrderLost, SignerFault, TooMany
from connectors.signers import Order as Outgoing
from ledger import signature_orders
from ledger.crash import crash_point, planted
from ledger.database import Connection
from ledger.signature_orders import Line, Order
from routes import answering
from routes.answering import MUST_ACT, Answer
from routes.supplying import cause_of_signer
from routes.tools import Tools
from signing.seal import CannotSeal, Prepared

log = structlog.get_logger(__name__)

CREDENTIALS = 200
"""Keys that one look places orders for, at most."""


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
        due = await signature_orders.due_credentials(
            connection, home=home.name, gather_seconds=waiting.gather_seconds, limit=CREDENTIALS
        )
    for credential, out in due:
        while not home.full:
            if not await _place(tools, home, credential, out=out):
                break


async def _look_after_next(tools: Tools, home: Home) -> bool:
    async with tools.pool.connection() as connection:
        order = await signature_orders.due_order(connection, home=home.name, lease_seconds=_lease(tools))
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
        await signature_orders.outdated(
            connection, home=home.name, credential=credential, fresh_seconds=waiting.fresh_seconds
        )
        order = await signature_orders.place_order(
            connection,
            home=home.name,
            credential=credential,
            most=min(home.at_once, told.at_once),
            until_seconds=waiting.approval_seconds,
            lease_seconds=_lease(tools),
        )
        if order is not None:
            order = await _of_this_certificate(connection, order, told.chain[0])
    if order is None:
        return False
    home.begin(_send(tools, home, order))
    return told.automatic


async def _of_this_certificate(connection: Connection, order: Order, certificate: bytes) -> Order | None:
    """The order without registrations of another certificate than its key has now: their values could only be foreign.

    Records and packages stay: children believe a key's certificate for a while, and would prepare the same again.
    """
    other = [line.id for line in order.lines if line.kind == "registration" and not _names(line, certificate)]
    if not other:
        return order
    await signature_orders.prepare_again(connection, order, other)
    log.warning("asking.certificate-changed", home=order.home, count=len(other))
    lines = tuple(line for line in order.lines if line.id not in other)
    return replace(order, lines=lines) if lines else None


def _names(line: Line, certificate: bytes) -> bool:
    try:
        return Prepared.from_bytes(line.prepared).certificate == certificate
    except CannotSeal:
        return False


async def _nobody_asked(tools: Tools, home: Home, credential: str, fault: SignerFault) -> None:
    """The service does not even tell the key's certificate."""
    log.warning("asking.credential", home=home.name, reason=type(fault).__name__, why=fault.why)
    async with tools.pool.connection() as connection:
        order = await signature_orders.place_order(
            connection, home=home.name, credential=credential, most=home.at_once, until_seconds=0, lease_seconds=60
        )
        if order is None:
            return
        if isinstance(fault, MUST_ACT):
            await answering.fail(connection, order, order.lines, cause_of_signer(fault))
        else:
            await signature_orders.wanted_again(
                connection,
                order,
                [line.id for line in order.lines],
                due_seconds=answering.later_look(tools),
                cause="signer-down",
                unasked=True,
            )


async def _send(tools: Tools, home: Home, order: Order) -> None:
    crash_point("sign.after-placing")
    try:
        answer = await tools.signers.services[home.name].begin(_outgoing(order))
    except TooMany:
        home.at_once = max(1, home.at_once // 2)
        await answering.again(tools, order, cause="try-later", due_seconds=0.0)
    except OrderLost as fault:
        log.info("asking.reply-lost", home=home.name, why=fault.why)
        async with tools.pool.connection() as connection:
            await signature_orders.look_later(
                connection, order, due_seconds=answering.next_look(tools, 0), cause="reply-lost"
            )
    except SignerFault as fault:
        await answering.faulted(tools, order, fault)
    else:
        crash_point("sign.after-reply")
        await answering.take(tools, order, answer)


def _outgoing(order: Order) -> Outgoing:
    roles = ", ".join(sorted({line.role for line in order.lines}))
    return Outgoing(
        reference=str(order.id),
        credential=order.credential,
        digests=tuple(line.digest for line in order.lines),
        algorithm=order.algorithm,
        note=f"Ký {len(order.lines)} {_what(order)} ({roles})",
        until=order.until,
    )


def _what(order: Order) -> str:
    """What its holder is told that is to be signed: an order holds registrations, or none."""
    registers = any(line.kind == "registration" for line in order.lines)
    return "đăng ký chứng thư số của mình với cổng học bạ số" if registers else "học bạ số"


async def _look_after(tools: Tools, home: Home, order: Order) -> None:
    """Ask how an order stands; one whose reply was lost is asked for by the hub's own name of it."""
    service, outgoing = tools.signers.services[home.name], _outgoing(order)
    try:
        answer: Answer = await service.progress(outgoing, order.handle or "")
    except OrderLost:
        if planted("prepare-twice"):
            await answering.again(tools, order, cause="reply-lost", due_seconds=0)
            async with tools.pool.connection() as connection:
                await signature_orders.outdated(
                    connection, home=home.name, credential=order.credential, fresh_seconds=0
                )
        elif order.handle is None and not order.overdue:
            await _send(tools, home, order)
        else:
            await answering.take(tools, order, Expired())
    except SignerFault as fault:
        if order.overdue and isinstance(fault, MUST_ACT):
            await answering.faulted(tools, order, fault)
            return
        # The holder may have agreed by now: what was asked is not given up for a fault of the line or of an account.
        log.info("asking.no-answer", home=home.name, reason=type(fault).__name__, why=fault.why)
        async with tools.pool.connection() as connection:
            await signature_orders.look_later(
                connection, order, due_seconds=answering.later_look(tools), cause=cause_of_signer(fault)
            )
    else:
        crash_point("sign.after-reply")
        await answering.take(tools, order, answer)
