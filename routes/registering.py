"""Certificates registered with a portal: transaction 3, once, and transaction 4 until the portal has decided.

A message is kept whole before anything leaves, and `sending` is committed before its first byte. Whoever finds a
message that may have left never sends it: it asks transaction 4, and believes that the portal does not have it only
after the settle time. Then the very same bytes go again under the very same messageid.
"""

import asyncio
from datetime import datetime

import psycopg
import structlog

from connectors.portal import (
    PackageRefused,
    Portal,
    PortalDown,
    PortalFault,
    RegistrationRow,
    ReplyLost,
    UnknownMessage,
)
from ledger import certificate_messages, certificates, lanes
from ledger.certificate_messages import Message
from ledger.crash import crash_point
from ledger.database import Connection
from ledger.states import Stage
from routes.catalogues import fetch_catalogues
from routes.fates import cause_of_fault, delay, rhythm
from routes.registration_signing import make_messages
from routes.tools import Tools
from signing.verify.policy import VIETNAM
from transformers.transactions import CertificateRegistration

log = structlog.get_logger(__name__)

ROUND = 50
"""Messages of one look, at most."""

SCHOOL_YEAR_BEGINS = 8
"""month"""


async def register_for_ever(tools: Tools, stop: asyncio.Event) -> None:
    """Send what is ready, ask about what was sent, keep the catalogues, again and again."""
    while not stop.is_set():
        for destination, portal in tools.portals.items():
            try:
                await _look(tools, destination, portal)
            except (psycopg.Error, OSError) as error:
                log.debug("registering.interrupted", destination=destination, reason=type(error).__name__)
            except Exception as error:
                # Nothing is lost: what was claimed is asked about once its lease has run out.
                log.error("registering.failed", destination=destination, reason=type(error).__name__)
        try:
            await asyncio.wait_for(stop.wait(), tools.settings.registering.look_seconds)
        except TimeoutError:
            continue


async def _look(tools: Tools, destination: str, portal: Portal) -> None:
    async with tools.pool.connection() as connection:
        if (Stage.DELIVER.value, destination) in await lanes.closed_lanes(connection):
            return
    await fetch_catalogues(tools, destination, portal)
    await make_messages(tools, destination)
    for _ in range(ROUND):
        if not await register_next(tools, destination, portal):
            return


async def register_next(tools: Tools, destination: str, portal: Portal) -> bool:
    """Take the message that is due, one step further; False when there is none."""
    lease = tools.settings.dispatch.exchange_lease_seconds
    async with tools.pool.connection() as connection:
        message = await certificate_messages.claim(connection, destination=destination, lease_seconds=lease)
    if message is None:
        return False
    if message.found == "ready":
        await _send(tools, portal, message)
    else:
        await _ask(tools, portal, message)
    return True


async def _send(tools: Tools, portal: Portal, message: Message) -> None:
    if not message.wanted:
        await _end(tools, message, "dead", "registration-ended")
        return
    crash_point("register.after-sending")
    try:
        await portal.register_certificate(_registration(message), messageid=message.messageid, content=message.content)
    except PackageRefused as fault:
        await _end(tools, message, "dead", f"registration-rejected:{fault.code}")
    except PortalFault as fault:
        await _set_aside(tools, message, fault)
    else:
        crash_point("register.after-exchange")
        async with tools.pool.connection() as connection:
            await certificate_messages.arrived(connection, message, due_seconds=_next_look(tools, 0))
        log.info("registering.sent", messageid=message.messageid)


def _registration(message: Message) -> CertificateRegistration:
    return CertificateRegistration(
        unit=message.unit,
        serial_number=message.serial_hex,
        valid_from=message.valid_from.astimezone(VIETNAM).date(),
        kind=message.kind,
        issuer=message.provider,
    )


