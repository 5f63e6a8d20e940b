"""Signatures asked of remote services: wanted → asked → answered → used, and the ways in which that may not come to be.

`asked` is committed before the order's first byte leaves, so that whoever finds it knows that its holder may have been
asked. A row of work that waits for signatures is woken when none of its requests is open any more; what became of them
is read, and written into the record's story, by the stage that asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from psycopg.rows import class_row

from ledger.database import Connection, wake

AWAITING = "awaiting-signature"
"""cause of whatever waits for a signature; after a colon the role"""
OPEN = ("wanted", "asked")
"""states in which a value may still come by itself"""
LIVE = ("wanted", "asked", "stale", "answered", "refused", "failed")
"""states in which a request speaks for its place"""


@dataclass(frozen=True, slots=True)
class Ask:
    """A prepared signature whose value a service is to make."""

    place: str
    """path of the slot, or GIAO_DICH"""
    role: str
    """name of the slot, or GIAO_DICH"""
    home: str
    """name of the service in the settings"""
    credential: str
    """the service's name of the key"""
    algorithm: str
    """as the service calls it"""
    digest: bytes
    """what is signed"""
    prepared: bytes = field(repr=False)
    """the signature without its value, as stored"""


@dataclass(frozen=True, slots=True)
class Requested:
    """How a request of a record or package stands, for the stage that asked."""

    id: int
    """request"""
    place: str
    """path of the slot, or GIAO_DICH"""
    role: str
    """name of the slot, or GIAO_DICH"""
    state: str
    """one of `LIVE`"""
    prepared: bytes = field(repr=False)
    """the signature without its value"""
    value: bytes | None = field(repr=False)
    """its value once answered"""
    cause: str
    """why it was refused or failed"""


@dataclass(frozen=True, slots=True)
class Line:
    """One request of an order."""

    id: int
    """request"""
    kind: str
    """record or package"""
    digest: bytes
    """what is signed"""
    prepared: bytes = field(repr=False)
    """the signature without its value"""
    role: str
    """name of the slot"""
    tries: int
    """exchanges in a row that brought nothing"""
    asks: int
    """how often its holder was asked, this time included"""
    age_seconds: float
    """since it was first wanted"""


@dataclass(frozen=True, slots=True)
class Order:
    """Requests of one holder that are asked together."""

    id: UUID
    """the hub's name of the order"""
    home: str
    """service"""
    credential: str
    """key"""
    algorithm: str
    """of the key"""
    handle: str | None
    """what the service calls it; None: its answer is not known"""
    until: datetime
    """the holder may agree until then"""
    overdue: bool
    """that has passed"""
    lines: tuple[Line, ...]
    """requests, in order"""


async def ask(connection: Connection, asks: Mapping[int, Sequence[Ask]], *, kind: str) -> None:
    """Write down what is wanted, by row of work; a stale request is prepared anew in its place."""
    rows = [(work_id, each) for work_id, several in asks.items() for each in several]
    if not rows:
        return
    await connection.execute(
        "insert into signature_requests (kind, work_id, place, role, unit_id, home, credential, algorithm, digest,"
        " prepared, state)"
        " select %s, w.id, a.place, a.role, w.unit_id, a.home, a.credential, a.algorithm, a.digest, a.prepared, 'wanted'"
        " from unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %b::bytea[], %b::bytea[])"
        " a (work_id, place, role, home, credential, algorithm, digest, prepared) join work w on w.id = a.work_id"
        " on conflict (work_id, place) where state in ('wanted', 'asked', 'stale', 'answered', 'refused', 'failed')"
        " do update set home = excluded.home, credential = excluded.credential, algorithm = excluded.algorithm,"
        " digest = excluded.digest, prepared = excluded.prepared, prepared_at = now(), state = 'wanted', value = null,"
        " due_at = now(), changed_at = now() where signature_requests.state = 'stale'",
        [
            kind,
            [work_id for work_id, _ in rows],
            [each.place for _, each in rows],
            [each.role for _, each in rows],
            [each.home for _, each in rows],
            [each.credential for _, each in rows],
            [each.algorithm for _, each in rows],
            [each.digest for _, each in rows],
            [each.prepared for _, each in rows],
        ],
    )


async def used(connection: Connection, ids: Sequence[int]) -> None:
    """Their values stand where they belong."""
    if ids:
        await connection.execute(
            "update signature_requests set state = 'used', changed_at = now() where id = any(%s) and state = 'answered'",
            [list(ids)],
        )


