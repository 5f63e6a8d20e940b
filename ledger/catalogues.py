"""A portal's catalogues, kept as they were last heard: kinds of signature, issuers of certificates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from ledger.database import Connection


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One code of a catalogue."""

    code: str
    """ma"""
    name: str
    """ten"""
    gone_at: datetime | None
    """since when the catalogue lacks it"""


async def keep(connection: Connection, *, destination: str, kind: str, names: Mapping[str, str]) -> None:
    """What the catalogue holds now, code → name; codes that are no longer in it stay, marked as gone."""
    await connection.execute(
        "insert into catalogues (destination, kind, code, name)"
        " select %s, %s, code, name from unnest(%s::text[], %s::text[]) x (code, name) order by code"
        " on conflict (destination, kind, code) do update set name = excluded.name, fetched_at = now(), gone_at = null",
        [destination, kind, list(names), list(names.values())],
    )
    await connection.execute(
        "update catalogues set gone_at = now() where destination = %s and kind = %s and gone_at is null"
        " and not (code = any(%s))",
        [destination, kind, list(names)],
    )


async def is_due(connection: Connection, *, destination: str, kind: str, seconds: float) -> bool:
    """Nobody has heard this catalogue for so long."""
    row = await (
        await connection.execute(
            "select coalesce(max(fetched_at) < now() - make_interval(secs => %s), true) from catalogues"
            " where destination = %s and kind = %s",
            [seconds, destination, kind],
        )
    ).fetchone()
    assert row is not None
    return bool(row[0])


async def entries(connection: Connection, *, destination: str, kind: str) -> list[CatalogueEntry]:
    """A catalogue by code, what is gone included; empty where it was never heard."""
    cursor = connection.cursor(row_factory=class_row(CatalogueEntry))
    await cursor.execute(
        "select code, name, gone_at from catalogues where destination = %s and kind = %s order by code",
        [destination, kind],
    )
    return await cursor.fetchall()
