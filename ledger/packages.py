"""Packages: records of one sending unit gathered under a lock, sealed once, kept whole until judged (decision 6).

open → closed → sealed → sending → sent → judged. `sending` is committed before the first byte leaves, so that whoever
finds it knows that the destination may have the package, and asks before anything else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from ledger.crash import planted
from ledger.database import Connection, copy_rows, wake
from ledger.dispatch import Reference
from ledger.lanes import count_deaths
from ledger.outcomes import Limits, Step, bury, feed, free_uuids, move_one, release_next
from ledger.states import Fate, Stage, State
from schemas.findings import Finding

LOOK_AGAIN_SECONDS = 1.0
"""An incomplete batch is looked at again this often."""


@dataclass(frozen=True, slots=True)
class Closing:
    """When a package closes (settings)."""

    records: int
    """members, at most"""
    raw_octets: int
    """octets of its members before packing, at most"""
    quiet_seconds: float
    """closes when nothing joined for this long"""
    max_age_seconds: float
    """closes at this age at the latest"""
    whole_batch_seconds: float = 900.0
    """a batch that is to go on octet for octet waits this long for its last records"""


@dataclass(frozen=True, slots=True, order=True)
class _Key:
    """What the records of one package have in common."""

    destination: str
    profile: str
    unit_id: int
    school_year: str
    seal: str
    submission_id: int  # 0 unless pass-through


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A record that is ready to be packed."""

    key: _Key
    id: int
    record_id: int
    line: int
    size: int
    sender_id: int
    deadline: datetime
    batch: int  # records accepted in its submission


@dataclass(slots=True)
class _Open:
    """A package under our lock, while members are assigned."""

    id: int
    members: int
    octets: int
    joined: list[_Candidate]
    closed: bool = False


_CANDIDATES = """
select w.id, t.record_id, r.line, r.size, w.sender_id, w.deadline, coalesce(s.accepted, 0), w.destination, r.profile,
       w.unit_id, r.school_year,
       case when u.transaction_seal = 'pass-through' and not coalesce(s.sealed, false) then 'intermediary'
            else u.transaction_seal end,
       w.submission_id
from unnest(%s::bigint[], %s::bigint[]) x (id, token)
join work w on w.id = x.id and w.token = x.token and w.state = 'leased' and w.stage = 'pack' and w.kind = 'record'
join transfers t on t.id = w.id
join records r on r.id = t.record_id
join units u on u.id = w.unit_id
left join submissions s on s.id = w.submission_id
order by w.id
for update of w
"""


async def gather(connection: Connection, references: Sequence[Reference], closing: Closing) -> int:
    """Put leased records into the open packages of their keys; returns how many found a place."""
    rows = await (
        await connection.execute(_CANDIDATES, [[r.id for r in references], [r.token for r in references]])
    ).fetchall()
    by_key: dict[_Key, list[_Candidate]] = {}
    for row in rows:
        key = _Key(row[7], row[8], row[9], row[10], row[11], row[12] if row[11] == "pass-through" else 0)
        by_key.setdefault(key, []).append(_Candidate(key, *row[:7]))
    if not by_key:
        return 0
    opened = await _lock_open(connection, {key: members[0] for key, members in sorted(by_key.items())}, closing)
    filled: list[_Open] = []
    for key, candidates in sorted(by_key.items()):
        filled += await _fill(connection, opened[key], candidates, closing)
    await _write_gathered(connection, filled, closing)
    await wake(connection)
    return sum(len(package.joined) for package in filled)


async def _lock_open(connection: Connection, first: dict[_Key, _Candidate], closing: Closing) -> dict[_Key, _Open]:
    """One open package per key, ours until commit."""
    for _ in range(5):
        found = await _open_of(connection, list(first))
        missing = [key for key in first if key not in found]
        if not missing:
            return found
        await _open_new(connection, [(key, first[key]) for key in missing], closing)
    raise RuntimeError("an open package vanished again and again")


