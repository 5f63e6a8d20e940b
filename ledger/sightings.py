"""What records were really signed with: by unit, slot and certificate, so that staff see who is not registered yet."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ledger.database import Connection


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What a certificate says of itself."""

    sha256: bytes
    """of the DER octets"""
    der: bytes = field(repr=False)
    """the certificate"""
    serial_hex: str
    """upper-case hexadecimal"""
    subject: str = field(repr=False)
    """RFC 4514; may name a person"""
    issuer: str
    """RFC 4514"""
    holder: str
    """person or institution"""
    not_before: datetime
    """UTC"""
    not_after: datetime
    """UTC"""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A trusted certificate under one slot of a record."""

    role: str
    """slot"""
    sha256: bytes
    """of the DER octets"""
    facts: CertificateFacts | None = None
    """None where they were told a short while ago"""


async def remember(connection: Connection, certificates: Iterable[CertificateFacts]) -> None:
    """Keep what certificates say of themselves; one known by its fingerprint only is completed."""
    known = {each.sha256: each for each in certificates}
    if not known:
        return
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into certificates (sha256, der, serial_hex, subject, issuer, holder, not_before, not_after)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (sha256) do update set der = excluded.der,"
            " serial_hex = excluded.serial_hex, subject = excluded.subject, issuer = excluded.issuer,"
            " holder = excluded.holder, not_before = excluded.not_before, not_after = excluded.not_after"
            " where certificates.der is null",
            [
                (c.sha256, c.der, c.serial_hex, c.subject, c.issuer, c.holder, c.not_before, c.not_after)
                for _, c in sorted(known.items())
            ],
        )


async def note_sightings(connection: Connection, seen: Mapping[int, Sequence[Sighting]]) -> None:
    """Count each certificate under its unit and slot; `seen` is by transfer.

    Rows are touched in one order by all workers. A certificate whose facts have not come yet is left for the next time.
    """
    counted = Counter((transfer, one.role, one.sha256) for transfer, those in seen.items() for one in those)
    if not counted:
        return
    await remember(connection, (one.facts for those in seen.values() for one in those if one.facts is not None))
    await connection.execute(
        "insert into certificates_seen (unit_id, role, sha256, records)"
        " select t.unit_id, x.role, x.sha256, count(*)"
        " from unnest(%s::bigint[], %s::text[], %b::bytea[]) x (transfer, role, sha256)"
        " join transfers t on t.id = x.transfer join certificates c on c.sha256 = x.sha256"
        " group by 1, 2, 3 order by 1, 2, 3"
        " on conflict (unit_id, role, sha256) do update set records = certificates_seen.records + excluded.records,"
        " last_at = now()",
        [[transfer for transfer, _, _ in counted], [role for _, role, _ in counted], [sha for _, _, sha in counted]],
    )
