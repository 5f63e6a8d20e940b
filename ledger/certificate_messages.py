"""Transaction 3 towards a portal: kept whole before its first byte leaves, asked about until the portal has decided.

Whoever claims a message has it until `due_at`, which the claim itself sets and which therefore proves, when something
is written down, that nobody else has claimed it since. A message that was found ready is `sending` from the claim's
commit on; one that was found `sending` may have left already.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from psycopg.rows import class_row

from ledger.database import Connection

LIVE = ("ready", "sending", "sent")
"""states of a message that is not at its end"""


@dataclass(frozen=True, slots=True)
class Message:
    """One claimed message, with all that its registration says."""

    messageid: str
    """chosen by the hub, never reused"""
    registration_id: int
    """what it is about"""
    destination: str
    """which portal"""
    content: str = field(repr=False)
    """packed and signed, as it leaves"""
    found: str
    """state in which it was claimed: ready, sending or sent"""
    tries: int
    """how often in a row it did not come further"""
    lease: datetime
    """until when it is claimed"""
    since_seconds: float
    """since it was last said to be leaving"""
    age_seconds: float
    """since the portal took it; 0 where it is not known to have"""
    wanted: bool
    """the registration still waits for a decision"""
    unit: str
    """code of the unit"""
    serial_hex: str
    """of the certificate"""
    kind: str
    """ma_kieu_chu_ky"""
    provider: str
    """nha_phat_hanh"""
    valid_from: datetime
    """ngay_hieu_luc"""


@dataclass(frozen=True, slots=True)
class Wish:
    """A registration that a message is to be made of."""

    unit: str
    """code of the unit"""
    role: str
    """what the certificate is to sign"""
    state: str
    """waiting, approved, refused or ended"""
    der: bytes | None
    """the certificate; None while only its fingerprint is known"""
    kind: str
    """ma_kieu_chu_ky"""
    provider: str
    """nha_phat_hanh"""
    valid_from: datetime
    """ngay_hieu_luc"""
    not_after: datetime | None
    """end of the certificate; None while only its fingerprint is known"""
    under_way: str | None
    """messageid of a message that is not at its end"""


async def wish(connection: Connection, registration_id: int) -> Wish | None:
    """A registration, held until this transaction ends so that nobody makes a second message of it."""
    await connection.execute("select from certificate_registrations where id = %s for update", [registration_id])
    cursor = connection.cursor(row_factory=class_row(Wish))
    await cursor.execute(
        "select u.code as unit, r.role, r.state, c.der, r.kind, r.provider, r.valid_from, c.not_after,"
        " (select m.messageid from certificate_messages m where m.registration_id = r.id and m.state = any(%s) limit 1)"
        " as under_way from certificate_registrations r join units u on u.id = r.unit_id"
        " join certificates c on c.sha256 = r.sha256 where r.id = %s",
        [list(LIVE), registration_id],
    )
    return await cursor.fetchone()


async def keep(connection: Connection, *, messageid: str, registration_id: int, destination: str, content: str) -> None:
    """Keep a new message, ready to leave."""
    await connection.execute(
        "insert into certificate_messages (messageid, registration_id, destination, content, state)"
        " values (%s, %s, %s, %s, 'ready')",
        [messageid, registration_id, destination, content],
    )


async def claim(connection: Connection, *, destination: str, lease_seconds: float) -> Message | None:
    """The message that has been due for longest. The caller commits before a byte of it leaves."""
    cursor = connection.cursor(row_factory=class_row(Message))
    await cursor.execute(
        "with chosen as (select messageid, state, sending_at from certificate_messages where destination = %s"
        " and state in ('ready', 'sending', 'sent') and due_at <= now() order by due_at limit 1"
        " for update skip locked)"
        " update certificate_messages m set due_at = now() + make_interval(secs => %s),"
        " state = case m.state when 'ready' then 'sending' else m.state end,"
        " sending_at = case m.state when 'ready' then now() else m.sending_at end"
        " from chosen, certificate_registrations r, units u, certificates c"
        " where m.messageid = chosen.messageid and r.id = m.registration_id and u.id = r.unit_id"
        " and c.sha256 = r.sha256"
        " returning m.messageid, m.registration_id, m.destination, m.content, chosen.state as found, m.tries,"
        " m.due_at as lease, coalesce(extract(epoch from now() - chosen.sending_at), 0)::float8 as since_seconds,"
        " coalesce(extract(epoch from now() - m.sent_at), 0)::float8 as age_seconds, r.state = 'waiting' as wanted,"
        " u.code as unit, c.serial_hex, r.kind, r.provider, r.valid_from",
        [destination, lease_seconds],
    )
    return await cursor.fetchone()


async def again(
    connection: Connection, message: Message, *, due_seconds: float, cause: str, counted: bool = True
) -> bool:
    """It is known that the portal does not have it: the very same message may leave later."""
    tries = message.tries + counted
    return await _move(connection, message, "ready", cause=cause, due_seconds=due_seconds, tries=tries)


async def uncertain(connection: Connection, message: Message, *, due_seconds: float, cause: str) -> bool:
    """The line broke: the last byte may have left just now, and the settle time begins here."""
    return await _move(
        connection, message, "sending", cause=cause, due_seconds=due_seconds, tries=message.tries, stamp="sending_at"
    )


async def wait(connection: Connection, message: Message, *, due_seconds: float, cause: str = "") -> bool:
    """Nothing new was learnt: asked about again later."""
    tries = message.tries + 1
    return await _move(connection, message, message.found, cause=cause, due_seconds=due_seconds, tries=tries)


async def arrived(connection: Connection, message: Message, *, due_seconds: float) -> bool:
    """The portal has it, and still has to decide."""
    moved = await _move(connection, message, "sent", due_seconds=due_seconds, tries=0, stamp="sent_at")
    if moved:
        await connection.execute(
            "insert into certificate_events (registration_id, actor, what) values (%s, %s, 'sent')",
            [message.registration_id, message.destination],
        )
    return moved


async def end(connection: Connection, message: Message, *, state: str, cause: str = "") -> bool:
    """Its end: approved, refused or dead."""
    return await _move(connection, message, state, cause=cause, tries=message.tries, stamp="judged_at")


async def _move(
    connection: Connection,
    message: Message,
    state: str,
    *,
    tries: int,
    cause: str = "",
    due_seconds: float = 0.0,
    stamp: str = "",
) -> bool:
    """Write down what came of a claim; False when another has claimed the message since."""
    stamped = f", {stamp} = now()" if stamp else ""
    cursor = await connection.execute(
        "update certificate_messages set state = %s, cause = %s, due_at = now() + make_interval(secs => %s),"
        f" tries = %s{stamped} where messageid = %s and due_at = %s and state in ('ready', 'sending', 'sent')".encode(),
        [state, cause, due_seconds, tries, message.messageid, message.lease],
    )
    return cursor.rowcount == 1


async def standing(connection: Connection) -> Mapping[tuple[str, str, str], int]:
    """Destination, state and cause of the messages that are not at a good end → how many.

    A dead one counts while its registration waits and no other message is under way for it.
    """
    rows = await (
        await connection.execute(
            "select m.destination, m.state, m.cause, count(*) from certificate_messages m"
            " join certificate_registrations r on r.id = m.registration_id"
            " where m.state in ('ready', 'sending', 'sent') or m.state = 'dead' and r.state = 'waiting' and not exists"
            " (select from certificate_messages n where n.registration_id = r.id and n.state in ('ready', 'sending',"
            " 'sent')) group by 1, 2, 3 order by 1, 2, 3"
        )
    ).fetchall()
    return {(destination, state, cause): count for destination, state, cause, count in rows}