async def _open_of(connection: Connection, keys: Sequence[_Key]) -> dict[_Key, _Open]:
    rows = await (
        await connection.execute(
            "select p.destination, p.profile, p.unit_id, p.school_year, p.seal, coalesce(p.submission_id, 0),"
            " p.id, p.members, p.octets from packages p"
            " join unnest(%s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::bigint[])"
            " k (destination, profile, unit_id, school_year, seal, submission_id)"
            " on p.destination = k.destination and p.profile = k.profile and p.unit_id = k.unit_id"
            " and p.school_year = k.school_year and p.seal = k.seal and coalesce(p.submission_id, 0) = k.submission_id"
            " where p.kind = 'record' and p.state = 'open' order by p.id for update of p",
            _columns(keys),
        )
    ).fetchall()
    return {_Key(*row[:6]): _Open(row[6], row[7], row[8], []) for row in rows}


def _columns(keys: Sequence[_Key]) -> list[list[object]]:
    return [
        [k.destination for k in keys],
        [k.profile for k in keys],
        [k.unit_id for k in keys],
        [k.school_year for k in keys],
        [k.seal for k in keys],
        [k.submission_id for k in keys],
    ]


async def _open_new(connection: Connection, wanted: Sequence[tuple[_Key, _Candidate]], closing: Closing) -> list[int]:
    """Open packages with their rows of work; one that another worker opened first is simply not ours to open."""
    cursor = await connection.execute(
        "with opened as ("
        " insert into packages (id, destination, kind, profile, unit_id, school_year, seal, submission_id, sender_id,"
        "  state, closes_at)"
        " select nextval('ids'), k.destination, 'record', k.profile, k.unit_id, k.school_year, k.seal,"
        "  nullif(k.submission_id, 0), k.sender_id, 'open',"
        "  now() + case when k.seal = 'pass-through' then %s else %s end * interval '1 second'"
        " from unnest(%s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::bigint[])"
        "  k (destination, profile, unit_id, school_year, seal, submission_id, sender_id)"
        " on conflict do nothing returning id, destination, unit_id, sender_id, submission_id, closes_at)"
        " insert into work (id, kind, stage, destination, state, sender_id, unit_id, submission_id, position, deadline,"
        "  due_at)"
        " select id, 'package', 'pack', destination, 'waiting', sender_id, unit_id, submission_id, id,"
        "  %s, now() + %s * interval '1 second' from opened returning id",
        [
            closing.whole_batch_seconds,
            closing.max_age_seconds,
            *_columns([key for key, _ in wanted]),
            [candidate.sender_id for _, candidate in wanted],
            min(candidate.deadline for _, candidate in wanted),
            closing.quiet_seconds,
        ],
    )
    return [row[0] for row in await cursor.fetchall()]


async def _fill(
    connection: Connection, package: _Open, candidates: Sequence[_Candidate], closing: Closing
) -> list[_Open]:
    """Assign candidates in order; a full package closes and the next one opens."""
    filled = [package]
    for candidate in candidates:
        whole = candidate.key.seal == "pass-through"
        full = package.members >= closing.records or package.octets + candidate.size > closing.raw_octets
        if full and package.members and not whole:
            package.closed = True
            await connection.execute("update packages set state = 'closed' where id = %s", [package.id])
            package = (await _lock_open(connection, {candidate.key: candidate}, closing))[candidate.key]
            filled.append(package)
        package.joined.append(candidate)
        package.members += 1
        package.octets += candidate.size
    last = candidates[-1]
    if last.key.seal == "pass-through":
        package.closed = package.members == last.batch
    else:
        package.closed = package.members >= closing.records
    return filled


