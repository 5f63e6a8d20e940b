"""What people and senders ask of the ledger: where things stand, one record's story, what failed, what is stopped.

Read only. Every question is answered through an index or from the small table of unfinished work, so that the answer
takes as long at two million records as at two thousand. A member of a package stands where its package stands.
"""

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
class SubmissionRow:
    """One push by a sender."""

    id: int
    """surrogate id"""
    receipt: UUID
    """names the submission"""
    sender: str
    """code of the sender"""
    received_at: datetime
    """UTC"""
    format: str
    """how it was written"""
    accepted: int
    """records taken on"""
    refused: int
    """records refused at the door"""
    duplicate: int
    """records that the hub already had"""
    unfinished: int
    """accepted records that have not come to an end"""


@dataclass(frozen=True, slots=True)
class LineRow:
    """One record of a submission and where it stands now."""

    line: int
    """0-based place in the submission"""
    uuid: str
    """MA_TRA_CUU_UUID as given or allocated"""
    status: str
    """at the door: accepted, refused or duplicate"""
    findings: list[dict[str, Any]]
    """what the door said"""
    transfer: int | None
    """its transfer; None when refused at the door"""
    fate: str | None
    """open, done, refused, held, dead or superseded"""
    stage: str | None
    """where it stands or ended"""
    state: str | None
    """of the unfinished work: ready, queued, waiting, leased or held; None when it has ended"""
    cause: str | None
    """machine-readable; empty when all is well"""
    told: list[dict[str, Any]] | None
    """findings of the stages behind the door"""
    changed_at: datetime | None
    """when fate, stage or cause last changed by more than passing a stage"""


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """Something that happened to a transfer, or to a package that carries it."""

    at: datetime
    """UTC"""
    about: int
    """transfer or package"""
    stage: str
    """stage"""
    fate: str
    """done, or why it did not go on"""
    cause: str
    """machine-readable"""
    actor: str
    """hub, or who did it"""
    detail: dict[str, Any]
    """codes and counts"""


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """A try that did not simply pass, or an exchange with the outside."""

    at: datetime
    """UTC"""
    about: int
    """transfer or package"""
    stage: str
    """stage"""
    took_ms: int | None
    """duration, where it was measured"""
    fate: str
    """what it meant"""
    cause: str
    """machine-readable"""
    detail: dict[str, Any]
    """codes and counts"""


@dataclass(frozen=True, slots=True)
class PackageRow:
    """A package that carries, or carried, the transfer."""

    id: int
    """surrogate id"""
    state: str
    """open, closed, sealed, sending, sent, judged, split or dead"""
    seal: str
    """pass-through, delegated or intermediary"""
    messageid: str | None
    """the transaction's id, once sealed"""
    members: int
    """records in it"""
    octets: int
    """their size before packing"""
    live: bool
    """this transfer still travels in it"""
    opened_at: datetime
    """UTC"""
    sending_at: datetime | None
    """committed before the first byte left"""
    sent_at: datetime | None
    """the destination acknowledged it"""
    judged_at: datetime | None
    """every member has its verdict"""
    parent_id: int | None
    """the package that it was split from"""
    cause: str
    """why it did not go on"""


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """The destination's answer for one record."""

    at: datetime
    """UTC"""
    trang_thai: int
    """1 approved, 0 refused"""
    error: str
    """raw code"""
    error_field_title: str
    """field, in the destination's words"""
    error_description: str
    """reason, in the destination's words"""


@dataclass(frozen=True, slots=True)
class TransferRow:
    """Where one transfer stands."""

    id: int
    """surrogate id"""
    kind: str
    """record, recall, certificate or bundle"""
    destination: str
    """where it is heading, or whence it came"""
    uuid: UUID | None
    """of the record; None for a bundle"""
    receipt: UUID | None
    """submission; None for a bundle"""
    line: int | None
    """0-based place in the submission"""
    sender_id: int
    """surrogate id of the sender"""
    sender: str
    """code of the sender"""
    school: str
    """code of the school; empty when the hub knows none"""
    school_name: str
    """its name"""
    school_year: str
    """for example 2025-2026; empty for a bundle"""
    profile: str
    """PHIEN_BAN; empty for a bundle"""
    accepted_at: datetime
    """UTC"""
    fate: str
    """open, done, refused, held, dead or superseded"""
    stage: str
    """where it stands or ended"""
    state: str | None
    """of the unfinished work; None when it has ended"""
    cause: str
    """machine-readable"""
    findings: list[dict[str, Any]]
    """what was found"""
    due_at: datetime | None
    """when it is tried again, if it waits"""
    tries: int
    """tries of the present stage that did not end it"""
    waits_for: int | None
    """the older transfer of the same pupil that it waits for"""
    changed_at: datetime
    """when it last changed by more than passing a stage"""