async def _set_aside(tools: Tools, message: Message, fault: PortalFault) -> None:
    """What surely was not taken is tried by the published schedule; what may have been is asked about first."""
    retry, cause = tools.settings.retry, cause_of_fault(fault)
    wait = delay(retry.delays_seconds, message.tries, retry.jitter)
    async with tools.pool.connection() as connection:
        if isinstance(fault, ReplyLost):
            await certificate_messages.uncertain(connection, message, due_seconds=_next_look(tools, 0), cause=cause)
        elif isinstance(fault, PortalDown):
            probes = tools.settings.limits.breaker_probe_seconds
            await certificate_messages.again(
                connection,
                message,
                due_seconds=rhythm(probes, len(probes) // 2, retry.jitter),
                cause=cause,
                counted=False,
            )
        elif wait is None:
            await certificate_messages.end(connection, message, state="dead", cause=cause)
        else:
            await certificate_messages.again(connection, message, due_seconds=wait, cause=cause)
    log.info("registering.set-aside", messageid=message.messageid, cause=cause, code=fault.code)


async def _ask(tools: Tools, portal: Portal, message: Message) -> None:
    try:
        row = await portal.registration_result(
            messageid=message.messageid, ma_don_vi=message.unit, nam_hoc=school_year_of(message.valid_from)
        )
    except UnknownMessage:
        await _unknown(tools, message)
        return
    except PortalFault as fault:
        await _wait(tools, message, cause_of_fault(fault))
        return
    crash_point("register.after-answer")
    if row is not None and not _means(row, message):
        log.warning("registering.another-certificate", messageid=message.messageid)
        row = None
    if row is not None:
        await _decide(tools, message, row)
    elif message.found == "sending":
        async with tools.pool.connection() as connection:
            await certificate_messages.arrived(connection, message, due_seconds=_next_look(tools, 0))
    else:
        await _wait(tools, message)


def school_year_of(moment: datetime) -> int:
    """The first year of the school year that a moment lies in."""
    day = moment.astimezone(VIETNAM)
    return day.year if day.month >= SCHOOL_YEAR_BEGINS else day.year - 1


def _means(row: RegistrationRow, message: Message) -> bool:
    """The row is about this very certificate, as far as it says which."""
    told, ours = row.serial_number.strip(), int(message.serial_hex, 16)
    if not told:
        return True
    try:
        return int(told, 16) == ours or (told.isdecimal() and int(told) == ours)
    except ValueError:
        return False


async def _unknown(tools: Tools, message: Message) -> None:
    """The portal does not know the messageid: believed after the settle time, and never of one it acknowledged."""
    remaining = tools.settings.retry.settle_seconds - message.since_seconds
    if message.found == "sent":
        await _wait(tools, message, "reply-lost")
        return
    async with tools.pool.connection() as connection:
        if remaining > 0:
            await certificate_messages.wait(connection, message, due_seconds=max(0.2, remaining), cause="reply-lost")
        else:
            await certificate_messages.again(connection, message, due_seconds=0.0, cause="reply-lost", counted=False)


async def _wait(tools: Tools, message: Message, cause: str = "") -> None:
    """Ask again later; one that was taken and never decided is for staff, in the end."""
    if message.age_seconds > tools.settings.registering.give_up_seconds:
        await _end(tools, message, "dead", "registration-unanswered")
        return
    async with tools.pool.connection() as connection:
        await certificate_messages.wait(
            connection, message, due_seconds=_next_look(tools, message.tries + 1), cause=cause
        )


async def _decide(tools: Tools, message: Message, row: RegistrationRow) -> None:
    """Write the portal's word into the registry and end the message, both or neither."""
    if row.malformed:
        await _end(tools, message, "dead", f"registration-rejected:{row.error}")
        return
    state, cause = ("approved", "") if row.approved else ("refused", f"registration-refused:{row.error}")
    async with tools.pool.connection() as connection:
        if await certificate_messages.end(connection, message, state=state, cause=cause) and message.wanted:
            await _enter(connection, message, row)
    crash_point("register.after-write")
    log.info("registering.decided", messageid=message.messageid, state=state, code=row.error)


async def _enter(connection: Connection, message: Message, row: RegistrationRow) -> None:
    registration, actor = message.registration_id, message.destination
    try:
        if row.approved:
            await certificates.approve(connection, registration, actor=actor, why=message.messageid)
        else:
            words = " ".join(filter(None, (row.error, row.error_field_title, row.error_description)))
            await certificates.refuse(connection, registration, actor=actor, why=words[:500])
    except (certificates.NotInState, certificates.SpanEmpty) as error:
        # Somebody here was faster, or has changed the dates: what they said stands.
        log.warning("registering.not-entered", messageid=message.messageid, reason=type(error).__name__)


async def _end(tools: Tools, message: Message, state: str, cause: str) -> None:
    async with tools.pool.connection() as connection:
        await certificate_messages.end(connection, message, state=state, cause=cause)
    log.warning("registering.ended", messageid=message.messageid, state=state, cause=cause)


def _next_look(tools: Tools, tries: int) -> float:
    return rhythm(tools.settings.registering.poll_delays_seconds, tries, tools.settings.retry.jitter)