async def _write_gathered(connection: Connection, packages: Sequence[_Open], closing: Closing) -> None:
    joined = [(package, candidate) for package in packages for candidate in package.joined]
    await copy_rows(
        connection,
        "package_members",
        "package_id, transfer_id, record_id, destination, place",
        ((p.id, c.id, c.record_id, c.key.destination, c.line if c.key.submission_id else c.id) for p, c in joined),
    )
    await connection.execute(
        "update work set state = 'gathered', lease_until = null where id = any(%s)", [[c.id for _, c in joined]]
    )
    await connection.execute(
        "update packages p set members = g.members, octets = g.octets,"
        " state = case when g.closed then 'closed' else p.state end"
        " from unnest(%s::bigint[], %s::int[], %s::bigint[], %s::bool[]) g (id, members, octets, closed)"
        " where p.id = g.id",
        [
            [p.id for p in packages],
            [p.members for p in packages],
            [p.octets for p in packages],
            [p.closed for p in packages],
        ],
    )
    await connection.execute(
        "update work w set state = case when g.closed then 'ready' else w.state end,"
        " due_at = case when g.closed then now()"
        "  else least(p.closes_at, now() + %s * interval '1 second') end"
        " from unnest(%s::bigint[], %s::bool[]) g (id, closed) join packages p on p.id = g.id"
        " where w.id = g.id and w.state = 'waiting'",
        [closing.quiet_seconds, [p.id for p in packages], [p.closed for p in packages]],
    )


@dataclass(frozen=True, slots=True)
class Draft:
    """A closed package, ready to be sealed."""

    id: int
    """package"""
    unit_id: int
    """the sending unit"""
    unit_code: str
    """ma_don_vi of the sending unit"""
    seal: str
    """pass-through, delegated or intermediary"""
    nam_hoc: int
    """first year of the school year"""
    octets: tuple[bytes, ...]
    """the official signed octets of its records, in order"""
    tries: int
    """tries of sealing it that failed"""
    gaps: tuple[bytes, ...]
    """pass-through: the octets around the records as the sender sent them; else empty"""
    profile: str = ""
    """structure of its records"""


async def _lease_holds(connection: Connection, reference: Reference) -> bool:
    row = await (
        await connection.execute(
            "select 1 from work where id = %s and token = %s and state = 'leased' for update",
            [reference.id, reference.token],
        )
    ).fetchone()
    return row is not None


async def draft(connection: Connection, reference: Reference) -> Draft | None:
    """Close a package and read what is to be sealed; None when there is nothing (more) to do under this lease."""
    if not await _lease_holds(connection, reference):
        return None
    row = await (
        await connection.execute(
            "select p.state, p.seal, p.school_year, u.code, p.members < s.accepted, s.gaps, u.id, w.tries, p.profile"
            " from packages p join units u on u.id = p.unit_id left join submissions s on s.id = p.submission_id"
            " join work w on w.id = p.id where p.id = %s for update of p",
            [reference.id],
        )
    ).fetchone()
    if row is None or row[0] not in ("open", "closed"):
        return None
    state, seal, school_year, unit_code, incomplete, gaps, unit_id, tries, profile = row
    if seal == "pass-through" and incomplete:
        await _wait_or_dissolve(connection, reference)
        return None
    if state == "open":
        await connection.execute("update packages set state = 'closed' where id = %s", [reference.id])
    octets = await (
        await connection.execute(
            "select p.octets from package_members m join records r on r.id = m.record_id"
            " join payloads p on p.sha256 = coalesce(r.official_sha256, r.received_sha256) where m.package_id = %s and m.live order by m.place",
            [reference.id],
            binary=True,
        )
    ).fetchall()
    return Draft(
        id=reference.id,
        unit_id=unit_id,
        unit_code=unit_code,
        seal=seal,
        nam_hoc=int(school_year[:4]) if school_year[:4].isdigit() else 0,
        octets=tuple(bytes(o[0]) for o in octets),
        tries=tries,
        gaps=tuple(bytes(gap) for gap in gaps) if seal == "pass-through" else (),
        profile=profile,
    )


