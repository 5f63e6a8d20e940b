"""Octets, kept once under their SHA-256: as received, as made official, as returned."""

from collections.abc import Mapping

from ledger.database import Connection


async def store_payloads(connection: Connection, payloads: Mapping[bytes, bytes]) -> None:
    """Keep octets by their SHA-256, once."""
    hashes = sorted(payloads)
    await connection.execute(
        "insert into payloads (sha256, octets) select * from unnest(%b::bytea[], %b::bytea[]) on conflict do nothing",
        [hashes, [payloads[sha] for sha in hashes]],
    )
