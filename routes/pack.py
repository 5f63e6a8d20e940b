"""The pack stage: records gather in the open package of their key; a closed package is sealed once, whole.

What is sealed is kept (final bytes and messageid) before anything is sent. A batch that goes on as its school sealed
it goes on only under a transaction signature that holds.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from ledger import packages, signatures
from ledger.crash import crash_point
from ledger.database import Connection, retrying
from ledger.dispatch import Reference
from ledger.outcomes import EventNote, move_one, note
from ledger.packages import Draft
from ledger.registry import approved_certificates
from ledger.signatures import Ask
from ledger.states import Fate, Stage, State
from routes import carry
from routes.cargo import Halt
from routes.crew import Poisoned
from routes.fates import delay, fate_of, later
from routes.sealing import SealedPackage, SealingJob, seal_package, stands
from routes.supplying import supply, unsupplied
from routes.tools import Tools
from signing.verify.transaction import TRANSACTION

log = structlog.get_logger(__name__)

ENVELOPE_OCTETS = 4096
"""Room for the authentication request around the content."""


async def gather(tools: Tools, references: Sequence[Reference]) -> None:
    """Records join their open packages."""
    async for attempt in retrying():
        with attempt:
            async with tools.pool.connection() as connection:
                found = await packages.gather(connection, references, tools.closing)
    crash_point("pack.after-gather")
    log.debug("pack.gathered", records=found, asked=len(references))


async def seal(tools: Tools, reference: Reference) -> None:
    """Close, sign and keep one package."""
    async with tools.pool.connection() as connection:
        draft = await packages.draft(connection, reference)
    if draft is None:
        return
    if not draft.octets:
        await _hold(tools, reference, "internal")
        return
    result = await _result(tools, await _job(tools, draft))
    if isinstance(result, Poisoned):
        await _halve(tools, reference, draft, cause="poison")
    elif result.ask is not None:
        await _ask_for_signature(tools, reference, result.ask)
    elif result.halt is not None:
        await _halted(tools, reference, draft, result.halt)
    elif _too_large(tools, result):
        await _halve(tools, reference, draft, cause="package-too-large")
    else:
        async with tools.pool.connection() as connection:
            if await packages.sealed(connection, reference, nam_hoc=draft.nam_hoc, content=result.content):
                await signatures.used_in_package(connection, draft.id)
                await note(
                    connection,
                    "package",
                    EventNote(
                        draft.id,
                        Stage.PACK,
                        Fate.DONE,
                        detail={"records": len(draft.octets), "octets": len(result.content)},
                    ),
                )
        crash_point("pack.after-seal")
        log.info("pack.sealed", package=draft.id, records=len(draft.octets), octets=len(result.content))


async def _result(tools: Tools, job: SealingJob) -> SealedPackage | Poisoned:
    """What a child makes of it, with what it needs from outside: a certificate, a timestamp."""
    result = (await tools.crew.run(seal_package, [job]))[0]
    for _ in range(carry.SUPPLIES):
        if isinstance(result, Poisoned) or result.wants is None:
            break
        answer = (await supply(tools, [result.wants]))[0]
        if isinstance(answer, Halt):
            return stands(answer)
        further = replace(job, supplies=answer, signature=result.signature)
        result = (await tools.crew.run(seal_package, [further]))[0]
    if isinstance(result, SealedPackage) and result.wants is not None:
        return stands(unsupplied(result.wants))
    return result


async def _job(tools: Tools, draft: Draft) -> SealingJob:
    signing, packing = tools.settings.signing, tools.settings.packing
    approved = None
    if draft.gaps and signing.verify_transactions:
        async with tools.pool.connection() as connection:
            rows = await approved_certificates(connection, [draft.unit_id], roles={TRANSACTION})
        approved = rows.get(draft.unit_id, ())
    async with tools.pool.connection() as connection:
        asked = await signatures.requested(connection, [draft.id])
    return SealingJob(
        draft=draft,
        approved=approved,
        key_unit=draft.unit_code if draft.seal == "delegated" else signing.intermediary_unit,
        at=datetime.now(UTC),
        gzip_level=packing.gzip_level,
        escape=packing.escape,
        requests=asked.get(draft.id, ()),
    )


def _too_large(tools: Tools, result: SealedPackage) -> bool:
    packing = tools.settings.packing
    return len(result.content) + ENVELOPE_OCTETS > packing.body_octets or result.unpacked > packing.unpacked_octets


async def _hold(tools: Tools, reference: Reference, cause: str) -> None:
    async with tools.pool.connection() as connection:
        if await move_one(connection, id=reference.id, token=reference.token, stage=Stage.PACK, state=State.HELD):
            await packages.set_cause(connection, reference.id, cause)
            await note(connection, "package", EventNote(reference.id, Stage.PACK, Fate.HELD, cause))


async def _halted(tools: Tools, reference: Reference, draft: Draft, halt: Halt) -> None:
    """A key that is missing waits for staff, a school's seal that does not hold goes back to the school."""
    fate = fate_of(halt.cause)
    wait = delay(tools.settings.retry.delays_seconds, draft.tries, tools.settings.retry.jitter)
    if fate is Fate.REFUSED:
        await _refuse(tools, reference, draft, halt)
    elif halt.cause.startswith("awaiting-signature"):
        await _again(tools, reference, halt.cause, carry.AWAITING_SECONDS)
    elif fate is Fate.DOWN:
        probes = tools.settings.limits.breaker_probe_seconds
        await _again(tools, reference, halt.cause, later(probes, tools.settings.retry.jitter), fate=fate)
    elif fate is Fate.RETRY and wait is not None:
        await _again(tools, reference, halt.cause, wait)
    else:
        await _hold(tools, reference, halt.cause)
    log.warning("pack.halted", package=draft.id, cause=halt.cause, records=len(draft.octets))


