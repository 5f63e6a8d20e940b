"""Who may speak and sign: units, senders, API keys, approved certificates."""

import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from ledger.certificate_lists import CertificateRow, enter_certificates
from ledger.certificate_registrations import carry_over
from ledger.database import Connection


@dataclass(frozen=True, slots=True)
class Sender:
    """A vendor's system."""

    id: int
    """surrogate id"""
    code: str
    """short name, as in settings and on screens"""
    name: str
    """name for people"""
    format: str
    """`official`, or the vendor folder that reads its own format"""
    signing: str
    """`own`: records arrive signed; `delegated`: the hub signs them"""


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A city, ward or school to be entered."""

    code: str
    """official code: 79, 26740, 79760401"""
    kind: str
    """city, district, ward or school"""
    name: str
    """official name"""
    parent: str | None
    """code of the unit above"""
    level: str | None
    """MA_CAP_HOC of a school: 02, 03, 04"""
    transaction_seal: str
    """pass-through, delegated or intermediary (decision 7)"""
    valid_from: date
    """first day"""
    valid_to: date | None
    """day after the last; None while valid"""


# A school keeps its code when its row is renewed (a new name, a new ward): what lay in its inbox stays its own.
SPOKEN = """
select distinct own.id, own.code from sender_units su join units u on u.id = su.unit_id
join units own on own.code = u.code and own.kind = u.kind
where su.sender_id = %(sender)s and su.valid_from <= today() and (su.valid_to is null or su.valid_to > today())
  and u.valid_from <= today() and (u.valid_to is null or u.valid_to > today())
"""
"""Every row, past ones too, of the schools that a sender may speak for today."""


async def sender_by_key(connection: Connection, key: str) -> Sender | None:
    """The sender that holds this API key, unless it was revoked."""
    row = await (
        await connection.execute(
            "select s.id, s.code, s.name, s.format, s.signing from api_keys k join senders s on s.id = k.sender_id"
            " where k.digest = %s and k.revoked_at is null",
            [key_digest(key)],
        )
    ).fetchone()
    return Sender(*row) if row else None


async def sender_by_code(connection: Connection, code: str) -> Sender | None:
    """A sender by its short name."""
    row = await (
        await connection.execute("select id, code, name, format, signing from senders where code = %s", [code])
    ).fetchone()
    return Sender(*row) if row else None


async def spoken_for(connection: Connection, sender: Sender) -> Mapping[str, int]:
    """School code → unit id of every school that this sender may speak for today."""
    rows = await (
        await connection.execute(
            "select u.code, u.id from sender_units su join units u on u.id = su.unit_id"
            " where su.sender_id = %s and su.valid_from <= today() and (su.valid_to is null or su.valid_to > today())"
            " and u.valid_from <= today() and (u.valid_to is null or u.valid_to > today())",
            [sender.id],
        )
    ).fetchall()
    return dict(rows)


def key_digest(key: str) -> bytes:
    """What the ledger keeps of an API key: a fast hash is right, since the key itself is 256 random bits."""
    return hashlib.sha256(key.encode()).digest()


async def issue_key(connection: Connection, sender: Sender, *, label: str) -> str:
    """A new API key; it is shown once and never stored."""
    key = "hk_" + secrets.token_urlsafe(32)
    await connection.execute(
        "insert into api_keys (sender_id, label, digest) values (%s, %s, %s)", [sender.id, label, key_digest(key)]
    )
    return key


async def enter_units(connection: Connection, units: Iterable[UnitRow]) -> None:
    """Enter or update units, parents first; what is known of a renewed unit's certificates goes with its code."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into units (code, kind, name, level, parent_id, valid_from, valid_to, transaction_seal)"
            " values (%s, %s, %s, %s, (select id from units where code = %s order by valid_from desc limit 1),"
            " %s, %s, %s) on conflict (kind, code, valid_from) do update set name = excluded.name,"
            " level = excluded.level, parent_id = excluded.parent_id, valid_to = excluded.valid_to,"
            " transaction_seal = excluded.transaction_seal",
            [(u.code, u.kind, u.name, u.level, u.parent, u.valid_from, u.valid_to, u.transaction_seal) for u in units],
        )
    await carry_over(connection)


