"""What was verified and is under no tree yet, by the day on which it was."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from ledger.database import Connection

LATE = timedelta(days=2)
"""how long after its own time a verification may still be written down"""


@dataclass(frozen=True, slots=True)
class Choice:
    """Of which profiles evidence is kept."""

    named: Collection[str]
    """profiles that are treated otherwise than all others"""
    others: bool
    """it is kept of those that are not named; it is then kept of none of those that are, and the other way round"""


EVERY = Choice((), others=True)
"""it is kept of all profiles"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Octets of a record that was verified; under no tree yet."""

    sha256: bytes = field(repr=False)
    """of the octets"""
    record: int
    """the first record that they are"""
    profile: str
    """its profile"""
    day: date
    """the day in Vietnam on which it was verified first"""


_WAITING = (
    "select coalesce(r.official_sha256, r.received_sha256) as sha256, min(r.id) as record, min(r.profile) as profile,"
    " (min(e.at) at time zone interval '7 hours')::date as day from events e"
    " join transfers t on t.id = e.transfer_id and t.kind = 'record' join records r on r.id = t.record_id"
    " where e.stage = 'verify' and e.fate = 'done' and e.at < %(before)s"
    " and (%(since)s::timestamptz is null or e.at >= %(since)s)"
    " and (r.profile = any(%(named)s)) <> %(others)s"
    " and not exists (select from evidence_leaves l"
    " where l.sha256 = coalesce(r.official_sha256, r.received_sha256)) group by 1"
)


async def wanting(
    connection: Connection, *, before: datetime, since: datetime | None, choice: Choice = EVERY
) -> list[Waiting]:
    """The octets of all records that were verified before an instant and are under no tree yet, each once, by day and
    SHA-256 in ascending order.

    `since` is the instant from which it is looked for; whoever goes on from an earlier question begins `LATE` before its end.
    """
    rows = await (
        await connection.execute(
            f"{_WAITING} order by day, sha256".encode(),
            {"before": before, "since": since, "named": list(choice.named), "others": choice.others},
        )
    ).fetchall()
    return [Waiting(bytes(sha256), record, profile, day) for sha256, record, profile, day in rows]


async def wanting_by_day(
    connection: Connection, *, before: datetime, since: datetime | None, choice: Choice = EVERY
) -> dict[date, int]:
    """How many `wanting` would find, by day in ascending order; counted where they lie."""
    rows = await (
        await connection.execute(
            f"select day, count(*) from ({_WAITING}) w group by day order by day".encode(),
            {"before": before, "since": since, "named": list(choice.named), "others": choice.others},
        )
    ).fetchall()
    return dict(rows)