async def _wait_or_dissolve(connection: Connection, reference: Reference) -> None:
    """The last records of a batch may still be on their way; one that has failed never comes."""
    row = await (
        await connection.execute(
            "select now() >= p.closes_at or exists (select from transfers t where t.submission_id = p.submission_id"
            " and t.destination = p.destination and t.fate <> 'open') from packages p where p.id = %s",
            [reference.id],
        )
    ).fetchone()
    if row is None or row[0]:
        await _dissolve(connection, reference)
        return
    await move_one(
        connection,
        id=reference.id,
        token=reference.token,
        stage=Stage.PACK,
        state=State.WAITING,
        due_seconds=LOOK_AGAIN_SECONDS,
    )


async def _dissolve(connection: Connection, reference: Reference) -> None:
    """A batch that lost a record cannot go on octet for octet: its good records are packed anew, under another seal."""
    await connection.execute(
        "update submissions set sealed = false where id = (select submission_id from packages where id = %s)",
        [reference.id],
    )
    await _release_members(connection, reference.id)
    await _finish_package(connection, reference.id, "split", cause="batch-incomplete")


async def _release_members(connection: Connection, package_id: int) -> None:
    await connection.execute(
        "with freed as (update package_members set live = false where package_id = %s and live and not judged"
        " returning transfer_id)"
        " update work set state = 'ready', due_at = now() where id in (select transfer_id from freed)"
        " and state = 'gathered'",
        [package_id],
    )
    await wake(connection)


async def _finish_package(connection: Connection, package_id: int, state: str, *, cause: str = "") -> None:
    await connection.execute(
        "update packages set state = %s, cause = %s, body = null,"
        " judged_at = case when %s = 'judged' then now() end where id = %s",
        [state, cause, state, package_id],
    )
    await connection.execute("delete from work where id = %s", [package_id])


async def sealed(connection: Connection, reference: Reference, *, nam_hoc: int, content: bytes) -> bool:
    """Keep the final bytes and a messageid; the package may now be sent. False when the lease was lost."""
    if not await move_one(connection, id=reference.id, token=reference.token, stage=Stage.DELIVER, state=State.READY):
        return False
    await connection.execute(
        "update packages set state = 'sealed', messageid = %s, body = %b, nam_hoc = %s, sealed_at = now()"
        " where id = %s and state = 'closed'",
        [f"HB-{uuid4()}", content, nam_hoc, reference.id],
    )
    await wake(connection)
    return True


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A package that is about to be sent, or may have been."""

    id: int
    """package"""
    destination: str
    """where to"""
    messageid: str
    """chosen by the hub, never reused"""
    unit_code: str
    """ma_don_vi"""
    nam_hoc: int
    """first year of the school year"""
    state: str
    """sending (now to be sent), uncertain (a former try may have arrived), sent"""
    since_seconds: float
    """since the last byte may have left"""
    age_seconds: float
    """since the destination acknowledged it"""
    members: int
    """records in it"""
    seal: str
    """pass-through, delegated or intermediary"""
    tries: int
    """tries of the present stage"""
    content: bytes
    """Base64 text of the packed batch; empty unless it is to be sent"""


_OUTGOING = """
select p.id, p.destination, p.messageid, u.code, p.nam_hoc, p.state,
       extract(epoch from now() - coalesce(p.sending_at, now()))::float8,
       extract(epoch from now() - coalesce(p.sent_at, now()))::float8, p.members, p.seal, w.tries, ''::bytea
