"""The pack stage: records gather in the open package of their key; a closed package is sealed once, whole.

What is sealed is kept (final bytes and messageid) before anything is sent. A batch that goes on as its school sealed
it goes on only under a transaction signature that holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from ledger import packages
from ledger.crash import crash_point
from ledger.database import retrying
from ledger.dispatch import Reference
from ledger.outcomes import EventNote, move_one, note
from ledger.packages import Draft
from ledger.registry import ApprovedRow, approved_certificates
from ledger.states import Fate, Stage, State
from routes import carry
from routes.cargo import Halt
from routes.crew import Poisoned
from routes.fates import delay, fate_of
from routes.tools import Tools
from routes.verify import approvals
from schemas.packing import pack
from signing.seal import KeyMissing, seal_transaction
from signing.verify import Disposition, verify_transaction
from signing.verify.transaction import TRANSACTION

log = structlog.get_logger(__name__)

BATCH_OPEN = b'<?xml version="1.0" encoding="UTF-8"?>\n<DANH_SACH_HOC_BA id="dataDanhSach">'
BATCH_CLOSE = b"</DANH_SACH_HOC_BA>"

ENVELOPE_OCTETS = 4096
"""Room for the authentication request around the content."""


@dataclass(frozen=True, slots=True)
class SealingJob:
    """A package on its way into a child process."""

    draft: Draft
    """what is to be sealed"""
    approved: tuple[ApprovedRow, ...] | None
    """pass-through: the unit's certificates approved for transactions; None: the school's seal is not looked at"""
    key_unit: str
    """whose key signs; unused for pass-through"""
    at: datetime
    """SigningTime"""
    gzip_level: int
    """1 fast … 9 small"""
    escape: str
    """kind of «escape quote»"""


@dataclass(frozen=True, slots=True)
class SealedPackage:
    """What comes back from the child."""

    content: bytes
    """Base64 text of the packed batch; empty when it could not be made"""
    unpacked: int
    """octets of the batch text"""
    halt: Halt | None = None
    """why the package cannot go on as it is"""


HALTS: Mapping[Disposition, str] = {
    Disposition.REFUSE: "transaction-signature",
    Disposition.HOLD: "transaction-indeterminate",
    Disposition.RETRY: "transaction-later",
}


def batch_text(octets: Sequence[bytes]) -> bytes:
    """Records side by side, not one octet changed, in a list that declares nothing they could inherit."""
    return b"".join((BATCH_OPEN, *octets, BATCH_CLOSE))


def as_received(gaps: Sequence[bytes], octets: Sequence[bytes]) -> bytes:
    """The sender's own batch, octet for octet."""
    parts = [gaps[0]]
    for record, gap in zip(octets, gaps[1:], strict=True):
        parts += [record, gap]
    return b"".join(parts)


def seal_package(job: SealingJob) -> SealedPackage:
    """Sign and pack one package (runs in a child process)."""
    text = as_received(job.draft.gaps, job.draft.octets) if job.draft.gaps else _sealed_by_hub(job)
    if isinstance(text, Halt):
        return SealedPackage(b"", 0, text)
    if job.draft.gaps and (halt := _doubt(job, text)) is not None:
        return SealedPackage(b"", 0, halt)
    content = pack(text, escape=job.escape, level=job.gzip_level)
    return SealedPackage(content.encode("ascii"), len(text))


def _sealed_by_hub(job: SealingJob) -> bytes | Halt:
    keys = carry.kit().keys
    if keys is None:
        return Halt("seal-key-missing")
    try:
        key = keys.transaction_key(job.key_unit)
    except KeyMissing:
        return Halt("seal-key-missing")
    return seal_transaction(
        batch_text(job.draft.octets), key=key, signature_id=f"sig-giao-dich-{job.draft.id}", at=job.at
    )


def _doubt(job: SealingJob, text: bytes) -> Halt | None:
    """Why the school's own transaction signature cannot carry the batch on; None when it is TOTAL-PASSED."""
    if job.approved is None:
        return None
    kit = carry.kit()
    verdict = verify_transaction(
        text,
        trust=kit.trust,
        policy=kit.policy,
        approved=approvals(job.draft.unit_code, job.approved),
        at=job.at,
    )
    return None if verdict.passed else Halt(f"{HALTS[verdict.disposition]}:{verdict.cause}", verdict.findings)


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
    result = (await tools.crew.run(seal_package, [await _job(tools, draft)]))[0]
    if isinstance(result, Poisoned):
        await _halve(tools, reference, draft, cause="poison")
    elif result.halt is not None:
        await _halted(tools, reference, draft, result.halt)
    elif _too_large(tools, result):
        await _halve(tools, reference, draft, cause="package-too-large")
    else:
        async with tools.pool.connection() as connection:
            if await packages.sealed(connection, reference, nam_hoc=draft.nam_hoc, content=result.content):
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


async def _job(tools: Tools, draft: Draft) -> SealingJob:
    signing, packing = tools.settings.signing, tools.settings.packing
    approved = None
    if draft.gaps and signing.verify_transactions:
        async with tools.pool.connection() as connection:
            rows = await approved_certificates(connection, [draft.unit_id], roles={TRANSACTION})
        approved = rows.get(draft.unit_id, ())
    return SealingJob(
        draft=draft,
        approved=approved,
        key_unit=draft.unit_code if draft.seal == "delegated" else signing.intermediary_unit,
        at=datetime.now(UTC),
        gzip_level=packing.gzip_level,
        escape=packing.escape,
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
    elif fate is Fate.RETRY and wait is not None:
        await _again(tools, reference, halt.cause, wait)
    else:
        await _hold(tools, reference, halt.cause)
    log.warning("pack.halted", package=draft.id, cause=halt.cause, records=len(draft.octets))


async def _again(tools: Tools, reference: Reference, cause: str, seconds: float) -> None:
    async with tools.pool.connection() as connection:
        if await move_one(
            connection,
            id=reference.id,
            token=reference.token,
            stage=Stage.PACK,
            state=State.WAITING,
            due_seconds=seconds,
            again=True,
        ):
            await packages.set_cause(connection, reference.id, cause)
            await note(connection, "package", EventNote(reference.id, Stage.PACK, Fate.RETRY, cause))


async def _refuse(tools: Tools, reference: Reference, draft: Draft, halt: Halt) -> None:
    async with tools.pool.connection() as connection:
        members = await packages.unjudged(connection, draft.id)
        judged = [packages.Judged(member, None, Fate.REFUSED, halt.cause, halt.findings) for member in members.values()]
        if await packages.judge(connection, reference, judged, limits=tools.limits) is not None:
            await note(connection, "package", EventNote(draft.id, Stage.PACK, Fate.REFUSED, halt.cause))


async def _halve(tools: Tools, reference: Reference, draft: Draft, *, cause: str) -> None:
    """Too large, or a child died on it: halves, until the record at fault stands alone."""
    async with tools.pool.connection() as connection:
        if len(draft.octets) > 1:
            await packages.split(connection, reference, cause=cause)
        else:
            members = await packages.unjudged(connection, draft.id)
            judged = [packages.Judged(member, None, Fate.DEAD, cause) for member in members.values()]
            await packages.judge(connection, reference, judged, limits=tools.limits)
        await note(connection, "package", EventNote(draft.id, Stage.PACK, Fate.RETRY, cause))
    log.info("pack.split", package=draft.id, cause=cause, records=len(draft.octets))
