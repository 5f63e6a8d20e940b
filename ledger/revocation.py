"""What is known about the revocation of registered certificates, and which of them are due to be asked about again."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ledger.database import Connection

GOOD, REVOKED, ON_HOLD = "good", "revoked", "on-hold"


@dataclass(frozen=True, slots=True)
class Known:
    """A certificate that can be asked about."""

    sha256: bytes
    """of the DER octets"""
    der: bytes = field(repr=False)
    """the certificate"""


@dataclass(frozen=True, slots=True)
class Told:
    """What was found out about a certificate."""

    sha256: bytes
    """of the DER octets"""
    standing: str
    """good, revoked or on-hold"""
    revoked_at: datetime | None
    """since when it is revoked or on hold"""


async def due(
    connection: Connection, *, now: datetime, older: timedelta, after: bytes = b"", limit: int = 200
) -> list[Known]:
    """Certificates that are valid and were not asked about for a while, in order of their fingerprints."""
    rows = await (
        await connection.execute(
            "select sha256, der from certificates where der is not null and sha256 > %(after)s"
            " and not_before <= %(now)s and not_after >= %(now)s and (standing_at is null or standing_at <= %(before)s)"
            " order by sha256 limit %(limit)s",
            {"after": after, "now": now, "before": now - older, "limit": limit},
        )
    ).fetchall()
    return [Known(bytes(sha256), bytes(der)) for sha256, der in rows]


async def one_of_each_issuer(connection: Connection, *, now: datetime) -> list[Known]:
    """A certificate of each issuer, one that was found to be trusted if there is any: it says where the lists are."""
    rows = await (
        await connection.execute(
            "select distinct on (issuer) sha256, der from certificates where der is not null and not_after >= %s"
            " order by issuer, standing_at desc nulls last, sha256",
            [now],
        )
    ).fetchall()
    return [Known(bytes(sha256), bytes(der)) for sha256, der in rows]


async def write_down(connection: Connection, told: Iterable[Told], *, at: datetime) -> None:
    """Keep what was found out, and when."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "update certificates set standing = %s, standing_at = %s, revoked_at = %s where sha256 = %s",
            [(each.standing, at, each.revoked_at, each.sha256) for each in sorted(told, key=lambda each: each.sha256)],
        )