async def used_in_package(connection: Connection, package: int) -> None:
    """The value of a package's request stands in it."""
    await connection.execute(
        "update signature_requests set state = 'used', changed_at = now() where work_id = %s and state = 'answered'",
        [package],
    )


async def requested(connection: Connection, work: Sequence[int]) -> dict[int, tuple[Requested, ...]]:
    """Row of work → its requests that are not at their end."""
    rows = await (
        await connection.execute(
            "select work_id, id, place, role, state, prepared, value, cause from signature_requests"
            " where work_id = any(%s) and state = any(%s) order by id",
            [list(work), list(LIVE)],
            binary=True,
        )
    ).fetchall()
    found: dict[int, list[Requested]] = {}
    for work_id, *rest in rows:
        found.setdefault(work_id, []).append(Requested(*rest))
    return {work_id: tuple(several) for work_id, several in found.items()}


async def release(connection: Connection, work: Sequence[int]) -> None:
    """Wake those of these rows of work that wait and have no open request."""
    cursor = await connection.execute(
        "update work w set state = 'ready', due_at = now() where w.id = any(%s) and w.state = 'waiting'"
        " and w.stage in ('sign', 'pack') and exists (select from signature_requests r where r.work_id = w.id"
        "  and r.state in ('answered', 'stale', 'refused', 'failed'))"
        " and not exists (select from signature_requests r where r.work_id = w.id and r.state = any(%s))",
        [list(work), list(OPEN)],
    )
    if cursor.rowcount:
        await wake(connection)


async def lift(connection: Connection, work: Sequence[int]) -> None:
    """Staff let these rows of work go again: what was refused or failed is asked anew."""
    if work:
        await connection.execute(
            "update signature_requests set state = 'ended', changed_at = now() where work_id = any(%s)"
            " and state in ('refused', 'failed')",
            [list(work)],
        )


async def end(connection: Connection, work: int) -> None:
    """What was prepared for this row of work is of no use any more."""
    await connection.execute(
        "update signature_requests set state = 'ended', changed_at = now() where work_id = %s and state = any(%s)",
        [work, list(LIVE)],
    )


# ---------------------------------------------------------------- the keeper's side


async def due_credentials(
    connection: Connection, *, home: str, gather_seconds: float, limit: int
) -> list[tuple[str, int]]:
    """(credential, orders of it that are out) of keys with something that has been due for so long, longest first."""
    rows = await (
        await connection.execute(
            "select r.credential, (select count(distinct a.order_id) from signature_requests a"
            "  where a.home = r.home and a.credential = r.credential and a.state = 'asked')"
            " from signature_requests r where r.home = %s and r.state = 'wanted'"
            " group by r.home, r.credential having min(r.due_at) <= now() - make_interval(secs => %s)"
            " order by min(r.due_at) limit %s",
            [home, gather_seconds, limit],
        )
    ).fetchall()
    return [(row[0], row[1]) for row in rows]


async def outdated(connection: Connection, *, home: str, credential: str, fresh_seconds: float) -> int:
    """Requests that state too old a time are to be prepared again, not asked."""
    rows = await (
        await connection.execute(
            "update signature_requests set state = 'stale', changed_at = now() where home = %s and credential = %s"
            " and state = 'wanted' and prepared_at < now() - make_interval(secs => %s) returning work_id",
            [home, credential, fresh_seconds],
        )
    ).fetchall()
    work = [row[0] for row in rows]
    if work:
        await connection.execute("select id from work where id = any(%s) order by id for update", [work])
        await release(connection, work)
    return len(work)


async def place_order(
    connection: Connection, *, home: str, credential: str, most: int, until_seconds: float, lease_seconds: float
) -> Order | None:
    """Take up to so many wanted requests of a key into one order. The caller commits before a byte of it leaves."""
    chosen = await (
        await connection.execute(
            "select id from signature_requests where home = %s and credential = %s and state = 'wanted'"
            " and algorithm = (select algorithm from signature_requests where home = %s and credential = %s"
            "  and state = 'wanted' order by id limit 1)"
            # Nobody is asked for what has come to its end otherwise.
            " and exists (select from work w where w.id = work_id)"
            " order by id limit %s for update skip locked",
            [home, credential, home, credential, most],
        )
    ).fetchall()
    if not chosen:
        return None
    order = uuid4()
    await connection.execute(
        "update signature_requests set state = 'asked', order_id = %s, handle = null, asked_at = now(), asks = asks + 1,"
        " until_at = now() + make_interval(secs => %s), due_at = now() + make_interval(secs => %s), changed_at = now()"
        " where id = any(%s)",
        [order, until_seconds, lease_seconds, [row[0] for row in chosen]],
    )
    return await _order(connection, order)


