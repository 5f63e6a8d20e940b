"""Who is in a package, who still awaits a verdict, and in which other packages they may have gone before."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ledger.database import Connection


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
