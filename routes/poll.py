"""The poll stage: transaction 2, until every record of the package has its verdict.

Verdicts are reconciled one to one: a row for a record that was not in the package is an alarm, a record without a row
is still being judged. A package whose reply was lost is asked for here first; *unknown* is believed only after the
settle time, and then the very same bytes go again under the very same messageid.
"""

from collections.abc import Sequence
from uuid import UUID

import structlog

from connectors.portal import (
    AccountMissing,
    LoginRefused,
    Portal,
    PortalDown,
    PortalFault,
    ReplyLost,
    ResultRows,
    UnknownMessage,
)
from ledger import lanes, packages
from ledger.crash import crash_point, planted
from ledger.database import Connection
from ledger.dispatch import Reference
from ledger.outcomes import EventNote, move_one, note
from ledger.packages import Judged, Member, Outgoing, VerdictRow
from ledger.states import Fate, Stage, State
from routes.fates import RECONCILE, cause_of_fault, rhythm
from routes.tools import Tools

log = structlog.get_logger(__name__)


async def poll(tools: Tools, reference: Reference) -> None:
    """Ask for one package's verdicts and write down what there is."""
    async with tools.pool.connection() as connection:
        package = await packages.outgoing(connection, reference)
    if package is None:
        return
    portal = tools.portals[package.destination]
    try:
        answer = await portal.result(messageid=package.messageid, ma_don_vi=package.unit_code)
    except UnknownMessage:
        await _unknown(tools, reference, package)
        return
    except PortalFault as fault:
        await _no_answer(tools, reference, package, fault)
        return
    crash_point("poll.after-exchange")
    if answer.refused:
        await _refused_whole(tools, reference, package, answer.refused)
        return
    judged, foreign = await _reconcile(tools, portal, package, answer)
    await _write(tools, reference, package, judged, foreign=foreign)
    crash_point("poll.after-write")


async def _reconcile(tools: Tools, portal: Portal, package: Outgoing, answer: ResultRows) -> tuple[list[Judged], int]:
    """Match rows to members; returns the judged ones and how many rows belong to nobody here."""
    async with tools.pool.connection() as connection:
        members = await packages.unjudged(connection, package.id)
        known = await packages.known_uuids(connection, package.id)
    rows: dict[UUID, VerdictRow] = {}
    foreign = answer.unreadable
    for row in answer.rows:
        if row.uuid not in known:
            foreign += 1
        elif row.uuid in members:
            rows.setdefault(
                row.uuid,
                VerdictRow(row.uuid, row.trang_thai, row.error, row.error_field_title, row.error_description),
            )
    used = [members[uuid] for uuid, row in rows.items() if row.trang_thai != 1 and row.error == RECONCILE]
    proven = await _proven_elsewhere(tools, portal, package, used) if used else {}
    return [_judge(members[uuid], row, proven) for uuid, row in rows.items()], foreign


def _judge(member: Member, row: VerdictRow, proven: dict[UUID, VerdictRow]) -> Judged:
    if row.trang_thai == 1:
        return Judged(member, row, Fate.DONE, "")
    if row.error == RECONCILE and not planted("used-is-refusal"):
        if member.uuid in proven:
            return Judged(member, proven[member.uuid], Fate.DONE, "reconciled")
        return Judged(member, row, Fate.HELD, "uuid-used-elsewhere")
    return Judged(member, row, Fate.REFUSED, f"city:{row.error}")


async def _proven_elsewhere(
    tools: Tools, portal: Portal, package: Outgoing, used: Sequence[Member]
) -> dict[UUID, VerdictRow]:
    """«UUID already used» of a record that an earlier package of ours carried: what became of it there?"""
    async with tools.pool.connection() as connection:
        messages = await packages.earlier_messages(connection, package.id, [member.record_id for member in used])
    proven: dict[UUID, VerdictRow] = {}
    for messageid, uuids in messages.items():
        try:
            answer = await portal.result(messageid=messageid, ma_don_vi=package.unit_code)
        except PortalFault:
            continue
        for row in answer.rows:
            if row.uuid in uuids and row.trang_thai == 1:
                proven[row.uuid] = VerdictRow(row.uuid, 1, row.error, row.error_field_title, row.error_description)
    return proven