from packages p join units u on u.id = p.unit_id join work w on w.id = p.id where p.id = %s for update of p
"""


async def _outgoing(connection: Connection, reference: Reference) -> Outgoing | None:
    if not await _lease_holds(connection, reference):
        return None
    row = await (await connection.execute(_OUTGOING, [reference.id])).fetchone()
    return Outgoing(*row) if row else None


async def begin_sending(connection: Connection, reference: Reference) -> Outgoing | None:
    """Say «sending», before the first byte leaves. The caller commits, then sends."""
    found = await _outgoing(connection, reference)
    if found is None:
        return None
    if found.state != "sealed" and not planted("resend-without-asking"):
        return replace(found, state="uncertain")
    messageid = found.messageid if found.state == "sealed" else f"HB-{uuid4()}"
    body = await (
        await connection.execute(
            "update packages set state = 'sending', sending_at = now(), messageid = %s where id = %s returning body",
            [messageid, reference.id],
            binary=True,
        )
    ).fetchone()
    assert body is not None
    return replace(found, messageid=messageid, state="sending", content=bytes(body[0]))


async def outgoing(connection: Connection, reference: Reference) -> Outgoing | None:
    """A package whose verdicts are to be asked for."""
    found = await _outgoing(connection, reference)
    return found and replace(found, state="sent" if found.state == "sent" else "uncertain")


async def acknowledged(connection: Connection, reference: Reference, *, poll_seconds: float) -> bool:
    """The destination has the package."""
    if not await move_one(
        connection,
        id=reference.id,
        token=reference.token,
        stage=Stage.POLL,
        state=State.WAITING,
        due_seconds=poll_seconds,
    ):
        return False
    await connection.execute(
        "update packages set state = 'sent', sent_at = coalesce(sent_at, now()) where id = %s", [reference.id]
    )
    return True


async def line_ended(connection: Connection, package_id: int) -> None:
    """The exchange broke off: the last byte may have left just now, and the settle time begins here."""
    await connection.execute("update packages set sending_at = now() where id = %s and state = 'sending'", [package_id])


async def not_sent(connection: Connection, package_id: int) -> None:
    """It is known that the destination does not have the package: it may be sent again, same bytes, same messageid."""
    await connection.execute(
        "update packages set state = 'sealed' where id = %s and state in ('sending', 'sent')", [package_id]
    )


async def unseal(connection: Connection, package_id: int, *, cause: str) -> None:
    """The messageid is spent on a refusal: once freed, the package is sealed anew under another."""
    await connection.execute(
        "update packages set state = 'closed', messageid = null, body = null, cause = %s where id = %s",
        [cause, package_id],
    )


async def split(connection: Connection, reference: Reference, *, cause: str) -> int:
    """Halve a package that was refused whole or is too large; returns how many new ones there are.

    The caller knows that it is not in force. A batch that went on as it was is packed anew under the intermediary seal.
    """
    if not await _lease_holds(connection, reference):
        return 0
    members = [
        row[0]
        for row in await (
            await connection.execute(
                "select transfer_id from package_members where package_id = %s and live and not judged order by place",
                [reference.id],
            )
        ).fetchall()
    ]
    halves = [half for half in (members[: len(members) // 2], members[len(members) // 2 :]) if half]
    await connection.execute(
        "update package_members set live = false where package_id = %s and not judged", [reference.id]
    )
    for half in halves:
        await _new_half(connection, reference.id, half)
    await _finish_package(connection, reference.id, "split", cause=cause)
    await wake(connection)
    return len(halves)


async def _new_half(connection: Connection, parent: int, transfers: Sequence[int]) -> None:
    row = await (
        await connection.execute(
            "insert into packages (id, destination, kind, profile, unit_id, sender_id, school_year, seal, state,"
            " closes_at, members, octets, parent_id)"
            " select nextval('ids'), destination, kind, profile, unit_id, sender_id, school_year,"
            " case when seal = 'pass-through' then 'intermediary' else seal end, 'closed', now(), %s, 0, id"
            " from packages where id = %s returning id",
            [len(transfers), parent],
        )
    ).fetchone()
    assert row is not None
    await connection.execute(
        "insert into package_members (package_id, transfer_id, record_id, destination, place)"
        " select %s, transfer_id, record_id, destination, place from package_members"
        " where package_id = %s and transfer_id = any(%s)",
        [row[0], parent, list(transfers)],
    )
    await connection.execute(
        "insert into work (id, kind, stage, destination, state, sender_id, unit_id, position, deadline)"
        " select %s, 'package', 'pack', destination, 'ready', sender_id, unit_id, %s, deadline from work where id = %s",
        [row[0], row[0], parent],
    )


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """The destination's answer for one record, as received."""

    uuid: UUID
    """which record"""
    trang_thai: int
    """1 approved, 0 refused"""
    error: str
    """the portal's code"""
    error_field_title: str
    """its title"""
    error_description: str
    """its words"""


