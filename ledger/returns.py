"""What a destination gives back on admission results: bundles that belong to the receiving school.

A bundle is stored together with the cursor it was read under, in one transaction; it is the school's, and whoever
speaks for the school today reads it in the inbox. It is acknowledged to the destination only once confirmed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.types.json import Jsonb

from ledger.database import Connection, wake
from ledger.dispatch import Reference
from ledger.outcomes import move_one
from ledger.payloads import store_payloads
from ledger.registry import SPOKEN, Sender
from ledger.states import Fate, Stage, State
from schemas.findings import Finding

REMINDER_SECONDS = 600.0
"""An unconfirmed bundle is looked at again this often, so that its age shows."""


@dataclass(frozen=True, slots=True)
class Returned:
    """One bundle as it came."""

    ma_tra_hoc_ba: str
    """the destination's name for it"""
    ma_truong_di: str
    """school it comes from"""
    ma_truong_den: str
    """school it goes to"""
    ngay_tra: str
    """day of return, as received"""
    content: bytes
    """the unpacked batch text, octets as received"""
    sha256: bytes
    """of the content"""
    about: dict[str, object]
    """the other columns of the row, personal: for the inbox only"""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle under a worker's lease."""

    id: int
    """transfer"""
    destination: str
    """whence it came"""
    ma_tra_hoc_ba: str
    """the destination's name for it"""
    ma_truong_den: str
    """receiving school"""
    unit_id: int | None
    """its unit; None = the hub knows no such school"""
    state: str
    """arrived, inbox, confirmed, …"""
    confirmation: str | None
    """received or refused, by the school's software"""
    reason: str
    """why refused"""
    content: bytes
    """the batch text"""
    tries: int
    """tries so far"""


async def cursor_of(connection: Connection, name: str) -> str:
    """Where reading stopped; empty = from the start."""
    row = await (await connection.execute("select value from cursors where name = %s", [name])).fetchone()
    return row[0] if row else ""


async def keep(
    connection: Connection, *, destination: str, bundles: Sequence[Returned], cursor_name: str, cursor: str
) -> int:
    """Store bundles and the cursor after them; one that came before is left as it is. Returns how many are new."""
    new = 0
    if bundles:
        await store_payloads(connection, {bundle.sha256: bundle.content for bundle in bundles})
    for bundle in bundles:
        new += await _keep_one(connection, destination, bundle)
    await connection.execute(
        "insert into cursors (name, value) values (%s, %s) on conflict (name) do update"
        " set value = excluded.value, changed_at = now()",
        [cursor_name, cursor],
    )
    await wake(connection)
    return new


async def _keep_one(connection: Connection, destination: str, bundle: Returned) -> int:
    row = await (
        await connection.execute(
            "insert into bundles (id, destination, ma_tra_hoc_ba, ma_truong_di, ma_truong_den, ngay_tra,"
            " content_sha256, about, unit_id, state) values (nextval('ids'), %s, %s, %s, %s, %s, %s, %s,"
            " (select id from units where code = %s and kind = 'school' and valid_from <= today()"
            "  and (valid_to is null or valid_to > today()) limit 1), 'arrived')"
            " on conflict (destination, ma_tra_hoc_ba) do update set content_sha256 = excluded.content_sha256,"
            "  about = excluded.about, ma_truong_di = excluded.ma_truong_di, ma_truong_den = excluded.ma_truong_den,"
            "  ngay_tra = excluded.ngay_tra, unit_id = excluded.unit_id, state = 'arrived', changed_at = now()"
            "  where bundles.state = 'failed' and (bundles.content_sha256 <> excluded.content_sha256"
            "   or bundles.ma_truong_den <> excluded.ma_truong_den)"
            " returning id, unit_id, xmax <> 0",
            [
                destination,
                bundle.ma_tra_hoc_ba,
                bundle.ma_truong_di,
                bundle.ma_truong_den,
                bundle.ngay_tra,
                bundle.sha256,
                Jsonb(bundle.about),
                bundle.ma_truong_den,
            ],
        )
    ).fetchone()
    if row is None:
        return 0
    if row[2]:
        await _examine_again(connection, row[0])
        return 1
    await connection.execute(
        "with hub as (select id from senders where code = 'hub'),"
        " t as (insert into transfers (id, kind, destination, sender_id, unit_id, position, stage)"
        "  select %(id)s, 'bundle', %(to)s, hub.id, coalesce(%(unit)s, 0), nextval('positions'), 'return' from hub"
        "  returning id, sender_id, unit_id, position)"
        " insert into work (id, kind, stage, destination, state, sender_id, unit_id, position, deadline)"
        " select id, 'bundle', 'return', %(to)s, 'ready', sender_id, unit_id, position, now() from t",
        {"id": row[0], "to": destination, "unit": row[1]},
    )
    return 1


