"""The spans in which a certificate was approved for a unit and role: `approved_certificates`, which the verifier reads.

Only `ledger.certificates` calls this, for a registration that it holds. The spans of one registration never overlap:
what would, becomes one. So a moment is covered or it is not, and to end an approval is to cut.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from ledger.database import Connection

Span = tuple[datetime, datetime]
"""first and last moment"""


@dataclass(frozen=True, slots=True)
class Use:
    """What a certificate signs, and for whom."""

    unit_id: int
    """unit"""
    role: str
    """KY_PHAT_HANH, GIAO_DICH, CBQL, GVCN or GVBM"""
    sha256: bytes
    """of the certificate's DER octets"""
    serial_hex: str
    """its serial number"""

    def keys(self) -> dict[str, object]:
        """As queries name them."""
        return {"unit": self.unit_id, "role": self.role, "sha256": self.sha256, "serial": self.serial_hex}


_OF = "where unit_id = %(unit)s and role = %(role)s and sha256 = %(sha256)s"
_MET = f"{_OF} and valid_from <= %(last)s and valid_to >= %(first)s"


async def newest(connection: Connection, use: Use) -> Span | None:
    """The span that begins last."""
    row = await (
        await connection.execute(
            f"select valid_from, valid_to from approved_certificates {_OF} order by valid_from desc limit 1", use.keys()
        )
    ).fetchone()
    return (row[0], row[1]) if row else None


async def add(connection: Connection, use: Use, span: Span) -> None:
    """A further span; those that it meets and it become one, so that nothing that was approved is lost."""
    met = [span, *await _taken(connection, use, span)]
    await _put(connection, use, (min(first for first, _ in met), max(last for _, last in met)))


async def replace(connection: Connection, use: Use, span: Span) -> bool:
    """Other dates for the spans that this one meets; False where it is there already."""
    met = await _taken(connection, use, span)
    await _put(connection, use, span)
    return met != [span]


async def cut(connection: Connection, use: Use, at: datetime) -> bool:
    """Nothing is approved after this moment; False where nothing was."""
    where = {**use.keys(), "at": at}
    shortened = await connection.execute(
        f"update approved_certificates set valid_to = %(at)s {_OF} and valid_from <= %(at)s and valid_to > %(at)s",
        where,
    )
    undone = await connection.execute(f"delete from approved_certificates {_OF} and valid_from > %(at)s", where)
    return bool(shortened.rowcount or undone.rowcount)


async def narrow(connection: Connection, use: Use, within: Span) -> Span | None:
    """Take away what lies outside a certificate's own dates; the newest span that is left."""
    where = {**use.keys(), "first": within[0], "last": within[1]}
    await connection.execute(
        f"delete from approved_certificates {_OF} and (valid_from > %(last)s or valid_to < %(first)s)", where
    )
    await connection.execute(
        f"update approved_certificates set valid_from = greatest(valid_from, %(first)s),"
        f" valid_to = least(valid_to, %(last)s) {_OF}",
        where,
    )
    return await newest(connection, use)


async def too_wide(connection: Connection, these: Collection[bytes]) -> list[int]:
    """Registrations of these certificates with an approval that is wider than the certificate's own dates."""
    rows = await (
        await connection.execute(
            "select distinct r.id from certificate_registrations r join certificates c on c.sha256 = r.sha256"
            " join approved_certificates a on a.unit_id = r.unit_id and a.role = r.role and a.sha256 = r.sha256"
            " where r.sha256 = any(%s) and (a.valid_from < c.not_before or a.valid_to > c.not_after) order by r.id",
            [list(these)],
        )
    ).fetchall()
    return [registration for (registration,) in rows]


async def _taken(connection: Connection, use: Use, span: Span) -> list[Span]:
    rows = await (
        await connection.execute(
            f"delete from approved_certificates {_MET} returning valid_from, valid_to",
            {**use.keys(), "first": span[0], "last": span[1]},
        )
    ).fetchall()
    return [(first, last) for first, last in rows]


async def _put(connection: Connection, use: Use, span: Span) -> None:
    await connection.execute(
        "insert into approved_certificates (unit_id, role, serial_hex, sha256, valid_from, valid_to)"
        " values (%(unit)s, %(role)s, %(serial)s, %(sha256)s, %(first)s, %(last)s)",
        {**use.keys(), "first": span[0], "last": span[1]},
    )
