"""The city's own list of approvals, entered whole: what is new at one stroke, what changed row by row."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from ledger.certificates import CertificateFacts, NoSuchUnit, SpanEmpty, Wanted, enter_approved, remember
from ledger.database import Connection

ACTOR = "import"
"""in the history of what a list has said"""


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """An approved certificate to be entered."""

    unit: str
    """code of the unit it is approved for"""
    role: str
    """KY_PHAT_HANH, GIAO_DICH, CBQL or GVCN"""
    serial_hex: str
    """serial number, upper-case hexadecimal"""
    sha256: bytes
    """of the DER octets"""
    valid_from: datetime
    """approved from"""
    valid_to: datetime
    """approved until"""


async def enter_certificates(connection: Connection, rows: Sequence[CertificateRow]) -> None:
    """Enter what the city has approved; rows that stand so already are passed over.

    So are those of units that are not known, and those outside their certificate's own dates.
    """
    new = _left(rows, await _approved_already(connection))
    if not new:
        return
    await remember(connection, (CertificateFacts(row.sha256, None, row.serial_hex.upper()) for row in new))
    await _enter_unheard_of(connection, new)
    for row in _left(new, await _approved_already(connection)):
        wanted = Wanted(row.unit, row.role, row.sha256, row.valid_from, approver="city", source="import")
        with suppress(NoSuchUnit, SpanEmpty):
            async with connection.transaction():
                await enter_approved(connection, wanted, actor=ACTOR, since=row.valid_from, until=row.valid_to)


_Approvals = Mapping[tuple[str, str, bytes], Sequence[tuple[datetime, datetime, datetime | None, datetime | None]]]
"""Unit, role and fingerprint → each approval's first and last moment, then the certificate's own where they are known."""


async def _approved_already(connection: Connection) -> _Approvals:
    rows = await (
        await connection.execute(
            "select u.code, a.role, a.sha256, a.valid_from, a.valid_to, c.not_before, c.not_after"
            " from approved_certificates a join units u on u.id = a.unit_id"
            " left join certificates c on c.sha256 = a.sha256"
        )
    ).fetchall()
    found: dict[tuple[str, str, bytes], list[tuple[datetime, datetime, datetime | None, datetime | None]]] = {}
    for code, role, sha256, first, last, not_before, not_after in rows:
        found.setdefault((code, role, bytes(sha256)), []).append((first, last, not_before, not_after))
    return found


def _left(rows: Sequence[CertificateRow], approvals: _Approvals) -> list[CertificateRow]:
    return [row for row in rows if not _stands(row, approvals)]


def _stands(row: CertificateRow, approvals: _Approvals) -> bool:
    """It is approved with these dates, as far as the certificate itself is valid."""
    return any(
        (max(row.valid_from, not_before or row.valid_from), min(row.valid_to, not_after or row.valid_to))
        == (first, last)
        for first, last, not_before, not_after in approvals.get((row.unit, row.role, row.sha256), ())
    )


_ENTER = """
with told as (
    select x.*, greatest(x.asked, c.not_before) as first, least(x.until, c.not_after) as last, c.serial_hex, u.id as unit_id
    from unnest(%(units)s::text[], %(roles)s::text[], %(these)b::bytea[], %(first)s::timestamptz[], %(last)s::timestamptz[])
         with ordinality x (unit, role, sha256, asked, until, place)
    join certificates c on c.sha256 = x.sha256
    join lateral (select id from units where code = x.unit order by valid_from desc limit 1) u on true
), meant as (
    select distinct on (unit_id, role, sha256) * from told where first <= last order by unit_id, role, sha256, place
), entered as (
    insert into certificate_registrations (unit_id, role, sha256, valid_from, state, approver, source)
    select unit_id, role, sha256, asked, 'approved', 'city', 'import' from meant order by place
    on conflict do nothing returning id, unit_id, role, sha256
), approved as (
    insert into approved_certificates (unit_id, role, serial_hex, sha256, valid_from, valid_to)
    select unit_id, role, serial_hex, sha256, first, last from entered join meant using (unit_id, role, sha256)
    on conflict do nothing
)
insert into certificate_events (registration_id, actor, what, valid_from, valid_to)
select e.id, %(actor)s, w.what, case w.what when 'approved' then m.first else m.asked end,
       case w.what when 'approved' then m.last end
from entered e join meant m using (unit_id, role, sha256)
cross join (values (1, 'registered'), (2, 'approved')) w (step, what) order by e.id, w.step
"""


async def _enter_unheard_of(connection: Connection, rows: Sequence[CertificateRow]) -> None:
    """Certificates that were never registered for the unit and role, as `enter_approved` would, the first row of each."""
    await connection.execute(
        _ENTER,
        {
            "units": [row.unit for row in rows],
            "roles": [row.role for row in rows],
            "these": [row.sha256 for row in rows],
            "first": [row.valid_from for row in rows],
            "last": [row.valid_to for row in rows],
            "actor": ACTOR,
        },
    )
