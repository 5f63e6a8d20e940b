"""Renewal: another timestamp over those that end soon, or another hash over the records themselves."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import structlog

from ledger import evidence
from ledger.crash import crash_point
from ledger.database import Connection
from ledger.evidence import Standing, StandingMoved, tasks
from routes.preserving.planting import PAGE, Means, plant
from routes.signing_settings import EvidenceSettings
from schemas.algorithms import Suite
from signing.evidence import (
    HashTree,
    NotInTree,
    Syntax,
    chains_of,
    data_digest,
    link_digest,
    rehashed_leaf,
    settled,
)
from signing.timestamps import verify_timestamp
from signing.verify.policy import VIETNAM

log = structlog.get_logger(__name__)

RENEWALS_SECONDS = 3600.0
"""how often it is asked whether something ages"""
AGAIN = timedelta(days=7)
"""how soon after its own timestamp something is renewed, at the earliest"""


@dataclass(frozen=True, slots=True)
class Due:
    """What must be renewed now."""

    renewals: tuple[Standing, ...]
    """timestamps that another one covers"""
    rehashes: tuple[Standing, ...]
    """timestamps whose data objects are hashed anew"""


async def found_due(means: Means) -> Due:
    """What ends within the settings' days."""
    async with means.pool.connection() as connection:
        standings = await evidence.standings(connection)
    return due(standings, means.settings, means.suites, now=datetime.now(UTC))


async def renew(means: Means) -> int:
    """Renew what is due; how many timestamps were covered.

    Raises:
        TimestampDown: no authority gave a timestamp; what was renewed before stays so.
    """
    found = await found_due(means)
    for algorithm in sorted({each.algorithm for each in found.renewals}):
        await _cover(means, [each for each in found.renewals if each.algorithm == algorithm], algorithm)
    for standing in found.rehashes:
        token = await asyncio.to_thread(_settled, means, standing)
        for series in standing.series:
            await _rehash(means, replace(standing, series=(series,)), token)
    async with means.pool.connection() as connection:
        await tasks.done(connection, "renew", due_seconds=RENEWALS_SECONDS)
    return len(found.renewals) + len(found.rehashes)


async def _cover(means: Means, standings: Sequence[Standing], algorithm: str) -> None:
    """One timestamp over those of one hash algorithm, each with the revocation data of its day in it."""
    tokens = {each.tree_id: await asyncio.to_thread(_settled, means, each) for each in standings}
    leaves = {link_digest(syntax, token, algorithm) for syntax in Syntax for token in tokens.values()}
    planted = await plant(means, "renewal", HashTree.of(leaves, algorithm))
    enriched = [(each.tree_id, tokens[each.tree_id]) for each in standings if tokens[each.tree_id] != each.token]
    await _written(means, lambda connection: evidence.write_renewal(connection, planted, standings, enriched=enriched))
    log.info("evidence.renewed", timestamps=len(standings), settled=len(enriched))


def _settled(means: Means, standing: Standing) -> bytes:
    """The token with its revocation data; as it is where that cannot be had, does not hold with it, or comes late."""
    if standing.covered:
        return standing.token
    now = datetime.now(UTC)
    trust = means.stamper.trust
    told = verify_timestamp(standing.token, digest=standing.root, trust=trust, at=now)
    if told.tsa is None or not told.passed:
        log.warning("evidence.covered-unproven", tree=standing.tree_id, cause=told.cause)
        return standing.token
    token = settled(standing.token, told.tsa, trust, at=now)
    good = verify_timestamp(token, digest=standing.root, trust=trust, at=now).passed
    return token if good else standing.token


async def _rehash(means: Means, standing: Standing, token: bytes) -> None:
    """One timestamp, by the settings' algorithm, over a day's records and all that was there about them."""
    (series,) = standing.series
    algorithm = means.settings.algorithm
    async with means.pool.connection() as connection:
        steps = await evidence.steps_of(connection, series)
    *before, last = [(each.chain, HashTree.of(each.leaves, each.algorithm), each.token) for each in steps]
    trees = [*before, (*last[:2], token)]
    leaves: set[bytes] = set()
    after, count = b"", 0
    while True:
        async with means.pool.connection() as connection:
            page = await evidence.under(connection, series, after=after, limit=PAGE)
        if not page:
            break
        leaves |= await asyncio.to_thread(_rehashed_leaves, [each.octets for each in page], trees, algorithm)
        after, count = page[-1].sha256, count + len(page)
        means.progress(count)
    planted = await plant(means, "rehash", HashTree.of(leaves, algorithm))
    enriched = [(standing.tree_id, token)] if token != standing.token else []
    await _written(means, lambda connection: evidence.write_rehash(connection, planted, standing, enriched=enriched))
    log.info("evidence.rehashed", series=series, records=count, algorithm=algorithm)


async def _written(means: Means, write: Callable[[Connection], Awaitable[int]]) -> None:
    try:
        async with means.pool.connection() as connection:
            await write(connection)
    except StandingMoved:
        # Somebody was faster: it is covered, and what was stamped here is of no use.
        log.info("evidence.moved")
    crash_point("evidence.after-write")


def due(standings: Sequence[Standing], settings: EvidenceSettings, suites: Sequence[Suite], *, now: datetime) -> Due:
    """What ends within the settings' days: a hash algorithm, or else the authority's certificate or signature method.

    An authority that goes on with what ends soon would be asked every hour in vain: it is given a week, or a quarter of
    the time that is left.
    """
    soon = now + timedelta(days=settings.renew_days)
    day = soon.astimezone(VIETNAM).date()
    aging = [each for each in standings if _hash_ends(each.algorithm, suites) <= day]
    rehashes = [each for each in aging if each.algorithm != settings.algorithm]
    renewals = [
        each
        for each in standings
        if each not in rehashes
        and (each.good_until <= soon or _method_ends(each.signature, suites) <= day)
        and now - each.stamped_at >= min(AGAIN, (each.good_until - now) / 4)
    ]
    return Due(tuple(renewals), tuple(rehashes))


def _hash_ends(algorithm: str, suites: Sequence[Suite]) -> date:
    return max((suite.until for suite in suites if algorithm in suite.digests), default=date.min)


def _method_ends(signature: str, suites: Sequence[Suite]) -> date:
    """`signature` is a method and a key, for example ecdsa-sha256, EC-256."""
    method, _, key = signature.partition(", ")
    kind, _, bits = key.partition("-")
    digests = (method.rpartition("-")[2],)
    fit = (each for each in suites if each.allows(signature=method, key=kind, bits=int(bits), digests=digests, c14n=()))
    return max((suite.until for suite in fit), default=date.min)


def _rehashed_leaves(
    octets: Sequence[bytes], trees: Sequence[tuple[int, HashTree, bytes]], algorithm: str
) -> set[bytes]:
    leaves = set()
    for each in octets:
        for syntax in Syntax:
            try:
                chains = chains_of(syntax, each, trees)
            except NotInTree:
                # A tree that was built without this form.
                continue
            leaves.add(rehashed_leaf(syntax, chains, data_digest(syntax, each, algorithm), algorithm))
    return leaves
