"""The deliver stage: transaction 1, once. `sending` is committed before the first byte leaves.

Whoever finds a package that may have been sent never sends it: it goes to the poll stage, which asks transaction 2.
"""

import time

import structlog

from connectors.portal import (
    AccountMissing,
    CertificateRefused,
    LoginRefused,
    PackageRefused,
    PortalDown,
    PortalFault,
    ReplyLost,
    ResultRows,
    TryLater,
    UnknownMessage,
)
from ledger import lanes, packages
from ledger.crash import crash_point
from ledger.database import Connection
from ledger.dispatch import Reference
from ledger.outcomes import EventNote, move_one, note
from ledger.packages import Outgoing
from ledger.states import Fate, Stage, State
from routes.fates import cause_of_fault, delay, rhythm
from routes.tools import Tools

log = structlog.get_logger(__name__)


async def deliver(tools: Tools, reference: Reference) -> None:
    """Send one package, or find out that another try already may have."""
    async with tools.pool.connection() as connection:
        package = await packages.begin_sending(connection, reference)
        if package is not None and package.state == "uncertain":
            await _ask_first(connection, reference, package)
    if package is None or package.state == "uncertain":
        return
    crash_point("deliver.after-sending")
    began = time.monotonic()
    fault = await _exchange(tools, package)
    crash_point("deliver.after-exchange")
    await _record(tools, reference, package, fault=fault, took_ms=int((time.monotonic() - began) * 1000))
    crash_point("deliver.after-write")


async def _ask_first(connection: Connection, reference: Reference, package: Outgoing) -> None:
    # In the transaction that holds the lease's row: another connection would wait for it, and be waited for.
    if await move_one(connection, id=reference.id, token=reference.token, stage=Stage.POLL, state=State.READY):
        await note(connection, "package", EventNote(package.id, Stage.DELIVER, Fate.RETRY, "reply-lost"))


async def _exchange(tools: Tools, package: Outgoing) -> PortalFault | None:
    try:
        await tools.portals[package.destination].submit(
            messageid=package.messageid,
            ma_don_vi=package.unit_code,
            nam_hoc=package.nam_hoc,
            content=package.content,
        )
    except PortalFault as fault:
        return fault
    return None


async def _record(
    tools: Tools, reference: Reference, package: Outgoing, *, fault: PortalFault | None, took_ms: int
) -> None:
    if isinstance(fault, PackageRefused):
        await _refused_whole(tools, reference, package, fault)
        return
    async with tools.pool.connection() as connection:
        if fault is None or isinstance(fault, (LoginRefused, CertificateRefused, TryLater)):
            await lanes.record_success(connection, destination=package.destination)
        if fault is None:
            moved = await packages.acknowledged(
                connection, reference, poll_seconds=tools.settings.retry.poll_delays_seconds[0]
            )
            event = EventNote(
                package.id, Stage.DELIVER, Fate.DONE, took_ms=took_ms, detail={"records": package.members}
            )
        else:
            cause = cause_of_fault(fault)
            moved, fate = await _set_aside(tools, connection, reference, package, fault, cause)
            event = EventNote(package.id, Stage.DELIVER, fate, cause, took_ms, {"code": fault.code})
        if moved:
            await note(connection, "package", event)
    log.info("deliver", package=package.id, cause=event.cause or "sent", effective=moved, ms=took_ms)


async def _set_aside(
    tools: Tools, connection: Connection, reference: Reference, package: Outgoing, fault: PortalFault, cause: str
) -> tuple[bool, Fate]:
    """Where a package that was not acknowledged goes; what the destination does not have may be sent again."""
    settings = tools.settings
    stage, state, fate, due, again = Stage.DELIVER, State.WAITING, Fate.RETRY, 0.0, True
    match fault:
        case ReplyLost():
            stage, due = Stage.POLL, settings.retry.poll_delays_seconds[0]
        case PortalDown():
            fate, again = Fate.DOWN, False
            due = rhythm(settings.limits.breaker_probe_seconds, package.tries, settings.retry.jitter)
        case LoginRefused() | AccountMissing():
            state, fate = State.HELD, Fate.HELD
        case CertificateRefused():
            stage, state, fate = Stage.PACK, State.HELD, Fate.HELD
        case _:
            wait = delay(settings.retry.delays_seconds, package.tries, settings.retry.jitter)
            if wait is None:
                state, fate = State.HELD, Fate.HELD
            due = wait or 0.0
    moved = await move_one(
        connection, id=reference.id, token=reference.token, stage=stage, state=state, due_seconds=due, again=again
    )
    if not moved:
        return False, fate
    if isinstance(fault, CertificateRefused):
        await packages.unseal(connection, package.id, cause=cause)
    elif isinstance(fault, ReplyLost):
        await packages.line_ended(connection, package.id)
    else:
        await packages.not_sent(connection, package.id)
        await packages.set_cause(connection, package.id, cause)
    if isinstance(fault, (PortalDown, ReplyLost)):
        await lanes.record_failure(
            connection,
            destination=package.destination,
            threshold=settings.limits.breaker_failures,
            delays=settings.limits.breaker_probe_seconds,
        )
    return moved, fate


async def _refused_whole(tools: Tools, reference: Reference, package: Outgoing, fault: PackageRefused) -> None:
    """Once it is known not to be in force, halve it; a record that is refused alone is for staff."""
    try:
        answer = await tools.portals[package.destination].result(
            messageid=package.messageid, ma_don_vi=package.unit_code
        )
    except UnknownMessage:
        # The refusal left no trace there (too large, a malformed request): nothing of it is in force.
        answer = ResultRows((), 0)
    except PortalFault:
        answer = None
    async with tools.pool.connection() as connection:
        await lanes.record_success(connection, destination=package.destination)
        if answer is None or answer.rows:
            # Not known, or some of it is in force after all: transaction 2 has the last word.
            moved = await packages.acknowledged(
                connection, reference, poll_seconds=tools.settings.retry.poll_delays_seconds[0]
            )
            fate = Fate.RETRY
        elif package.members > 1:
            moved, fate = (
                await packages.split(connection, reference, cause=f"package-refused:{fault.code}") > 0,
                Fate.RETRY,
            )
        else:
            members = await packages.unjudged(connection, package.id)
            judged = [
                packages.Judged(member, None, Fate.DEAD, f"package-refused:{fault.code}") for member in members.values()
            ]
            moved = await packages.judge(connection, reference, judged, limits=tools.limits) is not None
            fate = Fate.DEAD
        if moved:
            await note(
                connection,
                "package",
                EventNote(
                    package.id, Stage.DELIVER, fate, f"package-refused:{fault.code}", detail={"code": fault.code}
                ),
            )
    log.warning("deliver.refused-whole", package=package.id, code=fault.code, records=package.members)