async def due_order(connection: Connection, *, home: str, lease_seconds: float) -> Order | None:
    """An order that it is time to look after; it is the caller's until the lease ends."""
    row = await (
        await connection.execute(
            "select order_id, id from signature_requests where home = %s and state = 'asked' and due_at <= now()"
            " order by due_at limit 1 for update skip locked",
            [home],
        )
    ).fetchone()
    if row is None:
        return None
    await connection.execute(
        "update signature_requests set due_at = now() + make_interval(secs => %s) where order_id = %s"
        " and state = 'asked'",
        [lease_seconds, row[0]],
    )
    return await _order(connection, row[0])


async def _order(connection: Connection, order: UUID) -> Order | None:
    heads = await (
        await connection.execute(
            "select home, credential, algorithm, handle, until_at, until_at < now() from signature_requests"
            " where order_id = %s and state = 'asked' limit 1",
            [order],
        )
    ).fetchone()
    if heads is None:
        return None
    cursor = connection.cursor(row_factory=class_row(Line), binary=True)
    await cursor.execute(
        "select id, kind, digest, prepared, role, tries, asks,"
        " extract(epoch from now() - created_at)::float8 as age_seconds"
        " from signature_requests where order_id = %s and state = 'asked' order by id",
        [order],
    )
    lines = tuple(await cursor.fetchall())
    home, credential, algorithm, handle, until, overdue = heads
    return Order(order, home, credential, algorithm, handle, until, overdue, lines)


async def accepted(connection: Connection, order: Order, *, handle: str, due_seconds: float) -> None:
    """The service has it: its holder was asked."""
    await connection.execute(
        "update signature_requests set handle = %s, due_at = now() + make_interval(secs => %s), tries = 0, cause = '',"
        " changed_at = now() where order_id = %s and state = 'asked'",
        [handle, due_seconds, order.id],
    )


async def look_later(connection: Connection, order: Order, *, due_seconds: float, cause: str = "") -> None:
    """Nothing new: looked after again later."""
    await connection.execute(
        "update signature_requests set due_at = now() + make_interval(secs => %s), tries = tries + 1, cause = %s"
        " where order_id = %s and state = 'asked'",
        [due_seconds, cause, order.id],
    )


async def answered(connection: Connection, order: Order, values: Mapping[int, bytes]) -> None:
    """Verified values of an order, by request; those of its work that wait for nothing else go on."""
    work = await _work_of(connection, list(values))
    await connection.execute(
        "update signature_requests r set state = 'answered', value = v.value, cause = '', changed_at = now()"
        " from unnest(%s::bigint[], %b::bytea[]) v (id, value) where r.id = v.id and r.order_id = %s"
        " and r.state = 'asked'",
        [list(values), list(values.values()), order.id],
    )
    await release(connection, work)


async def wanted_again(
    connection: Connection, order: Order, ids: Sequence[int], *, due_seconds: float, cause: str, unasked: bool = False
) -> None:
    """To be asked again later, under another order; `unasked`: their holder was surely not asked this time."""
    await connection.execute(
        "update signature_requests set state = 'wanted', handle = null, due_at = now() + make_interval(secs => %s),"
        " cause = %s, tries = tries + 1, asks = asks - %s, changed_at = now()"
        " where id = any(%s) and order_id = %s and state = 'asked'",
        [due_seconds, cause, int(unasked), list(ids), order.id],
    )


async def closed(connection: Connection, order: Order, ids: Sequence[int], *, state: str, cause: str) -> None:
    """Refused by the holder, or failed so that somebody must act; their work goes on to say so."""
    work = await _work_of(connection, ids)
    await connection.execute(
        "update signature_requests set state = %s, cause = %s, changed_at = now() where id = any(%s) and order_id = %s"
        " and state = 'asked'",
        [state, cause, list(ids), order.id],
    )
    await release(connection, work)


async def _work_of(connection: Connection, ids: Sequence[int]) -> list[int]:
    """Their rows of work, locked first: whoever writes a stage's outcome sees either all of this or none."""
    rows = await (
        await connection.execute(
            "select w.id from work w where w.id in (select work_id from signature_requests where id = any(%s))"
            " order by w.id for update",
            [list(ids)],
        )
    ).fetchall()
    return [row[0] for row in rows]
