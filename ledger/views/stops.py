"""What is stopped or ought to be looked at: lanes, destinations, senders, alarms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from ledger.database import Connection


@dataclass(frozen=True, slots=True)
class LaneView:
    """A lane: one stage towards one destination."""

    stage: str
    """stage"""
    destination: str
    """destination"""
    state: str
    """open, paused or stopped"""
    why: str
    """words for people"""
    by: str
    """who or what changed it"""
    changed_at: datetime | None
    """when; None = never touched"""


@dataclass(frozen=True, slots=True)
class DestinationRow:
    """A destination and its breaker."""

    name: str
    """destination"""
    breaker: str
    """closed (all well), open (paused) or probing"""
    failures: int
    """failures in a row"""
    probe_at: datetime | None
    """next probe"""
    opened_at: datetime | None
    """paused since"""
    deaths: int
    """since the last resume"""


@dataclass(frozen=True, slots=True)
class StoppedSender:
    """A sender that the refusal limit has stopped."""

    code: str
    """short name"""
    name: str
    """name for people"""
    stopped_at: datetime
    """since"""
    why: str
    """words for people"""
    passed: int
    """since the last resume"""
    refused: int
    """since the last resume"""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that ought not to happen, for people to look at."""

    id: int
    """surrogate id"""
    at: datetime
    """UTC"""
    kind: str
    """verdict-missing, verdict-foreign, verdict-contradicts, …"""
    destination: str
    """where"""
    package_id: int | None
    """package concerned"""
    transfer_id: int | None
    """transfer concerned"""
    detail: dict[str, Any]
    """codes and counts"""
    seen_at: datetime | None
    """when somebody looked at it"""


async def lanes(connection: Connection, stages: Sequence[str]) -> list[LaneView]:
    """Every stage towards every known destination, with why it is closed where it is."""
    async with connection.cursor(row_factory=class_row(LaneView)) as cursor:
        await cursor.execute(
            "select s.stage, d.name as destination, coalesce(l.state, 'open') as state, coalesce(l.why, '') as why,"
            " coalesce(l.by, '') as by, l.changed_at from destinations d"
            " cross join unnest(%s::text[]) with ordinality s (stage, n)"
            " left join lanes l on l.stage = s.stage and l.destination = d.name order by d.name, s.n",
            [list(stages)],
        )
        return await cursor.fetchall()


async def destinations(connection: Connection) -> list[DestinationRow]:
    """Every destination with its breaker."""
    async with connection.cursor(row_factory=class_row(DestinationRow)) as cursor:
        await cursor.execute(
            "select name, breaker, failures, probe_at, opened_at, deaths from destinations order by name"
        )
        return await cursor.fetchall()


async def stopped_senders(connection: Connection) -> list[StoppedSender]:
    """Senders that wait for a person to resume them."""
    async with connection.cursor(row_factory=class_row(StoppedSender)) as cursor:
        await cursor.execute(
            "select code, name, stopped_at, coalesce(stopped_why, '') as why, passed, refused from senders"
            " where stopped_at is not null order by stopped_at"
        )
        return await cursor.fetchall()


async def alarms(connection: Connection, *, limit: int = 100) -> list[Alarm]:
    """The newest alarms."""
    async with connection.cursor(row_factory=class_row(Alarm)) as cursor:
        await cursor.execute(
            "select id, at, kind, destination, package_id, transfer_id, detail, seen_at from alarms"
            " order by id desc limit %s",
            [limit],
        )
        return await cursor.fetchall()