@dataclass(frozen=True, slots=True)
class Member:
    """A record in a package that has no verdict yet."""

    transfer_id: int
    """transfer"""
    record_id: int
    """record"""
    uuid: UUID
    """its UUID"""


async def unjudged(connection: Connection, package_id: int) -> dict[UUID, Member]:
    """The members that still await their verdict."""
    rows = await (
        await connection.execute(
            "select m.transfer_id, m.record_id, r.uuid from package_members m join records r on r.id = m.record_id"
            " where m.package_id = %s and m.live and not m.judged",
            [package_id],
        )
    ).fetchall()
    return {row[2]: Member(*row) for row in rows}


async def known_uuids(connection: Connection, package_id: int) -> set[UUID]:
    """Every UUID that ever was in the package."""
    rows = await (
        await connection.execute(
            "select r.uuid from package_members m join records r on r.id = m.record_id where m.package_id = %s",
            [package_id],
        )
    ).fetchall()
    return {row[0] for row in rows}


async def earlier_messages(connection: Connection, package_id: int, records: Sequence[int]) -> dict[str, list[UUID]]:
    """messageid → UUIDs, of other packages in which these records may have reached the destination."""
    rows = await (
        await connection.execute(
            "select p.messageid, array_agg(r.uuid) from package_members m join packages p on p.id = m.package_id"
            " join records r on r.id = m.record_id where m.record_id = any(%s) and m.package_id <> %s"
            " and p.messageid is not null and p.sending_at is not null group by p.messageid",
            [list(records), package_id],
        )
    ).fetchall()
    return dict(rows)


@dataclass(frozen=True, slots=True)
class Judged:
    """A member with the fate that its verdict means."""

    member: Member
    """which"""
    verdict: VerdictRow | None
    """the answer, kept as received; None when there was none"""
    fate: Fate
    """done (approved), refused, held or dead"""
    cause: str
    """e.g. city:R02"""
    findings: tuple[Finding, ...] = ()
    """what the sender is told beside the verdict"""


async def judge(
    connection: Connection, reference: Reference, judged: Sequence[Judged], *, limits: Limits
) -> bool | None:
    """Write verdicts; True when the package is judged whole, None when the lease was lost (nothing was written)."""
    if not await _lease_holds(connection, reference):
        return None
    if judged:
        await _keep_verdicts(connection, reference.id, judged)
        await _end_members(
            connection, reference.id, judged, stage=await _stage_of(connection, reference), limits=limits
        )
    row = await (
        await connection.execute(
            "select count(*) from package_members where package_id = %s and live and not judged", [reference.id]
        )
    ).fetchone()
    if row is not None and row[0] == 0:
        await _finish_package(connection, reference.id, "judged")
        await wake(connection)
        return True
    return False


async def _stage_of(connection: Connection, reference: Reference) -> Stage:
    row = await (await connection.execute("select stage from work where id = %s", [reference.id])).fetchone()
    assert row is not None
    return Stage(row[0])


async def _keep_verdicts(connection: Connection, package_id: int, judged: Sequence[Judged]) -> None:
    await copy_rows(
        connection,
        "verdicts",
        "transfer_id, package_id, uuid, trang_thai, error, error_field_title, error_description",
        (
            (
                j.member.transfer_id,
                package_id,
                j.verdict.uuid,
                j.verdict.trang_thai,
                j.verdict.error,
                j.verdict.error_field_title,
                j.verdict.error_description,
            )
            for j in judged
            if j.verdict is not None
        ),
    )