async def _write(
    tools: Tools, reference: Reference, package: Outgoing, judged: Sequence[Judged], *, foreign: int
) -> None:
    async with tools.pool.connection() as connection:
        await lanes.record_success(connection, destination=package.destination)
        whole = await packages.judge(connection, reference, judged, limits=tools.limits)
        if whole is None:
            return
        if foreign:
            await packages.alarm(
                connection, "verdict-foreign", destination=package.destination, package_id=package.id, count=foreign
            )
        if not whole:
            await _ask_again(tools, connection, reference, package)
        await note(
            connection,
            "package",
            EventNote(
                package.id,
                Stage.POLL,
                Fate.DONE if whole else Fate.RETRY,
                "" if whole else "still-judging",
                detail={"judged": len(judged), "approved": sum(j.fate is Fate.DONE for j in judged)},
            ),
        )
    log.info("poll", package=package.id, judged=len(judged), whole=whole)


async def _ask_again(tools: Tools, connection: Connection, reference: Reference, package: Outgoing) -> None:
    retry = tools.settings.retry
    if package.state == "sent" and package.age_seconds > retry.poll_give_up_seconds:
        await packages.alarm(connection, "verdict-missing", destination=package.destination, package_id=package.id)
        await packages.set_cause(connection, package.id, "no-verdict")
        await move_one(connection, id=reference.id, token=reference.token, stage=Stage.POLL, state=State.HELD)
        return
    await packages.arrived(connection, package.id)
    await move_one(
        connection,
        id=reference.id,
        token=reference.token,
        stage=Stage.POLL,
        state=State.WAITING,
        due_seconds=rhythm(retry.poll_delays_seconds, package.tries, retry.jitter),
        again=True,
    )


async def _refused_whole(tools: Tools, reference: Reference, package: Outgoing, code: str) -> None:
    """The destination refused the package whole, and that reply was lost: the same bytes under the same messageid get
    the same refusal again, and the deliver stage knows what to do about it."""
    retry = tools.settings.retry
    async with tools.pool.connection() as connection:
        await lanes.record_success(connection, destination=package.destination)
        if await move_one(
            connection,
            id=reference.id,
            token=reference.token,
            stage=Stage.DELIVER,
            state=State.WAITING,
            due_seconds=rhythm(retry.poll_delays_seconds, package.tries, retry.jitter),
        ):
            await packages.not_sent(connection, package.id)
            await note(
                connection,
                "package",
                EventNote(package.id, Stage.POLL, Fate.RETRY, f"package-refused:{code}", detail={"code": code}),
            )
    log.info("poll.refused-whole", package=package.id, code=code)


async def _unknown(tools: Tools, reference: Reference, package: Outgoing) -> None:
    """The destination does not know the messageid: believed after the settle time, never before."""
    settled = package.since_seconds >= tools.settings.retry.settle_seconds
    async with tools.pool.connection() as connection:
        await lanes.record_success(connection, destination=package.destination)
        if package.state == "sent":
            # It acknowledged the package and now denies it: nothing is sent again on such a word.
            await packages.alarm(
                connection, "acknowledged-then-unknown", destination=package.destination, package_id=package.id
            )
            await packages.set_cause(connection, package.id, "no-verdict")
            await move_one(connection, id=reference.id, token=reference.token, stage=Stage.POLL, state=State.HELD)
        elif settled:
            if await move_one(
                connection, id=reference.id, token=reference.token, stage=Stage.DELIVER, state=State.READY
            ):
                await packages.not_sent(connection, package.id)
        else:
            await move_one(
                connection,
                id=reference.id,
                token=reference.token,
                stage=Stage.POLL,
                state=State.WAITING,
                due_seconds=max(0.2, tools.settings.retry.settle_seconds - package.since_seconds),
            )
    log.info("poll.unknown", package=package.id, settled=settled)


async def _no_answer(tools: Tools, reference: Reference, package: Outgoing, fault: PortalFault) -> None:
    """Nothing was learnt: asked again later, or held where only a person can open the way."""
    settings = tools.settings
    cause = cause_of_fault(fault)
    held = isinstance(fault, (LoginRefused, AccountMissing))
    async with tools.pool.connection() as connection:
        moved = await move_one(
            connection,
            id=reference.id,
            token=reference.token,
            stage=Stage.POLL,
            state=State.HELD if held else State.WAITING,
            due_seconds=rhythm(settings.retry.poll_delays_seconds, package.tries, settings.retry.jitter),
            again=True,
        )
        if not moved:
            return
        if held:
            await packages.set_cause(connection, package.id, cause)
        if isinstance(fault, (PortalDown, ReplyLost)):
            await lanes.record_failure(
                connection,
                destination=package.destination,
                threshold=settings.limits.breaker_failures,
                delays=settings.limits.breaker_probe_seconds,
            )
        await note(
            connection,
            "package",
            EventNote(package.id, Stage.POLL, Fate.HELD if held else Fate.DOWN, cause, detail={"code": fault.code}),
        )
