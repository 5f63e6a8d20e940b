"""What a destination has of a pupil already, as far as this hub brought it there.

A record is looked at beside those accepted before it: an older one that would come after a newer one is not refused for
that, it is superseded (`ledger.reprocess`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledger.database import Connection


@dataclass(frozen=True, slots=True)
class Standing:
    """How a record stands beside those of the same pupil, school, school year and level at the same destination."""

    accepted_on: date | None = None
    """the day in Vietnam on which the hub took the record on"""
    in_force: str | None = None
    """UUID of another record that was approved and not recalled; None where there is none"""
    replaces: bool = False
    """another one was approved, in force still or recalled since"""
    released: bool = False
    """staff let the record go on after a freeze held it"""


NEW = Standing()
"""nothing is known of it"""

_STANDINGS = """
select t.id, (r.accepted_at at time zone interval '7 hours')::date,
       min(p.uuid::text) filter (where p.id is not null and not exists
         (select from transfers k where k.record_id = p.id and k.kind = 'recall' and k.destination = t.destination
          and k.fate = 'done')),
       bool_or(p.id is not null),
       exists (select from events e where e.transfer_id = t.id and e.fate = 'held' and e.cause = 'frozen')
from unnest(%s::bigint[]) x (id)
join transfers t on t.id = x.id
join records r on r.id = t.record_id
left join transfers o on o.sequence_id = t.sequence_id and o.destination = t.destination and o.kind = 'record'
     and o.fate = 'done' and o.position < t.position
left join records p on p.id = o.record_id and p.id <> r.id and p.unit_id = r.unit_id
     and p.school_year = r.school_year and p.level = r.level
group by t.id, r.accepted_at
"""


async def standings(connection: Connection, transfers: Sequence[int]) -> dict[int, Standing]:
    """Standing of each transfer: a pupil's records come one after another, so nothing older is still on its way."""
    if not transfers:
        return {}
    rows = await (await connection.execute(_STANDINGS, [list(transfers)])).fetchall()
    return {row[0]: Standing(row[1], row[2], row[3], row[4]) for row in rows}