async def _ask_for_signature(tools: Tools, reference: Reference, ask: Ask) -> None:
    """The package waits, prepared; the answer wakes it."""
    cause = f"awaiting-signature:{TRANSACTION}"
    async with tools.pool.connection() as connection:
        if await _set_aside(connection, reference, cause, seconds=carry.AWAITING_SECONDS, fate=Fate.RETRY):
            await signatures.ask(connection, {reference.id: [ask]}, kind="package")


async def _again(tools: Tools, reference: Reference, cause: str, seconds: float, *, fate: Fate = Fate.RETRY) -> None:
    async with tools.pool.connection() as connection:
        if await _set_aside(connection, reference, cause, seconds=seconds, fate=fate):
            await signatures.release(connection, [reference.id])


async def _set_aside(connection: Connection, reference: Reference, cause: str, *, seconds: float, fate: Fate) -> bool:
    """Wait so long; False when the lease is no longer good."""
    moved = await move_one(
        connection,
        id=reference.id,
        token=reference.token,
        stage=Stage.PACK,
        state=State.WAITING,
        due_seconds=seconds,
        again=fate is Fate.RETRY and not cause.startswith(signatures.AWAITING),
    )
    if moved:
        await packages.set_cause(connection, reference.id, cause)
        await note(connection, "package", EventNote(reference.id, Stage.PACK, fate, cause))
    return moved


async def _refuse(tools: Tools, reference: Reference, draft: Draft, halt: Halt) -> None:
    async with tools.pool.connection() as connection:
        members = await packages.unjudged(connection, draft.id)
        judged = [packages.Judged(member, None, Fate.REFUSED, halt.cause, halt.findings) for member in members.values()]
        if await packages.judge(connection, reference, judged, limits=tools.limits) is not None:
            await note(connection, "package", EventNote(draft.id, Stage.PACK, Fate.REFUSED, halt.cause))


async def _halve(tools: Tools, reference: Reference, draft: Draft, *, cause: str) -> None:
    """Too large, or a child died on it: halves, until the record at fault stands alone."""
    async with tools.pool.connection() as connection:
        await signatures.end(connection, draft.id)
        if len(draft.octets) > 1:
            await packages.split(connection, reference, cause=cause)
        else:
            members = await packages.unjudged(connection, draft.id)
            judged = [packages.Judged(member, None, Fate.DEAD, cause) for member in members.values()]
            await packages.judge(connection, reference, judged, limits=tools.limits)
        await note(connection, "package", EventNote(draft.id, Stage.PACK, Fate.RETRY, cause))
    log.info("pack.split", package=draft.id, cause=cause, records=len(draft.octets))
