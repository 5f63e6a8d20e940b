"""The pack stage: records gather in the open package of their key; a closed package is sealed once, whole.

What is sealed is kept (final bytes and messageid) before anything is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from ledger import packages
from ledger.crash import crash_point
from ledger.database import retrying
from ledger.dispatch import Reference
from ledger.outcomes import EventNote, move_one, note
from ledger.packages import Draft
from ledger.states import Fate, Stage, State
from routes.crew import Poisoned
from routes.tools import Tools
from schemas.packing import pack
from signing.seal import FileKeyring, KeyMissing, seal_transaction

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
    keys_folder: Path | None
    """where keys live"""
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
    missing_key: bool
    """the key is not there"""


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
    if job.draft.gaps:
        text = as_received(job.draft.gaps, job.draft.octets)
    else:
        try:
            key = FileKeyring(_folder(job.keys_folder)).transaction_key(job.key_unit)
        except KeyMissing:
            return SealedPackage(b"", 0, missing_key=True)
        text = seal_transaction(
            batch_text(job.draft.octets), key=key, signature_id=f"sig-giao-dich-{job.draft.id}", at=job.at
        )
    content = pack(text, escape=job.escape, level=job.gzip_level)
    return SealedPackage(content.encode("ascii"), len(text), missing_key=False)


def _folder(folder: Path | None) -> Path:
    if folder is None:
        raise KeyMissing("keys_folder")
    return folder


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
    result = (await tools.crew.run(seal_package, [_job(tools, draft)]))[0]
    if isinstance(result, Poisoned):
        await _halve(tools, reference, draft, cause="poison")
    elif result.missing_key:
        await _hold(tools, reference, "seal-key-missing")
    elif _too_large(tools, result):
        await _halve(tools, reference, draft, cause="package-too-large")
    else:
        async with tools.pool.connection() as connection:
            if await packages.sealed(connection, reference, nam_hoc=draft.nam_hoc, content=result.content):
                await note(
                    connection,
                    "package",
                    EventNote(draft.id, Stage.PACK, Fate.DONE, detail={"records": len(draft.octets), "octets": len(result.content)}),
                )
        crash_point("pack.after-seal")
        log.info("pack.sealed", package=draft.id, records=len(draft.octets), octets=len(result.content))


def _job(tools: Tools, draft: Draft) -> SealingJob:
    signing, packing = tools.settings.signing, tools.settings.packing
    return SealingJob(
        draft=draft,
        keys_folder=signing.keys_folder,
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
