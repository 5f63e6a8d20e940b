"""Keeps evidence of what was verified: every night one hash tree under one timestamp, renewed before anything in it ages.

Nothing is written before its timestamp is there, and everything in one transaction: whatever dies, the next round finds
what is under no tree and begins anew. One keeper at a time works on a ledger. An authority that is away costs a night's
tree hours, never its records: they go into the tree that is built when it answers.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import structlog

from ledger import evidence, evidence_tasks
from ledger.crash import crash_point
from ledger.database import Connection, Pool
from ledger.evidence import Planted, Standing, StandingMoved
from routes.fates import rhythm
from routes.settings import RouteSettings
from routes.signing_settings import EvidenceSettings
from routes.stamping import Stamper, TimestampDown, stamp, stamper_of
from routes.tools import Tools
from schemas.algorithms import SUITES, Suite
from signing.evidence import (
    HashTree,
    NotInTree,
    Syntax,
    chains_of,
    data_digest,
    link_digest,
    rehashed_leaf,
    settled,
    signature_method,
)
from signing.timestamps import verify_timestamp
from signing.verify.policy import VIETNAM

log = structlog.get_logger(__name__)

PAGE = 500
"""records whose octets are in memory at once"""
AT_ONCE = 2
"""pages that are gone through side by side: reading, parsing and canonicalising let each other run"""
RENEWALS_SECONDS = 3600.0
"""how often it is asked whether something ages"""

AGAIN = timedelta(days=7)
"""how soon after its own timestamp something is renewed, at the earliest"""

Progress = Callable[[int], None]
"""is told how many records have been gone through"""


async def keep_for_ever(tools: Tools, stop: asyncio.Event) -> None:
    """Round after round; nothing at all where evidence is not kept."""
    settings = tools.settings
    if not wanted(settings):
        return
    stamper = stamper_of(settings.signing)
    try:
        keeper = Preserver(tools.pool, settings.evidence, stamper)
        while not stop.is_set():
            try:
                await keeper.round()
            except Exception as error:
                # Whatever a database, a disk or an authority does: nothing is lost, and the next round comes.
                log.warning("evidence.round-failed", reason=type(error).__name__)
            try:
                await asyncio.wait_for(stop.wait(), settings.evidence.look_seconds)
            except TimeoutError:
                continue
    finally:
        await stamper.client.close()


def wanted(settings: RouteSettings) -> bool:
    """Whether evidence is kept here."""
    enabled = settings.evidence.enabled
    return bool(settings.signing.timestamps.urls) if enabled is None else enabled


def closed(now: datetime, hour: int) -> tuple[date, datetime]:
    """The last day that is over and whose hour has come, and the instant at which it ended."""
    local = now.astimezone(VIETNAM) - timedelta(hours=hour)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.date() - timedelta(days=1), midnight.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Built:
    """A tree that was built."""

    id: int
    """number of the tree"""
    records: int
    """record octets under it"""


@dataclass(frozen=True, slots=True)
class Due:
    """What must be renewed now."""

    renewals: tuple[Standing, ...]
    """timestamps that another one covers"""
    rehashes: tuple[Standing, ...]
    """timestamps whose data objects are hashed anew"""


@dataclass(slots=True)
class Preserver:
    """Keeps the evidence of one ledger."""

    pool: Pool
    """connections to the ledger"""
    settings: EvidenceSettings
    """when, how, and how long before an end"""
    stamper: Stamper
    """who is asked for timestamps"""
    suites: Sequence[Suite] = SUITES
    """which algorithms may be used until when"""
    progress: Progress = lambda _: None
    """is told how many records have been gone through"""

    async def round(self) -> None:
        """Do what is due, alone."""
        async with self.pool.connection() as guard, evidence.alone(guard) as mine:
            if mine:
                await self._build_if_due()
                await self._renew_if_due()

    async def _build_if_due(self) -> None:
        day, until = closed(datetime.now(UTC), self.settings.hour)
        async with self.pool.connection() as connection:
            task = await evidence_tasks.task(connection, "build")
        if task.due_at <= datetime.now(UTC) and (task.done_until is None or task.done_until < until):
            await self._trying("build", task.tries, partial(self.build, day=day, until=until))

    async def _renew_if_due(self) -> None:
        async with self.pool.connection() as connection:
            task = await evidence_tasks.task(connection, "renew")
        if task.due_at <= datetime.now(UTC):
            await self._trying("renew", task.tries, self.renew)

    async def _trying(self, name: str, tries: int, work: Callable[[], Awaitable[object]]) -> None:
        try:
            await work()
        except TimestampDown as error:
            log.warning("evidence.no-timestamp", task=name, reasons=error.reasons)
            wait = rhythm(self.settings.retry_delays_seconds, tries, 0.1)
            alarm = timedelta(seconds=self.settings.alarm_seconds)
            async with self.pool.connection() as connection:
                await evidence_tasks.failed(
                    connection, name, cause="timestamp-down", due_seconds=wait, alarm_after=alarm
                )

    # ------------------------------------------------------------ a day's tree

    async def build(self, *, day: date, until: datetime) -> Built | None:
        """One tree over all that was verified before an instant and is under none; None where there is nothing.

        Raises:
            TimestampDown: no authority gave a timestamp; nothing is written.
        """
        async with self.pool.connection() as connection:
            task = await evidence_tasks.task(connection, "build")
            members = await evidence.wanting(connection, before=until, since=task.done_until)
        if not members:
            async with self.pool.connection() as connection:
                await evidence_tasks.done(connection, "build", done_until=until)
            return None
        leaves = await self._leaves(list(members))
        tree = await asyncio.to_thread(HashTree.of, leaves, self.settings.algorithm)
        planted = await self._planted("records", tree, day=day)
        async with self.pool.connection() as connection:
            number = await evidence.write_day(connection, planted, members, done_until=until)
        crash_point("evidence.after-write")
        log.info("evidence.built", day=day.isoformat(), records=len(members), leaves=len(tree.leaves))
        return Built(number, len(members))

    async def _leaves(self, members: Sequence[bytes]) -> set[bytes]:
        """The digests of all octets and, for the XML form, of their canonical forms."""
        algorithm = self.settings.algorithm
        if algorithm == "sha256" and not self.settings.xml:
            return set(members)
        gate, done = asyncio.Semaphore(AT_ONCE), 0

        async def digests(start: int) -> set[bytes]:
            nonlocal done
            async with gate:
                page = members[start : start + PAGE]
                async with self.pool.connection() as connection:
                    octets = await evidence.octets_of(connection, page)
                found = await asyncio.to_thread(_digests, list(octets.values()), algorithm, self._syntaxes(algorithm))
                done += len(page)
                self.progress(done)
                return found

        found = await asyncio.gather(*(digests(start) for start in range(0, len(members), PAGE)))
        known = members if algorithm == "sha256" else ()
        return set().union(known, *found)

    def _syntaxes(self, algorithm: str) -> list[Syntax]:
        """Those whose digests are not in the ledger already."""
        known = [] if algorithm == "sha256" else [Syntax.ASN1]
        return [*known, Syntax.XML] if self.settings.xml else known

    async def _planted(self, kind: str, tree: HashTree, *, day: date | None = None) -> Planted:
        """A tree with a timestamp over its root."""
        token = await stamp(self.stamper, tree.root, algorithm=tree.algorithm)
        crash_point("evidence.after-stamp")
        told = verify_timestamp(token, digest=tree.root, trust=self.stamper.trust)
        assert told.time is not None
        assert told.tsa is not None
        return Planted(
            kind=kind,
            day=day,
            algorithm=tree.algorithm,
            root=tree.root,
            leaves=tree.leaves,
            token=token,
            stamped_at=told.time,
            good_until=told.until or told.tsa.not_after,
            signature=f"{signature_method(token)}, {told.tsa.key.name}",
        )

    # ------------------------------------------------------------ renewal

    async def due(self) -> Due:
        """What ends within the settings' days."""
        async with self.pool.connection() as connection:
            standings = await evidence.standings(connection)
        return due(standings, self.settings, self.suites, now=datetime.now(UTC))

    async def renew(self) -> int:
        """Renew what is due; how many timestamps were covered.

        Raises:
            TimestampDown: no authority gave a timestamp; what was renewed before stays so.
        """
        found = await self.due()
        for algorithm in sorted({each.algorithm for each in found.renewals}):
            await self._cover([each for each in found.renewals if each.algorithm == algorithm], algorithm)
        for standing in found.rehashes:
            token = await asyncio.to_thread(self._settled, standing)
            for series in standing.series:
                await self._rehash(replace(standing, series=(series,)), token)
        async with self.pool.connection() as connection:
            await evidence_tasks.done(connection, "renew", due_seconds=RENEWALS_SECONDS)
        return len(found.renewals) + len(found.rehashes)

    async def _cover(self, standings: Sequence[Standing], algorithm: str) -> None:
        """One timestamp over those of one hash algorithm, each with the revocation data of its day in it."""
        tokens = {each.tree_id: await asyncio.to_thread(self._settled, each) for each in standings}
        leaves = {link_digest(syntax, token, algorithm) for syntax in Syntax for token in tokens.values()}
        planted = await self._planted("renewal", HashTree.of(leaves, algorithm))
        enriched = [(each.tree_id, tokens[each.tree_id]) for each in standings if tokens[each.tree_id] != each.token]
        await self._written(
            lambda connection: evidence.write_renewal(connection, planted, standings, enriched=enriched)
        )
        log.info("evidence.renewed", timestamps=len(standings), settled=len(enriched))

    def _settled(self, standing: Standing) -> bytes:
        """The token with its revocation data; as it is where that cannot be had, does not hold with it, or comes late."""
        if standing.covered:
            return standing.token
        now = datetime.now(UTC)
        trust = self.stamper.trust
        told = verify_timestamp(standing.token, digest=standing.root, trust=trust, at=now)
        if told.tsa is None or not told.passed:
            log.warning("evidence.covered-unproven", tree=standing.tree_id, cause=told.cause)
            return standing.token
        token = settled(standing.token, told.tsa, trust, at=now)
        good = verify_timestamp(token, digest=standing.root, trust=trust, at=now).passed
        return token if good else standing.token

    async def _rehash(self, standing: Standing, token: bytes) -> None:
        """One timestamp, by the settings' algorithm, over a day's records and all that was there about them."""
        (series,) = standing.series
        algorithm = self.settings.algorithm
        async with self.pool.connection() as connection:
            steps = await evidence.steps_of(connection, series)
        *before, last = [(each.chain, HashTree.of(each.leaves, each.algorithm), each.token) for each in steps]
        trees = [*before, (*last[:2], token)]
        leaves: set[bytes] = set()
        after, count = b"", 0
        while True:
            async with self.pool.connection() as connection:
                page = await evidence.under(connection, series, after=after, limit=PAGE)
            if not page:
                break
            leaves |= await asyncio.to_thread(_rehashed_leaves, [each.octets for each in page], trees, algorithm)
            after, count = page[-1].sha256, count + len(page)
            self.progress(count)
        planted = await self._planted("rehash", HashTree.of(leaves, algorithm))
        enriched = [(standing.tree_id, token)] if token != standing.token else []
        await self._written(lambda connection: evidence.write_rehash(connection, planted, standing, enriched=enriched))
        log.info("evidence.rehashed", series=series, records=count, algorithm=algorithm)

    async def _written(self, write: Callable[[Connection], Awaitable[int]]) -> None:
        try:
            async with self.pool.connection() as connection:
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


def _digests(octets: Sequence[bytes], algorithm: str, syntaxes: Sequence[Syntax]) -> set[bytes]:
    return {data_digest(syntax, each, algorithm) for syntax in syntaxes for each in octets}


def _rehashed_leaves(
    octets: Sequence[bytes], trees: Sequence[tuple[int, HashTree, bytes]], algorithm: str
) -> set[bytes]:
    leaves = set()
    for each in octets:
        for syntax in Syntax:
            try:
                chains = chains_of(syntax, each, trees)
            except NotInTree:
                # A tree that was built without the XML form.
                continue
            leaves.add(rehashed_leaf(syntax, chains, data_digest(syntax, each, algorithm), algorithm))
    return leaves