async def enter_sender(
    connection: Connection,
    *,
    code: str,
    name: str,
    format: str,
    signing: str,
    schools: Sequence[str],
    valid_from: date = date(1900, 1, 1),
    valid_to: date | None = None,
) -> Sender:
    """Enter or update a sender and the schools it may speak for, from `valid_from` until the day before `valid_to`.

    The list is whole: for a school that is no longer in it, the sender stops speaking today.
    """
    row = await (
        await connection.execute(
            "insert into senders (code, name, format, signing) values (%s, %s, %s, %s)"
            " on conflict (code) do update set name = excluded.name, format = excluded.format,"
            " signing = excluded.signing returning id",
            [code, name, format, signing],
        )
    ).fetchone()
    assert row is not None
    await connection.execute(
        "update sender_units su set valid_to = today() from units u where su.sender_id = %s and u.id = su.unit_id"
        " and (su.valid_to is null or su.valid_to > today()) and not (u.code = any(%s) and su.valid_from = %s)",
        [row[0], list(schools), valid_from],
    )
    await connection.execute(
        "insert into sender_units (sender_id, unit_id, valid_from, valid_to) select %s, id, %s, %s from units"
        " where code = any(%s) and kind = 'school'"
        " on conflict (sender_id, unit_id, valid_from) do update set valid_to = excluded.valid_to",
        [row[0], valid_from, valid_to, list(schools)],
    )
    return Sender(row[0], code, name, format, signing)


ApprovedRow = tuple[str, str, bytes, datetime, datetime]
"""Role, serial (hex), SHA-256, approved from, approved until."""


async def approved_certificates(
    connection: Connection, units: Collection[int], *, roles: Collection[str]
) -> dict[int, tuple[ApprovedRow, ...]]:
    """Unit id → its certificates approved for any of the roles, past approvals included.

    A school whose row was renewed (a new name, a new ward) keeps its code, and its approvals with it.
    """
    rows = await (
        await connection.execute(
            "select own.id, a.role, a.serial_hex, a.sha256, a.valid_from, a.valid_to from units own"
            " join units u on u.code = own.code and u.kind = own.kind"
            " join approved_certificates a on a.unit_id = u.id"
            " where own.id = any(%s) and a.role = any(%s) order by 1, 2, 4, 5",
            [list(units), list(roles)],
        )
    ).fetchall()
    found: dict[int, tuple[ApprovedRow, ...]] = {}
    for unit_id, kind, serial, sha256, valid_from, valid_to in rows:
        found[unit_id] = (*found.get(unit_id, ()), (kind, serial, bytes(sha256), valid_from, valid_to))
    return found


async def import_world(connection: Connection, folder: Path) -> dict[str, str]:
    """Enter units, senders and approved certificates from a folder of JSON lists; returns a new API key per new sender.

    The folder holds `units.json`, `senders.json` and `registry.json`: what the city hands over before a campaign, and
    what the sandbox's world is made of. Importing again updates what is there; a sender that has a key gets no other.

    Raises:
        FileNotFoundError: one of the three is missing.
    """
    units, senders, approved = (
        orjson.loads((folder / name).read_bytes()) for name in ("units.json", "senders.json", "registry.json")
    )
    seals = {school: sender["transaction_seal"] for sender in senders for school in sender["schools"]}
    await enter_units(connection, [_unit_of(unit, seals) for unit in units])
    await enter_certificates(connection, [_certificate_of(row) for row in approved])
    keys = {}
    for each in senders:
        sender = await enter_sender(
            connection,
            code=each["code"],
            name=each["name"],
            format=each["format"],
            signing=each["signing"],
            schools=each["schools"],
            valid_from=date.fromisoformat(each["valid_from"]),
            valid_to=_day_after(each["valid_to"]),
        )
        if not await _has_key(connection, sender):
            keys[sender.code] = await issue_key(connection, sender, label="import")
    return keys


def _day_after(last_day: str | None) -> date | None:
    return date.fromisoformat(last_day) + timedelta(days=1) if last_day else None


def _unit_of(unit: Mapping[str, Any], seals: Mapping[str, str]) -> UnitRow:
    return UnitRow(
        code=unit["code"],
        kind=unit["kind"],
        name=unit["name"],
        parent=unit["parent"],
        level=unit["level"],
        transaction_seal=seals.get(unit["code"], "intermediary"),
        valid_from=date.fromisoformat(unit["valid_from"]),
        valid_to=date.fromisoformat(unit["valid_to"]) if unit["valid_to"] else None,
    )


def _certificate_of(row: Mapping[str, Any]) -> CertificateRow:
    return CertificateRow(
        unit=row["ma_don_vi"],
        role=row["role"],
        serial_hex=row["serial_hex"],
        sha256=bytes.fromhex(row["sha256"]),
        valid_from=datetime.fromisoformat(row["tu_ngay"]),
        valid_to=datetime.fromisoformat(row["den_ngay"]),
    )


async def _has_key(connection: Connection, sender: Sender) -> bool:
    row = await (
        await connection.execute("select 1 from api_keys where sender_id = %s and revoked_at is null", [sender.id])
    ).fetchone()
    return row is not None
