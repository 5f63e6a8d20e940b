"""Records join the open package of their key; a package that is full closes, and the next one opens."""

from collections.abc import Sequence

from ledger.database import Connection, copy_rows, wake
from ledger.dispatch import Reference
from ledger.packages.opening import Candidate, Closing, Key, Open, lock_open

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
    by_key: dict[Key, list[Candidate]] = {}
    for row in rows:
        key = Key(row[7], row[8], row[9], row[10], row[11], row[12] if row[11] == "pass-through" else 0)
        by_key.setdefault(key, []).append(Candidate(key, *row[:7]))
    if not by_key:
        return 0
    opened = await lock_open(connection, {key: members[0] for key, members in sorted(by_key.items())}, closing)
    filled: list[Open] = []
    for key, candidates in sorted(by_key.items()):
        filled += await _fill(connection, opened[key], candidates, closing)
    await _write_gathered(connection, filled, closing)
    await wake(connection)
    return sum(len(package.joined) for package in filled)


async def _fill(connection: Connection, package: Open, candidates: Sequence[Candidate], closing: Closing) -> list[Open]:
    """Assign candidates in order; a full package closes and the next one opens."""
    filled = [package]
    for candidate in candidates:
        whole = candidate.key.seal == "pass-through"
        full = package.members >= closing.records or package.octets + candidate.size > closing.raw_octets
        if full and package.members and not whole:
            package.closed = True
            await connection.execute("update packages set state = 'closed' where id = %s", [package.id])
            package = (await lock_open(connection, {candidate.key: candidate}, closing))[candidate.key]
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


async def _write_gathered(connection: Connection, packages: Sequence[Open], closing: Closing) -> None:
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
