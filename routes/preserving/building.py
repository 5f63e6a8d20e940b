"""Trees over what was verified: each civil day of Vietnam has one of its own, however many days were missed."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import structlog

from ledger import evidence
from ledger.crash import crash_point
from ledger.evidence import LATE, Waiting, tasks
from routes.preserving.planting import PAGE, Means, plant
from signing.evidence import HashTree, Syntax, data_digest
from signing.verify.policy import VIETNAM

log = structlog.get_logger(__name__)

AT_ONCE = 2
"""pages that are gone through side by side: reading, parsing and canonicalising let each other run"""
_OF_LEDGER = "sha256"
"""digests of octets that the ledger has already"""


@dataclass(frozen=True, slots=True)
class Built:
    """A tree that was built."""

    id: int
    """number of the tree"""
    day: date
    """the day that it closes"""
    records: int
    """record octets under it"""


def closed(now: datetime, hour: int) -> tuple[date, datetime]:
    """The last day that is over and whose hour has come, and the instant at which it ended."""
    local = now.astimezone(VIETNAM) - timedelta(hours=hour)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.date() - timedelta(days=1), midnight.astimezone(UTC)


async def waiting(
    means: Means, *, until: datetime, since: datetime | None = None, together: bool = False
) -> dict[date, list[Waiting]]:
    """What was verified before an instant, is to be proven and is under no tree, by the day whose tree it joins.

    What was written down late joins the first day that is still open. `since` looks further back, at what was passed by
    then, day by day; `together` makes it all one day, the last.
    """
    async with means.pool.connection() as connection:
        done_until = (await tasks.task(connection, "build")).done_until
        begin = since if since is not None or done_until is None else done_until - LATE
        found = await evidence.wanting(connection, before=until, since=begin, choice=means.settings.choice)
    last = _day(until - timedelta(microseconds=1))
    first = last if together else date.min if since is not None or done_until is None else _day(done_until)
    days = defaultdict(list)
    for each in found:
        days[min(last, max(each.day, first))].append(each)
    return dict(sorted(days.items()))


async def build(
    means: Means, *, until: datetime, since: datetime | None = None, together: bool = False
) -> AsyncIterator[Built]:
    """A tree for each day on which something was verified before an instant and that is under none, as each is written.

    Raises:
        TimestampDown: no authority gave a timestamp; the days that were told of are written, no others.
    """
    gone = 0
    for day, members in (await waiting(means, until=until, since=since, together=together)).items():
        leaves = await _leaves(means, members, gone)
        tree = await asyncio.to_thread(HashTree.of, leaves, means.settings.algorithm)
        planted = await plant(means, "records", tree, day=day)
        async with means.pool.connection() as connection:
            number = await evidence.write_day(connection, planted, members, done_until=min(until, _end(day)))
        crash_point("evidence.after-write")
        log.info("evidence.built", day=day.isoformat(), records=len(members), leaves=len(tree.leaves))
        gone += len(members)
        yield Built(number, day, len(members))
    async with means.pool.connection() as connection:
        await tasks.done(connection, "build", done_until=until)


async def _leaves(means: Means, members: Sequence[Waiting], gone: int) -> set[bytes]:
    """The digests of the octets and of the canonical forms, as each profile's records are to be proven."""
    algorithm, settings = means.settings.algorithm, means.settings
    leaves: set[bytes] = set()
    to_read: dict[tuple[Syntax, ...], list[bytes]] = defaultdict(list)
    for each in members:
        wanted = settings.syntaxes(each.profile)
        if Syntax.ASN1 in wanted and algorithm == _OF_LEDGER:
            leaves.add(each.sha256)
            wanted = tuple(syntax for syntax in wanted if syntax is not Syntax.ASN1)
        if wanted:
            to_read[wanted].append(each.sha256)
    gate, lacking = asyncio.Semaphore(AT_ONCE), sum(map(len, to_read.values()))
    done = gone + len(members) - lacking

    async def digests(page: Sequence[bytes], syntaxes: Sequence[Syntax]) -> set[bytes]:
        nonlocal done
        async with gate:
            async with means.pool.connection() as connection:
                octets = await evidence.octets_of(connection, page)
            found = await asyncio.to_thread(_digests, list(octets.values()), algorithm, syntaxes)
            done += len(page)
            means.progress(done)
            return found

    pages = [
        (those[start : start + PAGE], syntaxes)
        for syntaxes, those in to_read.items()
        for start in range(0, len(those), PAGE)
    ]
    return leaves.union(*await asyncio.gather(*(digests(*page) for page in pages)))


def _digests(octets: Sequence[bytes], algorithm: str, syntaxes: Sequence[Syntax]) -> set[bytes]:
    return {data_digest(syntax, each, algorithm) for syntax in syntaxes for each in octets}


def _day(moment: datetime) -> date:
    return moment.astimezone(VIETNAM).date()


def _end(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=VIETNAM) + timedelta(days=1)
