"""What senders read again and again: outcomes and the inbox, by positions that never skip a late commit.

Positions are given by the one numberer after the commit (`ledger.dispatch.number_feeds`): once a reader sees a position,
no lower one can appear. What has no position yet does not exist for a reader.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from psycopg.rows import class_row

from ledger.crash import planted
from ledger.database import Connection
from ledger.registry import SPOKEN

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class FeedPage(Generic[Row]):
    """One reading of a feed."""

    next: int
    """where to read on: the last position given, or the one that was asked for when nothing is new"""
    more: bool
    """something stands behind the last row already"""
    rows: tuple[Row, ...]
    """in order of position"""


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """What became of one record, as its sender reads it."""

    position: int
    """place in the feed: rises, with gaps"""
    uuid: str
    """MA_TRA_CUU_UUID"""
    receipt: UUID | None
    """submission that brought the record"""
    line: int | None
    """0-based place in that submission"""
    school: str
    """code of the school"""
    fate: str
    """approved, refused, held, dead or superseded"""
    stage: str
    """stage where it was decided"""
    cause: str
    """machine-readable; empty when approved"""
    findings: list[dict[str, Any]]
    """why, as `schemas.findings.Finding.as_dict` writes it"""
    verdict: dict[str, Any] | None
    """the destination's own words"""
    at: datetime
    """when it was decided, UTC"""


@dataclass(frozen=True, slots=True)
class InboxRecord:
    """One returned record of a pupil."""

    uuid: str
    """MA_TRA_CUU_UUID"""
    school_year: str
    """for example 2025-2026"""
    octets: bytes
    """the HOC_BA element exactly as its issuer signed it"""


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One pupil's records, returned to the school that the pupil goes to."""

    position: int
    """place in the feed: rises, with gaps"""
    bundle: int
    """names the bundle when it is confirmed"""
    reference: str
    """MA_TRA_HOC_BA, the destination's own name of the bundle"""
    school: str
    """code of the receiving school"""
    from_school: str
    """code of the school that issued the records last; may be empty"""
    pupil_ref: str
    """the pupil's code as the destination gave it; may be empty"""
    confirmation: str | None
    """received or refused, once somebody of the school has answered"""
    records: tuple[InboxRecord, ...]
    """one or more years, in the order of the bundle"""
    at: datetime
    """when the hub took it over, UTC"""


_FEED = """
select o.{place} as position, o.uuid, s.receipt, o.line, coalesce(u.code, '') as school, o.fate, o.stage, o.cause,
       o.findings, o.verdict, o.at
from (select * from outcomes where sender_id = %(sender)s and {place} is not null and {place} > %(after)s
      order by {place} limit %(limit)s) o
left join submissions s on s.id = o.submission_id
left join units u on u.id = o.unit_id
order by o.{place}
"""
# The bug that the proof plants reads by ids, which are given before the commit: a late one lies behind the reader.
_OUTCOMES = _FEED.format(place="id" if planted("feed-by-id") else "position")

_INBOX = f"""
-- One probe per school, so that the cost depends on the page and not on how much was ever returned.
with spoken as materialized ({SPOKEN})
select b.inbox_position, b.id, b.ma_tra_hoc_ba, s.code, b.ma_truong_di, coalesce(b.about ->> 'ma_hoc_sinh', ''),
       b.confirmation, b.received_at
from spoken s cross join lateral (
    select * from bundles where unit_id = s.id and inbox_position > %(after)s order by inbox_position limit %(limit)s
) b
order by b.inbox_position limit %(limit)s
"""

_INBOX_RECORDS = """
select r.bundle_id, r.uuid, r.school_year, p.octets from bundle_records r join payloads p on p.sha256 = r.octets_sha256
where r.bundle_id = any(%s) order by r.bundle_id, r.line
"""


async def outcomes(connection: Connection, *, sender_id: int, after: int, limit: int) -> FeedPage[OutcomeRow]:
    """A sender's outcomes behind a position."""
    async with connection.cursor(row_factory=class_row(OutcomeRow)) as cursor:
        await cursor.execute(_OUTCOMES, {"sender": sender_id, "after": after, "limit": limit + 1})
        rows = await cursor.fetchall()
    kept = rows[:limit]
    return FeedPage(next=kept[-1].position if kept else after, more=len(rows) > limit, rows=tuple(kept))


async def inbox(connection: Connection, *, sender_id: int, after: int, limit: int) -> FeedPage[InboxItem]:
    """What lies in the inboxes of the schools that a sender may speak for today.

    An item belongs to the school: whoever speaks for the school today reads it, from the first on if need be.
    """
    cursor = await connection.execute(_INBOX, {"sender": sender_id, "after": after, "limit": limit + 1})
    found = await cursor.fetchall()
    records = await _inbox_records(connection, [row[1] for row in found[:limit]])
    rows = tuple(
        InboxItem(
            position=position,
            bundle=bundle,
            reference=reference,
            school=school,
            from_school=from_school,
            pupil_ref=pupil_ref,
            confirmation=confirmation,
            records=tuple(records.get(bundle, ())),
            at=at,
        )
        for position, bundle, reference, school, from_school, pupil_ref, confirmation, at in found[:limit]
    )
    return FeedPage(next=rows[-1].position if rows else after, more=len(found) > limit, rows=rows)


async def _inbox_records(connection: Connection, bundles: Sequence[int]) -> dict[int, list[InboxRecord]]:
    grouped: dict[int, list[InboxRecord]] = {}
    if bundles:
        cursor = await connection.execute(_INBOX_RECORDS, [list(bundles)])
        for bundle, uuid, school_year, octets in await cursor.fetchall():
            grouped.setdefault(bundle, []).append(InboxRecord(uuid, school_year, bytes(octets)))
    return grouped
