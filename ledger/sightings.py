"""What records were really signed with: by unit, slot and certificate, so that staff see who is not registered yet."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.certificates import CertificateFacts, remember
from ledger.database import Connection


@dataclass(frozen=True, slots=True)
class Sighting:
    """A trusted certificate under one slot of a record."""

    role: str
    """slot"""
    sha256: bytes
    """of the DER octets"""
    facts: CertificateFacts | None = None
    """None where they were told a short while ago"""


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