@dataclass(frozen=True, slots=True)
class Story:
    """Everything the hub knows of one transfer's journey."""

    transfer: TransferRow
    """where it stands"""
    events: tuple[StoryEvent, ...]
    """what happened to it and to its packages, oldest first"""
    attempts: tuple[AttemptRow, ...]
    """tries, oldest first"""
    packages: tuple[PackageRow, ...]
    """its packages, newest first"""
    verdicts: tuple[VerdictRow, ...]
    """the destination's answers, newest first"""


@dataclass(frozen=True, slots=True)
class FlowRow:
    """How much stands at a stage in one state."""

    stage: str
    """stage"""
    destination: str
    """lane's other half"""
    state: str
    """state of the unfinished work"""
    count: int
    """transfers, members of packages among them"""
    packages: int
    """packages"""
    oldest: datetime
    """in this stage since, the oldest of them"""


@dataclass(frozen=True, slots=True)
class Recent:
    """What came and what ended in the last hour."""

    submissions: int
    """pushes"""
    accepted: int
    """records taken on"""
    refused: int
    """records refused at the door"""
    ended: dict[str, int]
    """fate as the senders read it → count, among the newest outcomes"""


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


FAILED = "fate in ('refused', 'held', 'dead')"

_SUBMISSION = """
select s.id, s.receipt, d.code as sender, s.received_at, s.format, s.accepted, s.refused, s.duplicate,
       (select count(*) from work w where w.submission_id = s.id and w.kind = 'record') as unfinished
from submissions s join senders d on d.id = s.sender_id
"""

# A duplicate stands where the record stands that the hub already had. The newest transfer counts: a UUID refused once
# may have been presented again.
_LINES = """
select l.line, l.uuid, l.status, l.findings, t.id as transfer, t.fate, coalesce(p.stage, w.stage, t.stage) as stage,
       coalesce(p.state, w.state) as state, t.cause, t.findings as told, t.changed_at
from (select * from submission_lines where submission_id = %(id)s and line > %(after)s order by line limit %(limit)s) l
left join uuids u on u.uuid = nullif(case when l.status = 'duplicate' then l.uuid end, '')::uuid
left join lateral (select * from transfers where record_id = coalesce(l.record_id, u.record_id)
                   order by id desc limit 1) t on true
left join work w on w.id = t.id
left join lateral (select pw.stage, pw.state from package_members m join work pw on pw.id = m.package_id
                   where m.transfer_id = w.id and m.live and w.state = 'gathered' limit 1) p on true
order by l.line
"""

_TRANSFER = """
select t.id, t.kind, t.destination, r.uuid, s.receipt, r.line, coalesce(t.sender_id, 0) as sender_id,
       coalesce(d.code, '') as sender, coalesce(n.code, '') as school, coalesce(n.name, '') as school_name,
       coalesce(r.school_year, '') as school_year, coalesce(r.profile, '') as profile,
       coalesce(r.accepted_at, t.created_at) as accepted_at, t.fate, coalesce(p.stage, w.stage, t.stage) as stage,
       coalesce(p.state, w.state) as state, t.cause, t.findings,
       case when coalesce(p.state, w.state) = 'waiting' then coalesce(p.due_at, w.due_at) end as due_at,
       coalesce(p.tries, w.tries, 0) as tries,
       (select o.id from work o where w.state = 'queued' and o.sequence_id = w.sequence_id
        and o.position < w.position order by o.position desc limit 1) as waits_for,
       t.changed_at
from transfers t
left join records r on r.id = t.record_id
left join submissions s on s.id = t.submission_id
left join senders d on d.id = t.sender_id
left join units n on n.id = t.unit_id
left join work w on w.id = t.id
left join lateral (select pw.stage, pw.state, pw.due_at, pw.tries from package_members m
                   join work pw on pw.id = m.package_id
                   where m.transfer_id = w.id and m.live and w.state = 'gathered' limit 1) p on true
"""

_PACKAGES = """
select p.id, p.state, p.seal, p.messageid, p.members, p.octets, m.live, p.opened_at, p.sending_at, p.sent_at,
       p.judged_at, p.parent_id, p.cause
from package_members m join packages p on p.id = m.package_id where m.transfer_id = %s order by p.id desc
"""

_FLOW = """
select stage, destination, state, sum(transfers)::bigint as count, sum(packages)::bigint as packages,
       min(since) as oldest
from (
    select stage, destination, state, since, 1 as transfers, 0 as packages
    from work where kind <> 'package' and state <> 'gathered'
    union all
    select w.stage, w.destination, w.state, w.since, m.count, 1
    from work w cross join lateral (
        select count(*) from package_members m join work g on g.id = m.transfer_id
        where m.package_id = w.id and m.live and g.state = 'gathered') m
    where w.kind = 'package'
) f group by stage, destination, state
"""

NEWEST_OUTCOMES = 20_000
"""The last hour is looked for among this many of the newest outcomes."""

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


async def submission(connection: Connection, receipt: UUID, *, sender_id: int | None = None) -> SubmissionRow | None:
    """A submission by its receipt; only the sender's own when one is given."""
    async with connection.cursor(row_factory=class_row(SubmissionRow)) as cursor:
        await cursor.execute(
            _SUBMISSION + "where s.receipt = %(receipt)s and (s.sender_id = %(sender)s or %(sender)s::bigint is null)",
            {"receipt": receipt, "sender": sender_id},
        )
        return await cursor.fetchone()