async def _examine_again(connection: Connection, bundle_id: int) -> None:
    """The destination has mended what failed before."""
    await connection.execute(
        "update work set state = 'ready', due_at = now(), tries = 0 where id = %s and state = 'held'", [bundle_id]
    )
    await connection.execute(
        "update transfers set fate = 'open', cause = '', findings = '[]', changed_at = now() where id = %s", [bundle_id]
    )
    await connection.execute(
        "insert into events (transfer_id, stage, fate, cause, actor) values (%s, 'return', 'retry', 'sent-again', 'hub')",
        [bundle_id],
    )


async def load_bundle(connection: Connection, reference: Reference) -> Bundle | None:
    """A bundle, if the lease is still good."""
    row = await (
        await connection.execute(
            "select b.id, b.destination, b.ma_tra_hoc_ba, b.ma_truong_den, coalesce(b.unit_id, u.id), b.state,"
            " b.confirmation, b.reason, p.octets, w.tries from work w join bundles b on b.id = w.id"
            " join payloads p on p.sha256 = b.content_sha256"
            " left join lateral (select id from units where code = b.ma_truong_den and kind = 'school'"
            "  and valid_from <= today() and (valid_to is null or valid_to > today()) limit 1) u on true"
            " where w.id = %s and w.token = %s and w.state = 'leased' for update of w, b",
            [reference.id, reference.token],
            binary=True,
        )
    ).fetchone()
    return Bundle(*row) if row else None


async def to_inbox(
    connection: Connection, reference: Reference, bundle: Bundle, records: Sequence[tuple[str, str, bytes, bytes]]
) -> bool:
    """Verified and matched: show it to the school. `records` = (uuid, school year, SHA-256, octets)."""
    if not await move_one(
        connection,
        id=reference.id,
        token=reference.token,
        stage=Stage.RETURN,
        state=State.WAITING,
        due_seconds=REMINDER_SECONDS,
    ):
        return False
    await store_payloads(connection, {sha256: octets for _, _, sha256, octets in records})
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into bundle_records (bundle_id, line, uuid, school_year, octets_sha256) values (%s, %s, %s, %s, %s)"
            " on conflict do nothing",
            [(bundle.id, line, uuid, year, sha) for line, (uuid, year, sha, _) in enumerate(records)],
        )
    await connection.execute(
        "update bundles set state = 'inbox', unit_id = %s, changed_at = now() where id = %s",
        [bundle.unit_id, bundle.id],
    )
    await wake(connection)
    return True


async def fail(
    connection: Connection, reference: Reference, bundle: Bundle, *, cause: str, findings: Sequence[Finding]
) -> bool:
    """Unmatched or not to be trusted: it stands in the failed list until someone acts."""
    if not await move_one(connection, id=reference.id, token=reference.token, stage=Stage.RETURN, state=State.HELD):
        return False
    await connection.execute(
        "update transfers set fate = 'held', cause = %s, findings = %s, changed_at = now() where id = %s",
        [cause, Jsonb([finding.as_dict() for finding in findings]), bundle.id],
    )
    await connection.execute("update bundles set state = 'failed', changed_at = now() where id = %s", [bundle.id])
    await connection.execute(
        "insert into events (transfer_id, stage, fate, cause) values (%s, 'return', %s, %s)",
        [bundle.id, Fate.HELD.value, cause],
    )
    return True


async def confirm(connection: Connection, *, sender: Sender, bundle_id: int, received: bool, reason: str) -> str | None:
    """The school's software says what it did with a bundle; None when it is not in this sender's inbox.

    Confirming again is harmless: the first word counts, and its state is returned.
    """
    row = await (
        await connection.execute(
            "select b.state from bundles b where b.id = %(bundle)s and b.inbox_position is not null"
            f" and b.unit_id in (select id from ({SPOKEN}) spoken) for update of b".encode(),
            {"bundle": bundle_id, "sender": sender.id},
        )
    ).fetchone()
    if row is None:
        return None
    if row[0] != "inbox":
        return str(row[0])
    await connection.execute(
        "update bundles set state = 'confirmed', confirmed_by = %s, confirmation = %s, reason = %s, changed_at = now()"
        " where id = %s",
        [sender.id, "received" if received else "refused", reason[:500], bundle_id],
    )
    await connection.execute(
        "update work set due_at = now(), state = 'ready' where id = %s and state = 'waiting'", [bundle_id]
    )
    await wake(connection)
    return "confirmed"


async def acknowledged(connection: Connection, reference: Reference, bundle: Bundle) -> bool:
    """The destination knows: the bundle's journey ends."""
    cursor = await connection.execute(
        "delete from work where id = %s and token = %s and state = 'leased'", [reference.id, reference.token]
    )
    if cursor.rowcount != 1:
        return False
    received = bundle.confirmation == "received"
    await connection.execute("update bundles set state = 'acknowledged', changed_at = now() where id = %s", [bundle.id])
    await connection.execute(
        "update transfers set fate = %s, cause = %s, changed_at = now() where id = %s",
        ["done" if received else "refused", "" if received else "refused-by-school", bundle.id],
    )
    await connection.execute("insert into events (transfer_id, stage, fate) values (%s, 'return', 'done')", [bundle.id])
    return True
