"""Orders of signatures: requests of one holder that are asked together, as the keeper places them and looks after them.

`asked` is committed before the order's first byte leaves, so that whoever finds it knows that its holder may have been
asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from psycopg.rows import class_row

from ledger.database import Connection
from ledger.signatures import release


@dataclass(frozen=True, slots=True)
class Line:
    """One request of an order."""

    id: int
    """request"""
    kind: str
    """record, package or registration"""
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
    await _let_go(connection, [row[0] for row in rows])
    return len(rows)


async def orphaned(connection: Connection, *, homes: Sequence[str], quiet_seconds: float) -> int:
    """Requests of services that are none of these, for so long already, are to be prepared again for whoever signs now.

    One that its holder may still agree to is left alone until then: nobody is asked twice for the same.
    """
    rows = await (
        await connection.execute(
            "update signature_requests set state = 'stale', changed_at = now() where home <> all(%s)"
            " and (state = 'wanted' or (state = 'asked' and until_at < now()))"
            " and changed_at < now() - make_interval(secs => %s) returning work_id",
            [list(homes), quiet_seconds],
        )
    ).fetchall()
    await _let_go(connection, [row[0] for row in rows])
    return len(rows)


async def _let_go(connection: Connection, work: Sequence[int | None]) -> None:
    """Wake what waits for nothing else; a registration is no row of work, and looked at by itself."""
    rows = sorted({each for each in work if each is not None})
    if rows:
        await connection.execute("select id from work where id = any(%s) order by id for update", [rows])
        await release(connection, rows)


_ASKABLE = (
    "q.home = %(home)s and q.credential = %(credential)s and q.state = 'wanted'"
    " and (exists (select from work w where w.id = q.work_id) or exists (select from certificate_registrations c"
    " where c.id = q.registration_id and c.state = 'waiting'))"
)
"""Nobody is asked for what has come to its end otherwise."""


async def place_order(
    connection: Connection, *, home: str, credential: str, most: int, until_seconds: float, lease_seconds: float
) -> Order | None:
    """Take up to so many wanted requests of a key into one order, never records and registrations together.

    The caller commits before a byte of it leaves.
    """
    chosen = await (
        await connection.execute(
            "with first as (select q.algorithm, q.kind = 'registration' as registers from signature_requests q"
            f" where {_ASKABLE} order by q.id limit 1)"
            " select q.id from signature_requests q join first f on f.algorithm = q.algorithm"
            f" and f.registers = (q.kind = 'registration') where {_ASKABLE}"
            " order by q.id limit %(most)s for update of q skip locked".encode(),
            {"home": home, "credential": credential, "most": most},
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


async def prepare_again(connection: Connection, order: Order, ids: Sequence[int]) -> None:
    """Registrations of an order that has not left: nobody was asked, and their signatures are to be prepared again."""
    await connection.execute(
        "update signature_requests set state = 'stale', asks = asks - 1, changed_at = now()"
        " where id = any(%s) and order_id = %s and state = 'asked' and kind = 'registration'",
        [list(ids), order.id],
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
