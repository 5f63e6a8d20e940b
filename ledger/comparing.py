"""What the ledger has of files that people bring: their schools' approvals, the record under the same UUID, printed copies."""

from collections.abc import Collection, Sequence
from uuid import UUID

from psycopg.rows import class_row

from ledger.copies import CopyRow
from ledger.database import Connection
from ledger.registry import ApprovedRow, approved_certificates


async def approvals_of(
    connection: Connection, schools: Collection[str], *, roles: Collection[str]
) -> dict[str, tuple[ApprovedRow, ...]]:
    """School code → its approved certificates; a code that is none of the hub's schools is left out."""
    rows = await (
        await connection.execute(
            "select distinct on (code) id, code from units where kind = 'school' and code = any(%s) order by code, id desc",
            [list(schools)],
        )
    ).fetchall()
    approved = await approved_certificates(connection, [row[0] for row in rows], roles=roles)
    return {code: approved.get(unit, ()) for unit, code in rows}


async def issued(connection: Connection, uuids: Sequence[UUID], *, pdf_sha256: bytes) -> CopyRow | None:
    """The first time that the hub issued this very PDF; None where it never did."""
    async with connection.cursor(row_factory=class_row(CopyRow)) as cursor:
        await cursor.execute(
            "select at, uuid, actor, way, purpose, pdf_sha256 from copies"
            " where uuid = any(%s) and pdf_sha256 = %s order by id limit 1",
            [list(uuids), pdf_sha256],
        )
        return await cursor.fetchone()
