"""The return stage: records that a destination gives back on admission results, to the receiving school's software.

Collected under a durable cursor, verified by their original signatures, put into the school's inbox, and acknowledged
to the destination only once the school's software has confirmed.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import psycopg
import structlog

from connectors.portal import Portal, PortalDown, PortalFault, ReturnedBundle
from ledger import lanes, returns
from ledger.crash import crash_point
from ledger.dispatch import Reference
from ledger.outcomes import move_one
from ledger.returns import Bundle, Returned
from ledger.states import Stage, State
from routes import way
from routes.crew import Poisoned
from routes.fates import delay
from routes.tools import Tools
from schemas.findings import Finding, FindingError
from schemas.identity import identify
from schemas.octets import cut_batch, parse_record
from schemas.packing import PackingError, unpack

log = structlog.get_logger(__name__)

PAGE = 50
"""Bundles asked for at once."""

COLLECTOR_LOCK = 0x486F5274  # one process collects at a time


async def collect_for_ever(tools: Tools, stop: asyncio.Event) -> None:
    """Ask every destination for returned records, again and again."""
    while not stop.is_set():
        for destination, portal in tools.portals.items():
            try:
                while await collect(tools, destination, portal):
                    pass
            except (PortalFault, psycopg.Error, OSError) as error:
                log.debug("returns.no-answer", destination=destination, reason=type(error).__name__)
        try:
            await asyncio.wait_for(stop.wait(), tools.settings.return_seconds)
        except TimeoutError:
            continue


async def collect(tools: Tools, destination: str, portal: Portal) -> int:
    """Fetch and keep one page; returns how many bundles it held."""
    name = f"{destination}/returns"
    async with tools.pool.connection() as connection:
        if (Stage.RETURN.value, destination) in await lanes.closed_lanes(connection):
            return 0
        after = await returns.cursor_of(connection, name)
    page = await portal.returned(after=after, limit=PAGE)
    crash_point("return.after-fetch")
    if not page.bundles:
        return 0
    async with tools.pool.connection() as connection:
        row = await (await connection.execute("select pg_try_advisory_xact_lock(%s)", [COLLECTOR_LOCK])).fetchone()
        if row is None or not row[0] or await returns.cursor_of(connection, name) != after:
            # Another process collects, or has collected this page while it was on its way here.
            return 0
        new = await returns.keep(
            connection,
            destination=destination,
            bundles=[_returned(bundle) for bundle in page.bundles],
            cursor_name=name,
            cursor=page.cursor,
        )
    crash_point("return.after-store")
    log.info("returns.collected", destination=destination, bundles=len(page.bundles), new=new)
    return len(page.bundles) if page.cursor != after else 0


def _returned(bundle: ReturnedBundle) -> Returned:
    """The bundle with its content unpacked; what cannot be unpacked is kept as it came, and fails visibly later."""
    try:
        content = unpack(bundle.content)
    except PackingError:
        content = bundle.content.encode()
    return Returned(
        ma_tra_hoc_ba=bundle.ma_tra_hoc_ba,
        ma_truong_di=bundle.ma_truong_di,
        ma_truong_den=bundle.ma_truong_den,
        ngay_tra=bundle.ngay_tra,
        content=content,
        sha256=hashlib.sha256(content).digest(),
        about=bundle.about(),
    )


async def bring_back(tools: Tools, reference: Reference) -> None:
    """One bundle, one step further: into the inbox, or its acknowledgement to the destination."""
    async with tools.pool.connection() as connection:
        bundle = await returns.load_bundle(connection, reference)
        if bundle is not None and bundle.state == "inbox":
            await move_one(
                connection,
                id=reference.id,
                token=reference.token,
                stage=Stage.RETURN,
                state=State.WAITING,
                due_seconds=returns.REMINDER_SECONDS,
            )
    if bundle is None or bundle.state == "inbox":
        return
    if bundle.state == "confirmed":
        await _acknowledge(tools, reference, bundle)
    else:
        await _examine(tools, reference, bundle)


async def _examine(tools: Tools, reference: Reference, bundle: Bundle) -> None:
    result = (await tools.crew.run(examine, [bundle.content]))[0]
    cause, findings, records = ("poison", (), ()) if isinstance(result, Poisoned) else result
    if not cause and bundle.unit_id is None:
        cause = "unmatched-school"
    async with tools.pool.connection() as connection:
        if cause:
            await returns.fail(connection, reference, bundle, cause=cause, findings=findings)
        else:
            await returns.to_inbox(connection, reference, bundle, records)
    log.info("returns.examined", bundle=bundle.id, cause=cause or "inbox", records=len(records))


Examined = tuple[str, Sequence[Finding], Sequence[tuple[str, str, bytes, bytes]]]


def examine(content: bytes) -> Examined:
    """Verify every record of a bundle by its original signatures (runs in a child process).

    The issuing schools' approvals of that time are the destination's to know: what is checked here is that each
    signature is intact, its path leads to a trusted anchor, and every required slot is signed.
    """
    try:
        cut = cut_batch(content)
    except FindingError as error:
        return "returned-content", error.findings, ()
    records = []
    for octets in cut.records:
        try:
            root = parse_record(octets)
        except FindingError as error:
            return "returned-content", error.findings, ()
        identity = identify(root)
        validation = way.returned_verdict(octets, root, identity.version, identity.level, at=datetime.now(UTC))
        if validation is None or not validation.passed:
            return "returned-signature", () if validation is None else validation.findings, ()
        records.append((identity.uuid, identity.school_year, hashlib.sha256(octets).digest(), octets))
    return ("", (), records) if records else ("returned-content", (), ())


async def _acknowledge(tools: Tools, reference: Reference, bundle: Bundle) -> None:
    try:
        await tools.portals[bundle.destination].acknowledge_return(
            ma_tra_hoc_ba=bundle.ma_tra_hoc_ba,
            ma_truong_den=bundle.ma_truong_den,
            received=bundle.confirmation == "received",
            reason=bundle.reason,
        )
    except PortalFault as fault:
        await _acknowledge_later(tools, reference, bundle, fault)
        return
    crash_point("return.after-acknowledge")
    async with tools.pool.connection() as connection:
        await returns.acknowledged(connection, reference, bundle)
    log.info("returns.acknowledged", bundle=bundle.id)


async def _acknowledge_later(tools: Tools, reference: Reference, bundle: Bundle, fault: PortalFault) -> None:
    """Saying it twice is harmless: it is tried until it is heard."""
    retry = tools.settings.retry
    wait = delay(retry.delays_seconds, min(bundle.tries, len(retry.delays_seconds) - 1), retry.jitter)
    async with tools.pool.connection() as connection:
        await move_one(
            connection,
            id=reference.id,
            token=reference.token,
            stage=Stage.RETURN,
            state=State.WAITING,
            due_seconds=wait or 0.0,
            again=not isinstance(fault, PortalDown),
        )
