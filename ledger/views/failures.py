"""What has failed, by cause: how much, since when, and what its findings advise."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from ledger.database import Connection
from schemas.findings import Severity


@dataclass(frozen=True, slots=True)
class Advice:
    """A fault that failed transfers have in common, in its own words, with its remedy."""

    rule: str
    """rule id"""
    message: dict[str, str]
    """what is wrong: vi, en"""
    remedy: dict[str, str]
    """how to mend it: vi, en"""
    count: int
    """how many of the newest failed transfers have it"""


@dataclass(frozen=True, slots=True)
class FailedRow:
    """Failed work with one cause."""

    cause: str
    """machine-readable cause"""
    count: int
    """transfers; members of held packages count one by one"""
    fates: tuple[str, ...]
    """refused, held, dead: of the samples"""
    stages: tuple[str, ...]
    """where, of the samples"""
    oldest: datetime
    """when the oldest of them failed"""
    sample: tuple[int, ...]
    """a few ids of transfers, newest first"""
    advice: tuple[Advice, ...]
    """rules and remedies of the samples"""


@dataclass(frozen=True, slots=True)
class FailedTransfer:
    """One failed transfer in a list."""

    id: int
    """transfer"""
    uuid: UUID | None
    """of the record"""
    school: str
    """code of the school"""
    fate: str
    """refused, held or dead"""
    stage: str
    """where"""
    findings: list[dict[str, Any]]
    """what was found"""
    changed_at: datetime
    """when"""


FAILED = "fate in ('refused', 'held', 'dead')"

_CAUSES = f"""
select c.cause, c.count, newest.fates, newest.stages, oldest.changed_at, newest.sample, newest.findings
from (select cause, count(*) as count, min(id) as first from transfers where {FAILED}
      group by cause order by count(*) desc limit %(limit)s) c
cross join lateral (select changed_at from transfers where id = c.first) oldest
cross join lateral (
    select array_agg(distinct fate) as fates, array_agg(distinct stage) as stages,
           (array_agg(id order by id desc))[1:5] as sample, jsonb_agg(findings) as findings
    from (select id, fate, stage, findings from transfers where cause = c.cause and {FAILED}
          order by id desc limit 50) s) newest
union all
select p.cause, sum(p.members)::bigint, array['held'], array_agg(distinct w.stage), min(w.since),
       (array_agg(w.id order by w.id desc))[1:5], '[]'
from work w join packages p on p.id = w.id where w.kind = 'package' and w.state = 'held' group by p.cause
order by 2 desc
"""

_FAILED_TRANSFERS = f"""
select t.id, r.uuid, coalesce(u.code, '') as school, t.fate, t.stage, t.findings, t.changed_at
from (select * from transfers where cause = %(cause)s and {FAILED} and id < %(before)s order by id desc
      limit %(limit)s) t
left join records r on r.id = t.record_id left join units u on u.id = t.unit_id order by t.id desc
"""


async def failed(connection: Connection, *, limit: int = 200) -> list[FailedRow]:
    """Failed transfers and held packages by cause, most first."""
    cursor = await connection.execute(_CAUSES, {"limit": limit})
    return [
        FailedRow(
            cause=cause,
            count=count,
            fates=tuple(sorted(fates)),
            stages=tuple(sorted(stages)),
            oldest=oldest,
            sample=tuple(sample),
            advice=advice_of(findings),
        )
        for cause, count, fates, stages, oldest, sample, findings in await cursor.fetchall()
    ]


def advice_of(findings: Sequence[Sequence[dict[str, Any]]]) -> tuple[Advice, ...]:
    """One rule may be broken in several ways: each counts for itself, the most frequent first; warnings stop nobody."""
    counts: Counter[tuple[str, str]] = Counter()
    said: dict[tuple[str, str], dict[str, Any]] = {}
    for told in findings:
        grave = [finding for finding in told if finding["severity"] == Severity.ERROR]
        ways = {(finding["rule"], finding["message"]["vi"]): finding for finding in grave}
        counts.update(ways.keys())
        said.update(ways)
    return tuple(
        Advice(key[0], said[key]["message"], said[key]["remedy"], count) for key, count in counts.most_common()
    )


async def failed_transfers(
    connection: Connection, *, cause: str, before: int | None, limit: int
) -> list[FailedTransfer]:
    """Failed transfers with a cause, newest first."""
    async with connection.cursor(row_factory=class_row(FailedTransfer)) as cursor:
        await cursor.execute(
            _FAILED_TRANSFERS, {"cause": cause, "before": before if before is not None else 2**62, "limit": limit}
        )
        return await cursor.fetchall()