async def _end_members(
    connection: Connection, package_id: int, judged: Sequence[Judged], *, stage: Stage, limits: Limits
) -> None:
    """Approved ones stay the record's live way for ever: no second package can carry them to this destination."""
    await connection.execute(
        "update package_members m set judged = true, live = j.approved from unnest(%s::bigint[], %s::bool[])"
        " j (id, approved) where m.package_id = %s and m.transfer_id = j.id",
        [[j.member.transfer_id for j in judged], [j.fate is Fate.DONE for j in judged], package_id],
    )
    await connection.execute(
        "update transfers t set fate = j.fate, stage = %s, cause = j.cause, findings = t.findings || j.findings,"
        " changed_at = now() from unnest(%s::bigint[], %s::text[], %s::text[], %s::jsonb[])"
        " j (id, fate, cause, findings) where t.id = j.id",
        [
            stage.value,
            [j.member.transfer_id for j in judged],
            [j.fate.value for j in judged],
            [j.cause for j in judged],
            [Jsonb([finding.as_dict() for finding in j.findings]) for j in judged],
        ],
    )
    held = [j.member.transfer_id for j in judged if j.fate is Fate.HELD]
    if held:
        await connection.execute("update work set state = 'held' where id = any(%s) and state = 'gathered'", [held])
    ended = [j.member.transfer_id for j in judged if j.fate is not Fate.HELD]
    cursor = await connection.execute(
        "delete from work where id = any(%s) and state = 'gathered' returning sequence_id, destination", [ended]
    )
    gone = await cursor.fetchall()
    await _settle_uuids(connection, judged)
    await copy_rows(
        connection,
        "events",
        "transfer_id, stage, fate, cause",
        ((j.member.transfer_id, stage.value, j.fate.value, j.cause) for j in judged),
    )
    await feed(
        connection,
        [(j.member.transfer_id, "approved" if j.fate is Fate.DONE else j.fate.value) for j in judged],
    )
    await release_next(connection, [row[0] for row in gone if row[0] is not None])
    dead = {j.member.transfer_id: Step(stage, Fate.DEAD, j.cause) for j in judged if j.fate is Fate.DEAD}
    if dead:
        await bury(connection, dead)
        await count_deaths(connection, destination=gone[0][1], deaths=len(dead), limit=limits.deaths)


async def _settle_uuids(connection: Connection, judged: Sequence[Judged]) -> None:
    approved = [j.member.record_id for j in judged if j.fate is Fate.DONE]
    if approved:
        await connection.execute(
            "update uuids u set state = 'used' from records r where r.id = any(%s) and u.uuid = r.uuid"
            " and u.record_id = r.id",
            [approved],
        )
    refused = [j.member.transfer_id for j in judged if j.fate is Fate.REFUSED]
    if refused:
        await free_uuids(connection, refused)


async def alarm(
    connection: Connection, kind: str, *, destination: str, package_id: int | None = None, count: int = 0
) -> None:
    """Something that should not happen, for people to look at; no personal data."""
    await connection.execute(
        "insert into alarms (kind, destination, package_id, detail) values (%s, %s, %s, jsonb_build_object('count', %s::int))",
        [kind, destination, package_id, count],
    )


async def set_cause(connection: Connection, package_id: int, cause: str) -> None:
    """Say why a package rests, for the failed list."""
    await connection.execute("update packages set cause = %s where id = %s", [cause, package_id])


async def arrived(connection: Connection, package_id: int) -> None:
    """The destination answers for the package: it has it, whatever became of the acknowledgement."""
    await connection.execute(
        "update packages set state = 'sent', sent_at = coalesce(sent_at, now()), cause = ''"
        " where id = %s and state = 'sending'",
        [package_id],
    )