async def submissions(
    connection: Connection, *, before: tuple[datetime, int] | None, limit: int
) -> list[SubmissionRow]:
    """Submissions, newest first; `before` = (received_at, id) of the last one seen."""
    where = "where (s.received_at, s.id) < (%(at)s, %(id)s)" if before else ""
    at, last = before or (None, None)
    async with connection.cursor(row_factory=class_row(SubmissionRow)) as cursor:
        await cursor.execute(
            f"{_SUBMISSION} {where} order by s.received_at desc, s.id desc limit %(limit)s".encode(),
            {"at": at, "id": last, "limit": limit},
        )
        return await cursor.fetchall()


async def lines(connection: Connection, *, submission_id: int, after: int, limit: int) -> list[LineRow]:
    """Records of a submission behind a place, each with where it stands now."""
    async with connection.cursor(row_factory=class_row(LineRow)) as cursor:
        await cursor.execute(_LINES, {"id": submission_id, "after": after, "limit": limit})
        return await cursor.fetchall()


async def stories(connection: Connection, uuid: UUID, *, sender_id: int | None = None) -> list[Story]:
    """The journeys of all that was presented under a UUID, newest first; only the sender's own when one is given."""
    cursor = await connection.execute(
        "select t.id from records r join transfers t on t.record_id = r.id where r.uuid = %(uuid)s"
        " and (r.sender_id = %(sender)s or %(sender)s::bigint is null) order by t.id desc limit 20",
        {"uuid": uuid, "sender": sender_id},
    )
    found = [await story(connection, row[0]) for row in await cursor.fetchall()]
    return [one for one in found if one is not None]


async def story(connection: Connection, transfer_id: int) -> Story | None:
    """One transfer's whole journey."""
    async with connection.cursor(row_factory=class_row(TransferRow)) as cursor:
        await cursor.execute(_TRANSFER + "where t.id = %s", [transfer_id])
        transfer = await cursor.fetchone()
    if transfer is None:
        return None
    async with connection.cursor(row_factory=class_row(PackageRow)) as cursor:
        await cursor.execute(_PACKAGES, [transfer_id])
        packages = await cursor.fetchall()
    about = [transfer_id, *(package.id for package in packages)]
    return Story(
        transfer=transfer,
        events=tuple(await _events(connection, about)),
        attempts=tuple(await _attempts(connection, about)),
        packages=tuple(packages),
        verdicts=tuple(await _verdicts(connection, transfer_id)),
    )


async def _events(connection: Connection, about: Sequence[int]) -> list[StoryEvent]:
    async with connection.cursor(row_factory=class_row(StoryEvent)) as cursor:
        await cursor.execute(
            "select at, transfer_id as about, stage, fate, cause, actor, detail from events"
            " where transfer_id = any(%s) order by at, id limit 1000",
            [list(about)],
        )
        return await cursor.fetchall()


async def _attempts(connection: Connection, about: Sequence[int]) -> list[AttemptRow]:
    async with connection.cursor(row_factory=class_row(AttemptRow)) as cursor:
        await cursor.execute(
            "select at, about, stage, took_ms, fate, cause, detail from (select id, at, work_id as about, stage,"
            " took_ms, fate, cause, detail from attempts where work_id = any(%s) order by id desc limit 500) a"
            " order by id",
            [list(about)],
        )
        return await cursor.fetchall()


async def _verdicts(connection: Connection, transfer_id: int) -> list[VerdictRow]:
    async with connection.cursor(row_factory=class_row(VerdictRow)) as cursor:
        await cursor.execute(
            "select at, trang_thai, error, error_field_title, error_description from verdicts"
            " where transfer_id = %s order by id desc",
            [transfer_id],
        )
        return await cursor.fetchall()


async def flow(connection: Connection) -> list[FlowRow]:
    """All unfinished work by stage, destination and state."""
    async with connection.cursor(row_factory=class_row(FlowRow)) as cursor:
        await cursor.execute(_FLOW)
        return await cursor.fetchall()


async def recent(connection: Connection) -> Recent:
    """The last hour in figures."""
    arrived = await (
        await connection.execute(
            "select count(*), coalesce(sum(accepted), 0)::bigint, coalesce(sum(refused), 0)::bigint from submissions"
            " where received_at > now() - interval '1 hour'"
        )
    ).fetchone()
    assert arrived is not None
    ended = await (
        await connection.execute(
            "select fate, count(*) from (select fate, at from outcomes order by id desc limit %s) o"
            " where at > now() - interval '1 hour' group by fate",
            [NEWEST_OUTCOMES],
        )
    ).fetchall()
    return Recent(submissions=arrived[0], accepted=arrived[1], refused=arrived[2], ended=dict(ended))


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
    """One rule may be broken in several ways: each way counts for itself, the most frequent first; warnings stop nobody."""
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
