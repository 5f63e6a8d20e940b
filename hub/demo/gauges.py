"""How far the records have come, read from the ledger: what the progress bars show, and how long each stage took."""

from dataclasses import dataclass

import psycopg

from ledger.states import PACKAGE_ROUTE, RECORD_ROUTE, Stage

ROUTE = (*RECORD_ROUTE, *(stage for stage in PACKAGE_ROUTE if stage not in RECORD_ROUTE))
"""A record's way, from normalise to poll."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the ledger."""

    arrived: int
    """records that came, refused ones among them"""
    accepted: int
    """records taken on"""
    passed: dict[Stage, int]
    """records that have passed a stage, or ended there"""
    moving: int
    """records that are neither ended nor held"""
    bundles: dict[str, int]
    """state → returned bundles"""


_MOVING = """
select coalesce(pw.stage, w.stage), count(*) from work w
left join lateral (select p.stage from package_members m join work p on p.id = m.package_id
                   where m.transfer_id = w.id and m.live and w.state = 'gathered' limit 1) pw on true
where w.kind = 'record' and w.state <> 'held' and w.submission_id > %s group by 1
"""

_HELD_PACKAGES = """
select count(*) from package_members m join work p on p.id = m.package_id
where m.live and p.state = 'held'
"""

_TIMES = """
with journeys as (
    select t.id, r.accepted_at,
           (select max(e.at) from events e where e.transfer_id = t.id and e.stage = 'normalise' and e.fate = 'done') n,
           (select max(e.at) from events e where e.transfer_id = t.id and e.stage = 'check' and e.fate = 'done') c,
           (select max(e.at) from events e where e.transfer_id = t.id and e.stage = 'sign' and e.fate = 'done') s,
           (select max(e.at) from events e where e.transfer_id = t.id and e.stage = 'verify' and e.fate = 'done') v,
           p.sealed_at, p.sent_at,
           (select min(x.at) from verdicts x where x.transfer_id = t.id) judged
    from transfers t join records r on r.id = t.record_id
    join package_members m on m.transfer_id = t.id and m.judged join packages p on p.id = m.package_id
    where t.submission_id > %s
), spans as (
    select unnest(array['normalise', 'check', 'sign', 'verify', 'pack', 'deliver', 'poll']) as stage,
           unnest(array[n - accepted_at, c - n, s - c, v - s, sealed_at - v, sent_at - sealed_at, judged - sent_at])
           as span
    from journeys
)
select stage, percentile_cont(0.5) within group (order by extract(epoch from span)),
       max(extract(epoch from span)) from spans where span is not null group by stage
"""

_RETURN_TIMES = """
select percentile_cont(0.5) within group (order by extract(epoch from changed_at - received_at)),
       max(extract(epoch from changed_at - received_at)) from bundles where state = 'acknowledged' and received_at >= %s
"""


@dataclass(frozen=True, slots=True)
class Took:
    """How long records stood at a stage, in seconds."""

    median: float
    """half of them no longer than this"""
    longest: float
    """the slowest of them"""


class Gauges:
    """Reads the ledger, about the submissions of this run."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True, options="-c timezone=UTC")
        self._base = int(self._one("select coalesce(max(id), 0) from submissions"))
        self._began = self._one("select now()")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _one(self, query: str) -> int:
        row = self._connection.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]  # type: ignore[no-any-return]

    def read(self) -> Reading:
        """One look."""
        came = self._connection.execute(
            "select coalesce(sum(accepted + refused + duplicate), 0)::bigint, coalesce(sum(accepted), 0)::bigint"
            " from submissions where id > %s",
            [self._base],
        ).fetchone()
        assert came is not None
        moving: dict[str, int] = dict(self._connection.execute(_MOVING.encode(), [self._base]).fetchall())
        bundles: dict[str, int] = dict(
            self._connection.execute(
                "select state, count(*) from bundles where received_at >= %s group by state", [self._began]
            ).fetchall()
        )
        held = self._one(_HELD_PACKAGES)
        passed = {}
        behind = 0
        for stage in ROUTE:
            behind += moving.get(stage.value, 0)
            passed[stage] = came[1] - behind
        return Reading(came[0], came[1], passed, sum(moving.values()) - held, bundles)

    def times(self) -> dict[Stage, Took]:
        """Stage → how long records of this run stood there."""
        rows = self._connection.execute(_TIMES.encode(), [self._base]).fetchall()
        took = {Stage(stage): Took(float(median), float(longest)) for stage, median, longest in rows}
        row = self._connection.execute(_RETURN_TIMES.encode(), [self._began]).fetchone()
        if row is not None and row[0] is not None:
            took[Stage.RETURN] = Took(float(row[0]), float(row[1]))
        return took
