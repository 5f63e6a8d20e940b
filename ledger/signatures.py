"""Signatures asked of remote services: wanted → asked → answered → used, and the ways in which that may not come to be.

Here is what stages ask and read; `signature_orders` is the side of the keeper that asks. A row of work that waits for
signatures is woken when none of its requests is open any more; what became of them is read, and written into the
record's story, by the stage that asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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
