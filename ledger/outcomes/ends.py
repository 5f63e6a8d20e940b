"""What a transfer's end entails: the sender's feed, the UUID, the next of the sequence, the dead letter, the limits."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ledger.database import Connection
from ledger.lanes import count_deaths
from ledger.outcomes.told import Step
from ledger.states import Fate


@dataclass(frozen=True, slots=True)
class Limits:
    """When a sender or a destination is stopped."""

    refusals: int
    """refused records from which a sender may be stopped"""
    refusal_share: float
    """and their share"""
    deaths: int
    """dead transfers that stop a destination"""


@dataclass(frozen=True, slots=True)
class Ended:
    """A transfer that has left the table of unfinished work."""

    id: int
    """transfer"""
    sequence_id: int | None
    """its pupil's sequence; None where it has none"""
    sender_id: int
    """whose it is"""
    destination: str
    """where it was heading"""


async def feed(connection: Connection, ends: Sequence[tuple[int, str]]) -> None:
    """Tell the senders: (transfer, fate as the feed words it) of transfers whose row already says why."""
    await connection.execute(
        "insert into outcomes (sender_id, transfer_id, record_id, submission_id, line, uuid, unit_id, fate, stage,"
        " cause, findings, verdict)"
        " select t.sender_id, t.id, t.record_id, t.submission_id, r.line, r.uuid::text, t.unit_id, e.fate, t.stage,"
        " t.cause, t.findings,"
        " (select jsonb_build_object('trang_thai', v.trang_thai, 'error', v.error, 'error_field_title',"
        "  v.error_field_title, 'error_description', v.error_description, 'at', v.at)"
        "  from verdicts v where v.transfer_id = t.id order by v.id desc limit 1)"
        " from unnest(%s::bigint[], %s::text[]) with ordinality e (id, fate, n)"
        " join transfers t on t.id = e.id join records r on r.id = t.record_id order by e.n",
        [[transfer for transfer, _ in ends], [fate for _, fate in ends]],
    )


async def settle_ends(
    connection: Connection, last: Mapping[int, Step], ended: Sequence[Ended], *, limits: Limits
) -> None:
    """What every end entails: the UUID, the next of the sequence, the dead letter, the destination's count."""
    refused = [e.id for e in ended if last[e.id].fate is Fate.REFUSED]
    if refused:
        await free_uuids(connection, refused)
    await release_next(connection, [e.sequence_id for e in ended if e.sequence_id is not None])
    dead = [e for e in ended if last[e.id].fate is Fate.DEAD]
    await bury(connection, {e.id: last[e.id] for e in dead})
    for destination, deaths in Counter(e.destination for e in dead).items():
        await count_deaths(connection, destination=destination, deaths=deaths, limit=limits.deaths)


async def free_uuids(connection: Connection, transfers: Collection[int]) -> None:
    """A refused record's UUID may be presented again (assumed contract §5: used means accepted)."""
    await connection.execute(
        "update uuids u set state = 'free' from transfers t join records r on r.id = t.record_id"
        " where t.id = any(%s) and u.uuid = r.uuid and u.record_id = r.id and u.state = 'claimed'",
        [list(transfers)],
    )


async def release_next(connection: Connection, sequences: Sequence[int]) -> None:
    """The oldest unfinished transfer of each sequence may go, towards each destination."""
    if sequences:
        await connection.execute(
            "update work set state = 'ready' where state = 'queued' and id in"
            " (select distinct on (sequence_id, destination) id from work where sequence_id = any(%s)"
            "  order by sequence_id, destination, position)",
            [list(sequences)],
        )


async def bury(connection: Connection, dead: Mapping[int, Step]) -> None:
    """A row for people stands already; leave a message for machines too, on `<stage>.dlq`."""
    if dead:
        await connection.execute(
            "insert into dead_letters (stage, message) select d.stage, jsonb_build_object('kind', t.kind, 'id', t.id,"
            " 'stage', d.stage, 'cause', d.cause, 'destination', t.destination, 'submission', t.submission_id,"
            " 'attempts', (select count(*) from attempts a where a.work_id = t.id), 'at', now())"
            " from unnest(%s::bigint[], %s::text[], %s::text[]) d (id, stage, cause) join transfers t on t.id = d.id",
            [list(dead), [step.stage.value for step in dead.values()], [step.cause for step in dead.values()]],
        )
